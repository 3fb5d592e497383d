"""Reading a WARC file from end to end: each record is seen once, and what is broken costs what it hits and no more."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recompressor import Recompressor

from archive.evidence.scan import Cut, Junk, Piece, Record, scan
from archive.evidence.warc import WarcFile
from archive.models import RawResponse

PAGES = [b"<p>One</p>" * 50, b"<p>Two</p>" * 30, gzip.compress(b"<p>Three</p>" * 40, mtime=0)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = WarcFile(tmp_path_factory.mktemp("warc"), "demo", datetime(2026, 1, 2, tzinfo=UTC))
    for number, body in enumerate(PAGES):
        headers = (("Content-Type", "text/html"), *((("Content-Encoding", "gzip"),) if number == 2 else ()))
        file.add(RawResponse(f"http://x.example/{number}", 200, "OK", "GET", (), headers, body,
                             datetime(2026, 1, 2, tzinfo=UTC)))  # fmt: skip
    file.close()
    return file.path


@pytest.fixture(scope="module", params=["packed", "plain"])
def whole(request: pytest.FixtureRequest, made: Path) -> bytes:
    return made.read_bytes() if request.param == "packed" else gzip.decompress(made.read_bytes())


def pieces(content: bytes, start: int = 0) -> list[Piece]:
    found = list(scan(io.BytesIO(content), len(content), start=start))
    at = start
    for piece in found:
        assert piece.offset == at
        at = len(content) if isinstance(piece, Cut) else at + piece.length
    assert at == len(content) or start >= len(content)
    return found


def records(content: bytes) -> list[Record]:
    found = pieces(content)
    assert all(isinstance(piece, Record) for piece in found)
    return [piece for piece in found if isinstance(piece, Record)]


# -- what is whole ----------------------------------------------------------------------------------------


def test_every_record_is_seen_with_its_digests(whole: bytes) -> None:
    found = records(whole)
    assert [each.kind for each in found] == ["warcinfo", *["response", "request"] * 3]
    assert {each.problems for each in found} == {()}
    answers = [each for each in found if each.kind == "response"]
    assert [each.payload_sha256 for each in answers] == [hashlib.sha256(body).hexdigest() for body in PAGES]
    assert [(each.status, each.payload_bytes) for each in answers] == [(200, len(body)) for body in PAGES]
    assert [each.headers["warc-target-uri"] for each in answers] == [
        f"http://x.example/{n}" for n in range(3)
    ]
    assert found[0].start.startswith(b"software: conflict-archive/")


def test_records_lie_where_warcio_finds_them(made: Path) -> None:
    with made.open("rb") as file:
        iterator = ArchiveIterator(file)
        known = [(iterator.get_record_offset(), iterator.get_record_length()) for _ in iterator]
    assert [(each.offset, each.length) for each in records(made.read_bytes())] == known


def test_reading_may_begin_at_any_record(whole: bytes) -> None:
    found = records(whole)
    assert pieces(whole, start=found[3].offset) == found[3:]
    assert pieces(whole, start=len(whole)) == []


def test_every_byte_is_told_once_and_in_order(whole: bytes) -> None:
    for content in (whole, whole[:500] + b"junk" + whole[500:], whole[:-3], whole + bytes(3_000_000)):
        told = bytearray()
        assert list(scan(io.BytesIO(content), len(content), on_bytes=told.extend))
        assert told == content


def test_what_is_behind_the_size_is_not_read(whole: bytes) -> None:
    size = records(whole)[2].end
    assert [each.kind for each in scan(io.BytesIO(whole), size) if isinstance(each, Record)] == [
        "warcinfo", "response", "request",
    ]  # fmt: skip


def test_records_of_other_tools_are_read(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.warc.gz"
    Recompressor(str(made), str(other)).recompress()
    assert [each.problems for each in records(other.read_bytes())] == [()] * 7
    sha1 = base64.b32encode(hashlib.sha1(b"abc", usedforsecurity=False).digest())
    for headers, body, problems in (
        (
            b"Transfer-Encoding: chunked",
            b"3\r\nabc\r\n0\r\n\r\n",
            (),
        ),  # hashed with and without, by different tools
        (b"X: y", b"abc", ()),
        (b"X: y", b"abd", ("its WARC-Payload-Digest is not that of what it holds",)),
    ):
        block = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n" + body
        head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nWARC-Payload-Digest: sha1:%s\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(block)
        (found,) = records(gzip.compress(head % sha1 + length + block + b"\r\n\r\n"))
        assert found.problems == problems
        assert found.payload_sha256 == hashlib.sha256(body).hexdigest()


def test_a_long_record_is_read_in_pieces() -> None:
    body = bytes(range(256)) * 40_000
    block = b"HTTP/1.1 200 OK\r\n\r\n" + body
    record = (
        b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n"
    )
    content = gzip.compress(record % len(block) + block + b"\r\n\r\n")
    (found,) = records(content)
    assert (found.problems, found.payload_bytes) == ((), len(body))
    assert len(found.start) == 4096


# -- what is broken ---------------------------------------------------------------------------------------


def test_a_flipped_byte_costs_one_record(whole: bytes) -> None:
    clean = records(whole)
    for target in clean:
        middle = (target.offset + target.length // 2,) if whole.startswith(b"\x1f\x8b") else ()
        for at in (*middle, target.end - 9):  # nothing vouches for a head that is not packed
            broken = bytearray(whole)
            broken[at] ^= 1
            found = pieces(bytes(broken))
            hit = [piece for piece in found if not isinstance(piece, Record) or piece.problems]
            assert hit, (target.kind, at)
            assert {piece.offset for piece in found} >= {each.offset for each in clean if each is not target}
            assert all(target.offset <= piece.offset < target.end for piece in hit)


@settings(max_examples=60)
@given(at=st.integers(0, 10_000), cut=st.integers(0, 400), noise=st.binary(max_size=6), packed=st.booleans())
def test_whatever_is_changed_nothing_is_read_twice_or_never(
    made: Path, at: int, cut: int, noise: bytes, packed: bool
) -> None:
    content = bytearray(made.read_bytes() if packed else gzip.decompress(made.read_bytes()))
    at %= len(content)
    content[at : at + cut] = noise
    told = bytearray()
    found = list(scan(io.BytesIO(bytes(content)), len(content), on_bytes=told.extend))
    assert told == content
    place = 0
    for piece in found:
        assert piece.offset == place
        place = len(content) if isinstance(piece, Cut) else place + piece.length
    assert place == len(content)


@given(junk=st.binary(max_size=300))
def test_no_junk_crashes_the_reading(junk: bytes) -> None:
    for content in (
        junk,
        gzip.compress(junk),
        b"WARC/1.1\r\n" + junk,
        b"WARC/1.1\r\nContent-Length: 5\r\n\r\n" + junk,
    ):
        assert len(pieces(content)) == (1 if content else 0) or content


@pytest.mark.parametrize("where", ["before", "between", "behind"])
def test_junk_is_told_with_its_place(whole: bytes, where: str) -> None:
    third = records(whole)[3].offset
    at = {"before": 0, "between": third, "behind": len(whole)}[where]
    found = pieces(whole[:at] + b"\0\1\2junk" + whole[at:])
    assert [piece for piece in found if isinstance(piece, Junk)] == [Junk(at, 7)]
    assert sum(isinstance(piece, Record) and not piece.problems for piece in found) == 7


def test_a_cut_is_told_with_the_kind_of_its_record(whole: bytes) -> None:
    clean = records(whole)
    last = clean[-1]
    for size in range(last.offset + 1, last.end):
        *before, cut = pieces(whole[:size])
        assert before == clean[:-1]
        assert isinstance(cut, Cut)
        assert cut.offset == last.offset
        assert cut.kind in {"", "request"}
    assert pieces(whole[: last.end - 1])[-1] == Cut(last.offset, "request")


def test_a_record_that_is_shorter_or_longer_than_it_says_is_told() -> None:
    head = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 5\r\n\r\n"
    for block, problem in (
        (b"1234", "it says that it has 5 bytes, and has 4"),
        (b"12345\r\n\r", "it does not end where it says"),
        (b"12345\r\n\r\nmore", "it does not end where it says"),
    ):
        (found,) = records(gzip.compress(head + block))
        assert found.problems == (problem,)
    (found,) = records(gzip.compress(head.replace(b"Content-Length: 5", b"X: y")))
    assert found.problems == ("it does not say how long it is",)


def test_wrong_digests_are_told() -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\nbody"
    for line, problem in (
        (b"WARC-Block-Digest: sha1:AAAA", ("its WARC-Block-Digest is not that of what it holds",)),
        (b"WARC-Payload-Digest: sha256:00", ("its WARC-Payload-Digest is not that of what it holds",)),
        (b"WARC-Payload-Digest: md5:00", ("its WARC-Payload-Digest is not that of what it holds",)),
        (b"WARC-Payload-Digest: whirlpool:00", ()),
    ):
        head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\n%s\r\nContent-Length: %d\r\n\r\n"
        (found,) = records(gzip.compress(head % (line, len(block)) + block + b"\r\n\r\n"))
        assert found.problems == problem


def test_a_response_that_is_none_is_told() -> None:
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: 4\r\n\r\n"
    (found,) = records(gzip.compress(head + b"junk\r\n\r\n"))
    assert found.problems == ("it is no HTTP response",)
    assert found.payload_sha256 is None


def test_a_packed_bomb_takes_no_memory() -> None:
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n"
    bomb = gzip.compress(
        head % (40 << 20) + b"HTTP/1.1 200 OK\r\n\r\n" + bytes((40 << 20) - 19) + b"\r\n\r\n"
    )
    (found,) = records(bomb)
    assert (found.problems, found.payload_bytes) == ((), (40 << 20) - 19)

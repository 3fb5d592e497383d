"""Reading captures back: what was written is what is read, and what is broken is one sentence, never a crash."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recompressor import Recompressor

from archive.evidence import reading
from archive.evidence.reading import (
    CaptureUnreadable,
    StoredResponse,
    Trouble,
    content,
    read_response,
)
from archive.evidence.warc import WarcFile
from archive.models import RawResponse, StoredCapture

PAGE = "<html><body><p>قُتل خمسة مدنيين في القصف.</p></body></html>".encode() * 40
URL = "http://news.example/1"


def response(body: bytes = PAGE, *headers: tuple[str, str], url: str = URL) -> RawResponse:
    return RawResponse(
        url=url, status=200, reason="OK", request_method="GET", request_headers=(),
        response_headers=(("Content-Type", "text/html"), *headers), body=body,
        fetched_at=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip


def written(folder: Path, *responses: RawResponse) -> list[StoredCapture]:
    file = WarcFile(folder, "demo", datetime(2026, 1, 2, tzinfo=UTC))
    file.path.unlink(missing_ok=True)
    captures = [file.add(each) for each in responses]
    file.close()
    return captures


def read(folder: Path, capture: StoredCapture, **changed: Any) -> StoredResponse:
    place = {
        "warc_file": capture.warc_file,
        "offset": capture.warc_offset,
        "payload_sha256": capture.payload_sha256,
    }
    return read_response(folder, **(place | changed))


def stored(body: bytes, *headers: tuple[str, str]) -> StoredResponse:
    return StoredResponse(URL, 200, headers, body)


def trouble(folder: Path, capture: StoredCapture, **changed: Any) -> tuple[Trouble, str]:
    with pytest.raises(CaptureUnreadable) as caught:
        read(folder, capture, **changed)
    assert "\n" not in str(caught.value)
    return caught.value.trouble, str(caught.value)


# -- what was written is what is read ---------------------------------------------------------------------


def test_each_record_is_read_without_the_others(tmp_path: Path) -> None:
    pages = [response(PAGE + str(number).encode(), url=f"{URL}{number}") for number in range(3)]
    for capture in reversed(written(tmp_path, *pages)):
        found = read(tmp_path, capture)
        assert (found.url, found.status, found.body) == (capture.response.url, 200, capture.response.body)
        assert found.headers == (("Content-Type", "text/html"),)


@settings(max_examples=40)
@given(body=st.binary(max_size=300), value=st.from_regex(r"[!-~]{1,40}", fullmatch=True))
def test_whatever_a_site_sends_is_read_as_it_was_sent(tmp_path_factory: pytest.TempPathFactory, body: bytes, value: str) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("warc")
    (capture,) = written(folder, response(body, ("X-Odd", value)))
    found = read(folder, capture)
    assert found.body == body
    assert found.headers[1] == ("X-Odd", value)


def test_a_page_larger_than_a_piece_is_read_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 4000
    packed = zlib.compress(body)
    plain, dense = written(tmp_path, response(body), response(packed, ("Content-Encoding", "deflate")))
    assert read(tmp_path, plain).body == body
    assert content(read(tmp_path, dense)) == body


def test_an_empty_answer_is_read(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, response(b""))
    assert read(tmp_path, capture).body == b""


def test_a_warc_file_that_is_not_packed_is_read(tmp_path: Path) -> None:
    captures = written(tmp_path, response(), response(PAGE * 2))
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress((tmp_path / captures[0].warc_file).read_bytes()))
    with plain.open("rb") as file:
        iterator = ArchiveIterator(file)
        offsets = [iterator.get_record_offset() for record in iterator if record.rec_type == "response"]
    bodies = [
        read(tmp_path, capture, warc_file="plain.warc", offset=offset).body
        for capture, offset in zip(captures, offsets, strict=True)
    ]
    assert bodies == [PAGE, PAGE * 2]


def test_a_file_that_another_tool_packed_anew_is_read(tmp_path: Path) -> None:
    captures = written(tmp_path, response(), response(PAGE * 2))
    other = tmp_path / "other.warc.gz"
    Recompressor(str(tmp_path / captures[0].warc_file), str(other)).recompress()
    with other.open("rb") as file:
        iterator = ArchiveIterator(file)
        offsets = [iterator.get_record_offset() for record in iterator if record.rec_type == "response"]
    assert read(tmp_path, captures[1], warc_file="other.warc.gz", offset=offsets[1]).body == PAGE * 2


# -- what is broken is one sentence -----------------------------------------------------------------------


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, response())
    (tmp_path / capture.warc_file).unlink()
    assert trouble(tmp_path, capture) == (Trouble.MISSING, f"there is no {tmp_path / capture.warc_file}")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "a\0b", "."])
def test_no_file_elsewhere_is_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(PAGE)
    folder = tmp_path / "warc"
    (capture,) = written(folder, response())
    assert trouble(folder, capture, warc_file=name)[0] is Trouble.MISSING


@pytest.mark.parametrize("offset", [-1, 1, 10_000_000])
def test_a_wrong_offset_is_said(tmp_path: Path, offset: int) -> None:
    (capture,) = written(tmp_path, response())
    kind, sentence = trouble(tmp_path, capture, offset=offset)
    assert kind in {Trouble.DAMAGED, Trouble.MISSING}
    assert capture.warc_file in sentence


def test_another_record_than_that_of_the_capture_is_said(tmp_path: Path) -> None:
    first, second = written(tmp_path, response(), response(PAGE * 2))
    kind, sentence = trouble(tmp_path, first, offset=second.warc_offset)
    assert (kind, URL in sentence) == (Trouble.ALTERED, True)


def test_a_record_that_is_no_response_is_said(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, response())
    assert trouble(tmp_path, capture, offset=0) == (
        Trouble.DAMAGED, f"{capture.warc_file} at byte 0 is no HTTP response"
    )  # fmt: skip


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9])
def test_a_file_that_breaks_off_is_said(tmp_path: Path, part: float) -> None:
    (capture,) = written(tmp_path, response(bytes(range(256)) * 9, ("Content-Encoding", "none")))
    file = tmp_path / capture.warc_file
    whole = file.read_bytes()
    length = len(whole) - capture.warc_offset - 400  # of the request record behind it
    file.write_bytes(whole[: capture.warc_offset + int(length * part)])
    kind, sentence = trouble(tmp_path, capture)
    assert (kind, "breaks off" in sentence or "no WARC record" in sentence) == (Trouble.DAMAGED, True)


def test_a_record_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n"
    (tmp_path / "x.warc").write_bytes(head % (1 << 60))
    (capture,) = written(tmp_path, response())
    assert trouble(tmp_path, capture, warc_file="x.warc", offset=0)[0] is Trouble.TOO_LARGE


def test_a_member_that_is_a_bomb_is_left_after_its_first_pieces(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(bytes(20 * 1024 * 1024)))
    (capture,) = written(tmp_path, response())
    assert trouble(tmp_path, capture, warc_file="x.warc.gz", offset=0)[0] is Trouble.DAMAGED


@settings(max_examples=60)
@given(noise=st.binary(min_size=1, max_size=8), at=st.integers(0, 10_000), cut=st.integers(0, 10_000))
def test_flipped_and_missing_bytes_never_crash_nor_pass(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, cut: int) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("warc")
    (capture,) = written(folder, response(PAGE, ("Content-Encoding", "br")))
    file = folder / capture.warc_file
    whole = bytearray(file.read_bytes())
    at %= len(whole)
    whole[at : at + len(noise)] = noise
    file.write_bytes(whole[: max(1, len(whole) - cut % 200)])
    try:
        found = read(folder, capture)
    except CaptureUnreadable:
        return
    assert found.body == PAGE  # what was hit was not the page


@given(junk=st.binary(max_size=400))
def test_no_junk_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    folder = tmp_path_factory.mktemp("warc")
    for content_of_file in (junk, gzip.compress(junk), b"WARC/1.1\r\n" + junk, b"WARC/1.1\r\nContent-Length: 9\r\n\r\n" + junk):  # fmt: skip
        (folder / "x").write_bytes(content_of_file)
        with pytest.raises(CaptureUnreadable):
            read_response(folder, "x", 0, hashlib.sha256(b"-").hexdigest())


# -- the body ---------------------------------------------------------------------------------------------


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def zstd_compress(body: bytes) -> bytes:
    zstd = pytest.importorskip("backports.zstd")
    packed: bytes = zstd.compress(body)
    return packed


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstd_compress),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
        ("identity", bytes),
        ("utf-8", bytes),
    ],
)
def test_a_packed_body_is_unpacked(encoding: str, pack: Any) -> None:
    assert content(stored(pack(PAGE), ("content-encoding", encoding))) == PAGE


@pytest.mark.parametrize("pack", [gzip.compress, zstd_compress])
def test_a_packed_body_that_breaks_off_is_read_as_far_as_it_goes(pack: Any) -> None:
    body = b"".join(
        hashlib.sha256(bytes([number, more])).digest() for number in range(256) for more in range(40)
    )
    name = "gzip" if pack is gzip.compress else "zstd"
    found = content(stored(pack(body)[:-9], ("Content-Encoding", name)))
    assert body.startswith(found)
    assert len(found) > len(body) // 2


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_packed_as_it_says_is_said(encoding: str) -> None:
    with pytest.raises(CaptureUnreadable) as caught:
        content(stored(b"no page", ("Content-Encoding", encoding)))
    assert caught.value.trouble is Trouble.PACKED
    assert str(caught.value).startswith(f"{URL} says that it is packed with {encoding}, and is not")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_markup_is_what_it_is_whatever_an_archive_says_of_it(encoding: str) -> None:
    page = b" <!doctype html><p>A page that an archive has unpacked.</p>" * 9
    assert content(stored(page, ("Content-Encoding", encoding))) == page


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd_compress)],
)
def test_a_bomb_is_not_unpacked(encoding: str, pack: Any) -> None:
    bomb = stored(pack(bytes(3 * 1024 * 1024)), ("Content-Encoding", encoding))
    with pytest.raises(CaptureUnreadable) as caught:
        content(bomb, limit=1024 * 1024)
    assert caught.value.trouble is Trouble.TOO_LARGE
    assert "unpack to more than 1 MB" in str(caught.value)


def test_what_is_packed_many_times_over_is_not_unpacked() -> None:
    with pytest.raises(CaptureUnreadable, match="packed 3 times over"):
        content(stored(PAGE, ("Content-Encoding", "gzip, gzip"), ("Content-Encoding", "br")))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n", b"Wikipedia"),
        (b"4\r\nWiki\r\n", b"Wiki"),  # the end never came
        (b"4\r\nWi", b"Wi"),
        (b"<html>not chunked at all</html>", b"<html>not chunked at all</html>"),
        (b"4\r\nWikipedia", b"4\r\nWikipedia"),
        (b"", b""),
    ],
)
def test_a_chunked_body_is_joined(body: bytes, expected: bytes) -> None:
    assert content(stored(body, ("Transfer-Encoding", "chunked"))) == expected


@given(body=st.binary(max_size=500), sizes=st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_every_way_to_chunk_a_body_is_undone(body: bytes, sizes: list[int]) -> None:
    chunks, rest = b"", body
    for size in [*sizes, len(body) + 1]:
        piece, rest = rest[:size], rest[size:]
        chunks += b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
    assert content(stored(chunks + b"0\r\n\r\n", ("Transfer-Encoding", "Chunked"))) == body


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["gzip", "deflate", "br", "zstd", "chunked"]))
def test_no_body_crashes_the_unpacking(body: bytes, encoding: str) -> None:
    name = "Transfer-Encoding" if encoding == "chunked" else "Content-Encoding"
    for start in (b"", b"\x1f\x8b\x08", b"x\x9c", b"\x28\xb5\x2f\xfd"):
        try:
            content(stored(start + body, (name, encoding)))
        except CaptureUnreadable as error:
            assert "\n" not in str(error)  # noqa: PT017 - it needs not be raised


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_: bytes) -> Any:
        raise ModuleNotFoundError("No module named 'brotli'", name="brotli")

    monkeypatch.setitem(reading._DECODERS, "br", without)
    with pytest.raises(CaptureUnreadable, match="packed with br, and brotli is not installed"):
        content(stored(b"x", ("Content-Encoding", "br")))


def test_the_body_is_not_in_the_words_of_a_response() -> None:
    assert "html" not in repr(replace(stored(PAGE), headers=()))

"""A pack gives back every byte of the WARC files in it, other tools read it, and a hostile one is told in a sentence."""

from __future__ import annotations

import gzip
import json
import struct
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError
from archive.evidence import opening
from archive.evidence.foreign import Kept, read_answer, read_foreign
from archive.evidence.opening import alone_in, open_warc, warc_names, warc_size
from archive.evidence.packing import NotPacked, write_pack
from archive.evidence.packs import (
    DICTIONARY_MAGIC,
    INDEX_MAGIC,
    MARK,
    SKIPPABLE,
    TRAILER,
    Pack,
    PackDamaged,
)
from archive.evidence.reading import CaptureUnreadable, Trouble, content, read_response
from archive.evidence.undressing import dress, undress
from archive.evidence.warc import WarcFile
from archive.models import RawResponse, StoredCapture

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

AT = datetime(2026, 1, 2, tzinfo=UTC)
HTML = ("Content-Type", "text/html")
GZIP = ("Content-Encoding", "gzip")


def html(number: int) -> bytes:
    furniture = b"".join(b"<li><a href='/section/%d'>Section %d</a></li>" % (n * n, n) for n in range(200))
    return b"<html><nav>%s</nav><h1>Report %d</h1><p>%d killed.</p></html>" % (
        furniture,
        number,
        number * 7919,
    )


def write(
    folder: Path, bodies: list[tuple[bytes, tuple[tuple[str, str], ...]]], source: str = "demo", day: int = 1
) -> list[StoredCapture]:
    file = WarcFile(folder, source, datetime(2026, 1, day, tzinfo=UTC))
    made = [
        file.add(RawResponse(f"http://x.example/{n}", 200, "OK", "GET", (("A", "b"),), headers, body, AT))
        for n, (body, headers) in enumerate(bodies)
    ]
    file.close()
    return made


def gzipped(number: int, level: int = 6) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    body = gzip.compress(html(number), level)
    return body, (HTML, GZIP, ("content-length", str(len(body))))


def pack(folder: Path, names: list[str] | None = None) -> Path:
    names = names or warc_names(folder)
    target = folder / names[0].replace(".warc.gz", ".warc.zst")
    write_pack(folder, names, target)
    for name in names:
        (folder / name).unlink()
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "warc"


def test_every_byte_and_every_capture_of_several_files_is_had_back(folder: Path) -> None:
    odd = b"\x1f\x8bno gzip at all"
    captures = write(folder, [gzipped(n) for n in range(12)])
    captures += write(
        folder, [(html(20), (HTML,)), (odd, (HTML, GZIP)), (b"", (HTML, GZIP)), gzipped(21, 9)], day=3
    )
    names = warc_names(folder)
    before = {name: (folder / name).read_bytes() for name in names}
    target = pack(folder)
    assert list(folder.iterdir()) == [target]
    assert target.stat().st_size < sum(map(len, before.values())) / 3
    assert warc_names(folder) == names
    for name, data in before.items():
        assert warc_size(folder, name) == len(data)
        with open_warc(folder, name) as file:
            assert file.read() == data
            file.seek(len(data) // 2)
            assert file.read(100) == data[len(data) // 2 :][:100]
    for capture in captures:
        response = read_response(folder, capture.warc_file, capture.warc_offset, capture.payload_sha256)
        assert (response.body, response.headers) == (capture.response.body, capture.response.response_headers)


def test_another_reader_reads_the_pages_in_it(folder: Path) -> None:
    write(folder, [gzipped(n) for n in range(6)])
    with pack(folder).open("rb") as file:
        found = [piece for piece in read_foreign(file, lambda head: None) if isinstance(piece, Kept)]
    assert [piece.head.kind for piece in found] == ["warcinfo", *["response", "request"] * 6]
    for number, piece in enumerate(each for each in found if each.head.kind == "response"):
        answer = read_answer(piece.block)
        assert answer is not None
        assert answer.body == html(number)
        assert answer.header("content-encoding") is None
        assert answer.header("x-orig-content-encoding") == "gzip"
        assert len(piece.block) == piece.head.length


bodies = st.one_of(
    st.builds(gzipped, st.integers(0, 99), st.integers(0, 9)),
    st.builds(lambda n: (zlib.compress(html(n)), (HTML, ("content-encoding", "deflate"))), st.integers(0, 9)),
    st.builds(
        lambda data, headers: (data, tuple(headers)),
        st.binary(max_size=300),
        st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        "Content-Encoding",
                        "X-Orig-Content-Length",
                        "Transfer-Encoding",
                        "X-Archive-Repack",
                        "é",
                    ]
                ),
                st.sampled_from(["gzip", "br", "chunked", "deflate", "gzip, gzip", "", "a: b"]),
            ),
            max_size=3,
        ),
    ),
)


@given(st.lists(bodies, min_size=1, max_size=5))
@settings(max_examples=25)
def test_any_records_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, made: list) -> None:
    folder = tmp_path_factory.mktemp("any") / "warc"
    captures = write(folder, made)
    (name,) = warc_names(folder)
    before = (folder / name).read_bytes()
    pack(folder)
    with open_warc(folder, name) as file:
        assert file.read() == before
    for capture in captures:
        assert (
            read_response(folder, name, capture.warc_offset, capture.payload_sha256).body
            == capture.response.body
        )


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_record_makes_the_undressing_stumble(head: bytes, body: bytes) -> None:
    for record in (head, b"WARC/1.1\r\nWARC-Type: response\r\n" + head + b"\r\n\r\n" + body):
        assert dress(undress(record).data) == record


@pytest.mark.parametrize(
    "line",
    [
        b"X-Archive-Repack",
        b"X-Archive-Repack:",
        b'X-Archive-Repack: {"as_it_is":true}',
        b'X-Archive-Repack: {"recipe":"6","was":[]}',
        b"X-Archive-Repack: no JSON",
        b"X-Archive-Repack: x\r\nWARC-Date: 2026-01-01T00:00:00Z",
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_record_of_others_with_our_header_comes_back_as_it_was(line: bytes, times: int) -> None:
    head = b"\r\n".join([b"WARC/1.1", b"WARC-Type: response", *[line] * times])
    record = head + b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\nA body.\r\n\r\n"
    kept = undress(record)
    assert dress(kept.data) == record
    assert dress(undress(kept.data).data) == kept.data


def test_a_member_that_zlib_did_not_make_is_kept_as_it_is(folder: Path) -> None:
    write(folder, [gzipped(1), gzipped(2)])
    (path,) = folder.iterdir()
    record = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 2000\r\n\r\n" + b"ab c" * 500 + b"\r\n\r\n"
    packer = zlib.compressobj(6, zlib.DEFLATED, 31, 8, zlib.Z_HUFFMAN_ONLY)
    with path.open("ab") as file:
        file.write(packer.compress(record) + packer.flush())
    before = path.read_bytes()
    pack(folder)
    with open_warc(folder, path.name) as file:
        assert file.read() == before


@pytest.mark.parametrize("ending", [b"\x1f\x8b\x08\0\0", b"junk", b"\0" * 40])
def test_a_file_that_is_not_whole_makes_no_pack(folder: Path, ending: bytes) -> None:
    write(folder, [gzipped(1)])
    (path,) = folder.iterdir()
    with path.open("ab") as file:
        file.write(ending)
    with pytest.raises(NotPacked, match="archive verify"):
        pack(folder)
    assert list(folder.iterdir()) == [path]


def test_the_pack_is_found_among_many(folder: Path) -> None:
    captures = []
    for day in (1, 3, 5, 7):
        captures += write(folder, [gzipped(day), gzipped(day + 1)], day=day)
    names = warc_names(folder)
    pack(folder, [names[0], names[2]])
    pack(folder, [names[1]])
    write(folder, [gzipped(1)], source="demo-2")
    for capture in captures:
        read_response(folder, capture.warc_file, capture.warc_offset, capture.payload_sha256)
    assert len(opening.packs_in(folder)) == 2


def test_another_programs_file_is_no_pack(folder: Path) -> None:
    folder.mkdir()
    (folder / "demo.warc.zst").write_bytes(zstd.compress(b"WARC/1.0\r\n"))
    assert opening.packs_in(folder) == []
    with pytest.raises(CaptureUnreadable, match="there is no"):
        read_response(folder, "demo.warc.gz", 0, "")


def test_two_programs_do_not_rewrite_at_once(folder: Path) -> None:
    folder.mkdir()
    with alone_in(folder), pytest.raises(ArchiveError, match="try again"), alone_in(folder):
        pass


# -- hostile packs --------------------------------------------------------------------------------------------------


def forged(path: Path, change: Callable[[dict], object], records: bytes = b"") -> None:
    """Write a pack anew whose index was changed. records: frames that come before it."""
    data = path.read_bytes()
    (begin, _) = TRAILER.unpack(data[-TRAILER.size :])
    index = json.loads(zstd.decompress(data[begin + SKIPPABLE.size : -TRAILER.size]))
    change(index)
    body = records or data[:begin]
    packed = zstd.compress(json.dumps(index).encode()) + TRAILER.pack(len(body), MARK)
    path.write_bytes(body + SKIPPABLE.pack(INDEX_MAGIC, len(packed)) + packed)


@pytest.fixture
def made(folder: Path) -> tuple[Path, StoredCapture]:
    captures = write(folder, [gzipped(n) for n in range(4)])
    return pack(folder), captures[2]


def trouble(made: tuple[Path, StoredCapture]) -> CaptureUnreadable:
    path, capture = made
    with pytest.raises(CaptureUnreadable) as told:
        read_response(path.parent, capture.warc_file, capture.warc_offset, capture.payload_sha256)
    return told.value


CHANGES: list[Callable[[dict], object]] = [
    lambda index: index.update(format="another"),
    lambda index: index.update(files=[]),
    lambda index: index.update(files=7),
    lambda index: index.update(recipes=["rm -rf"]),
    lambda index: index["files"][0].update(bytes=3),
    lambda index: index["files"][0].update(name="../../etc/passwd"),
    lambda index: index["files"][0]["records"].pop(),
    lambda index: index["files"][0]["records"][1].__setitem__(2, 1 << 60),
    lambda index: index["files"][0]["records"][1].__setitem__(0, -5),
    lambda index: index["files"][0]["records"][1].__setitem__(1, 99),
    lambda index: index["files"][0]["records"][1].__setitem__(2, 10.5),
    lambda index: index["files"][0]["records"].reverse(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_forged_index_is_told(made: tuple[Path, StoredCapture], change: Callable[[dict], object]) -> None:
    forged(made[0], change)
    assert trouble(made).trouble in {Trouble.DAMAGED, Trouble.MISSING}


def test_a_bomb_is_not_unpacked(made: tuple[Path, StoredCapture]) -> None:
    bomb = zstd.compress(bytes(66 << 20), 1)

    def change(index: dict) -> None:
        (file,) = index["files"]
        capture = made[1]
        index["recipes"] = ["deflate 6.8.15"]
        file["records"] = [[capture.warc_offset, 0, len(bomb), 0], [100, 0, len(bomb), 0]]
        file["bytes"] = capture.warc_offset + 100

    forged(made[0], change, bomb + bomb)
    assert "at most 64 MB" in str(trouble(made))


@pytest.mark.parametrize("size", [1 << 30, 0xFFFFFFFF])
def test_a_dictionary_of_a_gigabyte_is_not_read(made: tuple[Path, StoredCapture], size: int) -> None:
    path, _ = made
    data = path.read_bytes()
    path.write_bytes(SKIPPABLE.pack(DICTIONARY_MAGIC, size) + data[SKIPPABLE.size :])
    assert "its dictionary has more than" in str(trouble(made))


def test_a_dictionary_that_unpacks_to_a_gigabyte_is_not_unpacked(made: tuple[Path, StoredCapture]) -> None:
    bomb = zstd.compress(bytes(20 << 20))
    forged(made[0], lambda _: None, SKIPPABLE.pack(DICTIONARY_MAGIC, len(bomb)) + bomb)
    assert "the dictionary of" in str(trouble(made))


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_bit_gives_no_other_page(
    made: tuple[Path, StoredCapture], whole: bytes, data: st.DataObject
) -> None:
    path, capture = made
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(changed)
    with suppress(CaptureUnreadable):
        response = read_response(path.parent, capture.warc_file, capture.warc_offset, capture.payload_sha256)
        assert response.body == capture.response.body


@pytest.fixture
def whole(made: tuple[Path, StoredCapture]) -> bytes:
    return made[0].read_bytes()


@pytest.mark.parametrize("size", [0, 5, 20, 1000])
def test_a_pack_that_was_cut_short_is_told(made: tuple[Path, StoredCapture], size: int) -> None:
    with made[0].open("r+b") as file:
        file.truncate(size)
    assert trouble(made).trouble is Trouble.MISSING


def test_the_index_of_a_pack_tells_what_it_was_made_with(made: tuple[Path, StoredCapture]) -> None:
    one = Pack(made[0])
    assert one.zlib == zlib.ZLIB_RUNTIME_VERSION
    assert one.dictionary
    (held,) = one.files.values()
    assert held.records[0].offset == 0
    assert held.at(held.size) is None
    with pytest.raises(PackDamaged):
        Pack(Path(__file__))


def test_content_is_the_page(made: tuple[Path, StoredCapture]) -> None:
    path, capture = made
    response = read_response(path.parent, capture.warc_file, capture.warc_offset, capture.payload_sha256)
    assert content(response) == html(2)
    assert struct.calcsize("<II") == SKIPPABLE.size

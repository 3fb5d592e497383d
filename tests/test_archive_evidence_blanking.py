"""A page is taken out of its WARC file: the file is as long as before, and every tool reads it."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.evidence import blanking
from archive.evidence.blanking import NotBlanked, Note, blank, is_note, record_at
from archive.evidence.reading import CaptureUnreadable, Trouble, read_response
from archive.evidence.scan import Record, scan
from archive.evidence.warc import WarcFile
from archive.models import RawResponse, StoredCapture

AT = datetime(2026, 1, 2, tzinfo=UTC)
SECRET = b"the witness lives in the house behind the mill"
NOTE = Note("2026-03-04T10:00:00Z", "ab" * 32, "Court of X, 27 O 123/26")


def written(folder: Path, *bodies: bytes, packed: bool = True) -> list[StoredCapture]:
    file = WarcFile(folder, "demo", AT)
    headers = (("Content-Type", "text/html"), *((("Content-Encoding", "identity"),) if packed else ()))
    captures = [
        file.add(RawResponse(f"http://x.example/{n}", 200, "OK", "GET", (), headers, body, AT))
        for n, body in enumerate(bodies)
    ]
    file.close()
    return captures


def scanned(path: Path) -> list[Record]:
    with path.open("rb") as file:
        found = list(scan(file, path.stat().st_size))
    assert all(isinstance(each, Record) and not each.problems for each in found)
    return [each for each in found if isinstance(each, Record)]


@pytest.mark.parametrize(
    ("body", "packed"),
    [
        (SECRET, True),
        (SECRET, False),
        (SECRET * 4000, True),  # more than two of deflate's stored blocks
        (SECRET * 4000, False),
        (b"", True),
    ],
)
def test_the_record_is_gone_and_all_others_stay_where_they_are(
    tmp_path: Path, body: bytes, packed: bool
) -> None:
    captures = written(tmp_path, b"first", body, b"third", packed=packed)
    path = tmp_path / captures[1].warc_file
    before, size = scanned(path), path.stat().st_size
    blank(path, captures[1].warc_offset, NOTE)
    after = scanned(path)
    assert path.stat().st_size == size
    assert [(each.offset, each.length) for each in after] == [(each.offset, each.length) for each in before]
    assert [each.kind for each in after] == ["warcinfo", "response", "request", "metadata", "request", "response",
                                             "request"]  # fmt: skip
    assert [each for each in after if each.kind != "metadata"] == [
        each for each in before if each is not before[3]
    ]
    note = after[3]
    assert is_note(note.kind, note.start)
    assert note.headers["warc-refers-to"] == before[3].headers["warc-record-id"]
    assert SECRET not in gzip.decompress(path.read_bytes())
    assert (
        read_response(tmp_path, path.name, captures[2].warc_offset, captures[2].payload_sha256).body
        == b"third"
    )


def test_the_note_says_what_was_there_and_why_it_is_gone(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, SECRET * 20)
    blank(tmp_path / capture.warc_file, capture.warc_offset, NOTE)
    with (tmp_path / capture.warc_file).open("rb") as file:
        record = _copied(file)[1]
    assert record == (
        "metadata",
        f"removed: {NOTE.at}\r\npayload-digest: sha256:{NOTE.sha256}\r\nreason: {NOTE.reason}",
    )


def _copied(file: io.BufferedReader) -> list[tuple[str, str]]:
    return [(each.rec_type, each.content_stream().read().decode().rstrip()) for each in ArchiveIterator(file)]


def test_warcio_checks_and_indexes_the_file(tmp_path: Path) -> None:
    captures = written(tmp_path, b"first", SECRET * 3000, b"", b"last")
    path = tmp_path / captures[0].warc_file
    for capture in captures[1:3]:
        blank(path, capture.warc_offset, NOTE)
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", path], capture_output=True, text=True
    )
    assert (check.returncode, "fail" in check.stdout) == (0, False)
    assert check.stdout.count("digest pass") == 8  # the shortest note has no room for one
    index = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "index", "-f", "warc-type", path], capture_output=True, text=True
    )
    assert index.stdout.count("response") == 2
    assert index.stdout.count("metadata") == 2


def test_who_reads_the_capture_is_told_that_it_was_removed(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, SECRET)
    blank(tmp_path / capture.warc_file, capture.warc_offset, NOTE)
    with pytest.raises(CaptureUnreadable) as caught:
        read_response(tmp_path, capture.warc_file, capture.warc_offset, capture.payload_sha256)
    assert caught.value.trouble is Trouble.REMOVED


def test_blanking_again_changes_nothing(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, SECRET)
    path = tmp_path / capture.warc_file
    length = blank(path, capture.warc_offset, NOTE)
    content = path.read_bytes()
    assert blank(path, capture.warc_offset, Note("2027-01-01T00:00:00Z", "00", "again")) == length
    assert path.read_bytes() == content


def test_a_blanking_that_was_killed_half_way_is_finished(tmp_path: Path) -> None:
    captures = written(tmp_path, SECRET * 4000, b"next")
    path = tmp_path / captures[0].warc_file
    content = path.read_bytes()
    blank(path, captures[0].warc_offset, NOTE)
    half = captures[0].warc_offset + 90_000
    path.write_bytes(path.read_bytes()[:half] + content[half:])
    blank(path, captures[0].warc_offset, NOTE)
    assert [each.kind for each in scanned(path)] == ["warcinfo", "metadata", "request", "response", "request"]
    assert SECRET not in gzip.decompress(path.read_bytes())


def test_a_record_of_an_unpacked_file_is_blanked(tmp_path: Path) -> None:
    captures = written(tmp_path, SECRET * 9, b"next")
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress((tmp_path / captures[0].warc_file).read_bytes()))
    before = scanned(plain)
    blank(plain, before[1].offset, NOTE)
    assert [(each.offset, each.length) for each in scanned(plain)] == [(e.offset, e.length) for e in before]
    assert SECRET not in plain.read_bytes()


LENGTHS = [
    *range(236, 330),
    *range(9_990, 10_380),
    *range(65_700, 65_960),
    *range(131_200, 131_500),
    1_000_037,
]


@pytest.mark.parametrize("make", [blanking._plain, blanking._packed])
def test_there_is_a_note_of_every_length(make) -> None:
    head = blanking._head("2026-01-02T00:00:00Z", [])
    for length in LENGTHS:
        made = make(head, b"removed: 2026-01-02T00:00:00Z\r\n", length)
        assert made is not None
        assert len(made) == length
        (found,) = scan(io.BytesIO(made), length)
        assert isinstance(found, Record)
        assert (found.problems, is_note(found.kind, found.start)) == ((), True)


@given(reason=st.text(st.characters(codec="utf-8"), max_size=400), size=st.integers(0, 900))
def test_any_reason_fits_or_is_left_to_the_log(
    tmp_path_factory: pytest.TempPathFactory, reason: str, size: int
) -> None:
    folder = tmp_path_factory.mktemp("warc")
    (capture,) = written(folder, b"x" * size)
    path = folder / capture.warc_file
    before = path.stat().st_size
    blank(path, capture.warc_offset, Note(NOTE.at, NOTE.sha256, reason))
    assert path.stat().st_size == before
    assert [each.kind for each in scanned(path)] == ["warcinfo", "metadata", "request"]


def test_what_can_not_be_blanked_is_said(tmp_path: Path) -> None:
    (capture,) = written(tmp_path, SECRET)
    path = tmp_path / capture.warc_file
    for where, offset, why in (
        (tmp_path / "gone.warc.gz", 0, "can't be read"),
        (path, 10**6, "no whole record at byte 1000000"),
        (path, 3, "no whole record at byte 3"),
    ):
        with pytest.raises(NotBlanked, match=why):
            record_at(where, offset)
    short = tmp_path / "short.warc"
    short.write_bytes(b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n")
    with pytest.raises(NotBlanked, match="too short for a note"):
        blank(short, 0, NOTE)

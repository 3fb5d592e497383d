"""The writer: bytes first, whole batches, and one job's failure is its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from warcio.archiveiterator import ArchiveIterator

from archive.errors import ArchiveError, ArchiveUnreadable
from archive.models import ArticleText, Extraction, Lead, Outcome, RawResponse, Source, Visit
from archive.writer import ArchiveWriter, RunWriter

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")
PAGE = gzip.compress("<p>قصف</p>".encode())


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[ArchiveWriter]:
    made = ArchiveWriter(tmp_path / "archive.db", version="test", clock=lambda: NOW)
    made.start()
    yield made
    made.close()


@pytest.fixture
def writer(opened: ArchiveWriter) -> RunWriter:
    return opened.begin_run(SOURCE)


def visit(number: int) -> Visit:
    url = f"https://x.example/news/{number}?lang=en"
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Word", "café"))
    moved = RawResponse(url + "&old", 301, "Moved Permanently", "GET", (), (("Location", url),), b"", NOW)
    page = RawResponse(
        url, 200, "OK", "GET", (("User-Agent", "test"),), headers, PAGE, NOW, ip_address="127.0.0.1"
    )
    text = ArticleText(title=f"Report {number}", body="Text.")
    return Visit(
        Lead(url, "feed"), (moved, page), url=url, extraction=Extraction(text, extractor_version="1")
    )


def test_a_resolved_future_means_that_it_is_on_the_disk(writer: RunWriter, tmp_path: Path) -> None:
    futures = [writer.record_visit(visit(number)) for number in range(100)]
    assert [future.result(timeout=20) for future in futures] == [Outcome.STORED] * 100
    db = Database(tmp_path / "archive.db")
    assert (db["articles"].count, db["captures"].count) == (100, 200)
    db.close()


def test_each_capture_is_found_in_its_warc_file(writer: RunWriter, tmp_path: Path) -> None:
    for number in range(3):
        writer.record_visit(visit(number)).result(timeout=20)
    db = Database(tmp_path / "archive.db")
    for row in db.query("select * from captures"):
        with (tmp_path / "warc" / row["warc_file"]).open("rb") as file:
            file.seek(row["warc_offset"])
            record = next(ArchiveIterator(file))
            assert record.rec_headers.get_header("WARC-Target-URI") == row["url"]
            assert record.http_headers.get_statuscode() == str(row["status"])
            if row["status"] == 200:
                assert record.raw_stream.read() == PAGE  # still content-encoded, as received
                assert (
                    record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{row['payload_sha256']}"
                )
    db.close()


def test_warcio_checks_and_indexes_the_file(writer: RunWriter, tmp_path: Path) -> None:
    writer.record_visit(visit(1)).result(timeout=20)
    writer.end()
    (warc,) = (tmp_path / "warc").iterdir()
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", warc], check=False, capture_output=True, text=True
    )
    assert check.returncode == 0
    assert "fail" not in check.stdout
    index = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "index", warc], check=True, capture_output=True, text=True
    )
    types = [json.loads(line)["warc-type"] for line in index.stdout.splitlines()]
    assert types == ["warcinfo", "metadata", "response", "request", "response", "request", "metadata"]


def test_a_failed_job_is_undone_alone(writer: RunWriter, tmp_path: Path) -> None:
    good = writer.record_visit(visit(1))
    bad = writer.submit(
        lambda desk: desk.store.add_leads(
            replace(desk.run, source_id="nobody"), [Lead("https://x.example/y", "feed")]
        )
    )
    also_good = writer.record_visit(visit(2))
    assert {good.result(timeout=20), also_good.result(timeout=20)} == {Outcome.STORED}
    with pytest.raises(ArchiveError, match="FOREIGN KEY"):
        bad.result(timeout=20)
    db = Database(tmp_path / "archive.db")
    assert db["leads"].count == 2
    db.close()


def test_a_commit_that_fails_fails_its_whole_batch(writer: RunWriter, tmp_path: Path) -> None:
    writer.submit(lambda desk: desk.store._conn.execute("pragma max_page_count = 1")).result(timeout=20)
    future = writer.submit(
        lambda desk: desk.store.add_leads(desk.run, [Lead("https://x.example/" + "y" * 9000, "feed")])
    )
    with pytest.raises(ArchiveError, match="full"):
        future.result(timeout=20)


def test_an_archive_that_cannot_be_opened_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnreadable, match="can't be opened"):
        ArchiveWriter(tmp_path / "no" / "archive.db", version="test").start()


def test_no_capture_no_warc_file(writer: RunWriter, tmp_path: Path) -> None:
    writer.end()
    assert not (tmp_path / "warc").exists()


def test_two_runs_share_one_writer_and_have_a_warc_file_each(opened: ArchiveWriter, tmp_path: Path) -> None:
    other = Source("y", "Y News", "https://y.example/", ("ar",), "Syria", None, "independent")
    one, two = opened.begin_run(SOURCE), opened.begin_run(other)
    futures = [(one if number % 2 else two).record_visit(visit(number)) for number in range(20)]
    assert [future.result(timeout=20) for future in futures] == [Outcome.STORED] * 20
    one.end()
    assert two.record_visit(visit(21)).result(timeout=20) is Outcome.STORED
    db = Database(tmp_path / "archive.db")
    count = "select r.source_id, count(*), count(distinct warc_file) from captures c join runs r on r.id = c.run_id group by 1"
    assert [tuple(row) for row in db.execute(count)] == [("x", 20, 1), ("y", 22, 1)]
    db.close()


def test_headers_are_kept_to_the_byte_and_break_no_line(writer: RunWriter, tmp_path: Path) -> None:
    fetched = visit(1)
    answer = replace(
        fetched.responses[-1], response_headers=(("X-Word", "café"), ("X-Two", "a\r\nWARC-Type: b"))
    )
    writer.record_visit(replace(fetched, responses=(answer,))).result(timeout=20)
    writer.end()
    (warc,) = (tmp_path / "warc").iterdir()
    whole = gzip.decompress(warc.read_bytes())
    assert "X-Word: café\r\nX-Two: a  WARC-Type: b\r\n\r\n".encode("latin-1") + PAGE in whole
    assert whole.count(b"WARC-Block-Digest: sha1:") == 5
    assert b"WARC-Date: 2026-01-24T18:00:00Z" in whole

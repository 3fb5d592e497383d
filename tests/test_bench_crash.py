"""The crash test in short: ten kills at random moments; and what its checks find in a spoilt archive."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.models import ArticleText, Extraction, Lead, RawResponse, Source, Visit
from archive.store import Store
from archive.writer import ArchiveWriter
from bench.crash_checks import Inspector, is_searchable, orphans
from tests.tampering import unlocked

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")


@pytest.mark.slow
def test_ten_kills_leave_nothing_lost_and_nothing_doubled() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "crash.py", "--kills", "10", "--pages", "150", "--records", "300",
         "--longest", "4", "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["kills"] for row in rows.values()] == [2, 2, 2, 2, 2]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    writer = ArchiveWriter(path, version="test", clock=lambda: NOW)
    writer.start()
    run = writer.begin_run(SOURCE)
    for future in [run.record_visit(_visit(number)) for number in range(3)]:
        future.result(timeout=20)
    run.end()
    writer.close()
    return path


def _visit(number: int) -> Visit:
    url = f"https://x.example/news/{number}"
    page = RawResponse(url, 200, "OK", "GET", (), (), f"<p>{number}".encode(), NOW)
    text = ArticleText(title=f"Report {number}", body="Text.")
    return Visit(Lead(url, "feed"), (page,), url=url, extraction=Extraction(text, extractor_version="1"))


def test_a_sound_archive_has_no_violations(archive: Path) -> None:
    assert Inspector(archive).violations() == []
    assert is_searchable(archive)
    assert orphans(archive) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "script"),
    [
        ("article without a capture", "update revisions set capture_id = null where id = 1"),
        ("stored lead without a capture", "update captures set lead_id = 2 where id = 1"),
        ("capture twice", ("insert into captures select 99, run_id, lead_id, url, final_url, status, content_type,"
         " fetched_at, payload_sha256, payload_bytes, warc_file, warc_offset, previous_hash, hash from captures where id = 1")),
        ("foreign key", "update revisions set capture_id = 77 where id = 1"),
        ("capture unreadable", "update captures set payload_sha256 = 'other' where id = 1"),
        ("article unlike its last revision", "update articles set content_sha256 = 'other' where id = 1"),
        ("revisions not numbered 1, 2, 3 ...", "update articles set revision_count = 2 where id = 1"),
    ],
)  # fmt: skip
def test_what_a_crash_must_never_leave_is_found(archive: Path, kind: str, script: str) -> None:
    with unlocked(archive) as conn:
        conn.execute(script)
    assert kind in {found for found, _ in Inspector(archive).violations()}


def test_what_was_there_must_stay(archive: Path) -> None:
    inspector = Inspector(archive)
    assert inspector.violations() == []
    with unlocked(archive) as conn:
        for table in ("revisions", "articles", "captures", "leads"):
            conn.execute(f"delete from {table}")  # noqa: S608 - a test's own words
    assert {kind for kind, _ in inspector.violations()} == {"article lost", "capture lost"}


def test_records_without_a_row_and_half_records_are_counted(archive: Path) -> None:
    with unlocked(archive) as conn:
        conn.execute("update revisions set capture_id = null")
        conn.execute("delete from captures where id = 1")
    (warc,) = (archive.parent / "warc").iterdir()
    os.truncate(warc, warc.stat().st_size - 3)
    assert orphans(archive) == (1, 1)


@pytest.mark.slow
def test_warc_bytes_are_synced_before_the_rows_that_point_to_them_are_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that a power cut needs, as the writer's own calls show it.

    Each write, sync and commit is noted as it's made. It proves that no commit is asked for before the bytes that its rows
    point to were synced, in a file whose folder was synced once it was there; not that the disk tells the truth
    about what it has synced.
    """
    events: list[tuple[str, int]] = []
    fsync, commit = os.fsync, Store.commit

    def note_fsync(handle: int) -> None:
        fsync(handle)
        name = Path(f"/proc/self/fd/{handle}").readlink()
        size = name.stat().st_size if name.is_file() else 0
        events.append((("file" if name.is_file() else f"folder {name.name}"), size))

    def note_commit(store: Store) -> None:
        rows = store._conn.execute("select max(warc_offset), count(*) from captures").fetchone()
        events.append(("commit", rows[0] or 0))
        commit(store)

    if not Path("/proc/self/fd").exists():
        pytest.skip("which file is synced is asked of /proc")
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Store, "commit", note_commit)
    writer = ArchiveWriter(tmp_path / "archive.db", version="test", clock=lambda: NOW)
    writer.start()
    run = writer.begin_run(SOURCE)
    for number in range(5):
        run.record_visit(_visit(number)).result(timeout=20)
    run.end()
    writer.close()
    commits = [index for index, (what, offset) in enumerate(events) if what == "commit" and offset]
    assert len(commits) >= 5
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn:
        offsets = [offset for (offset,) in conn.execute("select warc_offset from captures order by 1")]
    ends = dict(
        zip(
            offsets,
            [*offsets[1:], (tmp_path / "warc" / run._desk.warc.path.name).stat().st_size],
            strict=True,
        )
    )
    for index in commits:
        synced = max(size for what, size in events[:index] if what == "file")
        assert ends[events[index][1]] <= synced  # the end of the last record that a row points to
    assert ("folder warc", 0) in events[: commits[0]]
    assert (f"folder {tmp_path.name}", 0) in events[: commits[0]]  # which has the folder's own name

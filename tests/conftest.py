"""Fixtures that more than one module's tests need."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from sqlite_utils import Database

from archive import searchindex
from archive.migrations import migrations
from archive.tables import chain
from archive.text.normalise import Normaliser

# A machine that is busy with other tests is no reason to fail an example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REPORTS = [
    # source, language, published_at, title, body, author
    ("zamanalwsl-en", "en", "2026-01-24T16:04:11Z", "Airstrike on Saraqeb kills five",
     "Five civilians were killed in an airstrike on Saraqeb.\n\nThe toll is expected to rise.", "Zaman Al Wasl"),
    ("zamanalwsl-en", "en", "2026-01-25T09:00:00Z", "Shelling hits market in Idlib",
     "At least seven people died when shells hit a market in Idlib.\n\nRescuers are at work.", None),
    ("zamanalwsl-ar", "ar", "2026-01-24T10:00:00Z", "قصف جوي على سراقب",
     "قتل خمسة مدنيين في قصف جوي على مدينة سراقب.\n\nوأصيب عشرة آخرون.", "زمان الوصل"),
    ("ukrinform-en", "uk", "2026-01-26T07:30:00Z", "Обстріл Херсона",
     "Внаслідок обстрілу Херсона загинули двоє людей.\n\nЩе троє поранені.", None),
    ("ukrinform-en", "en", "2026-01-27T00:00:00Z", "=HYPERLINK shelling of Kherson",
     "Two people were killed & one <b>wounded</b> in Kherson.", "Olena Petrenko"),
    ("dabanga-en", "en", None, "Drone strike on Khartoum airport",
     "A drone strike hit Khartoum airport on Tuesday.\n\nNo casualties were reported.", None),
]  # fmt: skip


@pytest.fixture
def small_archive(tmp_path: Path, small_archive_made: Path) -> Path:
    """A real archive file of six reports from four sources, one run a source and one capture a report."""
    return Path(shutil.copy(small_archive_made, tmp_path / "archive.db"))


@pytest.fixture(scope="session")
def small_archive_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that `small_archive` gives each test a copy of."""
    path = tmp_path_factory.mktemp("made") / "archive.db"
    db = Database(path)
    migrations.apply(db)
    for source in dict.fromkeys(report[0] for report in REPORTS):
        db["sources"].insert({"id": source, "name": source.title(), "homepage": f"https://{source}.example/",
                              "conflict": "Syria", "kind": "independent", "languages": "en"})  # fmt: skip
        db["runs"].insert({"source_id": source, "started_at": "2026-01-28T00:00:00Z", "version": "0",
                           "finished_at": "2026-01-28T00:10:00Z", "finish_reason": "finished",
                           "found": 2, "stored": 2})  # fmt: skip
    for number, (source, language, published, title, body, author) in enumerate(REPORTS, start=1):
        insert_report(db, number, source, language, published, title, body, author)
    searchindex.catch_up(db.conn, Normaliser())
    db.conn.commit()
    db.close()
    return path


def insert_report(
    db: Database, number: int, source: str, language: str, published: str | None, title: str, body: str,
    author: str | None,
) -> None:  # fmt: skip
    url = f"https://{source}.example/news/{number}/"
    sha = hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()
    run = next(db.query("select id from runs where source_id = ?", [source]))["id"]
    text = {"title": title, "body": body, "author": author, "language": language, "published_at": published,
            "content_sha256": sha}  # fmt: skip
    db["leads"].insert({"source_id": source, "url": url, "url_key": url[8:-1], "via": "feed", "state": "stored",
                        "outcome": "stored", "first_seen_at": "2026-01-28T00:01:00Z"})  # fmt: skip
    capture = {"run_id": run, "lead_id": number, "url": url, "final_url": url, "status": 200,
               "content_type": "text/html", "fetched_at": "2026-01-28T00:02:00Z", "payload_sha256": sha,
               "payload_bytes": len(body), "warc_file": "x.warc.gz", "warc_offset": 0}  # fmt: skip
    chain.append(db.conn, "captures", capture)
    db.conn.commit()
    db["articles"].insert(text | {"source_id": source, "url": url, "url_key": url[8:-1],
                                  "published_at_precision": published and "second",
                                  "published_at_from": published and "feed",
                                  "word_count": len(body.split()), "first_seen_at": "2026-01-28T00:02:00Z",
                                  "last_seen_at": "2026-01-28T00:02:00Z"})  # fmt: skip
    db["revisions"].insert(text | {"article_id": number, "number": 1, "capture_id": number,
                                   "seen_at": "2026-01-28T00:02:00Z", "extractor_version": "0"})  # fmt: skip

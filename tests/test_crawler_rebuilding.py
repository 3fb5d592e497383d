"""`archive rebuild` of a real crawl, with the real extraction."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.rebuilding import differences
from tests.sites.crawling import ROOT
from tests.warcs import Rec, story, warc


def scrapy(*arguments: object) -> None:
    command = [sys.executable, "-m", "scrapy", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def archive(*arguments: object) -> str:
    command = [sys.executable, "-m", "archive.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_database_is_rebuilt_from_what_was_crawled(tmp_path: Path) -> None:
    """Two editions of the demo site, a look a day later, an import, a re-extraction, and a removal."""
    path, new = tmp_path / "archive.db", tmp_path / "new.db"
    for edition, days in ((1, 0), (2, 0), (2, 1)):
        now = f"{datetime.now(UTC) + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M:%SZ}" if days else ""
        scrapy("crawl", "demo", "--db", path, "-s", f"DEMO_EDITION={edition}", "-s", f"NOW={now}")
    pages = [Rec(f"https://herald.example/news/{number}", story(number)) for number in range(1, 9)]
    pages += [
        Rec(pages[number].url, story(number, edition=1), date=f"2025-0{number + 1}-01T10:00:00Z")
        for number in (1, 3)
    ]
    (tmp_path / "cc.warc.gz").write_bytes(warc(pages))
    scrapy("importwarc", tmp_path / "cc.warc.gz", "--db", path, "--source", "herald")
    scrapy("reextract", "--db", path, "--apply", "--force")
    archive("--db", path, "remove", 5, "--yes", "--reason", "a court")
    told = archive("rebuild", "--from", tmp_path / "warc", "--db", new)
    assert "1 pages that were removed on purpose" in told
    assert differences(path, new) == []
    assert "is as it was written" in archive("--db", new, "verify", "--full")


@pytest.mark.slow
def test_a_database_is_rebuilt_from_packs_and_pages_that_were_not_written_twice(tmp_path: Path) -> None:
    path, new = tmp_path / "archive.db", tmp_path / "new.db"
    for edition, ago in ((1, 60), (2, 50), (2, 20)):
        now = f"{datetime.now(UTC) - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ}"
        scrapy("crawl", "demo", "--db", path, "-s", f"DEMO_EDITION={edition}", "-s", f"NOW={now}")
    archive("--db", path, "compact")
    assert [each.name for each in (tmp_path / "warc").iterdir() if not each.name.endswith(".warc.zst")] == []
    assert "revisits among them" in archive("--db", path, "verify", "--full")
    archive("rebuild", "--from", tmp_path / "warc", "--db", new)
    assert differences(path, new) == []
    assert "is as it was written" in archive("--db", new, "verify", "--full")

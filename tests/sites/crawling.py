"""Runs the crawler as a user does, in a process of its own, on sources that are written for the test."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from archive.models import Outcome
from tests.searching import assert_index_fits

ROOT = Path(__file__).parents[2]


def write_source(folder: Path, source_id: str, **keys: object) -> Path:
    """Write a catalogue entry; what is not given is as for a site of our own."""
    values = {
        "id": source_id,
        "name": source_id.title(),
        "homepage": "http://127.0.0.1/",
        "languages": ["en"],
        "conflict": "Test",
        "kind": "independent",
        "article_pattern": r"/news/\d+",
        "delay": 0.0,
        "private": True,
        "revisit": [],
    } | keys
    path = folder / f"{source_id}.toml"
    path.write_text(
        "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()), encoding="utf-8"
    )
    return path


def start(folder: Path, *arguments: str, data: bool = False) -> subprocess.Popen[str]:
    """Start `scrapy ARGUMENTS` on the sources and the archive of `folder`; data: its input will be given, as latin-1."""
    # one worker: a test's few pages don't pay for the start of two
    few = ("-s", "EXTRACTION_WORKERS=1")
    command = [
        sys.executable,
        "-m",
        "scrapy",
        arguments[0],
        *few,
        *arguments[1:],
        "-s",
        f"SOURCES_DIR={folder}",
    ]
    if arguments[0] == "crawl":
        command += ["-s", f"ARCHIVE_DB={folder / 'archive.db'}"]
    return subprocess.Popen(
        command, cwd=ROOT, env={"CONTACT": "test@example.org"} | os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="latin-1" if data else "utf-8", stdin=subprocess.PIPE if data else None,
    )  # fmt: skip


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scrapy ARGUMENTS` to its end."""
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def crawl(folder: Path, source_id: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Crawl a source, which has to work."""
    done = run(folder, "crawl", source_id, *arguments)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def rows(folder: Path, query: str, *values: object) -> list[Any]:
    """Return what a query on the folder's archive gives, as `sqlite3.Row`s."""
    with closing(sqlite3.connect(folder / "archive.db")) as conn:
        conn.row_factory = sqlite3.Row
        return conn.execute(query, values).fetchall()


def outcomes(folder: Path) -> dict[str, str | None]:
    """Return each lead's outcome by the path of its URL."""
    return {"/" + row["url"].split("/", 3)[3]: row["outcome"] for row in rows(folder, "select * from leads")}


def assert_sound(folder: Path) -> None:
    """Check what holds for every archive, whatever happened to its crawls."""
    with closing(sqlite3.connect(folder / "archive.db")) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        doubles = "select url_key from articles group by 1 having count(*) > 1"
        assert conn.execute(doubles).fetchall() == []
        without = "select url from leads where state = 'stored' and id not in (select lead_id from captures)"
        assert conn.execute(without).fetchall() == []
    assert_index_fits(folder / "archive.db")


def assert_sums(folder: Path) -> None:
    """Check that what each finished run found equals what became of it."""
    columns = [outcome.value for outcome in Outcome]
    for row in rows(folder, "select * from runs where finished_at is not null"):
        assert row["found"] == sum(row[column] for column in columns), dict(row)

# ruff: noqa: S608 - the names of our own tables and columns
"""An archive of every version of the schema opens, is brought up to date, passes `archive verify --full` and goes on.

Each is made by the migrations themselves, as far as that version had them, and filled from real crawls: every table and column
that it had, with its WARC files beside.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.migrations import migrations
from archive.schema import known_migrations
from archive.store import Store
from bench.crash_checks import Inspector, is_searchable
from tests import warcs

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(known_migrations())
# What stands in a table with a check of its own that an earlier version had not.
_IMPORTS, _SEALS = NAMES.index("008_imports"), NAMES.index("009_seals")
_PATHS, _CUSTODY = NAMES.index("004_extraction"), NAMES.index("005_custody")
_LATER = "2026-04-01T12:00:00Z"


@dataclass(frozen=True)
class Bases:
    """Archives of this version: without imports; with them; sealed besides."""

    crawled: Path
    imported: Path
    sealed: Path

    def of(self, version: int) -> Path:
        if version < _IMPORTS:
            return self.crawled
        return self.imported if version < _SEALS else self.sealed


def scrapy(archive: Path, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments, "--db", archive, "-s", "EXTRACTION_WORKERS=1"],
        cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def cli(archive: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "archive.cli", *arguments, "--db", archive], cwd=ROOT, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Bases:
    folder = tmp_path_factory.mktemp("bases")
    archive = folder / "crawled" / "archive.db"
    archive.parent.mkdir()
    scrapy(archive, "crawl", "demo", "-s", "NOW=2026-01-28T12:00:00Z")
    scrapy(archive, "crawl", "demo", "-s", "DEMO_EDITION=2", "-s", "NOW=2026-02-05T12:00:00Z")
    scrapy(
        archive,
        "crawl",
        "demo",
        "-a",
        "backfill=1",
        "-a",
        "since=2026-01-20",
        "-s",
        "NOW=2026-02-05T13:00:00Z",
    )
    imported = Path(shutil.copytree(archive.parent, folder / "imported")) / "archive.db"
    foreign = folder / "foreign.warc.gz"
    foreign.write_bytes(
        warcs.warc(
            [warcs.Rec(f"https://herald.example/news/story-{n}.html", warcs.story(n)) for n in range(1, 4)]
        )
    )
    cli(imported, "watch", "add", "lang:en OR NOT lang:en", "--name", "all")
    scrapy(imported, "importwarc", str(foreign), "--source", "herald")
    sealed = Path(shutil.copytree(imported.parent, folder / "sealed")) / "archive.db"
    cli(sealed, "seal")
    return Bases(archive, imported, sealed)


def tables(path: Path) -> dict[str, list[str]]:
    """Return the columns of each table that is not the search index's or sqlite-utils' own, nor for published copies only."""
    with closing(Database(path)) as db:
        return {
            table.name: [column.name for column in table.columns]
            for table in db.tables
            if not table.name.startswith(("articles_fts", "_sqlite", "search_pending", "publications"))
        }


def make(base: Path, folder: Path, version: int) -> Path:
    """Make an archive as the first migrations left it, up to that one, of the rows and WARC files of a present one."""
    path = folder / "archive.db"
    shutil.copytree(base.parent / "warc", folder / "warc")
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before=NAMES[version + 1] if version + 1 < len(NAMES) else None)
    had = tables(path)
    given = tables(base)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("attach ? as base", [str(base)])
        for table, columns in had.items():
            names = ", ".join(name for name in columns if name in given[table])
            conn.execute(
                f"insert or replace into main.{table} ({names}) select {names} from base.{table} order by 1"
            )
        if version < _PATHS:  # another extraction wrote those
            conn.execute("update revisions set extractor_version = '1'")
        conn.commit()
        assert conn.execute("pragma main.foreign_key_check").fetchall() == []
        if version < NAMES.index("002_search"):
            assert "articles_fts" not in {
                name for (name,) in conn.execute("select name from main.sqlite_master")
            }
    return path


def rows(path: Path, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as conn:
        return {
            table: conn.execute(f"select {', '.join(names)} from {table} order by 1").fetchall()
            for table, names in columns.items()
        }


@pytest.mark.slow
@pytest.mark.parametrize("version", range(len(NAMES)), ids=NAMES)
def test_an_archive_of_every_version_opens_is_whole_and_goes_on(
    bases: Bases, tmp_path: Path, version: int
) -> None:
    path = make(bases.of(version), tmp_path, version)
    columns = tables(path)
    before = rows(path, columns)
    assert [
        table for table, found in before.items() if not found
    ] == []  # every table of that version has rows
    Store(path, create=False).close()
    derived = {"changes", "search_normalisers"}  # told anew
    kept = {table: names for table, names in columns.items() if table not in derived}
    after = rows(path, kept)
    for table in kept:
        added = 1 if table == "custody" and version < _CUSTODY else 0
        assert after[table][: len(before[table]) + added] == before[table], table
    told = cli(path, "verify", "--full")
    assert "DAMAGED" not in told
    assert is_searchable(path)
    assert Inspector(path).violations() == []
    assert "Saraqeb" in cli(path, "search", "saraqeb")
    with closing(sqlite3.connect(path)) as conn:
        edited, title = conn.execute(
            "select id, title from articles where revision_count > 1 order by id"
        ).fetchone()
    assert title.split()[0] in cli(path, "show", str(edited))
    assert "2" in cli(path, "history", str(edited))
    assert cli(path, "changes").strip()
    captures = len(after["captures"])
    scrapy(path, "crawl", "demo", "-s", f"NOW={_LATER}")
    assert len(rows(path, {"captures": ["id"]})["captures"]) > captures
    assert "DAMAGED" not in cli(path, "verify", "--full")
    assert Inspector(path).violations() == []

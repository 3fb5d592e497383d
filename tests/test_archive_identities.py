"""A source's identity as the archive keeps it, and what becomes of its rows when it changes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.migrations import migrations
from archive.tables.identities import of_source, renew
from archive.urls import Identity, url_key

LONG = "https://x.org/syria/70348/five-killed"
SHORT = "https://x.org/short/70348"
MIRROR = "https://mirror.example/syria/70348/five-killed"
BY_NUMBER = Identity(("x.org", "mirror.example"), re.compile(r"/(\d+)(?:/|$)"))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "archive.db")
    migrations.apply(db)
    for source in ("x", "other"):
        db["sources"].insert({"id": source, "name": source, "homepage": "https://www.x.org/en/", "conflict": "Syria",
                              "kind": "independent", "languages": "en"})  # fmt: skip
    yield db
    db.close()


def connection(db: Database) -> sqlite3.Connection:
    assert isinstance(db.conn, sqlite3.Connection)
    return db.conn


def fill(db: Database, *urls: str, source: str = "x", keys: dict[str, str] | None = None) -> None:
    for url in urls:
        key = (keys or {}).get(url, url_key(url))
        db["leads"].insert(
            {
                "source_id": source,
                "url": url,
                "url_key": key,
                "via": "feed",
                "first_seen_at": "2026-01-28T00:01:00Z",
            }
        )
        db["articles"].insert({"source_id": source, "url": url, "url_key": key, "title": url, "body": url, "word_count": 1,
                               "content_sha256": url, "first_seen_at": "2026-01-28T00:02:00Z",
                               "last_seen_at": "2026-01-28T00:02:00Z"})  # fmt: skip


def keys_of(db: Database, table: str) -> dict[str, str]:
    return dict(db.execute(f"select url, url_key from {table} order by id").fetchall())  # noqa: S608 - a table of ours


def both(db: Database) -> dict[str, str]:
    leads, articles = keys_of(db, "leads"), keys_of(db, "articles")
    assert leads == articles
    return leads


def test_the_identity_is_read_as_it_was_saved(db: Database) -> None:
    db["sources"].update("x", {"domains": "mirror.example, old.example", "identity": r"/(\d+)$"})
    assert of_source(connection(db), "x") == Identity(
        ("x.org", "mirror.example", "old.example"), re.compile(r"/(\d+)$")
    )
    assert of_source(connection(db), "other") == Identity(("x.org",))
    assert of_source(connection(db), "nobody") == Identity()


def test_rows_get_the_keys_of_the_new_identity(db: Database) -> None:
    fill(db, LONG, "https://x.org/about")
    renew(connection(db), "x", BY_NUMBER)
    assert both(db) == {LONG: "x.org#70348", "https://x.org/about": "x.org/about"}
    renew(connection(db), "x", Identity(("x.org",)))
    assert both(db) == {LONG: url_key(LONG), "https://x.org/about": "x.org/about"}


def test_of_rows_that_are_one_report_the_first_leads_and_none_is_lost(db: Database) -> None:
    fill(db, SHORT, LONG, MIRROR)
    renew(connection(db), "x", BY_NUMBER)
    assert both(db) == {SHORT: "x.org#70348", LONG: url_key(LONG), MIRROR: url_key(MIRROR)}


def test_the_one_that_has_the_key_already_keeps_it(db: Database) -> None:
    fill(db, MIRROR, LONG)
    renew(connection(db), "x", Identity(("x.org", "mirror.example")))
    assert both(db) == {MIRROR: url_key(MIRROR), LONG: url_key(LONG)}


def test_keys_may_change_places(db: Database) -> None:
    fill(db, SHORT, LONG, keys={SHORT: url_key(LONG), LONG: url_key(SHORT)})
    renew(connection(db), "x", Identity(("x.org",)))
    assert both(db) == {SHORT: url_key(SHORT), LONG: url_key(LONG)}


def test_other_sources_are_left_alone(db: Database) -> None:
    fill(db, SHORT, source="other")
    fill(db, LONG)
    renew(connection(db), "x", BY_NUMBER)
    assert both(db) == {SHORT: url_key(SHORT), LONG: "x.org#70348"}

"""Old archives always open, and nothing in them is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.clock import to_text, utc_now
from archive.errors import ArchiveUnreadable
from archive.migrations import migrations
from archive.open import reading
from archive.schema import open_for_writing
from archive.search import search
from archive.store import Store
from archive.tables import chain
from tests.searching import assert_index_fits

AT = "2026-01-28T00:02:00Z"
LONG = ["body", "folded_words", "date_candidates", "blocks"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An archive as the third migration left it, with a row in each table and reports of many kinds."""
    path = tmp_path / "archive.db"
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="004_extraction")
        db["sources"].insert({"id": "x", "name": "X", "homepage": "https://x.example/"})
        db["runs"].insert({"id": 3, "source_id": "x", "started_at": AT, "version": "0", "stored": 3})
        db["endpoints"].insert({"id": 2, "source_id": "x", "url": "https://x.example/feed", "kind": "feed"})
        db["refusals"].insert({"run_id": 3, "rule": "vote", "links": 9})
        for number, (title, body, author) in enumerate(
            [
                ("Airstrike on Saraqeb", "A fata*lities count.\n\n" + "Five died. " * 2_000, "A. Reporter"),
                ("قصف على سراقب", "قـتـل خمسة مدنيين.", None),
                ("=1+1", 'It\'s "quoted" 😀 & <b>', "O'Brien"),
            ],
            start=1,
        ):
            insert_old_report(db, 10 * number, title, body, author)
        db["articles"].update(30, {"state": "gone", "origin": "import", "published_at_precision": None})
    return path


def insert_old_report(db: Database, number: int, title: str, body: str, author: str | None) -> None:
    url = f"https://x.example/{number}"
    db["leads"].insert({"id": number, "source_id": "x", "url": url, "url_key": url, "via": "feed",
                        "first_seen_at": AT, "endpoint_id": 2})  # fmt: skip
    db["captures"].insert({"id": number, "run_id": 3, "lead_id": number, "url": url, "final_url": url, "status": 200,
                           "fetched_at": AT, "payload_sha256": "a", "payload_bytes": 1, "warc_file": "x",
                           "warc_offset": 0})  # fmt: skip
    text = {"title": title, "body": body, "author": author, "standfirst": "In short", "dateline": "IDLIB",
            "section": "News", "language": "en", "published_at": AT, "modified_at": AT,
            "content_sha256": str(number)}  # fmt: skip
    db["articles"].insert(text | {"id": number, "source_id": "x", "url": url, "url_key": url, "word_count": 3,
                                  "first_seen_at": AT, "last_seen_at": AT, "published_at_precision": "second",
                                  "published_at_from": "feed", "published_at_text": "today",
                                  "revision_count": 2})  # fmt: skip
    for revision in (1, 2):
        db["revisions"].insert(text | {"id": number + revision, "article_id": number, "number": revision,
                                       "seen_at": AT, "capture_id": number if revision == 1 else None,
                                       "extractor_version": "0"})  # fmt: skip


def rows(path: Path, columns: dict[str, list[str]] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return every table's rows: the given columns of each table, or all."""
    with closing(Database(path)) as db:
        tables = columns or {
            table.name: [column.name for column in table.columns]
            for table in db.tables
            if not table.name.startswith(("articles_fts", "_sqlite"))
        }
        return {
            table: list(db.query(f"select {', '.join(names)} from {table} order by 1"))  # noqa: S608 - names of tables
            for table, names in tables.items()
        }


def test_every_row_of_an_old_archive_is_there_as_it_was(old: Path) -> None:
    before = rows(old)
    columns = {table: list(content[0]) for table, content in before.items() if content}
    assert {"articles", "revisions", "captures", "leads", "runs", "sources", "refusals"} <= columns.keys()
    Store(old, create=False).close()
    after = rows(old, columns)
    assert after == {table: content for table, content in before.items() if content}


def test_what_old_reports_cannot_tell_is_empty(old: Path) -> None:
    Store(old, create=False).close()
    columns = ["agency", "tags", "is_truncated", "date_candidates", "blocks"]
    only = rows(old, {"articles": columns, "revisions": [*columns, "extraction_path", "site_template_id"]})
    assert {tuple(row.values()) for row in only["articles"]} == {(None, None, 0, None, None)}
    assert {tuple(row.values()) for row in only["revisions"]} == {(None, None, 0, None, None, None, None)}


def test_references_and_the_index_hold_after_the_migration(old: Path) -> None:
    with closing(open_for_writing(old, create=False, timeout=5)) as conn:
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            conn.execute("delete from articles where id = 10")
        conn.execute("delete from revisions where article_id = 20")
        conn.execute("delete from articles where id = 20")
        conn.execute("update articles set title = 'Shelling of Idlib' where id = 10")
        conn.commit()
    with reading(old) as connection:
        assert [hit.id for hit in search(connection, "shelling")] == [10]
        assert search(connection, "سراقب").hits == ()
    assert_index_fits(old)


def test_obfuscated_words_of_old_reports_are_found(old: Path) -> None:
    with reading(old) as connection:
        (hit,) = search(connection, "fatalities")
        assert (hit.id, hit.snippet.startswith("A fata*lities count.")) == (10, True)
        assert [hit.id for hit in search(connection, "قتل")] == [20]
        assert [hit.id for hit in search(connection, "title:saraqeb five")] == [10]


def test_a_migration_that_fails_leaves_the_archive_as_it_was(old: Path) -> None:
    with closing(Database(old)) as db:
        db["site_templates"].insert({"id": 1})  # in its way
    before = rows(old)
    with pytest.raises(ArchiveUnreadable, match="site_templates already exists"):
        Store(old, create=False)
    assert rows(old) == before
    with closing(sqlite3.connect(old)) as conn:
        conn.execute("drop table site_templates")
        assert conn.execute(
            "select count(*) from articles_fts where articles_fts match 'saraqeb'"
        ).fetchone() == (1,)
    Store(old, create=False).close()


def test_a_new_archive_and_a_migrated_one_have_one_schema(old: Path, tmp_path: Path) -> None:
    Store(old, create=False).close()
    Store(tmp_path / "new.db").close()

    def schema(path: Path) -> set[tuple[str, ...]]:
        with closing(sqlite3.connect(path)) as conn:
            return set(conn.execute("select type, name, tbl_name, sql from sqlite_master"))

    assert schema(old) == schema(tmp_path / "new.db")


def test_long_texts_stand_behind_all_that_lists_and_facets_read(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "archive.db")) as db:
        migrations.apply(db)
        assert [column.name for column in db["articles"].columns][-4:] == LONG
        assert [column.name for column in db["revisions"].columns][-3:] == [LONG[0], *LONG[2:]]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update articles set is_truncated = 2", "CHECK"),
        ("update revisions set extraction_path = 'guess'", "CHECK"),
        ("update revisions set site_template_id = 77", "FOREIGN KEY"),
        ("insert into site_templates values (1, 'nowhere', 1, '', 5, null, null, '{}')", "FOREIGN KEY"),
    ],
)
def test_what_makes_no_sense_is_refused(old: Path, statement: str, what: str) -> None:
    with (
        closing(open_for_writing(old, create=False, timeout=5)) as conn,
        pytest.raises(sqlite3.IntegrityError, match=what),
    ):
        conn.execute(statement)


# -- 005: captures in a chain -----------------------------------------------------------------------------


def chain_of(path: Path, table: str) -> list[dict[str, Any]]:
    found = rows(path)[table]
    before = None
    for row in found:
        assert (row["hash"], row["previous_hash"]) == (chain.row_hash(row), before)
        before = row["hash"]
    return found


def test_old_captures_are_chained_in_the_order_of_their_ids(old: Path) -> None:
    before = to_text(utc_now())
    Store(old, create=False).close()
    captures = chain_of(old, "captures")
    assert [row["id"] for row in captures] == [10, 20, 30]
    (entry,) = chain_of(old, "custody")
    assert (entry["action"], entry["items"], entry["captures_hash"]) == ("chained", 3, captures[-1]["hash"])
    assert json.loads(entry["details"]) == {"first_id": 10, "last_id": 30}
    assert before <= entry["at"] <= to_text(utc_now())


def test_what_is_captured_later_continues_the_old_chain(old: Path) -> None:
    with Store(old, create=False) as store:
        row = dict(zip(("run_id", "url", "final_url", "status", "fetched_at", "payload_sha256", "payload_bytes",
                        "warc_file", "warc_offset"), (3, "u", "u", 200, AT, "b", 1, "x", 9), strict=True))  # fmt: skip
        assert chain.append(store._conn, "captures", row) == 31
    assert len(chain_of(old, "captures")) == 4


def test_a_new_archive_has_nothing_to_chain(tmp_path: Path) -> None:
    Store(tmp_path / "new.db").close()
    assert rows(tmp_path / "new.db")["custody"] == []


def test_many_old_captures_are_chained_batch_by_batch(old: Path) -> None:
    with closing(sqlite3.connect(old)) as conn:
        conn.execute("insert into captures select id + 100, run_id, null, 'é' || id, final_url, status, content_type,"
                     " fetched_at, payload_sha256, payload_bytes, warc_file, warc_offset from captures where id = 10")  # fmt: skip
        for _ in range(12):
            conn.execute("insert into captures select null, run_id, null, url || 'x', final_url, status, content_type,"
                         " fetched_at, payload_sha256, payload_bytes, warc_file, warc_offset from captures")  # fmt: skip
        conn.commit()
    Store(old, create=False).close()
    assert len(chain_of(old, "captures")) == 4 << 12

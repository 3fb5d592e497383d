"""Comparing a rebuilt archive with the one that it was derived from, table by table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

# What no visit tells: what a look at a feed gave, how far an import or a backfill came, what a page taught, seals.
NOT_DERIVED = frozenset({
    "endpoints", "backfills", "import_files", "template_lessons", "seals", "search_normalisers", "search_pending",
})  # fmt: skip
# What a feed or sitemap said after the last look at a page.
_LISTED_SINCE = frozenset({"endpoint_id", "modified_hint", "next_attempt_at"})
_KEYS = {"refusals": "run_id", "sources": "id", "imported_captures": "capture_id"}


def differences(original: Path, rebuilt: Path) -> list[str]:
    """Return what is other in the tables that are derived from captures, and in what a search finds."""
    found = []
    with closing(sqlite3.connect(original)) as one, closing(sqlite3.connect(rebuilt)) as other:
        for table in _tables(one):
            found += _in_table(one, other, table)
        for word in ("strike", "report", "the", "2026"):
            query = "select rowid from articles_fts where articles_fts match ? order by rowid"
            before, after = (conn.execute(query, [word]).fetchall() for conn in (one, other))
            if before != after:
                found.append(f"a search for {word} finds {after}, not {before}")
    return found


def _tables(conn: sqlite3.Connection) -> list[str]:
    names = [
        name for (name,) in conn.execute("select name from sqlite_master where type = 'table' order by 1")
    ]
    return [
        name
        for name in names
        if not name.startswith(("_", "sqlite", "articles_fts")) and name not in NOT_DERIVED
    ]


def _in_table(one: sqlite3.Connection, other: sqlite3.Connection, table: str) -> Iterator[str]:
    before, after = _rows(one, table), _rows(other, table)
    if table == "custody":  # the rebuild is an entry of its own
        assert after.popitem()[1]["action"] == "rebuilt"
    if table == "leads":  # those that were never looked at are in no WARC file
        before = {key: row for key, row in before.items() if _has_captures(one, row["id"])}
    for key in before.keys() ^ after.keys():
        yield f"{table} {key} is {'missing' if key in before else 'new'}"
    for key in before.keys() & after.keys():
        for column, value in before[key].items():
            if after[key][column] != value and not (table == "leads" and column in _LISTED_SINCE):
                yield f"{table} {key}: {column} is {after[key][column]!r}, and was {value!r}"


def _rows(conn: sqlite3.Connection, table: str) -> dict[Any, dict[str, Any]]:
    cursor = conn.execute(f"select * from {table} order by 1")  # noqa: S608 - ours
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    key = _KEYS.get(table, "id")
    return {(row[key], row.get("rule")): row for row in rows}


def _has_captures(conn: sqlite3.Connection, lead_id: int) -> bool:
    return conn.execute("select 1 from captures where lead_id = ?", [lead_id]).fetchone() is not None

"""Asking the search index as the program does: in the forms that it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from archive.text.normalise import Normaliser
from archive.text.query import compile_match, parse
from archive.verify.database import compare


def forms(words: str) -> str:
    """Return the FTS5 expression for what a user types."""
    return compile_match(parse(words), Normaliser()) or '""'


def matches(conn: sqlite3.Connection, words: str) -> list[int]:
    """Return the ids of the articles that the index has under what a user types."""
    query = "select rowid from articles_fts where articles_fts match ? order by rowid"
    return [row[0] for row in conn.execute(query, [forms(words)])]


def assert_index_fits(path: Path) -> None:
    """Check that the index holds the words of the reports, and nothing waits; sqlite3.DatabaseError says that it doesn't."""
    with closing(sqlite3.connect(path)) as conn, closing(sqlite3.connect(":memory:")) as copy:
        assert conn.execute("select count(*) from search_pending").fetchone() == (0,)
        conn.backup(copy)
        compare(copy)

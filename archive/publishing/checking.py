"""A finished copy read back before anybody gets it: is it sound, and is nothing in it that is to be left out?

The copy was written through the same patterns; that they are asked of all of it once more is for the case that some way led
around them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from archive.errors import NotPublished
from archive.publishing import parts
from archive.publishing.addresses import holds_pattern
from archive.publishing.redacting import Redactor
from archive.publishing.tables import COPIED, LEFT_OUT, MADE_ANEW, As

_JSON: Final = frozenset({"tags", "blocks", "date_candidates", "details"})
_ADDRESSES: Final = frozenset({"url", "final_url", "url_key", "homepage"})
# What is made for the copy and has words of the reports, or may have.
_MADE: Final[Mapping[str, tuple[str, ...]]] = {
    "sources": ("homepage",),
    "endpoints": ("url",),
    "leads": ("url", "url_key"),
    "captures": ("url", "final_url"),
    "articles": ("tags", "body", "date_candidates", "blocks", "url", "url_key", "folded_words"),
    "revisions": ("tags", "body", "date_candidates", "blocks"),
}
_TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"


def check(conn: sqlite3.Connection, redactor: Redactor) -> None:
    """Raise NotPublished if a copy is not sound, or has what is to be left out."""
    for (problem,) in conn.execute("pragma quick_check(1)"):
        if problem != "ok":
            raise NotPublished(f"the copy is damaged: {problem}")
    for table, row_id, parent, _ in conn.execute("pragma foreign_key_check"):
        raise NotPublished(
            f"row {row_id} of {table} in the copy points to a row of {parent} that is not there"
        )
    _check_tables(conn)
    for table, column, row_id, text in _texts(conn):
        number = redactor.left_in(text)
        if number is None and column in _ADDRESSES:
            number = holds_pattern(text, redactor)
        if number is not None:
            raise NotPublished(
                f"patterns[{number}] still finds something in {table}.{column}, row {row_id}: nothing was published; this is "
                "a fault of the program, please tell its makers"
            )


def _check_tables(conn: sqlite3.Connection) -> None:
    """Stop if there are rows where there must be none, or tables and columns that nobody has decided on."""
    for (table,) in conn.execute(_TABLES).fetchall():
        if table in MADE_ANEW:
            continue
        if table in LEFT_OUT:
            if conn.execute(f"select 1 from {table} limit 1").fetchone():  # noqa: S608 - a name of ours
                raise NotPublished(f"the copy has rows in {table}, which is never published")
            continue
        columns = {name for _, name, *_ in conn.execute(f"pragma table_info({table})")}
        if columns != COPIED.get(table, {}).keys():
            raise NotPublished(
                f"it is not decided what becomes of every column of {table} in a published copy: nothing was published"
            )


def _texts(conn: sqlite3.Connection) -> Iterator[tuple[str, str, int, str]]:
    """Give every text in the copy that came from outside, with where it stands."""
    for table, columns in {**_checked(), "changes": ("summary", "details")}.items():
        query = f"select rowid, {', '.join(columns)} from {table}"  # noqa: S608 - names of ours
        for row_id, *values in conn.execute(query):
            for column, value in zip(columns, values, strict=True):
                for text in _strings(column, value):
                    yield table, column, row_id, text


def _checked() -> dict[str, tuple[str, ...]]:
    found = {}
    for table, columns in COPIED.items():
        names = [name for name, column in columns.items() if column.how is As.TEXT]
        if names := [*names, *_MADE.get(table, ())]:
            found[table] = tuple(names)
    return found


def _strings(column: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return iter(())
    return parts.texts_of(json.loads(value)) if column in _JSON else iter((value,))

"""Who may see what: a table that is denied is not to be had by another way.

Datasette asks for each table by itself. But SQL reads all of them, so do the canned queries; the index holds the words
of the texts, and a row's label is another table's column. These go by the tables that they show.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from archive.browse.compat import is_table_allowed

Actor = Mapping[str, Any] | None

# Tables that show headlines, or words, of `articles`: their own copies, the index, the labels of their rows.
SHOW_ARTICLES = frozenset(
    {"article_states", "changes", "custody", "revisions", "search_pending", "watch_matches"}
)
_INDEX = "articles_fts"


def shows_articles(table: str) -> bool:
    """Tell whether a table, or one of the index's own, shows what is in `articles`."""
    return table in SHOW_ARTICLES or table.startswith(_INDEX)


async def is_allowed(
    datasette: Any, actor: Actor, action: str, resource: Any, queries: Mapping[str, Mapping[str, Any]]
) -> bool | None:
    """Return False for what would show a table that is denied to the actor, None where we have nothing against it.

    action, resource: as Datasette's hook `permission_allowed` has them, of an archive. queries: our canned ones.
    """
    wanted: Iterable[str]
    if action == "view-table":
        database, table = resource
        wanted = ["articles"] if shows_articles(table) else []
    elif action == "execute-sql":
        database, wanted = resource, await datasette.get_database(resource).table_names()
    elif action == "view-query" and resource[1] in queries:
        database, name = resource
        wanted = await tables_of(datasette, database, str(queries[name]["sql"]))
    else:
        return None
    return None if await _are_allowed(datasette, actor, database, wanted) else False


async def _are_allowed(datasette: Any, actor: Actor, database: str, tables: Iterable[str]) -> bool:
    for table in tables:
        if not await is_table_allowed(datasette, actor, database, table):
            return False
    return True


async def tables_of(datasette: Any, database: str, sql: str) -> frozenset[str]:
    """Return the tables that a query reads, as SQLite itself tells when it prepares it."""
    known: dict[tuple[str, str], frozenset[str]] = datasette.__dict__.setdefault("conflict_query_tables", {})
    if (database, sql) not in known:
        known[database, sql] = await datasette.get_database(database).execute_fn(
            lambda conn: _read_by(conn, sql)
        )
    return known[database, sql]


class _AnyValue(dict[str, None]):
    """Values for whatever parameters a query has."""

    def __missing__(self, name: str) -> None:
        return None


def _read_by(connection: sqlite3.Connection, sql: str) -> frozenset[str]:
    found: set[str] = set()

    def note(action: int, first: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and first:
            found.add(first)
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    try:
        connection.execute(f"explain {sql}", _AnyValue()).close()
    finally:
        connection.set_authorizer(None)
    return frozenset(found)

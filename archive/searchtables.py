"""The tables of the search index, made anew: it is derived from the articles, so that damage to it costs nothing."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from archive import searchindex
from archive.migrations import migrations

_OURS = "name glob 'articles_fts*'"
_DEFINITIONS = (
    f"select sql from sqlite_master where {_OURS} and (type = 'trigger' or sql like 'create virtual table %')"  # noqa: S608 - ours
)
_OPTIONS = "select k, v from articles_fts_config where k <> 'version'"


def replace(conn: sqlite3.Connection) -> None:
    """Make an empty index in tables of its own, for which every report waits; the old ones are forgotten unread, and their pages belong to nothing.

    A table whose pages are damaged can't be dropped: SQLite would read them to do so.
    """
    newest = Database(memory=True)
    try:
        migrations.apply(newest)
        definitions = [sql for (sql,) in newest.execute(_DEFINITIONS)]
        options = newest.execute(_OPTIONS).fetchall()
    finally:
        newest.close()
    conn.execute("pragma writable_schema = on")
    try:
        conn.execute(f"delete from sqlite_master where {_OURS}")  # noqa: S608 - ours
    finally:
        conn.execute("pragma writable_schema = reset")
    for sql in sorted(definitions, key=lambda sql: "trigger" in sql.split("(")[0].lower()):
        conn.execute(sql)
    conn.executemany("insert into articles_fts (articles_fts, rank) values (?, ?)", options)
    searchindex.begin_anew(conn)

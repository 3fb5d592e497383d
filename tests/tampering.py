"""What only a test, or whoever falsifies an archive, does to rows that may not be changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


def unlock(conn: sqlite3.Connection) -> None:
    """Drop the triggers that refuse to change `captures` and `custody`."""
    names = "select name from sqlite_master where type = 'trigger' and tbl_name in ('captures', 'custody')"
    for (name,) in conn.execute(names).fetchall():
        conn.execute(f"drop trigger {name}")


@contextmanager
def unlocked(path: Path) -> Iterator[sqlite3.Connection]:
    """Open an archive without these triggers, for what is not meant to happen; they are there again at the end."""
    with closing(sqlite3.connect(path)) as conn:
        query = "select sql from sqlite_master where type = 'trigger' and tbl_name in ('captures', 'custody')"
        triggers = [sql for (sql,) in conn.execute(query).fetchall()]
        unlock(conn)
        yield conn
        for trigger in triggers:
            conn.execute(trigger)
        conn.commit()


def damage_page(path: Path, table: str) -> None:
    """Overwrite the first page of a table (or index) of a database that nobody has open."""
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("pragma wal_checkpoint(truncate)")
        root = conn.execute("select rootpage from sqlite_master where name = ?", [table]).fetchone()[0]
        size = conn.execute("pragma page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)

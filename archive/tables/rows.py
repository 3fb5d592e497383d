"""Insert, upsert and update a row given as a dict.

sqlite-utils does the same, but looks the table up in the schema at each call and commits by itself; here a
batch of pages is one transaction. Table and column names are this package's own, never input.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def insert(conn: sqlite3.Connection, table: str, row: Row) -> int:
    """Insert `row` and return its id."""
    cursor = conn.execute(_insert_sql(table, row), list(row.values()))
    if cursor.lastrowid is None:
        raise sqlite3.DatabaseError(f"no row id for the new row of {table}")
    return cursor.lastrowid


def upsert(conn: sqlite3.Connection, table: str, row: Row, *, key: str) -> None:
    """Insert `row`, or update the row that has the same value in the unique column `key`."""
    updates = ", ".join(f"{column} = excluded.{column}" for column in row if column != key)
    conn.execute(f"{_insert_sql(table, row)} on conflict ({key}) do update set {updates}", list(row.values()))


def update(conn: sqlite3.Connection, table: str, row_id: int, row: Row) -> None:
    """Set the given columns of the row with that id."""
    assignments = ", ".join(f"{column} = ?" for column in row)
    conn.execute(f"update {table} set {assignments} where id = ?", [*row.values(), row_id])  # noqa: S608 - ours


def _insert_sql(table: str, row: Row) -> str:
    return f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})"  # noqa: S608 - ours

"""Chains of hashes: in `captures` and in `custody`, each row's hash covers the row itself and, so, all rows before it.

What is hashed is the row's canonical form: a JSON object of its columns by name, without `hash` and without the columns
that are null, in the form of RFC 8785 (names sorted, no spaces, UTF-8, only what must be escaped is). `previous_hash`,
one of the columns, is the hash of the row before; the first row has none. `hash` is "sha256:" and the SHA-256 of that
in hex. An outsider needs no more than this for a row (a dict):

    values = {name: value for name, value in row.items() if name != "hash" and value is not None}
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    "sha256:" + hashlib.sha256(text.encode()).hexdigest()

Since null columns are left out, a column that is added one day, null in the old rows, leaves their hashes as they are.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from archive.tables import rows

Table = Literal["captures", "custody"]

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: its last row's id and hash; 0 and None of an empty one."""

    id: int = 0
    hash: str | None = None


def canonical(row: Mapping[str, Any]) -> bytes:
    """Return the bytes of a row that its hash is made of: see above.

    A byte that is no UTF-8, read from the database with `surrogateescape`, stands for itself. Raises TypeError for a
    blob, and ValueError for what is no finite number or can't be written as UTF-8.
    """
    values = {name: value for name, value in row.items() if name != "hash" and value is not None}
    return _JSON.encode(values).encode("utf-8", "surrogateescape")


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the hash that a row must have; raises as `canonical` does."""
    return f"sha256:{hashlib.sha256(canonical(row)).hexdigest()}"


def head(conn: sqlite3.Connection, table: Table) -> Head:
    """Return the end of a table's chain, as the connection sees it now."""
    last = conn.execute(f"select id, hash from {table} order by id desc limit 1").fetchone()  # noqa: S608 - ours
    return Head(*last) if last else Head()


def append(conn: sqlite3.Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Add a row to the end of a table's chain, and return its id.

    The end is read under the lock that the row is written under (a transaction is begun if there is none), since
    another process may have added to it. A value must be what SQLite gives back (a text or an integer), or the hash
    would not hold: TypeError for any other.
    """
    if not conn.in_transaction:
        conn.execute("begin immediate")
    last = head(conn, table)
    for name, value in row.items():
        if value is not None and type(value) not in {str, int}:
            raise TypeError(f"{table}.{name} can't be chained: {value!r} is neither a text nor an integer")
    chained = {"id": last.id + 1, **row, "previous_hash": last.hash}
    return rows.insert(conn, table, chained | {"hash": row_hash(chained)})

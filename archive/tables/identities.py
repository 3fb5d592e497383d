"""What makes two addresses one report, as the archive knows it of each source: SQL on one connection."""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import urlsplit

from archive.urls import Identity


def of_source(conn: sqlite3.Connection, source_id: str) -> Identity:
    """Return a source's identity as its row has it; the plain one for a source without a row."""
    row = conn.execute("select homepage, domains, identity from sources where id = ?", [source_id]).fetchone()
    if row is None:
        return Identity()
    homepage, domains, pattern = row
    hosts = (urlsplit(homepage).hostname or "", *filter(None, (domains or "").split(", ")))
    return Identity(
        tuple(host.removeprefix("www.") for host in hosts), re.compile(pattern) if pattern else None
    )


def renew(conn: sqlite3.Connection, source_id: str, identity: Identity) -> None:
    """Give a source's leads and articles the url_keys of its new identity.

    Where two rows turn out to be the same report, the one that has the key already, else the one that came first,
    has it from now on. The other keeps its own: nothing leads to it any more, but nothing archived is lost.
    """
    for table in ("leads", "articles"):
        _renew_table(conn, table, source_id, identity)


def _renew_table(conn: sqlite3.Connection, table: str, source_id: str, identity: Identity) -> None:
    set_key = f"update or ignore {table} set url_key = ? where id = ?"  # noqa: S608 - a name of ours
    select = f"select id, url, url_key from {table} where source_id = ? order by id"  # noqa: S608 - a name of ours
    rows = conn.execute(select, [source_id])
    stale = [(row_id, old, new) for row_id, url, old in rows if (new := identity.key(url)) != old]
    # All leave their old keys first: one row's old key may be another's new one.
    for row_id, old, _ in stale:
        conn.execute(set_key, [f"{old}#row-{row_id}", row_id])
    beaten = [
        (row_id, old) for row_id, old, new in stale if conn.execute(set_key, [new, row_id]).rowcount == 0
    ]
    for row_id, old in beaten:
        conn.execute(set_key, [old, row_id])

"""005_custody: captures in a chain of hashes that only grows, and a log of what was done to them and their texts."""

from __future__ import annotations

import json
import sqlite3

from archive import __version__
from archive.clock import to_text, utc_now
from archive.tables import chain

_BATCH = 1000

# No list of the actions that there are: a log that may not be rewritten can't be made anew for the next one.
SCRIPT = """
alter table captures add column previous_hash text;
alter table captures add column hash text;

create table custody (
    id integer primary key,
    at text not null,
    action text not null,
    version text not null,
    source_id text references sources(id),
    run_id integer references runs(id),
    capture_id integer references captures(id),
    article_id integer references articles(id),
    items integer,
    sha256 text,
    reason text,
    details text,
    captures_hash text,
    previous_hash text,
    hash text not null
);
create index custody_run_id on custody(run_id) where run_id is not null;
create index custody_capture_id on custody(capture_id) where capture_id is not null;
create index custody_article_id on custody(article_id) where article_id is not null;
"""

# "insert or replace" deletes without asking the trigger for deletes; and in a trigger before an insert, the id of a
# row that was given none is not known yet, so what it follows is looked at afterwards.
_TRIGGERS = """
create trigger {table}_never_updated before update on {table} begin
    select raise(abort, 'the table {table} is append-only: no row of it may be changed');
end;
create trigger {table}_never_deleted before delete on {table} begin
    select raise(abort, 'the table {table} is append-only: no row of it may be deleted');
end;
create trigger {table}_never_replaced before insert on {table}
when exists (select 1 from {table} where id = new.id) begin
    select raise(abort, 'the table {table} is append-only: no row of it may be replaced');
end;
create trigger {table}_chained after insert on {table}
when new.hash is null or new.id <> (select max(id) from {table}) or new.previous_hash is not
    (select hash from {table} where id < new.id order by id desc limit 1) begin
    select raise(abort, 'the new row of {table} does not continue its chain: see archive/chain.py');
end;
"""
TRIGGERS = "".join(_TRIGGERS.format(table=table) for table in ("captures", "custody"))


def chain_captures(conn: sqlite3.Connection) -> None:
    """Give the captures of an archive that had no chain their hashes, in the order of their ids, and log that."""
    conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        count, first, last = _chain(conn)
    finally:
        conn.text_factory = str
    if not count:
        return
    row = {
        "at": to_text(utc_now()),
        "action": "chained",
        "version": __version__,
        "items": count,
        "details": json.dumps({"first_id": first, "last_id": last.id}),
        "captures_hash": last.hash,
    }
    chain.append(conn, "custody", row)


def _chain(conn: sqlite3.Connection) -> tuple[int, int, chain.Head]:
    """Return how many rows were chained, the first one's id, and the end of the chain."""
    columns = [name for _, name, *_ in conn.execute("pragma table_info(captures)")]
    select = f"select {', '.join(columns)} from captures where id > ? order by id limit {_BATCH}"  # noqa: S608 - ours
    count, first, last = 0, 0, chain.Head(-(1 << 63))
    while found := conn.execute(select, [last.id]).fetchall():
        hashes = []
        for values in found:
            row = dict(zip(columns, values, strict=True)) | {"previous_hash": last.hash}
            last = chain.Head(row["id"], chain.row_hash(row))
            hashes.append((row["previous_hash"], last.hash, last.id))
        conn.executemany("update captures set previous_hash = ?, hash = ? where id = ?", hashes)
        first = first if count else hashes[0][2]
        count += len(found)
    return count, first, last

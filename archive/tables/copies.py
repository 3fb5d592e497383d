"""Which captures hold one and the same payload, by its hash and length. SQL on one connection."""

from __future__ import annotations

import sqlite3

from archive.models import CapturePlace

# Of a capture that was removed, only the row is left.
_IS_THERE = "not exists (select 1 from custody where custody.capture_id = captures.id and action = 'removed')"
_PLACE = "select payload_sha256, warc_file, warc_offset from captures"
_HELD = "payload_sha256 = ? and payload_bytes = ?"


def holding(conn: sqlite3.Connection, payload_sha256: str, payload_bytes: int) -> list[CapturePlace]:
    """Return where the oldest capture of this payload lies, and where the newest, as far as there are any.

    The record of the oldest one holds it, as a rule. The newest is for when that record is lost: then one of the later
    captures was written in full again.
    """
    places: dict[CapturePlace, None] = {}
    for order in ("id", "id desc"):
        row = conn.execute(
            f"{_PLACE} where {_HELD} and {_IS_THERE} order by {order} limit 1", [payload_sha256, payload_bytes]
        ).fetchone()  # fmt: skip
        if row is None:
            break
        places[CapturePlace(*row)] = None
    return list(places)


def last_page(conn: sqlite3.Connection, url: str) -> CapturePlace | None:
    """Return where the page lies that was captured last at an address; None if there is none."""
    row = conn.execute(
        f"{_PLACE} where url = ? and status between 200 and 299 and {_IS_THERE} order by id desc limit 1", [url]
    ).fetchone()  # fmt: skip
    return CapturePlace(*row) if row else None


def others(conn: sqlite3.Connection, capture_id: int) -> tuple[int, ...]:
    """Return the ids of the other captures that hold the payload of a capture; none for an empty one."""
    found = conn.execute(
        f"""
        select captures.id from captures join captures one
            on captures.payload_sha256 = one.payload_sha256 and captures.payload_bytes = one.payload_bytes
        where one.id = ? and captures.id <> one.id and one.payload_bytes > 0 and {_IS_THERE} order by captures.id
        """,  # noqa: S608 - ours
        [capture_id],
    )
    return tuple(int(each) for (each,) in found)

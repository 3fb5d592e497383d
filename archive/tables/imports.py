"""The WARC files of others from which captures were taken: how far each was read, and what lies where. SQL."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from archive.models import RecordOrigin
from archive.tables import rows

# A capture's place in our own WARC files, its hash, and the content type of its answer.
_PLACE = "c.warc_file, c.warc_offset, c.payload_sha256, i.record_id"
_FROM = "from captures c left join imported_captures i on i.capture_id = c.id"
_OK = "c.status = 200"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a file was read by an import that wanted the same of it: all before `offset` (bytes) is dealt with."""

    id: int
    state: Literal["reading", "done"]
    offset: int
    records: int


@dataclass(frozen=True, slots=True)
class Original:
    """A capture whose payload a revisit record stands for. record_id: of the record that it was imported from, if any."""

    warc_file: str
    warc_offset: int
    payload_sha256: str
    record_id: str | None


def progress(conn: sqlite3.Connection, path: str, size: int | None, wanted: str) -> FileProgress | None:
    """Return how far the file was read; None if it was not, or was of another size then, or other pages were wanted."""
    row = conn.execute(
        "select id, state, offset, records from import_files where path = ? and size is ? and wanted = ?"
        " order by id desc limit 1",
        [path, size, wanted],
    ).fetchone()
    return FileProgress(*row) if row else None


def begin(conn: sqlite3.Connection, path: str, size: int | None, wanted: str, now: str) -> int:
    """Return the id of a new row for a file of which nothing is read yet."""
    row = {"path": path, "size": size, "wanted": wanted, "started_at": now, "updated_at": now}
    return rows.insert(conn, "import_files", row)


def note(
    conn: sqlite3.Connection, file_id: int, offset: int, records: int, now: str, *, is_done: bool
) -> None:
    """Write down how far a file was read."""
    state = "done" if is_done else "reading"
    changes = {"offset": offset, "records": records, "updated_at": now, "state": state}
    rows.update(conn, "import_files", file_id, changes)


def note_capture(conn: sqlite3.Connection, capture_id: int, origin: RecordOrigin) -> None:
    """Write down which record a capture was taken from."""
    row = {
        "capture_id": capture_id,
        "import_file_id": origin.file_id,
        "record_offset": origin.offset,
        "record_id": origin.record_id,
        "payload_digest": origin.payload_digest,
    }
    rows.insert(conn, "imported_captures", row)


def captured_hashes(conn: sqlite3.Connection, url: str, fetched_at: str) -> list[str]:
    """Return the payloads' SHA-256 of the captures of this address at this instant."""
    found = conn.execute(
        "select payload_sha256 from captures where url = ? and fetched_at = ?", [url, fetched_at]
    )
    return [sha256 for (sha256,) in found]


def original(
    conn: sqlite3.Connection, *, url: str | None, fetched_at: str | None, record_id: str | None,
    payload_digest: str | None,
) -> Original | None:  # fmt: skip
    """Return the capture that a revisit record refers to, by the surest of what it says; None if we have none.

    url, fetched_at: of the original; record_id: of its record. payload_digest: of its payload, as the record has it.
    """
    sha256 = (payload_digest or "").lower().removeprefix("sha256:")
    ways: tuple[tuple[str, tuple[str | None, ...]], ...] = (
        ("i.record_id = ?", (record_id,)),
        ("c.url = ? and c.fetched_at = ?", (url, fetched_at)),
        ("i.payload_digest = ?", (payload_digest,)),
        ("c.payload_sha256 = ?", (sha256 if len(sha256) == 64 else None,)),
    )
    for condition, values in ways:
        if None in values:
            continue
        query = f"select {_PLACE} {_FROM} where {condition} and {_OK} order by c.id limit 1"
        row = conn.execute(query, values).fetchone()
        if row is not None:
            return Original(*row)
    return None

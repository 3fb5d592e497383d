"""Is the page that a revisit record stands for where it says, and as it was captured?"""

from __future__ import annotations

import functools
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError
from archive.evidence.blanking import is_note, record_at
from archive.evidence.revisit import place_of_original, stands_for_another
from archive.evidence.scan import Record

_KEPT = 1000  # what was found at a place: many captures have one original


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies at a place. trouble: why it holds no page, in words; None if it holds one."""

    trouble: str | None
    record_id: str | None = None
    sha256: str | None = None
    length: int | None = None


class Originals:
    """Looks at the originals of the revisits in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = functools.lru_cache(_KEPT)(self._look)

    def problem(self, row: sqlite3.Row, record: Record) -> str | None:
        """Return what is wrong with the page that a capture's revisit record stands for; None for nothing.

        row: of the capture; a 304 stands for no page, and none is to be looked for.
        """
        if not stands_for_another(record.headers):
            return "its record holds no page" if row["payload_bytes"] else None
        if record.headers.get("warc-payload-digest", "").lower() != f"sha256:{row['payload_sha256']}":
            return "its record refers to another page than was captured"
        place = place_of_original(record.headers)
        if place is None:
            return "its record names no place in a WARC file beside it where its page lies"
        found = self._found(*place)
        trouble = found.trouble
        if trouble is None and (found.sha256, found.length) != (row["payload_sha256"], row["payload_bytes"]):
            trouble = "which holds another page than was captured (the hash differs)"
        elif trouble is None and record.headers.get("warc-refers-to", found.record_id) != found.record_id:
            trouble = "in another record than it refers to"
        return f"its page lies in {place[0]} at byte {place[1]}, {trouble}" if trouble else None

    def _look(self, name: str, offset: int) -> _Found:
        path = self._folder / name
        try:
            record = record_at(path, offset)
        except ArchiveError:
            return _Found("where no whole record begins" if path.is_file() else "which is missing")
        if is_note(record.kind, record.start):
            return _Found(
                "where it was removed, and this capture of it was not: `archive remove` finishes it"
            )
        if record.problems:
            return _Found(f"in a record that is damaged: {', '.join(record.problems)}")
        if record.kind != "response":
            return _Found("in a record that holds none")
        record_id = record.headers.get("warc-record-id")
        return _Found(None, record_id, record.payload_sha256, record.payload_bytes)

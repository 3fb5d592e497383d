"""The write-ahead log of an archive, kept from growing for as long as a crawl and its readers run.

SQLite copies the log into the database every thousand pages, but begins it anew only at a moment when nobody reads from it;
with a busy Datasette beside a crawl that moment may never come by itself (the log was seen to grow to 252 MB).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGEST = 32 * 1024 * 1024  # bytes
# For those who read from the log at that moment; who begins to read meanwhile reads the database. None waits for the writer.
_PATIENCE_MS = 100
_MORE_PATIENCE_MS = 500  # where the log is twice as large as it should be
_PAUSE = 6.0  # times as long as that, after an attempt that a long reading stood in the way of: a backup may take hours


class WriteLog:
    """The log of the database that a writing connection has open."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        (_, _, path), *_ = conn.execute("pragma database_list").fetchall()
        self._path = Path(f"{path}-wal") if path else None
        self._not_before = 0.0
        conn.execute(f"pragma journal_size_limit = {LARGEST}")

    def keep_small(self) -> None:
        """Begin the log anew if it is large; for right after a commit.

        Waits a tenth of a second at most, half a second if it is twice as large. Where somebody reads for longer, as an export may,
        it's tried again later.
        """
        size = self._size()
        if size <= LARGEST or time.monotonic() < self._not_before:
            return
        patience = _PATIENCE_MS if size <= 2 * LARGEST else _MORE_PATIENCE_MS
        with _patience(self._conn, patience):
            (is_busy, *_) = self._conn.execute("pragma wal_checkpoint(truncate)").fetchone()
        self._not_before = time.monotonic() + _PAUSE * patience / 1000 if is_busy else 0.0

    def _size(self) -> int:
        try:
            return self._path.stat().st_size if self._path else 0
        except FileNotFoundError:
            return 0


@contextmanager
def _patience(conn: sqlite3.Connection, milliseconds: int) -> Iterator[None]:
    (usual,) = conn.execute("pragma busy_timeout").fetchone()
    conn.execute(f"pragma busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        conn.execute(f"pragma busy_timeout = {usual}")

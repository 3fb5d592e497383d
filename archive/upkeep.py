"""What is done to an archive that is there, besides taking in more: pages taken out, mends, seals, derived rows anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive import changelog, custody, removals, seals, searchindex
from archive.clock import Clock
from archive.custody import Action
from archive.indexing import Indexing
from archive.seals import SealRow


class Upkeep(Indexing):
    """The part of the store that keeps what is stored; warc_folder: where its WARC files are."""

    def __init__(self, conn: sqlite3.Connection, clock: Clock, *, warc_folder: Path) -> None:
        super().__init__(conn, clock)
        self.warc_folder = warc_folder

    @contextmanager
    def removal(self, capture_id: int, reason: str) -> Iterator[removals.Capture]:
        """Give a capture whose page the `with` block blanks out; then blank its texts, and commit its tombstone.

        Nothing is written for one that was removed before, or if the block raises. Raises NotFound.
        """
        self._conn.execute("pragma secure_delete = on")
        with self.savepoint():
            capture = removals.find(self._conn, capture_id)
            yield capture
            if not capture.is_removed:
                state = custody.file_state(self.warc_folder / capture.warc_file)
                removals.blank_texts(self._conn, capture)
                removals.note(
                    self._conn, capture, reason, self._now(), {capture.warc_file: state} if state else {}
                )
        self.commit()

    def purge(self) -> bool:
        """Let nothing that was deleted be found in the search index or the log; True if others use the log still."""
        self.commit()
        self._conn.execute("pragma secure_delete = on")
        self._conn.execute("insert into articles_fts (articles_fts) values ('optimize')")
        self.commit()
        (is_busy, *_) = self._conn.execute("pragma wal_checkpoint(truncate)").fetchone()
        return bool(is_busy)

    def rebuild_search(self) -> None:
        """Make the search index anew from the articles."""
        with self.savepoint():
            searchindex.begin_anew(self._conn)
            searchindex.catch_up(self._conn, self._normaliser)
            custody.note(self._conn, Action.REPAIRED, self._now(), reason="the search index was made anew")
        self.commit()

    @contextmanager
    def repair(self, warc_file: str, reason: str) -> Iterator[None]:
        """Let the `with` block mend a WARC file while nobody writes, and commit a note of what it is then.

        No capture is being written meanwhile: whoever captures holds the same lock.
        """
        with self.savepoint():
            yield
            state = custody.file_state(self.warc_folder / warc_file)
            custody.note(
                self._conn, Action.REPAIRED, self._now(), reason=reason, details={"files": {warc_file: state}}
            )
        self.commit()

    def save_seal(self, seal: SealRow) -> int:
        """Write a seal, and that there is one into the custody log; return its id."""
        with self.savepoint():
            seal_id = seals.add(self._conn, seal)
            custody.note(self._conn, Action.SEALED, self._now(), sha256=seal.sha256)
        return seal_id

    def recompute_changes(self) -> int:
        """Write anew what every revision changed, as this version tells it; return how many there are."""
        return changelog.write_all(self._conn)

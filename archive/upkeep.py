"""What is done to an archive that is there, besides taking in more: pages taken out, mends, seals, derived rows anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archive import searchindex, searchtables
from archive.clock import Clock
from archive.indexing import Indexing
from archive.tables import changelog, custody, removals, seals
from archive.tables.custody import Action
from archive.tables.seals import SealRow

# Told the name of a WARC file, returns what it and the pack that it lies in are.
States = Callable[[str], Mapping[str, custody.State]]


class Upkeep(Indexing):
    """The part of the store that keeps what is stored; warc_folder: where its WARC files are."""

    def __init__(
        self, conn: sqlite3.Connection, clock: Clock, *, warc_folder: Path, custody_file: Path | None = None
    ) -> None:
        super().__init__(conn, clock, custody_file=custody_file)
        self.warc_folder = warc_folder

    @contextmanager
    def removal(
        self,
        capture_id: int,
        reason: str,
        states: States | None = None,
        *,
        together: Collection[int] = (),
    ) -> Iterator[removals.Capture]:
        """Give a capture whose page the `with` block blanks out; then blank its texts, and commit its tombstone.

        states: told the capture's WARC file when the block is done, returns what its files are then. together: the
        captures that are removed with it; the tombstone names the others that hold its page. Nothing is written for one
        that was removed before, or if the block raises. Raises NotFound.
        """
        self._conn.execute("pragma secure_delete = on")
        with self.savepoint():
            capture = removals.find(self._conn, capture_id)
            yield capture
            if not capture.is_removed:
                files = (states or self._states)(capture.warc_file)
                removals.blank_texts(self._conn, capture)
                left = [each for each in capture.copies if each not in together]
                details = {"files": files} | ({"left_in": left} if left else {})
                removals.note(self._conn, capture, reason, self._now(), details)
        self.commit()

    def _states(self, warc_file: str) -> Mapping[str, custody.State]:
        state = custody.file_state(self.warc_folder / warc_file)
        return {warc_file: state} if state else {}

    def note_compacted(self, source_id: str | None, files: Mapping[str, custody.State], count: int) -> None:
        """Commit that so many WARC files were put into a pack. files: what they were, and what the pack is.

        It outlasts a power cut: what it vouches for is deleted next.
        """
        self.commit()
        self._conn.execute("pragma synchronous = full")
        with self.savepoint():
            custody.note(
                self._conn, Action.COMPACTED, self._now(), source_id=source_id, items=count,
                details={"files": files},
            )  # fmt: skip
        self.commit()

    def captures(self, ids: Iterable[int]) -> list[removals.Capture]:
        """Return these captures, and what hangs on each; raises NotFound."""
        return [removals.find(self._conn, each) for each in ids]

    def purge(self) -> bool:
        """Let nothing that was deleted be found in the search index or the log; True if others use the log still."""
        self.commit()
        self._conn.execute("pragma secure_delete = on")
        self._conn.execute("insert into articles_fts (articles_fts) values ('optimize')")
        self.commit()
        (is_busy, *_) = self._conn.execute("pragma wal_checkpoint(truncate)").fetchone()
        return bool(is_busy)

    def rebuild_search(self) -> None:
        """Make the search index anew from the articles, also if its pages can't be read; what is left of those goes."""
        try:
            self._rebuild_search(searchindex.begin_anew)
        except sqlite3.DatabaseError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) != sqlite3.SQLITE_CORRUPT:
                raise
            self.rollback()  # a savepoint in which the index failed is of no more use
            self._rebuild_search(searchtables.replace)
            self._conn.execute("vacuum")  # the pages of the old one belong to nothing now

    def _rebuild_search(self, begin: Callable[[sqlite3.Connection], None]) -> None:
        with self.savepoint():
            begin(self._conn)
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

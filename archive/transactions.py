"""A connection that writes, and what is done with it: savepoints, and commits that the caller decides on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from archive import searchindex
from archive.clock import Clock, to_text
from archive.errors import ArchiveUnwritable
from archive.tables import custodyfile
from archive.text.forms import Forms
from archive.text.normalise import GivenForms
from archive.troubles import sentence
from archive.writelog import WriteLog

T = TypeVar("T")

_SOME = 250  # reports


class Transactions:
    """The writing connection of one archive; a context manager that commits on success.

    What is committed to the custody log is in its file before; see `archive.tables.custodyfile`.
    """

    def __init__(self, conn: sqlite3.Connection, clock: Clock, *, custody_file: Path | None = None) -> None:
        self._conn = conn
        self._clock = clock
        self._custody_file = custody_file
        self._last_entry = self._newest_entry()
        self._normaliser = GivenForms()
        self._log = WriteLog(conn)
        if custody_file is not None:
            self._catch_up(custody_file)
        if searchindex.waiting(conn):  # another program wrote
            self.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()
        self.close()

    def commit(self) -> None:
        """Make everything since the last commit lasting and visible, at once, and have it found by a search.

        Raises ArchiveUnwritable if the custody log's file can't be written.
        """
        waiting = searchindex.waiting(self._conn)
        if waiting:
            # of a large archive that waits to be indexed anew, no more than what is new with some to spare
            most = None if waiting <= searchindex.FEW else _SOME
            searchindex.catch_up(self._conn, self._normaliser, most=most)
        last = self._last_entry
        if self._custody_file is not None and self._conn.in_transaction:
            last = self._newest_entry()
            if last != self._last_entry:
                self._bring_up(self._custody_file)
        self._conn.commit()
        self._last_entry = last
        self._normaliser.forget()
        self._log.keep_small()

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what a query finds, of what is written so far."""
        return query(self._conn)

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._conn.rollback()
        self._normaliser.forget()

    def expect(self, forms: Forms | None) -> None:
        """Take what was made elsewhere of texts that are about to be written, so that the next commit need not make it."""
        if forms is not None:
            self._normaliser.take(forms)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside, and only that, if it raises."""
        if not self._conn.in_transaction:  # else releasing the savepoint would commit
            self._conn.execute("begin immediate")
        self._conn.execute("savepoint job")
        try:
            yield
        except BaseException:
            self._conn.execute("rollback to job")
            raise
        finally:
            self._conn.execute("release job")

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self._conn.close()

    def _catch_up(self, path: Path) -> None:
        """Have the file as the table is: of an archive that had none, or after a crash."""
        with _told(path):
            is_behind = custodyfile.is_behind(self._conn, path)
        if is_behind:
            self._conn.execute("begin immediate")
            self._bring_up(path)
            self._conn.commit()

    def _bring_up(self, path: Path) -> None:
        with _told(path):
            custodyfile.bring_up(self._conn, path)

    def _newest_entry(self) -> int:
        (last,) = self._conn.execute("select coalesce(max(id), 0) from custody").fetchone()
        return int(last)

    def _now(self) -> str:
        return to_text(self._clock())


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system says of the custody log's file into a sentence."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise ArchiveUnwritable(sentence(path, error)) from error

"""A connection that writes, and what is done with it: savepoints, and commits that the caller decides on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from archive import searchindex
from archive.clock import Clock, to_text
from archive.text.normalise import Normaliser

_SOME = 250  # reports


class Transactions:
    """The writing connection of one archive; a context manager that commits on success."""

    def __init__(self, conn: sqlite3.Connection, clock: Clock) -> None:
        self._conn = conn
        self._clock = clock
        self._normaliser = Normaliser()
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
        """Make everything since the last commit lasting and visible, at once, and have it found by a search."""
        waiting = searchindex.waiting(self._conn)
        if waiting:
            # of a large archive that waits to be indexed anew, no more than what is new with some to spare
            most = None if waiting <= searchindex.FEW else _SOME
            searchindex.catch_up(self._conn, self._normaliser, most=most)
        self._conn.commit()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._conn.rollback()

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

    def _now(self) -> str:
        return to_text(self._clock())

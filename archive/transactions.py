"""A connection that writes, and what is done with it: savepoints, and commits that the caller decides on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from archive.clock import Clock, to_text

T = TypeVar("T")


class Transactions:
    """The writing connection of one archive; a context manager that commits on success."""

    def __init__(self, conn: sqlite3.Connection, clock: Clock) -> None:
        self._conn = conn
        self._clock = clock

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
        """Make everything since the last commit lasting and visible, at once."""
        self._conn.commit()

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what a query finds, of what is written so far."""
        return query(self._conn)

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

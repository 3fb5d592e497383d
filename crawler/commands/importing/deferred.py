"""Revisit records whose original was not met yet: kept on the disk until all files are read, since they may be many."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from crawler.commands.importing.sorting import Candidate


@dataclass(frozen=True, slots=True)
class Deferred:
    """A revisit that waits. file, file_id: the name and the row of the file that it was read from."""

    candidate: Candidate
    file: str
    file_id: int


class Waiting:
    """The revisits that wait; a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the whole
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, deferred: Deferred) -> None:
        """Keep one."""
        pickle.dump(deferred, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self.count += 1

    def all(self) -> Iterator[Deferred]:
        """Yield all of them, in the order in which they came."""
        self._file.seek(0)
        for _ in range(self.count):
            # our own bytes, in a file that nobody else can open
            yield pickle.load(self._file)  # noqa: S301

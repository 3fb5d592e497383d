"""Lines of an import made ready in processes of their own, ahead of the one that writes.

To check a line, to make the columns of its report and to make its words in the forms of the search index takes longer than
to write them. The first lines are made ready here: for a small file no process is started.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from multiprocessing.connection import Connection
from typing import Any, Self

from archive.errors import InvalidInput
from archive.importer import Line, ParsedLine, parse_line
from archive.tables.articles import text_columns
from archive.text.forms import Forms
from archive.text.normalise import Normaliser

_LINES, _BYTES = 100, 1024 * 1024  # of a portion at most, unless one line is longer
_BY_ITSELF = 500  # lines; a process takes a third of a second to start
_MOST_PROCESSES = 3  # the writer can't keep up with more

_Portion = list[Line]


@dataclass(frozen=True, slots=True)
class Ready:
    """A line, and either what is to be stored of it or what is wrong with it.

    columns, forms: as `archive.tables.articles.text_columns` and a normaliser make them, None if they are still to be made.
    """

    line: Line
    parsed: ParsedLine | None
    problem: str | None = None
    columns: Mapping[str, Any] | None = None
    forms: Forms | None = None


def made_ready(lines: Iterable[Line], now: datetime, processes: int | None = None) -> Iterator[Ready]:
    """Yield the lines in their order, ready to be stored.

    now: as for `parse_line`. processes: how many to start for a long file; without it, one for each processor but one.
    """
    portions = _portions(lines)
    seen = 0
    while seen < _BY_ITSELF and (portion := next(portions, None)):
        seen += len(portion)
        yield from (_ready(line, now, ahead=False) for line in portion)
    if (first := next(portions, None)) is None:
        return
    count = min(_MOST_PROCESSES, _processors() - 1) if processes is None else processes
    with ExitStack() as stack:
        workers = [stack.enter_context(_Worker(now)) for _ in range(count)]
        yield from _in_turns(workers, first, portions, now)


def _in_turns(
    workers: Sequence[_Worker], portion: _Portion | None, portions: Iterator[_Portion], now: datetime
) -> Iterator[Ready]:
    """Have each worker make one portion ready while the one before is stored."""
    given: deque[tuple[_Worker, _Portion]] = deque()
    for worker in workers:
        if portion:
            worker.give(portion)
            given.append((worker, portion))
            portion = next(portions, None)
    while given:
        worker, earlier = given.popleft()
        done = worker.take(earlier)
        if portion:
            worker.give(portion)
            given.append((worker, portion))
            portion = next(portions, None)
        yield from done
    while portion:  # there are no workers
        yield from (_ready(line, now, ahead=False) for line in portion)
        portion = next(portions, None)


class _Worker:
    """A process that makes portions ready; if it dies, they are made here."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._channel, theirs = multiprocessing.Pipe()
        # not a fork of this process, which has the archive open
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, now), daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self._process.kill()
        self._process.join()

    def give(self, portion: _Portion) -> None:
        """Hand over a portion; there may be none that was not taken back."""
        with suppress(OSError):  # it is dead, which shows when the portion is taken back
            self._channel.send(portion)

    def take(self, portion: _Portion) -> list[Ready]:
        """Return what became of the portion that was given."""
        try:
            made: list[Ready] = self._channel.recv()
        except (EOFError, OSError):
            return [_ready(line, self._now, ahead=False) for line in portion]
        return [_with_line(each, line) for each, line in zip(made, portion, strict=True)]


def _serve(channel: Connection, now: datetime) -> None:
    """Make portions ready until the other end is closed, as it is when that process ends in any way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that writes
    with suppress(EOFError, OSError):
        while True:
            portion: _Portion = channel.recv()
            made = (_ready(line, now, ahead=True) for line in portion)
            # the lines themselves are there already
            channel.send([_with_line(each, Line(each.line.number, b"")) for each in made])


def _ready(line: Line, now: datetime, *, ahead: bool) -> Ready:
    try:
        parsed = parse_line(line, now)
    except InvalidInput as error:
        return Ready(line, None, str(error))
    if not ahead:
        return Ready(line, parsed)
    columns = text_columns(parsed.imported.article)
    return Ready(line, parsed, columns=columns, forms=_normaliser().forms(columns))


def _with_line(ready: Ready, line: Line) -> Ready:
    parsed = ready.parsed and replace(ready.parsed, content=line.content or b"")
    return replace(ready, line=line, parsed=parsed)


@cache
def _normaliser() -> Normaliser:
    """Return the process's own, which remembers the forms of common words."""
    return Normaliser()


def _portions(lines: Iterable[Line]) -> Iterator[_Portion]:
    portion: _Portion = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line.content or b"")
        if len(portion) >= _LINES or size >= _BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

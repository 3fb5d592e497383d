"""What crawls that run now have come to: a live table on a terminal, a line a source and minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

from archive.models import Outcome

# Imported where there is a terminal: it takes as long as fetching twenty pages.
if TYPE_CHECKING:
    from rich.console import Group

Counts = Callable[[], Mapping[str, int]]
Doing = Callable[[], str]
State = Literal["to come", "crawling", "ended"]

# What is shown of a run's counts, in this order: the column's head, and the outcome.
_COLUMNS: dict[str, str] = {
    "found": "found",
    "new": Outcome.STORED.value,
    "changed": Outcome.CHANGED.value,
    "unchanged": Outcome.UNCHANGED.value,
    "failed": Outcome.FAILED.value,
    "blocked": Outcome.BLOCKED.value,
    "waiting": Outcome.WAITING.value,
}
# The table's frame and last line, and one line for the cursor.
_FRAME_LINES = 4
_LINE_EVERY = 60.0


@dataclass(slots=True)
class SourceProgress:
    """One source's part. state: whether its turn has come; doing: what it does, or how it ended."""

    source_id: str
    state: State = "to come"
    doing: str = ""
    began: float = 0.0
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)


class Board:
    """What every source has come to; the displays read it."""

    def __init__(self, sources: Iterable[str], *, now: Callable[[], float] = time.monotonic) -> None:
        """Make the board of these sources, none of which has begun; now: seconds from any fixed point."""
        self.rows = {source: SourceProgress(source) for source in sources}
        self._now = now
        self._began = now()
        self._ask: dict[str, tuple[Counts, Doing]] = {}

    def begin(self, source_id: str, counts: Counts, doing: Doing) -> None:
        """Note that a source's crawl has begun; counts and doing are asked at each `update`."""
        row = self.rows[source_id]
        row.state, row.began = "crawling", self._now()
        self._ask[source_id] = (counts, doing)

    def note(self, source_id: str, why: str) -> None:
        """Note why a source whose turn has not come yet waits."""
        self.rows[source_id].doing = why

    def end(self, source_id: str, how: str) -> None:
        """Note that a source's crawl has ended, or that there will be none."""
        self.update()
        self._ask.pop(source_id, None)
        row = self.rows[source_id]
        row.state, row.doing = "ended", how

    def update(self) -> None:
        """Ask the crawls that run how far they are."""
        for source_id, (counts, doing) in self._ask.items():
            row = self.rows[source_id]
            row.counts, row.doing, row.seconds = {**counts()}, doing(), self._now() - row.began

    def seconds(self) -> float:
        """Return how long the board has stood."""
        return self._now() - self._began

    def of(self, state: State) -> list[SourceProgress]:
        """Return the sources in this state."""
        return [row for row in self.rows.values() if row.state == state]


class Display(Protocol):
    """Shows a board."""

    def tick(self) -> None:
        """Show the board as it is; called about once a second."""

    def ended(self, source_id: str, /) -> None:
        """Show that a source's crawl has ended."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class NoDisplay:
    """Shows nothing."""

    def tick(self) -> None:
        """Do nothing."""

    def ended(self, _: str, /) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """Writes a line for each source that is being crawled, every minute, and one at its end."""

    def __init__(self, board: Board, out: TextIO, *, every: float = _LINE_EVERY) -> None:
        """every: seconds between two lines of one source."""
        self._board = board
        self._out = out
        self._every = every
        self._told: dict[str, float] = {}

    def tick(self) -> None:
        """Write a line for each source whose last one was a minute ago."""
        self._board.update()
        for row in self._board.of("crawling"):
            if row.seconds - self._told.get(row.source_id, 0.0) >= self._every:
                self._told[row.source_id] = row.seconds
                self._write(line(row))

    def ended(self, source_id: str, /) -> None:
        """Write how the source's crawl ended, if there are others; of one alone, the summary says it."""
        rows = self._board.rows
        if len(rows) > 1:
            self._write(f"[{len(self._board.of('ended'))}/{len(rows)}] {line(rows[source_id])}")

    def close(self) -> None:
        """Do nothing."""

    def _write(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


class LiveTable:
    """Keeps a table at the foot of a terminal; what others write to it goes above."""

    def __init__(self, board: Board, out: TextIO) -> None:
        """out: the terminal."""
        from rich.console import Console  # noqa: PLC0415 - see above
        from rich.live import Live  # noqa: PLC0415

        self._board = board
        self._console = Console(file=out)
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True,
            # a standard output that is piped elsewhere is none of the terminal's business
            redirect_stdout=sys.stdout.isatty(),
        )  # fmt: skip
        self._live.start()

    def tick(self) -> None:
        """Draw the table."""
        self._board.update()
        self._live.update(table(self._board, self._console.height), refresh=True)

    def ended(self, _: str, /) -> None:
        """Draw the table."""
        self.tick()

    def close(self) -> None:
        """Remove the table."""
        self._live.stop()


def display_on(board: Board, out: TextIO, *, every: float = _LINE_EVERY) -> Display:
    """Return what shows the board on `out`: a table if that is a terminal, else lines.

    every: seconds between two lines of one source.
    """
    if out.isatty():
        from rich.console import Console  # noqa: PLC0415 - see above

        if not Console(file=out).is_dumb_terminal:
            return LiveTable(board, out)
    return Lines(board, out, every=every)


def line(row: SourceProgress) -> str:
    """Return a source's progress as one line of text; of what is 0, only `found` and `new` are named."""
    counts = [f"{row.counts.get(key, 0)} {head}" for head, key in _COLUMNS.items()
              if head in ("found", "new") or row.counts.get(key)]  # fmt: skip
    if row.state == "ended" and not row.counts:
        return f"{row.source_id}: {_shown(row.doing)}"
    return f"{row.source_id}: {', '.join(counts)} after {_clock(row.seconds)}; {_shown(row.doing)}"


def table(board: Board, height: int) -> Group:
    """Return the table: who is being crawled, then who ended last, in at most `height` lines; then the sums.

    Of the columns only those are there that have a number in them, and `found` and `new`.
    """
    from rich.console import Group  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    crawling, ended, to_come = board.of("crawling"), board.of("ended"), board.of("to come")
    # those that wait for something say why; the others are only counted
    rows = [*crawling, *(row for row in to_come if row.doing), *reversed(ended)]
    rows = rows[: max(1, height - _FRAME_LINES)]
    keys = {head: key for head, key in _COLUMNS.items()
            if head in ("found", "new") or any(row.counts.get(key) for row in rows)}  # fmt: skip
    shown = Table(box=None, pad_edge=False, expand=True, header_style="bold")
    shown.add_column("source", no_wrap=True)
    for head in (*keys, "time"):
        shown.add_column(head, justify="right", no_wrap=True)
    shown.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for row in rows:
        counts = [str(row.counts.get(key) or "") for key in keys.values()]
        cells = [row.source_id, *counts, _clock(row.seconds), _shown(row.doing)]
        shown.add_row(*map(Text, cells), style="dim" if row.state == "ended" else "")
    return Group(shown, Text(_foot(board), style="bold"))


def _foot(board: Board) -> str:
    states = Counter(row.state for row in board.rows.values())
    new = sum(row.counts.get(_COLUMNS["new"], 0) for row in board.rows.values())
    return (
        f"{states['crawling']} being crawled, {states['to come']} to come, {states['ended']} ended;"
        f" {new} new in {_clock(board.seconds())}"
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _shown(text: str) -> str:
    """Return the text without what could move a terminal's cursor; addresses are written by strangers."""
    return "".join(char if char.isprintable() else "?" for char in text)

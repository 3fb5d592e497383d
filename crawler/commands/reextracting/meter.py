"""How far a re-extraction is, on a terminal; elsewhere nothing is shown."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Meter:
    """A bar at the foot of a terminal for the source that is being read; what others write goes above."""

    def __init__(self, out: TextIO) -> None:
        """out: where to draw, if that is a terminal."""
        console = Console(file=out)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if console.is_terminal and not console.is_dumb_terminal:
            columns = (
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            )  # fmt: skip
            # a standard output that is piped elsewhere is none of the terminal's business
            self._bar = Progress(
                *columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()
            )
            self._bar.start()

    def begin(self, source_id: str, captures: int, /) -> None:
        """Show a source of which so many captures are to be read."""
        if self._bar is not None:
            self._task = self._bar.add_task(source_id, total=captures)

    def advance(self, captures: int, /) -> None:
        """Show that so many more are read."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, captures)

    def end(self) -> None:
        """Show the source no more."""
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()

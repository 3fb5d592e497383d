"""How far an import is: a line at the foot of a terminal; elsewhere a line every so often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.status import Status


class Meter:
    """Says on standard error how far the file is that is being read."""

    def __init__(self, out: TextIO, say: Callable[[str], None], every: float) -> None:
        """out: where to draw, if that is a terminal; else `say` is given a line every so many seconds."""
        console = Console(file=out)
        self._status: Status | None = None
        self._say = say
        self._every = every
        self._began = self._said = time.monotonic()
        if console.is_terminal and not console.is_dumb_terminal:
            self._status = Status("reading ...", console=console)
            self._status.start()

    @property
    def seconds(self) -> float:
        """Return how long it has been."""
        return time.monotonic() - self._began

    def show(self, name: str, share: float | None, records: int, pages: int) -> None:
        """Show the file being read, how much of it was (0 to 1), and how many records and pages there were in all."""
        percent = "" if share is None else f" {100 * share:.0f} %,"
        words = f"{name}:{percent} {records:,} records, {pages:,} pages, {pages / max(self.seconds, 0.001):.1f} a second"
        if self._status is not None:
            self._status.update(words.replace("[", "\\["))
        elif time.monotonic() - self._said >= self._every:
            self._said = time.monotonic()
            self._say(words)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._status is not None:
            self._status.stop()

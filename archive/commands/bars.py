"""Progress bars."""

from __future__ import annotations

import sys
from typing import Any, Self

import click


class Bars:
    """An `archive.progress.Progress` on standard error, if that is a terminal; a context manager, which ends the last bar."""

    def __init__(self, width: int = 20) -> None:
        """width: of the longest stage's name."""
        self._width = width
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self, name: str, length: int, /) -> None:
        """Show a stage that begins, unless it has no steps."""
        self.end()
        if sys.stderr.isatty() and length:
            self._bar = click.progressbar(length=length, label=f"{name:<{self._width}}", file=sys.stderr)
            self._bar.render_progress()

    def advance(self, steps: int, /) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.update(steps)

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None

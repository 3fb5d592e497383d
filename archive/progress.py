"""How long work tells how far it is, to whoever shows that."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told of one stage after the other."""

    def begin(self, name: str, length: int, /) -> None:
        """Note that a stage begins, and how many steps it has; the one before it is over."""

    def advance(self, steps: int, /) -> None:
        """Note that so many more steps are done."""

    def end(self) -> None:
        """Note that the stage is over."""


class Untold:
    """A `Progress` that nobody sees."""

    def begin(self, name: str, length: int, /) -> None:
        """Show nothing."""

    def advance(self, steps: int, /) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""

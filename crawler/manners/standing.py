"""How a source has answered in a run, and when it's time to leave it alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crawler.manners.blocks import Block

# In a row; after so many, asking on would be to force a door. A login, a payment or an empty shell may be the lot
# of one section of a site that otherwise answers.
_ENOUGH = 3
_ENOUGH_SOFT = 10
# At so many addresses, if nothing else was ever answered in the run.
_ENOUGH_AT_FIRST = 2


class Standing:
    """Counts a source's blocked answers in a row."""

    def __init__(self) -> None:
        self.has_answered = False
        self.last_block: Block | None = None
        self._in_a_row: list[Block] = []
        self._addresses: set[str] = set()

    def answered(self) -> None:
        """Note a normal answer."""
        self.has_answered = True
        self._in_a_row.clear()
        self._addresses.clear()

    def blocked(self, block: Block, url: str) -> bool:
        """Note a blocked answer; return True if the source is to be left alone."""
        self.last_block = block
        self._in_a_row.append(block)
        self._addresses.add(url)
        hard = sum(not block.is_soft for block in self._in_a_row)
        if not self.has_answered and len(self._addresses) >= _ENOUGH_AT_FIRST:
            return True
        return hard >= _ENOUGH or len(self._in_a_row) >= _ENOUGH_SOFT


def pause_length(before: int, lengths: Sequence[timedelta]) -> timedelta:
    """Return how long to leave a source alone that has refused us `before` times in a row before this one."""
    return lengths[min(before, len(lengths) - 1)]

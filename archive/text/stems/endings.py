"""Endings of words, so that few have to be tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Names that would be other names, or words, without what looks like an ending.
KEPT = frozenset({"hamas", "homs", "damas"})

Ending = tuple[str, int]  # and the least number of letters that must be left before it


def by_last_letter(endings: Iterable[Ending]) -> Mapping[str, tuple[Ending, ...]]:
    """Return the endings by their last letter, in their order."""
    found: dict[str, list[Ending]] = {}
    for ending in endings:
        found.setdefault(ending[0][-1], []).append(ending)
    return {letter: tuple(each) for letter, each in found.items()}

"""Endings of words, so that few have to be tried, and lists of words that follow no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Names that would be other names, or words, without what looks like an ending.
KEPT = frozenset({"hamas", "homs", "damas"})

Ending = tuple[str, int]  # and the least number of letters that must be left before it
Endings = Mapping[str, tuple[Ending, ...]]


def by_last_letter(endings: Iterable[Ending]) -> Endings:
    """Return the endings by their last letter, in their order."""
    found: dict[str, list[Ending]] = {}
    for ending in endings:
        found.setdefault(ending[0][-1], []).append(ending)
    return {letter: tuple(each) for letter, each in found.items()}


def longest_first(*groups: tuple[str, int]) -> Endings:
    """Return endings, given as words with the least number of letters before them, the longest first."""
    each = [(ending, least) for words, least in groups for ending in words.split()]
    return by_last_letter(sorted(each, key=lambda ending: -len(ending[0])))


def shortened(word: str, endings: Endings) -> str | None:
    """Return a word without the first ending that leaves enough of it; None if there is none."""
    for ending, least in endings.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None


def rows(text: str) -> dict[str, str]:
    """Return what each word of a list stands for: a line has the stem, a colon, and the words."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        stem, _, words = line.partition(":")
        found |= dict.fromkeys(words.split(), stem.strip())
    return found

"""Endings of words, so that few have to be tried, and lists of words that follow no rule."""

from __future__ import annotations

import re
from pathlib import Path

from archive.text.letters import fold

# Names that would be other names, or words, without what looks like an ending.
KEPT = frozenset({"hamas", "homs", "damas"})


class Endings:
    """Endings, of which the longest is taken off that leaves enough of a word."""

    def __init__(self, *groups: tuple[str, int]) -> None:
        """Take groups of endings, each as words and the least number of letters that must be left before them."""
        self._least = {ending: least for words, least in groups for ending in words.split()}
        self._longest = max(map(len, self._least))

    def off(self, word: str) -> str | None:
        """Return a word without an ending; None if it has none."""
        length = len(word)
        for size in range(min(self._longest, length - 2), 0, -1):
            if length - size >= self._least.get(word[-size:], length):
                return word[:-size]
        return None


class Changes:
    """Changes at the end of a word, one after another."""

    def __init__(self, *changes: tuple[str, str, str]) -> None:
        """Take changes as the letters that a word must end in (several, parted by blanks), a pattern before its end, the new end."""
        self._changes = tuple(
            (tuple(tails.split()), re.compile(f"(?:{found})$"), to) for tails, found, to in changes
        )

    def of(self, word: str) -> str:
        """Return a word as it is after the changes."""
        for tails, found, to in self._changes:
            if word.endswith(tails):  # far quicker than the pattern
                word = found.sub(to, word)
        return word


def listed(name: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of a list beside this module, nouns and verbs, each as folded words."""
    nouns: list[list[str]] = []
    verbs: list[list[str]] = []
    into = nouns
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            into = verbs if line == "[verbs]" else nouns
        elif line and not line.startswith("#"):
            into.append([fold(word.strip(":")) for word in line.split()])
    return nouns, verbs


def rows(text: str) -> dict[str, str]:
    """Return what each word of a list stands for: a line has the stem, a colon, and the words."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        stem, _, words = line.partition(":")
        found |= dict.fromkeys(words.split(), stem.strip())
    return found

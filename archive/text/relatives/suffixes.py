"""Families of words by their beginning: what is left of a word without an ending, with other endings on it.

Which endings, sounds and prefixes change places in which language, and the families that no rule makes, is in `families.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from archive.text.letters import fold

_LEAST_CHANGED = 4  # letters of a beginning of which a sound or prefix may change

Stem = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What `families.toml` says of a language, folded.

    roots: short verbs; of any other word, `least` letters must be left. endings: any of them may stand for any other, ""
    for none. sounds: what the end of the rest is changed into; vowels: and its last vowel. prefixes: come and go.
    """

    roots: frozenset[str]
    least: int
    endings: tuple[str, ...]
    sounds: tuple[tuple[str, str], ...]
    vowels: tuple[tuple[str, str], ...]
    prefixes: tuple[str, ...]
    families: tuple[tuple[str, ...], ...]


class Suffixes:
    """The rules of one language; stem: its stemmer, by which words of a listed family are found in any form."""

    def __init__(self, language: str, stem: Stem) -> None:
        self._rules = _rules()[language]
        self._stem = stem
        self._families: dict[str, dict[str, None]] = {}
        for family in self._rules.families:
            for word in family:
                self._families.setdefault(stem(word), {}).update(dict.fromkeys(family))

    def related(self, folded: str) -> Iterator[str]:
        """Give the words of the listed family of a folded word, then what the rules make of it, the nearest first."""
        stem = self._stem(folded)
        yield from self._families.get(stem, ())
        roots = list(dict.fromkeys((*self._roots(folded), *self._roots(stem))))
        yield from self._ended(roots)
        long = [root for root in roots if len(root) >= _LEAST_CHANGED]
        for changed in (self._sounds, self._vowels, self._prefixed):
            yield from self._ended(dict.fromkeys(other for root in long for other in changed(root)))

    def _roots(self, word: str) -> Iterator[str]:
        """Give what is left of a word without each ending that it may have, the longest rest first."""
        fitting = [ending for ending in self._rules.endings if word.endswith(ending)]
        for ending in sorted(fitting, key=len):
            root = word[: len(word) - len(ending)]
            if len(root) >= self._rules.least or root in self._rules.roots:
                yield root

    def _ended(self, roots: Iterable[str]) -> Iterator[str]:
        for root in roots:
            yield from (root + ending for ending in self._rules.endings)

    def _sounds(self, root: str) -> Iterator[str]:
        for old, new in self._rules.sounds:
            if root.endswith(old) and len(root) > len(old):
                yield root[: len(root) - len(old)] + new

    def _vowels(self, root: str) -> Iterator[str]:
        for old, new in self._rules.vowels:
            before, found, behind = root.rpartition(old)
            if found and before and len(behind) in {1, 2}:
                yield before + new + behind

    def _prefixed(self, root: str) -> Iterator[str]:
        """Give a beginning without a prefix, and with each."""
        for prefix in self._rules.prefixes:
            if root.startswith(prefix) and len(root) - len(prefix) >= _LEAST_CHANGED:
                yield root[len(prefix) :]
        yield from (prefix + root for prefix in self._rules.prefixes)


@functools.cache
def _rules() -> dict[str, Rules]:
    text = files("archive.text.relatives").joinpath("families.toml").read_text(encoding="utf-8")
    return {language: _of(table) for language, table in tomllib.loads(text).items()}


def _of(table: dict[str, int | str]) -> Rules:
    def words(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(fold, str(table.get(name, "")).split())))

    lines = str(table["families"]).strip().splitlines()
    return Rules(
        frozenset(words("roots")),
        int(table["least"]),
        ("", *words("endings")),
        _pairs(str(table["sounds"])),
        _pairs(str(table.get("vowels", ""))),
        words("prefixes"),
        tuple(tuple(map(fold, line.split())) for line in lines),
    )


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return each pair of a list (d/s f/v), in both directions."""
    pairs = [tuple(map(fold, pair.split("/"))) for pair in text.split()]
    return tuple(dict.fromkeys([(old, new) for old, new in pairs] + [(new, old) for old, new in pairs]))

"""Families of words by their beginning: what is left of a word without an ending, with other endings on it.

Which endings and sounds change places in which language, and the families that no rule makes, is in `families.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from archive.text.letters import fold

SHORTEST_CHANGED = 4  # letters of a beginning whose end may change


@dataclass(frozen=True, slots=True)
class Rules:
    """roots: verbs that are short enough to need listing; of any other word, least letters must be left. endings: any of them may stand for any other, "" for none.

    sounds: what an end of the rest is changed into. families: by each of its words, the words of a family.
    """

    roots: frozenset[str]
    least: int
    endings: tuple[str, ...]
    sounds: tuple[tuple[str, str], ...]
    families: dict[str, tuple[str, ...]]


def related(folded: str, language: str) -> Iterator[str]:
    """Give the words of the listed family of a folded word, then what the rules make of it."""
    rules = _rules().get(language)
    if rules is None:
        return
    yield from rules.families.get(folded, ())
    roots = dict.fromkeys(_roots(folded, rules))
    for root in roots:
        yield from (root + ending for ending in rules.endings)
    for root in roots:
        for old, new in rules.sounds:
            if root.endswith(old) and len(root) > max(len(old), SHORTEST_CHANGED - 1):
                changed = root[: len(root) - len(old)] + new
                yield from (changed + ending for ending in rules.endings)


def _roots(word: str, rules: Rules) -> Iterator[str]:
    """Give what is left of a word without each ending that it may have, the longest rest first."""
    fitting = [ending for ending in rules.endings if word.endswith(ending)]
    for ending in sorted(fitting, key=len):
        root = word[: len(word) - len(ending)]
        if len(root) >= rules.least or root in rules.roots:
            yield root


@functools.cache
def _rules() -> dict[str, Rules]:
    text = files("archive.text.relatives").joinpath("families.toml").read_text(encoding="utf-8")
    return {language: _of(table) for language, table in tomllib.loads(text).items()}


def _of(table: dict[str, object]) -> Rules:
    least, endings, sounds, listed = (table[name] for name in ("least", "endings", "sounds", "families"))
    assert isinstance(least, int)  # noqa: S101 - the file is ours
    pairs = [[fold(sound) for sound in pair.split("/")] for pair in str(sounds).split()]
    both = [(old, new) for old, new in pairs] + [(new, old) for old, new in pairs]
    families: dict[str, dict[str, None]] = {}
    for line in str(listed).strip().splitlines():
        words = [fold(word) for word in line.split()]
        for word in words:
            families.setdefault(word, {}).update(dict.fromkeys(words))
    return Rules(
        frozenset(str(table["roots"]).split()),
        least,
        ("", *dict.fromkeys(fold(ending) for ending in str(endings).split())),
        tuple(dict.fromkeys(both)),
        {word: tuple(each for each in family if each != word) for word, family in families.items()},
    )

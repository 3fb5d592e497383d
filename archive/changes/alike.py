"""How alike two mentions are, so that the right ones are compared; and when they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archive.changes.lexicon.harm import harm_of
from archive.changes.lexicon.moments import days, months
from archive.changes.lexicon.names import arabic_places
from archive.changes.lexicon.numbers import number_words
from archive.changes.model import Figure
from archive.changes.names import NAME, PERSON, PLACE, Name, is_confused, is_same_name
from archive.changes.numbers import Number
from archive.changes.speech import Attribution, is_same_speaker
from archive.changes.spelling import is_same_but_for_spelling
from archive.changes.tokens import fold

_LONG_NAME = 5


def speech(one: Attribution) -> tuple[int, int]:
    """Return the tokens of a speaker and the verb, and of what stands between."""
    return min(one.start, one.cue[0]), max(one.end, one.cue[1])


def who(one: object) -> frozenset[str]:
    """Return the stems of the words that name a speaker."""
    return one.who if isinstance(one, Attribution) else frozenset()


def speakers(one: Attribution, other: Attribution) -> float:
    """Return how alike two attributions are; any two may be one that changed."""
    shared = len(one.who & other.who) / max(len(one.who | other.who), 1)
    return 2 * shared + (one.stance == other.stance) * 0.5


def is_same_attribution(one: Attribution, other: Attribution) -> bool:
    """Tell whether the same speaker says it in the same way, one of them perhaps named in more words."""
    return is_same_speaker(one.who, other.who) and one.stance == other.stance


def said(one: Number | None) -> tuple[int, int]:
    """Return the tokens of a number and its qualifier."""
    return (one.said_start, one.said_end) if one else (0, 0)


def numbers(one: Number, other: Number) -> float:
    """Return how alike two numbers are: by what they count, then by themselves; -1 for two that can't be one."""
    if one.is_weak and other.is_weak:
        return 0.0 if one.value == other.value else -1.0
    harm = 0.0
    if one.harm and other.harm:
        harm = 4.0 if one.harm == other.harm else -0.5
    noun = 2.0 if one.noun and one.noun == other.noun else 0.0
    same = 3.0 if one.value == other.value else 0.0
    weak = -0.25 if one.is_weak or other.is_weak else 0.0
    return 1 + harm + noun + same + weak


def is_same_number(one: Number, other: Number) -> bool:
    """Tell whether two numbers say the same, be it in words or digits."""
    return one.value == other.value and one.qualifier == other.qualifier


def figure(one: object) -> Figure | None:
    """Return what a number says."""
    return Figure(one.value, one.qualifier) if isinstance(one, Number) else None


def of_numbers(before: object, after: object) -> dict[str, Any]:
    """Return what a change of a number tells beside its words."""
    harms = [one.harm for one in (before, after) if isinstance(one, Number) and one.harm]
    return {"figures": (figure(before), figure(after)), "harm": harms[-1] if len(set(harms)) == 1 else None}


def names(one: Name, other: Name) -> float:
    """Return how alike two names are; any two may be one that changed."""
    if is_same_name(one, other):
        return 4.0
    if is_spelling(one, other):
        return 3.0
    return float(one.label == other.label)


def is_spelling(one: Name, other: Name) -> bool:
    """Tell whether two names differ by how one of their words is spelt: a letter, in a word of five or more."""
    if len(one.words) != len(other.words):
        return False
    differing = [(a, b) for a, b in zip(one.words, other.words, strict=True) if a != b]
    return all(min(len(a), len(b)) >= _LONG_NAME and is_same_but_for_spelling(a, b) for a, b in differing)


def reads_the_same(before: Sequence[str], after: Sequence[str], language: str) -> bool:
    """Tell whether words (in plain form) are the same but for how they are spelt and joined."""
    if "".join(map(fold, before)) == "".join(map(fold, after)):
        return True
    return len(before) == len(after) and all(
        one == other or (is_same_but_for_spelling(one, other) and not _tells(one, other, language))
        for one, other in zip(before, after, strict=True)
    )


def _tells(one: str, other: str, language: str) -> bool:
    """Tell whether two words that look alike are known to be two: seven and sever, Tuesday and Thursday, حلب and حلف."""
    if is_confused(one, other) or {one, other} <= arabic_places():
        return True
    numbers_known = number_words(language)
    tables = (
        numbers_known.values,
        numbers_known.multipliers,
        numbers_known.vague,
        days(language),
        months(language),
    )
    if any((one in table) and (other in table) for table in tables):
        return True
    return harm_of(one, language) != harm_of(other, language) and None not in {
        harm_of(one, language), harm_of(other, language),
    }  # fmt: skip


def label(one: Name | None, other: Name | None) -> str:
    """Return what two names are names of, as far as either of them tells."""
    labels = {name.label for name in (one, other) if name} - {NAME}
    if len(labels) == 1:
        return labels.pop()
    return NAME if not labels else PLACE if PLACE in labels and PERSON not in labels else NAME

"""The days and times that a passage names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.changes.lexicon import moments as words
from archive.changes.reading import Passage

_DAY = re.compile(r"\d{1,2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CLOCK_SIGNS = frozenset(":.")
_DATE_SIGNS = frozenset("./-")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, a date or a time of day: its tokens, and what it says."""

    start: int
    end: int
    key: tuple[str, ...]


def moments(passage: Passage) -> list[Moment]:
    """Return the days and times of a passage, in order."""
    found: list[Moment] = []
    index = 0
    while index < len(passage):
        end = _end(passage, index)
        if end > index:
            key = tuple(word for word in passage.plain[index:end] if word[0].isalnum())
            found.append(Moment(index, end, key))
        index = max(end, index + 1)
    return found


def _end(passage: Passage, index: int) -> int:
    """Return where the day or time ends that begins at `index`; `index` itself if none does."""
    word = passage.plain[index]
    if word in words.days(passage.language) or word in words.parts_of_the_day(passage.language):
        return index + 1
    return max(_date_in_words(passage, index), _in_figures(passage, index))


def _date_in_words(passage: Passage, index: int) -> int:
    """Read "12 December 2025", "December 12", "12 de diciembre de 2025", "in March 2025"."""
    known = words.months(passage.language)
    small = [
        place for place in _close(passage, index, 5) if passage.plain[place] not in {"de", "of", "the", "ال"}
    ]
    read = [passage.tokens.words[place] for place in small]
    plain = [passage.plain[place] for place in small]
    if len(plain) > 1 and _DAY.fullmatch(read[0]) and plain[1] in known:
        return small[2] + 1 if len(plain) > 2 and _YEAR.fullmatch(read[2]) else small[1] + 1
    if plain and plain[0] in known:
        if len(plain) > 1 and (_DAY.fullmatch(read[1]) or _YEAR.fullmatch(read[1])):
            return small[1] + 1
        return index if plain[0] in words.AMBIGUOUS else index + 1
    return index


def _close(passage: Passage, index: int, most: int) -> Iterator[int]:
    for place in range(index, min(index + most, len(passage))):
        if passage.is_boundary(place):
            return
        yield place


def _in_figures(passage: Passage, index: int) -> int:
    """Read 9:40, 12.12.2025, 2025-12-12."""
    tokens = passage.tokens.words
    if not re.fullmatch(r"[\d.]+", tokens[index]) or passage.tokens.is_joined(index):
        return index
    end = index + 1
    signs = _CLOCK_SIGNS if end < len(tokens) and tokens[end] == ":" else _DATE_SIGNS
    while (
        end + 1 < len(tokens)
        and tokens[end] in signs
        and passage.tokens.is_joined(end)
        and passage.tokens.is_joined(end + 1)
        and tokens[end + 1][0].isdecimal()
    ):
        end += 2
    parts = [
        part
        for token in tokens[index:end]
        for part in re.split(r"\.", token)
        if part not in _DATE_SIGNS | {":"}
    ]
    is_clock = ":" in tokens[index:end] and len(parts) <= 3
    is_date = len(parts) == 3 and any(_YEAR.fullmatch(part) for part in (parts[0], parts[2]))
    return end if is_clock or is_date else index

"""Where a text has the words that are to be left out, however they are written.

The letters of a word may stand apart by marks ("fata*lities"), all of them by the same mark or space ("q.a.t.l"), an Arabic
word's by dots, a number's by spaces and hyphens; between the words of a name anything but letters and digits may stand, or
nothing. Too much taken out costs a word, too little harms a person: so a word counts wherever its letters stand in a row, also
inside another word (an ending, a prefix), which then goes as a whole; `whole_words` is for those who can't have that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from archive.errors import InvalidInput
from archive.publishing.letters import ARABIC, READINGS, bare, is_letter, is_unseen, places, seen
from archive.text import unspaced

Span = tuple[int, int]

_FEWEST = 2  # letters of a word that is looked for
_MOST_BETWEEN = 3  # marks between two letters of a word
_LONGEST_WORD = 60  # letters and marks to either side of what was found
# What stands between words in ordinary writing, so that two of them are not taken for one.
_BETWEEN_WORDS: Final = frozenset(
    "-\u2010\u2011\u2012\u2013\u2014.,;:/\\'’‘\"“”«»()[]{}<>=?&%#\u060c\u061b\u061f"
)
_IN_NUMBERS: Final = re.compile(r"[\s.\-\u2010-\u2013()/]{1,3}")
_IN_ARABIC: Final = re.compile(r"[.\-·]{1,3}")
_LINE_BROKEN: Final = re.compile(r"[-\u2010]\s{0,8}\n\s{0,8}")
# What is written in one with the word behind it: and, the, in, to, for, like, from.
_CLITICS: Final = re.compile("[وفبكلس]{0,2}(?:ال|ل)?|[ושהבכלמ]{0,3}")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or name that is looked for. letters: by each reading; breaks: before which of them its own words are apart."""

    letters: tuple[str, ...]
    breaks: tuple[frozenset[int], ...]


class Words:
    """Finds words. whole_words: not inside other words."""

    def __init__(self, words: Sequence[str], *, whole_words: bool = False, named: str = "words") -> None:
        """Take the words and names to look for. Raises InvalidInput, with `named`, for one of fewer than two letters."""
        self._words = [_word(word, f"{named}[{number}]") for number, word in enumerate(words, start=1)]
        self._whole_words = whole_words

    def spans(self, text: str) -> list[Span]:
        """Return where they stand in a text; two may overlap."""
        found: list[Span] = []
        for reading in range(len(READINGS)):
            letters = bare(text, reading)
            held = [word for word in self._words if word.letters[reading] in letters]
            if held:
                found += self._placed(text, reading, letters, held)
        return found

    def _placed(self, text: str, reading: int, letters: str, held: Sequence[_Word]) -> Iterator[Span]:
        at = places(text, reading)
        for word in held:
            wanted, breaks = word.letters[reading], word.breaks[reading]
            start = letters.find(wanted)
            while start >= 0:
                stand = at[start : start + len(wanted)]
                if _is_written(text, stand, breaks):
                    span = self._whole(text, stand[0], stand[-1] + 1)
                    if span is not None:
                        yield span
                start = letters.find(wanted, start + 1)

    def _whole(self, text: str, start: int, end: int) -> Span | None:
        """Return all of the words that a find is in; None if it is a part of one and may not be."""
        first, last = _word_start(text, start), _word_end(text, end)
        if not self._whole_words:
            return first, last
        before, behind = seen(text[first:start]), seen(text[end:last])
        if behind or not _CLITICS.fullmatch(before):
            return None
        return start, last


def _word(word: str, named: str) -> _Word:
    letters, breaks = [], []
    for reading in range(len(READINGS)):
        at = places(word, reading)
        letters.append(bare(word, reading))
        breaks.append(frozenset(
            number for number in range(1, len(at)) if seen(word[at[number - 1] + 1 : at[number]])
        ))  # fmt: skip
    if len(letters[0]) < _FEWEST:
        raise InvalidInput(
            f"{named} has fewer than two letters or digits, and would be found everywhere: use match"
        )
    return _Word(tuple(letters), tuple(breaks))


def _is_written(text: str, stand: Sequence[int], breaks: frozenset[int]) -> bool:
    """Tell whether letters that follow each other are written as the word: see above."""
    gaps: list[tuple[int, str]] = []
    length = 1
    for number in range(1, len(stand) + 1):
        if number == len(stand) or number in breaks:
            if gaps and not _is_one_word(text, stand, gaps, length):
                return False
            gaps, length = [], 1
            continue
        length += 1
        gap = seen(text[stand[number - 1] + 1 : stand[number]])
        if gap:
            gaps.append((number, gap))
    return True


def _is_one_word(text: str, stand: Sequence[int], gaps: Sequence[tuple[int, str]], length: int) -> bool:
    if all(_is_within(text[stand[n - 1]], gap, text[stand[n]]) for n, gap in gaps):
        return True
    # spelt out, the same between all letters
    is_even = len(gaps) == length - 1 and len({gap for _, gap in gaps}) == 1
    return is_even and length > 2 and len(gaps[0][1]) <= _MOST_BETWEEN and "\n" not in gaps[0][1]


def _is_within(before: str, gap: str, behind: str) -> bool:
    """Tell whether what stands between two letters leaves them one word."""
    if _LINE_BROKEN.fullmatch(gap):
        return True
    if before.isdigit() and behind.isdigit() and _IN_NUMBERS.fullmatch(gap):
        return True
    if ARABIC.match(before) and ARABIC.match(behind) and _IN_ARABIC.fullmatch(gap):
        return True
    return len(gap) <= _MOST_BETWEEN and not any(char.isspace() or char in _BETWEEN_WORDS for char in gap)


def _is_joined(char: str) -> bool:
    return (is_letter(char) and not unspaced.RUN.match(char)) or is_unseen(char)


def _word_start(text: str, start: int) -> int:
    if unspaced.RUN.match(text[start]):  # no space tells where it begins
        return start
    first = start
    while first > 0 and start - first < _LONGEST_WORD and _is_joined(text[first - 1]):
        first -= 1
    while first < start and is_unseen(text[first]):
        first += 1
    return first


def _word_end(text: str, end: int) -> int:
    is_unspaced = unspaced.RUN.match(text[end - 1]) is not None
    last = end
    while last < len(text) and (is_unseen(text[last]) or (
        not is_unspaced and last - end < _LONGEST_WORD and _is_joined(text[last])
    )):  # fmt: skip
        last += 1
    return last

"""Texts as bare letters, each with its place in the text: however a word is written, its letters stand in a row here.

Case, vowel marks, accents, tatweel, forms of presentation, letters that are written for each other and what is not seen go;
so do spaces and marks, which `words` looks at again where the letters agree. A second reading takes signs for the letters
that they look like.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from archive.text.letters import APOSTROPHE, TATWEEL, fold

_DROPPED: Final = frozenset({"Mn", "Me", "Cf"})
_LINES: Final = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_STAND_INS: Final = {"@": "a", "!": "i", "$": "s", "|": "l", "0": "o", "1": "l", "3": "e"}
# Letters of Cyrillic and Greek that look like Latin ones, after folding.
_LOOK_ALIKES: Final = dict(
    zip("авеікмнорстухјѕһԁԛԝαβεικνορτυχ", "abeikmhopctyxjshdqwabeiknoptux", strict=True)
)


class _Letters(dict[int, str]):
    """What `str.translate` is to put for a character: its letters, small and bare; nothing where it is none."""

    def __missing__(self, code: int) -> str:
        found = self[code] = self._meant(chr(code))
        return found

    def _meant(self, char: str) -> str:
        return "".join(map(_letter, unicodedata.normalize("NFKD", char)))


class _Lookalikes(_Letters):
    """The same, with signs and look-alikes as the letters that they may stand for."""

    def _meant(self, char: str) -> str:
        if char in _STAND_INS:
            return _STAND_INS[char]
        return "".join(_LOOK_ALIKES.get(letter, letter) for letter in super()._meant(char))


class _Seen(dict[int, str | None]):
    """For `str.translate`: takes out what is not seen, or only stands on a letter."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        self[code] = None if is_unseen(char) else char
        return self[code]


READINGS: Final[tuple[dict[int, str], ...]] = (_Letters(), _Lookalikes())
_SEEN: Final = _Seen()


@lru_cache(maxsize=8)  # each pattern asks for those of the same text
def bare(text: str, reading: int = 0) -> str:
    """Return the letters and digits of a text in a row, by one of the READINGS."""
    return text.translate(READINGS[reading])


def places(text: str, reading: int = 0) -> list[int]:
    """Return for each letter of `bare(text, reading)` the place of the character in the text that it was made of."""
    table = READINGS[reading]
    return [place for place, char in enumerate(text) for _ in table[ord(char)]]


def is_letter(char: str) -> bool:
    """Tell whether a character is a letter or digit, and so a part of a word."""
    return bool(READINGS[0][ord(char)])


def is_unseen(char: str) -> bool:
    """Tell whether a character is not seen, or is a mark on a letter: a word is the same without it."""
    category = unicodedata.category(char)
    return char == TATWEEL or category in _DROPPED or (category == "Cc" and char not in _LINES)


def seen(text: str) -> str:
    """Return a text without what is not seen, and without marks on letters."""
    return text.translate(_SEEN)


def _letter(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char in (TATWEEL, APOSTROPHE) or not (category[0] in "LN" or category == "Mc"):
        return ""
    # of a letter that has no other form here, `fold` gives the letter itself
    return "".join(part for part in unicodedata.normalize("NFKD", fold(char).casefold()) if _is_bare(part))


def _is_bare(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED


ARABIC: Final = re.compile("[\u0620-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7\ufb50-\ufdff\ufe70-\ufefc]")

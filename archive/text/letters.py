"""Letters as people mean them: case, marks, and the letters of one script that stand for each other.

`fold` keeps a word one word, whatever SQLite's tokenizer makes of it: it changes only letters that every version of
the tokenizer knows, into letters of the same kind, and leaves any other word as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ARABIC_MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
HEBREW_MARKS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
MARKS = f"\u0300-\u036f{HEBREW_MARKS}{ARABIC_MARKS}"
TATWEEL = "\u0640"

# أ إ آ ا, ة ه and ى ي are written for each other; Persian, Urdu and Kurdish keyboards have letters of their own.
_ARABIC = {
    "أإآٱٲٳٵ": "ا", "ؤۆۇۈۋٶ": "و", "ئىیېےێۍ": "ي", "ةہھۀەۂۃ": "ه", "کڪګ": "ك", "ڕ": "ر", "ڵ": "ل", "ڤ": "ف", "ں": "ن",
}  # fmt: skip
_CYRILLIC = {"ё": "е", "ґ": "г", "ѐ": "е", "ѝ": "и", "ӂ": "ж", "ў": "у"}
_LATIN = {
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "þ": "th",
}
_DIGITS = ("\u0660", "\u06f0", "\uff10")  # the zeros of Arabic, Persian and wide digits
# Forms of presentation; those that stand for more than letters and digits are left alone.
_COMPATIBLE = (
    "\u00aa\u00b2\u00b3\u00b9\u00ba", ("\ufb00", "\ufb06"), ("\ufb50", "\ufdfb"), ("\ufe70", "\ufefc"),
    ("\uff21", "\uff3a"), ("\uff41", "\uff5a"),
)  # fmt: skip

# An apostrophe that is a letter to Unicode, and so a part of the word to SQLite: об\u02bcєкт
APOSTROPHE = "\u02bc"
_KNOWN = re.compile(
    "[0-9a-z\u02bc\u0430-\u045f\u0491\u05d0-\u05ea\u0621-\u064a\u066e-\u06d3\u06ee\u06ef\u06fa-\u06fc]+"
)
SCRIPTS = {
    "latin": re.compile("[a-z]+"),
    "cyrillic": re.compile("[\u0430-\u045f\u0491\u02bc]+"),
    "arabic": re.compile("[\u0621-\u064a\u066e-\u06d3]+"),
    "hebrew": re.compile("[\u05d0-\u05ea]+"),
}

_LAST_LETTERS = (("z", "latin"), ("\u0491", "cyrillic"), ("\u05ea", "hebrew"), ("\u06d3", "arabic"))


def fold(word: str) -> str:
    """Return a word in small letters without marks, alike letters made one, and digits as 0 to 9.

    A word with any letter that is not of the scripts known here is returned as it is; so is one of marks alone.
    """
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFC", word).lower().translate(_TABLE)
    return folded if _KNOWN.fullmatch(folded) else word


def script(folded: str) -> str | None:
    """Return which script a folded word is written in, if it is in one of SCRIPTS, and in it alone."""
    for last, name in _LAST_LETTERS:
        if folded[:1] <= last:
            return name if SCRIPTS[name].fullmatch(folded) else None
    return None


def _span(first: str, last: str) -> Iterator[str]:
    return map(chr, range(ord(first), ord(last) + 1))


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for letters, meant in (_ARABIC | _CYRILLIC | _LATIN).items():
        table |= {ord(letter): meant for letter in letters}
    for first, last in (("\u00e0", "\u024f"), ("\u1e00", "\u1eff")):
        for letter in _span(first, last):
            base = unicodedata.normalize("NFKD", letter)[0]
            if base.isascii() and base.isalpha() and ord(letter) not in table:
                table[ord(letter)] = base.lower()
    for zero in _DIGITS:
        table |= {ord(zero) + digit: str(digit) for digit in range(10)}
    table |= {ord(mark): None for mark in _every(MARKS + TATWEEL)}
    for part in _COMPATIBLE:
        for letter in part if isinstance(part, str) else _span(*part):
            meant = unicodedata.normalize("NFKC", letter).lower().translate(table)
            if _KNOWN.fullmatch(meant):
                table[ord(letter)] = meant
    return table


def _every(characters: str) -> Iterator[str]:
    """Give each character of a regular expression's class."""
    yield from (char for char in map(chr, range(0x300, 0x700)) if re.match(f"[{characters}]", char))


_TABLE = _table()

"""Families of Arabic words by pattern: the forms of a noun's singular and plural, and of a verb with its nouns.

A word is read as three letters in each pattern that it fits, and written in the other patterns of the same group: مقاتل
as ق ت ل in مفاعل, so that قاتل and قتال are its relatives, but not كتيبة of كتاب.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.text.letters import fold
from archive.text.relatives.prefixes import bare_forms

# ف ع ل stand for the letters of the root. Whatever is in one line changes places.
_GROUPS = """
فعل مفعول فاعل فعيل فعال فعول فعلى فعلاء فعله فعلان فعالين
فعل افعال فعول فعال افعل فعلان
فعل تفعيل مفعل تفعيلات تفعله
فاعل مفاعله مفاعل فعال
افعل افعال مفعل افعاله
تفعل متفعل
تفاعل متفاعل
انفعل انفعال منفعل
افتعل افتعال مفتعل
استفعل استفعال مستفعل
فعل فعاله فعل مفعله مفعل
فعيل فعلاء فعلى افعلاء فعال افعله
فعيل فعائل فعيله فعايل
فاعل فعال فعله فواعل فاعله فعول
فعله فعال فعل فعائل فعول
مفعل مفعله مفاعل
مفعول مفعال مفعاله مفاعيل
افعال افعله فعال فعول
فعل يفعل تفعل نفعل فاعل فعال
"""
_ROOT = {"ف": 0, "ع": 1, "ل": 2}
_FOUR = (("فعلل", "فعلله", "فعالل"), ("فعلول", "فعليل", "فعلال", "فعاليل"))
# Letters that a verb may be read with in several ways: قال, يقول; نزح keeps its own.
_WEAK = "اوي"


def related(folded: str) -> Iterator[str]:
    """Give words of the patterns that go with those that a folded word fits."""
    for bare in bare_forms(folded):
        for patterns in _GROUPS_READ:
            for pattern, read in patterns:
                if found := read.fullmatch(bare):
                    letters = found.groups()
                    yield from (_written(other, letters) for other, _ in patterns if other != pattern)
    yield from _of_four(folded)


def _of_four(folded: str) -> Iterator[str]:
    for bare in bare_forms(folded):
        for patterns in _FOUR_READ:
            for pattern, read in patterns:
                if found := read.fullmatch(bare):
                    yield from (_written(other, found.groups()) for other, _ in patterns if other != pattern)


def _written(pattern: str, letters: tuple[str, ...]) -> str:
    """Return a pattern with these letters in place of ف ع ل (ل the second time is the fourth)."""
    written, seen = [], 0
    for char in pattern:
        if char not in _ROOT:
            written.append(char)
            continue
        place = _ROOT[char] + (char == "ل" and seen)
        seen += char == "ل"
        written.append(letters[min(place, len(letters) - 1)])
    return "".join(written)


def _read(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(f"([^{'ا' if char != 'ف' else _WEAK[:1]}])" if char in _ROOT else char for char in pattern))


def _groups(lines: list[list[str]]) -> list[list[tuple[str, re.Pattern[str]]]]:
    return [[(pattern, _read(pattern)) for pattern in dict.fromkeys(map(fold, line))] for line in lines]


_GROUPS_READ = _groups([line.split() for line in _GROUPS.strip().splitlines()])
_FOUR_READ = _groups([list(patterns) for patterns in _FOUR])

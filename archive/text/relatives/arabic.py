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
فعيل فعاله فعلاء فعلا
فعله فعال فعل فعائل فعول
مفعل مفعله مفاعل
مفعول مفعال مفعاله مفاعيل
افعال افعله فعال فعول
فعل يفعل تفعل نفعل فاعل فعال
فاعل يفاعل تفاعل مفاعله مفاعل
تفعل يتفعل تتفعل متفعل
تفاعل يتفاعل تتفاعل متفاعل
انفعل ينفعل تنفعل انفعال منفعل
افتعل يفتعل تفتعل افتعال مفتعل
استفعل يستفعل تستفعل استفعال مستفعل
افعل يفعل تفعل افعال مفعل افعاله
"""
# Verbs of which one letter is weak: أصاب يصيب إصابة, استضاف يستضيف, أخلى يخلي إخلاء.
_WEAK_GROUPS = """
افال يفيل تفيل افاله مفيل مفال
استفال يستفيل تستفيل استفاله مستفيل
افتال يفتال تفتال افتيال مفتال
انفال ينفال تنفال انفيال منفال
فال يفول تفول فائل فول فايل
فال يفيل تفيل فائل فيل فايل
افعي يفعي تفعي افعاء افعا مفعي
فعي يفعي تفعي تفعيه مفعي
فعا يفعو تفعو فاعي فعو فعاه
فعي يفعي فاعي فعيا مفعي فعاء
افتعي يفتعي تفتعي افتعاء افتعا
استفعي يستفعي تستفعي استفعاء استفعا
انفعي ينفعي تنفعي انفعاء
تفعي يتفعي تتفعي تفع
فعيه فعايا
"""
_ROOT = {"ف": 0, "ع": 1, "ل": 2}
_FOUR = (("فعلل", "فعلله", "فعالل"), ("فعلول", "فعليل", "فعلال", "فعاليل"))


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
    """Return what a word of a pattern looks like; an alef is no letter of a root, but for a hamza at its beginning."""
    letters = {"ف": "(.)", "ع": "([^ا])", "ل": "([^اه])"}
    return re.compile("".join(letters.get(char, char) for char in pattern))


def _groups(lines: list[list[str]]) -> list[list[tuple[str, re.Pattern[str]]]]:
    return [[(pattern, _read(pattern)) for pattern in dict.fromkeys(map(fold, line))] for line in lines]


_GROUPS_READ = _groups([line.split() for line in (_GROUPS + _WEAK_GROUPS).strip().splitlines() if line])
_FOUR_READ = _groups([list(patterns) for patterns in _FOUR])

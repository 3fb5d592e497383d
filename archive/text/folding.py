"""Words that an outlet wrote so that filters miss them ("fata*lities", "قـتـل", "ق.ت.ل"), as a reader would search them.

The report keeps them as they are; what comes from here is only indexed beside it. A mark is taken for an
obfuscation where the script has no ordinary use for it there. Too much folded costs a useless token, too little a
report that nobody finds: so Arabic script, where dots inside words have hardly another use, is folded freely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

TATWEEL = "\u0640"
_JOINERS = "\u200c\u200d"  # ordinary in Persian, Kurdish and Indic words
_BREAKERS = "\u00ad\u200b\u2060\ufeff"  # ordinary in Thai, Khmer and Burmese
_STAND_INS = str.maketrans("@!$", "ais")  # marks that look like a letter
_VISIBLE = "*_.·•@!$-"
_VOWELS = "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_LETTER = rf"(?:[^\W\d_]|[\u0300-\u036f{_VOWELS}])"
_MARK = rf"[{re.escape(_VISIBLE)}{_JOINERS}{_BREAKERS}]"

_ARABIC_LETTERS = "\u0620-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7"

# What every candidate has, and hardly another word, so that of an ordinary text no word is looked at twice: a mark
# before a letter; a dot or hyphen only where a single letter or an Arabic one follows.
_JOINT = re.compile(
    rf"[{re.escape(_VISIBLE)}{_JOINERS}{_BREAKERS}{TATWEEL}]"
    rf"(?:(?<![.-])(?={_LETTER})|(?=[{_ARABIC_LETTERS}]|{_LETTER}(?!{_LETTER})))"
)
_RUN = re.compile(rf"(?:{_LETTER}|{_MARK})*+")
# Letters with marks between them, or with a tatweel; each begins where no letter stands before.
_CANDIDATE = re.compile(
    rf"(?<!\w)(?<![\u0300-\u036f{_VOWELS}])"
    rf"(?:{_LETTER}++(?:{_MARK}{{1,3}}+{_LETTER}++)++|(?:(?!{TATWEEL}){_LETTER})++{TATWEEL}++{_LETTER}++)"
)
# What stands around a tag, a handle, an address, a file's name or an identifier.
_BEFORE = frozenset("#@/\\:=?&%~+.-_*0123456789")
_AFTER = frozenset("@/\\:=_0123456789")

_MARKS = re.compile(rf"[{re.escape(_VISIBLE)}]+")
_ARABIC = re.compile(f"[{_ARABIC_LETTERS}]")
_VOWEL = re.compile(f"[{_VOWELS}]")
_FINAL = ("ة", "ى")  # end a word, so that a dot behind them ends a sentence
_ALEFS = str.maketrans("أإآ", "ااا")
# Agencies (AFP, dpa, MENA) and kinds of companies that are written with dots by everybody.
_INITIALS = frozenset({"افب", "دبا", "اشا", "شمم", "شمل", "ذمم"})

_LONGEST = 60  # letters and marks of a word; longer is no word
_MOST = 2_000  # words of a report
# Marks of a text: no report has more, and a page made of them is not to hold a crawl up.
_MOST_LOOKED_AT = 20_000


def folded_words(*texts: str | None) -> str | None:
    """Return the obfuscated words of `texts` without their marks, in small letters, each once, apart by a space.

    None where there are none. Takes time in proportion to the texts' length.
    """
    words: dict[str, None] = {}
    for text in texts:
        for found in _candidates(text or ""):
            if len(found[0]) <= _LONGEST and len(words) < _MOST:
                words.update(dict.fromkeys(_folded(found[0], _is_apart(text or "", found))))
    return " ".join(words) or None


def _candidates(text: str) -> Iterator[re.Match[str]]:
    reached = 0
    for joint in islice(_JOINT.finditer(text), _MOST_LOOKED_AT):
        start = joint.start()
        if start < reached:
            continue
        while start > reached and _RUN.fullmatch(text[start - 1]):
            start -= 1
        run = _RUN.match(text, start)
        reached = run.end() if run else joint.end()
        yield from _CANDIDATE.finditer(text, start, reached)


def _is_apart(text: str, found: re.Match[str]) -> bool:
    """Say whether a word stands in prose, not in an address, a tag or the like."""
    before, after = text[: found.start()][-1:], text[found.end() : found.end() + 1]
    return before not in _BEFORE and after not in _AFTER


def _folded(word: str, is_apart: bool) -> Iterator[str]:
    shown = _without_invisible(word)
    marks = _MARKS.findall(shown)
    if marks and is_apart and not _is_ordinary(shown) and _is_obfuscated(_MARKS.split(shown), marks):
        yield from _spellings(shown)
    elif shown != word:
        for part in _MARKS.split(word):
            bare = _without_invisible(part)
            if bare != part:
                yield from _spellings(bare)


def _without_invisible(word: str) -> str:
    """Take out what is not seen, or only stretches a word, where the script has no need of it."""
    first = word[0] if word else ""
    if first >= "\u0900" and not "\u1e00" <= first < "\u2000":
        return word
    unseen = TATWEEL + _BREAKERS + ("" if _ARABIC.search(word) else _JOINERS)
    return word.translate(dict.fromkeys(map(ord, unseen)))


def _is_obfuscated(parts: list[str], marks: list[str]) -> bool:
    return all(_is_odd(mark, parts) for mark in set(marks))


def _is_odd(mark: str, parts: list[str]) -> bool:
    """Say whether a word of that script has no ordinary use for `mark` between such parts."""
    is_arabic = all(_ARABIC.search(part) for part in parts)
    are_letters = all(len(_VOWEL.sub("", part)) == 1 for part in parts)
    if mark in {".", "-"}:
        if are_letters:  # U.S., e.g. and a.k.a. are shorter, or in capitals
            return len(parts) >= 3 if is_arabic else len(parts) >= 4 and all(map(str.islower, parts))
        return mark == "." and is_arabic and min(map(len, parts)) <= 2 and not parts[0].endswith(_FINAL)
    if mark == "!":
        return all(part[0].islower() for part in parts[1:])  # else a sentence begins
    return not set(mark) & set(".-!")  # "word...word" is none


def _is_ordinary(word: str) -> bool:
    """Say whether it is one of the initials that everybody writes with dots, or has Catalan's l·l."""
    return "l·l" in word.lower() or _MARKS.sub("", word).translate(_ALEFS) in _INITIALS


def _spellings(word: str) -> Iterator[str]:
    """Give the word without its marks, and with the letters that they may stand for."""
    bare = _VOWEL.sub("", _MARKS.sub("", word)).lower()
    is_arabic = bool(_ARABIC.search(bare))
    meant = bare if is_arabic else _MARKS.sub("", word.translate(_STAND_INS)).lower()
    for spelling in dict.fromkeys((bare, meant)):
        if len(spelling) >= (3 if is_arabic else 4):
            yield spelling

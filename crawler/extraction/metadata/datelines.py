"""The dateline at the head of a report: where it was filed from."""

from __future__ import annotations

import re

from crawler.extraction.dates.months import GREGORIAN, fold
from crawler.extraction.dates.text import plain
from crawler.extraction.metadata.authors import is_organisation

_WORD = r"[^\W\d_]++\.?"
_PLACE = rf"{_WORD}(?:[ '’-]{_WORD}|(?<=\.){_WORD}){{0,5}}"
_PLACES = rf"{_PLACE}(?:\s?[/,،]\s?{_PLACE}){{0,4}}"
_AGENCY = r"\s*\([^()]{2,30}\)"
_DATE = (
    r"[,،]?\s*(?:\d{1,2}\s?[^\W\d_]{3,12}\.?|[^\W\d_]{3,12}\.?\s?\d{1,2})(?:,?\s\d{4})?(?:\s?года|\s?року)?"
)
_DASH = r"\s*(?:--|[-–—―:])\s+"
_HEAD = re.compile(rf"^\s*(?P<places>{_PLACES})(?P<date>{_DATE})?(?P<agency>{_AGENCY})?(?:{_DASH})(?=\S)")
_COMMA_DATE = re.compile(
    r"^\s*(?P<places>[^\W\d_a-zа-яіїє][^\W\d_]+(?:[ -][^\W\d_]+){0,2})(?P<date>,\s*\d{1,2}\s[^\W\d_]{3,12})\.\s"
)
_TIGHT = re.compile(r"^\s*(?P<places>[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})\s?[-–—ـ]\s?(?P<agency>[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+)?)\s*(?:[-–—:]|$)?")  # fmt: skip
_SMALL = frozenset({"al", "ad", "an", "ar", "as", "at", "az", "am", "de", "del", "du", "des", "el", "la", "le", "les",
                    "sur", "of", "and", "upon", "und", "et", "y", "au", "aux", "bin"})  # fmt: skip
_LONGEST = 90
# First words of a sentence that a dash breaks ("The attack - the third ..."), and labels before a colon.
_NO_PLACE_WORDS = """
the a an this that these those it he she they we in on at for by from after before as while with when
who what breaking exclusive update updated watch video photo photos opinion analysis live read listen
editor note summary source sources key related interview report reports war file developing background
un une les des ce cette il elle una der die das ein eine lo gli в на по за из это он она что у це він
вона та як عاجل خاص فيديو صور قال قالت في من على إلى بعد قبل أكد أعلن تقرير مصدر مصادر bu bir son срочно
видео фото обновлено эксклюзив терміново відео news
"""
_NO_PLACE = frozenset(fold(word) for word in _NO_PLACE_WORDS.split())


def dateline(body: str) -> str | None:
    """Return the places named at the head of `body` ("Khartoum / El Fasher / Nyala"), or None.

    Date, agency and dash are left out. An outlet's credit is no place. Where it isn't sure, None.
    """
    head = body.lstrip()[: _LONGEST * 2].split("\n", 1)[0]
    for pattern in (_TIGHT, _COMMA_DATE, _HEAD):
        match = pattern.match(head)
        if match and match.end() <= _LONGEST:
            place = _place(match)
            if place:
                return place
    return None


def _place(match: re.Match[str]) -> str | None:
    text = " ".join(match["places"].split())
    groups = match.groupdict()
    parts = [part.strip() for part in re.split(r"[/,،]", text) if part.strip()]
    date = groups.get("date")
    if date and not _is_date(date):
        return None
    agency = groups.get("agency")
    sure = bool(date or agency)
    if match.re is _TIGHT:
        return text if agency and is_organisation(agency.strip(), ()) and _fits(parts) else None
    colon = ":" in match[0]
    if not parts or colon or not _fits(parts) or any(is_organisation(part, ()) for part in parts):
        return None
    rest = match.string[match.end() :]
    if not sure and (not parts[0][0].isupper() or rest[:1].islower()):
        return None  # what a dash only parts within a sentence; without capitals (Arabic) it may be anything
    return text


def _fits(parts: list[str]) -> bool:
    return all(len(part.split()) <= 4 and _looks_like_place(part) for part in parts)


def _looks_like_place(part: str) -> bool:
    words = part.split()
    if fold(words[0]) in _NO_PLACE or any(fold(word) in GREGORIAN for word in words):
        return False
    return not words[0][0].islower() and all(not word[0].islower() or word in _SMALL for word in words)


def _is_date(text: str) -> bool:
    return any(word.strip(".,،") in GREGORIAN for word in plain(text).replace(",", " ").split())

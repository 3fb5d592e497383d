"""Dates that people wrote, in the languages of our sources: "24 كانون الثاني 2026", "24 января, 18:04"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.models import Precision
from crawler.extraction.dates.months import fold, month_names, solar_to_gregorian
from crawler.extraction.dates.stamps import ZONE_NAMES, Reading, make_local, read_offset, reading

LONGEST = 160  # a date line with its labels; anything longer is prose
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९၀၁၂၃၄၅၆၇၈၉", "0123456789" * 4)
_YEAR_FIRST = re.compile(
    r"(?<![\d/.-])(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)(?:[日일])?"
)
_YEAR_LAST = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)(?![/-]\d)")
_PM = "pm|p.m.|p.m|م|مساء|مساءا|ب.ظ|بعدازظهر|ب ظ|د.ن|下午|午後|오후"
_AM = "am|a.m.|a.m|ص|صباحا|ق.ظ|قبلازظهر|ق ظ|پ.ن|上午|午前|오전"
_HALF = "|".join(re.escape(word) for word in sorted(f"{_PM}|{_AM}".split("|"), key=len, reverse=True))
_ZONE = "|".join(sorted((re.escape(name) for name in ZONE_NAMES), key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?:(?P<before>上午|午前|오전|下午|午後|오후)\s?)?(?<![\d:.,/-])(?P<hour>[01]?\d|2[0-4])"
    rf"(?:\s?[:٫]\s?(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?|[.](?P<dotted>[0-5]\d)(?!\.?\d)"
    rf"|\s?h\s?(?P<french>[0-5]\d)?(?!\w))?(?![\d])"
    rf"\s*(?P<half>(?:{_HALF})(?!\w))?"
    rf"\s*[(,]?\s*(?P<zone>(?:utc|gmt)\s*[+-]\s*\d{{1,2}}(?::?\d{{2}})?|[+-]\d{{2}}:?\d{{2}}(?!\d)|(?:{_ZONE})(?!\w))?"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What helps to read a date: the page's language, month before day or not, and the local time of the fetch."""

    language: str | None
    month_first: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class _Day:
    year: int
    month: int
    day: int
    start: int
    end: int


def read_words(text: str, context: Context) -> Reading | None:
    """Return the moment that a short text for people names, or None.

    Understands numbers and month names with or without a time; the wall clock is not converted. A date without
    a year is the last such day before the fetch. Text longer than LONGEST is not tried.
    """
    if len(text) > LONGEST:
        return None
    folded = plain(text)
    day = _numeric(folded, month_first=context.month_first) or _named(folded, context.now)
    if day is None:
        return None
    local = make_local(day.year, day.month, day.day)
    return None if local is None else _with_clock(folded, day, local)


def plain(text: str) -> str:
    """Return a date text folded, its digits European, its spaces single."""
    return " ".join(fold(text.translate(_DIGITS)).split())


def read_clock(folded: str) -> tuple[tuple[int, int, int], timedelta | None, Precision] | None:
    """Return (hour, minute, second), the offset and the precision of the first time of day in a folded text."""
    for match in _CLOCK.finditer(folded):
        clock = _clock(match)
        if clock is not None:
            return clock, read_offset(match["zone"]), "second" if match["second"] else "minute"
    return None


def _clock(match: re.Match[str]) -> tuple[int, int, int] | None:
    half = match["half"] or match["before"]
    minute = match["minute"] or match["dotted"] or match["french"]
    french_hour = "h" in match[0][len(match["hour"]) : len(match["hour"]) + 2]
    if minute is None and half is None and not french_hour:
        return None
    hour = int(match["hour"])
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in _PM.split("|") else 0)
    return (hour, int(minute or 0), int(match["second"] or 0)) if hour < 24 else None


def _with_clock(folded: str, day: _Day, local: datetime) -> Reading | None:
    found = read_clock(folded[day.end :]) or read_clock(folded[: day.start])
    if found is None:
        return reading(local, None, "day")
    (hour, minute, second), offset, precision = found
    return reading(local.replace(hour=hour, minute=minute, second=second), offset, precision)


def _numeric(folded: str, *, month_first: bool) -> _Day | None:
    match = _YEAR_FIRST.search(folded)
    if match:
        return _checked(int(match[1]), int(match[2]), int(match[3]), match.span())
    match = _YEAR_LAST.search(folded)
    if not match:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if year < 100:
        year += 2000
    both = [(first, second), (second, first)]
    for month, day in both if month_first else reversed(both):
        found = _checked(year, month, day, match.span())
        if found:
            return found
    return None


def _checked(year: int, month: int, day: int, span: tuple[int, int]) -> _Day | None:
    if 1300 <= year <= 1499:
        solar = solar_to_gregorian(year, month, day)
        return _Day(solar.year, solar.month, solar.day, *span) if solar else None
    return _Day(year, month, day, *span) if make_local(year, month, day) else None


def _named(folded: str, now: datetime) -> _Day | None:
    tokens = list(_TOKEN.finditer(folded))
    words = [token[0] for token in tokens]
    yearless: _Day | None = None
    months = month_names(words)
    for index, (month, width) in months.items():
        before, after = _beside(words, months, index, width)
        for day_at, year_at in ((before, after), (after, _next_number(words, months, after, month))):
            if day_at is None or not _is_day(words[day_at]):
                continue
            span = (
                min(tokens[index].start(), tokens[day_at].start()),
                tokens[max(index + width - 1, day_at)].end(),
            )
            if year_at is not None and len(words[year_at]) == 4:
                span = (span[0], max(span[1], tokens[year_at].end()))
                found = _of_month(int(words[year_at]), month, int(words[day_at]), span)
                if found:
                    return found
            yearless = yearless or _without_year(month, int(words[day_at]), span, now)
    return yearless


def _beside(
    words: list[str], months: dict[int, tuple[int, int]], index: int, width: int
) -> tuple[int | None, int | None]:
    """Return where the nearest numbers before and after a month stand, over a short word or two ("de", "من")."""
    before = index - 1
    if before >= 0 and not words[before].isdecimal() and (len(words[before]) <= 3 or before in months):
        before -= 1
    found = before if before >= 0 and words[before].isdecimal() else None
    return found, _next_number(words, months, index + width - 1, months[index][0])


def _next_number(
    words: list[str], months: dict[int, tuple[int, int]], index: int | None, month: int
) -> int | None:
    """Return where the next number stands, over short words and other names of the same month only."""
    if index is None:
        return None
    place = index + 1
    while place < min(index + 5, len(words)):
        if words[place].isdecimal():
            return place
        named, width = months.get(place, (0, 1))
        if (named and named != month) or (not named and len(words[place]) > 3):
            return None
        place += width
    return None


def _is_day(word: str) -> bool:
    return len(word) <= 2 and 1 <= int(word) <= 31


def _of_month(year: int, month: int, day: int, span: tuple[int, int]) -> _Day | None:
    if month > 100:
        return _checked(year, month - 100, day, span) if 1300 <= year <= 1499 else None
    return _checked(year, month, day, span) if year >= 1900 else None


def _without_year(month: int, day: int, span: tuple[int, int], now: datetime) -> _Day | None:
    if month > 100:
        return None
    for year in (now.year, now.year - 1):
        local = make_local(year, month, day)
        if local is not None and local <= now + timedelta(days=1):
            return _Day(year, month, day, *span)
    return None

"""Dates that people wrote, in the languages of our sources: "24 كانون الثاني 2026", "24 января, 18:04"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from archive.models import Precision
from crawler.extraction.dates.calendars import (
    ethiopian_to_gregorian,
    lunar_to_gregorian,
    solar_to_gregorian,
    to_gregorian,
)
from crawler.extraction.dates.months import ETHIOPIAN, LUNAR, SOLAR, fold, month_names
from crawler.extraction.dates.stamps import ZONE_NAMES, Reading, make_local, read_offset, reading

LONGEST = 160  # a date line with its labels; anything longer is prose
_MOST_DATES = 4  # looked at in one text
_OTHER_YEARS = range(1300, 1500)  # of the solar and the lunar calendars
_GREGORIAN, _OTHER = "gregorian", "other"
_LONGEST_YEARLESS = 40  # a date without a year, and hardly anything beside it
# Words; the vowel signs of Devanagari and Burmese are no letters to a regular expression.
_TOKEN = re.compile(r"\d+|(?:[^\W\d_]|[\u0900-\u0963\u102b-\u103f])+")
# "ago" is the Spanish and Italian August, and the end of "1 day ago".
_AUGUST = frozenset({"es", "it", "gl", "ca", "pt"})
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९၀၁၂၃၄၅၆၇၈၉", "0123456789" * 4)
_DIGIT = re.compile(r"\d")
_YEAR_FIRST = re.compile(
    r"(?<![\d/.-])(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)(?:[日일])?"
)
_YEAR_LAST = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)(?![/-]\d)")
_PM = "pm|p.m.|p.m|p. m.|م|مساء|مساءا|ب.ظ|بعدازظهر|ب ظ|د.ن|ظهرا|عصرا|os|galabnimo|下午|午後|오후"
_AM = "am|a.m.|a.m|a. m.|ص|صباحا|ق.ظ|قبلازظهر|ق ظ|پ.ن|فجرا|oo|subaxnimo|上午|午前|오전"
_HALF = "|".join(re.escape(word) for word in sorted(f"{_PM}|{_AM}".split("|"), key=len, reverse=True))
_ZONE = "|".join(sorted((re.escape(name) for name in ZONE_NAMES), key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?:(?P<before>上午|午前|오전|下午|午後|오후)\s?)?(?<![\d:.,/-])(?P<hour>[01]?\d|2[0-4])"
    rf"(?:\s?[:٫]\s?(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?|[.](?P<dotted>[0-5]\d)(?!\.?\d)"
    rf"|\s?h\s?(?P<french>[0-5]\d)?(?!\w))?(?![\d])(?!\s?(?:min|sec|sek|мин|хв|dk\b|دقيق|دقائق))"
    rf"\s*(?P<half>(?:{_HALF})(?!\w))?"
    rf"\s*[(,]?\s*(?:بتوقيت\s|по\s)?(?P<zone>(?:utc|gmt)\s*[+-]\s*\d{{1,2}}(?::?\d{{2}})?|[+-]\d{{2}}:?\d{{2}}(?!\d)|(?:{_ZONE})(?!\w))?"
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
    guessed: bool = False


def read_words(text: str, context: Context) -> Reading | None:
    """Return the moment that a short text for people names, or None.

    Understands numbers and month names with or without a time; the wall clock is not converted. A date without
    a year is the last such day before the fetch, and marked as guessed. Where a text gives a day in two calendars,
    the Gregorian one is read. Text without a digit or longer than LONGEST is not tried.
    """
    if len(text) > LONGEST or not _DIGIT.search(text):
        return None
    folded = plain(text)
    numeric = _numeric(folded, context)
    day = numeric.get(_GREGORIAN) or _named(folded, context) or numeric.get(_OTHER)
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
        return reading(local, None, "day", guessed=day.guessed)
    (hour, minute, second), offset, precision = found
    at = local.replace(hour=hour, minute=minute, second=second)
    return reading(at, offset, precision, guessed=day.guessed)


def _numeric(folded: str, context: Context) -> dict[str, _Day]:
    """Return the first numeric date of the Gregorian and of another calendar."""
    found: dict[str, _Day] = {}
    for match in islice(_YEAR_FIRST.finditer(folded), _MOST_DATES):
        day = _checked(int(match[1]), int(match[2]), int(match[3]), match.span())
        if day is not None:
            found.setdefault(_calendar(int(match[1])), day)
    for match in islice(_YEAR_LAST.finditer(folded), _MOST_DATES):
        day = _year_last(match, context)
        if day is not None:
            found.setdefault(_calendar(int(match[4])), day)
    return found


def _year_last(match: re.Match[str], context: Context) -> _Day | None:
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if year < 100:
        year += 2000
    both = [(first, second), (second, first)]
    found = [
        day
        for month, number in (both if context.month_first else reversed(both))
        if (day := _checked(year, month, number, match.span()))
    ]
    # 02/03 of this year, in February: not March then, since nothing is published in the future.
    return next((day for day in found if not _ahead(day, context.now)), found[0] if found else None)


def _calendar(year: int) -> str:
    return _OTHER if year in _OTHER_YEARS else _GREGORIAN


def _ahead(day: _Day, now: datetime) -> bool:
    local = make_local(day.year, day.month, day.day)
    return local is not None and local > now + timedelta(days=1)


def _checked(year: int, month: int, day: int, span: tuple[int, int]) -> _Day | None:
    """Return a numeric date as a day; years of the 14th and 15th centuries are those of other calendars."""
    if year in _OTHER_YEARS:
        other = to_gregorian(year, month, day)
        return _Day(other.year, other.month, other.day, *span) if other else None
    return _Day(year, month, day, *span) if make_local(year, month, day) else None


def _named(folded: str, context: Context) -> _Day | None:
    tokens = list(_TOKEN.finditer(folded))
    words = [token[0] for token in tokens]
    months = month_names(words)
    yearless: _Day | None = None
    # Gregorian months first: a Hijri date may stand before or after them.
    for index, (month, width) in sorted(months.items(), key=lambda item: (item[1][0] > SOLAR, item[0])):
        if words[index] == "ago" and not _is_august(words, index, context):
            continue
        before, after = _beside(words, months, index, width)
        for day_at, year_at in (
            (before, after),
            (after, _next_number(words, months, after, month)),
            (after, _year_before(words, index)),
        ):
            if day_at is None or not _is_day(words[day_at]):
                continue
            places = [index, index + width - 1, day_at]
            if year_at is not None and len(words[year_at]) == 4:
                span = _span(tokens, [*places, year_at])
                if day := _of_month(int(words[year_at]), month, int(words[day_at]), span):
                    return day
            if len(folded) <= _LONGEST_YEARLESS:
                yearless = yearless or _without_year(
                    month, int(words[day_at]), _span(tokens, places), context.now
                )
    return yearless


def _span(tokens: list[re.Match[str]], places: list[int]) -> tuple[int, int]:
    return tokens[min(places)].start(), tokens[max(places)].end()


def _is_august(words: list[str], index: int, context: Context) -> bool:
    year = any(len(word) == 4 and word.isdecimal() for word in words[index + 1 : index + 3])
    return year or context.language in _AUGUST


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


def _year_before(words: list[str], index: int) -> int | None:
    """Return where a year stands before its month, as in Hungarian and Burmese ("2026. január 24.")."""
    for place in range(index - 1, max(-1, index - 4), -1):
        if words[place].isdecimal():
            return place if len(words[place]) == 4 else None
    return None


def _is_day(word: str) -> bool:
    return len(word) <= 2 and 1 <= int(word) <= 31


def _of_month(year: int, month: int, day: int, span: tuple[int, int]) -> _Day | None:
    if month < SOLAR:
        return _Day(year, month, day, *span) if year >= 1900 and make_local(year, month, day) else None
    calendar, number = month // 100 * 100, month % 100
    convert = {SOLAR: solar_to_gregorian, LUNAR: lunar_to_gregorian, ETHIOPIAN: ethiopian_to_gregorian}
    found = convert[calendar](year, number, day)
    return _Day(found.year, found.month, found.day, *span) if found else None


def _without_year(month: int, day: int, span: tuple[int, int], now: datetime) -> _Day | None:
    if month > SOLAR:
        return None
    for year in (now.year, now.year - 1):
        local = make_local(year, month, day)
        if local is not None and local <= now + timedelta(days=1):
            return _Day(year, month, day, *span, guessed=True)
    return None

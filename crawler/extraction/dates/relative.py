"""Dates told from the moment of reading: "منذ ساعتين", "2 hours ago", "сегодня, 18:04"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from crawler.extraction.dates.months import fold
from crawler.extraction.dates.stamps import Reading, reading
from crawler.extraction.dates.text import Context, plain, read_clock

_AGO = [
    f" {fold(word)} "
    for word in (
        "ago", "منذ", "قبل", "назад", "тому", "önce", "پیش", "berî", "لەمەوپێش", "پێش", "il y a", "hace", "vor",
        "fa", "há", "geleden", "temu", "لەمەو پێش", "siden", "sedan", "بەر لە", "hapo awali", "kahor", "पहले", "לפני",
    )
]  # fmt: skip
# Beginnings of the words for a unit, folded; the Arabic duals count two by themselves.
_UNITS: tuple[tuple[timedelta, str], ...] = (
    (timedelta(minutes=1), "minute min minuut דק daqiiqo मिनट دقيق دقائق минут мин хвилин хв dakika dk دقیق minut خولەک deqîq دەقیق"),
    (timedelta(hours=1), "hour hr ساعة ساعات ساعت час годин saat heure hora ora timer timmar שע saacad घंट stunde ore godzin uur kat saet kat سەعات کاتژمێر"),
    (timedelta(days=1), "day יום ימים maalmood दिन يوم أيام ايام ден дн дня день дней днів gün jour día dia tag giorn dni dag روز roj ڕۆژ"),
    (timedelta(weeks=1), "week أسبوع اسبوع أسابيع недел тиж hafta semaine semana woche settiman هفته hefte هەفتە"),
)  # fmt: skip
_STEMS = [(unit, tuple(fold(stem) for stem in stems.split())) for unit, stems in _UNITS]
# What is an abbreviation only as a whole word ("3h ago").
_SHORT = {
    "m": timedelta(minutes=1), "h": timedelta(hours=1), "hrs": timedelta(hours=1), "d": timedelta(days=1),
    "w": timedelta(weeks=1), "ч": timedelta(hours=1), "год": timedelta(hours=1), "д": timedelta(days=1),
    "sa": timedelta(hours=1), "std": timedelta(hours=1),
}  # fmt: skip
_DUALS = {
    fold(word): unit
    for unit, word in (
        (timedelta(minutes=2), "دقيقتين"), (timedelta(hours=2), "ساعتين"), (timedelta(days=2), "يومين"),
        (timedelta(weeks=2), "أسبوعين"),
    )
}  # fmt: skip
_TODAY_WORDS = "today heute hoy сегодня сьогодні اليوم bugün امروز îro ئەمڕۆ oggi hoje"
_YESTERDAY_WORDS = "yesterday gestern hier ayer вчера вчора أمس امس dün دیروز duh دوێنێ ieri ontem"
_TODAY = fold(_TODAY_WORDS).split()
_YESTERDAY = fold(_YESTERDAY_WORDS).split()
_WORD = re.compile(r"\d+|[^\W\d_]+")
_LONGEST = 60  # "Last updated 2 hours ago by ..." and no prose


def read_relative(text: str, context: Context) -> Reading | None:
    """Return the moment that a relative date names, told from `context.now` (the fetch, in local time), or None.

    Minutes ago are exact to the minute; hours, days and weeks ago are given as a day, since that is all they
    are sure to tell; all are marked as guessed. "Today" and "yesterday" count only together with a time of day.
    """
    if len(text) > _LONGEST:
        return None
    folded = plain(text)
    words = _WORD.findall(folded)
    spaced = f" {' '.join(words)} "
    if any(map(spaced.__contains__, _AGO)):
        return _ago(words, context.now)
    for names, days in ((_TODAY, 0), (_YESTERDAY, 1)):
        if any(word in names for word in words):
            return _named_day(folded, context.now - timedelta(days=days))
    return None


def _ago(words: list[str], now: datetime) -> Reading | None:
    for index, word in enumerate(words):
        amount = int(word) if word.isdecimal() and len(word) <= 3 else None
        if word in _DUALS:
            return _before(now, _DUALS[word])
        unit = _unit(words[index + 1]) if amount is not None and index + 1 < len(words) else None
        if amount is not None and unit is not None:
            return _before(now, amount * unit)
    single = next((unit for unit in map(_unit, words) if unit is not None), None)
    return None if single is None or any(word.isdecimal() for word in words) else _before(now, single)


def _unit(word: str) -> timedelta | None:
    if word in _SHORT:
        return _SHORT[word]
    return next((unit for unit, stems in _STEMS if word.startswith(stems)), None)


def _before(now: datetime, span: timedelta) -> Reading | None:
    moment = now - span
    if span < timedelta(hours=1):
        return reading(moment.replace(second=0, microsecond=0), None, "minute", guessed=True)
    return reading(moment.replace(hour=0, minute=0, second=0, microsecond=0), None, "day", guessed=True)


def _named_day(folded: str, day: datetime) -> Reading | None:
    found = read_clock(folded)
    if found is None:
        return None
    (hour, minute, second), offset, precision = found
    at = day.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return reading(at, offset, precision, guessed=True)

"""A year of coverage: what each day of it looks like, and the figure made of that.

A day is told by its shape first and by its colour second: whoever sees no colours sees the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from archive.text.counting import counted
from archive.views.coverage import Coverage, Period

CELL = 13  # of the figure's units, a day's side with the gap behind it
_SIDE = 10
_LEFT, _TOP = 30, 16
_LEVELS = 4
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WEEKDAYS = ((0, "Mon"), (2, "Wed"), (4, "Fri"))

# As short as they can be: a page has a day 365 times.
_DAY = Markup('<a tabindex="-1" href="{}"><title>{}</title>{}</a>')
_SQUARE = Markup('<path class="{}" d="M{} {}h10v10h-10z"/>')
_CROSSED = Markup('<path class="failed" d="M{} {}h10v10h-10zl10 10m0-10l-10 10"/>')
_HALF = Markup('<path class="a{} half" d="M{} {}h10l-10 10z"/>')
_DOT = Markup('<circle class="none" cx="{}" cy="{}" r="1.5"/>')
_TEXT = Markup('<text x="{}" y="{}">{}</text>')


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row of which nothing is known, for the same reason; or one day of which something is.

    first, last: YYYY-MM-DD. words: what is known.
    """

    first: str
    last: str
    state: str
    words: str
    period: Period | None


def state(period: Period) -> str:
    """Return what a day is shown as: archived, partly (archived and failed), failed, other, silent or not-crawled.

    other: addresses are known, but were left out, or wait. silent: a run looked, and nothing is known of the day.
    """
    if period.archived:
        return "partly" if period.failed else "archived"
    if period.failed:
        return "failed"
    if period.known:
        return "other"
    return "silent" if period.crawled else "not-crawled"


def in_words(period: Period) -> str:
    """Return what is known of a day: "12 archived, 1 failed"."""
    counts = (
        (period.archived, "archived"),
        (sum(period.failed.values()), "failed"),
        (sum(period.skipped.values()), "left out"),
        (period.waiting, "not tried yet"),
    )
    told = ", ".join(f"{number} {word}" for number, word in counts if number)
    return told or ("silent: we looked, and there was nothing" if period.crawled else "not crawled")


def stretches(found: Coverage) -> list[Stretch]:
    """Return the days of a year in order, those of which nothing is known put together."""
    made: list[Stretch] = []
    for is_known, periods in groupby(found.periods, lambda each: state(each) if not each.known else ""):
        days = list(periods)
        if is_known:
            words = (
                f"{in_words(days[0])} ({counted(len(days), 'day')})" if len(days) > 1 else in_words(days[0])
            )
            made.append(Stretch(days[0].period, days[-1].period, is_known, words, None))
        else:
            made += [Stretch(day.period, day.period, state(day), in_words(day), day) for day in days]
    return made


def figure(found: Coverage, address: Callable[[str], str]) -> Markup:
    """Return the inside of an SVG with a column for each week and a row for each weekday.

    address: the address of a day's reports.
    """
    most = max((period.archived for period in found.periods), default=0)
    return Markup().join([*_labels(found.since), *_days(found.periods, most, address)])


def width(found: Coverage) -> int:
    """Return how wide the figure is, in its own units."""
    return _LEFT + CELL * (_column(found.until, found.since) + 2)  # the last month's name needs two columns


def height() -> int:
    """Return how high the figure is."""
    return _TOP + 7 * CELL


def _days(periods: Sequence[Period], most: int, address: Callable[[str], str]) -> Iterator[Markup]:
    first = date.fromisoformat(periods[0].period)
    for period in periods:
        day = date.fromisoformat(period.period)
        shape = _shape(period, most, _LEFT + CELL * _column(day, first), _TOP + CELL * day.weekday())
        told = f"{period.period}: {in_words(period)}"
        yield _DAY.format(address(period.period), told, shape)


def _shape(period: Period, most: int, x: int, y: int) -> Markup:
    kind = state(period)
    if kind == "not-crawled":
        # the square that is not seen is there to be pointed at
        return _SQUARE.format("hit", x, y) + _DOT.format(x + _SIDE / 2, y + _SIDE / 2)
    if kind in {"archived", "partly"}:
        level = 1 + (_LEVELS - 1) * period.archived // most
        return _HALF.format(level, x, y) if kind == "partly" else _SQUARE.format(f"a{level}", x, y)
    return _CROSSED.format(x, y) if kind == "failed" else _SQUARE.format(kind, x, y)


def _labels(first: date) -> Iterator[Markup]:
    for row, name in _WEEKDAYS:
        yield _TEXT.format(0, _TOP + CELL * row + 9, name)
    for month, name in enumerate(_MONTHS, start=1):
        yield _TEXT.format(_LEFT + CELL * _column(date(first.year, month, 1), first), 10, name)


def _column(day: date, first: date) -> int:
    return ((day - first).days + first.weekday()) // 7

"""Bars over time, as numbers that a template draws: SVG made on the server, without a script or a style inside the page."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from enum import StrEnum

MOST = 120  # bars: more can't be told apart on a phone
_MOST_DAYS = 92


class Unit(StrEnum):
    """What a bar stands for."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Slot:
    """A stretch of time. name: as the query language writes it; first, last: its days. counts: a number for each series."""

    name: str
    first: date
    last: date
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the number over all series."""
        return sum(self.counts)


@dataclass(frozen=True)
class Bar:
    """A rectangle in a picture of 10 units a slot by 100 high. series: its place among the counts."""

    x: float
    y: float
    height: float
    series: int


@dataclass(frozen=True)
class Timeline:
    """Slots without a gap, the first first. highest: of their totals. earlier: what lies before the first, and is not shown."""

    unit: Unit
    slots: tuple[Slot, ...]
    earlier: int = 0

    @property
    def highest(self) -> int:
        """Return the greatest total."""
        return max((slot.total for slot in self.slots), default=0)

    @property
    def width(self) -> int:
        """Return the width of the picture."""
        return 10 * len(self.slots)

    def bars(self, at: int) -> Iterator[Bar]:
        """Give the bars of a slot, from the ground up; what is not nothing can be seen."""
        top = 100.0
        for series, count in enumerate(self.slots[at].counts):
            if count:
                height = max(1.5, 100 * count / max(1, self.highest))
                top = max(0.0, top - height)
                yield Bar(10 * at + 1, round(top, 2), round(min(height, 100 - top), 2), series)


def timeline(days: Iterable[tuple[str, int]], unit: Unit | None = None) -> Timeline | None:
    """Return counts by day (YYYY-MM-DD) as a timeline of days, months or years, by their span; None without a day.

    Days that are none are left out: anybody may have written them.
    """
    counts: dict[date, tuple[int, ...]] = {}
    for text, count in days:
        if (day := _date(text)) is not None:
            counts[day] = (count,)
    return stacked(counts, 1, unit or _unit(min(counts), max(counts))) if counts else None


def stacked(
    counts: Mapping[date, Sequence[int]], series: int, unit: Unit, span: tuple[date, date] | None = None
) -> Timeline:
    """Return counts by day, of so many series, as a timeline; span: its first and last day."""
    first, last = span or (min(counts), max(counts))
    sums: dict[str, Counter[int]] = {}
    for day, each in counts.items():
        sums.setdefault(_name(day, unit), Counter()).update(dict(enumerate(each)))
    names = list(_names(first, last, unit))
    earlier = sum(sum(sums[name].values()) for name in sums if name < names[-MOST:][0])
    slots = []
    for name in names[-MOST:]:
        found = sums.get(name, Counter())
        slots.append(Slot(name, *_ends(name), tuple(found[number] for number in range(series))))
    return Timeline(unit, tuple(slots), earlier)


def _unit(first: date, last: date) -> Unit:
    if (last - first).days < _MOST_DAYS:
        return Unit.DAY
    months = 12 * (last.year - first.year) + last.month - first.month + 1
    return Unit.MONTH if months <= MOST else Unit.YEAR


def _name(day: date, unit: Unit) -> str:
    return day.isoformat()[: {Unit.DAY: 10, Unit.MONTH: 7, Unit.YEAR: 4}[unit]]


def _names(first: date, last: date, unit: Unit) -> Iterator[str]:
    """Give the names of all slots between two days."""
    if unit is Unit.DAY:
        for number in range((last - first).days + 1):
            yield (first + timedelta(days=number)).isoformat()
    elif unit is Unit.MONTH:
        for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
            yield f"{number // 12:04}-{number % 12 + 1:02}"
    else:
        yield from (f"{year:04}" for year in range(first.year, last.year + 1))


def _ends(name: str) -> tuple[date, date]:
    year, month, day = (int(part) if part else 0 for part in (*name.split("-"), "", "")[:3])
    last_month = month or 12
    last_day = day or calendar.monthrange(min(year, MAXYEAR), last_month)[1]
    return date(year, month or 1, day or 1), date(year, last_month, last_day)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""What the search index holds of a report besides its words: its source, its language and its day, as words of its own.

So that a search that is limited to a source or to some days need not look at each report that has the words: the index
skips from one that is within the limits to the next. They stand behind the words of `folded_words`, which weighs nothing in
the ranking.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

# One letter of private use begins them all; `without` keeps it out of the texts themselves.
MARK = "\ue001"
UNDATED = f"{MARK}u"
_OTHER = "\ue002"
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DECEMBER = 12


def without(text: str) -> str:
    """Return a text in which nothing can be taken for a key; it has as many words as before."""
    return text.replace(MARK, _OTHER) if MARK in text else text


def of_report(source: str | None, language: str | None, published_at: str | None) -> str:
    """Return the keys of a report, apart by spaces; published_at as the archive has it.

    Each report has as many, since the ranking looks at how many words a report has.
    """
    keys = [of_source(source or ""), of_language(language or "")]
    if found := _DAY.match(published_at or ""):
        year, month, day = found.groups()
        keys += (f"{MARK}d{year}", f"{MARK}d{year}{month}", f"{MARK}d{year}{month}{day}")
    else:
        keys += [UNDATED] * 3
    return " ".join(keys)


def of_source(source: str) -> str:
    """Return the key of a source: its id in letters that are of one word in any index."""
    return f"{MARK}s{source.encode(errors='replace').hex()}"


def of_language(language: str) -> str:
    """Return the key of a language, whatever the case of its code."""
    return f"{MARK}l{language.lower().encode(errors='replace').hex()}"


def of_days(first: date, last: date) -> list[str]:
    """Return keys of which each report from `first` to `last` (both included) has one, and no other report: as few as can be."""
    return [f"{MARK}d{key}" for key in _periods(first, last)]


def of_month(year: int, month: int) -> str:
    """Return the key that the reports of a month have."""
    return f"{MARK}d{year:04}{month:02}"


def expression(keys: Iterable[str]) -> str:
    """Return the FTS5 expression for any of these keys; with none, one that no report matches."""
    wanted = [f'"{key}"' for key in dict.fromkeys(keys)] or ['""']
    return wanted[0] if len(wanted) == 1 else f"({' OR '.join(wanted)})"


def _periods(first: date, last: date) -> Iterator[str]:
    """Give whole years, the months that are left, and the days that are left."""
    at = first
    while at <= last:
        year_end, month_end = date(at.year, _DECEMBER, 31), _month_end(at)
        if at.month == at.day == 1 and year_end <= last:
            yield f"{at.year:04}"
            at = year_end
        elif at.day == 1 and month_end <= last:
            yield f"{at.year:04}{at.month:02}"
            at = month_end
        else:
            yield f"{at.year:04}{at.month:02}{at.day:02}"
        if at == date.max:
            return
        at += timedelta(days=1)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])

"""Dates as feeds and sitemaps write them, and which of them can be true."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST_YEAR = 1995  # no outlet was on the web before
LATEST_YEAR = 2100  # year 9999 stands for "never"; what lies only just ahead is the extraction's to judge
_W3C = re.compile(
    r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]{1,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,12})?)?"
    r" ?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?)?)?)?$",
    re.IGNORECASE | re.ASCII,
)


def plausible(moment: datetime) -> datetime | None:
    """Return an aware datetime in UTC, or None if no report can be of its year."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return None
    return utc if EARLIEST_YEAR <= utc.year <= LATEST_YEAR else None


def w3c_moment(text: str) -> datetime | None:
    """Return the first instant (aware, UTC) of a W3C date of any length, from `2026` to fractions of a second.

    A time without an offset is taken as UTC. None for what is no such date, or not a plausible one.
    Source: https://www.w3.org/TR/NOTE-datetime, and what sitemaps do to it (a blank for the T, +0300).
    """
    try:
        moment = datetime.fromisoformat(text)  # knows the usual forms, and is ten times as fast
        return plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except ValueError:
        match = _W3C.match(text.strip()[:60])
    return _from_parts(match) if match else None


def _from_parts(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(match[group] or fallback) for group, fallback in
                                              ((1, 0), (2, 1), (3, 1), (4, 0), (5, 0), (6, 0)))  # fmt: skip
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        zone = timezone(-offset if match[8] == "-" else offset)
        return plausible(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone))
    except ValueError:
        return None

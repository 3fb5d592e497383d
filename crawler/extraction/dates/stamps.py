"""Dates that machines wrote: ISO 8601 and its relatives, HTTP dates, seconds since 1970."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from archive.models import Precision

FIRST_YEAR, LAST_YEAR = 1995, 2100  # no news site has a web archive from before; beyond is nonsense

_ISO = re.compile(
    r"^\s*(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
    r"(?:\s*(?:T|\s|,)\s*(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<zone>Z|(?:UTC|GMT)?\s*[+-]\s?\d{1,2}(?::?\d{2})?|[A-Za-z]{2,5})?)?\s*$",
    re.IGNORECASE,
)
# The form that nearly all pages write; the standard library reads it ten times as fast.
_USUAL = re.compile(
    r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}|\.\d{6})?(?:Z|[+-]\d\d:?[0-5]\d)$", re.ASCII
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])\s?(\d{1,2})(?::?([0-5]\d))?$", re.IGNORECASE)
_HTTP = re.compile(r"^(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{1,2}:\d{2}")
_EPOCH = re.compile(r"^(?:/Date\()?(\d{10})(\d{3})?(?:\)/)?$")
_MIDNIGHT = time(0)
_LARGEST_OFFSET = timedelta(hours=14)

# Hours east of Greenwich. Only names that mean one thing in the news we read (IST, for one, does not).
ZONE_NAMES: dict[str, float] = {
    "z": 0, "utc": 0, "gmt": 0, "et": -5, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "bst": 1, "wat": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2, "cat": 2,
    "sast": 2, "eest": 3, "msk": 3, "мск": 3, "eat": 3, "trt": 3, "pkt": 5, "jst": 9, "kst": 9, "aest": 10,
    "aedt": 11, "غرينتش": 0, "جرينتش": 0, "гринвичу": 0, "مكه": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of a moment: the wall clock (naive), its offset from UTC if given, and how exact.

    guessed: part of the day was told from the moment of the fetch ("2 hours ago", "24 January" without a year).
    """

    local: datetime
    offset: timedelta | None
    precision: Precision
    guessed: bool = False


def read_stamp(text: str) -> Reading | None:
    """Return what a machine-made date says, or None if `text` isn't one.

    Midnight, without an offset or at offset zero, is how content systems write a mere day, and is read as one.
    An offset of more than 14 hours is none: the stamp is then read as a wall clock.
    """
    text = text.strip()
    if not 8 <= len(text) <= 64:
        return None
    if _USUAL.match(text) and (usual := _from_usual(text)):
        return usual
    match = _ISO.match(text)
    if match:
        return _from_iso(match)
    match = _EPOCH.match(text)
    if match:
        moment = datetime.fromtimestamp(int(match[1]), UTC)
        return reading(moment.replace(tzinfo=None), timedelta(0), "second")
    return _from_http(text) if _HTTP.match(text) else None


def read_offset(text: str | None) -> timedelta | None:
    """Return the offset from UTC that "Z", "+0300", "GMT+3" or a name such as "EEST" stands for."""
    if not text:
        return None
    text = text.strip()
    match = _OFFSET.match(text)
    if match:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return _offset(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    hours = ZONE_NAMES.get(text.casefold())
    return None if hours is None else timedelta(hours=hours)


def _offset(offset: timedelta) -> timedelta | None:
    return offset if abs(offset) <= _LARGEST_OFFSET else None


def reading(
    local: datetime, offset: timedelta | None, precision: Precision, *, guessed: bool = False
) -> Reading | None:
    """Return a Reading, or None where the year can't be that of a report on the web."""
    if not FIRST_YEAR - 1 <= local.year <= LAST_YEAR:
        return None
    return Reading(local, offset, precision, guessed)


def make_local(year: int, month: int, day: int, clock: tuple[int, int, int] = (0, 0, 0)) -> datetime | None:
    """Return the naive datetime of these numbers, or None where there is no such day or hour."""
    try:
        return datetime(year, month, day, *clock)  # noqa: DTZ001 - the wall clock; its zone comes later
    except ValueError:
        return None


def _from_usual(text: str) -> Reading | None:
    try:
        moment = datetime.fromisoformat(text)
        offset = moment.utcoffset()
    except ValueError:
        return None
    local = moment.replace(tzinfo=None, microsecond=0)
    if not offset and local.time() == _MIDNIGHT:
        return reading(local, None, "day")
    return reading(local, _offset(offset or timedelta(0)), "second")


def _from_iso(match: re.Match[str]) -> Reading | None:
    numbers = [int(match[name] or 0) for name in ("hour", "minute", "second")]
    local = make_local(
        int(match["year"]), int(match["month"]), int(match["day"]), (numbers[0], numbers[1], numbers[2])
    )
    if local is None:
        return None
    offset = read_offset(match["zone"])
    bare = match["hour"] is None or not (any(numbers) or offset)
    precision: Precision = "day" if bare else "minute" if match["second"] is None else "second"
    return reading(local, None if bare else offset, precision)


def _from_http(text: str) -> Reading | None:
    try:
        moment = parsedate_to_datetime(text)
        given = moment.utcoffset()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    precision: Precision = "second" if text.count(":") >= 2 else "minute"
    # It takes a zone that it doesn't know for none.
    offset = read_offset(text.rsplit(" ", 1)[-1]) if given is None else _offset(given)
    return reading(moment.replace(tzinfo=None), offset, precision)

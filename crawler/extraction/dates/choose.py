"""Which of a page's dates is the day it was published: candidates of every origin, weighed by how far to trust them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from archive.models import Precision, PublishedDate
from crawler.extraction.dates.stamps import Reading
from crawler.extraction.page import Hints

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(hours=24)  # a day or a wall clock without a zone may be ahead of UTC
_LONGEST_TEXT = 200


class Trust(IntEnum):
    """How far an origin is believed; lower goes first."""

    JSON_LD = 0
    META = 1
    META_OTHER = 2
    TIME_MARKED = 3
    JSON_LD_OTHER = 4
    TIME = 5
    TEXT = 6
    URL = 7
    FEED = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that a page gives: what it says, where it was found, how far that is trusted, the page's words."""

    reading: Reading
    origin: str
    trust: Trust
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What dates are measured against: the fetch (aware), the zone of bare wall clocks, the date in the URL.

    url_day: (year, month, day); the day is None where the address tells a month only. offsets: what other
    dates of the page say is the offset at a wall clock.
    """

    fetched_at: datetime
    zone: ZoneInfo | None
    url_day: tuple[int, int, int | None] | None
    offsets: dict[datetime, timedelta]

    @property
    def local_now(self) -> datetime:
        """Return the fetch as a naive local time."""
        return self.fetched_at.astimezone(self.zone or UTC).replace(tzinfo=None)


def make_frame(
    fetched_at: datetime,
    hints: Hints,
    url_day: tuple[int, int, int | None] | None,
    readings: Iterable[Reading],
) -> Frame:
    """Return the Frame of a page fetched at `fetched_at` (aware) that gives these `readings`.

    Raises ZoneInfoNotFoundError for a hints.time_zone that is no IANA zone (the catalogue checks it).
    """
    zone = ZoneInfo(hints.time_zone) if hints.time_zone else None
    offsets = {
        reading.local.replace(second=0, microsecond=0): reading.offset
        for reading in readings
        if reading.offset is not None and reading.precision != "day"
    }
    return Frame(fetched_at, zone, url_day, offsets)


def choose_published(candidates: Iterable[Candidate], frame: Frame) -> PublishedDate | None:
    """Return the most trusted plausible candidate as a UTC moment, or None.

    Where it tells a day only, the time of the next one that is of the same local day is added, and `origin`
    names both ("json-ld:datePublished+time"). Never later than the fetch, save for a day's tolerance where the
    zone is not known, and never before 1995.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.trust)
    days = {candidate.trust: candidate.reading.local.date() for candidate in reversed(ordered)}
    plausible = [
        candidate
        for candidate in ordered
        if resolve(candidate.reading, frame) is not None
        and not _shown_above_every_story(candidate, days, frame)
    ]
    if not plausible:
        return None
    best = plausible[0]
    if best.reading.precision == "day":
        best = _with_time(best, plausible, frame)
    moment = resolve(best.reading, frame)
    if moment is None:
        return None
    return PublishedDate(moment, best.reading.precision, best.origin, best.text[:_LONGEST_TEXT])


def choose_modified(
    candidates: Iterable[Candidate], published: PublishedDate | None, frame: Frame
) -> datetime | None:
    """Return the most trusted plausible moment of change, if it isn't before the publication."""
    for candidate in sorted(candidates, key=lambda candidate: candidate.trust):
        moment = resolve(candidate.reading, frame)
        if moment is not None and (published is None or moment >= published.moment):
            return moment
    return None


def resolve(reading: Reading, frame: Frame) -> datetime | None:
    """Return a reading as a moment in UTC, or None if it can't be when a fetched page was published.

    Without an offset the wall clock is the frame's zone's, else that of a date of the same page which shows the
    same clock with an offset, else UTC. A day is its first second in UTC.
    """
    local = reading.local
    offset = reading.offset
    if reading.precision == "day":
        moment = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    elif offset is not None:
        moment = (local - offset).replace(tzinfo=UTC)
    elif frame.zone is not None:
        moment = local.replace(tzinfo=frame.zone).astimezone(UTC)
    else:
        known = frame.offsets.get(local.replace(second=0, microsecond=0), timedelta(0))
        moment = (local - known).replace(tzinfo=UTC)
    sure = offset is not None and reading.precision != "day"
    latest = frame.fetched_at if sure else frame.fetched_at + _TOLERANCE
    return moment if EARLIEST <= moment <= latest else None


def _with_time(best: Candidate, plausible: list[Candidate], frame: Frame) -> Candidate:
    for other in plausible:
        reading = other.reading
        if reading.precision != "day" and reading.local.date() == best.reading.local.date():
            kind = other.origin.split(":")[0].split("[")[0]
            joined = replace(best, reading=reading, origin=f"{best.origin}+{kind}")
            if resolve(joined.reading, frame) is not None:
                return joined
    return best


def _shown_above_every_story(candidate: Candidate, days: dict[Trust, date], frame: Frame) -> bool:
    """Return whether a visible date is the page's calendar, or another story's, rather than the report's date."""
    if candidate.trust not in {Trust.TIME, Trust.TEXT}:
        return False
    day = candidate.reading.local.date()
    today = abs((day - frame.local_now.date()).days) == 0
    if frame.url_day is not None:
        year, month, url_day = frame.url_day
        if url_day is None:
            return today and (year, month) != (day.year, day.month)
        return abs((date(year, month, url_day) - day).days) > (1 if today else 2)
    feed_day = days.get(Trust.FEED)
    return today and feed_day is not None and abs((feed_day - day).days) > 1


def whole_day(year: int, month: int, day: int) -> Reading:
    """Return the reading of a mere day. Raises ValueError where there is no such day."""
    precision: Precision = "day"
    return Reading(datetime(year, month, day), None, precision)  # noqa: DTZ001 - a day has no zone

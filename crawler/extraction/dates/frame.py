"""What a page's dates are measured against: the fetch, the source's clock, the address, the feed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.extraction.dates.candidates import Candidate, Finds, Trust
from crawler.extraction.dates.given import url_day
from crawler.extraction.dates.stamps import Reading
from crawler.extraction.page import Hints

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(hours=24)  # a day or a wall clock without a zone may be ahead of UTC
_LARGEST_OFFSET = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)  # every offset in use is a number of these


@dataclass(frozen=True, slots=True)
class Frame:
    """What dates are measured against.

    fetched_at: aware. zone: of wall clocks whose page gives no offset. url_day: (year, month, day) in the address;
    the day is None where it tells a month only. offsets: what other dates of the page say is the offset at a wall
    clock. hint_day: the day of the feed, sitemap or listing, on the source's clock; hint_origin: which it was.
    last_change: the day of the latest change that the page's data tell; hint_change: that of the sitemap or feed.
    """

    fetched_at: datetime
    zone: ZoneInfo | None
    url_day: tuple[int, int, int | None] | None
    offsets: Mapping[datetime, timedelta]
    hint_day: date | None = None
    hint_origin: str = "feed"
    last_change: date | None = None
    hint_change: date | None = None

    @property
    def local_now(self) -> datetime:
        """Return the fetch as a naive local time."""
        return self.fetched_at.astimezone(self.zone or UTC).replace(tzinfo=None)


def make_frame(fetched_at: datetime, hints: Hints, url: str, finds: Finds) -> Frame:
    """Return the Frame of the page at `url` that was fetched at `fetched_at` (aware) and gives these dates.

    Raises ZoneInfoNotFoundError for a hints.time_zone that is no IANA zone (the catalogue checks it).
    """
    zone = ZoneInfo(hints.time_zone) if hints.time_zone else None
    every = (*finds.published, *finds.modified)
    frame = Frame(
        fetched_at, zone, url_day(url), _offsets([found.reading for found in every if found.reading])
    )
    hint = next((found for found in finds.published if found.trust is Trust.HINT and found.reading), None)
    if hint is not None and hint.reading is not None and resolve(hint.reading, frame):
        frame = replace(frame, hint_day=hint.reading.local.date(), hint_origin=hint.origin)
    return replace(
        frame,
        last_change=_last_change(finds.modified, frame, {Trust.JSON_LD, Trust.META}),
        hint_change=_last_change(finds.modified, frame, {Trust.HINT}),
    )


def resolve(reading: Reading, frame: Frame) -> datetime | None:
    """Return a reading as a moment in UTC, or None if it can't be when a fetched page was published.

    Without an offset the wall clock has that of a date of the same page which shows the same clock with one, else
    it's the frame's zone's, else UTC. A day is its first second in UTC. A stamp in the future that says UTC, and
    as the source's own clock is past, is its own clock's: many sites write "Z" after it.
    """
    moment = to_moment(reading, frame)
    sure = reading.offset is not None and reading.precision != "day"
    if sure and reading.offset == timedelta(0) and moment > frame.fetched_at and frame.zone is not None:
        moment = reading.local.replace(tzinfo=frame.zone).astimezone(UTC)
    latest = frame.fetched_at if sure else frame.fetched_at + _TOLERANCE
    return moment if EARLIEST <= moment <= latest else None


def to_moment(reading: Reading, frame: Frame) -> datetime:
    """Return a reading as a moment in UTC, plausible or not."""
    local = reading.local
    if reading.precision == "day":
        return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    offset = reading.offset if reading.offset is not None else frame.offsets.get(_minute(local))
    if offset is not None:
        return (local - offset).replace(tzinfo=UTC)
    return local.replace(tzinfo=frame.zone or UTC).astimezone(UTC)


def _offsets(readings: list[Reading]) -> dict[datetime, timedelta]:
    """Return wall clocks (to the minute) whose offset another date of the page gives.

    Either it shows the same clock, or the same moment by another: 18:04:11, and 15:04:11Z, is three hours ahead.
    """
    timed = [reading for reading in readings if reading.precision != "day"]
    sure = [reading for reading in timed if reading.offset is not None]
    if len(sure) == len(timed):
        return {}
    bare = [reading for reading in timed if reading.offset is None and reading.local.second]
    found: dict[datetime, timedelta] = {}
    for reading in bare:
        for other in sure:
            ahead = reading.local - (other.local - (other.offset or timedelta(0)))
            if other.local.second and abs(ahead) <= _LARGEST_OFFSET and not ahead % _QUARTER:
                found.setdefault(_minute(reading.local), ahead)
    for reading in reversed(sure):
        found[_minute(reading.local)] = reading.offset or timedelta(0)
    return found


def _minute(local: datetime) -> datetime:
    return local.replace(second=0, microsecond=0)


def _last_change(modified: Iterable[Candidate], frame: Frame, trusts: Container[Trust]) -> date | None:
    days = [
        found.reading.local.date()
        for found in modified
        if found.reading is not None and found.trust in trusts and resolve(found.reading, frame) is not None
    ]
    return max(days, default=None)

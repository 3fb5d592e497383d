"""What is known of a report's dates without looking at its page: from its address, and from whoever led to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.extraction.dates.candidates import Candidate, Finds, Trust, whole_day
from crawler.extraction.dates.months import GREGORIAN, fold
from crawler.extraction.dates.stamps import Reading, make_local
from crawler.extraction.page import Hints

_URL_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<gap>[/_.-]?)(?P<month>0?[1-9]|1[0-2])(?:(?P=gap)|(?<=/\d\d))"
    r"(?P<day>0[1-9]|[12]\d|3[01]|(?<=/)[1-9])(?!\d)"
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2]|[A-Za-z]{3})(?=/)")


def url_day(url: str) -> tuple[int, int, int | None] | None:
    """Return the (year, month, day) in an address, day None where it tells the month only, or None."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    match = _URL_DAY.search(path)
    if match and make_local(int(match["year"]), int(match["month"]), int(match["day"])):
        return int(match["year"]), int(match["month"]), int(match["day"])
    match = _URL_MONTH.search(path)
    if not match:
        return None
    month = int(match[2]) if match[2].isdecimal() else GREGORIAN.get(fold(match[2]))
    return (int(match[1]), month, None) if month else None


def given_dates(url: str, hints: Hints) -> Finds:
    """Return what is known without looking at the page: the address's day, and the moments that `hints` give.

    Their origin is what led to the page: "feed", "sitemap", "listing" or "manual" ("feed" where it isn't known).
    """
    published: list[Candidate] = []
    modified: list[Candidate] = []
    day = url_day(url)
    if day is not None and day[2] is not None:
        text = "-".join(f"{part:02d}" for part in day if part is not None)
        published.append(Candidate(whole_day(day[0], day[1], day[2]), "url", Trust.URL, text))
    for moment, found in ((hints.published_at, published), (hints.modified_at, modified)):
        if moment is not None:
            said = Candidate(_hinted(moment, hints), hints.via or "feed", Trust.HINT, moment.isoformat())
            found.append(said)
    return Finds(tuple(published), tuple(modified))


def _hinted(moment: datetime, hints: Hints) -> Reading | None:
    """Return a hint as a reading on the source's clock; midnight UTC is how a mere day arrives here.

    None where that clock has no such moment: feeds give the year 9999.
    """
    try:
        in_utc = moment.astimezone(UTC)
        local = moment.astimezone(ZoneInfo(hints.time_zone) if hints.time_zone else UTC)
    except OverflowError:
        return None
    if in_utc.time() == time(0):
        return Reading(in_utc.replace(tzinfo=None), None, "day")
    return Reading(local.replace(tzinfo=None), local.utcoffset(), "second")

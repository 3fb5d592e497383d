"""In which order the sitemaps of an index and the pages of a listing are walked, and where a walk ends.

Pure bookkeeping: the spider asks for the next address, and tells what it held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import unquote

from crawler.discovery.sitemaps import SitemapChild

Days = tuple[date, date]

_YEARS = r"(?<!\d)((?:19|20)\d\d)"
_DAY_IN_NAME = re.compile(_YEARS + r"[-_/.]?(0[1-9]|1[0-2])[-_/.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH_IN_NAME = re.compile(_YEARS + r"(?:[-_/.]?(0[1-9]|1[0-2])|[-_/.]([1-9]))(?!\d)")
_MONTH_IN_QUERY = re.compile(r"(?:yyyy|year|y)=((?:19|20)\d\d)&(?:amp;)?(?:mm|month|m)=(0?[1-9]|1[0-2])(?!\d)"
                             r"(?:&(?:amp;)?(?:dd|day|d)=(0?[1-9]|[12]\d|3[01])(?!\d))?")  # fmt: skip
_YEAR_IN_NAME = re.compile(_YEARS + r"(?!\d)")
_ALWAYS = 2
_TRUST = timedelta(days=30)
_MARGIN = timedelta(days=1)  # a site's month begins in its own time zone


def days_in_name(url: str) -> Days | None:
    """Return the first and last day of what a sitemap's name says that it's about: a day, a month, a year.

    None if it doesn't say, or names days that there are not.
    """
    name = unquote(url.split("://", 1)[-1].partition("/")[2])
    try:
        if match := _MONTH_IN_QUERY.search(name):
            return _days(match[1], match[2], match[3])
        if match := _DAY_IN_NAME.search(name):
            return _days(match[1], match[2], match[3])
        if match := _MONTH_IN_NAME.search(name):
            return _days(match[1], match[2] or match[3], None)
        if match := _YEAR_IN_NAME.search(name):
            return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    except ValueError:
        return None
    return None


def _days(year: str, month: str, day: str | None) -> Days:
    if day is not None:
        only = date(int(year), int(month), int(day))
        return only, only
    first = date(int(year), int(month), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def last_day(lastmod: datetime | None) -> date | None:
    """Return the last day on which a sitemap that was last modified then may have been.

    A month or a year is read as its first instant, so such an instant may stand for all of it.
    """
    if lastmod is None:
        return None
    day = lastmod.astimezone(UTC).date()
    if lastmod.day == 1 and lastmod.time() == time.min:
        day += timedelta(days=365 if lastmod.month == 1 else 31)
    return day


@dataclass(frozen=True, slots=True)
class Range:
    """The days (UTC, both inclusive) that a run is about; None where it's open."""

    since: date | None = None
    until: date | None = None

    def may_hold(self, child: SitemapChild) -> bool:
        """Tell whether a sitemap may list reports of these days, by its own date and the days in its name."""
        days, changed = days_in_name(child.url), last_day(child.lastmod)
        if self.since is not None:
            if changed is not None and changed < self.since:
                return False
            if days is not None and days[1] + _MARGIN < self.since:
                return False
        return not (self.until is not None and days is not None and days[0] - _MARGIN > self.until)


@dataclass(frozen=True, slots=True)
class Known:
    """A sitemap that was read whole before: when, and what its index then said of its last change."""

    read_at: datetime
    lastmod: datetime | None = None

    def is_unchanged(self, child: SitemapChild) -> bool:
        """Tell whether the index gives the same time as then; a mere day must be over since."""
        if child.lastmod is None or child.lastmod != self.lastmod:
            return False
        is_day = child.lastmod.time() == time.min
        return not is_day or self.read_at - child.lastmod > timedelta(days=2)


@dataclass(slots=True)
class SitemapWalk:
    """The sitemaps of one index, newest first, one at a time.

    Once one of them held nothing new, the older ones that were read whole before are left out, and so are those
    of which the index says that they have not changed; those that never were are walked all the same, so that a
    first run that broke off is made good. An index may be wrong about its sitemaps: the first two are always
    looked at, and every other one from time to time. thorough: leave none out.
    """

    children: list[SitemapChild]
    is_ordered: bool
    thorough: bool = False
    pruned: int = 0
    left_out: int = 0
    walked: int = 0
    _is_stale: bool = field(default=False)

    @classmethod
    def over(cls, children: Iterable[SitemapChild], days: Range, *, thorough: bool = False) -> SitemapWalk:
        """Return the walk over an index's sitemaps that may hold reports of these days."""
        given = list(children)
        kept = [child for child in given if days.may_hold(child)]
        dated = {child.url: _newness(child) for child in kept}
        is_ordered = all(dated.values())
        if is_ordered:
            kept.sort(key=lambda child: dated[child.url] or date.min, reverse=True)
        return cls(kept, is_ordered, thorough, pruned=len(given) - len(kept))

    def next(self, known: Callable[[str], Known | None], now: datetime) -> SitemapChild | None:
        """Return the next sitemap to walk, and None at the end. known: what is known of the one at a URL."""
        while self.children:
            child = self.children.pop(0)
            if self._may_leave_out(child, known(child.url), now):
                self.left_out += 1
                continue
            self.walked += 1
            return child
        return None

    def _may_leave_out(self, child: SitemapChild, before: Known | None, now: datetime) -> bool:
        if before is None or self.thorough or self.walked < _ALWAYS or now - before.read_at > _TRUST:
            return False
        return self._is_stale or before.is_unchanged(child)

    def held(self, fresh: int) -> None:
        """Tell how many reports of the last one were new."""
        self._is_stale = self._is_stale or (self.is_ordered and fresh == 0)


def _newness(child: SitemapChild) -> date | None:
    days = days_in_name(child.url)
    return days[1] if days else (child.lastmod.astimezone(UTC).date() if child.lastmod else None)


@dataclass(slots=True)
class ListingWalk:
    """The pages of one listing, from the newest on.

    template: its address, with {page} if its pages are numbered. max_pages: of one run. thorough: go on past
    pages that hold nothing new.
    """

    template: str
    max_pages: int
    thorough: bool = False
    page: int = 1
    seen: set[int] = field(default_factory=set)

    def first(self) -> str:
        """Return the address of its first page."""
        return self.numbered(1)

    def numbered(self, page: int) -> str:
        """Return the address of a page."""
        return self.template.replace("{page}", str(page))

    def next(self, keys: Iterable[str], fresh: int, next_url: str | None) -> str | None:
        """Return the page after one that listed reports with these url_keys, and None at the end.

        fresh: how many of them were new. next_url: what the page itself calls its next one.
        """
        hashes = {hash(key) for key in keys}
        is_new = not hashes <= self.seen
        self.seen |= hashes
        if not is_new or self.page >= self.max_pages or not (fresh or self.thorough):
            return None
        following = self.numbered(self.page + 1) if "{page}" in self.template else next_url
        if following is not None:
            self.page += 1
        return following

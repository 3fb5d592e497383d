"""The world of the virtual month: outlets, what each publishes and when, and what goes wrong with it.

Nothing here serves or crawls: from a seed comes a plan that says of every instant what is public, where it is
listed, and whether the host answers. The server shows this world, and the judge asks it what could be known.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

FIRST_DAY = datetime(2026, 9, 14, tzinfo=UTC)  # a Monday, so that 30 days reach into the next month's sitemap
BACKLOG = 4  # days of reports that are there when the first crawl begins
MAX_PAGES = 5  # of a listing, as the catalogue entries say
RECENT = 40  # reports in a sitemap of that kind
NEWS_SITEMAP_AGE = timedelta(hours=48)  # as the protocol of news sitemaps has it
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

Style = Literal["dated", "number", "query", "slug"]
FeedKind = Literal["rss", "atom"]
# right: ETag and Last-Modified are true. none: there are none. same: always the same ETag, but everything is
# sent. stuck: always the same ETag, and 304 for it whatever is new.
Tags = Literal["right", "none", "same", "stuck"]
# news: of two days. months: an index, one child a month. flat: everything in one. recent: the last RECENT reports,
# though nothing in the file says so.
SitemapKind = Literal["news", "months", "flat", "recent"]
Snare = Literal["metadata", "loopback", "login"]


class Trouble(StrEnum):
    """What can go wrong with a source for a while, or from an instant on."""

    ERRORS = "errors"  # 500 to everything
    OUTAGE = "outage"  # 503 to everything
    HANGUP = "hangup"  # connections are closed without an answer
    LIMIT = "limit"  # 429 with Retry-After in seconds
    LIMIT_DATE = "limit-date"  # 429 with Retry-After as a date
    QUOTA = "quota"  # 429 after some requests
    ROBOTS = "robots"  # robots.txt answers 503
    BLOCK = "block"  # 403 to all but robots.txt
    CHALLENGE = "challenge"  # "Just a moment ..." for all but robots.txt
    SHELL = "shell"  # report pages without a word of text
    SILENT = "silent"  # nothing is published any more
    MOVES = "moves"  # everything redirects to another host
    REDESIGN = "redesign"  # other markup
    SLOW = "slow"  # pages that take their time
    RESTLESS = "restless"  # every day the sitemap says of every report that it was modified


# While one of these lasts, reports can't be had.
OUT_OF_REACH = frozenset(
    {
        Trouble.ERRORS,
        Trouble.OUTAGE,
        Trouble.HANGUP,
        Trouble.LIMIT,
        Trouble.LIMIT_DATE,
        Trouble.ROBOTS,
        Trouble.BLOCK,
        Trouble.CHALLENGE,
        Trouble.SHELL,
    }
)


@dataclass(frozen=True, slots=True)
class Spell:
    """A trouble and its time."""

    trouble: Trouble
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A report's life. snare: its address redirects to where nobody should go. forbidden: robots.txt says so."""

    number: int
    published: datetime
    edits: tuple[datetime, ...] = ()
    deleted: datetime | None = None
    moved: datetime | None = None
    snare: Snare | None = None
    forbidden: bool = False

    def version(self, now: datetime) -> int:
        """Return how often it was edited."""
        return bisect_right(self.edits, now)

    def lastmod(self, now: datetime) -> datetime:
        """Return when it was last changed, as an honest sitemap says."""
        return self.edits[self.version(now) - 1] if self.version(now) else self.published

    def is_up(self, now: datetime) -> bool:
        """Tell whether it's published and not deleted."""
        return self.published <= now and (self.deleted is None or now < self.deleted)

    def is_moved(self, now: datetime) -> bool:
        """Tell whether its first address redirects to its second."""
        return self.moved is not None and self.moved <= now


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its format, how many reports it holds, and what its validators are worth."""

    kind: FeedKind
    size: int
    tags: Tags


@dataclass(frozen=True, slots=True)
class Site:
    """A source. week: reports a day, from Monday. delay: of its catalogue entry; pace: what robots.txt asks."""

    id: str
    style: Style
    week: tuple[float, ...]
    feed: Feed | None = None
    sitemap: SitemapKind | None = None
    page_size: int = 0  # of its listing; 0: none
    has_validators: bool = True
    delay: float = 0.05
    pace: str | None = None
    spells: tuple[Spell, ...] = ()
    reports: tuple[Report, ...] = ()
    knows_domains: bool = False
    _paths: dict[tuple[int, bool], str] = field(default_factory=dict, repr=False, compare=False)
    _by_path: dict[str, Report] = field(default_factory=dict, repr=False, compare=False)

    @property
    def host(self) -> str:
        """Return the host of its catalogue entry."""
        return f"{self.id}.example"

    @property
    def new_host(self) -> str:
        """Return the host that it moves to, if it does."""
        return f"{self.id}-new.example"

    @property
    def seconds_between(self) -> float:
        """Return how far apart requests have to be, in seconds."""
        if self.pace and self.pace.startswith("Request-rate"):
            requests, _, seconds = self.pace.split(": ")[1].partition("/")
            return max(self.delay, float(seconds) / float(requests))
        return max(self.delay, float(self.pace.split(": ")[1]) if self.pace else 0.0)

    def has(self, trouble: Trouble, now: datetime) -> bool:
        """Tell whether a trouble is on."""
        return any(s.trouble is trouble and s.start <= now < s.end for s in self.spells)

    def spell(self, trouble: Trouble) -> Spell | None:
        """Return the first spell of a trouble."""
        return next((s for s in self.spells if s.trouble is trouble), None)

    def is_reachable(self, now: datetime) -> bool:
        """Tell whether a visitor gets reports, and may fetch them."""
        return not any(s.trouble in OUT_OF_REACH and s.start <= now < s.end for s in self.spells)

    def current_host(self, now: datetime) -> str:
        """Return where it is now."""
        return self.new_host if self.has(Trouble.MOVES, now) else self.host

    # -- what is listed where, newest first ---------------------------------------------------------------

    def live(self, now: datetime) -> list[Report]:
        """Return what is published and not deleted."""
        end = bisect_right(self.reports, now, key=lambda report: report.published)
        return [report for report in reversed(self.reports[:end]) if report.is_up(now)]

    def in_feed(self, now: datetime) -> list[Report]:
        """Return what the feed lists."""
        return self.live(now)[: self.feed.size] if self.feed else []

    def in_sitemap(self, now: datetime) -> list[Report]:
        """Return what the sitemaps list."""
        if self.sitemap is None:
            return []
        live = self.live(now)
        if self.sitemap == "news":
            return [report for report in live if report.published > now - NEWS_SITEMAP_AGE]
        return live[:RECENT] if self.sitemap == "recent" else live

    def in_listing(self, now: datetime) -> list[Report]:
        """Return what the listing's first MAX_PAGES pages list."""
        return self.live(now)[: self.page_size * MAX_PAGES]

    def listed(self, now: datetime) -> set[int]:
        """Return the numbers of all reports that are listed somewhere."""
        found = (*self.in_feed(now), *self.in_sitemap(now), *self.in_listing(now))
        return {report.number for report in found}

    def announced(self, now: datetime) -> set[int]:
        """Return the numbers of the reports whose last modification is told where they're listed."""
        is_told = self.feed is not None and self.feed.kind == "atom"
        found = (*(self.in_feed(now) if is_told else ()), *self.in_sitemap(now))
        return {report.number for report in found}

    def sitemap_lastmod(self, report: Report, now: datetime) -> datetime:
        """Return what the sitemap says of a report."""
        if self.has(Trouble.RESTLESS, now):
            return max(report.lastmod(now), now.replace(hour=0, minute=0, second=0, microsecond=0))
        return report.lastmod(now)

    # -- addresses ----------------------------------------------------------------------------------------

    def path(self, report: Report, now: datetime) -> str:
        """Return a report's path and query as it's listed now."""
        return self.address(report, second=report.is_moved(now))

    def address(self, report: Report, *, second: bool = False) -> str:
        """Return a report's first address on its site, or the second one that it may move to."""
        key = (report.number, second)
        if key not in self._paths:
            self._paths[key] = _address(self, report, second=second)
        return self._paths[key]

    def report_at(self, path: str) -> Report | None:
        """Return the report of a path and query, under its first or its second address."""
        if not self._by_path:
            for report in self.reports:
                for second in (False, True):
                    self._by_path[self.address(report, second=second)] = report
        return self._by_path.get(path)


_PATTERNS: dict[Style, str] = {
    "dated": r"/\d{4}/\d\d/\d\d/[a-z-]+-\d+\.html",
    "number": r"/news/article/\d+",
    "query": r"/\?p=\d+",
    "slug": r"/(?:world|region)/[a-z-]+-\d+",
}
_SLUGS = [
    "airstrike",
    "shelling",
    "ceasefire",
    "convoy",
    "drone",
    "market",
    "hospital",
    "village",
    "crossing",
    "talks",
    "prisoners",
    "aid",
    "fuel",
    "water",
    "front",
    "bridge",
    "school",
    "camp",
    "frontline",
    "envoy",
]


def _address(site: Site, report: Report, *, second: bool) -> str:
    rng = random.Random(f"{site.id}-{report.number}-{second}")
    slug = "-".join(rng.sample(_SLUGS, 4))
    number = 100_000 + report.number + 400_000 * second
    path = {
        "dated": f"/{report.published:%Y/%m/%d}/{slug}-{number}.html",
        "number": f"/news/article/{number}",
        "query": f"/?p={number}",
        "slug": f"/{rng.choice(['world', 'region'])}/{slug}-{number}/",
    }[site.style]
    return f"/private{path}" if report.forbidden else path


def article_pattern(site: Site) -> str:
    """Return the catalogue's pattern for the site's reports."""
    return _PATTERNS[site.style]


def feed_path(feed: Feed) -> str:
    """Return the path of a feed."""
    return "/atom.xml" if feed.kind == "atom" else "/rss.xml"


def sitemap_path(kind: SitemapKind) -> str:
    """Return the path of a sitemap, or of the index of a month each."""
    paths = {"news": "/news-sitemap.xml", "months": "/sitemap_index.xml"}
    return paths.get(kind, "/sitemap.xml")


def listing_path(site: Site) -> str:
    """Return the path of the listing: numbered pages on some sites, rel=next on others."""
    return "/latest" if site.style in {"query", "slug"} else "/news/page/{page}/"

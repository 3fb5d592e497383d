"""How to find the feeds, sitemaps and listings of a site that nobody has described: what to ask, in which order.

First what the site declares (the `Sitemap:` lines of robots.txt, the feeds of its homepage); where that gives
nothing, the places where such files usually are; where these give nothing either, the homepage and its sections.
Nothing is fetched here: whoever drives a Survey fetches what it asks, and tells it what came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from archive.models import Lead
from crawler.discovery.feeds import FeedPage, parse_feed
from crawler.discovery.sitemaps import SitemapChild, parse_sitemap, sitemaps_in_robots
from crawler.discovery.unknown.anchors import Anchor, FrontPage, read_front_page
from crawler.discovery.unknown.hosts import SiteHosts
from crawler.discovery.unknown.places import (
    FEED_PLACES,
    SITEMAP_PLACES,
    is_comments,
    is_feed_link,
    newest_children,
    section_links,
)
from crawler.discovery.unknown.shapes import candidates, judge
from crawler.errors import DiscoveryError

MAX_ASKS = 25
_MOST_FEEDS = 4
_MOST_SITEMAPS = 4
_MOST_CHILDREN = 2  # of an index that are looked into, to see what it lists
_MOST_SECTIONS = 8
_MOST_REFRESHES = 2
_MOST_LINKS = 2_000  # of a page
_MOST_KEPT = 2_000  # leads of one endpoint that are remembered, spread over all of it
_LEAST_REPORTS = 3  # that a page must link to, beyond what the others link to, to be a listing

What = Literal["robots.txt", "homepage", "feed", "sitemap", "listing"]


@dataclass(frozen=True, slots=True)
class Ask:
    """An address to fetch, what is expected there, and why, in words. index: the sitemap index that named it."""

    url: str
    what: What
    why: str
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What came of an Ask: the parsed document, or `error` as a sentence. status: None if there was no answer.

    url: where it was found in the end. sitemaps: those that a robots.txt names.
    """

    ask: Ask
    url: str
    status: int | None
    error: str | None = None
    page: FrontPage | None = None
    leads: tuple[Lead, ...] = ()
    children: tuple[SitemapChild, ...] = ()
    sitemaps: tuple[str, ...] = ()
    title: str | None = None
    language: str | None = None
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A feed, sitemap or listing that lists reports: where it was found, and a sample of what it lists."""

    url: str
    why: str
    leads: tuple[Lead, ...]
    title: str | None = None
    language: str | None = None
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a survey found. homepage: the site's, after redirects. robots_status: None if there was no answer.

    front: the homepage's links and name, if it could be read. pages: the links of the homepage and of the
    sections that were read. notes: a sentence for each thing that was tried in vain. unreachable: why nothing
    of the site can be read, if that is so.
    """

    homepage: str
    feeds: tuple[Endpoint, ...]
    sitemaps: tuple[Endpoint, ...]
    listings: tuple[Endpoint, ...]
    robots_status: int | None
    notes: tuple[str, ...]
    front: FrontPage | None = None
    pages: tuple[tuple[Anchor, ...], ...] = ()
    unreachable: str | None = None

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return all of them."""
        return (*self.feeds, *self.sitemaps, *self.listings)


def look(ask: Ask, status: int, body: bytes, content_type: str | None, url: str) -> Sight:
    """Return what a response to an Ask holds. Pure, may be slow, and pickles: for a worker process. Never raises.

    body: content-decoded. content_type: the header's value. url: where the response came from in the end.
    """
    sight = Sight(ask, url, status)
    if not 200 <= status < 300:
        return replace(sight, error=f"HTTP {status}")
    try:
        return _READERS[ask.what](sight, body, content_type)
    except DiscoveryError as error:
        return replace(sight, error=str(error))


def _look_robots(sight: Sight, body: bytes, _: str | None) -> Sight:
    return replace(sight, sitemaps=sitemaps_in_robots(body, sight.url))


def _look_page(sight: Sight, body: bytes, content_type: str | None) -> Sight:
    page = read_front_page(body, sight.url, content_type)
    page = replace(page, anchors=page.anchors[:_MOST_LINKS])
    return replace(sight, page=page, title=page.title, language=page.language)


def _look_feed(sight: Sight, body: bytes, content_type: str | None) -> Sight:
    feed: FeedPage = parse_feed(body, sight.url, content_type)
    return replace(sight, leads=feed.leads, title=feed.title, language=feed.language)


def _look_sitemap(sight: Sight, body: bytes, content_type: str | None) -> Sight:
    sitemap = parse_sitemap(body, sight.url, content_type)
    return replace(sight, leads=_spread(sitemap.leads), children=sitemap.children, is_news=sitemap.is_news)


_READERS: dict[What, Callable[[Sight, bytes, str | None], Sight]] = {
    "robots.txt": _look_robots,
    "homepage": _look_page,
    "listing": _look_page,
    "feed": _look_feed,
    "sitemap": _look_sitemap,
}


_GUESSED = "found at a usual place"


class Survey:
    """The state of one survey. Ask what `first`, `take` and `failed` return, in any order; then see `found`."""

    def __init__(self, homepage: str) -> None:
        """Begin with a homepage's address; raises ValueError for what is no http(s) URL."""
        self._hosts = SiteHosts.of(homepage)
        self._homepage = homepage
        self._asked: set[str] = set()
        self._open: set[Ask] = set()
        self._feeds: dict[str, Endpoint] = {}
        self._sitemaps: dict[str, Endpoint] = {}
        self._sections: list[Endpoint] = []
        self._pages: list[FrontPage] = []
        self._children: list[Ask] = []
        self._robots_status: int | None = None
        self._notes: list[str] = []
        self._unreachable: str | None = None
        self._guesses: dict[What, Iterator[str]] | None = None
        self._asked_sections = False
        self._refreshes = 0
        self._absent: list[str] = []

    def first(self) -> list[Ask]:
        """Return what to ask at the beginning."""
        robots = Ask(urljoin(self._homepage, "/robots.txt"), "robots.txt", "where every site has its rules")
        return self._asks([robots, Ask(self._homepage, "homepage", "the address that was given")])

    def read(self, ask: Ask, status: int, body: bytes, content_type: str | None, url: str) -> list[Ask]:
        """Take a response and return what to ask next: `take` of what `look` sees."""
        return self.take(look(ask, status, body, content_type, url))

    def failed(self, ask: Ask, error: str) -> list[Ask]:
        """Take that an Ask got no response, for the reason that the sentence gives; return what to ask next."""
        return self.take(Sight(ask, ask.url, None, error))

    def take(self, sight: Sight) -> list[Ask]:
        """Take what came of an Ask, and return what to ask next."""
        self._open.discard(sight.ask)
        if sight.ask.why == _GUESSED and sight.status in {404, 410}:
            self._absent.append(urlsplit(sight.ask.url).path)
        elif sight.error is not None and not (sight.ask.what == "robots.txt" and sight.status == 404):
            self._notes.append(_note(sight))
        following = list(self._takers[sight.ask.what](self, sight))
        if self._unreachable is not None:
            return []
        asks = self._asks(following)
        while not self._open and (more := self._next()):
            asks += self._asks(more)
        return asks

    def found(self) -> Found:
        """Return what was found so far."""
        return Found(
            homepage=self._homepage,
            feeds=tuple(self._feeds.values()),
            sitemaps=tuple(self._sitemaps.values()),
            listings=() if self._has_endpoints() else tuple(self._listings()),
            robots_status=self._robots_status,
            notes=(*self._notes, *([f"nothing at {', '.join(self._absent)}"] if self._absent else [])),
            front=self._pages[0] if self._pages else None,
            pages=tuple(page.anchors for page in self._pages),
            unreachable=self._unreachable,
        )

    # -- what came ----------------------------------------------------------------------------------------------

    def _take_robots(self, sight: Sight) -> Iterable[Ask]:
        self._robots_status = sight.status
        if sight.status is None or sight.status >= 500 or sight.status == 429:
            self._unreachable = f"{sight.ask.url} can't be had ({sight.error}), so nothing may be fetched"
        near = [url for url in sight.sitemaps if self._hosts.is_near(url)]
        if len(near) < len(sight.sitemaps):
            self._notes.append(f"{sight.ask.url} names sitemaps of other sites, which are left out")
        return [Ask(url, "sitemap", "robots.txt names it") for url in near[:_MOST_SITEMAPS]]

    def _take_homepage(self, sight: Sight) -> Iterable[Ask]:
        if sight.page is None:
            self._unreachable = (
                self._unreachable or f"the homepage {sight.ask.url} can't be read: {sight.error}"
            )
            return []
        if sight.page.refresh and self._refreshes < _MOST_REFRESHES and sight.page.refresh != sight.url:
            self._refreshes += 1
            return [Ask(sight.page.refresh, "homepage", "the homepage leads there (meta refresh)")]
        self._pages.append(sight.page)
        following = list(self._moved(sight.url))
        declared = [
            feed.url for feed in sight.page.feeds if self._hosts.is_near(feed.url) and not is_comments(feed)
        ]
        following += [
            Ask(url, "feed", "the homepage declares it (link rel=alternate)")
            for url in declared[:_MOST_FEEDS]
        ]
        if not declared:
            linked = [anchor.url for anchor in sight.page.anchors if is_feed_link(anchor, self._hosts)]
            following += [Ask(url, "feed", "the homepage links to it") for url in linked[:_MOST_FEEDS]]
        return following

    def _moved(self, url: str) -> Iterable[Ask]:
        """Take the address at which the homepage was found; at another site, its robots.txt has to be asked."""
        if not self._hosts.owns(url):
            self._notes.append(f"{self._homepage} leads to {url}, which is taken for the homepage")
            self._hosts = SiteHosts.of(url)
            yield Ask(urljoin(url, "/robots.txt"), "robots.txt", "the homepage leads to that site")
        self._homepage = url

    def _take_feed(self, sight: Sight) -> Iterable[Ask]:
        own = tuple(lead for lead in sight.leads if self._hosts.is_near(lead.url))
        if sight.error is not None:
            return []
        known = {lead.url for feed in self._feeds.values() for lead in feed.leads}
        if not own:
            self._notes.append(f"feed {sight.url}: lists nothing of this site")
        elif is_comments(sight.leads):
            self._notes.append(f"feed {sight.url}: lists comments")
        elif known.issuperset(lead.url for lead in own):
            self._notes.append(f"feed {sight.url}: lists nothing that another feed does not list")
        else:
            self._feeds[sight.ask.url] = Endpoint(
                sight.ask.url, sight.ask.why, own, sight.title, sight.language
            )
        return []

    def _take_sitemap(self, sight: Sight) -> Iterable[Ask]:
        url = sight.ask.index or sight.ask.url
        own = tuple(lead for lead in sight.leads if self._hosts.is_near(lead.url))
        if sight.children and not own:
            near = [child for child in sight.children if self._hosts.is_near(child.url)]
            most = _MOST_CHILDREN if sight.ask.index is None else 1  # of an index in an index
            return [Ask(child, "sitemap", sight.ask.why, url) for child in newest_children(near)[:most]]
        if any(judge(lead.url).is_article for lead in own) or (own and sight.is_news):
            before = self._sitemaps.get(url, Endpoint(url, sight.ask.why, ()))
            is_news = sight.is_news or before.is_news
            self._sitemaps[url] = replace(before, leads=before.leads + own, is_news=is_news)
        elif sight.error is None:
            self._notes.append(f"sitemap {sight.url}: lists no address that looks like a report of this site")
        return []

    def _take_section(self, sight: Sight) -> Iterable[Ask]:
        if sight.page is not None and self._hosts.owns(sight.url):
            self._pages.append(replace(sight.page, url=sight.ask.url))
        return []

    _takers: dict[What, Callable[[Survey, Sight], Iterable[Ask]]] = {  # noqa: RUF012 - never changed
        "robots.txt": _take_robots,
        "homepage": _take_homepage,
        "feed": _take_feed,
        "sitemap": _take_sitemap,
        "listing": _take_section,
    }

    # -- what to ask --------------------------------------------------------------------------------------------

    def _asks(self, asks: Iterable[Ask]) -> list[Ask]:
        """Return what has not been asked before, within the limit."""
        new = []
        for ask in asks:
            if ask.url not in self._asked and len(self._asked) < MAX_ASKS:
                self._asked.add(ask.url)
                self._open.add(ask)
                new.append(ask)
        return new

    def _has_endpoints(self) -> bool:
        return bool(self._feeds or self._sitemaps)

    def _next(self) -> list[Ask]:
        """Return what to ask when all that was asked before has been answered."""
        if self._has_endpoints() or not self._pages:
            return []
        if self._guesses is None:
            self._guesses = {"feed": iter(FEED_PLACES), "sitemap": iter(SITEMAP_PLACES)}
        # One of each kind at a time, so that no more is asked than is needed.
        guesses = [(what, next(places, None)) for what, places in self._guesses.items()]
        asks = [
            Ask(urljoin(self._homepage, place), what, _GUESSED)
            for what, place in guesses
            if place is not None
        ]
        if asks or self._asked_sections:
            return asks
        self._asked_sections = True
        sections = section_links(self._pages[0], self._hosts)[:_MOST_SECTIONS]
        return [Ask(url, "listing", "a section that the homepage links to") for url in sections]

    def _listings(self) -> Iterator[Endpoint]:
        """Yield the pages that list reports which most other sections don't; the homepage first."""
        scored = candidates([page.anchors for page in self._pages])
        reports = {each.url for each in scored if each.is_article and self._hosts.owns(each.url)}
        sections = len(self._pages) - 1
        times = Counter(anchor.url for page in self._pages[1:] for anchor in page.anchors)
        for number, page in enumerate(self._pages):
            own = [anchor for anchor in page.anchors if anchor.url in reports]
            if number > 0 and sections > 2:
                own = [anchor for anchor in own if times[anchor.url] * 2 <= sections]
            if len(own) >= (1 if number == 0 else _LEAST_REPORTS):
                why = "the homepage itself" if number == 0 else "a section that the homepage links to"
                leads = tuple(
                    Lead(each.url, "listing", page.url, title_hint=each.words or None) for each in own
                )
                yield Endpoint(page.url, why, leads, page.title, page.language)


def _note(sight: Sight) -> str:
    error, url = str(sight.error), sight.ask.url
    return f"{sight.ask.what} {error}" if url in error else f"{sight.ask.what} {url}: {error}"


def _spread(leads: tuple[Lead, ...]) -> tuple[Lead, ...]:
    """Return at most _MOST_KEPT of the leads, from everywhere in their order."""
    step = -(-len(leads) // _MOST_KEPT)
    return leads[:: max(1, step)]

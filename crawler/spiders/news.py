"""The spider of every source: walks its feeds, sitemaps and listings, and fetches the reports they list.

It only wires: what a feed says is `crawler.discovery`'s to read, which leads are due the frontier's to decide,
and what a page holds the pipelines' to find.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive.models import EndpointKind, Lead, Outcome
from crawler.discovery.reading import Listed, read_endpoint
from crawler.discovery.rules import LinkRules, Rules
from crawler.discovery.walks import Known, ListingWalk, Range, SitemapWalk
from crawler.errors import CrawlerError
from crawler.frontier import Considered, Frontier, budget_left
from crawler.items import Fetched
from crawler.middlewares.capture import CAPTURES, LEAD
from crawler.middlewares.guard import PACKED
from crawler.middlewares.trouble import TROUBLES, give_up
from crawler.options import CrawlOptions
from crawler.run import CrawlRun
from crawler.sources.model import SourceEntry
from crawler.spiders.backfill import Backfill
from crawler.spiders.looks import LOOK, Look, note_read, note_taken_in, note_unchanged, note_unreadable
from crawler.spiders.responses import header, of_failure, of_response

if TYPE_CHECKING:
    from crawler.discovery.unknown.survey import Found
    from crawler.spiders.surveying import Surveying

# Endpoints come before reports, so that all that is known of a report is known before it's fetched.
_PRIORITY: dict[EndpointKind, int] = {"feed": 30, "sitemap": 20, "listing": 10}
BUDGET = "budget"  # the finish reason of a run that left leads waiting, since it had sent as much as it may
# What the rules for reports say of honest feeds, sitemaps (as XML) and listings.
_ENDPOINT_RULES = frozenset({None, "feed", "media"})
_MAX_DEPTH = 3  # an index of indexes exists; an endless chain of them is a trap


class NewsSpider(Spider):
    """Crawls one source; `entry` is its catalogue entry, set by `spider_for`."""

    entry: ClassVar[SourceEntry]

    def __init__(self, **given: str) -> None:
        super().__init__(name=self.entry.id)
        self.options = CrawlOptions.parse(given)
        self.rules: Rules = LinkRules.from_entry(self.entry)
        self.allows_private = self.entry.private
        self.host_map: dict[str, str] = {}
        self._endpoints: set[str] = set()
        self._readable = 0
        self._unreadable: set[Outcome] = set()
        self._is_answered = False
        self._survey: Surveying | None = None
        self._is_surveyed = False
        self.run: CrawlRun
        self._frontier: Frontier
        self._backfill: Backfill | None = None

    def begin(self, run: CrawlRun) -> None:
        """Take the run that RunExtension opened; called before the first request."""
        self.run = run
        budget = budget_left(self.entry.run_budget, self.entry.day_budget, run, run.clock())
        self._frontier = Frontier(run, self.rules, self.options, budget=budget)
        if self.options.backfill:
            self._backfill = Backfill(run, self.options)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Set the source's own pace."""
        super().update_settings(settings)
        settings.set("DOWNLOAD_DELAY", cls.entry.delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", cls.entry.delay, priority="spider")
        if cls.entry.delay == 0:  # a site of our own
            settings.set("AUTOTHROTTLE_ENABLED", False, priority="spider")
            settings.set("CONCURRENT_REQUESTS", 16, priority="spider")
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", 8, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        """Make the spider, and have it asked when there is nothing left to do."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.go_on, signal=signals.spider_idle)
        return spider

    def surveyed(self, found: Found) -> None:
        """Take what a survey of the site found, before its endpoints are looked at; for subclasses."""

    async def start(self) -> AsyncIterator[Request]:
        """Yield a request for each endpoint of the catalogue entry; where there is none, the site is surveyed."""
        for url in self.entry.feeds:
            yield self._look_at(self._look(url, "feed"))
        for url in self.entry.sitemaps:
            yield self._look_at(self._look(url, "sitemap"))
        for template in self.entry.listings:
            look = self._listing(template)
            begin = self._backfill.resume(look) if self._backfill is not None else look.url
            if begin is not None:
                yield self._look_at(look, begin)

    # -- endpoints ----------------------------------------------------------------------------------------

    async def parse_endpoint(self, response: Response) -> AsyncIterator[Request]:
        """Follow what a feed, sitemap or listing lists, and go on to the next sitemap or page."""
        look: Look = response.meta[LOOK]
        listed = await self._listed(look, response)
        considered = Considered()
        if listed is not None:
            considered = await self._consider(look, listed)
            for lead in considered.due:
                yield self._report_request(lead)
        for request in self._next_looks(look, listed, considered.fresh):
            yield request

    def endpoint_failed(self, failure: Failure) -> Iterator[Request]:
        """Write down why an endpoint could not be fetched, and go on with the others of its index."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        look: Look = request.meta[LOOK]
        outcome, error = of_failure(failure.value)
        self._note_unreadable(look, outcome, error, None)
        yield from self._next_looks(look, None, 0)

    async def _listed(self, look: Look, response: Response) -> Listed | None:
        """Read an endpoint in a worker; None, with the reason written down, if there is nothing to take in."""
        may_skip = look.walk is None or look.walk.page == 1
        if look.is_unchanged(response, may_skip=may_skip and not self.options.backfill):
            note_unchanged(self.run, look, response)
            self._readable += 1
            return None
        outcome, error = of_response(response)
        if outcome is Outcome.GONE and look.walk is not None and look.walk.page > 1:
            return Listed({}, 0)  # past the last page
        if outcome is None:
            try:
                listed = await self.run.pool.run(
                    read_endpoint, look.kind, response.body, response.url, header(response, "Content-Type"),
                    self.rules, look.url,
                )  # fmt: skip
            except CrawlerError as problem:
                outcome, error = Outcome.FAILED, str(problem)
            else:
                self._note_read(look, response, listed)
                return listed
        self._note_unreadable(look, outcome, error or "no reason given", response.status)
        return None

    def _note_read(self, look: Look, response: Response, listed: Listed) -> None:
        self._readable += 1
        for rule, urls in listed.refused.items():
            self.run.ledger.refuse(rule, urls, listed.refused_counts[rule])
        if look.walk is None or look.walk.page == 1:
            error = listed.broken
            if error is None and listed.is_strange and look.kind != "listing":
                error = f"none of its {listed.links} addresses is a report by the source's article_pattern"
            note_read(self.run, look, response, error, is_window=listed.is_window)

    async def _consider(self, look: Look, listed: Listed) -> Considered:
        # the endpoint's row is written already, so that its leads can point to it
        is_window = look.memory is not None and look.memory.is_window
        lasting = look.url if listed.lasting and not is_window else None
        considered = await self._frontier.consider(listed.reports, lasting=lasting)
        look.reports += len(listed.reports)
        if considered.fresh:
            self.run.endpoint_gave_new(look.url)
        return considered

    def _note_unreadable(self, look: Look, outcome: Outcome, error: str, status: int | None) -> None:
        self._unreadable.add(outcome)
        self._is_answered = self._is_answered or (status is not None and status < 500)
        self.logger.warning("%s %s can't be read: %s", look.kind, look.url, error)
        if look.walk is None or look.walk.page == 1:
            note_unreadable(self.run, look, outcome, error, status)

    def _next_looks(self, look: Look, listed: Listed | None, fresh: int) -> Iterator[Request]:
        """Yield what comes after an endpoint: an index's first sitemap, its next one, a listing's next page."""
        if look.walk is not None:
            yield from self._next_page(look, listed, fresh)
            return
        if listed is not None and listed.children:
            yield from self._first_child(look, listed)
        elif listed is not None:
            self._taken_in(look, listed)
            if self._backfill is not None and look.kind == "sitemap":
                self._backfill.finish(look, listed)
        if look.index is not None:
            look.index.held(fresh)
            yield from self._next_child(look.index, look.depth)

    def _taken_in(self, look: Look, listed: Listed) -> None:
        if not listed.broken and not self.options.is_restricted:
            note_taken_in(self.run, look)

    def _first_child(self, look: Look, listed: Listed) -> Iterator[Request]:
        days = Range(self.options.since, self.options.until)
        walk = SitemapWalk.over(listed.children, days, thorough=self.options.backfill)
        if self._backfill is not None:
            self._backfill.plan(walk)
        if look.depth < _MAX_DEPTH:
            yield from self._next_child(walk, look.depth + 1)

    def _next_child(self, walk: SitemapWalk, depth: int) -> Iterator[Request]:
        while (child := walk.next(self._known, self.run.clock())) is not None:
            if self._may_follow(child.url) and len(self._endpoints) < self.entry.run_budget:
                look = self._look(child.url, "sitemap")
                look.lastmod, look.index, look.depth = child.lastmod, walk, depth
                yield self._look_at(look)
                return

    def _next_page(self, look: Look, listed: Listed | None, fresh: int) -> Iterator[Request]:
        if look.walk is None or listed is None:
            return
        following = look.walk.next(listed.reports, fresh, listed.next_url)
        if following is not None and self._may_follow(following, look.url):
            if self._backfill is None:
                yield self._look_at(look, following)
            else:
                self._backfill.hold(look, listed, following)
            return
        self._taken_in(look, listed)
        if self._backfill is not None:
            self._backfill.finish(look, listed)

    def _look(self, url: str, kind: EndpointKind) -> Look:
        memory = self.run.endpoint(url)
        headers = memory.validators(self.run.clock()) if memory and not self.options.backfill else {}
        return Look(url, kind, memory, headers=headers)

    def _listing(self, template: str) -> Look:
        walk = ListingWalk(template, self.entry.max_pages)
        look = self._look(walk.first(), "listing")
        look.walk = walk
        # a walk that was never ended has left pages unseen
        walk.thorough = look.memory is None or look.memory.payload_sha256 is None
        return look

    def _look_at(self, look: Look, url: str | None = None) -> Request:
        """Return the request for an endpoint, or for a further page of it at `url`."""
        url = url or look.url
        self._endpoints.add(url)
        is_later_page = look.walk is not None and look.walk.page > 1
        return Request(
            url,
            callback=self.parse_endpoint,
            errback=self.endpoint_failed,
            headers=None if is_later_page else look.headers,
            priority=_PRIORITY[look.kind],
            meta={LOOK: look},
            dont_filter=True,
        )

    def _known(self, url: str) -> Known | None:
        memory = self.run.endpoint(url)
        if memory is None or memory.payload_sha256 is None or memory.last_read_at is None:
            return None
        return Known(memory.last_read_at, memory.modified_hint)

    def _may_follow(self, url: str, origin: str | None = None) -> bool:
        """Tell whether the endpoint at `origin` may lead to one at `url`: not to one that was read, nor to a trap.

        A listing that is itself a search page, say, may lead to the next one.
        """
        rule = self.rules.verdict(url).rule
        is_trap = rule not in _ENDPOINT_RULES and (origin is None or rule != self.rules.verdict(origin).rule)
        if is_trap:
            self.run.ledger.refuse(str(rule), (url,))
        return not is_trap and url not in self._endpoints

    # -- reports ------------------------------------------------------------------------------------------

    def parse_report(self, response: Response) -> Iterator[Fetched]:
        """Hand a fetched page to the pipelines."""
        outcome, error = of_response(response)
        not_modified = response.status == 304
        yield Fetched(
            lead=response.meta[LEAD],
            responses=tuple(response.meta[CAPTURES]),
            url=response.url,
            body=response.meta.get(PACKED, response.body) if outcome is None else b"",
            content_type=header(response, "Content-Type"),
            failure=None if not_modified else outcome,
            error=None if not_modified else error,
            not_modified=not_modified,
            retry_at=response.meta.get("retry_at"),
        )

    def report_failed(self, failure: Failure) -> Iterator[Fetched]:
        """Hand a lead that got no response to the pipelines."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        outcome, error = of_failure(failure.value)
        yield Fetched(
            lead=request.meta[LEAD],
            responses=tuple(request.meta[CAPTURES]),
            failure=outcome,
            error=error,
            retry_at=request.meta.get("retry_at"),
        )

    def go_on(self) -> None:
        """When nothing is under way: fetch what else is due, and at last look at what sitemaps dropped.

        Before that, if no endpoint could be read, look for others.
        """
        try:
            requests = self._next_requests()
        except TROUBLES as error:
            give_up(self.crawler, error)
            return
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider
        if self._frontier.is_spent():
            raise CloseSpider(BUDGET)

    def _next_requests(self) -> list[Request]:
        requests = self._seek()
        if not requests:
            requests = [self._report_request(lead) for lead in self._frontier.more()]
        if not requests and self._backfill is not None:
            requests = [self._look_at(look, page) for look, page in self._backfill.turn()]
        if not requests:
            requests = [self._report_request(lead) for lead in self._frontier.missed()]
        return requests

    def _seek(self) -> list[Request]:
        """Return the requests of a survey where one is needed; when it's done, those for what it found."""
        if self._survey is None:
            # a site that is down, or refuses us, is not to be asked at twenty further addresses
            is_lost = self._is_answered and self._unreadable <= {Outcome.FAILED, Outcome.GONE}
            if self._readable or self.options.backfill or (self._endpoints and not is_lost):
                return []
            from crawler.spiders.surveying import Surveying  # noqa: PLC0415 - few crawls need it

            self._survey = Surveying(self.entry.homepage, self.run.pool)
            return self._survey.begin()
        if self._is_surveyed:
            return []
        self._is_surveyed = True
        found = self._survey.found()
        self.surveyed(found)
        new = [(url, kind) for url, kind in self._survey.endpoints() if url not in self._endpoints]
        if new:
            self.logger.warning("a survey of %s found %s", found.homepage, ", ".join(url for url, _ in new))
        else:
            self.run.ledger.look(found.homepage, self._survey.in_vain())
        return [
            self._look_at(self._listing(url) if kind == "listing" else self._look(url, kind))
            for url, kind in new
        ]

    def backfill_progress(self) -> str | None:
        """Return how far a backfill has come, in words; None if this run is none."""
        return None if self._backfill is None else self._backfill.words()

    def _report_request(self, lead: Lead) -> Request:
        headers = {"If-None-Match": lead.etag, "If-Modified-Since": lead.last_modified}
        return Request(
            lead.url,
            callback=self.parse_report,
            errback=self.report_failed,
            headers={name: value for name, value in headers.items() if value},
            meta={LEAD: lead, CAPTURES: []},
            dont_filter=True,  # the frontier gives each lead once
        )


def spider_for(entry: SourceEntry) -> type[NewsSpider]:
    """Return the spider class of a catalogue entry."""
    return type(f"{entry.id}-spider", (NewsSpider,), {"name": entry.id, "entry": entry})

"""The spider of every source: walks its feeds, sitemaps and listings, and fetches the reports they list.

It only wires: what a feed says is `crawler.discovery`'s to read, which leads are due the frontier's to decide,
and what a page holds the pipelines' to find.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Literal, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive.clock import utc_now
from archive.models import EndpointCheck, Lead
from crawler.discovery.feeds import parse_feed
from crawler.discovery.listings import parse_listing
from crawler.discovery.rules import LinkRules
from crawler.discovery.sitemaps import parse_sitemap
from crawler.errors import CrawlerError
from crawler.frontier import Considered, Frontier
from crawler.items import Fetched
from crawler.middlewares.capture import CAPTURES, LEAD
from crawler.options import CrawlOptions
from crawler.run import CrawlRun
from crawler.sources.model import SourceEntry
from crawler.spiders.responses import header, of_failure, of_status

EndpointKind = Literal["feed", "sitemap", "listing"]
T = TypeVar("T")

# Endpoints come before reports, so that all that is known of a report is known before it's fetched.
_PRIORITY: dict[EndpointKind, int] = {"feed": 30, "sitemap": 20, "listing": 10}
# What the rules for reports say of honest feeds, sitemaps (as XML) and listings.
_ENDPOINT_RULES = frozenset({None, "feed", "media"})


class NewsSpider(Spider):
    """Crawls one source; `entry` is its catalogue entry, set by `spider_for`."""

    entry: ClassVar[SourceEntry]

    def __init__(self, **given: str) -> None:
        super().__init__(name=self.entry.id)
        self.options = CrawlOptions.parse(given)
        self.rules = LinkRules.from_entry(self.entry)
        self.allows_private = self.entry.private
        self.host_map: dict[str, str] = {}
        self._endpoints: set[str] = set()
        self._looked_twice = False
        self.run: CrawlRun
        self._frontier: Frontier

    def begin(self, run: CrawlRun) -> None:
        """Take the run that RunExtension opened; called before the first request."""
        self.run = run
        self._frontier = Frontier(run, self.rules, self.options)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Set the source's own pace."""
        super().update_settings(settings)
        settings.set("DOWNLOAD_DELAY", cls.entry.delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", cls.entry.delay, priority="spider")
        if cls.entry.delay == 0:  # a site of our own
            settings.set("AUTOTHROTTLE_ENABLED", False, priority="spider")
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", 8, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        """Make the spider, and have it asked when there is nothing left to do."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.look_twice, signal=signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield a request for each endpoint of the catalogue entry."""
        for url in self.entry.feeds:
            yield self._endpoint_request(url, "feed")
        for url in self.entry.sitemaps:
            yield self._endpoint_request(url, "sitemap")
        for url in self.entry.listings:
            chain = {"template": url, "page": 1, "seen": frozenset()}
            yield self._endpoint_request(url.replace("{page}", "1"), "listing", chain)

    async def parse_feed(self, response: Response) -> AsyncIterator[Request]:
        """Follow a feed's entries."""
        page = await self._read(response, parse_feed, header(response, "Content-Type"))
        if page is not None:
            for lead in self._consider(response, "feed", page.leads, page.broken).due:
                yield self._report_request(lead)

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Request]:
        """Follow a sitemap's reports and an index's sitemaps."""
        page = await self._read(response, parse_sitemap, header(response, "Content-Type"))
        if page is None:
            return
        for child in page.children:
            if self._may_follow(child.url, response.url) and not _is_before(
                child.lastmod, self.options.since
            ):
                yield self._endpoint_request(child.url, "sitemap")
        lasting = not page.is_news and page.broken is None and bool(page.leads)
        for lead in self._consider(response, "sitemap", page.leads, page.broken, lasting=lasting).due:
            yield self._report_request(lead)

    async def parse_listing(self, response: Response) -> AsyncIterator[Request]:
        """Follow a listing's reports, and its next page as long as there is something new on this one."""
        chain = response.meta["chain"]
        if response.status == 404 and chain["page"] > 1:  # past the last page
            return
        page = await self._read(response, parse_listing, header(response, "Content-Type"))
        if page is None:
            return
        considered = self._consider(response, "listing", page.leads, page.broken)
        for lead in considered.due:
            yield self._report_request(lead)
        if considered.fresh and not considered.keys <= chain["seen"] and chain["page"] < self.entry.max_pages:
            number, template = chain["page"] + 1, chain["template"]
            following = template.replace("{page}", str(number)) if "{page}" in template else page.next_url
            if following and self._may_follow(following, response.url):
                chain = {"template": template, "page": number, "seen": chain["seen"] | considered.keys}
                yield self._endpoint_request(following, "listing", chain)

    def endpoint_failed(self, failure: Failure) -> None:
        """Write down why an endpoint could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        self._unreadable(request, None, of_failure(failure.value)[1])

    def parse_report(self, response: Response) -> Iterator[Fetched]:
        """Hand a fetched page to the pipelines."""
        outcome, error = of_status(response.status)
        yield Fetched(
            lead=response.meta[LEAD],
            responses=tuple(response.meta[CAPTURES]),
            url=response.url,
            body=response.body if outcome is None else b"",
            content_type=header(response, "Content-Type"),
            failure=outcome,
            error=error,
        )

    def report_failed(self, failure: Failure) -> Iterator[Fetched]:
        """Hand a lead that got no response to the pipelines."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        outcome, error = of_failure(failure.value)
        yield Fetched(
            lead=request.meta[LEAD], responses=tuple(request.meta[CAPTURES]), failure=outcome, error=error
        )

    def look_twice(self) -> None:
        """Once, when all that was listed is done: fetch what was put off, and look at what sitemaps dropped."""
        if self._looked_twice or self.crawler.engine is None:
            return
        self._looked_twice = True
        again = [*self._frontier.postponed(), *self._frontier.vanished()]
        for lead in again:
            self.crawler.engine.crawl(self._report_request(lead))
        if again:
            raise DontCloseSpider

    # -- inside -------------------------------------------------------------------------------------------

    async def _read(self, response: Response, parse: Callable[..., T], *arguments: str | None) -> T | None:
        """Parse an endpoint's bytes in a worker; write down the error and return None if that fails."""
        outcome, error = of_status(response.status)
        if outcome is None:
            try:
                return await self.run.pool.run(parse, response.body, response.url, *arguments)
            except CrawlerError as problem:
                error = str(problem)
        self._unreadable(_request_of(response), response, error or "no reason given")
        return None

    def _consider(
        self,
        response: Response,
        kind: EndpointKind,
        found: Sequence[Lead],
        broken: str | None,
        *,
        lasting: bool = False,
    ) -> Considered:
        request = _request_of(response)
        url = request.meta["endpoint"]
        self.run.ledger.look(url, None)
        # the endpoint's row first, so that its leads can point to it
        self._endpoint_done(request, response, error=broken, failed=False)
        leads = [replace(lead, via=kind, endpoint_url=url) for lead in found]
        considered = self._frontier.consider(leads, lasting=url if lasting else None)
        if considered.fresh:
            self.run.endpoint_gave_new(url)
        return considered

    def _unreadable(self, request: Request, response: Response | None, error: str) -> None:
        self.logger.warning("%s %s can't be read: %s", request.meta["kind"], request.meta["endpoint"], error)
        self.run.ledger.look(request.meta["endpoint"], error)
        self._endpoint_done(request, response, error=error, failed=True)

    def _endpoint_done(
        self, request: Request, response: Response | None, *, error: str | None, failed: bool
    ) -> None:
        self.run.check_endpoint(
            EndpointCheck(
                url=request.meta["endpoint"],
                kind=request.meta["kind"],
                checked_at=utc_now(),
                status=response.status if response is not None else None,
                etag=header(response, "ETag") if response is not None else None,
                last_modified=header(response, "Last-Modified") if response is not None else None,
                error=error,
                failed=failed,
            )
        )

    def _endpoint_request(self, url: str, kind: EndpointKind, chain: dict[str, Any] | None = None) -> Request:
        self._endpoints.add(url)
        callback = {"feed": self.parse_feed, "sitemap": self.parse_sitemap, "listing": self.parse_listing}[
            kind
        ]
        return Request(
            url,
            callback=callback,
            errback=self.endpoint_failed,
            priority=_PRIORITY[kind],
            meta={"endpoint": url, "kind": kind, "chain": chain},
            dont_filter=True,
        )

    def _report_request(self, lead: Lead) -> Request:
        return Request(
            lead.url,
            callback=self.parse_report,
            errback=self.report_failed,
            meta={LEAD: lead, CAPTURES: []},
            dont_filter=True,  # the frontier gives each lead once
        )

    def _may_follow(self, url: str, origin: str) -> bool:
        """Tell whether the endpoint at `origin` may lead to one at `url`: not to one that was read, nor to a trap.

        A listing that is itself a search page, say, may lead to the next one.
        """
        rule = self.rules.verdict(url).rule
        is_trap = rule not in _ENDPOINT_RULES and rule != self.rules.verdict(origin).rule
        if is_trap:
            self.run.ledger.refuse(str(rule), url)
        return not is_trap and url not in self._endpoints


def spider_for(entry: SourceEntry) -> type[NewsSpider]:
    """Return the spider class of a catalogue entry."""
    return type(f"{entry.id}-spider", (NewsSpider,), {"name": entry.id, "entry": entry})


def _request_of(response: Response) -> Request:
    if response.request is None:
        raise ValueError(f"{response} was made by hand")
    return response.request


def _is_before(lastmod: datetime | None, since: date | None) -> bool:
    """Tell whether a sitemap that was last modified then can hold nothing of `since` or later.

    A month or a year is read as its first instant, so such an instant may stand for all of it.
    """
    if lastmod is None or since is None:
        return False
    day = lastmod.date()
    if lastmod.day == 1 and lastmod.time() == time.min:
        day += timedelta(days=365 if lastmod.month == 1 else 31)
    return day < since

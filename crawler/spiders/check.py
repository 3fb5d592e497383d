"""The spider of `scrapy checksource`: looks at every endpoint of a source and at five reports, stores nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive.clock import to_text, utc_now
from archive.models import Lead
from crawler.discovery.feeds import parse_feed
from crawler.discovery.listings import parse_listing
from crawler.discovery.rules import LinkRules, sort_out
from crawler.discovery.sitemaps import parse_sitemap, sitemaps_in_robots
from crawler.discovery.unknown.places import newest_children
from crawler.errors import CrawlerError
from crawler.extraction.page import Hints
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely
from crawler.sources.model import SourceEntry
from crawler.spiders.responses import header, of_failure, of_response

_REPORTS = 5
_PARSERS: dict[str, Callable[..., Any]] = {
    "feed": parse_feed,
    "sitemap": parse_sitemap,
    "listing": parse_listing,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, whether it works, and what was seen."""

    what: Literal["robots.txt", "feed", "sitemap", "listing", "report"]
    url: str
    works: bool
    detail: str


@dataclass(slots=True)
class Findings:
    """What a check found, in the order in which it came."""

    lines: list[Finding] = field(default_factory=list)

    def usable(self) -> bool:
        """Tell whether the source can be crawled: an endpoint that lists reports, and a report that reads."""
        working = {line.what for line in self.lines if line.works}
        return "report" in working and bool(working & {"feed", "sitemap", "listing"})


class CheckSpider(Spider):
    """Checks one source; `entry` and `findings` are set by `check_spider_for`."""

    entry: ClassVar[SourceEntry]
    findings: ClassVar[Findings]

    def __init__(self) -> None:
        super().__init__(name=self.entry.id)
        self.rules = LinkRules.from_entry(self.entry)
        self.allows_private = self.entry.private
        self.host_map: dict[str, str] = {}
        self._leads: dict[str, Lead] = {}
        self._children: set[str] = set()
        self._sampled = False
        self.pool: WorkerPool

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Set the source's own pace."""
        super().update_settings(settings)
        settings.set("ITEM_PIPELINES", {}, priority="spider")
        settings.set("DOWNLOAD_DELAY", cls.entry.delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", cls.entry.delay, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CheckSpider:
        """Make the spider and its workers."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.pool = WorkerPool(1, timeout=crawler.settings.getfloat("EXTRACTION_TIMEOUT"))
        crawler.signals.connect(spider.sample, signal=signals.spider_idle)
        crawler.signals.connect(spider.pool.close, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield robots.txt and every endpoint."""
        host = self.entry.homepage.split("/", 3)
        robots = "/".join([*host[:3], "robots.txt"])
        yield self._request(robots, "robots.txt", self.see_robots, dont_obey_robotstxt=True)
        for kind, urls in (
            ("feed", self.entry.feeds),
            ("sitemap", self.entry.sitemaps),
            ("listing", self.entry.listings),
        ):
            for url in urls:
                yield self._request(url.replace("{page}", "1"), kind, self.see_endpoint)

    def see_robots(self, response: Response) -> None:
        """Note what robots.txt answers; what it forbids shows at the endpoints."""
        fine = response.status < 500 and response.status != 429
        detail = f"HTTP {response.status}" + ("" if fine else ": nothing may be fetched while it answers so")
        named = sitemaps_in_robots(response.body, response.url) if response.status == 200 else ()
        if named:
            detail += f", names {', '.join(named)}"
        self._note("robots.txt", response.url, fine, detail)

    async def see_endpoint(self, response: Response) -> AsyncIterator[Request]:
        """Note what an endpoint lists, and look into the newest sitemap of an index."""
        kind = response.meta["what"]
        outcome, error = of_response(response)
        if outcome is not None:
            self._note(kind, response.url, False, str(error))
            return
        try:
            page = await self.pool.run(
                _PARSERS[kind], response.body, response.url, header(response, "Content-Type")
            )
        except CrawlerError as problem:
            self._note(kind, response.url, False, str(problem))
            return
        reports = sort_out(page.leads, self.rules).reports
        self._leads = {**reports, **self._leads}
        children = getattr(page, "children", ())
        self._note(
            kind,
            response.url,
            bool(reports or children),
            _listed(page.leads, list(reports.values()), children),
        )
        for url in newest_children(children)[:1]:
            if url not in self._children:
                self._children.add(url)
                yield self._request(url, "sitemap", self.see_endpoint)

    def sample(self) -> None:
        """When the endpoints are done, fetch the newest five reports that they list."""
        if self._sampled or self.crawler.engine is None:
            return
        self._sampled = True
        newest = sorted(self._leads.values(), key=lambda lead: lead.published_hint or _LONG_AGO, reverse=True)
        for lead in newest[:_REPORTS]:
            self.crawler.engine.crawl(self._request(lead.url, "report", self.see_report))
        if newest:
            raise DontCloseSpider

    async def see_report(self, response: Response) -> None:
        """Note what a report's page gives."""
        outcome, error = of_response(response)
        if outcome is not None:
            self._note("report", response.url, False, str(error))
            return
        hints = Hints(self.entry.name, self.entry.time_zone, self.entry.languages)
        try:
            extraction = await self.pool.run(
                extract_remotely, response.body, url=response.url, content_type=header(response, "Content-Type"),
                fetched_at=utc_now(), hints=hints,
            )  # fmt: skip
        except CrawlerError as problem:
            self._note("report", response.url, False, str(problem))
            return
        article = extraction.article
        if article is None:
            self._note("report", response.url, False, f"{extraction.reason}: {extraction.detail}")
            return
        published = to_text(article.published.moment) if article.published else "no date"
        words = len(article.body.split())
        self._note("report", response.url, True, f"{published}, {words} words, {article.title}")

    def failed(self, failure: Failure) -> None:
        """Note what could not be fetched at all."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        self._note(request.meta["what"], request.url, False, of_failure(failure.value)[1])

    def _request(self, url: str, what: str, callback: Callable[..., Any], **meta: Any) -> Request:
        return Request(
            url, callback=callback, errback=self.failed, meta={"what": what, **meta}, dont_filter=True
        )

    def _note(self, what: Any, url: str, works: bool, detail: str) -> None:
        self.findings.lines.append(Finding(what, url, works, detail))


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _listed(leads: Any, reports: list[Lead], children: Any) -> str:
    dates = [lead.published_hint for lead in reports if lead.published_hint]
    newest = f", newest {to_text(max(dates))}" if dates else ""
    inner = f"{len(children)} sitemaps, " if children else ""
    return f"{inner}{len(leads)} links, {len(reports)} of them reports{newest}"


def check_spider_for(entry: SourceEntry, findings: Findings) -> type[CheckSpider]:
    """Return the spider that checks a source and adds what it sees to `findings`."""
    members = {"name": entry.id, "entry": entry, "findings": findings}
    return type(f"{entry.id}-check", (CheckSpider,), members)

"""The spider of `scrapy newsource`: surveys a site that is in no catalogue, reads a few reports, stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive.clock import Clock, to_text
from archive.models import Extraction, Outcome
from archive.urls import canonical_url
from crawler.clock import clock_from
from crawler.discovery.unknown.entries import Learned, learn, readable
from crawler.discovery.unknown.shapes import shape_rules
from crawler.discovery.unknown.survey import Ask, Found, Survey, look
from crawler.errors import CrawlerError, DiscoveryError
from crawler.extraction.page import Hints
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely
from crawler.spiders.responses import header, of_failure, of_status

_TRIALS = 5  # reports that are read


@dataclass(slots=True)
class SiteSurvey:
    """What a survey gave: set by the spider as it goes. reason: why nothing came of it, as a sentence.

    languages: of the reports that were read. trials: a sentence for each; readable: how many hold a report.
    """

    found: Found | None = None
    learned: Learned | None = None
    reason: str | None = None
    languages: Counter[str] = field(default_factory=Counter)
    trials: list[str] = field(default_factory=list)
    readable: int = 0


class SurveySpider(Spider):
    """Surveys one site; `homepage` and `result` are set by `survey_spider_for`."""

    homepage: ClassVar[str]
    result: ClassVar[SiteSurvey]

    def __init__(self, *, allows_private: bool = False) -> None:
        super().__init__(name="newsource")
        self.allows_private = allows_private
        self.rules = shape_rules(self.homepage)  # by which the guard refuses redirects to votes and the like
        self.host_map: dict[str, str] = {}
        self._survey = Survey(self.homepage)
        self._surveyed = False
        self._forbidden: str | None = None
        self.pool: WorkerPool
        self.clock: Clock

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Leave out what stores reports."""
        super().update_settings(settings)
        settings.set("ITEM_PIPELINES", {}, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SurveySpider:
        """Make the spider and its workers."""
        settings = crawler.settings
        allows_private = settings.getbool("ALLOW_PRIVATE_HOSTS")
        spider = super().from_crawler(crawler, *args, allows_private=allows_private, **kwargs)
        spider.pool = WorkerPool(1, timeout=settings.getfloat("EXTRACTION_TIMEOUT"))
        spider.clock = clock_from(settings["NOW"])
        crawler.signals.connect(spider.conclude, signal=signals.spider_idle)
        crawler.signals.connect(spider.pool.close, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield what the survey asks first."""
        for request in self._requests(self._survey.first()):
            yield request

    async def see(self, response: Response) -> AsyncIterator[Request]:
        """Show a response to the survey, and yield what it asks next."""
        ask: Ask = response.meta["ask"]
        content_type = header(response, "Content-Type")
        try:
            sight = await self.pool.run(look, ask, response.status, response.body, content_type, response.url)
            asks = self._survey.take(sight)
        except CrawlerError as problem:
            asks = self._survey.failed(ask, str(problem))
        for request in self._requests(asks):
            yield request

    def failed(self, failure: Failure) -> Iterable[Request]:
        """Tell the survey that an address gave no response, and why."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        outcome, sentence = of_failure(failure.value)
        ask: Ask = request.meta["ask"]
        if outcome is Outcome.ROBOTS and ask.what == "homepage":
            self._forbidden = f"robots.txt of {self.homepage} forbids its homepage to be fetched"
        return self._requests(self._survey.failed(ask, sentence))

    def conclude(self) -> None:
        """When the survey is done, learn from it, and fetch a few reports to see if they read."""
        if self._surveyed or self.crawler.engine is None:
            return
        self._surveyed = True
        self.result.found = found = self._survey.found()
        self.result.reason = self._forbidden or found.unreachable
        if self.result.reason is not None:
            return
        try:
            self.result.learned = learned = learn(found)
        except DiscoveryError as error:
            self.result.reason = str(error)
            return
        for url in _some_of_each_kind(learned):
            self.crawler.engine.crawl(
                Request(url, self.see_report, errback=self.failed_report, dont_filter=True)
            )
        raise DontCloseSpider

    async def see_report(self, response: Response) -> None:
        """Note whether a report reads, and its language."""
        _, error = of_status(response.status)
        if error is not None:
            self._note(response.request, error)
            return
        try:
            extraction = await self.pool.run(
                extract_remotely, response.body, url=response.url, content_type=header(response, "Content-Type"),
                fetched_at=self.clock(), hints=Hints(),
            )  # fmt: skip
        except CrawlerError as problem:
            self._note(response.request, str(problem))
            return
        self._note(response.request, self._read(extraction))

    def failed_report(self, failure: Failure) -> None:
        """Note why a report could not be fetched."""
        self._note(failure.request, of_failure(failure.value)[1])  # type: ignore[attr-defined]  # Scrapy sets it

    def _read(self, extraction: Extraction) -> str:
        article = extraction.article
        if article is None:
            return f"holds no report ({extraction.reason})"
        self.result.readable += 1
        if article.language:
            self.result.languages[article.language] += 1
        published = to_text(article.published.moment) if article.published else "no date"
        return f"a report of {len(article.body.split())} words, {published}"

    def _note(self, request: Request | None, what: str) -> None:
        self.result.trials.append(f"tried {readable(request.url) if request else '?'}: {what}")

    def _requests(self, asks: Iterable[Ask]) -> list[Request]:
        return [
            Request(
                ask.url, callback=self.see, errback=self.failed, dont_filter=True,
                meta={"ask": ask, "dont_obey_robotstxt": ask.what == "robots.txt"},
            )
            for ask in asks
        ]  # fmt: skip


def _some_of_each_kind(learned: Learned) -> list[str]:
    """Return addresses to try: of each family of the pattern one, then the likeliest."""
    first = [family.example for family in learned.induced.families]
    likely = [canonical_url(each.url) for each in learned.reports]
    return list(dict.fromkeys((*first, *likely)))[:_TRIALS]


def survey_spider_for(homepage: str, result: SiteSurvey) -> type[SurveySpider]:
    """Return the spider that surveys a site and puts what it sees into `result`."""
    members: dict[str, Callable[..., Any] | object] = {"homepage": homepage, "result": result}
    return type("newsource", (SurveySpider,), members)

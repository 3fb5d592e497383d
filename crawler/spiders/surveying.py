"""A survey within a crawl: for an entry that declares no endpoints, or none that can be read any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.models import EndpointKind
from crawler.discovery.unknown.survey import Ask, Found, Survey, look
from crawler.errors import CrawlerError
from crawler.extraction.pool import WorkerPool
from crawler.spiders.responses import header, of_failure

_ASK = "ask"
_PRIORITY = 40  # before anything else


class Surveying:
    """Drives a Survey of the site at `homepage` through Scrapy."""

    def __init__(self, homepage: str, pool: WorkerPool) -> None:
        self._survey = Survey(homepage)
        self._pool = pool

    def begin(self) -> list[Request]:
        """Return the first requests; the others follow from their answers."""
        return list(self._requests(self._survey.first()))

    def found(self) -> Found:
        """Return what was found, when no request is under way any more."""
        return self._survey.found()

    def endpoints(self) -> Iterator[tuple[str, EndpointKind]]:
        """Yield the address and kind of each endpoint that was found."""
        found = self._survey.found()
        yield from ((feed.url, "feed") for feed in found.feeds)
        yield from ((sitemap.url, "sitemap") for sitemap in found.sitemaps)
        yield from ((listing.url, "listing") for listing in found.listings)

    def in_vain(self) -> str:
        """Return why nothing was found, as a sentence."""
        found = self._survey.found()
        tried = "; ".join(found.notes[:3]) or "it links to nothing that looks like a report"
        return found.unreachable or f"no feed, sitemap or listing was found at {found.homepage}: {tried}"

    async def see(self, response: Response) -> AsyncIterator[Request]:
        """Show an answer to the survey, and yield what it asks next."""
        ask: Ask = response.meta[_ASK]
        content_type = header(response, "Content-Type")
        try:
            sight = await self._pool.run(
                look, ask, response.status, response.body, content_type, response.url
            )
            asks = self._survey.take(sight)
        except CrawlerError as problem:
            asks = self._survey.failed(ask, str(problem))
        for request in self._requests(asks):
            yield request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """Tell the survey that an address gave no answer, and why; yield what it asks next."""
        ask: Ask = failure.request.meta[_ASK]  # type: ignore[attr-defined]  # Scrapy sets it
        yield from self._requests(self._survey.failed(ask, of_failure(failure.value)[1]))

    def _requests(self, asks: Iterable[Ask]) -> Iterator[Request]:
        for ask in asks:
            # robots.txt may forbid all but itself
            meta = {_ASK: ask, "dont_obey_robotstxt": ask.what == "robots.txt"}
            yield Request(
                ask.url,
                callback=self.see,
                errback=self.failed,
                meta=meta,
                priority=_PRIORITY,
                dont_filter=True,
            )

"""A site that refuses us, or asks for time, is left alone: for seconds within the run, or for days over runs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeGuard
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware, get_retry_request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.asyncio import CallLaterResult, call_later
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.log import SpiderLoggerAdapter

from archive.clock import Clock, to_text
from archive.tables.leads import RETRY_AFTER
from crawler.errors import CrawlerError
from crawler.manners.blocks import Block, recognise
from crawler.manners.hours import Window
from crawler.manners.retry_after import retry_after
from crawler.manners.standing import Standing, pause_length
from crawler.middlewares.capture import LEAD, clock_of, reason_phrase
from crawler.middlewares.guard import PACKED, LoginWall
from crawler.middlewares.pace import PutOff, paced
from crawler.sources.model import SourceEntry
from crawler.unpacking import Packed, Unpacking

# What a response's `meta` says to the spider: why it is a block; when the server wants to be asked again.
BLOCK = "block"
RETRY_AT = "retry_at"
# The finish reasons of a run that was cut short, or asked nothing at all.
BLOCKED = "blocked"
PAUSED = "paused"
OUTSIDE_HOURS = "outside_hours"
ROBOTS_PATH = "/robots.txt"
_LONGEST_BREAK = 60.0  # seconds between two tries of a run, but for hosts whose own delay is longer
_ASKS_FOR_TIME = frozenset({429, 503})
_GIVES_NO_PAGE = frozenset({404, 410})


class _Run(Protocol):
    """The part of `crawler.run.CrawlRun` that is needed here."""

    clock: Clock

    def paused_until(self) -> tuple[datetime, str] | None: ...

    def pauses(self) -> int: ...

    def pause(self, until: datetime, reason: str) -> None: ...

    def resume(self) -> None: ...


class _Crawl(Protocol):
    """A spider whose run is written down; `scrapy checksource` has none."""

    name: str
    run: _Run
    entry: SourceEntry

    @property
    def logger(self) -> SpiderLoggerAdapter: ...


class PatientRetryMiddleware(RetryMiddleware):
    """Scrapy's retries within the run, but the host is left alone twice as long before each further one."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Ask again after an error of the server; not if it refuses us, or has said when to come back."""
        if request.meta.get(BLOCK) or request.meta.get(RETRY_AT):
            return response
        return super().process_response(request, response)

    def _retry(self, request: Request, reason: str | Exception | type[Exception]) -> Request | None:
        again = super()._retry(request, reason)
        downloader = paced(self.crawler)
        if again is not None and downloader is not None:
            host = urlparse_cached(request).hostname or ""
            delay = downloader.delay_of(host)
            downloader.hold(host, max(delay, min(delay * 2 ** again.meta["retry_times"], _LONGEST_BREAK)))
        return again


class BackoffMiddleware:
    """Recognises blocks and Retry-After, and ends the run when the source is to be left alone.

    Stands where bodies are no longer content-encoded and redirects are followed, before the retries.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._longest_wait = timedelta(seconds=crawler.settings.getfloat("RETRY_AFTER_MAX_WAIT"))
        self._standing = Standing()
        self._resumed = False
        self._closing: asyncio.Future[None] | None = None
        self._end_of_hours: CallLaterResult | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware. It is made after the extensions, so that its spider has its run when opened."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.open, signal=signals.spider_opened)
        crawler.signals.connect(middleware.idle, signal=signals.spider_idle)
        crawler.signals.connect(middleware.close, signal=signals.spider_closed)
        return middleware

    # -- the run ------------------------------------------------------------------------------------------

    def open(self, spider: Spider) -> None:
        """End the run before it asks anything, if the source is paused or it's outside its hours."""
        if not _is_crawl(spider):
            return
        now = spider.run.clock()
        paused = spider.run.paused_until()
        if paused is not None:
            spider.logger.warning("%s is left alone until %s: %s", spider.name, to_text(paused[0]), paused[1])
            raise CloseSpider(PAUSED)
        if spider.entry.hours is None:
            return
        window = Window.parse(spider.entry.hours, spider.entry.time_zone)
        if not window.is_open(now):
            spider.logger.warning("%s is crawled from %s only", spider.name, window)
            raise CloseSpider(OUTSIDE_HOURS)
        closes_at = window.closes_at(now)
        if closes_at is not None:
            self._end_of_hours = call_later(
                (closes_at - now).total_seconds(), self._end, OUTSIDE_HOURS, "its hours are over"
            )

    def idle(self, spider: Spider) -> None:
        """When all is done: a source that gave nothing but blocks is left alone, one that answers is not."""
        engine = self._crawler.engine
        if (
            not _is_crawl(spider)
            or self._closing is not None
            or engine is None
            or not engine.spider_is_idle()
        ):
            return  # or another has just found something to do
        block = self._standing.last_block
        if block is not None and not self._standing.has_answered:
            self._pause(spider, block.sentence, None)
            raise CloseSpider(BLOCKED)
        if block is None and self._standing.has_answered:
            self._resume(spider)

    def close(self) -> None:
        """Forget the end of the source's hours."""
        if self._end_of_hours is not None:
            self._end_of_hours.cancel()
            self._end_of_hours = None

    # -- the responses ------------------------------------------------------------------------------------

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Leave what the response means in `meta`; return a request to be sent after a short wait."""
        request.meta.pop(BLOCK, None)
        request.meta.pop(RETRY_AT, None)
        now = clock_of(self._crawler)()
        wait = _wait(response, now)
        if wait is not None:
            again = self._again(request, response, wait)
            if again is not None:
                return again
            request.meta[RETRY_AT] = now + wait
        block = None
        if not _is_robots(request):
            block = _block(request, response)
        if block is not None:
            request.meta[BLOCK] = block.sentence
        self._note(request, response, block, wait)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count a redirect to a login, which is refused before it is followed; keep quiet of what was put off."""
        if isinstance(exception, PutOff):
            request.errback = None  # nothing has become of it: its lead stays as it is
        if isinstance(exception, LoginWall) and not _is_robots(request):
            self._count(Block("login", str(exception)), request, _asked_for(request))

    def _again(self, request: Request, response: Response, wait: timedelta) -> Request | None:
        """Return the request to be sent again after a short wait; None if it is long, or was given often enough."""
        downloader, spider = paced(self._crawler), self._crawler.spider
        if wait > self._longest_wait or downloader is None or spider is None:
            return None
        again = get_retry_request(request, spider=spider, reason=f"{response.status} with Retry-After")
        if again is not None:
            downloader.hold(urlparse_cached(request).hostname or "", wait.total_seconds())
        return again

    def _note(
        self, request: Request, response: Response, block: Block | None, wait: timedelta | None
    ) -> None:
        spider = self._crawler.spider
        if wait is not None and wait > self._longest_wait:
            self._put_off(request, f"{_words(response)}, and asks for time (Retry-After)", wait)
        if block is not None:
            self._count(block, request, response.url)
        elif _is_answer(request, response):
            self._standing.answered()
            if LEAD in request.meta and _is_crawl(spider):
                self._resume(spider)

    def _put_off(self, request: Request, why: str, wait: timedelta) -> None:
        spider, downloader = self._crawler.spider, paced(self._crawler)
        if _is_crawl(spider) and _is_own(spider.entry, request.url):
            self._leave(spider, why, wait)
        elif downloader is not None:
            downloader.shut(urlparse_cached(request).hostname or "", why)

    def _count(self, block: Block, request: Request, by: str) -> None:
        """Count a block; `by`: the URL that refused. A report that leads to another's site says nothing of ours."""
        spider = self._crawler.spider
        if self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"blocks/{block.kind}")
        if not _is_crawl(spider) or not _is_own(spider.entry, by):
            return
        if self._standing.blocked(block, _asked_for(request)):
            self._leave(spider, block.sentence, None)

    # -- leaving it alone ---------------------------------------------------------------------------------

    def _leave(self, spider: _Crawl, why: str, wait: timedelta | None) -> None:
        if self._closing is None:
            self._pause(spider, why, wait)
            self._end(BLOCKED, why)

    def _pause(self, spider: _Crawl, why: str, wait: timedelta | None) -> None:
        """Write down that the source is to be left alone: as long as it asks for, or longer each time."""
        length = pause_length(spider.run.pauses(), RETRY_AFTER) if wait is None else wait
        spider.run.pause(spider.run.clock() + length, why)

    def _resume(self, spider: _Crawl) -> None:
        if not self._resumed and self._closing is None:  # what was under way still comes in when it's over
            self._resumed = True
            spider.run.resume()

    def _end(self, reason: str, why: str) -> None:
        """Close the spider; whatever has not been sent yet stays with its lead."""
        engine, downloader = self._crawler.engine, paced(self._crawler)
        if self._closing is None and engine is not None:
            if downloader is not None:
                downloader.end(why)
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))


def _block(request: Request, response: Response) -> Block | None:
    """Return how a response refuses us; of a body that is packed, nearly always the beginning is enough to tell."""
    packed: Packed | None = request.meta.get(PACKED)
    body = response.body if packed is None else Unpacking(packed)
    try:
        return recognise(response.status, _headers(response), body, response.url, _asked_for(request))
    except CrawlerError:
        return None  # who reads the page will say why it can't be unpacked


def _is_crawl(spider: object) -> TypeGuard[_Crawl]:
    return hasattr(spider, "run") and hasattr(spider, "entry")


def _is_own(entry: SourceEntry, url: str) -> bool:
    """Tell whether a URL is at one of the source's hosts, or below one."""
    addresses = (entry.homepage, *entry.feeds, *entry.sitemaps, *entry.listings)
    hosts = {*(_host(address) for address in addresses), *entry.domains}
    host = _host(url)
    return any(host == own or host.endswith(f".{own}") for own in hosts)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _is_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and urlparse_cached(request).path == ROBOTS_PATH


def _is_answer(request: Request, response: Response) -> bool:
    """Tell whether the site has answered as to anybody; robots.txt is let through by what stops the rest."""
    return (response.status < 400 or response.status in _GIVES_NO_PAGE) and not _is_robots(request)


def _asked_for(request: Request) -> str:
    before: list[str] = request.meta.get("redirect_urls", [])
    return before[0] if before else request.url


def _wait(response: Response, now: datetime) -> timedelta | None:
    if response.status not in _ASKS_FOR_TIME:
        return None
    value = response.headers.get("Retry-After")
    return retry_after(None if value is None else value.decode("latin-1"), now)


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }


def _words(response: Response) -> str:
    return f"HTTP {response.status} {reason_phrase(response.status)}".rstrip()

"""robots.txt, failing closed as RFC 9309 has it: no answer from the server means that nothing may be fetched.

Scrapy 2.19 parses whatever comes, a 503's body as well, allows everything when the request fails, and applies
neither Crawl-delay nor Request-rate nor Visit-time.
"""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from crawler.manners.contact import PRODUCT
from crawler.manners.hours import Window
from crawler.manners.pace import asked_delay
from crawler.middlewares.capture import clock_of
from crawler.middlewares.pace import PutOff, paced

_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"


def _is_no_traceback(record: logging.LogRecord) -> bool:
    return record.exc_info is None


class RobotsForbids(IgnoreRequest):
    """robots.txt does not allow the request; the message says why."""


class RobotsUnavailable(IgnoreRequest):
    """There is no robots.txt to be had today, so that nothing may be fetched; the message says why."""


class FailClosedRobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, but a robots.txt that can't be had forbids everything (RFC 9309, 2.3.1.4).

    It is asked for once a host and run; what it says of pace and hours is kept. A host that asks for a longer
    pause than the setting CRAWL_DELAY_MAX is not asked for anything more: neither faster than it wants, nor
    at one report a day without anybody having decided so.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # a traceback of 50 lines; what could not be fetched for want of robots.txt says so in a sentence
        logging.getLogger(RobotsTxtMiddleware.__module__).addFilter(_is_no_traceback)
        self._unavailable: dict[str, str] = {}  # by host, why
        self._put_off: dict[str, PutOff] = {}
        self._too_slow: dict[str, str] = {}
        self._hours: dict[str, Window] = {}
        self._slowest = crawler.settings.getfloat("CRAWL_DELAY_MAX")

    async def process_request(self, request: Request) -> None:  # type: ignore[override]  # no spider any more
        """Raise RobotsForbids for what robots.txt does not allow, RobotsUnavailable where it can't be had."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        host = urlparse_cached(request).netloc
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            if host in self._put_off:
                raise self._put_off[host] from error
            if host in self._unavailable:
                why = f"robots.txt of {host} can't be had ({self._unavailable[host]}), so nothing may be fetched"
                raise RobotsUnavailable(why) from error
            raise RobotsForbids("robots.txt forbids it") from error
        self._check_pace_and_hours(host)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the robots.txt of the request's host."""
        await super().robot_parser(request)
        # Of several requests that wait for one robots.txt, Scrapy hands it to the first only; to the others it
        # says None, which allows everything.
        parser = self._parsers[urlparse_cached(request).netloc]
        return None if isinstance(parser, Deferred) else parser

    def _check_pace_and_hours(self, host: str) -> None:
        if host in self._too_slow:
            raise RobotsForbids(self._too_slow[host])
        hours = self._hours.get(host)
        if hours is not None and not hours.is_open(clock_of(self.crawler)()):
            raise RobotsForbids(f"robots.txt of {host} allows visits only from {hours}")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # 4xx: there is none, everything is allowed (2.3.1.3); 429 is the server asking to be left alone.
        if response.status >= 500 or response.status == 429:
            self._stats.inc_value("robotstxt/unavailable")
            self._unavailable[netloc] = f"HTTP {response.status}"
            response = response.replace(body=_NOTHING_ALLOWED)
        elif response.status >= 300:
            response = response.replace(body=b"")
        # before the requests that wait for it are let go
        self._keep_pace_and_hours(self._parserimpl.from_crawler(self.crawler, response.body), request)
        await super()._parse_robots(response, netloc, request)

    def _keep_pace_and_hours(self, parser: RobotParser, request: Request) -> None:
        if not isinstance(parser, ProtegoRobotParser):  # the setting ROBOTSTXT_PARSER; others know less
            return
        address = urlparse_cached(request)
        rate = parser.rp.request_rate(PRODUCT)
        delay = asked_delay(parser.crawl_delay(PRODUCT), (rate.requests, rate.seconds) if rate else None)
        if delay > self._slowest:
            self._too_slow[address.netloc] = (
                f"robots.txt of {address.netloc} asks for {delay:g} seconds between two requests, and the setting"
                f" CRAWL_DELAY_MAX allows {self._slowest:g} at most"
            )
        downloader = paced(self.crawler)
        if downloader is not None and delay:
            downloader.ask_slowly(address.hostname or "", delay)
        visits = parser.rp.visit_time(PRODUCT)
        if visits is not None:
            self._hours[address.netloc] = Window(visits.start_time, visits.end_time)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        nothing = self._parserimpl.from_crawler(self.crawler, _NOTHING_ALLOWED)
        waiting = self._parsers[netloc]
        # Scrapy's own method would let go all requests that wait for this robots.txt.
        self._parsers[netloc] = nothing
        if isinstance(exc, PutOff):
            self._put_off[netloc] = exc
        else:
            self._unavailable[netloc] = str(exc) or type(exc).__name__
            self._stats.inc_value("robotstxt/unavailable")
        if isinstance(waiting, Deferred):
            waiting.callback(nothing)

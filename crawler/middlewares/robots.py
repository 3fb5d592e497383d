"""robots.txt, failing closed as RFC 9309 has it: no answer from the server means that nothing may be fetched.

Scrapy 2.19 parses whatever comes, a 503's body as well, and allows everything when the request fails.
"""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"


def _is_no_traceback(record: logging.LogRecord) -> bool:
    return record.exc_info is None


class RobotsForbids(IgnoreRequest):
    """robots.txt does not allow the request; the message says why."""


class RobotsUnavailable(IgnoreRequest):
    """There is no robots.txt to be had today, so that nothing may be fetched; the message says why."""


class FailClosedRobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, but a robots.txt that can't be had forbids everything (RFC 9309, 2.3.1.4)."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # a traceback of 50 lines; what could not be fetched for want of robots.txt says so in a sentence
        logging.getLogger(RobotsTxtMiddleware.__module__).addFilter(_is_no_traceback)
        self._unavailable: dict[str, str] = {}  # by host, why

    async def process_request(self, request: Request) -> None:  # type: ignore[override]  # no spider any more
        """Raise RobotsForbids for what robots.txt does not allow, RobotsUnavailable where it can't be had."""
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            host = urlparse_cached(request).netloc
            if host in self._unavailable:
                why = f"robots.txt of {host} can't be had ({self._unavailable[host]}), so nothing may be fetched"
                raise RobotsUnavailable(why) from error
            raise RobotsForbids("robots.txt forbids it") from error

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the robots.txt of the request's host."""
        await super().robot_parser(request)
        # Of several requests that wait for one robots.txt, Scrapy hands it to the first only; to the others it
        # says None, which allows everything.
        parser = self._parsers[urlparse_cached(request).netloc]
        return None if isinstance(parser, Deferred) else parser

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # 4xx: there is none, everything is allowed (2.3.1.3); 429 is the server asking to be left alone.
        if response.status >= 500 or response.status == 429:
            self._stats.inc_value("robotstxt/unavailable")
            self._unavailable[netloc] = f"HTTP {response.status}"
            response = response.replace(body=_NOTHING_ALLOWED)
        elif response.status >= 300:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        nothing = self._parserimpl.from_crawler(self.crawler, _NOTHING_ALLOWED)
        waiting = self._parsers[netloc]
        # Scrapy's own method would let go all requests that wait for this robots.txt.
        self._parsers[netloc] = nothing
        self._unavailable[netloc] = str(exc) or type(exc).__name__
        self._stats.inc_value("robotstxt/unavailable")
        if isinstance(waiting, Deferred):
            waiting.callback(nothing)

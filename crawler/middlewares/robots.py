"""robots.txt, failing closed as RFC 9309 has it: no answer from the server means that nothing may be fetched.

Scrapy 2.19 parses whatever comes, a 503's body as well, and allows everything when the request fails.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"


class RobotsForbids(IgnoreRequest):
    """robots.txt does not allow the request; the message says why."""


class FailClosedRobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, but a robots.txt that can't be had forbids everything (RFC 9309, 2.3.1.4)."""

    async def process_request(self, request: Request) -> None:  # type: ignore[override]  # no spider any more
        """Raise RobotsForbids for what robots.txt does not allow."""
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            raise RobotsForbids("robots.txt forbids it") from error

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # 4xx: there is none, everything is allowed (2.3.1.3); 429 is the server asking to be left alone.
        if response.status >= 500 or response.status == 429:
            self._stats.inc_value("robotstxt/unavailable")
            response = response.replace(body=_NOTHING_ALLOWED)
        elif response.status >= 300:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        super()._robots_error(exc, netloc)
        self._stats.inc_value("robotstxt/unavailable")
        self._parsers[netloc] = self._parserimpl.from_crawler(self.crawler, _NOTHING_ALLOWED)

"""Lets an address on loopback stand for a public host: for the demo site, and for replaying saved pages.

Everything but the connection sees the public URL, so that articles have the same identity wherever they're
served from.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future

from crawler.middlewares.guard import ASKER_ALLOWS_PRIVATE

ANY_HOST = "*"


class HostMapHandler(HTTP11DownloadHandler):
    """Scrapy's own HTTP handler, but for hosts in the setting HOST_MAP or the spider's `host_map`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._host_map = crawler.settings.getdict("HOST_MAP")

    async def download_request(self, request: Request) -> Response:
        """Fetch `request`, from the address that stands for its host if there is one."""
        ASKER_ALLOWS_PRIVATE.set(bool(getattr(self._crawler.spider, "allows_private", False)))
        parts = urlsplit(request.url)
        # asked at each request: the demo site's port is known once the spider is open
        host_map = self._host_map | getattr(self._crawler.spider, "host_map", {})
        target = host_map.get(parts.netloc) or host_map.get(ANY_HOST)
        if target is None:
            return await super().download_request(request)
        base = urlsplit(target)
        there = request.replace(
            url=urlunsplit((base.scheme, base.netloc, parts.path, parts.query, "")),
            headers={**request.headers, "Host": parts.netloc},
        )
        response = await super().download_request(there)
        return response.replace(url=request.url)

    async def close(self) -> None:
        """Close the connections, waiting a second for them.

        Scrapy's own method sets an alarm that goes off although they are closed, with a traceback, if the process
        was too busy to disarm it within that second.
        """
        closing = maybe_deferred_to_future(self._pool.closeCachedConnections())  # type: ignore[no-untyped-call]
        await asyncio.wait([asyncio.ensure_future(closing)], timeout=self._disconnect_timeout)

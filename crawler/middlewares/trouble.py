"""An archive that can't be read or written ends its crawl, with one sentence; what it had stored stays."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self
from weakref import WeakKeyDictionary

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.errors import ArchiveError
from archive.troubles import sentence

logger = logging.getLogger(__name__)

WRITE_FAILED = "write_failed"  # the finish reason of a crawl whose archive could not be read or written
TROUBLES = (ArchiveError, sqlite3.Error)


class TroubleMiddleware:
    """Stands where a spider's callbacks end: Scrapy would log a traceback for each page, and crawl on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the middleware for one crawl."""
        return cls(crawler)

    def process_spider_exception(
        self,
        response: Response,  # noqa: ARG002 - Scrapy names its arguments
        exception: Exception,
    ) -> Iterable[object] | None:
        """End the crawl if it's the archive's error; leave any other to Scrapy."""
        if not isinstance(exception, TROUBLES):
            return None
        give_up(self._crawler, exception)
        return []


def said(crawler: Crawler, error: Exception) -> str:
    """Return an error of the archive as a sentence."""
    return (
        str(error)
        if isinstance(error, ArchiveError)
        else sentence(Path(crawler.settings["ARCHIVE_DB"]), error)
    )


def give_up(crawler: Crawler, error: Exception) -> None:
    """End a crawl whose archive can't be read or written; say why, once."""
    if crawler in _closing or crawler.engine is None:
        return
    name = crawler.spider.name if isinstance(crawler.spider, Spider) else "?"
    logger.error("the crawl of %s ends: %s", name, said(crawler, error))
    _closing[crawler] = asyncio.ensure_future(crawler.engine.close_spider_async(reason=WRITE_FAILED))


# What asyncio runs is to be held by somebody.
_closing: WeakKeyDictionary[Crawler, asyncio.Future[None]] = WeakKeyDictionary()

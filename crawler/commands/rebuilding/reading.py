"""The extraction as `archive rebuild` asks for it: captured pages, each read with the template that it was read with.

The archive finds it as the entry point of the group `conflict_archive.rebuilding`, since it may not know the crawler.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from archive.evidence.reading import CaptureUnreadable, content, read_response
from archive.models import Extraction
from archive.rebuilding.derivation import Page, Unread
from crawler import settings
from crawler.errors import CrawlerError
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import read_report
from crawler.rereading import extractor_version

# Pages under way: enough to keep every core busy.
_UNDER_WAY = 64

Result = Extraction | Unread | None


class RebuildReader:
    """Extracts captured pages in worker processes: an `archive.rebuilding.derivation.Reader`."""

    def __init__(self) -> None:
        self.version = extractor_version()
        self._pool = WorkerPool(settings.EXTRACTION_WORKERS, timeout=settings.EXTRACTION_TIMEOUT)
        self._runner = asyncio.Runner()

    def read(self, folder: Path, pages: Iterable[Page | None]) -> Iterator[Result]:
        """Yield what comes of each page, in their order; see the protocol."""
        running: deque[asyncio.Task[Result] | None] = deque()
        loop, coming = self._runner.get_loop(), iter(pages)
        try:
            while True:
                for page in islice(coming, _UNDER_WAY - len(running)):
                    running.append(None if page is None else loop.create_task(self._result(folder, page)))
                if not running:
                    return
                task = running.popleft()
                yield None if task is None else self._runner.run(_awaited(task))
        finally:
            for left in running:
                if left is not None:
                    left.cancel()

    def close(self) -> None:
        """End the workers."""
        self._pool.close()
        self._runner.close()

    async def _result(self, folder: Path, page: Page) -> Result:
        try:
            return await self._pool.run(read_page, folder, page)
        except CrawlerError as error:
            return Unread(str(error))


async def _awaited(task: asyncio.Task[Result]) -> Result:
    return await task


def read_page(folder: Path, page: Page) -> Extraction | Unread:
    """Return what the extraction makes of a captured page, with the columns that are to be stored; in a worker."""
    try:
        response = read_response(folder, page.warc_file, page.warc_offset, page.payload_sha256)
        payload = content(response)
    except CaptureUnreadable as error:
        return Unread(str(error), error.trouble)
    hints = Hints(
        page.source.name,
        page.source.time_zone,
        page.source.languages,
        title=page.title,
        published_at=page.published_at,
        modified_at=page.modified_at,
        via=page.via,
    )
    return read_report(
        payload,
        url=page.url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        hints=hints,
        template=KnownTemplate(*page.template) if page.template else None,
    )

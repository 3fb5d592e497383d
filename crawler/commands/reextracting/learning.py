"""Learning the template of a source of which none was learned yet, from captures that the archive has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from archive.models import Extraction, SiteTemplate, TemplateLesson
from archive.tables.reextraction import StoredPage
from crawler.errors import CrawlerError
from crawler.extraction.pool import WorkerPool
from crawler.learning import learn_version
from crawler.rereading import Unreadable
from crawler.templates import SiteTemplates

# The newest reports, enough for a few layouts; what a crawl learns from later is no more.
TEACHERS = 48

Read = Callable[[StoredPage], Awaitable[Extraction | Unreadable | CrawlerError]]


async def learn_first(
    source_id: str, pages: Iterable[StoredPage], read: Read, pool: WorkerPool, now: datetime
) -> tuple[SiteTemplate, Sequence[TemplateLesson]] | None:
    """Return the first version of a source's template, and its lessons; None where these pages don't teach one.

    read: extracts a page without a template. now: aware, when it was learned.
    """
    known = SiteTemplates(source_id)
    pages = list(pages)
    for page, result in zip(pages, await asyncio.gather(*map(read, pages)), strict=True):
        if isinstance(result, Extraction):
            known.note(page.url, page.fetched_at, result)
    lessons = known.to_learn()
    if lessons is None:
        return None
    try:
        template = await learn_version(pool, source_id, 1, lessons, now)
    except CrawlerError:  # the pages are read without it, as in a crawl
        return None
    return (template, lessons) if template else None

"""Learning a source's template in the course of its crawl: in a worker, between two pages, and into the archive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from archive.clock import Clock
from archive.errors import ArchiveUnwritable
from archive.models import Extraction, SiteTemplate, Source, TemplateLesson
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import learn_remotely
from crawler.templates import SiteTemplates

logger = logging.getLogger(__name__)

# A template that agrees less with what the pages tell by themselves would leave the fast path all the time, or harm.
MIN_SCORE = 0.7


class Learner(Protocol):
    """A run that learns its source's template as it goes: a crawl, or an import."""

    @property
    def source(self) -> Source:
        """Return the source."""
        ...

    @property
    def pool(self) -> WorkerPool:
        """Return the workers."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def templates(self) -> SiteTemplates:
        """Return what is known of the template."""
        ...

    def save_template(self, template: SiteTemplate, lessons: Sequence[TemplateLesson]) -> Future[int]:
        """Queue a new version and its lessons; the future gives its id."""
        ...


async def learn_from(run: Learner, url: str, seen_at: datetime, extraction: Extraction) -> None:
    """Take in what a report's page taught, and learn the next version of the template if it's time.

    The page that completes the lessons waits for it, a tenth of a second; the others go on. What can't be learned or
    written is logged: the pages are read without it, as before.
    """
    run.templates.note(url, seen_at, extraction)
    lessons = run.templates.to_learn()
    if lessons is None:
        return
    current = run.templates.current
    try:
        template = await learn_version(
            run.pool, run.source.id, current.version + 1 if current else 1, lessons, run.clock()
        )
        if template is not None:
            template_id: int = await asyncio.wrap_future(run.save_template(template, lessons))
            template = replace(template, id=template_id)
    except Exception as error:  # noqa: BLE001 - a full disk, a worker that died: the pages are read without it
        # where nothing can be stored, the crawl ends and says so
        level = logging.INFO if isinstance(error, ArchiveUnwritable) else logging.WARNING
        logger.log(level, "no template was learned of %s: %s", run.source.id, error)
        template = None
    if template is None:
        run.templates.not_learned()
    else:
        run.templates.learned(template)
        logger.info("learned version %d of the template from %d pages", template.version, template.page_count)


async def learn_version(
    pool: WorkerPool, source_id: str, version: int, lessons: Sequence[TemplateLesson], now: datetime
) -> SiteTemplate | None:
    """Return what these lessons of one source teach, not stored yet; None where it agrees with them too little.

    now: aware, when it is learned. Raises ExtractionError where a worker can't do it.
    """
    # At once: the pages that wait for their turn are to be read with it.
    learned = await pool.run_now(learn_remotely, [lesson.lesson for lesson in lessons])
    if learned.score is None or learned.score < MIN_SCORE:
        agreement = (
            "too few pages" if learned.score is None else f"{100 * learned.score:.0f} % of its pages' text"
        )
        logger.info("a template of %s was not used: it agrees with %s", source_id, agreement)
        return None
    return SiteTemplate(source_id, version, now, learned.pages, learned.score, learned.document)

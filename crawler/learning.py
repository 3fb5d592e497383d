"""Learning a source's template in the course of its crawl: in a worker, between two pages, and into the archive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from archive.errors import ArchiveError
from archive.models import Extraction, SiteTemplate, TemplateLesson
from crawler.errors import CrawlerError
from crawler.extraction.remote import learn_remotely
from crawler.run import CrawlRun

logger = logging.getLogger(__name__)

# A template that agrees less with what the pages tell by themselves would leave the fast path all the time, or harm.
_MIN_SCORE = 0.7


async def learn_from(run: CrawlRun, url: str, seen_at: datetime, extraction: Extraction) -> None:
    """Take in what a report's page taught, and learn the next version of the template if it's time.

    The page that completes the lessons waits for it, a tenth of a second; the others go on. What can't be learned or
    written is logged: the pages are read without it, as before.
    """
    run.templates.note(url, seen_at, extraction)
    lessons = run.templates.to_learn()
    if lessons is None:
        return
    try:
        template = await _learned(run, lessons)
    except (CrawlerError, ArchiveError) as error:
        logger.warning("no template was learned of %s: %s", run.source.id, error)
        template = None
    if template is None:
        run.templates.not_learned()
    else:
        run.templates.learned(template)
        logger.info("learned version %d of the template from %d pages", template.version, template.page_count)


async def _learned(run: CrawlRun, lessons: Sequence[TemplateLesson]) -> SiteTemplate | None:
    learned = await run.pool.run(learn_remotely, [lesson.lesson for lesson in lessons])
    if learned.score is not None and learned.score < _MIN_SCORE:
        logger.info("a template was not used: it agrees with %.0f %% of its pages' text", 100 * learned.score)
        return None
    current = run.templates.current
    template = SiteTemplate(
        source_id=run.source.id,
        version=current.version + 1 if current else 1,
        learned_at=run.clock(),
        page_count=learned.pages,
        score=learned.score,
        document=learned.document,
    )
    template_id: int = await asyncio.wrap_future(run.save_template(template, lessons))
    return replace(template, id=template_id)

"""Extraction of saved pages: once over some of each host's to learn its template, then over all of them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

from archive.clock import Clock, to_text
from archive.models import DateCandidate, Extraction, PageLesson, TextBlock
from crawler.commands.extracting.pages import BadLine, SavedPage, read_pages
from crawler.errors import CrawlerError
from crawler.extraction.page import KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely, learn_remotely
from crawler.learning import MIN_SCORE
from crawler.sources.loader import Catalogue

T = TypeVar("T")
A = TypeVar("A")

# Enough to keep every core busy, few enough to keep in memory.
_UNDER_WAY = 64
# A crawl waits for five pages; here these are all there will be, and three teach more than one.
_MIN_PAGES = 3
_MOST_PAGES = 12


@dataclass(slots=True)
class Report:
    """What came of the pages: how many there were, how many gave no report, and how many took which path.

    learned: for how many hosts a template was learned.
    """

    pages: int = 0
    without: int = 0
    learned: int = 0
    paths: Counter[str] = field(default_factory=Counter)

    def sentence(self) -> str:
        """Return the report as one line."""
        taken = ", ".join(f"{self.paths[path]} {says}" for path, says in _PATHS.items() if self.paths[path])
        hosts = "1 host" if self.learned == 1 else f"{self.learned} hosts"
        learned = f"templates learned for {hosts}" if self.learned else "no template learned"
        return "; ".join(
            filter(None, [f"{self.pages} pages, {self.without} without a report", learned, taken])
        )


_PATHS = {
    "template": "by template",
    "mixed": "by template and trafilatura",
    "single": "by themselves",
}


@dataclass(frozen=True, slots=True)
class Job:
    """An extraction of saved pages: the file that lists them, the catalogue, the workers, the clock."""

    source: Path
    catalogue: Catalogue
    pool: WorkerPool
    clock: Clock

    async def run(self, out: TextIO, *, learn: bool) -> Report:
        """Extract the pages, a line of JSON each, in their order; `learn` says whether from each other."""
        report = Report()
        try:
            templates = await self._templates() if learn else {}
            report.learned = len(templates)

            async def extract(entry: SavedPage | BadLine) -> dict[str, Any]:
                return await self._result(entry, templates)

            async for line in _in_order(read_pages(self.source, self.catalogue), extract):
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                report.pages += 1
                report.without += "error" in line
                report.paths[line.get("extraction_path", "")] += 1
        finally:
            self.pool.close()
        return report

    async def _templates(self) -> dict[str, KnownTemplate]:
        """Return the template of each host that has pages enough to learn one from."""
        lessons: defaultdict[str, list[bytes]] = defaultdict(list)
        async for host, lesson in _in_order(self._teachers(), self._lesson):
            if lesson is not None:
                lessons[host].append(lesson.lesson)
        enough = [(host, taught) for host, taught in lessons.items() if len(taught) >= _MIN_PAGES]
        learned = _in_order(enough, self._learned)
        return {host: template async for host, template in learned if template is not None}

    def _teachers(self) -> Iterable[SavedPage]:
        """Yield the first pages of each host that has enough of them."""
        pages = Counter(page.host for page in self._pages())
        taken: Counter[str] = Counter()
        for page in self._pages():
            if pages[page.host] >= _MIN_PAGES and taken[page.host] < _MOST_PAGES:
                taken[page.host] += 1
                yield page

    def _pages(self) -> Iterable[SavedPage]:
        found = read_pages(self.source, self.catalogue)
        return (page for page in found if isinstance(page, SavedPage) and page.host)

    async def _lesson(self, page: SavedPage) -> tuple[str, PageLesson | None]:
        try:
            extraction = await self.pool.run(extract_saved, page, self.clock(), None)
        except CrawlerError:  # said when the page's own turn comes
            return page.host, None
        return page.host, extraction.lesson

    async def _learned(self, host: tuple[str, list[bytes]]) -> tuple[str, KnownTemplate | None]:
        name, lessons = host
        try:
            learned = await self.pool.run(learn_remotely, lessons)
        except CrawlerError:  # its pages are read by themselves
            return name, None
        is_good = learned.score is None or learned.score >= MIN_SCORE
        return name, KnownTemplate(learned.document) if is_good else None

    async def _result(
        self, page: SavedPage | BadLine, templates: Mapping[str, KnownTemplate]
    ) -> dict[str, Any]:
        if isinstance(page, BadLine):
            return {"id": page.id, "error": page.error}
        try:
            extraction = await self.pool.run(extract_saved, page, self.clock(), templates.get(page.host))
        except CrawlerError as error:
            return {"id": page.id, "error": str(error)}
        return as_line(page.id, extraction)


async def _in_order(items: Iterable[A], work: Callable[[A], Coroutine[Any, Any, T]]) -> AsyncIterator[T]:
    """Yield what becomes of each item, in their order, with a bounded number under way."""
    running: deque[asyncio.Task[T]] = deque()
    for item in items:
        running.append(asyncio.create_task(work(item)))
        if len(running) >= _UNDER_WAY:
            yield await running.popleft()
    while running:
        yield await running.popleft()


def extract_saved(page: SavedPage, now: datetime, template: KnownTemplate | None) -> Extraction:
    """Read and extract a saved page; CrawlerError for a file that can't be read."""
    return extract_remotely(
        page.read(), url=page.url, content_type=None, fetched_at=now, hints=page.hints, template=template
    )


def as_line(page_id: str, extraction: Extraction) -> dict[str, Any]:
    """Return the line that `scrapy extract` writes for a page."""
    article = extraction.article
    if article is None:
        return {"id": page_id, "error": f"{extraction.reason}: {extraction.detail}"}
    published = article.published
    return {
        "id": page_id,
        "title": article.title,
        "body": article.body,
        "published_at": to_text(published.moment) if published else None,
        "published_at_precision": published.precision if published else None,
        "published_at_from": published.origin if published else None,
        "author": article.author,
        "language": article.language,
        "standfirst": article.standfirst,
        "dateline": article.dateline,
        "section": article.section,
        "modified_at": to_text(article.modified_at) if article.modified_at else None,
        "agency": article.agency,
        "tags": list(article.tags),
        "is_truncated": article.is_truncated,
        "extraction_path": extraction.path,
        "date_candidates": [_candidate(candidate) for candidate in article.date_candidates],
        "blocks": [_block(block) for block in article.blocks],
    }


def _candidate(candidate: DateCandidate) -> dict[str, Any]:
    moment = to_text(candidate.moment) if candidate.moment else None
    return {
        "role": candidate.role,
        "moment": moment,
        "precision": candidate.precision,
        "origin": candidate.origin,
        "text": candidate.text,
        "verdict": candidate.verdict,
    }


def _block(block: TextBlock) -> dict[str, Any]:
    extra = {"url": block.url, "at": to_text(block.at) if block.at else None}
    told = {"kind": block.kind, "in_body": block.in_body, "text": block.text}
    return told | {key: value for key, value in extra.items() if value}

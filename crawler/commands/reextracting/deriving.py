"""The extraction as `archive verify --full` asks for it: does the text of a revision follow from its capture?

The archive finds it as the entry point of the group `conflict_archive.derivation`, since it may not know the crawler.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from archive.tables import reextraction
from archive.verify.derivation import Derived
from crawler import settings
from crawler.commands.reextracting.outlets import Outlet, outlet
from crawler.errors import CrawlerError
from crawler.extraction.page import KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.rereading import Task, Unreadable, extractor_version, read_again
from crawler.sources.loader import CATALOGUE_DIR, Catalogue, load_catalogue

# Captures under way; their texts are held in memory.
_BATCH = 32


class Derivation:
    """Extracts captures anew, each as it was when its revision was made: an `archive.verify.derivation.Deriver`."""

    def __init__(self) -> None:
        self.version = extractor_version()

    def derive(
        self, archive: Path, conn: sqlite3.Connection, revision_ids: Sequence[int]
    ) -> Iterator[Derived]:
        """Yield what comes of the captures of these revisions; see the protocol."""
        own = (Path(part) for part in settings.SOURCES_DIR.split(":") if part)
        work = _Work(archive, conn, load_catalogue((CATALOGUE_DIR, *own)))
        pool = WorkerPool(settings.EXTRACTION_WORKERS, timeout=settings.EXTRACTION_TIMEOUT)
        with closing(pool), asyncio.Runner() as runner:
            for start in range(0, len(revision_ids), _BATCH):
                yield from runner.run(work.batch(pool, revision_ids[start : start + _BATCH]))


class _Work:
    def __init__(self, archive: Path, conn: sqlite3.Connection, catalogue: Catalogue) -> None:
        self._folder = archive.absolute().parent / "warc"
        self._conn = conn
        self._catalogue = catalogue
        self._outlets: dict[str, Outlet] = {}

    async def batch(self, pool: WorkerPool, revision_ids: Sequence[int]) -> list[Derived]:
        return await asyncio.gather(*(self._derived(pool, each) for each in revision_ids))

    async def _derived(self, pool: WorkerPool, revision_id: int) -> Derived:
        try:
            task = self._task(revision_id)
        except (ValueError, TypeError, LookupError, re.error) as error:
            return Derived(revision_id, None, f"its rows make no sense: {error}")
        try:
            found = await pool.run(read_again, task)
        except CrawlerError as error:
            return Derived(revision_id, None, str(error))
        if isinstance(found, Unreadable):
            return Derived(revision_id, None, found.sentence)
        return Derived(revision_id, found.article, found.detail)

    def _task(self, revision_id: int) -> Task:
        """Return how a revision's capture is to be read; whoever falsified its rows has this raise anything."""
        (page,) = reextraction.of_revisions(self._conn, [revision_id])
        if page.stored is None:
            raise ValueError(f"capture {page.capture_id} is of no revision")
        template = self._template(page.stored.revision["site_template_id"])
        hints = self._outlet(page.stored.article["source_id"]).hints(page)
        return Task(self._folder, replace(page, stored=None), hints, template)

    def _outlet(self, source_id: str) -> Outlet:
        if source_id not in self._outlets:
            self._outlets[source_id] = outlet(self._conn, self._catalogue, source_id)
        return self._outlets[source_id]

    def _template(self, template_id: int | None) -> KnownTemplate | None:
        row = self._conn.execute("select template from site_templates where id = ?", [template_id]).fetchone()
        return KnownTemplate(row[0], template_id) if row else None

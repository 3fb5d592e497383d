"""Reads the captures of sources anew in worker processes, compares, and writes what is to be corrected."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from array import array
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from archive.clock import Clock, utc_now
from archive.models import Extraction, SiteTemplate
from archive.store import Store
from archive.tables import reextraction
from archive.tables.reextraction import Reread, StoredPage
from crawler.commands.reextracting.findings import Finding, Judge
from crawler.commands.reextracting.learning import TEACHERS, learn_first
from crawler.commands.reextracting.outlets import Outlet, outlet
from crawler.commands.reextracting.report import Report, Tally
from crawler.errors import CrawlerError
from crawler.extraction.page import KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.rereading import Task, Unreadable, extractor_version, read_to_correct
from crawler.sources.loader import Catalogue

# Rows that are read at a time: their texts are held in memory.
_BATCH = 100
# Captures under way: enough to keep every core busy. What waits behind a slow page is held in memory.
_UNDER_WAY = 32
# One transaction; what a crash costs at most.
_WRITE_BATCH = 200
_WRITE_SECONDS = 2.0

Result = Extraction | Unreadable | CrawlerError


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. since: the first instant at which a page may have been fetched. force: also what is up to date."""

    since: str | None = None
    all_revisions: bool = False
    force: bool = False


class Progress(Protocol):
    """Is told how far a source is."""

    def begin(self, source_id: str, captures: int, /) -> None:
        """Note that so many captures of a source are to be looked at."""

    def advance(self, captures: int, /) -> None:
        """Note that so many more are done."""

    def end(self) -> None:
        """Note that the source is done."""


class Reextraction:
    """Re-extracts the sources of one archive, one after the other, until it's told to stop."""

    def __init__(
        self, archive: Path, conn: sqlite3.Connection, store: Store | None, pool: WorkerPool, catalogue: Catalogue,
        wish: Wish, *, clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        """conn: reads the archive, its rows `sqlite3.Row`. store: writes to it; None for a look only."""
        self._clock = clock
        self._folder = archive.absolute().parent / "warc"
        self._conn = conn
        self._store = store
        self._pool = pool
        self._catalogue = catalogue
        self._wish = wish
        self._version = ""
        self._is_stopping = False

    @property
    def is_stopping(self) -> bool:
        """Tell whether it was told to stop."""
        return self._is_stopping

    def stop(self) -> None:
        """Begin no further capture; those under way are finished, and written."""
        self._is_stopping = True

    async def run(self, source_id: str, report: Report, progress: Progress) -> Tally:
        """Re-extract one source, and return what became of its captures.

        Raises ArchiveError if the archive can't be written.
        """
        self._version = self._version or await self._pool.run(extractor_version)
        source, tally = outlet(self._conn, self._catalogue, source_id), report.begin(source_id)
        if not source.templates:
            source = await self._taught(source, tally)
        judge = Judge(self._conn, source)
        writer = _Writer(self._store, source_id) if self._store is not None else None
        try:
            async for page, result in self._results(source, tally, progress):
                finding = judge.finding(page, result)
                report.note(tally, finding)
                progress.advance(1)
                if writer is not None:
                    writer.take(finding)
        finally:
            progress.end()
        if writer is not None:
            writer.write()
        report.end(tally)
        return tally

    async def _taught(self, source: Outlet, tally: Tally) -> Outlet:
        """Return the source with a template that its newest captures teach, if they do."""
        ids = reextraction.revision_ids(self._conn, source.source_id)[-TEACHERS:]
        learned = await learn_first(
            source.source_id,
            reextraction.of_revisions(self._conn, ids),
            lambda page: self._result(source, page),
            self._pool,
            self._clock(),
        )
        if learned is None:
            return source
        template, lessons = learned
        tally.learned_from = template.page_count
        if self._store is not None:
            self._store.keep_lessons(source.source_id, lessons)
            template = replace(template, id=self._store.save_template(template))
            self._store.commit()
        return replace(source, templates=[(template, None)])

    async def _results(
        self, source: Outlet, tally: Tally, progress: Progress
    ) -> AsyncIterator[tuple[StoredPage, Result]]:
        """Yield each capture and what came of it, in their order, with a bounded number under way."""
        running: deque[tuple[StoredPage, asyncio.Task[Result]]] = deque()
        for page in self._pages(source, tally, progress):
            running.append((page, asyncio.create_task(self._result(source, page))))
            if len(running) >= _UNDER_WAY:
                done, task = running.popleft()
                yield done, await task
            if self._is_stopping:
                break
        while running:
            done, task = running.popleft()
            yield done, await task

    async def _result(self, source: Outlet, page: StoredPage) -> Result:
        template = source.template(page)
        known = KnownTemplate(template.document, template.id) if template else None
        # without the rows that it's compared with: the worker has no use for them
        said = page.stored.said("content_sha256") if page.stored else None
        task = Task(self._folder, replace(page, stored=None), source.hints(page), known, said)
        try:
            return await self._pool.run(read_to_correct, task)
        except CrawlerError as error:
            return error

    def _pages(self, source: Outlet, tally: Tally, progress: Progress) -> Iterator[StoredPage]:
        """Yield the captures to read: those of revisions, then those of pages that were turned down."""
        wish, source_id = self._wish, source.source_id
        revisions = reextraction.revision_ids(
            self._conn, source_id, since=wish.since, all_revisions=wish.all_revisions
        )
        turned_down = reextraction.turned_down_ids(self._conn, source_id, since=wish.since)
        progress.begin(source_id, len(revisions) + len(turned_down))
        for page in self._loaded(revisions, reextraction.of_revisions):
            if wish.force or not self._is_current(page, source.template(page)):
                yield page
            else:
                tally.skipped += 1
                progress.advance(1)
        yield from self._loaded(turned_down, reextraction.of_captures)

    def _loaded(
        self, ids: array[int], load: Callable[[sqlite3.Connection, Sequence[int]], list[StoredPage]]
    ) -> Iterator[StoredPage]:
        for start in range(0, len(ids), _BATCH):
            yield from load(self._conn, ids[start : start + _BATCH])

    def _is_current(self, page: StoredPage, template: SiteTemplate | None) -> bool:
        if page.stored is None:
            return False
        if template is not None and template.id is None:  # just learned, and not stored
            return False
        row = page.stored.revision
        wanted = (self._version, template.id if template else None)
        return (row["extractor_version"], row["site_template_id"]) == wanted


class _Writer:
    """Writes one source's findings in batches, each a transaction of its own."""

    def __init__(self, store: Store, source_id: str) -> None:
        self._store = store
        self._source_id = source_id
        self._batch: list[Reread] = []
        self._began = time.monotonic()

    def take(self, finding: Finding) -> None:
        """Keep what is to be written, and write if there is enough of it."""
        if finding.reread is None:
            return
        if not self._batch:
            self._began = time.monotonic()
        self._batch.append(finding.reread)
        if len(self._batch) >= _WRITE_BATCH or time.monotonic() - self._began > _WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what was taken so far; it lasts when this returns."""
        if self._batch:
            self._store.apply_rereads(self._source_id, self._batch)
            self._store.commit()
            self._batch = []

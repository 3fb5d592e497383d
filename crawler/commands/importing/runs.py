"""The runs of an import: one a source, begun with its first page, and ended when others need the room."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from archive.clock import Clock
from archive.models import Outcome, SiteTemplate, Source, TemplateLesson, Visit
from archive.tables import reextraction
from archive.tables.reextraction import StoredPage
from crawler.commands.importing.homes import Home
from crawler.extraction.pool import WorkerPool
from crawler.locks import SourceLock, SourceLocked
from crawler.run import Workshop, known_templates

# Each holds a WARC file open; a file of CC-NEWS has pages of thousands of sites.
_MOST_OPEN = 100
_FINISHED = "finished"


class ImportRun:
    """What an import writes of one source, and learns of its pages."""

    def __init__(self, workshop: Workshop, conn: sqlite3.Connection, home: Home, lock: SourceLock) -> None:
        """Begin the run; conn: reads the archive. Raises ArchiveError if its row can't be written."""
        self.home = home
        self.under_way = 0
        self.counts: Counter[str] = Counter()
        self._workshop = workshop
        self._conn = conn
        self._lock = lock
        self._writer = workshop.writer.begin_run(home.source, kind="import")
        self.warc_folder: Path = workshop.path.absolute().parent / "warc"
        self.templates = known_templates(conn, home.source.id)

    @property
    def source(self) -> Source:
        """Return the source."""
        return self.home.source

    @property
    def pool(self) -> WorkerPool:
        """Return the workers."""
        return self._workshop.pool

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        return self._workshop.clock

    def record(self, visit: Visit) -> Future[Outcome]:
        """Queue a page; the future resolves when it's on the disk."""
        return self._writer.record_visit(visit)

    def save_template(self, template: SiteTemplate, lessons: Sequence[TemplateLesson]) -> Future[int]:
        """Queue a new version of the source's template and what it was learned from; the future gives its id."""
        return self._writer.submit(lambda desk: desk.save_template(template, lessons), is_urgent=True)

    def page_of(self, key: str, at: str) -> StoredPage | None:
        """Return the capture of the revision that an article had at that instant."""
        return reextraction.of_the_time(self._conn, key, at)

    def finish(self, reason: str = _FINISHED) -> None:
        """Write the run's row, and wait until everything is written."""
        # no feed was read: an import is no look at the source
        stats = json.dumps({"endpoints/read": 0})
        counts = {"found": sum(self.counts.values()), **self.counts}
        self._writer.submit(lambda desk: desk.finish_run(reason, counts, {}, stats))
        if self.templates.has_new:
            kept, source_id = self.templates.lessons, self.source.id
            self._writer.submit(lambda desk: desk.store.keep_lessons(source_id, kept))
        self._writer.end()
        self._lock.release()


@dataclass(frozen=True, slots=True)
class AtTheTime:
    """A run as `crawler.rereading.says_the_same` takes it, for a page that was captured at that instant."""

    run: ImportRun
    at: str

    @property
    def pool(self) -> WorkerPool:
        """Return the workers."""
        return self.run.pool

    @property
    def warc_folder(self) -> Path:
        """Return where the WARC files are."""
        return self.run.warc_folder

    def last_page(self, key: str) -> StoredPage | None:
        """Return the capture of the revision to compare with."""
        return self.run.page_of(key, self.at)


class Runs:
    """The runs that are open, by source."""

    def __init__(self, workshop: Workshop, conn: sqlite3.Connection) -> None:
        self._workshop = workshop
        self._conn = conn
        self._open: OrderedDict[str, ImportRun] = OrderedDict()
        self.locked: set[str] = set()

    def of(self, home: Home) -> ImportRun | None:
        """Return the run of a source; None if another process is crawling it. Raises ArchiveError."""
        source_id = home.source.id
        if source_id in self.locked:
            return None
        run = self._open.get(source_id)
        if run is None:
            run = self._begun(home)
        if run is not None:
            self._open.move_to_end(source_id)
        return run

    def finish(self, reason: str = _FINISHED) -> None:
        """End all runs."""
        while self._open:
            self._open.popitem()[1].finish(reason)

    def _begun(self, home: Home) -> ImportRun | None:
        self._make_room()
        lock = SourceLock(self._workshop.path, home.source.id, clock=self._workshop.clock)
        try:
            lock.acquire()
        except SourceLocked:
            self.locked.add(home.source.id)
            return None
        run = self._open[home.source.id] = ImportRun(self._workshop, self._conn, home, lock)
        return run

    def _make_room(self) -> None:
        idle = [name for name, run in self._open.items() if not run.under_way]
        for name in idle[: max(0, len(self._open) - _MOST_OPEN + 1)]:
            self._open.pop(name).finish()

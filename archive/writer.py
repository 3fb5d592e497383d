"""The one thread that writes: WARC bytes first, then the database, in batches.

Jobs wait in a queue; a batch is closed when it's full or old enough, the WARC file is synced, the transaction
committed, and only then are the jobs' futures resolved. So whoever awaits one knows that it's on the disk.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from archive.clock import Clock, to_text, utc_now
from archive.errors import ArchiveError, ArchiveUnwritable
from archive.evidence.facts import Fact
from archive.evidence.warc import WarcFile
from archive.models import Outcome, SiteTemplate, Source, StoredCapture, TemplateLesson, Visit
from archive.originals import Originals
from archive.store import BUSY_TIMEOUT, Run, RunKind, Store
from archive.tables.facts import Told, of_template
from archive.troubles import is_environment, sentence

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Batches of 10 rows cost 30 % of the insert rate; half a second is what a crash may cost at most. A crawl has twice as
# many pages in hand (its setting PAGES_IN_HAND): with as many, it would wait for the half second each time.
_BATCH_JOBS = 32
_BATCH_SECONDS = 0.5
# Jobs that may wait before `submit` blocks its caller: a disk that can't follow slows the crawl down.
_QUEUE_JOBS = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with, in the writer's thread: the open store, its run and the run's WARC file."""

    store: Store
    run: Run
    warc: WarcFile
    clock: Clock = utc_now

    def record_visit(self, visit: Visit) -> Outcome:
        """Write a visit: its responses to the WARC file, its rows to the database, and what these are to the file."""
        captures: list[StoredCapture] = []
        earlier = Originals(self.store, captures)  # a retry may bring the same answer twice
        last = len(visit.responses) - 1
        for number, response in enumerate(visit.responses):
            title_hint = visit.lead.title_hint if number == last else None
            captures.append(self.warc.add(response, earlier, title_hint=title_hint))
        outcome = self.store.record_visit(self.run, visit, captures)
        if captures:
            told = self.store.facts_of_visit(visit, len(captures))
            via = visit.lead.endpoint_url
            self.warc.tell(Fact("visit", self._now(), told, visit.lead.url, via), of_answers=len(captures))
        return outcome

    def save_template(self, template: SiteTemplate, lessons: Sequence[TemplateLesson]) -> int:
        """Write a new version of the site's template and what it was learned from; return its id."""
        self.store.keep_lessons(template.source_id, lessons)
        template_id = self.store.save_template(template)
        uri = f"urn:conflict-archive:template:{template.source_id}:{template.version}"
        self.warc.tell(Fact("template", self._now(), of_template(template, template_id), uri))
        return template_id

    def finish_run(
        self, reason: str, counts: Mapping[str, int], refused: Mapping[str, int], stats: str
    ) -> None:
        """Close the run (see `Store.finish_run`); if it has a WARC file, that is told how it ended."""

        def tell(told: Told) -> None:
            if self.warc.is_begun:
                self.warc.tell(Fact("run-end", self._now(), told))

        self.store.finish_run(self.run, reason, counts, refused, stats, tell)

    def _now(self) -> str:
        return to_text(self.clock())


Job = Callable[[Desk], T]


@dataclass(frozen=True, slots=True)
class _Order:
    """A job in the queue. warc: the file that it may write to. is_urgent: somebody waits, so write at once."""

    job: Callable[[], Any]
    future: Future[Any]
    warc: WarcFile | None
    is_urgent: bool = False


class _Inbox:
    """The orders that wait, and None behind the last one. The writer is woken for a batch, not for each of them."""

    def __init__(self) -> None:
        self._orders: deque[_Order | None] = deque()
        self._changed = threading.Condition()

    def put(self, order: _Order | None) -> None:
        """Add an order; waits while there are too many."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._orders) < _QUEUE_JOBS)
            self._orders.append(order)
            if len(self._orders) == 1 or self._is_batch():
                self._changed.notify_all()

    def take(self) -> list[_Order | None]:
        """Return the next batch, when it's full or old enough, or somebody waits for one of its orders."""
        with self._changed:
            self._changed.wait_for(lambda: self._orders)
            self._changed.wait_for(self._is_batch, timeout=_BATCH_SECONDS)
            size = min(len(self._orders), _BATCH_JOBS)
            batch = [self._orders.popleft() for _ in range(size)]
            self._changed.notify_all()
            return batch

    def _is_batch(self) -> bool:
        return len(self._orders) >= _BATCH_JOBS or any(
            order is None or order.is_urgent for order in self._orders
        )


class ArchiveWriter:
    """Opens an archive, and writes from a thread of its own what the runs of one process give it."""

    def __init__(
        self, path: Path, *, version: str, clock: Clock = utc_now, about: Mapping[str, str] | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:  # fmt: skip
        """Name what is to be written where; `start` opens it.

        path: the archive; WARC files go to `warc/` beside it. version: of the software, for the runs' rows. about: who
        crawls and how, for the WARC files' warcinfo. busy_timeout: seconds to wait for another program that writes to
        the archive.
        """
        self._about = about
        self._path = path
        self._version = version
        self._clock = clock
        self._inbox = _Inbox()
        self._busy_timeout = busy_timeout
        self._opened: Future[Store] = Future()
        self._warcs: list[WarcFile] = []
        self._thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)

    def start(self) -> None:
        """Open the archive. Raises ArchiveError if it can't be opened."""
        self._thread.start()
        self._opened.result()

    def begin_run(self, source: Source, *, kind: RunKind = "crawl") -> RunWriter:
        """Begin a run of `source`, and return what writes for it. Raises ArchiveError if that can't be written."""
        return self._put(lambda: self._begin(source, kind), None).result()

    def submit(self, job: Callable[[Store], T], *, is_urgent: bool = False) -> Future[T]:
        """Queue a job that belongs to no run; see `RunWriter.submit`."""
        return self._put(lambda: job(self._opened.result()), None, is_urgent=is_urgent)

    def close(self) -> None:
        """Write what is queued, close everything, and end the thread."""
        if self._thread.is_alive():
            self._inbox.put(None)
            self._thread.join()

    def _begin(self, source: Source, kind: RunKind) -> RunWriter:
        store = self._opened.result()
        run = store.begin_run(source, self._version, kind=kind)
        folder = self._path.absolute().parent / "warc"
        now = self._clock()
        first = Fact("run", to_text(now), store.facts_of_run(run))
        warc = WarcFile(folder, source.id, now, about=self._about, copies=run.is_import, first=first)
        self._warcs.append(warc)
        return RunWriter(Desk(store, run, warc, self._clock), self._put)

    def _put(self, job: Callable[[], T], warc: WarcFile | None, *, is_urgent: bool = True) -> Future[T]:
        future: Future[T] = Future()
        self._inbox.put(_Order(job, future, warc, is_urgent))
        return future

    def _run(self) -> None:
        try:
            store = Store(self._path, clock=self._clock, busy_timeout=self._busy_timeout)
        except BaseException as error:  # noqa: BLE001 - handed to whoever called `start`
            self._opened.set_exception(error)
            return
        self._opened.set_result(store)
        try:
            while self._write_batch(store):
                pass
        finally:
            for warc in self._warcs:
                self._close(warc)
            try:
                store.close()
            except ArchiveError:  # the end of each run was told whether it's lasting
                logger.debug("%s was closed without a sync", self._path, exc_info=True)

    def _close(self, warc: WarcFile) -> None:
        try:
            warc.close()
        except OSError as error:  # no row points to what was not synced
            logger.debug("%s", sentence(self._path, error), exc_info=True)

    def _write_batch(self, store: Store) -> bool:
        """Write one batch; False when the last one is written."""
        taken = self._inbox.take()
        batch, more = [order for order in taken if order is not None], None not in taken
        try:
            done = [self._attempt(store, order) for order in batch]
            for warc in {id(order.warc): order.warc for order in batch}.values():
                if warc is not None:
                    warc.sync()
            store.commit()
        except Exception as error:  # a full disk: the batch is not stored, and each job's owner must know
            logger.debug("a batch of %d writes to %s failed", len(batch), self._path, exc_info=True)
            reason = (
                error if isinstance(error, ArchiveError) else ArchiveUnwritable(sentence(self._path, error))
            )
            with contextlib.suppress(sqlite3.Error):  # what can't be undone was not committed either
                store.rollback()
            for order in batch:
                order.future.set_exception(reason)
            return more
        for resolve in done:
            resolve()
        return more

    def _attempt(self, store: Store, order: _Order) -> Callable[[], None]:
        """Do an order's job inside a savepoint; returns what resolves its future after the commit.

        An error that the next job would meet as well (a full disk, a lock) is raised: it ends the batch.
        """
        future = order.future
        try:
            with store.savepoint():
                result = order.job()
        except Exception as error:
            if is_environment(error):
                raise
            reason = error if isinstance(error, ArchiveError) else ArchiveError(f"a write failed: {error!r}")
            reason.__cause__ = error if reason is not error else None
            return lambda: future.set_exception(reason)
        return lambda: future.set_result(result)


class RunWriter:
    """Writes for one run, in the order in which it's told."""

    def __init__(self, desk: Desk, put: Callable[..., Future[Any]]) -> None:
        self._desk = desk
        self._put = put

    @property
    def run_id(self) -> int:
        """Return the id of the run's row."""
        return self._desk.run.id

    def submit(self, job: Job[T], *, is_urgent: bool = False) -> Future[T]:
        """Queue a job; the future gives its result once it's committed, or its exception.

        A job that raises is rolled back by itself, the others of its batch stand. is_urgent: close the batch,
        since somebody waits for the result; else half a second's jobs share one sync and one commit.
        """
        return self._put(lambda: job(self._desk), self._desk.warc, is_urgent=is_urgent)

    def record_visit(self, visit: Visit, *, is_urgent: bool = False) -> Future[Outcome]:
        """Queue a visit: its responses to the WARC file, its rows to the database. is_urgent: as for `submit`."""
        return self.submit(lambda desk: desk.record_visit(visit), is_urgent=is_urgent)

    def end(self) -> None:
        """Wait until all that was queued for the run is written and would outlast a power cut; close its WARC file."""
        self._put(self._desk.warc.close, None).result()
        self._put(self._desk.store.sync, None).result()  # what is committed by now

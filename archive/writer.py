"""The one thread that writes: WARC bytes first, then the database, in batches.

Jobs wait in a queue; a batch is closed when it's full or old enough, the WARC file is synced, the transaction
committed, and only then are the jobs' futures resolved. So whoever awaits one knows that it's on the disk.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from archive.clock import Clock, utc_now
from archive.errors import ArchiveError
from archive.evidence.warc import WarcFile
from archive.models import Outcome, Source, Visit
from archive.store import Store

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Batches of 10 rows cost 30 % of the insert rate; half a second is what a crash may cost at most.
_BATCH_JOBS = 64
_BATCH_SECONDS = 0.5
# Jobs that may wait before `submit` blocks its caller: a disk that can't follow slows the crawl down.
_QUEUE_JOBS = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with, in the writer's thread: the open store, the run's WARC file and its id."""

    store: Store
    warc: WarcFile
    run_id: int


Job = Callable[[Desk], T]


class ArchiveWriter:
    """Opens the archive for one run of one source, and writes what it's given from a thread of its own."""

    def __init__(self, path: Path, source: Source, *, version: str, clock: Clock = utc_now) -> None:
        """Name what is to be written where; `start` opens it.

        path: the archive; WARC files go to `warc/` beside it. version: of the software, for the run's row.
        """
        self._path = path
        self._source = source
        self._version = version
        self._clock = clock
        self._queue: queue.Queue[tuple[Job[Any], Future[Any]] | None] = queue.Queue(_QUEUE_JOBS)
        self._opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)

    def start(self) -> int:
        """Open the archive and begin the run; returns its id. Raises ArchiveError if it can't be opened."""
        self._thread.start()
        return self._opened.result()

    def submit(self, job: Job[T]) -> Future[T]:
        """Queue a job; the future gives its result once it's committed, or its exception.

        A job that raises is rolled back by itself, the others of its batch stand.
        """
        future: Future[T] = Future()
        self._queue.put((job, future))
        return future

    def record_visit(self, visit: Visit) -> Future[Outcome]:
        """Queue a visit: its responses to the WARC file, its rows to the database."""
        return self.submit(lambda desk: _record_visit(desk, self._source.id, visit))

    def close(self) -> None:
        """Write what is queued, close everything, and end the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        try:
            store = Store(self._path, clock=self._clock)
            run_id = store.begin_run(self._source, self._version)
            store.commit()
        except BaseException as error:  # noqa: BLE001 - handed to whoever called `start`
            self._opened.set_exception(error)
            return
        warc = WarcFile(self._path.absolute().parent / "warc", self._source.id, self._clock())
        self._opened.set_result(run_id)
        try:
            while self._write_batch(Desk(store, warc, run_id)):
                pass
        finally:
            warc.close()
            store.close()

    def _write_batch(self, desk: Desk) -> bool:
        """Write one batch; False when the last one is written."""
        batch, more = self._next_batch()
        done: list[Callable[[], None]] = []
        for job, future in batch:
            done.append(_attempt(desk, job, future))
        try:
            desk.warc.sync()
            desk.store.commit()
        except Exception as error:  # a full disk: the batch is not stored, and each job's owner must know
            logger.exception("a batch of %d writes to %s failed", len(batch), self._path)
            desk.store.rollback()
            for _, future in batch:
                future.set_exception(error)
            return more
        for resolve in done:
            resolve()
        return more

    def _next_batch(self) -> tuple[list[tuple[Job[Any], Future[Any]]], bool]:
        batch: list[tuple[Job[Any], Future[Any]]] = []
        deadline = None
        while len(batch) < _BATCH_JOBS:
            try:
                timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
                entry = self._queue.get(timeout=timeout)
            except queue.Empty:
                break
            if entry is None:
                return batch, False
            batch.append(entry)
            deadline = deadline or time.monotonic() + _BATCH_SECONDS
        return batch, True


def _attempt(desk: Desk, job: Job[T], future: Future[T]) -> Callable[[], None]:
    """Do a job inside a savepoint; returns what resolves its future after the commit."""
    try:
        with desk.store.savepoint():
            result = job(desk)
    except Exception as error:  # noqa: BLE001 - it belongs to the job's owner, not to this thread
        reason = error if isinstance(error, ArchiveError) else ArchiveError(f"a write failed: {error!r}")
        reason.__cause__ = error if reason is not error else None
        return lambda: future.set_exception(reason)
    return lambda: future.set_result(result)


def _record_visit(desk: Desk, source_id: str, visit: Visit) -> Outcome:
    captures = [desk.warc.add(response) for response in visit.responses]
    return desk.store.record_visit(source_id, visit, captures)

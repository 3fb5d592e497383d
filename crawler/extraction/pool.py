"""Parsing and extraction in worker processes, off the reactor's thread.

Pages are hostile: a worker has a time limit a page and a memory limit of its own, and one that dies takes
only the pages with it that it had been given; each of them is tried once more, alone.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from crawler.errors import ExtractionError
from crawler.extraction.worker import Worker, WorkerDied, pack, start_server

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Ten times what the slowest honest page seen needs.
DEFAULT_TIMEOUT = 30.0
# C code can't be interrupted by the worker's own alarm: past this many time limits it is killed from outside.
_KILL_AFTER = 4
# A worker that is done with a task has the next one there already, instead of waiting for the loop's turn.
_TASKS_A_WORKER = 2


class WorkerPool:
    """A pool of processes whose tasks are bounded in time and memory; used from one asyncio loop at a time."""

    def __init__(self, workers: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Make a pool of `workers` processes; timeout: seconds that one task may take."""
        self._size = workers
        self._timeout = timeout
        self._workers: list[Worker] = []
        self._is_closed = False
        start_server()  # it imports what it needs while the crawl begins
        # More tasks than this would only wait for a worker, where their time limit can't be told.
        self._slots = asyncio.Semaphore(workers * _TASKS_A_WORKER)
        weakref.finalize(self, _end, self._workers)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `function(*args, **kwargs)` as a worker computed it.

        Function and arguments must pickle. A CrawlerError of the function is raised here as it is, anything
        else as an ExtractionError, which also says that it took too long, or that its process died. A task whose
        process died or could not be interrupted is tried once more, in a process of its own.
        """
        async with self.turn():
            return await self.run_now(function, *args, **kwargs)

    def turn(self) -> asyncio.Semaphore:
        """Return what to wait for (`async with`) before `run_now`, so that its arguments are made as late as can be."""
        return self._slots

    async def run_now(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what `run` does without waiting for a turn: for whoever has one, or must not wait behind hundreds."""
        task = pack(self._timeout, function, args, kwargs)
        worker = self._idlest()
        try:
            return cast("T", await worker.give(task, seconds=self._patience))
        except (WorkerDied, TimeoutError):
            self._dismiss(worker)
        # Perhaps another task killed or held the worker that we shared, and will do it again.
        logger.warning("an extraction worker died, or was held up; trying its page once more")
        alone = self._hired()
        try:
            return cast("T", await alone.give(task, seconds=self._patience))
        except TimeoutError:
            raise ExtractionError(f"gave up after {self._patience:g} seconds") from None
        except WorkerDied:
            raise ExtractionError("the extraction's process died twice on this page") from None
        finally:
            alone.end()

    def close(self) -> None:
        """End the workers; tasks that they have not answered fail."""
        self._is_closed = True
        _end(self._workers)

    @property
    def _patience(self) -> float:
        """Return how many seconds by the clock a task is waited for."""
        return self._timeout * _KILL_AFTER

    def _idlest(self) -> Worker:
        """Return the worker with the least to do; a new one if all have something to do and there may be more."""
        self._workers[:] = [worker for worker in self._workers if worker.is_alive]
        idlest = min(self._workers, key=lambda worker: worker.load, default=None)
        if idlest is None or (idlest.load and len(self._workers) < self._size):
            idlest = self._hired()
            self._workers.append(idlest)
        return idlest

    def _hired(self) -> Worker:
        if self._is_closed:
            raise ExtractionError("the workers have been sent home")
        return Worker()

    def _dismiss(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
        worker.end()


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.end()
    workers.clear()

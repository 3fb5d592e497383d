"""Parsing and extraction in worker processes, off the reactor's thread.

Pages are hostile: a worker has a time limit a page and a memory limit of its own, and one that dies takes
only the page with it that killed it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from types import FrameType, ModuleType
from typing import Any, ParamSpec, TypeVar

from crawler.errors import CrawlerError, ExtractionError

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Ten times what the slowest honest page seen needs.
DEFAULT_TIMEOUT = 30.0
# A worker with the language model loaded takes 300 MB; a 20 MB page's tree takes up to 1 GB more.
_WORKER_MEMORY = 4 * 1024**3
# C code can't be interrupted by the worker's own alarm: past this many time limits it is killed from outside.
_KILL_AFTER = 4
# Seconds in which the thread that manages dead workers has most likely seen that they are.
_FREED_AFTER = 2.0
_CHUNK = 64 * 1024


class WorkerPool:
    """A process pool whose tasks are bounded in time and memory; belongs to one asyncio loop."""

    def __init__(self, workers: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Make a pool of `workers` processes; timeout: seconds that one task may take."""
        self._workers = workers
        self._timeout = timeout
        self._executor = self._new_executor(workers)
        forkserver.ensure_running()  # it imports what it needs while the crawl begins
        # More tasks than this would only wait inside the executor, where their time limit can't be told.
        self._slots = asyncio.Semaphore(workers * 2)

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
        try:
            return await self._run_once(function, *args, **kwargs)
        except (BrokenProcessPool, TimeoutError):
            # Perhaps another task killed or held the worker that we shared or waited for, and will do it again.
            logger.warning("an extraction worker died, or was held up; trying its page once more")
        alone = self._new_executor(1)
        try:
            return await self._in(alone, function, *args, **kwargs)
        except TimeoutError:
            raise self._gave_up() from None
        except BrokenProcessPool:
            raise ExtractionError("the extraction's process died twice on this page") from None
        finally:
            _abandon(alone)

    def close(self) -> None:
        """End the workers; tasks that have not begun are dropped."""
        _end(self._executor, patience=self._timeout * _KILL_AFTER)

    async def _run_once(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        executor = self._executor
        try:
            return await self._in(executor, function, *args, **kwargs)
        except (TimeoutError, BrokenProcessPool):
            self._replace(executor)
            raise

    async def _in(
        self, executor: ProcessPoolExecutor, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with _without_main():
            future = executor.submit(_within, self._timeout, function, args, kwargs)
        return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout * _KILL_AFTER)

    def _gave_up(self) -> ExtractionError:
        return ExtractionError(f"gave up after {self._timeout * _KILL_AFTER:g} seconds")

    def _replace(self, executor: ProcessPoolExecutor) -> None:
        if executor is not self._executor:
            return  # another task of the broken pool was here first
        self._executor = self._new_executor(self._workers)
        _abandon(executor)

    @staticmethod
    def _new_executor(workers: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        # Imported once, in the server that the workers are forked from: a new worker starts in milliseconds.
        context.set_forkserver_preload(
            ["crawler.extraction.article", "crawler.discovery.feeds", "feedparser"]
        )
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program that runs from workers that are started meanwhile: they'd import it, and all of Scrapy with it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _end(executor: ProcessPoolExecutor, patience: float) -> None:
    """End an executor when its workers have done what they are at, or after `patience` seconds."""
    manager, free = _freed(executor)
    executor.shutdown(wait=False, cancel_futures=True)
    if manager is not None:
        manager.join(patience)
    free()


def _abandon(executor: ProcessPoolExecutor) -> None:
    """End an executor at once."""
    _, free = _freed(executor)
    free()
    executor.shutdown(wait=False, cancel_futures=True)


def _freed(executor: ProcessPoolExecutor) -> tuple[threading.Thread | None, Callable[[], None]]:
    """Return the thread that manages an executor's workers (None: it has none yet), and what makes it end.

    Python waits for that thread at its end, and the thread may wait for ever: for workers that it has sent a SIGTERM, which
    they ignore; and where one was killed while it sent its result, for the rest of that, since this process holds
    the pipe's other end as well. `shutdown` forgets all three, so that they are asked for before.
    """
    # `kill_workers` is public only from Python 3.14 on, and does not free the thread either
    parts: Any = executor
    manager: threading.Thread | None = parts._executor_manager_thread  # noqa: SLF001
    processes, results = parts._processes or {}, parts._result_queue  # noqa: SLF001

    def free() -> None:
        for process in list(processes.values()):
            process.kill()
        if manager is not None and manager.is_alive():
            threading.Thread(target=_feed, args=(manager, results), name="free-the-pool", daemon=True).start()

    return manager, free


def _feed(manager: threading.Thread, results: Any) -> None:
    """End the message that a thread waits for with zeros, which it finds to be none; its workers are dead."""
    manager.join(_FREED_AFTER)
    pipe = results._writer.fileno()  # noqa: SLF001
    os.set_blocking(pipe, False)
    while manager.is_alive():
        with contextlib.suppress(BlockingIOError):
            os.write(pipe, bytes(_CHUNK))
        manager.join(0.05)


def _prepare_worker() -> None:
    # Ctrl-C goes to the whole process group; the crawl finishes what it has, so its workers must live on.
    # And systemd sends SIGTERM to every process of the service.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _raise_timeout)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _WORKER_MEMORY if hard == resource.RLIM_INFINITY else min(_WORKER_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    threading.Thread(target=_die_with_the_crawl, name="die-with-the-crawl", daemon=True).start()


def _die_with_the_crawl() -> None:
    """End the worker when the process that made it is gone: killed, it could not tell its workers."""
    crawl = multiprocessing.parent_process()
    if crawl is not None:
        crawl.join()
        os._exit(1)


class _OutOfTime(BaseException):
    """Not an Exception: the libraries that we call catch those, and would go on."""


def _raise_timeout(_: int, __: FrameType | None) -> None:
    raise _OutOfTime


def _within(
    seconds: float, function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]
) -> T:
    # Of the processor's time: on a busy machine an honest sitemap of 50,000 addresses takes a minute by the clock.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*args, **kwargs)
    except _OutOfTime:
        raise ExtractionError(f"took more than {seconds:g} seconds") from None
    except MemoryError:
        raise ExtractionError(f"needs more than {_WORKER_MEMORY // 1024**2} MB of memory") from None
    except CrawlerError:
        raise
    except Exception as error:
        # Some exceptions (lxml's) don't unpickle, and would break the pool for all.
        raise ExtractionError(f"failed with {type(error).__name__}: {error}") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)

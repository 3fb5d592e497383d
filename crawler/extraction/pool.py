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
from typing import ParamSpec, TypeVar

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
            _kill(alone)
            raise self._gave_up() from None
        except BrokenProcessPool:
            raise ExtractionError("the extraction's process died twice on this page") from None
        finally:
            alone.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the workers; tasks that have not begun are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    async def _run_once(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        executor = self._executor
        try:
            return await self._in(executor, function, *args, **kwargs)
        except TimeoutError:
            self._replace(executor, kill=True)
            raise
        except BrokenProcessPool:
            self._replace(executor, kill=False)
            raise

    async def _in(
        self, executor: ProcessPoolExecutor, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with _without_main():
            future = executor.submit(_within, self._timeout, function, args, kwargs)
        return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout * _KILL_AFTER)

    def _gave_up(self) -> ExtractionError:
        return ExtractionError(f"gave up after {self._timeout * _KILL_AFTER:g} seconds")

    def _replace(self, executor: ProcessPoolExecutor, *, kill: bool) -> None:
        if executor is not self._executor:
            return  # another task of the broken pool was here first
        self._executor = self._new_executor(self._workers)
        if kill:
            _kill(executor)
        executor.shutdown(wait=False, cancel_futures=True)

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


def _kill(executor: ProcessPoolExecutor) -> None:
    # `kill_workers` is public only from Python 3.14 on
    for process in list(executor._processes.values()):  # noqa: SLF001
        process.kill()


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

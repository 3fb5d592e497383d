"""Crawls sources side by side in one process: so many at a time, never two that share a host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Literal

import click
from scrapy.crawler import Crawler

from archive.errors import ArchiveError
from crawler.commands.crawling.selection import hosts
from crawler.extensions import ARCHIVE_FAILED, START_ERROR, STOPPED
from crawler.locks import SourceLock, SourceLocked
from crawler.middlewares.backoff import OUTSIDE_HOURS, PAUSED
from crawler.middlewares.pace import paced
from crawler.progress import Board, Display
from crawler.run import Workshop
from crawler.spiders.news import NewsSpider

logger = logging.getLogger(__name__)

Ending = Literal["crawled", "not due", "stopped", "failed", "locked", "not begun"]

# As shells have it: 128 + SIGINT.
KILLED = 130
# Finish reasons of a crawl that was over before it asked anything, as it should be.
_NOT_DUE = frozenset({PAUSED, OUTSIDE_HOURS})
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TICK = 1.0
# A second signal leaves the writer this long to write what it was given: a full queue takes it about one.
_LAST_WRITE_SECONDS = 5.0


@dataclass(eq=False, slots=True)
class Job:
    """One source's crawl, from its turn to its end; ending: what became of it."""

    spider: type[NewsSpider]
    lock: SourceLock
    hosts: frozenset[str] = field(init=False)
    crawler: Crawler | None = None
    ending: Ending | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosts = hosts(self.spider.entry)

    @property
    def source_id(self) -> str:
        """Return the source's id."""
        return self.spider.entry.id


@dataclass(frozen=True, slots=True)
class Plan:
    """How to crawl. at_once: sources at a time; wait: for locks, rather than skip; options: the spiders' `-a`."""

    at_once: int = 1
    wait: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


class Crowd:
    """Runs jobs to their end, or until it is told to stop."""

    def __init__(
        self, jobs: Sequence[Job], plan: Plan, workshop: Workshop, make_crawler: Callable[[Job], Crawler],
        shown: tuple[Board, Display],
    ) -> None:  # fmt: skip
        """Take what is to be done; the jobs are begun in their order, as far as hosts and locks allow."""
        self._waiting = [*jobs]
        self._running: dict[asyncio.Task[None], Job] = {}
        self._plan = plan
        self._workshop = workshop
        self._make_crawler = make_crawler
        self._board, self._display = shown
        self._told: set[Job] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def run(self) -> None:
        """Crawl; returns when all have ended. The first SIGINT or SIGTERM lets only end what is in flight."""
        loop = asyncio.get_running_loop()
        for signum in _SIGNALS:
            loop.add_signal_handler(signum, self._stop)
        while self._waiting or self._running:
            self._begin_what_can()
            if self._running:
                await asyncio.wait(self._running, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            elif self._waiting:
                await asyncio.sleep(_TICK)
            self._take_ended()
            if self._is_stopping:
                self._stop_running()  # also those that were only about to open
            self._display.tick()

    # -- beginning and ending -----------------------------------------------------------------------------

    def _begin_what_can(self) -> None:
        for job in [*self._waiting]:
            if len(self._running) >= self._plan.at_once:
                return
            if any(job.hosts & other.hosts for other in self._running.values()):
                continue
            if self._may_begin(job):
                self._waiting.remove(job)
                self._running[asyncio.create_task(self._crawl(job))] = job

    def _may_begin(self, job: Job) -> bool:
        """Take the job's lock; if another process has it, end the job or leave it waiting, as was asked."""
        try:
            job.lock.acquire()
        except SourceLocked as error:
            if not self._plan.wait:
                click.echo(f"{error}: --wait waits for it to end", err=True)
                self._end(job, "locked", "is being crawled by another process")
            elif not self._board.rows[job.source_id].doing:
                click.echo(f"{error}; waiting for it to end", err=True)
                self._board.note(job.source_id, "waits for another process")
            return False
        except ArchiveError as error:
            click.echo(str(error), err=True)
            self._end(job, "failed", "can't be locked")
            return False
        return True

    async def _crawl(self, job: Job) -> None:
        try:
            job.crawler = crawler = self._make_crawler(job)
            crawler.workshop = self._workshop  # type: ignore[attr-defined]  # for RunExtension
            self._board.begin(job.source_id, lambda: counts_of(crawler), lambda: doing(crawler))
            await crawler.crawl_async(**self._plan.options)
        finally:
            job.lock.release()

    def _take_ended(self) -> None:
        for task in [task for task in self._running if task.done()]:
            job = self._running.pop(task)
            error = task.exception()
            if error is not None:  # a mistake of ours in one source is no reason to give up the others
                logger.error("the crawl of %s failed", job.source_id, exc_info=error)
            crawler, job.crawler = job.crawler, None  # what it holds is of no more use
            job.counts = counts_of(crawler) if crawler is not None else {}
            ending = "failed" if error is not None or crawler is None else ending_of(crawler)
            self._end(job, ending, "could not be crawled" if ending == "failed" else reason_of(crawler))

    def _end(self, job: Job, ending: Ending, how: str) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
        job.ending = ending
        self._board.end(job.source_id, how)
        self._display.ended(job.source_id)

    # -- stopping -----------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Begin nothing new; from now on a signal ends the process, whatever the loop is busy with."""
        loop = asyncio.get_running_loop()
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)
            signal.signal(signum, self._stop_at_once)
        self._is_stopping = True
        click.echo("stopping: what is in flight is finished and saved; once more stops at once", err=True)
        for job in [*self._waiting]:
            self._end(job, "not begun", "not begun")
        self._stop_running()

    def _stop_running(self) -> None:
        for job in self._running.values():
            crawler = job.crawler
            if crawler is not None and job not in self._told and is_open(crawler):
                self._told.add(job)
                downloader = paced(crawler)
                if downloader is not None:  # what only waits for its turn at a host need not be sent
                    downloader.end("the crawl was stopped")
                self._stopping.add(asyncio.create_task(crawler.stop_async()))

    def _stop_at_once(self, _: int, __: FrameType | None) -> None:
        """End the process: what the writer was given is written, what it was not is fetched again next time."""
        # In a thread: what was interrupted may hold the queue's lock, and the disk may be what is stuck.
        closing = threading.Thread(target=self._workshop.writer.close, daemon=True)
        closing.start()
        closing.join(_LAST_WRITE_SECONDS)
        with contextlib.suppress(RuntimeError, OSError):  # interrupted in the midst of writing there
            self._display.close()
            click.echo("stopped at once: what was in flight will be fetched by the next crawl", err=True)
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(KILLED)  # the workers end with us; to wait for their pages is what was not wanted


def is_open(crawler: Crawler) -> bool:
    """Tell whether a crawl has begun to send requests, so that it can be stopped."""
    try:
        return bool(crawler.crawling and crawler.engine.running)
    except RuntimeError:  # it has no engine yet
        return False


def counts_of(crawler: Crawler) -> Mapping[str, int]:
    """Return how many leads of a crawl have which outcome so far."""
    run = getattr(crawler.spider, "run", None)
    return {} if run is None else run.ledger.counts()


def doing(crawler: Crawler) -> str:
    """Return what a crawl does now, in a few words."""
    if not is_open(crawler):
        return "begins or ends"
    if isinstance(crawler.spider, NewsSpider) and (words := crawler.spider.backfill_progress()):
        return words
    slots = crawler.engine.downloader.slots.values()
    fetched = next((request.url for slot in slots for request in slot.transferring), None)
    if fetched is not None:
        return f"fetches {fetched.split('/', 3)[-1] or fetched}"
    return "waits its turn" if any(slot.queue for slot in slots) else "reads and stores"


def reason_of(crawler: Crawler | None) -> str:
    """Return why a crawl that has ended did so."""
    reason = None if crawler is None else crawler.stats.get_value("finish_reason")
    return "stopped" if reason == STOPPED else str(reason).replace("_", " ")


def ending_of(crawler: Crawler) -> Ending:
    """Return what became of a crawl: it failed if it could read none of its endpoints, or not store what it fetched."""
    stats = crawler.stats
    reason, failed = stats.get_value("finish_reason"), stats.get_value("endpoints/failed")
    if reason in ARCHIVE_FAILED or reason == START_ERROR:
        return "failed"
    if reason == STOPPED:
        return "stopped"
    if stats.get_value("endpoints/read"):
        return "crawled"
    if failed:
        return "failed"
    return "not due" if reason in _NOT_DUE else "crawled"

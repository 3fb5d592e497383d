"""What `scrapy crawl` and `scrapy crawlall` have in common: checks before anything is fetched, and the crawl itself."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from scrapy.crawler import Crawler, CrawlerProcessBase
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from archive.errors import ArchiveError
from archive.store import BUSY_TIMEOUT, Store
from crawler.commands.crawling.afterwards import compact_afterwards, watch_afterwards, wish_of
from crawler.commands.crawling.crowd import Crowd, Job, Plan
from crawler.errors import BadOption
from crawler.locks import SourceLock
from crawler.progress import Board, Display, NoDisplay, display_on
from crawler.run import Workshop
from crawler.spiders.news import NewsSpider

# sysexits.h calls it EX_TEMPFAIL: nothing is wrong, try again later.
LOCKED = 75


def add_archive_options(parser: argparse.ArgumentParser) -> None:
    """Add --db and --wait."""
    parser.add_argument("--db", metavar="FILE", help="the archive (default: setting ARCHIVE_DB, archive.db)")
    parser.add_argument(
        "--wait", action="store_true", help="if another process is crawling a source, wait for it to end"
    )


def check_archive(path: Path, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Make or migrate the archive before anything is fetched; raise UsageError if it can't be used."""
    try:
        with Store(path, busy_timeout=busy_timeout):
            pass
    except ArchiveError as error:
        raise UsageError(str(error), print_help=False) from None


def crawl_together(
    process: CrawlerProcessBase, spiders: Sequence[type[NewsSpider]], plan: Plan,
    make_crawler: Callable[[type[NewsSpider]], Crawler],
) -> list[Job]:  # fmt: skip
    """Crawl the sources in this process, and return what became of each; raises UsageError before it begins."""
    settings = process.settings
    archive = Path(settings["ARCHIVE_DB"])
    try:
        wish = wish_of(settings)
        workshop = Workshop.from_settings(settings)
    except (ArchiveError, BadOption) as error:
        raise UsageError(str(error), print_help=False) from None
    jobs = [Job(spider, SourceLock(archive, spider.entry.id, clock=workshop.clock)) for spider in spiders]
    board = Board([job.source_id for job in jobs])
    with closing(workshop), closing(display_for(settings, board)) as display:
        crowd = Crowd(jobs, plan, workshop, lambda job: make_crawler(job.spider), (board, display))
        _run(process, crowd)
    if wish is not None:
        compact_afterwards(archive, wish, workshop.clock)
    watch_afterwards(archive, workshop.clock)
    return jobs


def display_for(settings: BaseSettings, board: Board) -> Display:
    """Return what shows the progress; nothing if it's off, or if the log says each step on the same terminal."""
    level = logging.getLevelName(settings["LOG_LEVEL"])
    is_chatty = settings.getbool("LOG_ENABLED") and not settings["LOG_FILE"] and level <= logging.INFO
    if is_chatty or not settings.getbool("PROGRESS", True):
        return NoDisplay()
    return display_on(board, sys.stderr, every=settings.getfloat("PROGRESS_EVERY", 60.0))


def _run(process: CrawlerProcessBase, crowd: Crowd) -> None:
    """Run the reactor until the crowd is done; its signals are the crowd's to handle."""
    from twisted.internet import reactor  # noqa: PLC0415 - the process installs it, and not before it's made

    # what is imported by now stays to the end: the collector needs not go through it again and again
    gc.freeze()
    # and of what comes with a page hardly anything is left over: it takes 2 % of a fast crawl to look every 700 objects
    gc.set_threshold(5_000, 20, 20)
    # Scrapy has a line for each page, which its handlers would drop after it is made up
    logging.getLogger("scrapy").setLevel(process.settings["LOG_LEVEL"])
    task = asyncio.get_event_loop().create_task(crowd.run())
    task.add_done_callback(lambda _: reactor.stop())  # type: ignore[misc]  # a module of Twisted's own making
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    task.result()

"""What is done when a crawl (or an import) has ended: its WARC files are compacted (COMPACT_WARC), watches are asked."""

from __future__ import annotations

import logging
from pathlib import Path

from scrapy.settings import BaseSettings

from archive.clock import Clock
from archive.compaction import Done, Wish, compact
from archive.errors import ArchiveError
from archive.watches import engine
from archive.watches.model import Watch
from crawler.errors import BadOption

logger = logging.getLogger(__name__)
_WISHES = {"month": Wish(ended_months=True), "run": Wish()}


def wish_of(settings: BaseSettings) -> Wish | None:
    """Return what is to be compacted after the crawl; None for nothing. Raises BadOption."""
    name = str(settings["COMPACT_WARC"] or "")
    if name and name not in _WISHES:
        raise BadOption(f"COMPACT_WARC is {name!r}: month, run or nothing")
    return _WISHES.get(name)


def compact_afterwards(archive: Path, wish: Wish, clock: Clock) -> None:
    """Compact the WARC files of runs that have ended. What can't be is logged: the crawl is stored all the same."""
    try:
        compact(archive, wish, clock, _log)
    except ArchiveError as error:
        logger.warning("COMPACT_WARC: %s", error)


def watch_afterwards(archive: Path, clock: Clock) -> None:
    """Ask the watches of what came in, and deliver what they found. What can't be is logged, and tried again after a later crawl."""
    try:
        done = engine.run(archive, clock, _warn)
    except ArchiveError as error:
        logger.warning("watches: %s", error)
    else:
        if done.matched or done.delivered:
            logger.info("watches: %d new matches, %d delivered", done.matched, done.delivered)


def _warn(watch: Watch, error: str) -> None:
    logger.warning("watch %r: %s", watch.name, error)


def _log(done: Done) -> None:
    if done.made is None:
        logger.info("%s stay as they are: %s", ", ".join(done.group.names), done.why)
    else:
        logger.info("%s: %d bytes are %d now", done.group.names[0], done.made.before, done.made.after)

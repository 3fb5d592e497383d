"""What a crawl does with its WARC files when it has ended: the setting COMPACT_WARC."""

from __future__ import annotations

import logging
from pathlib import Path

from scrapy.settings import BaseSettings

from archive.clock import Clock
from archive.compaction import Done, Wish, compact
from archive.errors import ArchiveError
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


def _log(done: Done) -> None:
    if done.made is None:
        logger.info("%s stay as they are: %s", ", ".join(done.group.names), done.why)
    else:
        logger.info("%s: %d bytes are %d now", done.group.names[0], done.made.before, done.made.after)

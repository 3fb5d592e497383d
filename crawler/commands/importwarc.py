"""`scrapy importwarc FILE|DIR|-`: the pages in WARC files of other programs become captures and reports."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.clock import day_end, day_start, from_text, parse_day
from archive.errors import ArchiveError, InvalidInput
from archive.open import reading
from crawler.commands.crawling.afterwards import watch_afterwards
from crawler.commands.crawling.together import LOCKED, check_archive
from crawler.commands.crawling.usage import refuse_unknown_options, say_one_sentence
from crawler.commands.importing.deferred import Waiting
from crawler.commands.importing.engine import Importer, Job
from crawler.commands.importing.homes import Homes, OneHome, archived_source
from crawler.commands.importing.inputs import STDIN, find_inputs
from crawler.commands.importing.meter import Meter
from crawler.commands.importing.sorting import Places, Wish
from crawler.commands.importing.tally import Tally
from crawler.errors import UnknownSource
from crawler.run import Workshop
from crawler.sources.loader import Catalogue
from crawler.spiders.loader import CatalogueSpiderLoader

_KILLED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Command(ScrapyCommand):
    """Import WARC files."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options] <file|folder|-> ..."

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Take in the pages of WARC and WACZ files (CC-NEWS and others)"

    def long_desc(self) -> str:
        """Return the text of `scrapy importwarc -h`."""
        return (
            "Take in the reports in WARC files (.warc, .warc.gz, .warc.zst) and WACZ files, of folders with such, or "
            "of standard input (-), each under the date of its capture. A page is given to the catalogue's source of "
            "its host, and taken for a report by its address as in a crawl. What is in the archive already is passed "
            "by; an import that was stopped goes on where it was. Example: scrapy importwarc CC-NEWS-*.warc.gz "
            "--since 2025-03-01. Exit code 0; 1 if a file or the archive can't be read or written, 2 for a mistake in "
            f"what was asked, {LOCKED} if pages were left since another process is crawling their source."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what selects pages."""
        super().add_options(parser)
        say_one_sentence(parser)
        for option, meta, helps in (
            ("--db", "FILE", "the archive (default: setting ARCHIVE_DB, archive.db)"),
            ("--source", "NAME", "only pages of this source; or, if the catalogue has none of that name, all pages, under a new one"),
            ("--since", "YYYY-MM-DD", "only what was captured on this UTC day or later"),
            ("--until", "YYYY-MM-DD", "only what was captured on this UTC day or earlier"),
            ("--url-pattern", "REGEX", "only addresses in which this is found"),
        ):  # fmt: skip
            parser.add_argument(option, metavar=meta, help=helps)
        for option, helps in (
            (
                "--unknown",
                "also hosts that no source has: a source is made for each, as by `scrapy crawl site`",
            ),
            ("--again", "also read files that were read before"),
            ("--json", "the summary as a line of JSON"),
        ):
            parser.add_argument(option, action="store_true", help=helps)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Import the files, and say what became of every record."""
        refuse_unknown_options([arg for arg in args if arg != STDIN])
        if not args or self.settings is None:
            raise UsageError("which files? scrapy importwarc FILE ... (or a folder, or - )", print_help=False)
        if opts.db:
            self.settings.set("ARCHIVE_DB", opts.db, priority="cmdline")
        _wish(opts)  # before anything is made
        check_archive(Path(self.settings["ARCHIVE_DB"]))
        catalogue = CatalogueSpiderLoader.from_settings(self.settings).catalogue()
        every = self.settings.getfloat("PROGRESS_EVERY")
        try:
            with closing(Workshop.from_settings(self.settings)) as workshop:
                self.exitcode = asyncio.run(import_files(args, opts, workshop, catalogue, every=every))
            watch_afterwards(workshop.path, workshop.clock)
        except ArchiveError as error:
            click.echo(str(error), err=True)
            self.exitcode = 1


def _wish(opts: argparse.Namespace) -> Wish:
    """Return what the options ask for; UsageError with one sentence for a mistake."""
    if opts.source and not _SOURCE_ID.fullmatch(opts.source):
        raise UsageError(
            f"--source {opts.source!r} is no source id: small letters, digits and dashes", print_help=False
        )
    try:
        since = _instant(day_start(parse_day(opts.since, "--since"))) if opts.since else None
        until = _instant(day_end(parse_day(opts.until, "--until"))) if opts.until else None
        pattern = re.compile(opts.url_pattern) if opts.url_pattern else None
    except InvalidInput as error:
        raise UsageError(str(error), print_help=False) from None
    except OverflowError:
        raise UsageError(f"--until {opts.until} has no day after it", print_help=False) from None
    except re.error as error:
        raise UsageError(
            f"--url-pattern {opts.url_pattern!r} is no regular expression: {error}", print_help=False
        ) from None
    if since and until and since >= until:
        raise UsageError(f"--since {opts.since} is after --until {opts.until}", print_help=False)
    return Wish(since, until, pattern)


def _instant(text: str) -> datetime:
    return from_text(text)


async def import_files(
    names: Sequence[str], opts: argparse.Namespace, workshop: Workshop, catalogue: Catalogue, *, every: float
) -> int:
    """Do what the options ask for, and return the exit code; raises UsageError and ArchiveError, a sentence each.

    every: seconds between two lines of progress, where there is no terminal.
    """
    wish, tally = _wish(opts), Tally()
    with ExitStack() as stack:
        conn = stack.enter_context(reading(workshop.path))
        waiting = stack.enter_context(Waiting())
        meter = stack.enter_context(closing(Meter(sys.stderr, _say_aside, every)))
        places = _places(opts, catalogue, conn)
        job = Job(workshop, conn, places, wish, _wanted(opts), opts.again, _say_aside)
        importer = Importer(job, tally, meter, waiting)
        with _stopped_by_signals(importer):
            await importer.run(find_inputs(names))
        seconds = meter.seconds
    _tell(tally, opts, seconds, importer.locked)
    if importer.locked:
        return LOCKED
    return 1 if tally.problems else 0


def _places(opts: argparse.Namespace, catalogue: Catalogue, conn: sqlite3.Connection) -> Places:
    try:
        only = catalogue.get(opts.source).id if opts.source else None
    except UnknownSource:
        return OneHome(opts.source, archived_source(conn, opts.source))
    return Homes(catalogue, only=only, unknown=opts.unknown)


def _wanted(opts: argparse.Namespace) -> str:
    given = {name: getattr(opts, name) for name in ("source", "since", "until", "url_pattern", "unknown")}
    return json.dumps({name: value for name, value in given.items() if value}, sort_keys=True)


def _tell(tally: Tally, opts: argparse.Namespace, seconds: float, locked: set[str]) -> None:
    if opts.json:
        click.echo(json.dumps(tally.as_json(seconds)))
    else:
        for line in tally.lines(seconds):
            click.echo(line.encode("utf-8", "replace").decode())
    if locked:
        click.echo(
            f"being crawled by another process: {', '.join(sorted(locked))}; the same command goes on",
            err=True,
        )
    if tally.is_stopped:
        click.echo("stopped: the same command goes on where it was", err=True)


def _say_aside(sentence: str) -> None:
    click.echo(sentence.encode("utf-8", "replace").decode(), err=True)


@contextmanager
def _stopped_by_signals(importer: Importer) -> Iterator[None]:
    """Have the first Ctrl-C or SIGTERM end what is under way, the second the process."""
    loop = asyncio.get_running_loop()

    def forget() -> None:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)

    def stop() -> None:
        forget()
        for signum in _SIGNALS:
            signal.signal(signum, lambda *_: os._exit(_KILLED))
        click.echo("stopping: what is under way is finished; once more stops at once", err=True)
        importer.stop()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, stop)
    try:
        yield
    finally:
        forget()

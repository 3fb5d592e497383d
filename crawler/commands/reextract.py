"""`scrapy reextract`: the extraction as it is now over the captures of the archive, and what it would change."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.clock import day_start, parse_day
from archive.errors import ArchiveError, InvalidInput
from archive.open import reading
from archive.store import Store
from archive.tables import reextraction
from crawler.commands.crawling.together import LOCKED
from crawler.commands.crawling.usage import refuse_unknown_options, say_one_sentence
from crawler.commands.reextracting.engine import Progress, Reextraction, Wish
from crawler.commands.reextracting.meter import Meter
from crawler.commands.reextracting.report import Report
from crawler.errors import UnknownSource
from crawler.extraction.pool import WorkerPool
from crawler.locks import SourceLock, SourceLocked
from crawler.sources.loader import Catalogue
from crawler.spiders.loader import CatalogueSpiderLoader

_KILLED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_EXAMPLES = 2


class Command(ScrapyCommand):
    """Extract the stored captures anew."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options]"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Extract the archive's captures anew, and correct its reports"

    def long_desc(self) -> str:
        """Return the text of `scrapy reextract -h`."""
        return (
            "Run the extraction as it is now over the captures in the archive: those of each report's newest "
            "revision, and of pages in which no report was found. It says what would change; --apply corrects the "
            "rows. No report is removed, and no revision is added: what the outlet did is one thing, what we read "
            "another. A run that was stopped goes on where it was. Example: scrapy reextract --source dabanga-en "
            "--since 2026-11-01 --apply. Exit code 0; 1 if the archive can't be read or written, 2 for a mistake "
            f"in what was asked, {LOCKED} if all of the sources are being crawled."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what selects captures, and what to do with them."""
        super().add_options(parser)
        say_one_sentence(parser)
        parser.add_argument(
            "--db", metavar="FILE", help="the archive (default: setting ARCHIVE_DB, archive.db)"
        )
        parser.add_argument(
            "--source", nargs="+", action="extend", default=[], metavar="NAME", help="only these sources"
        )
        parser.add_argument(
            "--since", metavar="YYYY-MM-DD", help="only what was fetched on this UTC day or later"
        )
        for option, helps in (
            ("--apply", "write: correct the rows, and store the reports that were found"),
            ("--all-revisions", "all revisions of a report, not the newest only"),
            ("--force", "also what this version of the extraction has read already"),
            ("--json", "a line of JSON for each capture that is not as it was, and for each source"),
        ):
            parser.add_argument(option, action="store_true", help=helps)
        parser.add_argument(
            "--examples", type=int, default=_EXAMPLES, metavar="N",
            help=f"examples to show for a source, of each column and kind (default: {_EXAMPLES})",
        )  # fmt: skip

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read what is wanted anew, and tell what became of it."""
        refuse_unknown_options(args)
        if args or self.settings is None:
            raise UsageError(f"to read {' '.join(args)} anew: --source {' '.join(args)}", print_help=False)
        if opts.db:
            self.settings.set("ARCHIVE_DB", opts.db, priority="cmdline")
        archive = Path(self.settings["ARCHIVE_DB"])
        catalogue = CatalogueSpiderLoader.from_settings(self.settings).catalogue()
        pool = WorkerPool(
            self.settings.getint("EXTRACTION_WORKERS"), timeout=self.settings.getfloat("EXTRACTION_TIMEOUT")
        )
        with closing(pool):
            try:
                self.exitcode = asyncio.run(reextract(archive, opts, catalogue, pool))
            except ArchiveError as error:
                click.echo(str(error), err=True)
                self.exitcode = 1
            except BrokenPipeError:  # whoever reads has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self.exitcode = 1


async def reextract(archive: Path, opts: argparse.Namespace, catalogue: Catalogue, pool: WorkerPool) -> int:
    """Do what the options ask for, and return the exit code; raises UsageError and ArchiveError, a sentence each."""
    wish = _wish(opts)
    with ExitStack() as stack:
        with reading(archive) as conn:
            names = _sources(opts.source, catalogue, reextraction.sources(conn))
        # closed last: it folds the write-ahead log into the file, which the reader can't
        store = stack.enter_context(Store(archive, create=False)) if opts.apply else None
        conn = stack.enter_context(reading(archive))
        work = Reextraction(archive, conn, store, pool, catalogue, wish)
        with _stopped_by_signals(work):
            return await _all(work, names, archive, opts)


def _wish(opts: argparse.Namespace) -> Wish:
    """Return what the options ask for; UsageError with one sentence for a mistake."""
    if opts.examples < 0:
        raise UsageError(f"--examples {opts.examples} is less than none", print_help=False)
    try:
        since = day_start(parse_day(opts.since, "--since")) if opts.since else None
    except InvalidInput as error:
        raise UsageError(str(error), print_help=False) from None
    return Wish(since, all_revisions=opts.all_revisions, force=opts.force)


def _sources(wanted: Sequence[str], catalogue: Catalogue, archived: Sequence[str]) -> list[str]:
    """Return the ids of the sources to read; a source may be named by an alias, or be no longer in the catalogue."""
    if not wanted:
        return [*archived]
    names = []
    for name in (part for each in wanted for part in each.split(",") if part):
        try:
            source_id = name if name in archived else catalogue.get(name).id
        except UnknownSource as error:
            raise UsageError(str(error), print_help=False) from None
        if source_id not in archived:
            raise UsageError(f"the archive holds nothing of {source_id}", print_help=False)
        names.append(source_id)
    return [*dict.fromkeys(names)]


async def _all(work: Reextraction, names: Sequence[str], archive: Path, opts: argparse.Namespace) -> int:
    """Read the sources one after the other; return the exit code."""
    report = Report(_say, as_json=opts.json, examples=opts.examples)
    locked = 0
    with closing(Meter(sys.stderr)) as meter:
        for name in names:
            if work.is_stopping:
                break
            locked += not await _one(work, name, archive, report, meter, writes=opts.apply)
    if work.is_stopping:
        click.echo("stopped: the same command goes on where it was", err=True)
    elif not opts.apply and not opts.json:
        click.echo("\nNothing is written; --apply corrects what changed, and stores what was found.")
    return LOCKED if names and locked == len(names) else 0


def _say(line: str) -> None:
    # what strangers write may hold half a surrogate pair, which no stream takes
    click.echo(line.encode("utf-8", "replace").decode())


async def _one(
    work: Reextraction, name: str, archive: Path, report: Report, progress: Progress, *, writes: bool
) -> bool:
    """Read one source; False if it's being crawled, when nothing may be written of it."""
    if not writes:
        await work.run(name, report, progress)
        return True
    try:
        with SourceLock(archive, name):
            await work.run(name, report, progress)
    except SourceLocked as error:
        click.echo(f"{error}: not read", err=True)
        return False
    return True


@contextmanager
def _stopped_by_signals(work: Reextraction) -> Iterator[None]:
    """Have the first Ctrl-C or SIGTERM end what is under way, the second the process."""
    loop = asyncio.get_running_loop()

    def forget() -> None:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)

    def stop() -> None:
        forget()
        for signum in _SIGNALS:
            # what is committed stays; the workers end with us
            signal.signal(signum, lambda *_: os._exit(_KILLED))
        click.echo("stopping: what is under way is finished; once more stops at once", err=True)
        work.stop()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, stop)
    try:
        yield
    finally:
        forget()

"""`scrapy crawlall`: many sources in one process, each at its own pace."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.conf import arglist_to_dict

from archive.models import Outcome
from crawler.commands.crawling.crowd import Job, Plan
from crawler.commands.crawling.selection import Wanted, select
from crawler.commands.crawling.together import LOCKED, add_archive_options, check_archive, crawl_together
from crawler.commands.crawling.usage import refuse_unknown_options, say_one_sentence
from crawler.errors import BadOption, UnknownSource
from crawler.manners.contact import set_user_agent
from crawler.options import CrawlOptions
from crawler.sources.model import SourceEntry
from crawler.spiders.loader import CatalogueSpiderLoader, catalogue_folders
from crawler.spiders.news import spider_for

# Each holds a few dozen MB at most and mostly waits for its delay; extraction is what costs, and is shared.
AT_ONCE = 16


class Command(ScrapyCommand):
    """Crawl all sources, or those that are wanted."""

    requires_project = True

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options]"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Crawl many sources side by side"

    def long_desc(self) -> str:
        """Return the text of `scrapy crawlall -h`."""
        return (
            "Crawl all sources of the catalogue that are wanted, side by side, each at its own pace; those "
            "whose last crawl is longest ago begin. Example: scrapy crawlall --conflict Syria Yemen --lang ar. "
            "Ctrl-C finishes what is in flight and saves, a second one stops at once. Exit code 0 if every "
            "source could be crawled, was outside its hours, had paused us, or is crawled by another process; "
            f"1 if one could not be crawled, 2 for a mistake in what was asked, {LOCKED} if others crawl them all."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what selects sources, and how to crawl them."""
        super().add_options(parser)
        say_one_sentence(parser)
        add_archive_options(parser)
        for option, helps in (
            ("--conflict", "only sources that report on one of these conflicts or regions"),
            ("--kind", "only sources of these kinds (monitor, independent, wire ...)"),
            ("--lang", "only sources in one of these languages (ar, en ...)"),
            ("--source", "only these sources, by id; also private ones"),
        ):
            parser.add_argument(option, nargs="+", action="extend", default=[], metavar="NAME", help=helps)
        parser.add_argument(
            "--at-once",
            type=int,
            default=AT_ONCE,
            metavar="N",
            help=f"sources at a time (default: {AT_ONCE})",
        )
        parser.add_argument(
            "-a", dest="spargs", action="append", default=[], metavar="NAME=VALUE",
            help="option of each crawl: since, until, limit, backfill (may be repeated)",
        )  # fmt: skip

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read -a."""
        super().process_options(args, opts)
        try:
            opts.spargs = arglist_to_dict(opts.spargs)
        except ValueError:
            raise UsageError("Invalid -a value, use -a NAME=VALUE", print_help=False) from None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl what is wanted, and say what it brought."""
        refuse_unknown_options(args)
        if args:
            raise UsageError(
                f"to crawl {args[0]} alone: scrapy crawl {args[0]}; or --source {args[0]}", print_help=False
            )
        if self.settings is None or self.crawler_process is None:
            raise UsageError("no crawler process", print_help=False)
        if opts.db:
            self.settings.set("ARCHIVE_DB", opts.db, priority="cmdline")
        entries = chosen(self.settings, opts)
        archive = Path(self.settings["ARCHIVE_DB"])
        check_archive(archive, self.settings.getfloat("ARCHIVE_BUSY_TIMEOUT"))
        spiders = [spider_for(entry) for entry in longest_ago_first(entries, archive)]
        plan = Plan(opts.at_once, opts.wait, opts.spargs)
        jobs = crawl_together(self.crawler_process, spiders, plan, self.crawler_process.create_crawler)
        click.echo(total(jobs))
        self.exitcode = exit_code(jobs)


def chosen(settings: Settings, opts: argparse.Namespace) -> list[SourceEntry]:
    """Return the sources to crawl; UsageError with one sentence for a mistake in what was asked."""
    if opts.at_once < 1:
        raise UsageError(f"--at-once {opts.at_once} is not a number of at least 1", print_help=False)
    loader = CatalogueSpiderLoader.from_settings(settings)
    own = {path.stem for folder in catalogue_folders(settings)[1:] for path in folder.glob("*.toml")}
    wanted = Wanted(opts.conflict, opts.kind, opts.lang, opts.source)
    try:
        if CrawlOptions.parse(opts.spargs).url is not None:
            raise UsageError("-a url= is for one site: scrapy crawl site -a url=...", print_help=False)
        entries = select(loader.catalogue(), own, wanted)
        set_user_agent(settings, entries)
    except (UnknownSource, BadOption) as error:
        raise UsageError(str(error), print_help=False) from None
    return entries


def longest_ago_first(entries: Sequence[SourceEntry], archive: Path) -> list[SourceEntry]:
    """Return the sources in the order in which to begin: never crawled, then by their last crawl, the oldest first.

    So a crawl that is always stopped too early still comes to all of them in turn.
    """
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        last = dict(conn.execute("select source_id, max(started_at) from runs group by source_id"))
    return sorted(entries, key=lambda entry: last.get(entry.id) or "")


def total(jobs: Sequence[Job]) -> str:
    """Return the last line: how many reports of how many sources, and which sources gave none for what reason."""
    archived = sum(
        job.counts.get(outcome.value, 0) for job in jobs for outcome in (Outcome.STORED, Outcome.CHANGED)
    )
    crawled = sum(job.ending == "crawled" for job in jobs)
    parts = [f"{crawled} of {len(jobs)} sources crawled: {archived} reports archived"]
    for ending, words in (
        ("failed", "could not be crawled"),
        ("not due", "outside their hours, or left alone for a time"),
        ("stopped", "stopped before their end"),
        ("locked", "being crawled by another process"),
        ("not begun", "not begun"),
    ):
        ids = sorted(job.source_id for job in jobs if job.ending == ending)
        if ids:
            parts.append(f"{len(ids)} {words} ({', '.join(ids)})")
    return "; ".join(parts)


def exit_code(jobs: Sequence[Job]) -> int:
    """Return 1 if a source could not be crawled, LOCKED if others were crawling all of them, else 0."""
    endings = {job.ending for job in jobs}
    if "failed" in endings:
        return 1
    return LOCKED if endings == {"locked"} else 0

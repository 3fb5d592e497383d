"""`scrapy crawl NAME`: Scrapy's own command, but a mistake in what is asked gets one sentence."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from archive.errors import ArchiveError
from archive.store import Store
from crawler.errors import BadOption, UnknownSource
from crawler.extensions import ARCHIVE_FAILED
from crawler.options import CrawlOptions
from crawler.spiders.loader import CatalogueSpiderLoader
from crawler.spiders.news import NewsSpider


class Command(ScrapyCrawl):
    """Crawl one source of the catalogue."""

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options] <source>"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Crawl a source into the archive"

    def long_desc(self) -> str:
        """Return the text of `scrapy crawl -h`."""
        return (
            "Crawl a source of the catalogue (`scrapy list`) into the archive. Options of the crawl: "
            "-a since=YYYY-MM-DD and -a until=YYYY-MM-DD (reports published on these days or between), "
            "-a limit=N (fetch at most N reports). Example: scrapy crawl dabanga-en -a since=2026-11-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --db to Scrapy's own options."""
        super().add_options(parser)
        parser.add_argument(
            "--db", metavar="FILE", help="the archive (default: setting ARCHIVE_DB, archive.db)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the source's name, the options and the archive, then crawl; exit code 1 if that failed."""
        if len(args) != 1 or self.settings is None:
            raise UsageError("name one source: `scrapy list` shows all", print_help=False)
        if opts.db:
            self.settings.set("ARCHIVE_DB", opts.db, priority="cmdline")
        spider = check(args[0], opts.spargs, CatalogueSpiderLoader.from_settings(self.settings))
        if spider.entry.private:
            self.settings.set("ALLOW_PRIVATE_HOSTS", True, priority="command")
        check_archive(Path(self.settings["ARCHIVE_DB"]))
        if self.crawler_process is None:
            raise UsageError("no crawler process", print_help=False)
        crawler = self._create_crawler(spider)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed or not is_success(crawler):
            self.exitcode = 1


def check(name: str, options: dict[str, str], loader: CatalogueSpiderLoader) -> type[NewsSpider]:
    """Return the source's spider; UsageError with one sentence if it or an option can't be used."""
    try:
        CrawlOptions.parse(options)
        return loader.spider(name)
    except (UnknownSource, BadOption) as error:
        raise UsageError(str(error), print_help=False) from None


def check_archive(path: Path) -> None:
    """Make or migrate the archive before anything is fetched; raise UsageError if it can't be used."""
    try:
        with Store(path):
            pass
    except ArchiveError as error:
        raise UsageError(str(error), print_help=False) from None


def is_success(crawler: Crawler) -> bool:
    """Tell whether a crawl that has ended could read any of its endpoints, and store what it fetched."""
    stats = crawler.stats
    if stats is None or stats.get_value("finish_reason") in ARCHIVE_FAILED:
        return False
    return bool(stats.get_value("endpoints/read") or not stats.get_value("endpoints/failed"))

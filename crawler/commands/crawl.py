"""`scrapy crawl NAME`: Scrapy's own command, with a lock, progress, and one sentence for a mistake."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.crawling.crowd import Plan
from crawler.commands.crawling.together import LOCKED, add_archive_options, check_archive, crawl_together
from crawler.commands.crawling.usage import refuse_unknown_options, say_one_sentence
from crawler.errors import BadOption, UnknownSource
from crawler.manners.contact import set_user_agent
from crawler.options import CrawlOptions
from crawler.spiders.loader import CatalogueSpiderLoader
from crawler.spiders.news import NewsSpider

_SITE = "site"  # stands for a site that is in no catalogue


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
            "-a limit=N (fetch at most N reports), -a backfill=1 (walk archives back to `since`). `scrapy crawl site "
            "-a url=https://example.org` crawls a site that is in no catalogue. "
            "Example: scrapy crawl dabanga-en -a since=2026-11-01. Exit code 0 if the source could be crawled, "
            f"1 if not, 2 for a mistake in what was asked, {LOCKED} if another process is crawling the source."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --db and --wait to Scrapy's own options."""
        super().add_options(parser)
        say_one_sentence(parser)
        add_archive_options(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the source's name, the options and the archive, then crawl; exit code 1 if that failed."""
        refuse_unknown_options(args)
        if len(args) != 1 or self.settings is None:
            raise UsageError("name one source: `scrapy list` shows all", print_help=False)
        if opts.db:
            self.settings.set("ARCHIVE_DB", opts.db, priority="cmdline")
        spider = check(args[0], opts.spargs, self.settings)
        check_archive(Path(self.settings["ARCHIVE_DB"]), self.settings.getfloat("ARCHIVE_BUSY_TIMEOUT"))
        if self.crawler_process is None:
            raise UsageError("no crawler process", print_help=False)
        plan = Plan(wait=opts.wait, options=opts.spargs)
        [job] = crawl_together(self.crawler_process, [spider], plan, self._create_crawler)
        self.exitcode = {"failed": 1, "locked": LOCKED}.get(str(job.ending), 0)


def check(name: str, options: dict[str, str], settings: Settings) -> type[NewsSpider]:
    """Return the source's spider; UsageError with one sentence if it, an option or the CONTACT can't be used."""
    try:
        spider = _spider(name, CrawlOptions.parse(options), settings)
        set_user_agent(settings, [spider.entry])
    except (UnknownSource, BadOption) as error:
        raise UsageError(str(error), print_help=False) from None
    return spider


def _spider(name: str, options: CrawlOptions, settings: Settings) -> type[NewsSpider]:
    if name == _SITE:
        from crawler.spiders.site import site_spider  # noqa: PLC0415 - with the survey, which few crawls need

        return site_spider(options.url)
    if options.url is not None:
        raise BadOption(f"-a url= is for `scrapy crawl {_SITE}`; {name} has its addresses in the catalogue")
    return CatalogueSpiderLoader.from_settings(settings).spider(name)

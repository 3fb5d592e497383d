"""`scrapy checksource NAME`: does what the catalogue says of a source hold on the live site?"""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.errors import BadOption, UnknownSource
from crawler.manners.contact import set_user_agent
from crawler.spiders.check import Findings, check_spider_for
from crawler.spiders.loader import CatalogueSpiderLoader


class Command(ScrapyCommand):
    """Check a source."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "ERROR"}

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "<source>"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Try a source's robots.txt, feeds, sitemaps, listings and five reports"

    def long_desc(self) -> str:
        """Return the text of `scrapy checksource -h`."""
        return (
            "Fetch a source's robots.txt, each of its feeds, sitemaps and listings, and the five newest reports "
            "that they list, and say what works. Stores nothing. Exit code 0 if the source can be crawled, else 1."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check one source and print what was found."""
        if len(args) != 1 or self.settings is None or self.crawler_process is None:
            raise UsageError
        try:
            entry = CatalogueSpiderLoader.from_settings(self.settings).catalogue().get(args[0])
            set_user_agent(self.settings, [entry])
        except (UnknownSource, BadOption) as error:
            raise UsageError(str(error), print_help=False) from None
        findings = Findings()
        self.crawler_process.crawl(check_spider_for(entry, findings))
        self.crawler_process.start()
        click.echo(f"{entry.id}: {entry.name}, {entry.homepage}")
        for line in findings.lines:
            click.echo(
                f"  {'ok  ' if line.works else 'FAIL'}  {line.what:<10}  {line.url}\n{'':18}{line.detail}"
            )
        click.echo(_verdict(entry.id, findings))
        self.exitcode = 0 if findings.usable() else 1


def _verdict(source_id: str, findings: Findings) -> str:
    failed = sum(not line.works for line in findings.lines)
    if not findings.usable():
        return f"{source_id} can't be crawled as its entry stands: see what failed above"
    if failed:
        return f"{source_id} can be crawled; {failed} of {len(findings.lines)} checks failed: mend its entry"
    return f"{source_id} can be crawled: all {len(findings.lines)} checks passed; its entry may say verified = true"

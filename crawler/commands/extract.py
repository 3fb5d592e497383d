"""`scrapy extract PAGES.jsonl -o OUT.jsonl`: the extraction alone, over saved pages."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, TextIO

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.clock import clock_from
from crawler.commands.extracting.job import Job
from crawler.extraction.pool import WorkerPool
from crawler.spiders.loader import CatalogueSpiderLoader


class Command(ScrapyCommand):
    """Extract saved pages."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options] <pages.jsonl>"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Extract the reports of saved pages"

    def long_desc(self) -> str:
        """Return the text of `scrapy extract -h`."""
        return (
            'Read {"id", "url", "path"} lines (path: a page as HTML or gzipped HTML, relative to the file), and '
            'write a line {"id", "title", "body", "published_at", "author", "language", ...} for each, in the '
            'same order; a page that holds no report gets {"id", "error"}. Where a host has three pages or more, the '
            "template of its pages is learned from them first."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the output file and the number of workers."""
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", default="-", metavar="FILE", help="where to write (default: stdout)"
        )
        parser.add_argument(
            "--no-learn", action="store_true", help="read each page by itself: learn no template from them"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Extract every page, and say on standard error how many there were."""
        if len(args) != 1 or self.settings is None:
            raise UsageError
        source = Path(args[0])
        if not source.is_file():
            raise UsageError(f"{source} is not a file", print_help=False)
        catalogue = CatalogueSpiderLoader.from_settings(self.settings).catalogue()
        pool = WorkerPool(
            self.settings.getint("EXTRACTION_WORKERS"), timeout=self.settings.getfloat("EXTRACTION_TIMEOUT")
        )
        job = Job(source, catalogue, pool, clock_from(self.settings["NOW"]))
        with ExitStack() as stack:
            out = sys.stdout if opts.output == "-" else stack.enter_context(_open_output(opts.output))
            report = asyncio.run(job.run(out, learn=not opts.no_learn))
        sys.stderr.write(report.sentence() + "\n")


def _open_output(name: str) -> TextIO:
    try:
        return Path(name).open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{name} can't be written: {error.strerror}", print_help=False) from None

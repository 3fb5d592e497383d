"""`scrapy explain ID|URL`: why each line of a captured page is in its report, or was left out."""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.errors import ArchiveError, NotFound
from archive.models import SiteTemplate
from archive.open import reading
from archive.tables import reextraction
from archive.tables.reextraction import StoredPage
from crawler.commands.crawling.usage import refuse_unknown_options, say_one_sentence
from crawler.commands.explaining.report import in_words, matching
from crawler.commands.explaining.task import explain_capture
from crawler.commands.reextracting.outlets import Outlet, outlet
from crawler.errors import CrawlerError
from crawler.extraction.page import KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.rereading import Task
from crawler.spiders.loader import CatalogueSpiderLoader


@dataclass(frozen=True, slots=True)
class Found:
    """A capture, what is known of its source, and the version of the site's template that it is read with, if any."""

    page: StoredPage
    outlet: Outlet
    template: SiteTemplate | None


class Command(ScrapyCommand):
    """Explain what the extraction makes of one page."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options] <article id | URL | --capture N>"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Say why each line of a page is in its report, or was left out"

    def long_desc(self) -> str:
        """Return the text of `scrapy explain -h`."""
        return (
            "Read a capture of the archive again, with the template that its text was read with, and tell of each "
            "line of the page whether it is in the report's body, kept beside it, or left out, and why: what the "
            "template goes by, or which rule. Lines outside of the element that holds the report are only counted, "
            'unless --all or --line asks for them. Example: scrapy explain 17 --line "Total Comments". Exit code 0; '
            "1 if the capture can't be read or no line has the words, 2 for a mistake in what was asked."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what selects the capture and the lines."""
        super().add_options(parser)
        say_one_sentence(parser)
        parser.add_argument(
            "--db", metavar="FILE", help="the archive (default: setting ARCHIVE_DB, archive.db)"
        )
        parser.add_argument(
            "--revision", type=int, metavar="N", help="of an article: this revision (default: the newest)"
        )
        parser.add_argument("--capture", type=int, metavar="N", help="the capture with this id")
        parser.add_argument("--line", metavar="TEXT", help="only the lines that have these words")
        for option, helps in (
            ("--all", "also the lines outside of the element that holds the report"),
            ("--alone", "read the page by itself, without its site's template"),
            ("--json", "JSON instead of words"),
        ):
            parser.add_argument(option, action="store_true", help=helps)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the capture anew, and print what became of its lines."""
        refuse_unknown_options(args)
        if self.settings is None or len(args) + (opts.capture is not None) != 1:
            raise UsageError(
                "name one report, by its article's id or its address, or --capture N", print_help=False
            )
        archive = Path(opts.db or self.settings["ARCHIVE_DB"])
        timeout = self.settings.getfloat("EXTRACTION_TIMEOUT")
        loader = CatalogueSpiderLoader.from_settings(self.settings)
        try:
            with reading(archive) as conn:
                page = _page(conn, args[0] if args else None, opts)
                known = outlet(conn, loader.catalogue(), _source_of(conn, page))
            found = Found(page, known, None if opts.alone else _template(known, page))
            self.exitcode = self._explained(archive, found, opts, timeout)
        except (ArchiveError, CrawlerError) as error:
            click.echo(str(error), err=True)
            self.exitcode = 1

    def _explained(self, archive: Path, found: Found, opts: argparse.Namespace, timeout: float) -> int:
        template = found.template
        known = KnownTemplate(template.document, template.id) if template else None
        task = Task(archive.absolute().parent / "warc", found.page, found.outlet.hints(found.page), known)
        with closing(WorkerPool(1, timeout=timeout)) as pool:
            told = asyncio.run(pool.run(explain_capture, task))
        shown = matching(told, opts.line, everything=opts.all)
        if opts.line and not shown.lines:
            raise NotFound(f"no line of {found.page.url} has the words {opts.line!r}")
        if opts.json:
            click.echo(json.dumps(shown.as_json(found.page, template), ensure_ascii=False, indent=2))
        else:
            for line in in_words(shown, found.page, template):
                click.echo(line)
        return 0


def _page(conn: sqlite3.Connection, wanted: str | None, opts: argparse.Namespace) -> StoredPage:
    """Return the capture that is meant; NotFound with one sentence where the archive has none."""
    if opts.revision is not None and not (wanted or "").isdecimal():
        raise UsageError("--revision is for an article's id", print_help=False)
    if wanted is None:
        capture, named = opts.capture, f"--capture {opts.capture}"
    elif wanted.isdecimal():
        revision = reextraction.revision_of(conn, int(wanted), opts.revision)
        if revision is None:
            at = f"revision {opts.revision} of article {wanted}" if opts.revision else f"article {wanted}"
            raise NotFound(f"the archive has no capture of {at}: `archive show {wanted}` tells what it has")
        return reextraction.of_revisions(conn, [revision])[0]
    else:
        capture, named = reextraction.capture_at(conn, wanted), wanted
    page = None if capture is None else reextraction.of_capture(conn, capture)
    if page is None:
        raise NotFound(f"the archive has no capture of {named}")
    return page


def _source_of(conn: sqlite3.Connection, page: StoredPage) -> str:
    if page.stored is not None:
        return str(page.stored.article["source_id"])
    source = reextraction.source_of(conn, page.capture_id)
    if source is None:
        raise NotFound(f"the archive doesn't tell of which source capture {page.capture_id} is")
    return source


def _template(known: Outlet, page: StoredPage) -> SiteTemplate | None:
    """Return the template that a text was read with; of a page without a text, the one of its time."""
    if page.stored is None:
        return known.template(page)
    wanted = page.stored.revision["site_template_id"]
    return next((template for template, _ in known.templates if template.id == wanted), None)

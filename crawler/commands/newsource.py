"""`scrapy newsource URL`: drafts a catalogue entry for a site, for the user to review."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import click
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from archive.urls import canonical_url
from crawler.clock import clock_from
from crawler.discovery.unknown.draft import Remarks, draft
from crawler.discovery.unknown.entries import UNDETERMINED, entry_for, source_id
from crawler.discovery.unknown.hosts import host_of
from crawler.errors import DiscoveryError
from crawler.middlewares.guard import is_private
from crawler.spiders.loader import CatalogueSpiderLoader
from crawler.spiders.surveyor import SiteSurvey, survey_spider_for

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


class Command(ScrapyCommand):
    """Draft an entry."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {
        "LOG_LEVEL": "ERROR",
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",  # what can't be had is said in one sentence of our own
    }

    def syntax(self) -> str:
        """Return the usage line's part."""
        return "[options] <url>"

    def short_desc(self) -> str:
        """Return the line of `scrapy -h`."""
        return "Draft a catalogue entry for a site that is in none"

    def long_desc(self) -> str:
        """Return the text of `scrapy newsource -h`."""
        return (
            "Look for a site's feeds, sitemaps and listings, tell its reports from its other pages, and print a "
            "catalogue entry with a pattern for their addresses, for you to review. At most 25 addresses and five "
            "reports are fetched, nothing is stored. Exit code 1 if the site can't be read or lists no reports."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the id and where to write."""
        super().add_options(parser)
        parser.add_argument("--id", metavar="ID", help="the source's id (default: made of the host)")
        parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: stdout)")
        parser.add_argument(
            "--write", action="store_true", help="write to ID.toml in the first folder of SOURCES_DIR"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Survey one site and write the entry; existing files are left alone."""
        if len(args) != 1 or self.settings is None or self.crawler_process is None:
            raise UsageError
        url = _address(args[0])
        _refuse_private(url, self.settings)
        entry_id = _checked_id(opts.id) if opts.id else source_id(url)
        target = _target(entry_id, opts, self.settings)
        _mention_known(url, self.settings)
        result = SiteSurvey()
        self.crawler_process.crawl(survey_spider_for(url, result))
        self.crawler_process.start()
        try:
            text = _text(url, entry_id, result, self.settings)
        except DiscoveryError as error:
            click.echo(str(error), err=True)
            self.exitcode = 1
            return
        if result.readable == 0:
            click.echo(
                "none of the pages that were tried holds a report: see the comments at the end", err=True
            )
        _put(text, target, entry_id)


def _refuse_private(url: str, settings: BaseSettings) -> None:
    if _is_private(url) and not settings.getbool("ALLOW_PRIVATE_HOSTS"):
        raise UsageError(
            f"{host_of(url)} is a private address; -s ALLOW_PRIVATE_HOSTS=1 allows it", print_help=False
        )


def _is_private(url: str) -> bool:
    return is_private(urlsplit(url).hostname or "")


def _target(entry_id: str, opts: argparse.Namespace, settings: BaseSettings) -> Path | None:
    """Return the file to write, None for stdout; raise UsageError if it exists or has no folder."""
    if opts.write and opts.output:
        raise UsageError("-o and --write name two places: give one of them", print_help=False)
    if opts.write:
        folder = (settings.get("SOURCES_DIR") or "").split(":")[0]
        if not folder:
            raise UsageError("--write needs a folder for your own sources: set SOURCES_DIR", print_help=False)
        target = Path(folder) / f"{entry_id}.toml"
    elif opts.output and opts.output != "-":
        target = Path(opts.output)
    else:
        return None
    if target.exists():
        raise UsageError(f"{target} exists already and is left as it is", print_help=False)
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent} is no folder", print_help=False)
    return target


def _mention_known(url: str, settings: BaseSettings) -> None:
    known = CatalogueSpiderLoader.from_settings(settings).catalogue().for_url(url)
    if known is not None:
        click.echo(f"{host_of(url)} is in the catalogue already, as {known.id}", err=True)


def _text(url: str, entry_id: str, result: SiteSurvey, settings: BaseSettings) -> str:
    """Return the entry; raises DiscoveryError with the reason why there is none."""
    if result.found is None or result.learned is None:
        raise DiscoveryError(result.reason or f"the survey of {url} was broken off")
    languages = [code for code, _ in result.languages.most_common()]
    entry = entry_for(
        url,
        result.found,
        learned=result.learned,
        entry_id=entry_id,
        languages=languages,
        private=_is_private(url),
    )
    told_by = f"of {result.languages.total()} reports that were read"
    if not languages:
        told_by = "nothing tells it" if entry.languages == (UNDETERMINED,) else "what the site declares"
    remarks = Remarks(clock_from(settings["NOW"])().date(), told_by, tuple(result.trials))
    return draft(entry, result.found, result.learned, remarks)


def _address(given: str) -> str:
    url = given if "://" in given else f"https://{given}"
    try:
        if "@" not in given:  # a mailbox, or a password
            return canonical_url(url)
    except ValueError as error:
        raise _no_address(given) from error
    raise _no_address(given)


def _no_address(given: str) -> UsageError:
    return UsageError(
        f"{given!r} is not the address of a site, such as https://example.org/", print_help=False
    )


def _checked_id(given: str) -> str:
    if not _ID.fullmatch(given):
        raise UsageError(f"--id {given!r} may have small letters, digits and hyphens", print_help=False)
    return given


def _put(text: str, target: Path | None, entry_id: str) -> None:
    if target is None:
        click.echo(text, nl=False)
        return
    try:
        with target.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror}", print_help=False) from None
    click.echo(f"{target} is written: review it, then try it with `scrapy checksource {entry_id}`", err=True)

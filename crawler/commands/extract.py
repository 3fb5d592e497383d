"""`scrapy extract PAGES.jsonl -o OUT.jsonl`: the extraction alone, over saved pages."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, TextIO

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.clock import to_text, utc_now
from archive.models import Extraction
from crawler.errors import CrawlerError
from crawler.extraction.page import Hints
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely
from crawler.sources.loader import Catalogue
from crawler.spiders.loader import CatalogueSpiderLoader

# A saved page that unpacks to more than this is a bomb, not a page.
_MAX_PAGE_BYTES = 64 * 1024 * 1024
# Enough to keep every core busy, few enough to keep in memory.
_UNDER_WAY = 64


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A line of the input: an id, the page's URL, its file, and what its source says of it."""

    id: str
    url: str
    path: Path
    hints: Hints


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
            'same order; a page that holds no report gets {"id", "error"}.'
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
        with ExitStack() as stack:
            out = sys.stdout if opts.output == "-" else stack.enter_context(_open_output(opts.output))
            done, failed = asyncio.run(extract_file(source, out, catalogue, pool))
        sys.stderr.write(f"{done} pages, {failed} without a report\n")


def _open_output(name: str) -> TextIO:
    try:
        return Path(name).open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{name} can't be written: {error.strerror}", print_help=False) from None


async def extract_file(source: Path, out: TextIO, catalogue: Catalogue, pool: WorkerPool) -> tuple[int, int]:
    """Extract the pages that `source` names; returns how many lines were written, and how many errors."""
    done = failed = 0
    try:
        async for line in _results(source, catalogue, pool):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            done += 1
            failed += "error" in line
    finally:
        pool.close()
    return done, failed


async def _results(source: Path, catalogue: Catalogue, pool: WorkerPool) -> AsyncIterator[dict[str, Any]]:
    """Yield a result a line in the order of the input, with a bounded number of pages under way."""
    running: deque[asyncio.Task[dict[str, Any]]] = deque()
    for entry in _lines(source, catalogue):
        running.append(asyncio.create_task(_result(entry, pool)))
        if len(running) >= _UNDER_WAY:
            yield await running.popleft()
    while running:
        yield await running.popleft()


def _lines(source: Path, catalogue: Catalogue) -> Iterator[SavedPage | dict[str, Any]]:
    """Yield the input's pages; for a line that can't be used, the result that says so."""
    with source.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _saved_page(line, f"{source}:{number}", source.parent, catalogue)


def _saved_page(line: str, where: str, folder: Path, catalogue: Catalogue) -> SavedPage | dict[str, Any]:
    try:
        row = json.loads(line)
        page_id, url, path = row["id"], row["url"], row["path"]
    except (ValueError, KeyError, TypeError):
        return {"id": where, "error": f'{where} is not a line of JSON with "id", "url" and "path"'}
    entry = catalogue.for_url(str(url))
    hints = Hints(entry.name, entry.time_zone, entry.languages) if entry else Hints()
    return SavedPage(str(page_id), str(url), folder / str(path), hints)


async def _result(page: SavedPage | dict[str, Any], pool: WorkerPool) -> dict[str, Any]:
    if isinstance(page, dict):
        return page
    try:
        extraction = await pool.run(extract_saved, page, utc_now())
    except CrawlerError as error:
        return {"id": page.id, "error": str(error)}
    return as_line(page.id, extraction)


def extract_saved(page: SavedPage, now: datetime) -> Extraction:
    """Read and extract a saved page; CrawlerError for a file that can't be read."""
    try:
        with page.path.open("rb") as file:
            payload = _unpacked(file.read(_MAX_PAGE_BYTES + 1))
    except (OSError, EOFError, ValueError, zlib.error) as error:  # ValueError: a path that holds a NUL
        raise CrawlerError(f"{page.path} can't be read: {error}") from None
    if len(payload) > _MAX_PAGE_BYTES:
        raise CrawlerError(f"{page.path} has more than {_MAX_PAGE_BYTES // 1024**2} MB")
    return extract_remotely(payload, url=page.url, content_type=None, fetched_at=now, hints=page.hints)


def _unpacked(payload: bytes) -> bytes:
    if not payload.startswith(b"\x1f\x8b"):
        return payload
    with gzip.GzipFile(fileobj=BytesIO(payload)) as file:
        return file.read(_MAX_PAGE_BYTES + 1)


def as_line(page_id: str, extraction: Extraction) -> dict[str, Any]:
    """Return the line that `scrapy extract` writes for a page."""
    article = extraction.article
    if article is None:
        return {"id": page_id, "error": f"{extraction.reason}: {extraction.detail}"}
    published = article.published
    return {
        "id": page_id,
        "title": article.title,
        "body": article.body,
        "published_at": to_text(published.moment) if published else None,
        "published_at_precision": published.precision if published else None,
        "published_at_from": published.origin if published else None,
        "author": article.author,
        "language": article.language,
        "standfirst": article.standfirst,
        "dateline": article.dateline,
        "section": article.section,
        "modified_at": to_text(article.modified_at) if article.modified_at else None,
    }

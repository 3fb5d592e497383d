"""The pages that `scrapy extract` is given: a line of JSON each, and a file."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import CrawlerError
from crawler.extraction.page import Hints
from crawler.sources.loader import Catalogue

# A saved page that unpacks to more than this is a bomb, not a page.
_MAX_PAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A line of the input: an id, the page's URL, its file, and what its source says of it."""

    id: str
    url: str
    path: Path
    hints: Hints

    @property
    def host(self) -> str:
        """Return the URL's host without "www.", or "" where it has none."""
        try:
            return (urlsplit(self.url).hostname or "").removeprefix("www.")
        except ValueError:
            return ""

    def read(self) -> bytes:
        """Return the page's bytes, unpacked; raises CrawlerError for a file that can't be read."""
        try:
            with self.path.open("rb") as file:
                payload = _unpacked(file.read(_MAX_PAGE_BYTES + 1))
        except (OSError, EOFError, ValueError, zlib.error) as error:  # ValueError: a path that holds a NUL
            raise CrawlerError(f"{self.path} can't be read: {error}") from None
        if len(payload) > _MAX_PAGE_BYTES:
            raise CrawlerError(f"{self.path} has more than {_MAX_PAGE_BYTES // 1024**2} MB")
        return payload


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the input that names no page; id: the file and the line's number."""

    id: str
    error: str


def read_pages(source: Path, catalogue: Catalogue) -> Iterator[SavedPage | BadLine]:
    """Yield the pages that the lines of `source` name, in order."""
    with source.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _saved_page(line, f"{source}:{number}", source.parent, catalogue)


def _saved_page(line: str, where: str, folder: Path, catalogue: Catalogue) -> SavedPage | BadLine:
    try:
        row = json.loads(line)
        page_id, url, path = row["id"], row["url"], row["path"]
    except (ValueError, KeyError, TypeError):
        return BadLine(where, f'{where} is not a line of JSON with "id", "url" and "path"')
    entry = catalogue.for_url(str(url))
    hints = Hints(entry.name, entry.time_zone, entry.languages) if entry else Hints()
    return SavedPage(str(page_id), str(url), folder / str(path), hints)


def _unpacked(payload: bytes) -> bytes:
    if not payload.startswith(b"\x1f\x8b"):
        return payload
    with gzip.GzipFile(fileobj=BytesIO(payload)) as file:
        return file.read(_MAX_PAGE_BYTES + 1)

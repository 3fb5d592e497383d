"""`extract_article` for whoever only hands it to a worker process: importing this costs nothing.

The libraries behind it take a third of a second and 50 MB, which the crawl's own process can do without.
"""

from __future__ import annotations

from datetime import datetime

from archive.models import Extraction
from crawler.extraction.page import Hints


def extract_remotely(
    payload: bytes, *, url: str, content_type: str | None, fetched_at: datetime, hints: Hints
) -> Extraction:
    """Return what `crawler.extraction.article.extract_article` returns for the same arguments."""
    from crawler.extraction.article import extract_article  # noqa: PLC0415 - in the worker, which has it already

    return extract_article(payload, url=url, content_type=content_type, fetched_at=fetched_at, hints=hints)

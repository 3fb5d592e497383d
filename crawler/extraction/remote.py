"""`extract_article` for whoever only hands it to a worker process: importing this costs nothing.

The libraries behind it take a third of a second and 50 MB, which the crawl's own process can do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from archive.articles import text_columns
from archive.models import Extraction
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.templates.records import LearnedTemplate
from crawler.unpacking import Packed

# Reasons for which a page holds no report today, and may hold one tomorrow.
PASSING = frozenset({"empty", "too_short", "error_page", "challenge", "login_wall", "consent_wall", "video"})


def extract_remotely(
    payload: bytes | Packed,
    *,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    hints: Hints,
    template: KnownTemplate | None = None,
    teach: bool = False,
) -> Extraction:
    """Return what `crawler.extraction.article.extract_article` returns for the same arguments.

    Raises PackedTooWell for a packed page that is not to be unpacked.
    """
    from crawler.extraction.article import extract_article  # noqa: PLC0415 - in the worker, which has it already

    return extract_article(
        payload.unpacked(in_worker=True) if isinstance(payload, Packed) else payload,
        url=url,
        content_type=content_type,
        fetched_at=fetched_at,
        hints=hints,
        template=template,
        teach=teach,
    )


def read_report(
    payload: bytes | Packed,
    *,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    hints: Hints,
    template: KnownTemplate | None = None,
    teach: bool = False,
) -> Extraction:
    """Return what `extract_remotely` returns, with the columns that are to be stored.

    What they are made of stays here: it would be half of what goes back, and no other process needs it.
    """
    extraction = extract_remotely(
        payload,
        url=url,
        content_type=content_type,
        fetched_at=fetched_at,
        hints=hints,
        template=template,
        teach=teach,
    )
    if extraction.article is None:
        return extraction
    rest = replace(extraction.article, blocks=(), date_candidates=())
    return replace(extraction, article=rest, columns=text_columns(extraction.article))


def learn_remotely(lessons: Sequence[bytes]) -> LearnedTemplate:
    """Return what `crawler.extraction.templates.teacher.learn_template` returns for the same lessons."""
    from crawler.extraction.templates.teacher import learn_template  # noqa: PLC0415 - in the worker

    return learn_template(lessons)

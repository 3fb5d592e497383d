"""`extract_article` for whoever only hands it to a worker process: importing this costs nothing.

The libraries behind it take a third of a second and 50 MB, which the crawl's own process can do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from archive.models import Extraction
from archive.tables.articles import text_columns
from archive.text.normalise import Normaliser
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
    """Return what `extract_remotely` returns, as it is to be stored (see `to_be_stored`)."""
    return to_be_stored(
        extract_remotely(
            payload,
            url=url,
            content_type=content_type,
            fetched_at=fetched_at,
            hints=hints,
            template=template,
            teach=teach,
        )
    )


def to_be_stored(extraction: Extraction, known_sha256: str | None = None) -> Extraction:
    """Return an extraction with the columns that are to be stored, and what the search index is to hold of them.

    What the columns are made of stays here: it would be half of what goes back, and no other process needs it.
    known_sha256: the content_sha256 of a text that the index has; for that, nothing is made.
    """
    if extraction.article is None:
        return extraction
    columns = text_columns(extraction.article)
    forms = None if columns["content_sha256"] == known_sha256 else _normaliser().forms(columns)
    rest = replace(extraction.article, blocks=(), date_candidates=())
    return replace(extraction, article=rest, columns=columns, forms=forms)


@cache
def _normaliser() -> Normaliser:
    """Return the worker's own, which remembers the forms of common words."""
    return Normaliser()


def learn_remotely(lessons: Sequence[bytes]) -> LearnedTemplate:
    """Return what `crawler.extraction.templates.teacher.learn_template` returns for the same lessons."""
    from crawler.extraction.templates.teacher import learn_template  # noqa: PLC0415 - in the worker

    return learn_template(lessons)

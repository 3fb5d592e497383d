"""`extract_article` for whoever only hands it to a worker process: importing this costs nothing.

The libraries behind it take a third of a second and 50 MB, which the crawl's own process can do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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
        payload.unpacked() if isinstance(payload, Packed) else payload,
        url=url,
        content_type=content_type,
        fetched_at=fetched_at,
        hints=hints,
        template=template,
        teach=teach,
    )


def learn_remotely(lessons: Sequence[bytes]) -> LearnedTemplate:
    """Return what `crawler.extraction.templates.teacher.learn_template` returns for the same lessons."""
    from crawler.extraction.templates.teacher import learn_template  # noqa: PLC0415 - in the worker

    return learn_template(lessons)

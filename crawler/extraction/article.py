"""From the bytes of a page to its report, or to the reason why there is none: the door of this package."""

from __future__ import annotations

from datetime import datetime

from archive.models import ArticleText, Extraction
from crawler.errors import ExtractionError
from crawler.extraction.body.extract import extract_body
from crawler.extraction.language import detect_language
from crawler.extraction.metadata.read import Metadata, dateline, read_metadata
from crawler.extraction.page import Hints, parse_page
from crawler.extraction.reject import is_article, rejection

# To be bumped by whoever changes what is extracted: revisions carry it, and re-extraction goes by it.
EXTRACTOR_VERSION = "1"


def extract_article(
    payload: bytes, *, url: str, content_type: str | None, fetched_at: datetime, hints: Hints
) -> Extraction:
    """Return the report that a page holds, or the reason why it holds none; never raises on a page's content.

    payload: the page's bytes, content-decoded. url: where it was found in the end. content_type: the header's
    value. fetched_at: aware. Reasons are those of `reject.rejection`, and `not_html`.
    """
    if not payload.strip():
        return _nothing("empty", f"{url} is empty: the server sent no bytes")
    try:
        page = parse_page(payload, url, content_type, fetched_at)
    except ExtractionError as error:
        return _nothing("not_html", str(error))
    told = read_metadata(page, hints)
    body = extract_body(page, told.title)
    types = frozenset(kind.lower() for kind in (told.og_type, *told.json_ld_types) if kind)
    rejected = rejection(page, told.title, body, types)
    if rejected:
        return _nothing(rejected.reason, rejected.detail, told.canonical_url)
    return Extraction(
        article=_article(told, body, hints),
        canonical_url=told.canonical_url,
        says_article=any(is_article(kind) for kind in types),
        extractor_version=EXTRACTOR_VERSION,
    )


def _article(told: Metadata, body: str, hints: Hints) -> ArticleText:
    return ArticleText(
        title=told.title or hints.title or body.split("\n", 1)[0][:200],
        body=body,
        standfirst=told.standfirst,
        author=told.author,
        dateline=dateline(_after(body, told.standfirst)),
        section=told.section,
        language=detect_language(body, told.language, hints.languages),
        published=told.published,
        modified_at=told.modified_at,
    )


def _after(body: str, standfirst: str | None) -> str:
    """Return the body without the standfirst that it may begin with: a dateline opens the text proper."""
    first, _, rest = body.partition("\n\n")
    return rest if standfirst and " ".join(first.split()) == " ".join(standfirst.split()) else body


def _nothing(reason: str, detail: str, canonical_url: str | None = None) -> Extraction:
    return Extraction(
        article=None,
        reason=reason,
        detail=detail,
        canonical_url=canonical_url,
        extractor_version=EXTRACTOR_VERSION,
    )

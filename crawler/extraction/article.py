"""From the bytes of a page to its report, or to the reason why there is none: the door of this package."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from archive.models import ArticleText, Extraction
from crawler.errors import ExtractionError
from crawler.extraction.language import detect_language
from crawler.extraction.metadata.read import Metadata, agency_of, dateline, read_metadata
from crawler.extraction.page import Hints, KnownTemplate, Page, is_blank, parse_page
from crawler.extraction.reject import is_article, rejection
from crawler.extraction.report import Report, Told, read_report
from crawler.extraction.truncated import is_truncated

# To be bumped by whoever changes what is extracted: revisions carry it, and re-extraction goes by it.
EXTRACTOR_VERSION = "2"


def extract_article(
    payload: bytes,
    *,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    hints: Hints,
    template: KnownTemplate | None = None,
    teach: bool = False,
) -> Extraction:
    """Return the report that a page holds, or the reason why it holds none; never raises on a page's content.

    payload: the page's bytes, content-decoded. url: where it was found in the end. content_type: the header's
    value. fetched_at: aware. template: its site's, if one was learned. teach: have the page's lesson made even where
    the template knows the page. Reasons are those of `reject.rejection`, and `not_html`. Raises ExtractionError for a
    template that can't be read.
    """
    if is_blank(payload):
        return _nothing("empty", f"{url} is empty: the server sent no bytes")
    try:
        page = parse_page(payload, url, content_type, fetched_at)
    except ExtractionError as error:
        return _nothing("not_html", str(error))
    told = read_metadata(page, hints)
    document = template.document if template else None
    report = read_report(page, told_of(told, hints), template=document, teach=teach)
    extraction = _judged(page, told, report, hints)
    return replace(extraction, template_id=template.id) if template and extraction.article else extraction


def _judged(page: Page, told: Metadata, report: Report, hints: Hints) -> Extraction:
    types = frozenset(kind.lower() for kind in (told.og_type, *told.json_ld_types) if kind)
    said = (rejection(page, title, report.body, types) for title in (told.title, *report.headings))
    rejected = next(filter(None, said), None)
    if rejected:
        return _nothing(rejected.reason, rejected.detail, told.canonical_url)
    return Extraction(
        article=_article(page, told, report, hints),
        canonical_url=told.canonical_url,
        says_article=any(is_article(kind) for kind in types),
        extractor_version=EXTRACTOR_VERSION,
        path=report.path,
        lesson=report.lesson,
    )


def told_of(told: Metadata, hints: Hints) -> Told:
    """Return what the reading of the text has to know of a page's metadata."""
    published = told.published
    exact = published.moment if published and published.precision != "day" else None
    zone = ZoneInfo(hints.time_zone) if hints.time_zone else None
    return Told(told.title, told.titles, told.summaries, zone, exact)


def _article(page: Page, told: Metadata, report: Report, hints: Hints) -> ArticleText:
    body = report.body
    text = _after(body, told.standfirst)
    return ArticleText(
        title=told.title or hints.title or body.split("\n", 1)[0][:200],
        body=body,
        standfirst=told.standfirst,
        author=told.author,
        agency=told.agency or agency_of(text, page.url, told.sites),
        dateline=dateline(text),
        section=told.section,
        tags=told.tags,
        language=detect_language(body, told.language, hints.languages),
        published=told.published,
        modified_at=told.modified_at,
        is_truncated=is_truncated(page, body),
        date_candidates=told.date_candidates,
        blocks=report.blocks,
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

"""Every date that a page gives for itself: in JSON-LD, in metas, in time elements, in words near its headline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crawler.extraction.dates.candidates import Candidate, Finds, Trust
from crawler.extraction.dates.shown import Near, at_the_foot, in_attributes, in_texts, in_times
from crawler.extraction.dates.stamps import read_stamp
from crawler.extraction.dates.text import Context, read_words
from crawler.extraction.metadata.jsonld import Node, first_text, types
from crawler.extraction.metadata.signals import Signals
from crawler.extraction.page import Hints

_PUBLISHED_METAS = (
    "article:published_time", "article:published:time", "og:article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "cxenseparse:recs:articlepublished", "publish-date", "publish_date", "published_time", "published_time_telegram",
    "published-date", "publisheddate", "pubdate", "publication_date", "publication-date", "article.published",
    "article_date_original", "dc.date.issued", "dcterms.issued", "citation_publication_date", "citation_online_date",
    "og:pubdate", "article:publish_time", "article:publication_date",
)  # fmt: skip
_OTHER_METAS = (
    "date", "dc.date", "dcterms.date", "date.release", "article:date", "og:article:date", "displaydate", "dcterms.created",
    "dc.date.created", "last-publish-date", "originalpublicationdate", "article.created", "created", "datecreated",
    "timestamp", "ptime", "iso-8601-publish-date", "rbpubdate", "_pubtime", "publish_time", "firstcreatetime",
)  # fmt: skip
_MODIFIED_METAS = (
    "article:modified_time", "article:modified:time", "og:article:modified_time", "article:modified", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "modified_time", "article:updated_time",
)  # fmt: skip


def find_dates(
    signals: Signals, article: Node | None, nodes: tuple[Node, ...], near: Near, given: Finds
) -> Finds:
    """Return every date that the page gives for itself, and those of `given`; nothing is weighed yet.

    Words near the headline are looked at only where the page's own data don't tell the moment: reading them costs
    more than all the rest, and could only confirm it.
    """
    published = [
        *_from_node(article, ("datePublished",), Trust.JSON_LD, near.context),
        *_from_node(article, ("dateCreated", "uploadDate"), Trust.JSON_LD_OTHER, near.context),
        *_from_pages(nodes, article, near.context),
        *_from_metas(signals, _PUBLISHED_METAS, Trust.META, near.context),
        *_from_metas(signals, _OTHER_METAS, Trust.META_OTHER, near.context),
    ]
    modified = [
        *_from_node(article, ("dateModified",), Trust.JSON_LD, near.context),
        *_from_metas(signals, _MODIFIED_METAS, Trust.META, near.context),
    ]
    settled = _is_settled(published)
    for updated, candidate in in_times(signals, near, is_settled=settled):
        (modified if updated else published).append(candidate)
    if not settled and not _is_settled(published):
        for updated, candidate in _from_words(signals, near, found=bool(published)):
            (modified if updated else published).append(candidate)
    return Finds((*published, *given.published), (*modified, *given.modified))


def local_now(fetched_at: datetime, hints: Hints) -> datetime:
    """Return the fetch as the naive wall clock of the source."""
    return fetched_at.astimezone(ZoneInfo(hints.time_zone) if hints.time_zone else UTC).replace(tzinfo=None)


def _is_settled(published: Iterable[Candidate]) -> bool:
    return any(
        found.trust <= Trust.JSON_LD_OTHER and found.reading is not None and found.reading.precision != "day"
        for found in published
    )


def _from_words(signals: Signals, near: Near, *, found: bool) -> Iterator[tuple[bool, Candidate]]:
    any_date = found
    for places in (
        in_attributes(signals, near),
        in_texts(signals, near, with_fallback=not found),
    ):
        for updated, candidate in places:
            any_date = any_date or not updated
            yield updated, candidate
    if not any_date:
        yield from at_the_foot(signals, near)


def _from_node(node: Node | None, keys: Iterable[str], trust: Trust, context: Context) -> Iterator[Candidate]:
    for key in keys if node is not None else ():
        text = first_text(node or {}, key)
        if text:
            yield _candidate(text, f"json-ld:{key}", trust, context)


def _from_pages(nodes: tuple[Node, ...], article: Node | None, context: Context) -> Iterator[Candidate]:
    for node in nodes:
        if "datePublished" in node and node is not article and "WebPage" in types(node):
            yield from _from_node(node, ("datePublished",), Trust.JSON_LD_OTHER, context)


def _from_metas(
    signals: Signals, names: Iterable[str], trust: Trust, context: Context
) -> Iterator[Candidate]:
    for name in filter(signals.metas.__contains__, names):
        for text in signals.metas[name][:2]:
            found = _candidate(text, f"meta:{name}", trust, context)
            # Names such as "created" hold other things as well.
            if found.reading or trust is Trust.META:
                yield found


def _candidate(text: str, origin: str, trust: Trust, context: Context) -> Candidate:
    reading = read_stamp(text) or read_words(text, context)
    return Candidate(reading, origin, Trust.GUESS if reading and reading.guessed else trust, text)

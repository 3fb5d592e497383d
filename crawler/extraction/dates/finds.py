"""Where a page shows its dates: JSON-LD, metas, time elements, words near the headline, its address, the feed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.extraction.dates.choose import Candidate, Trust, whole_day
from crawler.extraction.dates.fallback import read_with_dateparser
from crawler.extraction.dates.months import GREGORIAN, fold
from crawler.extraction.dates.relative import read_relative
from crawler.extraction.dates.stamps import Reading, make_local, read_stamp
from crawler.extraction.dates.text import LONGEST, Context, plain, read_words
from crawler.extraction.metadata.jsonld import Node, first_text, types
from crawler.extraction.metadata.signals import Signals, Spot, set_aside, short_text
from crawler.extraction.page import Hints

_PUBLISHED_METAS = (
    "article:published_time", "article:published:time", "og:article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "cxenseparse:recs:articlepublished", "publish-date", "publish_date", "published_time", "published_time_telegram",
    "published-date", "publisheddate", "pubdate", "publication_date", "publication-date", "article.published",
    "article_date_original", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created",
)  # fmt: skip
_OTHER_METAS = (
    "date", "dc.date", "dcterms.date", "date.release", "article:date", "og:pubdate", "og:article:date", "displaydate",
    "last-publish-date", "originalpublicationdate", "article.created", "created", "datecreated", "timestamp", "ptime",
    "iso-8601-publish-date", "rbpubdate", "_pubtime", "publish_time", "firstcreatetime",
)  # fmt: skip
_MODIFIED_METAS = (
    "article:modified_time", "article:modified:time", "og:article:modified_time", "article:modified", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "modified_time",
)  # fmt: skip
_UPDATED = re.compile(
    r"updat|modif|aktualis|bearbeitet|обновл|оновл|измен|تحديث|تعديل|guncel|actualiz|actualis|mis a jour|mise a jour"
    r"|bijgewerkt|uppdater|oppdater|به\S*روز|نوژه"
)
_PUBLISHED = re.compile(
    r"publi|posted|first|veroffent|erstellt|опубл|نشر|yayin|pubbl|geplaatst|created|منتشر|بلاو|issued|stand:"
)
_MARKED = re.compile(
    r"datepublished|pubdate|published|publish-?date|entry-date|post-date|article-date", re.IGNORECASE
)
_HAS_MOMENT = re.compile(r"\d")
_INLINE = frozenset(
    {"p", "div", "span", "li", "td", "small", "strong", "em", "b", "i", "font", "dd", "h3", "h4", "h5", "h6"}
)
_URL_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<gap>[/_.-]?)(?P<month>0?[1-9]|1[0-2])(?:(?P=gap)|(?<=/\d\d))"
    r"(?P<day>0[1-9]|[12]\d|3[01]|(?<=/)[1-9])(?!\d)"
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2]|[A-Za-z]{3})(?=/)")
_FAR_ABOVE, _FAR_BELOW = 80, 250  # elements around the headline in which its date line stands
_MOST_TEXTS = 30
_MOST_FALLBACKS = 2  # dateparser takes a millisecond or two a string


@dataclass(frozen=True, slots=True)
class Finds:
    """The candidates for when a page was published, and for when it was last changed."""

    published: tuple[Candidate, ...]
    modified: tuple[Candidate, ...]


def find_dates(signals: Signals, article: Node | None, nodes: tuple[Node, ...], near: Near) -> Finds:
    """Return every date that the page gives for itself; nothing is weighed yet."""
    published = [
        *_from_node(article, ("datePublished",), Trust.JSON_LD),
        *_from_node(article, ("dateCreated", "uploadDate"), Trust.JSON_LD_OTHER),
        *_from_pages(nodes, article),
        *_from_metas(signals, _PUBLISHED_METAS, Trust.META, near.context),
        *_from_metas(signals, _OTHER_METAS, Trust.META_OTHER, near.context),
    ]
    modified = [
        *_from_node(article, ("dateModified",), Trust.JSON_LD),
        *_from_metas(signals, _MODIFIED_METAS, Trust.META, near.context),
    ]
    for updated, candidate in _from_times(signals, near):
        (modified if updated else published).append(candidate)
    if not any(candidate.reading.precision != "day" for candidate in published):
        # Reading the visible text costs more than all the rest, and could only confirm what is known to the minute.
        for updated, candidate in _from_texts(signals, near, fallback=not published):
            (modified if updated else published).append(candidate)
    published.extend(near.given)
    return Finds(tuple(published), tuple(modified))


@dataclass(frozen=True, slots=True)
class Near:
    """Where the headline stands, how dates are to be read, and what the address and the feed say."""

    heading: Spot | None
    context: Context
    given: tuple[Candidate, ...]


def url_day(url: str) -> tuple[int, int, int | None] | None:
    """Return the (year, month, day) in an address, day None where it tells the month only, or None."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    match = _URL_DAY.search(path)
    if match and make_local(int(match["year"]), int(match["month"]), int(match["day"])):
        return int(match["year"]), int(match["month"]), int(match["day"])
    match = _URL_MONTH.search(path)
    if not match:
        return None
    month = int(match[2]) if match[2].isdecimal() else GREGORIAN.get(fold(match[2]))
    return (int(match[1]), month, None) if month else None


def given_dates(url: str, hints: Hints) -> tuple[Candidate, ...]:
    """Return what is known without looking at the page: the address's day and the feed's moment."""
    found: list[Candidate] = []
    day = url_day(url)
    if day is not None and day[2] is not None:
        text = "-".join(f"{part:02d}" for part in day if part is not None)
        found.append(Candidate(whole_day(day[0], day[1], day[2]), "url", Trust.URL, text))
    if hints.published_at is not None:
        local = hints.published_at.astimezone(ZoneInfo(hints.time_zone) if hints.time_zone else UTC)
        reading = Reading(local.replace(tzinfo=None), local.utcoffset(), "second")
        found.append(Candidate(reading, "feed", Trust.FEED, hints.published_at.isoformat()))
    return tuple(found)


def _from_node(node: Node | None, keys: Iterable[str], trust: Trust) -> Iterator[Candidate]:
    for key in keys if node is not None else ():
        text = first_text(node or {}, key)
        reading = read_stamp(text) if text else None
        if text and reading:
            yield Candidate(reading, f"json-ld:{key}", trust, text)


def _from_pages(nodes: tuple[Node, ...], article: Node | None) -> Iterator[Candidate]:
    for node in nodes:
        if node is not article and "WebPage" in types(node):
            yield from _from_node(node, ("datePublished",), Trust.JSON_LD_OTHER)


def _from_metas(
    signals: Signals, names: Iterable[str], trust: Trust, context: Context
) -> Iterator[Candidate]:
    for name in names:
        for text in signals.metas.get(name, ())[:2]:
            reading = read_stamp(text) or read_words(text, context)
            if reading:
                yield Candidate(reading, f"meta:{name}", trust, text)


def _from_times(signals: Signals, near: Near) -> Iterator[tuple[bool, Candidate]]:
    heading = near.heading
    start = heading.order if heading else 0
    spots = [spot for spot in signals.times if _close(spot, heading)]
    spots.sort(key=lambda spot: (spot.order < start, abs(spot.order - start)))
    for spot in spots[:_MOST_TEXTS]:
        element: Any = spot.element
        stamp = (element.get("datetime") or element.get("content") or "").strip()
        text = short_text(element, LONGEST) or ""
        reading = read_stamp(stamp) or read_words(stamp, near.context) or _read(text, near.context)
        if reading is None or set_aside(element, heading and heading.element) or _in_link(element):
            continue
        parent = element.getparent()
        label = f"{spot.label} {parent.get('class', '') if parent is not None else ''}".casefold()
        lead = fold(
            f"{label} {element.get('pubdate', '')} {(parent.text or '')[-40:] if parent is not None else ''}"
        )
        updated = bool(_UPDATED.search(lead)) and not _PUBLISHED.search(lead)
        marked = element.get("pubdate") is not None or bool(_MARKED.search(label))
        trust = Trust.TIME_MARKED if marked else Trust.TIME
        yield updated, Candidate(reading, "time[datetime]" if stamp else "time", trust, stamp or text)


def _from_texts(signals: Signals, near: Near, *, fallback: bool) -> Iterator[tuple[bool, Candidate]]:
    fallbacks = _MOST_FALLBACKS if fallback else 0
    today = near.context.now.date()
    for place, text in _date_lines(signals, near.heading):
        for updated, part in _labelled(text):
            reading = _read(part, near.context)
            if reading is None and fallbacks and re.search(r"\d{4}", part):
                fallbacks -= 1
                reading = read_with_dateparser(part, near.context)
            if reading is None:
                continue
            calendar = place < 0 and reading.precision == "day" and reading.local.date() == today
            if not calendar:
                yield updated, Candidate(reading, "text", Trust.TEXT, part)


def _date_lines(signals: Signals, heading: Spot | None) -> Iterator[tuple[int, str]]:
    """Yield (place relative to the headline, text) of short texts that may be its date line, the likeliest first."""
    spots = [spot for spot in signals.spots["date"] if _close(spot, heading)]
    start = heading.order if heading else 0
    spots.sort(key=lambda spot: (not _MARKED.search(spot.label), spot.order < start, abs(spot.order - start)))
    seen: set[str] = set()
    for spot in spots[:_MOST_TEXTS]:
        text = short_text(spot.element, LONGEST)
        aside = set_aside(spot.element, heading and heading.element) or _in_link(spot.element)
        if text and text not in seen and not aside:
            seen.add(text)
            yield (0 if _MARKED.search(spot.label) else spot.order - start), text
    if heading is None:
        return
    for order in (*range(start + 1, start + 40), *range(start - 1, max(0, start - 15), -1)):
        if order >= len(signals.elements):
            continue
        element = signals.elements[order]
        if element.tag in _INLINE and (text := short_text(element, 60)) and text not in seen:
            seen.add(text)
            if _HAS_MOMENT.search(text) and not set_aside(element, heading.element):
                yield order - start, text


def _read(text: str, context: Context) -> Reading | None:
    if not text:
        return None
    return read_words(text, context) or read_relative(text, context)


def _labelled(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (is about a change, words) for "Published … Updated …" in either order."""
    folded = plain(text)
    updated = _UPDATED.search(folded)
    if updated is None:
        yield False, text
        return
    published = _PUBLISHED.search(folded)
    if published is not None and published.start() > updated.start():
        yield False, folded[published.start() :]
        yield True, folded[: published.start()]
        return
    if _HAS_MOMENT.search(folded[: updated.start()]):
        yield False, folded[: updated.start()]
    yield True, folded[updated.start() :]


def _close(spot: Spot, heading: Spot | None) -> bool:
    return heading is None or -_FAR_ABOVE <= spot.order - heading.order <= _FAR_BELOW


def _in_link(element: Any) -> bool:
    """Return whether a date stands in a link: that of a teaser, then, and not of this page."""
    return any(node.tag == "a" and node.get("href") for node in element.iterancestors("a"))


def local_now(fetched_at: datetime, hints: Hints) -> datetime:
    """Return the fetch as the naive wall clock of the source."""
    return fetched_at.astimezone(ZoneInfo(hints.time_zone) if hints.time_zone else UTC).replace(tzinfo=None)

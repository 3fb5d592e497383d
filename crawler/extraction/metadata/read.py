"""What a page says of itself: title, standfirst, author, section, language, dates, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from archive.models import PublishedDate
from crawler.extraction.dates.choose import Frame, choose_modified, choose_published, make_frame
from crawler.extraction.dates.finds import Finds, Near, find_dates, given_dates, local_now, url_day
from crawler.extraction.dates.text import Context
from crawler.extraction.language import language_code
from crawler.extraction.metadata.authors import choose_author
from crawler.extraction.metadata.datelines import dateline
from crawler.extraction.metadata.jsonld import (
    Node,
    first_text,
    is_article,
    main_article,
    names,
    read_nodes,
    types,
)
from crawler.extraction.metadata.signals import Signals, Spot, collect
from crawler.extraction.metadata.standfirsts import choose_section, choose_standfirst
from crawler.extraction.metadata.titles import choose_headline, site_names
from crawler.extraction.page import Hints, Page

__all__ = ["Metadata", "dateline", "read_metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page declares and shows of itself, apart from its text.

    language: an ISO 639-1 code as declared, not checked against the text. published.moment and modified_at are
    aware, in UTC. canonical_url: absolute, as the page gives it. json_ld_types: of every object of its JSON-LD
    that may describe the page, once each.
    """

    title: str
    standfirst: str | None
    author: str | None
    section: str | None
    language: str | None
    published: PublishedDate | None
    modified_at: datetime | None
    canonical_url: str | None
    og_type: str | None
    json_ld_types: tuple[str, ...]


def read_metadata(page: Page, hints: Hints) -> Metadata:
    """Return what `page` says of itself; `hints` add the outlet's name and zone, and the feed's title and date.

    Pure; the only clock is page.fetched_at (aware). Raises ZoneInfoNotFoundError for a hints.time_zone that is
    no IANA zone, and nothing on account of the page.
    """
    signals = collect(page.tree)
    nodes = read_nodes(signals.scripts)
    canonical = _canonical(page.url, signals)
    titles = [title for title in (signals.meta("og:title"), signals.title) if title]
    article = main_article(nodes, [page.url, canonical or page.url], titles)
    sites = site_names(page.url, hints.source_name, signals.meta("og:site_name", "application-name"),
                       *(name for name, _ in (names(article, "publisher", nodes) if article else ())))  # fmt: skip
    declared = [first_text(article, "headline", "name") if article else None]
    headline = choose_headline(signals, declared, hints.title, sites)
    language, region = _language(signals, nodes, article)
    finds, frame = _dates(page, hints, signals, (article, nodes), headline.heading, (language, region))
    published = choose_published(finds.published, frame)
    return Metadata(
        title=headline.text,
        standfirst=choose_standfirst(signals, article, headline.heading, sites),
        author=choose_author(signals, article, nodes, headline.heading, sites),
        section=choose_section(signals, nodes, article, headline.text),
        language=language,
        published=published,
        modified_at=choose_modified(finds.modified, published, frame),
        canonical_url=canonical,
        og_type=signals.meta("og:type"),
        json_ld_types=tuple(dict.fromkeys(name for node in nodes for name in types(node))),
    )


def _dates(
    page: Page, hints: Hints, signals: Signals, linked: tuple[Node | None, tuple[Node, ...]],
    heading: Spot | None, tongue: tuple[str | None, str | None],
) -> tuple[Finds, Frame]:  # fmt: skip
    language = tongue[0] or (hints.languages[0] if hints.languages else None)
    month_first = tongue[1] == "us" and language in {"en", None}
    context = Context(language, month_first, local_now(page.fetched_at, hints))
    near = Near(heading, context, given_dates(page.url, hints))
    finds = find_dates(signals, *linked, near)
    readings = [candidate.reading for candidate in (*finds.published, *finds.modified)]
    return finds, make_frame(page.fetched_at, hints, url_day(page.url), readings)


def _language(
    signals: Signals, nodes: tuple[Node, ...], article: Node | None
) -> tuple[str | None, str | None]:
    """Return the declared language and the region ("us") that comes with it, in lower case."""
    described = article or next((node for node in nodes if is_article(node)), {})
    for tag in (
        signals.language, signals.meta("og:locale"), first_text(described, "inLanguage"),
        signals.meta("content-language", "language", "dc.language"),
    ):  # fmt: skip
        code = language_code(tag)
        if code and tag:
            return code, tag.replace("_", "-").partition("-")[2].casefold() or None
    return None, None


def _canonical(url: str, signals: Signals) -> str | None:
    found = signals.canonical_url or signals.meta("og:url")
    if not found:
        return None
    try:
        absolute = urljoin(url, found)
        return absolute if urlsplit(absolute).scheme in {"http", "https"} else None
    except ValueError:
        return None

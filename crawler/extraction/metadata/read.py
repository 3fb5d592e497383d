"""What a page says of itself: title, standfirst, author, section, language, dates, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from archive.models import DateCandidate, PublishedDate
from crawler.extraction.dates.choose import Dates, choose_dates
from crawler.extraction.dates.finds import find_dates, local_now
from crawler.extraction.dates.frame import make_frame
from crawler.extraction.dates.given import given_dates
from crawler.extraction.dates.shown import Near
from crawler.extraction.dates.text import Context
from crawler.extraction.language import language_code
from crawler.extraction.metadata.authors import Outlet, choose_credits
from crawler.extraction.metadata.datelines import agency_of, dateline
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
from crawler.extraction.metadata.tags import choose_tags
from crawler.extraction.metadata.titles import choose_headline, site_keys, site_names
from crawler.extraction.page import Hints, Page

__all__ = ["Metadata", "agency_of", "dateline", "read_metadata"]

# Where "04/05/2025" is the fifth of April.
_ZONES_OF_THE_US = frozenset(
    f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Phoenix", "Los_Angeles")
)


_SUMMARIES = ("description", "og:description", "twitter:description")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page declares and shows of itself, apart from its text.

    language: an ISO 639-1 code as declared, not checked against the text. published.moment and modified_at are
    aware, in UTC. author, agency: names apart by ", "; the agency is never the outlet itself, and may also be named
    in the body (see `agency_of`). canonical_url: absolute, as the page gives it. json_ld_types: of every object of
    its JSON-LD that may describe the page, once each. sites: the names under which the outlet signs.
    date_candidates: every date found, the chosen ones first. titles, summaries: all that may be the headline and a
    summary of the report, as they are, for whoever looks for repeats of them.
    """

    title: str
    standfirst: str | None
    author: str | None
    agency: str | None
    section: str | None
    tags: tuple[str, ...]
    language: str | None
    published: PublishedDate | None
    modified_at: datetime | None
    canonical_url: str | None
    og_type: str | None
    json_ld_types: tuple[str, ...]
    date_candidates: tuple[DateCandidate, ...] = ()
    sites: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()


def read_metadata(page: Page, hints: Hints) -> Metadata:
    """Return what `page` says of itself; `hints` add the outlet's name and zone, and the feed's title and date.

    Pure; the only clock is page.fetched_at (aware). Raises ZoneInfoNotFoundError for a hints.time_zone that is
    no IANA zone, and nothing on account of the page.
    """
    signals = collect(page.elements)
    nodes = read_nodes(signals.scripts)
    canonical = _canonical(page.url, signals)
    titles = [title for title in (signals.meta("og:title"), signals.title) if title]
    article = main_article(nodes, [page.url, canonical or page.url], titles)
    sites = _sites(page, hints, signals, (article, nodes))
    declared = [first_text(article, "headline", "name") if article else None]
    keys = site_keys(sites)
    headline = choose_headline(signals, declared, hints.title, keys)
    language, region = _language(signals, nodes, article)
    dates = _dates(page, hints, signals, (article, nodes), headline.heading, (language, region))
    credited = choose_credits(signals, (article, nodes), headline.heading, Outlet(page.url, sites, keys))
    return Metadata(
        title=headline.text,
        standfirst=choose_standfirst(signals, article, headline.heading, keys),
        author=credited.author,
        agency=credited.agency,
        section=choose_section(signals, (article, nodes), headline.heading, headline.text),
        tags=choose_tags(signals, article, headline.text, keys),
        language=language,
        published=dates.published,
        modified_at=dates.modified_at,
        canonical_url=canonical,
        og_type=signals.meta("og:type"),
        json_ld_types=tuple(dict.fromkeys(name for node in nodes for name in types(node))),
        date_candidates=dates.candidates,
        sites=sites,
        titles=(*signals.metas.get("og:title", ()), *_first_headings(signals)),
        summaries=tuple(value for name in _SUMMARIES for value in signals.metas.get(name, ())),
    )


def _first_headings(signals: Signals) -> Iterator[str]:
    return (heading.text_content() for heading in signals.elements.named("h1"))


def _sites(
    page: Page, hints: Hints, signals: Signals, linked: tuple[Node | None, tuple[Node, ...]]
) -> tuple[str, ...]:
    article, nodes = linked
    publishers = (name for name, _ in (names(article, "publisher", nodes) if article else ()))
    declared = signals.meta("og:site_name", "application-name")
    return site_names(page.url, hints.source_name, declared, *publishers)


def _dates(
    page: Page, hints: Hints, signals: Signals, linked: tuple[Node | None, tuple[Node, ...]],
    heading: Spot | None, tongue: tuple[str | None, str | None],
) -> Dates:  # fmt: skip
    language = tongue[0] or (hints.languages[0] if hints.languages else None)
    is_american = tongue[1] == "us" or (not tongue[1] and hints.time_zone in _ZONES_OF_THE_US)
    month_first = is_american and language in {"en", None}
    context = Context(language, month_first, local_now(page.fetched_at, hints))
    finds = find_dates(signals, *linked, Near(heading, context), given_dates(page.url, hints))
    return choose_dates(finds, make_frame(page.fetched_at, hints, page.url, finds))


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

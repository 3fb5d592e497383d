"""Catalogue entries for sites that no catalogue knows: an empty one to begin with, and one made of what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

from archive.urls import canonical_url
from crawler.discovery.unknown.anchors import Anchor
from crawler.discovery.unknown.hosts import SiteHosts, host_of
from crawler.discovery.unknown.induce import Induced, induce
from crawler.discovery.unknown.shapes import Candidate, candidates
from crawler.discovery.unknown.survey import Endpoint, Found
from crawler.errors import DiscoveryError
from crawler.sources.model import SourceEntry

UNKNOWN = "unknown"
UNDETERMINED = "und"  # ISO 639-2: the language is not known
_MOST_NEGATIVES = 300
_MANY = 20  # addresses; a form that only one of so many has is a stray
_MOST_EXCEPTIONS = 6  # where more pages of the same make are none, that one is no report either
_EXAMPLES = 4
_TAG = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE | re.ASCII | re.DOTALL)
# Endings that are sold to all the world, or are no ISO 3166 code.
_NO_COUNTRY = re.compile("ac|ai|as|bz|cc|co|eu|fm|gg|gl|im|io|la|ly|me|nu|sc|sh|st|su|tk|to|tv|uk|vc|ws")


@dataclass(frozen=True, slots=True)
class Learned:
    """What a survey's links teach. reports: addresses taken for reports; others: for something else, of menus."""

    induced: Induced
    reports: tuple[Candidate, ...]
    others: tuple[str, ...]


def source_id(url: str) -> str:
    """Return an id for the site at `url`: `en.zamanalwsl.net` is "zamanalwsl-en". Raises ValueError for no URL."""
    hosts = SiteHosts.of(canonical_url(url))  # which spells names of other scripts in ASCII
    name = urlsplit(f"http://{hosts.domain}").hostname or ""
    labels = name.split(".")
    is_address = labels[-1].isdigit() or ":" in name
    short = hosts.domain if is_address else labels[0]
    below = "" if is_address else hosts.own.removesuffix(hosts.domain).rstrip(".")
    return _slug(f"site-{short}" if is_address else f"{short}-{below}")


def site_entry(url: str) -> SourceEntry:
    """Return the entry with which a site that nobody described is crawled: it declares no endpoint.

    Its id is made of the host ("site-example-org"), its pattern takes every address of the site: which of them
    are reports, `shapes.shape_rules` says. Raises ValueError for what is no http(s) URL.
    """
    homepage = canonical_url(url)
    host = host_of(homepage)
    anywhere = re.escape(host).replace(r"\-", "-")
    return SourceEntry(
        id=_slug(f"site-{host}"),
        name=host,
        homepage=homepage,
        languages=(UNDETERMINED,),
        conflict=UNKNOWN,
        kind=UNKNOWN,
        article_pattern=rf"^https?://(?:[^/?#]+\.)?{anywhere}/",
    )


def learn(found: Found, urls_seen: Iterable[str] = ()) -> Learned:
    """Return which of the links that a survey saw are reports, and the pattern of their addresses.

    urls_seen: addresses that are known to be reports. Raises DiscoveryError where nothing looks like one.
    """
    hosts = SiteHosts.of(found.homepage)
    news = (sitemap for sitemap in found.sitemaps if sitemap.is_news)
    sure = dict.fromkeys(lead.url for endpoint in (*found.feeds, *news) for lead in endpoint.leads)
    sure |= dict.fromkeys(urls_seen)
    listed = [Anchor(lead.url) for sitemap in found.sitemaps for lead in sitemap.leads]
    scored = candidates([*found.pages, listed] if listed else found.pages, sure)
    reports = [each for each in scored if each.is_article and hosts.owns(each.url)]
    reports = reports or [each for each in scored if each.is_article and hosts.is_near(each.url)]
    near = (each for each in scored if hosts.is_near(each.url))
    others = tuple(each.url for each in near if each.is_other and not each.is_refused)[:_MOST_NEGATIVES]
    least = 2 if len(reports) >= _MANY else 1
    induced = induce((each.url for each in reports), others, least=least, most_exceptions=_MOST_EXCEPTIONS)
    if induced is None:
        raise DiscoveryError(f"no address at {found.homepage} looks like that of a report")
    return Learned(induced, tuple(reports), others)


def entry_for(  # noqa: PLR0913 - what a caller knows better than the survey, each by its name
    url: str,
    found: Found,
    urls_seen: Iterable[str] = (),
    *,
    learned: Learned | None = None,
    entry_id: str | None = None,
    name: str | None = None,
    languages: Sequence[str] = (),
    private: bool = False,
) -> SourceEntry:
    """Return the entry that a survey of the site at `url` comes to, unverified and with "unknown" for what it can't know.

    learned: what `learn` returned for it, if it was called; entry_id, name, languages: where the caller knows
    better. Raises DiscoveryError where nothing looks like a report, ValueError for what is no http(s) URL.
    """
    learned = learned or learn(found, urls_seen)
    return SourceEntry(
        id=entry_id or source_id(url),
        name=name or name_of(found)[0],
        homepage=canonical_url(found.homepage),
        languages=tuple(languages) or _declared_languages(found) or (UNDETERMINED,),
        conflict=UNKNOWN,
        country=country_of(found.homepage),
        kind=UNKNOWN,
        feeds=_addresses(found.feeds),
        sitemaps=_addresses(found.sitemaps),
        listings=_addresses(found.listings),
        article_pattern=learned.induced.pattern,
        private=private,
        examples=_examples(learned),
    )


def _addresses(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical_url(endpoint.url) for endpoint in endpoints))


def _declared_languages(found: Found) -> tuple[str, ...]:
    tags = (found.front.language if found.front else None, *(feed.language for feed in found.feeds))
    codes = (match[1].lower() for tag in tags if tag and (match := _TAG.fullmatch(tag)))
    return tuple(dict.fromkeys(codes))


def name_of(found: Found) -> tuple[str, str]:
    """Return the site's name, and where it was found, in words."""
    if found.front and found.front.name:
        return found.front.name, "og:site_name of the homepage"
    titles = [feed.title for feed in found.feeds if feed.title]
    if titles:
        return titles[0], "the title of its feed"
    if found.front and found.front.title:
        return found.front.title, "the title of the homepage"
    return host_of(found.homepage), "only its host is known"


def country_of(url: str) -> str | None:
    """Return the ISO 3166 code that the host's ending stands for, or None if it tells nothing."""
    ending = host_of(url).partition(":")[0].rpartition(".")[2]
    if ending == "uk":
        return "GB"
    return ending.upper() if re.fullmatch("[a-z]{2}", ending) and not _NO_COUNTRY.fullmatch(ending) else None


def _examples(learned: Learned) -> tuple[str, ...]:
    """Return addresses that the pattern matches: one of each family, then others, in their canonical form."""
    pattern = re.compile(learned.induced.pattern)
    first = [family.example for family in learned.induced.families]
    rest = [canonical_url(each.url) for each in learned.reports]
    matching = (url for url in dict.fromkeys((*first, *rest)) if pattern.search(url))
    return tuple(
        url if pattern.search(url := readable(each)) else each for each in islice(matching, _EXAMPLES)
    )


def readable(canonical: str) -> str:
    """Return a canonical URL with its letters as a person writes them, if that is another spelling of the same."""
    decoded = unquote(canonical)
    same = decoded.isprintable() and not re.search(r"\s", decoded) and canonical_url(decoded) == canonical
    return decoded if same else canonical


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

"""Any endpoint's bytes to the source's reports in it: parsed and sorted out in one go, to be done in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archive.models import EndpointKind, Lead
from crawler.discovery.feeds import parse_feed
from crawler.discovery.listings import parse_listing
from crawler.discovery.rules import Rules, sort_out
from crawler.discovery.sitemaps import SitemapChild, parse_sitemap

_MANY = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """What a feed, sitemap or listing lists.

    reports: by url_key. links: how many links there were in all. refused, refused_counts: see `sort_out`.
    children: of a sitemap index. next_url: of a listing. lasting: it lists its reports for good, and was read
    whole; is_window: it's a news sitemap, of the newest only. broken: a sentence if only a part could be read.
    """

    reports: Mapping[str, Lead]
    links: int
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused_counts: Mapping[str, int] = field(default_factory=dict)
    children: tuple[SitemapChild, ...] = ()
    next_url: str | None = None
    lasting: bool = False
    is_window: bool = False
    broken: str | None = None

    @property
    def is_strange(self) -> bool:
        """Tell whether it lists a good deal, and none of it is a report: the site's addresses may have changed."""
        return self.links > _MANY and not self.reports and not self.children


def read_endpoint(
    kind: EndpointKind, payload: bytes, url: str, content_type: str | None, rules: Rules, endpoint_url: str
) -> Listed:
    """Return what a feed, sitemap or listing lists; raises DiscoveryError for what is not of its kind.

    url: where it was found, by which its links are resolved; endpoint_url: as what it is known, which its leads
    carry.
    """
    listed = _read(kind, payload, url, content_type, rules)
    reports = {
        key: lead if lead.endpoint_url == endpoint_url else replace(lead, endpoint_url=endpoint_url)
        for key, lead in listed.reports.items()
    }
    return replace(listed, reports=reports)


def _read(kind: EndpointKind, payload: bytes, url: str, content_type: str | None, rules: Rules) -> Listed:
    if kind == "feed":
        feed = parse_feed(payload, url, content_type)
        return _listed(feed.leads, rules, broken=feed.broken)
    if kind == "sitemap":
        page = parse_sitemap(payload, url, content_type)
        lasting = not page.is_news and page.broken is None and bool(page.leads)
        return _listed(page.leads, rules, children=page.children, lasting=lasting, is_window=page.is_news,
                       broken=page.broken)  # fmt: skip
    listing = parse_listing(payload, url, content_type)
    return _listed(listing.leads, rules, next_url=listing.next_url, broken=listing.broken)


def _listed(
    leads: tuple[Lead, ...],
    rules: Rules,
    *,
    children: tuple[SitemapChild, ...] = (),
    next_url: str | None = None,
    lasting: bool = False,
    is_window: bool = False,
    broken: str | None = None,
) -> Listed:
    found = sort_out(leads, rules)
    return Listed(
        dict(found.reports), len(leads), dict(found.refused), dict(found.refused_counts), children, next_url,
        lasting, is_window, broken,
    )  # fmt: skip

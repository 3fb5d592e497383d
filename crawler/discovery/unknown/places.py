"""Where feeds, sitemaps and sections usually are, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from archive.models import Lead
from crawler.discovery.sitemaps import SitemapChild
from crawler.discovery.traps import trap
from crawler.discovery.unknown.anchors import Anchor, FeedLink, FrontPage
from crawler.discovery.unknown.hosts import SiteHosts
from crawler.discovery.unknown.segments import Kind, shape_of
from crawler.discovery.unknown.shapes import is_single, judge

# In the order of how often news sites have them.
FEED_PLACES = ("/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/rss.php")
SITEMAP_PLACES = ("/sitemap_index.xml", "/sitemap.xml", "/news-sitemap.xml", "/sitemap-news.xml")

_COMMENTS = re.compile(
    r"\b(?:comments?|commentaires?|comentarios|kommentare?|yorum\w*|reacties)\b|تعليقات|комментари|коментар",
    re.IGNORECASE,
)
_COMMENT_FRAGMENT = re.compile(r"#(?:comment|respond)", re.IGNORECASE)
_REPORTS = re.compile(r"news|posts?\b|article|stor(?:y|ies)|report", re.IGNORECASE)
_NO_REPORTS = re.compile(
    r"tag|categor|author|page|image|video|attachment|product|taxonom|user|static|misc|event|podcast|gallery",
    re.IGNORECASE,
)
_TAGS = re.compile(r"/(?:tags?|authors?|auteurs?|user|profile|وسم|كاتب|тег|автор)/", re.IGNORECASE)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SECTION_WORDS = 4  # a section's name in a menu has no more


def is_comments(what: FeedLink | Anchor | Sequence[Lead]) -> bool:
    """Tell whether a declared or linked feed, or what a feed lists, is readers' comments."""
    if isinstance(what, FeedLink):
        return bool(_COMMENTS.search(what.title) or _COMMENTS.search(unquote(what.url)))
    if isinstance(what, Anchor):
        return bool(_COMMENTS.search(what.words) or _COMMENTS.search(unquote(what.url)))
    return sum(bool(_COMMENT_FRAGMENT.search(lead.url)) for lead in what) * 2 > len(what)


def newest_children(children: Sequence[SitemapChild]) -> list[str]:
    """Return the addresses of an index's sitemaps, those first that are likeliest to list the newest reports."""

    def order(child: SitemapChild) -> tuple[bool, bool, datetime]:
        name = urlsplit(child.url).path.rsplit("/", 1)[-1]
        return _NO_REPORTS.search(name) is None, _REPORTS.search(name) is not None, child.lastmod or _LONG_AGO

    return [child.url for child in sorted(children, key=order, reverse=True)]


def section_links(page: FrontPage, hosts: SiteHosts) -> list[str]:
    """Return the links of a homepage that are likely sections, as the page has them, those in menus first."""
    found = [anchor for anchor in page.anchors if hosts.owns(anchor.url) and _is_section(anchor, page.url)]
    return [anchor.url for anchor in sorted(found, key=lambda anchor: anchor.place not in {"nav", "header"})]


def is_feed_link(anchor: Anchor, hosts: SiteHosts) -> bool:
    """Tell whether a homepage's link is one to a feed of the site's reports."""
    return hosts.is_near(anchor.url) and trap(anchor.url) == "feed" and not is_comments(anchor)


def _is_section(anchor: Anchor, homepage: str) -> bool:
    if anchor.url.rstrip("/") == homepage.rstrip("/") or not 1 <= len(anchor.words.split()) <= _SECTION_WORDS:
        return False
    if (
        trap(anchor.url)
        or _TAGS.search(unquote(anchor.url))
        or judge(anchor.url).is_article
        or is_single(anchor.url)
    ):
        return False
    shape = shape_of(anchor.url)
    return anchor.place != "footer" and len(shape.segments) <= 3 and Kind.YEAR not in shape.kinds

"""A front page, read once: its links with where they stand, its feeds, its name. Bytes in, one record out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urldefrag

from lxml import etree

from crawler.discovery.bytes_in import text_pieces
from crawler.discovery.links import web_url
from crawler.discovery.listings import MAX_BYTES, MAX_LINKS

_MAX_TEXT = 500
_MAX_HREF = 4_000
_MAX_DEPTH = 1_000  # as for listings
_MAX_FEEDS = 50
_PLACES = {
    "nav": "nav",
    "header": "header",
    "footer": "footer",
    "aside": "aside",
    "main": "main",
    "article": "main",
}
_ROLES = {
    "navigation": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
    "main": "main",
}
# Sites without such elements say it by class or id: <div id="footer">, <ul class="main-menu">, <td class="menu">.
_BOXES = frozenset({"div", "ul", "ol", "section", "table", "td", "tr", "span", "center"})
_SAYS = {
    "nav": "nav", "navbar": "nav", "navigation": "nav", "menu": "nav", "submenu": "nav", "breadcrumb": "nav",
    "breadcrumbs": "nav", "topbar": "nav", "footer": "footer", "masthead": "header", "sidebar": "aside",
}  # fmt: skip
_DENIES = frozenset({"no", "has", "with", "without", "hide", "show", "item"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_REFRESH = re.compile(r"\s*\d{1,2}\s*[;,]\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/rss",
                         "text/xml", "application/xml", "text/rss"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of a page: its address, its words, where it stands ("nav", "footer", ..., "" if nothing says it)."""

    url: str
    words: str = ""
    place: str = ""
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page declares with <link rel=alternate>."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What a page says of its site: links, each address once, declared feeds, the site's name, its language tag.

    refresh: where it sends its readers at once (<meta http-equiv=refresh>), if it does.
    """

    url: str
    anchors: tuple[Anchor, ...] = ()
    feeds: tuple[FeedLink, ...] = ()
    name: str | None = None
    title: str | None = None
    language: str | None = None
    refresh: str | None = None


def read_front_page(payload: bytes, url: str, content_type: str | None = None) -> FrontPage:
    """Return what the HTML page at `url` says; addresses are absolute, without fragments.

    `content_type` is the HTTP header's value. Of an address that is linked more than once, the place outside
    of menus counts, and its longest words. Never raises: of what is no HTML, nothing is found.
    """
    target = _PageTarget()
    _parse(text_pieces(payload[:MAX_BYTES], content_type), target)
    base = web_url(target.base or "", url) or url
    anchors: dict[str, Anchor] = {}
    for anchor in target.anchors:
        address = None if anchor.url.startswith("#") else web_url(anchor.url, base)
        if address is not None:
            address = urldefrag(address).url
            found = replace(anchor, url=address)
            anchors[address] = _both(anchors[address], found) if address in anchors else found
    feeds = {
        address: FeedLink(address, title) for href, title in target.feeds if (address := web_url(href, base))
    }
    return FrontPage(
        url=url, anchors=tuple(anchors.values()), feeds=tuple(feeds.values()), name=target.name,
        title=" ".join("".join(target.title).split())[:_MAX_TEXT] or None, language=target.language,
        refresh=web_url(target.refresh, base) if target.refresh else None,
    )  # fmt: skip


def _both(first: Anchor, second: Anchor) -> Anchor:
    outside = {"main": 2, "": 1}
    place = max(first.place, second.place, key=lambda place: outside.get(place, 0))
    words = max(first.words, second.words, key=len)
    return Anchor(first.url, words, place, first.is_heading or second.is_heading)


def _parse(pieces: Iterable[str], target: _PageTarget) -> None:
    parser = etree.HTMLParser(target=cast("Any", target), encoding="utf-8", no_network=True, huge_tree=False)
    try:
        for piece in pieces:
            # libxml2 takes a NUL for the end of the page
            parser.feed(piece.replace("\x00", "").encode("utf-8", "replace"))
            if target.is_full():
                return
        parser.close()
    except etree.XMLSyntaxError:
        return  # what was read until then is what there is


class _PageTarget:
    """Takes links and the head's words as the page streams by; no tree is built."""

    def __init__(self) -> None:
        self.anchors: list[Anchor] = []
        self.feeds: list[tuple[str, str]] = []
        self.base: str | None = None
        self.name: str | None = None
        self.language: str | None = None
        self.refresh: str | None = None
        self.title: list[str] = []
        self._open: list[tuple[str, str]] = []  # elements, and the place that each is in
        self._deepest = 0
        self._headings = 0
        self._unseen = 0
        self._link: Anchor | None = None
        self._words: list[str] = []

    def is_full(self) -> bool:
        """Tell whether enough was read."""
        return len(self.anchors) >= MAX_LINKS or self._deepest > _MAX_DEPTH

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        outer = self._open[-1][1] if self._open else ""
        self._open.append((tag, _place(tag, attributes, outer)))
        self._deepest = max(self._deepest, len(self._open))
        self._unseen += tag in _UNSEEN
        if tag in _HEADINGS:
            self._headings += 1
            self._link = self._link and replace(self._link, is_heading=True)
        if tag == "a":
            self._keep()
            href = attributes.get("href", "").strip()
            if href and len(href) <= _MAX_HREF:
                self._link = Anchor(href, "", self._open[-1][1], self._headings > 0)
        elif tag in {"html", "base", "meta", "link"}:
            self._take_head(tag, attributes)

    def data(self, text: str) -> None:
        """Take the words of a link or of the title."""
        if self._open and self._open[-1][0] == "title" and len(self.title) < 10:
            self.title.append(text[:_MAX_TEXT])
        elif self._link is not None and not self._unseen and len(self._words) < 50:
            self._words.append(text[:_MAX_TEXT])

    def end(self, tag: str) -> None:
        """Close an element."""
        if self._open:
            self._open.pop()
        if tag == "a":
            self._keep()
        elif tag in _HEADINGS:
            self._headings = max(0, self._headings - 1)
        elif tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)

    def close(self) -> None:
        """Keep the link that the page's end cut off."""
        self._keep()

    def _take_head(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "html":
            self.language = self.language or attributes.get("lang", "")[:50].strip() or None
        elif tag == "base":
            self.base = self.base or attributes.get("href", "")[:_MAX_HREF]
        elif tag == "meta":
            content = attributes.get("content", "")[:_MAX_HREF]
            if (attributes.get("property") or attributes.get("name") or "").lower() == "og:site_name":
                self.name = self.name or " ".join(content[:_MAX_TEXT].split()) or None
            elif attributes.get("http-equiv", "").lower() == "refresh" and (match := _REFRESH.match(content)):
                self.refresh = self.refresh or match[1].strip()
        elif _is_feed(attributes) and len(self.feeds) < _MAX_FEEDS:
            self.feeds.append(
                (attributes.get("href", "")[:_MAX_HREF], attributes.get("title", "")[:_MAX_TEXT])
            )

    def _keep(self) -> None:
        if self._link is not None and len(self.anchors) < MAX_LINKS:
            words = " ".join("".join(self._words).split())[:_MAX_TEXT]
            self.anchors.append(replace(self._link, words=words))
        self._link, self._words = None, []


def _is_feed(attributes: dict[str, str]) -> bool:
    kind = attributes.get("type", "")[:100].lower().split(";")[0].strip()
    return "alternate" in attributes.get("rel", "")[:200].lower().split() and kind in _FEED_TYPES


def _place(tag: str, attributes: dict[str, str], outer: str) -> str:
    if tag == "header" and outer == "main":
        return outer  # the head of a teaser, which holds its headline
    if place := _PLACES.get(tag) or _ROLES.get(attributes.get("role", "")[:50].lower()):
        return place
    if tag in _BOXES:
        for label in f"{attributes.get('id', '')} {attributes.get('class', '')}"[:500].lower().split():
            words = label.replace("_", "-").split("-")
            if len(words) <= 3 and _DENIES.isdisjoint(words):
                place = next((_SAYS[word] for word in words if word in _SAYS), "")
                if place:
                    return place
    return outer

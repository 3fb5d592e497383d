"""Listing pages, such as a section's front page: bytes to every link, with its words. Which are reports, rules say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urldefrag

from lxml import etree

from archive.models import Lead
from crawler.discovery.bytes_in import text_pieces
from crawler.discovery.links import web_url

MAX_BYTES = 4 * 2**20  # of a page; what follows is not read
MAX_LINKS = 20_000
_MAX_HREF = 4_000
_MAX_TITLE = 500
_MAX_DEPTH = 1_000  # libxml2 looks through all open elements for each end tag; browsers stop at 512
_UNSEEN = frozenset({"script", "style", "noscript", "template"})


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The links of a page in its own order, each address once, with the longest of its anchor texts as title.

    next_url: what the page itself calls its next page (rel=next), if it does. broken: a sentence if only a
    part of the page was read.
    """

    leads: tuple[Lead, ...] = ()
    next_url: str | None = None
    broken: str | None = None


def parse_listing(payload: bytes, url: str, content_type: str | None = None) -> ListingPage:
    """Return the http(s) links of the HTML page at `url`, made absolute by its <base>, without fragments.

    `content_type` is the HTTP header's value. Never raises: of what is no HTML, no link is found.
    """
    target = _LinkTarget()
    broken = _parsed(text_pieces(payload[:MAX_BYTES], content_type), target)
    if len(payload) > MAX_BYTES:
        broken = broken or f"only its first {MAX_BYTES:,} bytes were read"
    base = web_url(target.base or "", url) or url
    titles: dict[str, str] = {}
    for href, words in target.anchors:
        address = web_url(href, base)
        if address is None or href.startswith("#"):
            continue
        address = urldefrag(address).url
        if len(words) > len(titles.setdefault(address, "")):
            titles[address] = words
    return ListingPage(
        leads=tuple(
            Lead(address, "listing", endpoint_url=url, title_hint=words or None)
            for address, words in titles.items()
        ),
        next_url=web_url(target.next or "", base),
        broken=f"{url} was read in part: {broken}" if broken else None,
    )


def _parsed(pieces: Iterable[str], target: _LinkTarget) -> str | None:
    parser = etree.HTMLParser(target=cast("Any", target), encoding="utf-8", no_network=True, huge_tree=False)
    try:
        for piece in pieces:
            # libxml2 takes a NUL for the end of the page
            parser.feed(piece.replace("\x00", "").encode("utf-8", "replace"))
            if target.full:
                return target.full
        parser.close()
    except etree.XMLSyntaxError as error:
        return f"the HTML can't be parsed ({error.msg})" if target.anchors else None
    return None


class _LinkTarget:
    """Collects links as the page streams by; no tree is built, so that depth and size cost nothing."""

    def __init__(self) -> None:
        self.anchors: list[tuple[str, str]] = []
        self.base: str | None = None
        self.next: str | None = None
        self._href: str | None = None
        self._words: list[str] = []
        self._length = 0
        self._unseen = 0
        self._depth = 0
        self._too_deep = False

    @property
    def full(self) -> str | None:
        """Say why enough was read, or None."""
        if len(self.anchors) >= MAX_LINKS:
            return f"only its first {MAX_LINKS:,} links were read"
        return f"elements stand in each other more than {_MAX_DEPTH:,} deep" if self._too_deep else None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take <a>, <base> and <link>."""
        self._depth += 1
        self._too_deep = self._too_deep or self._depth > _MAX_DEPTH
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in {"a", "link", "base"}:
            href = attributes.get("href", "").strip()[: _MAX_HREF + 1]
            href = href if len(href) <= _MAX_HREF else ""
            if tag == "base":
                self.base = self.base or href
            elif "next" in attributes.get("rel", "")[:200].lower().split():
                self.next = self.next or href
            if tag == "a":
                self._keep()
                self._href = href

    def data(self, text: str) -> None:
        """Take the words of a link."""
        if self._href and not self._unseen and self._length <= _MAX_TITLE * 4:
            self._words.append(text)
            self._length += len(text)

    def end(self, tag: str) -> None:
        """End a link."""
        self._depth -= 1
        if tag == "a":
            self._keep()
        elif tag in _UNSEEN and self._unseen:
            self._unseen -= 1

    def close(self) -> None:
        """Keep the link that the page's end cut off."""
        self._keep()

    def _keep(self) -> None:
        if self._href and len(self.anchors) < MAX_LINKS:
            self.anchors.append((self._href, " ".join("".join(self._words).split())[:_MAX_TITLE]))
        self._href, self._words, self._length = None, [], 0

"""Sitemaps, sitemap indexes and news sitemaps, as XML, gzipped XML or plain text: bytes to leads and children.

Protocol: https://www.sitemaps.org/protocol.html and Google's sitemap-news/0.9 extension.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.models import Lead
from crawler.discovery.bytes_in import text_pieces, unpacked
from crawler.discovery.links import web_url
from crawler.discovery.moments import w3c_moment
from crawler.discovery.safe_xml import MAX_DEPTH, Kind, local_name, read_xml
from crawler.errors import DiscoveryError

MAX_URLS = 100_000  # the protocol allows 50,000; some sites don't count
_PREFIXES = {
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_SITEMAP = Kind("a sitemap", frozenset({"urlset", "sitemapindex"}), prefixes=_PREFIXES)
_ENTRIES = frozenset({"url", "sitemap"})
_OWN_FIELDS = frozenset({"loc", "lastmod"})
_NEWS_FIELDS = frozenset({"publication_date", "title"})
_MAX_CHARACTERS = 4_000
_MAX_TITLE = 500
_MAX_LINE = 10_000
_BEGINS_LIKE_XML = re.compile(rb"^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_WEB = re.compile(r"^\ufeff?https?://\S+$", re.IGNORECASE)
_ROBOTS_LINE = re.compile(r"^\s*site-?map\s*:\s*([^\s#]\S*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SitemapChild:
    """A sitemap that an index names, and when the index says that it last changed (aware, UTC)."""

    url: str
    lastmod: datetime | None = None


@dataclass(frozen=True, slots=True)
class SitemapPage:
    """What a sitemap says, in its own order: leads, children (of an index), and if it is a news sitemap.

    broken: a sentence if only a part could be read.
    """

    leads: tuple[Lead, ...] = ()
    children: tuple[SitemapChild, ...] = ()
    is_news: bool = False
    broken: str | None = None


def parse_sitemap(payload: bytes, url: str, content_type: str | None = None) -> SitemapPage:
    """Return what the sitemap at `url` says; its payload may be gzipped. Each address is named once.

    Raises DiscoveryError for what is no sitemap, carries a DTD, unpacks to too much, or is so broken that
    no address could be read.
    """
    data, broken_gzip = unpacked(payload, url)
    if not _BEGINS_LIKE_XML.match(data[:1_000]):
        return _text_sitemap(data, url, content_type, broken_gzip)
    target = _SitemapTarget(url)
    broken = read_xml(data, url, _SITEMAP, target, content_type) or broken_gzip
    return _page(target.leads, target.children, url, is_news=target.is_news, broken=broken)


def sitemaps_in_robots(payload: bytes, url: str = "") -> tuple[str, ...]:
    """Return the addresses of the `Sitemap:` lines of a robots.txt, which begin with http(s), each once.

    `url`, where it is given, is the file's own address: relative lines are then resolved. Never raises.
    """
    found = (
        web_url(match[1], url, absolute_only=not url)
        for line in _lines(payload[: 2**20], "text/plain; charset=utf-8")
        if (match := _ROBOTS_LINE.match(line))
    )
    return tuple(dict.fromkeys(address for address in found if address))


def _page(
    leads: dict[str, Lead], children: dict[str, SitemapChild], url: str, *, is_news: bool, broken: str | None
) -> SitemapPage:
    if broken and not leads and not children:
        raise DiscoveryError(f"{url} is a sitemap of which no address could be read: {broken}")
    sentence = f"{url} is a broken sitemap: {broken}" if broken else None
    return SitemapPage(tuple(leads.values()), tuple(children.values()), is_news, sentence)


def _text_sitemap(data: bytes, url: str, content_type: str | None, broken: str | None) -> SitemapPage:
    leads: dict[str, Lead] = {}
    for line in _lines(data, content_type):
        if _WEB.match(line) and (address := web_url(line.lstrip("\ufeff"), url)):
            leads.setdefault(address, Lead(address, "sitemap", endpoint_url=url))
        elif line and not leads:
            raise DiscoveryError(f"{url} is not a sitemap: neither XML nor a list of addresses, one a line")
        if len(leads) >= MAX_URLS:
            broken = broken or f"only its first {MAX_URLS:,} addresses were read"
            break
    if not leads:
        raise DiscoveryError(f"{url} is not a sitemap: it is empty")
    return _page(leads, {}, url, is_news=False, broken=broken)


def _lines(data: bytes, content_type: str | None) -> Iterator[str]:
    """Yield the lines of a payload, trimmed; of one that is too long to be an address, only the beginning."""
    waiting = ""
    for piece in text_pieces(data, content_type):
        *lines, waiting = (waiting + piece).replace("\r", "\n").split("\n")
        waiting = waiting[:_MAX_LINE]
        yield from (line.strip() for line in lines)
    yield waiting.strip()


class _SitemapTarget:
    """A safe_xml Target: collects each <url> or <sitemap>, whatever namespaces it has."""

    def __init__(self, url: str) -> None:
        self.leads: dict[str, Lead] = {}
        self.children: dict[str, SitemapChild] = {}
        self.is_news = False
        self._url = url
        self._path: list[str] = []  # local names of the elements that are open
        self._entry_depth = 0
        self._values: dict[str, str] = {}
        self._field: str | None = None
        self._field_depth = 0
        self._too_deep = False
        self._text: list[str] = []
        self._length = 0

    @property
    def full(self) -> str | None:
        """Say that no more addresses are taken, or that elements stand too deep in each other."""
        if self._too_deep:
            return f"elements stand in each other more than {MAX_DEPTH} deep"
        if len(self.leads) + len(self.children) < MAX_URLS:
            return None
        return f"only its first {MAX_URLS:,} addresses were read"

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the interface of lxml
        """Begin an entry, or one of its fields."""
        name = local_name(tag)
        self._path.append(name)
        self._too_deep = self._too_deep or len(self._path) > MAX_DEPTH
        if name in _ENTRIES:
            if self._entry_depth:
                self._keep()  # one that broken XML left open
            self._entry_depth = len(self._path)
        elif self._entry_depth:
            own = name in _OWN_FIELDS and len(self._path) == self._entry_depth + 1  # not <image:loc>
            of_news = name in _NEWS_FIELDS and "news" in self._path[self._entry_depth :]
            self._field = name if own or of_news else None
            self._text, self._length, self._field_depth = [], 0, len(self._path)
            self.is_news = self.is_news or name == "news"

    def data(self, text: str) -> None:
        """Take a piece of a field's text."""
        if self._field and self._length <= _MAX_CHARACTERS:
            self._text.append(text)
            self._length += len(text)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the interface of lxml; depth tells more
        """End a field or an entry."""
        if self._field and len(self._path) == self._field_depth:
            if self._length <= _MAX_CHARACTERS:
                self._values.setdefault(self._field, "".join(self._text).strip())
            self._field = None
        if len(self._path) == self._entry_depth:
            self._keep()
        self._path.pop()

    def close(self) -> None:
        """Take the end of the document."""

    def _keep(self) -> None:
        values, self._values = self._values, {}
        name = self._path[self._entry_depth - 1]
        self._entry_depth, self._field = 0, None
        address = web_url(values.get("loc", ""), self._url)
        if address is None or len(self.leads) + len(self.children) >= MAX_URLS:
            return
        lastmod = w3c_moment(values.get("lastmod", ""))
        if name == "sitemap":
            self.children.setdefault(address, SitemapChild(address, lastmod))
        elif address not in self.leads:
            title = " ".join(html.unescape(values.get("title", "")).split())[:_MAX_TITLE]
            published = w3c_moment(values.get("publication_date", ""))
            self.leads[address] = Lead(address, "sitemap", self._url, published, lastmod, title or None)

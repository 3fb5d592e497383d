"""A feed cut down to what leads are made of, before feedparser sees it.

feedparser knows every dialect of feeds, but some of its steps take quadratic time on hostile input (8 kB of an
author's address: 0.2 s, 80 kB: 20 s; its fallback for broken XML: 60 kB of `<a `: 0.5 s). So it is given neither
broken XML nor authors, categories and bodies: only links, ids, titles and dates, each of bounded size and number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.sax.saxutils import escape, quoteattr

from crawler.discovery.safe_xml import MAX_DEPTH, local_name

MAX_ENTRIES = 10_000
_MAX_FIELDS = 30  # of one entry
_MAX_CHARACTERS = {"title": 2_000, "language": 50}
_MAX_LINK = 4_000
_MAX_DATE = 100
_ENTRIES = frozenset({"item", "entry"})
_CONTAINERS = frozenset({"rss", "rdf", "feed", "channel"})
_LINKS = frozenset({"link", "guid", "id", "origlink"})
_DATES = frozenset({"pubdate", "published", "updated", "modified", "issued", "created", "date"})
_FIELDS = _LINKS | _DATES | frozenset(_MAX_CHARACTERS)
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ATTRIBUTES = {"rel": "rel", "type": "type", "href": "href", "ispermalink": "isPermaLink"}
ATOM = "http://www.w3.org/2005/Atom"
PREFIXES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
}
_KEPT_PREFIXES = {PREFIXES[prefix]: prefix for prefix in ("dc", "dcterms", "feedburner")}
_CORE = frozenset(
    {
        "",
        ATOM,
        "http://purl.org/atom/ns#",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://blogs.law.harvard.edu/tech/rss",
        PREFIXES["rdf"],
    }
)


@dataclass(slots=True)
class _Field:
    name: str
    depth: int
    attributes: str
    limit: int
    text: list[str] = field(default_factory=list)
    length: int = 0


class FeedTrim:
    """A safe_xml Target; `document` is the feed that is left, as small and well-formed XML."""

    def __init__(self, url: str) -> None:
        self.entries = 0
        self.is_atom = False
        self._language = ""
        self._too_deep = False
        self._out: list[str] = []
        self._bases = [url]
        self._skipped_from: int | None = None
        self._field: _Field | None = None
        self._in_entry = False
        self._fields = 0
        self._root_namespace: str | None = None

    @property
    def full(self) -> str | None:
        """Say that no more entries are taken, or that elements stand too deep in each other."""
        if self._too_deep:
            return f"elements stand in each other more than {MAX_DEPTH} deep"
        return f"only its first {MAX_ENTRIES:,} entries were read" if self.entries > MAX_ENTRIES else None

    @property
    def document(self) -> bytes:
        """Return the feed as it was cut down, in UTF-8."""
        names = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in PREFIXES.items())
        names += f" xml:lang={quoteattr(self._language)}" if self._language else ""
        head, tail = (
            (f'<feed xmlns="{ATOM}"{names}>', "</feed>")
            if self.is_atom
            else (f'<rss version="2.0"{names}><channel>', "</channel></rss>")
        )
        return "".join([head, *self._out, tail]).encode("utf-8")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an entry or a field; anything else is skipped with what it holds."""
        self._bases.append(_joined(self._bases[-1], attributes.get(f"{_XML}base", "")))
        self._too_deep = self._too_deep or len(self._bases) > MAX_DEPTH
        if self._root_namespace is None:
            self._root_namespace = tag.rpartition("}")[0].removeprefix("{")
            self.is_atom = local_name(tag) == "feed"
            self._language = attributes.get(f"{_XML}lang", "")[:50]
        name = self._name(tag)
        local = local_name(tag)
        if name and local in _ENTRIES:
            self._start_entry(attributes)
        elif self._skipped_from is not None or (self._field and (not name or local not in _FIELDS)):
            return  # a body, or markup inside a title
        elif name and local in _FIELDS:
            self._start_field(name, local, attributes)
        elif not name or local not in _CONTAINERS:
            self._skipped_from = len(self._bases)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the interface of lxml; depth tells more
        """End whatever stands at this depth."""
        depth = len(self._bases)
        if self._field and self._field.depth >= depth:
            self._end_field()
        if self._skipped_from is not None and self._skipped_from >= depth:
            self._skipped_from = None
        self._bases.pop()

    def data(self, text: str) -> None:
        """Take a piece of a field's text, up to one character over its limit."""
        current = self._field
        if current and self._skipped_from is None and current.length <= current.limit:
            current.text.append(text[: current.limit + 1 - current.length])
            current.length += len(current.text[-1])

    def close(self) -> None:
        """End the entry that is still open."""
        self._end_entry()

    def _name(self, tag: str) -> str:
        """Return a tag's name as the cut-down feed writes it, or "" if it is none of the feed's own."""
        namespace = tag.rpartition("}")[0].removeprefix("{")
        if namespace in _KEPT_PREFIXES:
            return f"{_KEPT_PREFIXES[namespace]}:{tag.rpartition('}')[2]}"
        return tag.rpartition("}")[2] if namespace in _CORE or namespace == self._root_namespace else ""

    def _start_entry(self, attributes: dict[str, str]) -> None:
        self._end_entry()
        self.entries += 1
        self._in_entry, self._fields, self._skipped_from = True, 0, None
        about = attributes.get(_ABOUT, "")
        identity = f" rdf:about={quoteattr(about)}" if 0 < len(about) <= _MAX_LINK else ""
        self._out.append(f"<{'entry' if self.is_atom else 'item'}{identity}>")

    def _end_entry(self) -> None:
        self._end_field()
        if self._in_entry:
            self._out.append("</entry>" if self.is_atom else "</item>")
        self._in_entry = False

    def _start_field(self, name: str, local: str, attributes: dict[str, str]) -> None:
        self._end_field()  # one that broken XML left open
        self._fields += 1
        if self._fields <= _MAX_FIELDS:
            limit = _MAX_LINK if local in _LINKS else _MAX_CHARACTERS.get(local, _MAX_DATE)
            self._field = _Field(name, len(self._bases), self._kept(attributes), limit)

    def _kept(self, attributes: dict[str, str]) -> str:
        kept = {
            written: value
            for key, value in attributes.items()
            if (written := _ATTRIBUTES.get(key.lower())) and len(value) <= _MAX_LINK
        }
        if kept.get("type") == "xhtml":
            kept["type"] = "text"  # its markup is dropped here
        if self._bases[-1] != self._bases[0]:
            kept["xml:base"] = self._bases[-1]
        return "".join(f" {key}={quoteattr(value)}" for key, value in kept.items())

    def _end_field(self) -> None:
        current, self._field = self._field, None
        if current is None:
            return
        too_long = current.length > current.limit
        if too_long and local_name(current.name) != "title":
            return  # half an address is another address
        text = "".join(current.text)[: current.limit]
        self._out.append(f"<{current.name}{current.attributes}>{escape(text.strip())}</{current.name}>")


def _joined(base: str, relative: str) -> str:
    if not relative or len(relative) > _MAX_LINK:
        return base
    try:
        return urljoin(base, relative)[:_MAX_LINK]
    except ValueError:
        return base

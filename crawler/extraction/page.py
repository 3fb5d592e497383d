"""A page, parsed once: bytes to text to one lxml tree, which every later stage reads and none changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from lxml.etree import ElementDefaultClassLookup, LxmlError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from archive.models import Via
from crawler.errors import ExtractionError
from crawler.extraction.decode import page_text
from crawler.extraction.elements import Elements

_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"RIFF", "a RIFF file (sound, video or image)"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
_OTHER_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]{0,300}>\s*|<!--[^>]{0,300}-->\s*)*<(rss|feed|urlset|sitemapindex|rdf:RDF|svg)\b",
    re.IGNORECASE,
)
_INK = re.compile(rb"\S")
_TAG = re.compile(rb"<(?:[a-zA-Z][a-zA-Z0-9]*[\s/>]|!doctype)", re.IGNORECASE)
# A crawl takes in no more than DOWNLOAD_MAXSIZE, 25 MB; a tree takes up to ten times its page.
_MAX_BYTES = 64 * 1024 * 1024
# How far a page's first tag may be: prose with a "<" far down is still no page.
_HEAD_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a page before it is read: from its source's catalogue entry and from the lead.

    time_zone: IANA zone for dates without an offset. languages: the source's, the main one first.
    title, published_at, modified_at: as the feed, sitemap or listing gave them (`via` says which); dates are aware.
    """

    source_name: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    title: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A site's template as the extraction takes it: the document (JSON), and its row in the archive, if it has one."""

    document: str = field(repr=False)
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: its final URL, its one tree (read-only by agreement) and when it was fetched (aware).

    elements: those of the tree.
    """

    url: str
    tree: HtmlElement
    encoding: str
    fetched_at: datetime
    elements: Elements = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", Elements(self.tree))


def parse_page(payload: bytes, url: str, content_type: str | None, fetched_at: datetime) -> Page:
    """Return the page that `payload` (content-decoded) holds; `content_type` is the header's value.

    The tree has no comments and no processing instructions. Nesting beyond 255 levels is cut off, since the
    parser keeps its guards. Raises ExtractionError for what is no HTML.
    """
    _refuse_other_formats(payload, url)
    text, encoding = page_text(payload, content_type)
    _refuse_other_text(text, url, content_type)
    # Handed over as UTF-8 under its name, so that no declaration inside the page can mislead the parser.
    parser = HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    # Else lxml.html asks a Python function for the class of each element; only forms have another one.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = document_fromstring(text, parser=parser)
    except (LxmlError, ValueError) as error:
        raise ExtractionError(f"{url} holds no HTML that can be parsed: {error}") from error
    return Page(url=url, tree=tree, encoding=encoding, fetched_at=fetched_at)


def is_blank(payload: bytes) -> bool:
    """Tell whether there is nothing but white space, without making a copy of a page."""
    return _INK.search(payload) is None


def _refuse_other_formats(payload: bytes, url: str) -> None:
    if is_blank(payload):
        raise ExtractionError(f"{url} is empty: the server sent no bytes")
    if len(payload) > _MAX_BYTES:
        raise ExtractionError(
            f"{url} has {len(payload) >> 20} MB, and no page has more than {_MAX_BYTES >> 20}"
        )
    for magic, name in _MAGIC:
        if payload.startswith(magic):
            raise ExtractionError(f"{url} is {name}, not HTML")


def _refuse_other_text(text: bytes, url: str, content_type: str | None) -> None:
    if match := _OTHER_MARKUP.match(text):
        raise ExtractionError(f"{url} is <{match[1].decode()}> markup, not HTML")
    if not _TAG.search(text, 0, _HEAD_CHARACTERS):
        raise ExtractionError(f"{url} holds no HTML tag (its content type is {content_type or 'not given'})")

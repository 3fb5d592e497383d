"""A page, parsed once: bytes to text to one lxml tree, which every later stage reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a page before it is read: from its source's catalogue entry and from the lead.

    time_zone: IANA zone for dates without an offset. languages: the source's, the main one first.
    title, published_at: as the feed or sitemap gave them; published_at is aware.
    """

    source_name: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    title: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: its final URL, its one tree (read-only by agreement) and when it was fetched (aware)."""

    url: str
    tree: HtmlElement
    encoding: str
    fetched_at: datetime

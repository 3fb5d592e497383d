"""Atom feeds (RFC 4287): dataclasses in, XML out. What strangers wrote is escaped, and what XML can't hold is left out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 can't hold in any form.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A report in a feed. id: a URI that stays the same. link: its page in the archive, if there is one; via: where it was
    published (left out unless it is http or https).

    updated, published: times as in the archive, UTC; published is None where it isn't known.
    """

    id: str
    title: str
    author: str
    via: str
    updated: str
    published: str | None = None
    language: str | None = None
    summary: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """id: a URI that stays the same; updated: as in the archive; itself: where it is; link: the page of which it is a feed."""

    id: str
    title: str
    author: str
    updated: str
    entries: tuple[Entry, ...]
    itself: str | None = None
    link: str | None = None


def stable_id(of: str) -> str:
    """Return a URI that is always the same for the same thing, and in every archive for the same report."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"conflict-archive {of}").urn


def write(feed: Feed) -> str:
    """Return a feed as XML."""
    return "\n".join(_feed(feed)) + "\n"


def _feed(feed: Feed) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<feed xmlns="http://www.w3.org/2005/Atom">'
    yield _element("id", feed.id)
    yield _element("title", feed.title)
    yield _element("updated", feed.updated)
    yield f"<author>{_element('name', feed.author)}</author>"
    if feed.itself:
        yield f'<link rel="self" type="application/atom+xml" href={_attribute(feed.itself)}/>'
    if feed.link:
        yield f'<link rel="alternate" type="text/html" href={_attribute(feed.link)}/>'
    for entry in feed.entries:
        yield from _entry(entry)
    yield "</feed>"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"<entry xml:lang={_attribute(entry.language)}>" if entry.language else "<entry>"
    yield _element("id", entry.id)
    yield _element("title", entry.title or "(no title)")
    yield _element("updated", entry.updated)
    if entry.published:
        yield _element("published", entry.published)
    yield f"<author>{_element('name', entry.author)}</author>"
    is_web = _WEB.fullmatch(entry.via) is not None
    if entry.link or is_web:
        yield f'<link rel="alternate" type="text/html" href={_attribute(entry.link or entry.via)}/>'
    if entry.link and is_web:
        yield f'<link rel="via" href={_attribute(entry.via)}/>'
    yield _element("summary", entry.summary)
    yield "</entry>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_UNWRITABLE.sub('', text))}</{name}>"


def _attribute(text: str) -> str:
    return quoteattr(_UNWRITABLE.sub("", text))

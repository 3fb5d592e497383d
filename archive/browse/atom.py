"""Atom feeds (RFC 4287): what they hold, and how it is written."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from archive.browse.compat import Response
from archive.browse.web import Asked
from archive.clock import to_text, utc_now

# What XML 1.0 can't hold in any form.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"{}|\\^`]+")


@dataclass(frozen=True)
class Entry:
    """An entry. id: a URI that stays the same. link: its page here; via: where it is on the web.

    updated, published: times as in the archive, UTC; published is None where it isn't known.
    """

    id: str
    title: str
    link: str
    via: str
    author: str
    language: str | None
    updated: str
    published: str | None
    summary: str


@dataclass(frozen=True)
class Feed:
    """id: a URI that stays the same; itself: where it is; link: the page of which it is a feed."""

    id: str
    title: str
    author: str
    itself: str
    link: str
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> str:
        """Return when an entry was new or another last; now for none."""
        return max((entry.updated for entry in self.entries), default="") or to_text(utc_now())


def stable_id(of: str) -> str:
    """Return a URI that is always the same for the same thing."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"conflict-archive {of}").urn


def absolute(asked: Asked, path: str) -> str:
    """Return the whole address of a page of the same archive."""
    return str(asked.datasette.absolute_url(asked.request, asked.path(path)))


def answer(asked: Asked, feed: Feed) -> Response:
    """Return a feed, or that it is the one which the reader has already."""
    text = write(feed)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if asked.request.headers.get("if-none-match") == tag:
        return Response("", status=304, headers={"etag": tag})
    return Response(text, headers={"etag": tag}, content_type="application/atom+xml; charset=utf-8")


def write(feed: Feed) -> str:
    """Return a feed as XML."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", feed.id),
        _element("title", feed.title),
        _element("updated", feed.updated),
        f"<author>{_element('name', feed.author)}</author>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(feed.itself)}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(feed.link)}/>',
        *(line for entry in feed.entries for line in _entry(entry)),
        "</feed>\n",
    ]
    return "\n".join(lines)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"<entry xml:lang={_attribute(entry.language)}>" if entry.language else "<entry>"
    yield _element("id", entry.id)
    yield _element("title", entry.title or "(no title)")
    yield _element("updated", entry.updated)
    if entry.published:
        yield _element("published", entry.published)
    yield f"<author>{_element('name', entry.author)}</author>"
    yield f'<link rel="alternate" type="text/html" href={_attribute(entry.link)}/>'
    if _WEB.fullmatch(entry.via):
        yield f'<link rel="via" href={_attribute(entry.via)}/>'
    yield _element("summary", entry.summary)
    yield "</entry>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_UNWRITABLE.sub('', text))}</{name}>"


def _attribute(text: str) -> str:
    return quoteattr(_UNWRITABLE.sub("", text))

"""A search as an Atom feed (RFC 4287), the newest reports first."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from archive.browse.asking import Search, asked_search
from archive.browse.compat import Response
from archive.browse.web import Asked, page
from archive.clock import to_text, utc_now
from archive.search import Order, search

_ENTRIES = 50
# What XML 1.0 can't hold in any form.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"{}|\\^`]+")
_MORE = """
select articles.id, articles.url_key, coalesce(articles.author, '') as author,
    coalesce((select max(seen_at) from revisions where article_id = articles.id), articles.first_seen_at) as updated
from articles where articles.id in (select value from json_each(?))
"""


@dataclass(frozen=True)
class Entry:
    """A report in a feed. id: a URI that stays the same. link: its page here; via: where it was published.

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


@page("articles", "sources")
async def atom(asked: Asked) -> Response:
    """Show the newest reports that a search finds."""
    wanted = asked_search(asked).first()
    entries = await asked.read(functools.partial(_entries, asked, wanted))
    query = wanted.query()
    feed = Feed(
        id=stable_id(f"search {asked.database} {query}"),
        title=f"{query or 'Newest reports'} · {asked.database}",
        author=asked.database,
        itself=_absolute(asked, f"/-/reports.atom{wanted.address()}"),
        link=_absolute(asked, f"/-/reports{wanted.address()}"),
        entries=tuple(entries),
    )
    text = write(feed)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if asked.request.headers.get("if-none-match") == tag:
        return Response("", status=304, headers={"etag": tag})
    return Response(text, headers={"etag": tag}, content_type="application/atom+xml; charset=utf-8")


def stable_id(of: str) -> str:
    """Return a URI that is always the same for the same thing, and in every archive for the same report."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"conflict-archive {of}").urn


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


def _absolute(asked: Asked, path: str) -> str:
    return str(asked.datasette.absolute_url(asked.request, str(asked.datasette.urls.path(path))))


def _entries(asked: Asked, wanted: Search, connection: sqlite3.Connection) -> Sequence[Entry]:
    hits = search(
        connection,
        wanted.parsed(),
        related=wanted.related,
        limit=_ENTRIES,
        order=Order.NEWEST,
        marks=("", ""),
    ).hits
    rows = connection.execute(_MORE, [json.dumps([hit.id for hit in hits])])
    more = {row[0]: (row[1], row[2], row[3]) for row in rows}
    found = []
    for hit in hits:
        key, author, updated = more[hit.id]
        found.append(Entry(
            id=stable_id(f"report {key}"), title=hit.title, link=_absolute_report(asked, hit.id), via=hit.url,
            author=f"{author}, {hit.source_name}" if author else hit.source_name, language=hit.language,
            updated=updated, published=hit.published_at, summary=hit.snippet,
        ))  # fmt: skip
    return found


def _absolute_report(asked: Asked, report: int) -> str:
    return str(asked.datasette.absolute_url(asked.request, asked.path(f"/-/report/{report}")))

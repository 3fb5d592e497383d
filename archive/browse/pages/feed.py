"""A search as an Atom feed, the newest reports first."""

from __future__ import annotations

import functools
import json
import sqlite3

from archive.browse import feeds
from archive.browse.asking import Search, asked_search
from archive.browse.compat import Response
from archive.browse.web import Asked, page
from archive.search import Order, search
from archive.text.atom import Entry, Feed, stable_id

_ENTRIES = 50
_MORE = """
select articles.id, articles.url_key, coalesce(articles.author, '') as author,
    coalesce((select max(seen_at) from revisions where article_id = articles.id), articles.first_seen_at) as updated
from articles where articles.id in (select value from json_each(?))
"""


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
        updated=feeds.updated(entries),
        itself=_absolute(asked, f"/-/reports.atom{wanted.address()}"),
        link=_absolute(asked, f"/-/reports{wanted.address()}"),
        entries=entries,
    )
    return feeds.answer(asked, feed)


def _absolute(asked: Asked, path: str) -> str:
    """Return the whole address of a search, which names the archive itself."""
    return str(asked.datasette.absolute_url(asked.request, str(asked.datasette.urls.path(path))))


def _entries(asked: Asked, wanted: Search, connection: sqlite3.Connection) -> tuple[Entry, ...]:
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
            id=stable_id(f"report {key}"), title=hit.title, author=f"{author}, {hit.source_name}" if author else hit.source_name,
            via=hit.url, updated=updated, published=hit.published_at, language=hit.language, summary=hit.snippet,
            link=feeds.absolute(asked, f"/-/report/{hit.id}"),
        ))  # fmt: skip
    return tuple(found)

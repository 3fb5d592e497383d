"""One report with all that is known of it: where it came from, when it was seen, how it changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archive.errors import NotFound

_ARTICLE = "select * from articles where id = ?"
_SOURCE = "select * from sources where id = ?"
# A capture belongs to a report if a revision was read from it, or if it is a later look at the same address.
_CAPTURES = """
select * from captures
where id in (select capture_id from revisions where article_id = :id)
    or lead_id in (select id from leads where url_key = :url_key)
    or url = :url
order by fetched_at, id
"""
_REVISIONS = "select * from revisions where article_id = ? order by number"
_STATES = "select * from article_states where article_id = ? order by id"


@dataclass(frozen=True, slots=True)
class Report:
    """Rows as the tables have them, by column: the article, its source, its captures and revisions (oldest first).

    states: how its address answered over time; none if it was always there.
    """

    article: Mapping[str, object]
    source: Mapping[str, object]
    captures: tuple[Mapping[str, object], ...]
    revisions: tuple[Mapping[str, object], ...]
    states: tuple[Mapping[str, object], ...] = ()


def report(connection: sqlite3.Connection, article_id: int) -> Report:
    """Return the report of that id. Raises NotFound where the archive has none."""
    article = connection.execute(_ARTICLE, [article_id]).fetchone()
    if article is None:
        raise NotFound(f"no article has the id {article_id}: `archive search` shows the ids that there are")
    keys = {"id": article_id, "url_key": article["url_key"], "url": article["url"]}
    return Report(
        article=dict(article),
        source=dict(connection.execute(_SOURCE, [article["source_id"]]).fetchone()),
        captures=tuple(captures_of(connection, keys)),
        revisions=tuple(map(dict, connection.execute(_REVISIONS, [article_id]))),
        states=tuple(map(dict, connection.execute(_STATES, [article_id]))),
    )


def captures_of(
    connection: sqlite3.Connection, article: Mapping[str, object]
) -> Iterator[Mapping[str, object]]:
    """Yield the rows of a report's captures, oldest first. article: its id, url and url_key."""
    keys = {name: article[name] for name in ("id", "url", "url_key")}
    return map(dict, connection.execute(_CAPTURES, keys))

"""Full-text search: the best-matching reports, with the words in their context."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from archive.errors import InvalidInput
from archive.filters import CONDITION, Filters
from archive.text import query as queries

# Ranked first, and only the winners get a snippet: making one reads the whole report again. A word in the
# title counts ten times as much as one in the body. Ties go to the newer report, then to the lower id.
_SEARCH = f"""
with found as materialized (
    select articles.id as id, articles_fts.rank as rank, articles.published_at as published_at
    from articles_fts join articles on articles.id = articles_fts.rowid
    where articles_fts match :match and {CONDITION}
    order by rank, published_at desc, id limit :limit
)
select found.id, articles.source_id, sources.name as source_name, articles.published_at,
    articles.published_at_precision, articles.language, articles.title, articles.url, articles.state, found.rank,
    highlight(articles_fts, 0, :start, :end) as marked_title,
    snippet(articles_fts, 2, :start, :end, '…', 32) as snippet
from found
cross join articles_fts on articles_fts.rowid = found.id
cross join articles on articles.id = found.id
cross join sources on sources.id = articles.source_id
where articles_fts match :match
order by found.rank, found.published_at desc, found.id
"""  # noqa: S608 - CONDITION is a constant; what the user gave is bound


@dataclass(frozen=True, slots=True)
class Hit:
    """A report that was found.

    rank: SQLite's bm25, where a lower (more negative) number is a better match. marked_title and snippet (of
    the body, about 32 words) have the matched words between the marks that the caller asked for, and are
    otherwise as stored: to put them into a page or on a terminal, take archive.text.highlight's marks.
    """

    id: int
    source_id: str
    source_name: str
    published_at: str | None
    published_at_precision: str | None
    language: str | None
    title: str
    url: str
    state: str
    rank: float
    marked_title: str
    snippet: str


def search(  # noqa: PLR0913 - each limit stands for itself, and callers name it
    connection: sqlite3.Connection,
    query: str | queries.Query,
    *,
    source: str | None = None,
    since: date | None = None,
    until: date | None = None,
    language: str | None = None,
    limit: int = 20,
    marks: tuple[str, str] = ("[", "]"),
) -> list[Hit]:
    """Return at most `limit` reports that match, the best first, in an order that is the same every time.

    query: what a user typed, or the outcome of `archive.text.query.parse`. connection: from `archive.open`.
    source: a source's id; since, until: UTC days of publication, both included (a report without a date is in
    no range); language: ISO 639-1.
    Raises InvalidInput for a query without a word, a limit below 1 or a range of days that ends before it
    begins, NotFound for a source that the archive doesn't have.
    """
    parsed = queries.parse(query) if isinstance(query, str) else query
    if limit < 1:
        raise InvalidInput(f"limit {limit} is not a number of hits: 1 is the least")
    filters = Filters(source, since, until, language)
    parameters = filters.parameters()
    filters.check_source(connection)
    rows = connection.execute(
        _SEARCH, parameters | {"match": parsed.match, "limit": limit, "start": marks[0], "end": marks[1]}
    )
    return [Hit(**dict(row)) for row in rows]

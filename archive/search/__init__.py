"""Full-text search: reports that match, ranked or by date, with the words in their context."""

from __future__ import annotations

import sqlite3
from datetime import date

from archive import searchindex
from archive.errors import InvalidInput
from archive.filters import Filters
from archive.search import pages, showing, wanting
from archive.search.facets import Facets, count
from archive.search.model import CAP, Hit, Order, Results
from archive.search.ranking import Finder
from archive.text import query as queries
from archive.text.names import Names, load_names
from archive.text.normalise import Normaliser

__all__ = ["CAP", "Facets", "Hit", "Order", "Results", "search", "widened"]


def search(  # noqa: PLR0913 - each limit stands for itself, and callers name it
    connection: sqlite3.Connection,
    query: str | queries.Query,
    *,
    source: str | None = None,
    since: date | None = None,
    until: date | None = None,
    language: str | None = None,
    limit: int = 20,
    order: Order | str = Order.RELEVANCE,
    page: str | None = None,
    synonyms: bool | Names = False,
    related: bool = True,
    facets: bool = False,
    marks: tuple[str, str] = ("[", "]"),
) -> Results:
    """Return at most `limit` reports that match, in an order that is the same every time.

    query: what a user typed, or the outcome of `archive.text.query.parse`. connection: from `archive.open`.
    source: a source's id; since, until: UTC days of publication, both included (a report without a date is in
    no range); language: ISO 639-1. page: the `next_page` of the results before. synonyms: other spellings of the names
    in the query are searched for as well (give Names to search often: reading them takes a moment). related: where few
    reports have the words themselves, words of one family with them are searched for too (hunter for hunting; see `wanting`), below those reports. facets: count the matches by source, language and month.
    Raises InvalidInput for a query without a word, a limit below 1, an order or page that there isn't, or a range of days
    that ends before it begins; NotFound for a source, kind or conflict that the archive doesn't have.
    """
    if limit < 1:
        raise InvalidInput(f"limit {limit} is not a number of hits: 1 is the least")
    start = pages.begin(connection, _order(order), page)
    parsed = queries.parse(query) if isinstance(query, str) else query
    normaliser = Normaliser()
    if synonyms:
        parsed = widened(parsed, normaliser) if synonyms is True else synonyms.widened(parsed)
    limits = Filters(source, since, until, language)
    wanted = wanting.wanted(connection, parsed, limits, normaliser, start.newest, related=related)
    found = Finder(connection, wanted, parsed, start).find(start.offset + limit + 1)
    shown = found.reports[start.offset : start.offset + limit]
    is_last = len(found.reports) <= start.offset + limit
    return Results(
        hits=showing.hits(connection, wanted, parsed, shown, marks),
        query=parsed,
        match=wanted.match,
        related=wanted.related,
        order=found.order,
        total=found.total,
        is_capped=found.is_capped,
        ranked=found.ranked,
        is_by_day_instead=parsed.words is not None and found.order is not start.order,
        page=pages.token(start, start.offset),
        next_page=None if is_last else pages.token(start, start.offset + limit),
        index=searchindex.state(connection),
        facets=count(connection, wanted, start.newest) if facets else None,
    )


def widened(query: queries.Query, normaliser: Normaliser) -> queries.Query:
    """Return a query that asks for other spellings of the names in it as well."""
    return Names(load_names(), normaliser).widened(query)


def _order(order: Order | str) -> Order:
    try:
        return Order(order)
    except ValueError:
        raise InvalidInput(f"there is no order {order!r}: it is one of {', '.join(Order)}") from None

"""Which reports a query and its limits mean: what the index is to match, or SQL; shared by search and export.

What a user typed is always bound, or in the letters of the index's own forms and keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archive import searchindex
from archive.clock import day_end, day_start
from archive.errors import NotFound
from archive.filters import CONDITION, Filters, require_source
from archive.relating import Family
from archive.text import keys
from archive.text.normalise import Normaliser
from archive.text.query import Query, compile_match
from archive.text.query.limits import of_source
from archive.text.query.model import All, Any, Limit, Negated, Node
from archive.text.stems import normaliser_version

Value = str | int | None
_ANY = f'("{keys.MARK}s" *)'  # every report has the key of its source
# Days that nobody is asked for beyond: an expression has a key for each year at least.
_FIRST, _LAST = date(1500, 1, 1), date(2500, 12, 31)
# two questions: of one with both, SQLite would look at every report
_DAYS = "select (select min(published_at) from articles), (select max(published_at) from articles)"


@dataclass(frozen=True, slots=True)
class Matching:
    """match: what `articles_fts` is to match, limits included; None where no words are wanted.

    keys: of such, what it is to match for the limits alone; None for any report, and where reports wait to be indexed, so
    that these are found as well. condition: the same on `articles`; parameters: its. related: words of one family with
    those of the query, which are searched for as well; typed: if there are any, what to match for the query's own words.
    """

    match: str | None
    keys: str | None
    condition: str
    parameters: dict[str, Value]
    related: tuple[str, ...] = ()
    typed: str | None = None

    @property
    def indexed(self) -> str | None:
        """Return what `articles_fts` is to match, None for any report."""
        return self.match or self.keys


def matching(
    connection: sqlite3.Connection,
    query: Query | None,
    filters: Filters,
    normaliser: Normaliser,
    *,
    related: bool = False,
) -> Matching:
    """Return what a query (None: any report) and filters mean in this archive.

    related: words of one family with the query's are searched for as well.
    Raises InvalidInput for days that end before they begin, NotFound for a source, kind or conflict that it doesn't have.
    """
    parameters: dict[str, Value] = dict(filters.parameters())
    filters.check_source(connection)
    limits = query.limits if query else ()
    languages = [filters.language] if filters.language else list(_languages(limits))
    codes = [code.lower() for code in languages]
    words = compile_match(query, normaliser, codes) if query else None
    if query and words is not None:
        limited = _Keys(connection).limited(words, limits, filters)
        family = Family(connection, normaliser, query)
        wider = compile_match(query, normaliser, codes, family) if related else None
        if wider is None or not family.found:
            return Matching(limited, None, "1", {})
        match = _Keys(connection).limited(wider, limits, filters)
        return Matching(match, None, "1", {}, tuple(family.found), limited)
    if not limits and filters == Filters():
        return Matching(None, None, "1", {})
    builder = _Conditions(connection, parameters)
    condition = " and ".join(f"({each})" for each in (CONDITION, *map(builder.of, limits)))
    is_indexed = (
        not searchindex.waiting(connection, 1) and searchindex.version(connection) == normaliser_version()
    )
    by_keys = _Keys(connection).limited(None, limits, filters) if is_indexed else None
    return Matching(None, by_keys, condition, parameters)


def index_expression(
    connection: sqlite3.Connection, query: Query, filters: Filters, normaliser: Normaliser
) -> str:
    """Return what an index with words and keys is to match for a query and filters, whether it has words or not.

    Raises as `matching` does.
    """
    wanted = matching(connection, query, filters, normaliser)
    return wanted.match or _Keys(connection).limited(None, query.limits, filters)


def _languages(limits: Sequence[Node]) -> tuple[str, ...]:
    """Return the only languages that are wanted, if there is a limit that says so."""
    return next((node.values for node in limits if isinstance(node, Limit) and node.name == "lang"), ())


class _Keys:
    """Makes limits an expression of the keys that the index holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def limited(self, words: str | None, limits: Sequence[Node], filters: Filters) -> str:
        """Return what matches the words, if any, within the limits and filters."""
        first = [day for day in (filters.since, *_days(limits, "since")) if day]
        last = [day for day in (filters.until, *_days(limits, "until")) if day]
        wanted = [words] if words else []
        if first or last:
            wanted.append(self._within(max(first, default=None), min(last, default=None)))
        if filters.source is not None:
            wanted.append(keys.expression([keys.of_source(filters.source)]))
        if filters.language is not None:
            wanted.append(keys.expression([keys.of_language(filters.language)]))
        others = [node for node in limits if not (isinstance(node, Limit) and node.day is not None)]
        wanted += [self._of(node) for node in others if not isinstance(node, Negated)]
        unwanted = [self._of(node.node) for node in others if isinstance(node, Negated)]
        wanted = wanted or [_ANY]
        expression = wanted[0] if len(wanted) == 1 else f"({' AND '.join(wanted)})"
        return f"({expression} NOT ({' OR '.join(unwanted)}))" if unwanted else expression

    def _of(self, node: Node) -> str:
        match node:
            case All():
                return f"({' AND '.join(self._of(each) for each in node.nodes)})"
            case Any():
                return f"({' OR '.join(self._of(each) for each in node.nodes)})"
            case Negated():  # what is not known is not what is unwanted
                return f"({_ANY} NOT {self._of(node.node)})"
            case Limit():
                return self._limit(node)
            case _:
                return '""'

    def _limit(self, limit: Limit) -> str:
        if limit.day is not None:
            return self._within(*((limit.day, None) if limit.name == "since" else (None, limit.day)))
        if limit.name == "lang":
            return keys.expression(map(keys.of_language, limit.values))
        return keys.expression(map(keys.of_source, sources_of(self._connection, limit)))

    def _within(self, first: date | None, last: date | None) -> str:
        """Return the expression for the days that there are from `first` to `last`, both included; None is no bound."""
        there = days_there(self._connection)
        return keys.expression(
            keys.of_days(max(there[0], first or there[0]), min(there[1], last or there[1]))
        )


def _days(limits: Sequence[Node], name: str) -> list[date]:
    return [node.day for node in limits if isinstance(node, Limit) and node.name == name and node.day]


def days_there(connection: sqlite3.Connection) -> tuple[date, date]:
    """Return the first and the last day on which a report of this archive may have been published."""
    found = connection.execute(_DAYS).fetchone()
    days = [_day(text, bound) for text, bound in zip(found, (_FIRST, _LAST), strict=True)]
    return max(days[0], _FIRST), min(days[1], _LAST)


def _day(text: object, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return otherwise


class _Conditions:
    """Makes limits a condition on `articles`, its values bound."""

    def __init__(self, connection: sqlite3.Connection, parameters: dict[str, Value]) -> None:
        self._connection = connection
        self._parameters = parameters

    def of(self, node: Node) -> str:
        match node:
            case All():
                return " and ".join(f"({self.of(each)})" for each in node.nodes)
            case Any():
                return " or ".join(f"({self.of(each)})" for each in node.nodes)
            case Negated():  # what is not known is not what is unwanted
                return f"not coalesce(({self.of(node.node)}), 0)"
            case Limit():
                return self._limit(node)
            case _:
                return "1"

    def _limit(self, limit: Limit) -> str:
        if limit.day is not None:
            if limit.name == "since":
                return f"articles.published_at >= {self._bound(day_start(limit.day))}"
            last = "9999-12-31T99" if limit.day.year == 9999 else day_end(limit.day)
            return f"articles.published_at < {self._bound(last)}"
        column, values = "source_id", limit.values
        if limit.name == "lang":
            column = "language"
        else:
            values = sources_of(self._connection, limit)
        return f"articles.{column} in ({', '.join(map(self._bound, values))})"

    def _bound(self, value: str) -> str:
        name = f"limit{len(self._parameters)}"
        self._parameters[name] = value
        return f":{name}"


def sources_of(connection: sqlite3.Connection, limit: Limit) -> tuple[str, ...]:
    """Return the ids of the sources that a limit by source, kind or conflict lets pass. Raises NotFound if there are none."""
    sources = connection.execute("select id, kind, conflict from sources order by id").fetchall()
    if limit.name == "source":
        known = {row[0].lower() for row in sources}
        for value in limit.values:
            if value not in known:
                require_source(connection, value)
    found = tuple(row[0] for row in sources if of_source(limit, row[0], row[1], row[2]))
    if not found:
        said = {row[1 if limit.name == "kind" else 2] for row in sources} - {None, ""}
        raise NotFound(
            f"no source of this archive has the {limit.name} {', '.join(limit.values)!r}: it has"
            f" {', '.join(sorted(said)) or 'none'}"
        )
    return found

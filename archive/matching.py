"""Which reports a query and its limits mean, as SQL: shared by search and export. What a user typed is always bound."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from archive.clock import day_end, day_start
from archive.errors import NotFound
from archive.filters import CONDITION, Filters, require_source
from archive.text.normalise import Normaliser
from archive.text.query import Query, compile_match
from archive.text.query.limits import of_source
from archive.text.query.model import All, Any, Limit, Negated, Node

Value = str | int | None

JOIN = "cross join articles on articles.id = articles_fts.rowid"
_LAST_ID = 2**63 - 1
# Reports of a source or language that has at most so many are told by a list of their ids, rather than by a look at each match.
_RARE = 50_000
_INDEXED_APART = ("source_id", "published_at")  # from language
# Reports of a stretch of days are mostly archived side by side: so the index of words needs to be read for a few ids only.
# Of more than so many, it isn't worth the looking.
_MOST = 200_000
_BETWEEN = """
select count(*), min(id), max(id) from
    (select id from articles where published_at >= :begin and published_at < :end limit :most)
"""


@dataclass(frozen=True, slots=True)
class Matching:
    """match: what `articles_fts` is to match, None for any report. condition: on `articles`, "" for none; parameters: its.

    The parameters have no `match`; a statement that needs it adds it. To save work where there are words: first, last: ids
    that no such report lies outside of; is_rare: few reports fulfil the condition, and an index says which.
    """

    match: str | None
    condition: str
    parameters: dict[str, Value]
    first: int = 0
    last: int = _LAST_ID
    is_rare: bool = False

    def of_words(self) -> tuple[str, str]:
        """Return how `articles` is joined to `articles_fts`, if it is for the condition's sake, and the condition there."""
        if self.is_rare:  # + for each match, as its id is no way into the index of words
            return "", f"+articles_fts.rowid in (select articles.id from articles where {self.condition})"  # noqa: S608 - ours
        return (JOIN if self.condition else ""), self.where()

    def where(self) -> str:
        """Return the condition that reports of `articles` fulfil, the words aside."""
        return self.condition or "1"


def matching(
    connection: sqlite3.Connection, query: Query | None, filters: Filters, normaliser: Normaliser
) -> Matching:
    """Return what a query (None: any report) and filters mean in this archive.

    Raises InvalidInput for days that end before they begin, NotFound for a source, kind or conflict that it doesn't have.
    """
    parameters: dict[str, Value] = dict(filters.parameters())
    filters.check_source(connection)
    conditions = [CONDITION] if filters != Filters() else []
    limits = query.limits if query else ()
    builder = _Builder(connection, parameters)
    conditions += [builder.of(node) for node in limits]
    languages = [filters.language] if filters.language else list(_languages(limits))
    match = compile_match(query, normaliser, [code.lower() for code in languages]) if query else None
    condition = " and ".join(f"({each})" for each in conditions)
    found = Matching(match, condition, parameters if conditions else {})
    if match is None or not conditions:
        return found
    return _bounded(connection, replace(found, is_rare=_is_rare(connection, found)), filters, limits)


def _is_rare(connection: sqlite3.Connection, found: Matching) -> bool:
    """Say whether few reports fulfil a condition; not where no index by itself tells which."""
    if "language" in found.condition and any(name in found.condition for name in _INDEXED_APART):
        return False
    statement = f"select count(*) from (select 1 from articles where {found.condition} limit {_RARE + 1})"  # noqa: S608
    return int(connection.execute(statement, found.parameters).fetchone()[0]) <= _RARE


def _bounded(
    connection: sqlite3.Connection, found: Matching, filters: Filters, limits: Sequence[Node]
) -> Matching:
    """Add the ids between which the reports of the wanted days are."""
    days = [node for node in limits if isinstance(node, Limit) and node.day is not None]
    begins = [node.day for node in days if node.name == "since" and node.day] + [filters.since or date.min]
    ends = [node.day for node in days if node.name == "until" and node.day] + [filters.until or date.max]
    begin, end = max(begins), min(ends)
    if begin == date.min and end == date.max:
        return found
    bounds = {"begin": day_start(begin), "end": _after(end), "most": _MOST + 1}
    count, first, last = connection.execute(_BETWEEN, bounds).fetchone()
    if count > _MOST:
        return found
    return replace(found, first=first or 1, last=last or 0)


def _after(day: date) -> str:
    """Return what the times of a day, and of all days before it, are less than."""
    return "9999-12-31T99" if day == date.max else day_end(day)


def _languages(limits: Sequence[Node]) -> tuple[str, ...]:
    """Return the only languages that are wanted, if there is a limit that says so."""
    return next((node.values for node in limits if isinstance(node, Limit) and node.name == "lang"), ())


class _Builder:
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
            return f"articles.published_at < {self._bound(_after(limit.day))}"
        column, values = "source_id", limit.values
        if limit.name == "lang":
            column = "language"
        else:
            values = self._sources(limit)
        return f"articles.{column} in ({', '.join(map(self._bound, values))})"

    def _sources(self, limit: Limit) -> tuple[str, ...]:
        sources = self._connection.execute("select id, kind, conflict from sources order by id").fetchall()
        if limit.name == "source":
            known = {row[0].lower() for row in sources}
            for value in limit.values:
                if value not in known:
                    require_source(self._connection, value)
        found = tuple(row[0] for row in sources if of_source(limit, row[0], row[1], row[2]))
        if not found:
            said = {row[1 if limit.name == "kind" else 2] for row in sources} - {None, ""}
            raise NotFound(
                f"no source of this archive has the {limit.name} {', '.join(limit.values)!r}: it has"
                f" {', '.join(sorted(said)) or 'none'}"
            )
        return found

    def _bound(self, value: str) -> str:
        name = f"limit{len(self._parameters)}"
        self._parameters[name] = value
        return f":{name}"

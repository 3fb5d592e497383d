"""Which reports come first."""

from __future__ import annotations

import functools
import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.clock import to_text, utc_now
from archive.matching import Matching, Value
from archive.search import days
from archive.search.model import CAP, RANKED, Order
from archive.search.pages import Start
from archive.text import keys
from archive.text.query import Query
from archive.text.query.lexing import typed_words
from archive.text.query.model import All, Any, Near, Node, Word

# So many of the best are looked at for words in the very form that was typed, which is worth this share of their rank.
_LOOKED_AT = 60
_EXACT = 0.4
# What is left of the rank of those that have no more than words of one family with those that were typed.
_RELATED = 0.25
_HAVING = """
select wanted.value from json_each(?) as wanted cross join articles_fts on articles_fts.rowid = wanted.value
where articles_fts match ?
"""
# A report of today counts double, one of a month ago half as much more.
_AGED = "rank * (1.0 + 1.0 / (1.0 + max(0, coalesce(julianday(:now) - julianday(articles.published_at), 1e6)) / 30.0))"

_MATCHES = "from articles_fts where articles_fts match :match and articles_fts.rowid <= :newest"
# The day of a report from an index that has it, and not from its row, behind the text.
_DAYS_OF = "cross join articles indexed by articles_facets on articles.id = found.id"
# Reports that are sorted by day at most: of so many in one month, those that were archived last.
_SORTED = 5 * CAP


@dataclass(frozen=True, slots=True)
class Found:
    """reports: the ids in their order, as many as were asked for, with their ranks; see `Results` for the rest."""

    reports: tuple[tuple[int, float], ...]
    order: Order
    total: int
    is_capped: bool
    ranked: int | None


class Finder:
    """Finds the reports of one search."""

    def __init__(self, connection: sqlite3.Connection, wanted: Matching, query: Query, start: Start) -> None:
        self._connection = connection
        self._match = wanted.indexed
        self._condition = wanted.condition
        self._typed = wanted.typed
        self._has_words = wanted.match is not None
        self._query = query
        self._start = start
        self._parameters: dict[str, Value] = wanted.parameters | {
            "match": self._match,
            "newest": start.newest,
            "now": to_text(utc_now()),
        }

    def find(self, most: int) -> Found:
        """Return at most so many reports from the first on."""
        order = self._start.order
        total = self._count()
        is_capped = total > CAP
        is_ranked = self._has_words and (not is_capped or is_rankable(self._query.words))
        if order in {Order.RELEVANCE, Order.RECENT} and is_ranked:
            reports = self._by_rank(order, most, is_capped=is_capped)
            return Found(reports, order, min(total, CAP), is_capped, RANKED if is_capped else None)
        order = Order.OLDEST if order is Order.OLDEST else Order.NEWEST
        reports = self._by_day(order, most, is_capped=is_capped)
        return Found(reports, order, min(total, CAP), is_capped, None)

    def _count(self) -> int:
        """Return how many reports match, counted up to one more than CAP."""
        inner = _MATCHES if self._match else f"from articles where +id <= :newest and {self._condition}"
        statement = f"select count(*) from (select 1 {inner} limit {CAP + 1})"  # noqa: S608 - ours
        return int(self._connection.execute(statement, self._parameters).fetchone()[0])

    def _by_day(self, order: Order, most: int, *, is_capped: bool) -> tuple[tuple[int, float], ...]:
        direction: days.Direction = "desc" if order is Order.NEWEST else "asc"
        if self._match is None:
            found = days.of_any_words(
                self._connection, direction, self._condition, self._parameters | {"most": most}
            )
        elif is_capped:
            walk = days.Walk(direction, CAP, self._having, functools.partial(self._sorted, direction))
            found = walk.first(most, days.months_there(self._connection, direction))
        else:
            found = self._all_sorted(direction, most)
        return tuple((article, 0.0) for article in found)

    def _having(self, wanted: Sequence[str]) -> list[int]:
        """Return the ids of reports that match and have one of these keys, up to one more than CAP."""
        statement = f"select articles_fts.rowid {_MATCHES} limit {CAP + 1}"
        return [row[0] for row in self._connection.execute(statement, self._parameters | self._with(wanted))]

    def _sorted(self, direction: days.Direction, wanted: Sequence[str], ids: Sequence[int]) -> list[int]:
        """Return these reports by day; if they are more than CAP, those that match and have one of the keys."""
        if len(ids) > CAP:
            return self._all_sorted(direction, _SORTED, self._with(wanted))
        inner = "select value as id from json_each(:ids)"
        statement = f"select articles.id from ({inner}) found {_DAYS_OF} order by {days.BY_DAY.format(direction=direction)}"  # noqa: S608
        return [row[0] for row in self._connection.execute(statement, {"ids": json.dumps(ids)})]

    def _all_sorted(
        self, direction: days.Direction, most: int, more: dict[str, Value] | None = None
    ) -> list[int]:
        inner = f"select articles_fts.rowid as id {_MATCHES} order by articles_fts.rowid desc limit {_SORTED}"
        by_day = days.BY_DAY.format(direction=direction)
        statement = f"select articles.id from ({inner}) found {_DAYS_OF} order by {by_day} limit :most"  # noqa: S608
        parameters = self._parameters | {"most": most} | (more or {})
        return [row[0] for row in self._connection.execute(statement, parameters)]

    def _with(self, wanted: Sequence[str]) -> dict[str, Value]:
        return {"match": f"({self._match} AND {keys.expression(wanted)})"}

    def _by_rank(self, order: Order, most: int, *, is_capped: bool) -> tuple[tuple[int, float], ...]:
        parameters = self._parameters | {
            "most": max(most, _LOOKED_AT),
            "floor": self._floor() if is_capped else 0,
        }
        inner = f"select articles_fts.rowid as id, articles_fts.rank as rank {_MATCHES} and articles_fts.rowid >= :floor"
        if order is Order.RECENT:
            inner = f"select articles.id, rank, {_AGED} as score from ({inner}) found {_DAYS_OF}"  # noqa: S608
        else:
            inner = f"select id, rank, rank as score from ({inner})"  # noqa: S608
        statement = f"{inner} order by score, 1 desc limit :most"
        found = [
            (row[0], float(row[1]), float(row[2])) for row in self._connection.execute(statement, parameters)
        ]
        ranks = {article: rank for article, rank, _ in found}
        scored = [(article, score) for article, _, score in found]
        best = self._exact_first(scored[:_LOOKED_AT])
        return tuple((article, ranks[article]) for article, _ in [*best, *scored[_LOOKED_AT:]][:most])

    def _floor(self) -> int:
        """Return the id of the first report of those that are ranked, where not all are."""
        inner = f"select articles_fts.rowid as id {_MATCHES} order by articles_fts.rowid desc limit {RANKED}"
        return int(self._connection.execute(f"select min(id) from ({inner})", self._parameters).fetchone()[0])  # noqa: S608

    def _exact_first(self, found: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """Give those a better rank that have words just as they were typed; ties go to the newer, then the lower id."""
        typed = sorted({token.lower() for token in typed_words(self._query.words)}, key=len, reverse=True)
        if not typed or not found:
            return found
        words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, typed))})(?!\w)")
        having = self._as_typed([article for article, _ in found])
        texts = {
            row[0]: (f"{row[1]}\n{row[2]}".lower(), row[3] or "")
            for row in self._connection.execute(
                f"select id, title, body, published_at from articles where id in ({', '.join('?' * len(found))})",  # noqa: S608
                [article for article, _ in found],
            )
        }
        scored = []
        for article, rank in found:
            text, published_at = texts[article]
            share = len(set(words.findall(text))) / len(typed)
            worth = (1 + _EXACT * share) * (1 if article in having else _RELATED)
            scored.append((article, rank * worth, published_at))
        scored.sort(key=lambda item: item[0])
        scored.sort(key=lambda item: item[2], reverse=True)
        scored.sort(key=lambda item: round(item[1], 9))
        return [(article, score) for article, score, _ in scored]

    def _as_typed(self, articles: list[int]) -> set[int]:
        """Return which of some reports have the words that were typed, and not only their relatives."""
        if self._typed is None:
            return set(articles)
        rows = self._connection.execute(_HAVING, [json.dumps(articles), self._typed])
        return {row[0] for row in rows}


def is_rankable(node: Node | None) -> bool:
    """Say whether reports can be ranked where more than CAP match: SQLite looks at each report of a phrase or beginning first."""
    if isinstance(node, All | Any):
        return all(map(is_rankable, node.nodes))
    if isinstance(node, Word):
        return not (node.is_phrase or node.is_prefix)
    return not isinstance(node, Near)

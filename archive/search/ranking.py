"""Which reports come first."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from archive.clock import to_text, utc_now
from archive.matching import JOIN, Matching, Value
from archive.search.facets import OF_DAYS
from archive.search.model import CAP, RANKED, Order
from archive.search.pages import Start
from archive.text.query import Query
from archive.text.query.lexing import tokens
from archive.text.query.model import All, Any, Near, Node, Word

# So many of the best are looked at for words in the very form that was typed, which is worth this share of their rank.
_LOOKED_AT = 60
_EXACT = 0.4
# A report of today counts double, one of a month ago half as much more.
_AGED = "{rank} * (1.0 + 1.0 / (1.0 + max(0, coalesce(julianday(:now) - julianday(articles.published_at), 1e6)) / 30.0))"

_MATCHES = """
from articles_fts {join} where articles_fts match :match
    and articles_fts.rowid >= :oldest and articles_fts.rowid <= :newest and {where}"""
_REPORTS = "from articles where id <= :newest and {where}"
_BY_DAY = "articles.published_at is null, articles.published_at {direction}, articles.id {direction}"
# Where there are no words, an index gives the order, so that a million reports aren't sorted for twenty.
_NEWEST = "select id from articles {hint} where id <= :newest and {where} order by published_at desc, id desc limit :most"
_DATED = "select id from articles {hint} where id <= :newest and published_at is not null and {where} order by published_at, id limit :most"
# Where all matches are known by their ids, none of them is looked for again.
_KNOWN = "from json_each(:known) cross join articles on articles.id = json_each.value"
_KNOWN_WORDS = "from articles_fts {join} where articles_fts match :match and +articles_fts.rowid in (select value from json_each(:known))"
_UNDATED = (
    "select id from articles where id <= :newest and published_at is null and {where} order by id limit :most"
)


@dataclass(frozen=True, slots=True)
class Found:
    """ids: of the reports, in their order, as many as were asked for; see `Results` for the rest.

    known: the ids of all that match, as JSON; None where they are too many.
    """

    ids: tuple[int, ...]
    known: str | None
    order: Order
    total: int
    is_capped: bool
    ranked: int | None


class Finder:
    """Finds the reports of one search."""

    def __init__(self, connection: sqlite3.Connection, wanted: Matching, query: Query, start: Start) -> None:
        self._connection = connection
        self._wanted = wanted
        self._query = query
        self._start = start
        self._parameters: dict[str, Value] = wanted.parameters | {
            "match": wanted.match,
            "newest": min(start.newest, wanted.last),
            "oldest": wanted.first,
        }
        self._parameters["now"] = to_text(utc_now())

    def find(self, most: int) -> Found:
        """Return at most so many reports from the first on."""
        order = self._start.order
        if self._wanted.match is None and order in {Order.RELEVANCE, Order.RECENT}:
            order = Order.NEWEST
        matches = self._matches()
        total = len(matches)
        is_capped = total > CAP
        known = None if is_capped else json.dumps(matches)
        self._parameters["known"] = known
        if order in {Order.NEWEST, Order.OLDEST}:
            ids, ranked = self._by_day(order, most, is_capped=is_capped), CAP if is_capped else None
            if self._wanted.match is None:
                ranked = None
        else:
            ids, ranked = self._by_rank(order, most, is_capped=is_capped), RANKED if is_capped else None
        return Found(ids, known, order, min(total, CAP), is_capped, ranked)

    def _matches(self) -> list[int]:
        """Return the ids of the reports that match, at most one more than are counted."""
        name = "articles.id" if self._wanted.match is None else "articles_fts.rowid"
        statement = f"select {name} {self._from()} limit {CAP + 1}"
        return [row[0] for row in self._connection.execute(statement, self._parameters)]

    def _from(self) -> str:
        if self._wanted.match is None:
            return _REPORTS.format(where=self._wanted.where())
        join, where = self._wanted.of_words()
        return _MATCHES.format(join=join, where=where)

    def _ranked_from(self, *, joined: bool) -> str:
        """Return where matches are ranked from; joined: with `articles`."""
        if self._parameters["known"] is not None and self._wanted.condition:
            return _KNOWN_WORDS.format(join=JOIN if joined else "")
        join, where = self._wanted.of_words()
        return _MATCHES.format(join=JOIN if joined else join, where=where)

    def _by_day(self, order: Order, most: int, *, is_capped: bool) -> tuple[int, ...]:
        # an index has the reports of a source, and those of some days, in order
        if self._wanted.match is None and (is_capped or "language" not in self._wanted.condition):
            return self._any_by_day(order, most, is_capped=is_capped)
        direction = "desc" if order is Order.NEWEST else "asc"
        by_day = _BY_DAY.format(direction=direction)
        if not is_capped:
            return self._ids(f"select articles.id {_KNOWN} order by {by_day} limit :most", most)
        # what was archived last was published last, but for what was found late
        inner = f"select articles_fts.rowid as id {self._from()} order by articles_fts.rowid {direction} limit {CAP}"
        statement = f"select articles.id from ({inner}) found join articles on articles.id = found.id order by {by_day} limit :most"  # noqa: S608
        return self._ids(statement, most)

    def _any_by_day(self, order: Order, most: int, *, is_capped: bool) -> tuple[int, ...]:
        """Return reports without words to search for; those without a day come last."""
        where = self._wanted.where()
        hint = OF_DAYS if is_capped and "language" in where else ""
        if order is Order.NEWEST:
            return self._ids(_NEWEST.format(hint=hint, where=where), most)
        dated = self._ids(_DATED.format(hint=hint, where=where), most)
        return dated + self._ids(_UNDATED.format(where=where), most - len(dated))

    def _ids(self, statement: str, most: int) -> tuple[int, ...]:
        rows = self._connection.execute(statement, self._parameters | {"most": most})
        return tuple(row[0] for row in rows)

    def _by_rank(self, order: Order, most: int, *, is_capped: bool) -> tuple[int, ...]:
        parameters = self._parameters | {
            "most": max(most, _LOOKED_AT),
            "floor": self._floor() if is_capped else 0,
        }
        rank = _AGED.format(rank="articles_fts.rank") if order is Order.RECENT else "articles_fts.rank"
        statement = (
            f"select articles_fts.rowid as id, {rank} as score {self._ranked_from(joined=order is Order.RECENT)}"
            " and articles_fts.rowid >= :floor order by score, articles_fts.rowid desc limit :most"
        )
        found = [(row[0], float(row[1])) for row in self._connection.execute(statement, parameters)]
        best = self._exact_first(found[:_LOOKED_AT])
        return tuple(article for article, _ in [*best, *found[_LOOKED_AT:]][:most])

    def _floor(self) -> int:
        """Return the id of the first report of those that are ranked, where not all are."""
        inner = (
            f"select articles_fts.rowid as id {self._from()} order by articles_fts.rowid desc limit {RANKED}"
        )
        return int(self._connection.execute(f"select min(id) from ({inner})", self._parameters).fetchone()[0])  # noqa: S608

    def _exact_first(self, found: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """Give those a better rank that have words just as they were typed; ties go to the newer, then the lower id."""
        typed = sorted({token.lower() for token in _typed(self._query.words)}, key=len, reverse=True)
        if not typed or not found:
            return found
        words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, typed))})(?!\w)")
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
            scored.append((article, rank * (1 + _EXACT * share), published_at))
        scored.sort(key=lambda item: item[0])
        scored.sort(key=lambda item: item[2], reverse=True)
        scored.sort(key=lambda item: round(item[1], 9))
        return [(article, score) for article, score, _ in scored]


def _typed(node: Node | None) -> Iterator[str]:
    """Give the words that are wanted, as they were typed."""
    if isinstance(node, All | Any):
        for each in node.nodes:
            yield from _typed(each)
    elif isinstance(node, Near):
        for word in node.words:
            yield from tokens(word.text)
    elif isinstance(node, Word):
        yield from tokens(node.text)

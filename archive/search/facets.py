"""How the matches of a search are spread over sources, languages, months and days."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass

from archive.matching import Matching

_MOST = 10_000
_WORDS = """
with found as materialized (
    select articles_fts.rowid as id from articles_fts
    where articles_fts match :match and articles_fts.rowid <= :newest
    order by articles_fts.rowid desc limit :most
)"""
# Of any reports, those that were published last are as soon found as those that were archived last.
_ANY = """
with found as materialized (
    select id from articles where +id <= :newest and {condition} order by published_at desc, id desc limit :most
)"""
# From an index that has them, and not from the report's row, behind its text. In three lists rather than in rows, or sorted and
# counted by SQLite: that takes half as long.
_EACH = """
select json_group_array(articles.source_id), json_group_array(coalesce(articles.language, '')),
    json_group_array(coalesce(substr(articles.published_at, 1, 10), ''))
from found cross join articles indexed by articles_facets on articles.id = found.id
"""

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts of reports by source's id and by language, the most first, and by month, the last first; "" is unknown.

    counted: how many reports that is; is_capped: there are more, and these are the ones that were archived last, or published
    last if by_day. days: by day, the first first, without those that have none.
    """

    sources: Counts
    languages: Counts
    months: Counts
    counted: int
    is_capped: bool
    days: Counts = ()
    by_day: bool = False


def count(connection: sqlite3.Connection, wanted: Matching, newest: int) -> Facets:
    """Count what matches; newest: the id of the last report that is looked at."""
    found = _ANY.format(condition=wanted.condition) if wanted.indexed is None else _WORDS
    parameters = wanted.parameters | {"match": wanted.indexed, "newest": newest, "most": _MOST + 1}
    lists = map(json.loads, connection.execute(found + _EACH, parameters).fetchone())
    sources, languages, days = (Counter[str](each) for each in lists)
    counted = sources.total()
    months = Counter[str]()
    for day, reports in days.items():
        months[day[:7]] += reports
    return Facets(
        _most_first(sources), _most_first(languages), tuple(sorted(months.items(), reverse=True)), counted,
        is_capped=counted > _MOST, by_day=wanted.indexed is None,
        days=tuple(sorted(item for item in days.items() if item[0])),
    )  # fmt: skip


def _most_first(counter: Counter[str]) -> Counts:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))

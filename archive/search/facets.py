"""How the matches of a search are spread over sources, languages, months and days."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from archive.matching import Matching

_MOST = 10_000
_WORDS = """
with found as materialized (
    select articles_fts.rowid as id from articles_fts {join}
    where articles_fts match :match and articles_fts.rowid <= :newest and {where}
    order by articles_fts.rowid desc limit :most
)"""
_ANY = "with found as materialized (select id from articles where id <= :newest and {where} order by id desc limit :most)"
_COUNT = """
select articles.source_id, coalesce(articles.language, ''), coalesce(substr(articles.published_at, 1, 10), ''), count(*)
from found join articles on articles.id = found.id group by 1, 2, 3
"""

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts of reports by source's id and by language, the most first, and by month, the last first; "" is unknown.

    days: by day, the first first, without those that have none. counted: how many reports that is; is_capped: there are more, and these are the ones that were archived last.
    """

    sources: Counts
    languages: Counts
    months: Counts
    counted: int
    is_capped: bool
    days: Counts = ()


def count(connection: sqlite3.Connection, wanted: Matching, newest: int) -> Facets:
    """Count what matches; newest: the id of the last report that is looked at."""
    join = "join articles on articles.id = articles_fts.rowid" if wanted.condition else ""
    found = (_ANY if wanted.match is None else _WORDS).format(join=join, where=wanted.where())
    parameters = wanted.parameters | {"match": wanted.match, "newest": newest, "most": _MOST + 1}
    by = (Counter[str](), Counter[str](), Counter[str]())
    counted = 0
    for *keys, reports in connection.execute(found + _COUNT, parameters):
        counted += reports
        for counter, key in zip(by, keys, strict=True):
            counter[key] += reports
    sources, languages, days = by
    months = Counter[str]()
    for day, reports in days.items():
        months[day[:7]] += reports
    return Facets(
        _most_first(sources), _most_first(languages), tuple(sorted(months.items(), reverse=True)), counted,
        is_capped=counted > _MOST, days=tuple(sorted(item for item in days.items() if item[0])),
    )  # fmt: skip


def _most_first(counter: Counter[str]) -> Counts:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))

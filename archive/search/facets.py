"""How the matches of a search are spread over sources, languages, months and days."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from archive.matching import Matching

# SQLite would rather look up every report of a language in that one's index: where they are many, the newest are found
# sooner by day.
OF_DAYS = "indexed by articles_published_at"

_MOST = 10_000
_WORDS = """
with found as materialized (
    select articles_fts.rowid as id from articles_fts {join}
    where articles_fts match :match and articles_fts.rowid >= :oldest and articles_fts.rowid <= :newest and {where}
    order by articles_fts.rowid desc limit :most
)"""
# Without words, those that were published last are found sooner than those that were archived last.
_ANY = """
with found as materialized (
    select id from articles {hint} where id <= :newest and {where} order by published_at desc, id desc limit :most
)"""
_KNOWN = "with found as materialized (select value as id from json_each(:known))"
_COUNT = """
select articles.source_id, coalesce(articles.language, ''), coalesce(substr(articles.published_at, 1, 10), ''), count(*)
from found join articles on articles.id = found.id group by 1, 2, 3
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


def count(connection: sqlite3.Connection, wanted: Matching, newest: int, known: str | None) -> Facets:
    """Count what matches; newest: the id of the last report that is looked at.

    known: the ids of all that match, as JSON; None where they are too many.
    """
    join, where = wanted.of_words()
    if known is not None:
        found = _KNOWN
    elif wanted.match is not None:
        found = _WORDS.format(join=join, where=where)
    else:
        found = _ANY.format(hint=OF_DAYS if "language" in wanted.condition else "", where=wanted.where())
    parameters = wanted.parameters | {"match": wanted.match, "most": _MOST + 1, "known": known}
    parameters |= {"newest": min(newest, wanted.last), "oldest": wanted.first}
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
        is_capped=counted > _MOST, by_day=wanted.match is None, days=tuple(sorted(item for item in days.items() if item[0])),
    )  # fmt: skip


def _most_first(counter: Counter[str]) -> Counts:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))

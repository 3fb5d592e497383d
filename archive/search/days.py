"""Reports by the day of their publication, the newest or the oldest first, without a look at all that match.

The index knows the years and months of reports (`archive.text.keys`): so those that come first are looked for in as few of
them as have enough. What was archived last was not always published last, so that the order of ids would not do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from archive.matching import Value, days_there
from archive.text import keys

Direction = Literal["desc", "asc"]
Count = Callable[[str], int]
_MONTHS = range(1, 13)
# In the order of days, where those of an unknown day come last.
BY_DAY = "articles.published_at is null, articles.published_at {direction}, articles.id {direction}"
_NEWEST = "select id from articles where +id <= :newest and {condition} order by published_at desc, id desc limit :most"
_OLDEST = """
select id from (
    select id from articles where published_at is not null and +id <= :newest and {condition} order by published_at, id limit :most
) union all select id from (
    select id from articles where published_at is null and +id <= :newest and {condition} order by id limit :most
) limit :most
"""


def of_any_words(
    connection: sqlite3.Connection, direction: Direction, condition: str, parameters: Mapping[str, Value]
) -> list[int]:
    """Return the ids of the first `:most` reports up to the id `:newest` for which a condition on `articles` holds."""
    statement = (_NEWEST if direction == "desc" else _OLDEST).format(condition=condition)
    return [row[0] for row in connection.execute(statement, parameters)]


def periods(
    connection: sqlite3.Connection, direction: Direction, most: int, *, count: Count, cap: int
) -> list[str]:
    """Return keys of years and months in which the first `most` reports of a search are.

    count: tells how many of the reports that match have a key. cap: of a year with more, its months are asked for.
    """
    first, last = days_there(connection)
    years = range(first.year, last.year + 1)
    found: list[str] = []
    total = 0
    for key, reports in _filled(
        reversed(years) if direction == "desc" else iter(years), direction, count, cap
    ):
        found.append(key)
        total += reports
        if total >= most:
            return found
    return [*found, keys.UNDATED]


def _filled(years: Iterator[int], direction: Direction, count: Count, cap: int) -> Iterator[tuple[str, int]]:
    """Give the years that have reports, or their months where a year has more than `cap`, and how many each has."""
    for year in years:
        reports = count(keys.of_year(year))
        if reports > cap:
            months = reversed(_MONTHS) if direction == "desc" else iter(_MONTHS)
            each = ((key, count(key)) for key in (keys.of_month(year, month) for month in months))
            yield from ((key, several) for key, several in each if several)
        elif reports:
            yield keys.of_year(year), reports

"""Reports by the day of their publication, the newest or the oldest first, without a look at all that match.

The index knows the months of reports (`archive.text.keys`): so those that come first are looked for month by month, until
there are enough. What was archived last was not always published last, so that the order of ids would not do.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from archive.matching import Value
from archive.text import keys

Direction = Literal["desc", "asc"]
Find = Callable[[Sequence[str]], Sequence[int]]
InOrder = Callable[[Sequence[str], Sequence[int]], list[int]]
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


_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
# A step along the index for each month.
_MONTHS = """
with recursive newest(at) as (
    select max(published_at) from articles
    union all
    select (select max(published_at) from articles where published_at < substr(at, 1, 7)) from newest where at is not null
)
select substr(at, 1, 7) from newest where at is not null
"""


def of_any_words(
    connection: sqlite3.Connection, direction: Direction, condition: str, parameters: Mapping[str, Value]
) -> list[int]:
    """Return the ids of the first `:most` reports up to the id `:newest` for which a condition on `articles` holds."""
    statement = (_NEWEST if direction == "desc" else _OLDEST).format(condition=condition)
    return [row[0] for row in connection.execute(statement, parameters)]


class Walk:
    """The reports of a search that match a great many, from the newest or the oldest day on, as far as is needed.

    find: gives ids of reports that match and have one of some keys, at most one more than `cap`; in_order: sorts reports
    by day, those with the ids (at most `cap`) or, where these are more, those that have one of the keys. For a beginning of
    words each takes the time that all of its reports take, so that they are asked for only once for each stretch of days.
    """

    def __init__(self, direction: Direction, cap: int, find: Find, in_order: InOrder) -> None:
        self._direction = direction
        self._cap = cap
        self._find = find
        self._in_order = in_order

    def first(self, most: int, months: Sequence[str]) -> list[int]:
        """Return the first `most`; months: the keys of all that have a report, in the order of days."""
        found: list[int] = []
        at, several = 0, 1
        while at < len(months):
            for some in self._of(months[at : at + several]):
                found += some
                if len(found) >= most:
                    return found[:most]
            at, several = at + several, 2 * several
        undated = [keys.UNDATED]
        return [*found, *self._in_order(undated, self._find(undated))][:most]

    def _of(self, months: Sequence[str]) -> Iterator[list[int]]:
        """Give the reports of some months in their order: at once, or in halves where they are more than can be sorted."""
        ids = self._find(months)
        if len(ids) <= self._cap or len(months) == 1:
            yield self._in_order(months, ids)
            return
        middle = len(months) // 2
        yield from self._of(months[:middle])
        yield from self._of(months[middle:])


def months_there(connection: sqlite3.Connection, direction: Direction) -> list[str]:
    """Return the keys of the months that have a report, however far one lies from the others by a slip in its date."""
    found = [row[0] for row in connection.execute(_MONTHS)]
    months = [keys.of_month(int(month[:4]), int(month[5:])) for month in found if _MONTH.fullmatch(month)]
    return months if direction == "desc" else months[::-1]

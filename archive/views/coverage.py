"""What is known of a source's URLs day by day: archived, failed and why, left out and why, not tried yet.

A URL belongs to the day on which its report was published: as a feed, sitemap or the page itself gave it; else as
its address says, where that has a plain date; else, for want of better, to the day on which we first saw it.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Literal, NamedTuple

from archive.clock import day_end, day_start
from archive.errors import InvalidInput
from archive.filters import require_source
from archive.views.outcomes import READ_SOMETHING, short_reason

By = Literal["day", "month"]

# Up to two months are shown day by day, unless asked otherwise.
_MOST_DAYS = 62
# Before the first news sites, a date is a mistake of a feed.
_FIRST_DAY = date(1993, 1, 1)
_DATE = re.compile(r"(?a:(?<!\d)((?:19|20)\d\d)([/_-])(\d\d?)\2(\d\d?)(?!\d))")
_ONE_DAY = timedelta(days=1)

# Whatever became of the address since, a report whose text we have is archived. Those that are stored and dated, nearly all,
# are counted in the index `leads_source_id`; SQLite would ask for the date of an address twice if its row were not kept.
_LEADS = """
with others as materialized (
    select
        coalesce(published_hint, (select published_at from articles where url_key = leads.url_key), date_in_address(url)) as dated,
        first_seen_at,
        case when state = 'stored' or exists (select 1 from articles where url_key = leads.url_key) then 'archived'
            when state = 'failed' or (state = 'waiting' and attempts > 0) then 'failed'
            when state = 'waiting' then 'waiting' else 'skipped' end as kind,
        outcome,
        last_error
    from leads where source_id = :source and (state <> 'stored' or published_hint is null)
)
select substr(coalesce(dated, first_seen_at), 1, 10) as day, dated is null as is_by_first_seen, kind,
    case when kind in ('failed', 'skipped') then outcome end, case when kind in ('failed', 'skipped') then last_error end,
    count(*) as urls
from others group by 1, 2, 3, 4, 5
union all
select substr(published_hint, 1, 10), 0, 'archived', null, null, count(*)
from leads where source_id = :source and state = 'stored' and published_hint is not null group by 1
"""
_CRAWLED = f"""
select distinct substr(started_at, 1, 10) from runs
where source_id = :source and started_at >= :since and started_at < :until and kind = 'crawl' and {READ_SOMETHING}
"""  # noqa: S608 - our own condition


class _Group(NamedTuple):
    """URLs of one day that have had the same fate."""

    day: str
    is_by_first_seen: int
    kind: str
    reason: str
    urls: int


@dataclass(slots=True)
class _Tally:
    known: int = 0
    archived: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    by_first_seen: int = 0

    def add(self, group: _Group) -> None:
        self.known += group.urls
        self.by_first_seen += group.urls if group.is_by_first_seen else 0
        if group.kind == "archived":
            self.archived += group.urls
        elif group.kind == "waiting":
            self.waiting += group.urls
        else:
            reasons = self.failed if group.kind == "failed" else self.skipped
            reasons[group.reason] += group.urls


@dataclass(frozen=True, slots=True)
class Period:
    """A day (YYYY-MM-DD) or a month (YYYY-MM), or all of them together (period is "total").

    known = archived + failed + skipped + waiting; failed and skipped are counts by reason, the most frequent first;
    waiting has not been tried. by_first_seen: how many of the known have no other date than when we first saw
    them. days: how many days it has (of those asked for), and crawled: on how many of them a run read the source.
    """

    period: str
    known: int
    archived: int
    failed: Mapping[str, int]
    skipped: Mapping[str, int]
    waiting: int
    by_first_seen: int
    days: int
    crawled: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The periods from `since` to `until`, both included, none left out; and how many URLs are dated outside them."""

    source_id: str
    by: By
    since: date
    until: date
    periods: tuple[Period, ...]
    total: Period
    earlier: int
    later: int


def coverage(
    connection: sqlite3.Connection,
    source: str,
    *,
    today: date,
    since: date | None = None,
    until: date | None = None,
    by: By | None = None,
) -> Coverage:
    """Return what is known of a source's URLs, period by period.

    connection: from `archive.open`. since, until: UTC days, both included; without them, from the first day of
    which a URL is known to `today`, which `until` can't exceed. by: without it, by day up to two months, else by month. Raises NotFound for a
    source that the archive doesn't have, and InvalidInput where `since` is after `until`.
    """
    require_source(connection, source)
    groups = _groups(connection, source)
    if since and until and since > until:
        raise InvalidInput(f"since {since} is after until {until}")
    end = max(min(until or today, today), since or _FIRST_DAY)  # of days to come nothing can be said
    start = since or min((day for group in groups if (day := _as_day(group.day)) and day <= end), default=end)
    unit: By = by or ("day" if (end - start).days < _MOST_DAYS else "month")
    inside = [group for group in groups if start.isoformat() <= group.day <= end.isoformat()]
    periods = _tallied(inside, start, end, unit, _crawled_days(connection, source, start, end))
    return Coverage(
        source_id=source,
        by=unit,
        since=start,
        until=end,
        periods=periods[:-1],
        total=periods[-1],
        earlier=sum(group.urls for group in groups if group.day < start.isoformat()),
        later=sum(group.urls for group in groups if group.day > end.isoformat()),
    )


def _groups(connection: sqlite3.Connection, source: str) -> list[_Group]:
    connection.create_function("date_in_address", 1, date_in_address, deterministic=True)
    reason = cache(short_reason)
    return [
        _Group(day, is_by_first_seen, kind, reason(outcome, error), urls)
        for day, is_by_first_seen, kind, outcome, error, urls in connection.execute(
            _LEADS, {"source": source}
        )
    ]


def _tallied(
    groups: Sequence[_Group], since: date, until: date, by: By, crawled: Sequence[str]
) -> tuple[Period, ...]:
    """Return a period for each day or month, in order, and the total."""
    days = Counter(_period(day.isoformat(), by) for day in _days(since, until))
    tallies, total = {period: _Tally() for period in days}, _Tally()
    for group in groups:
        tallies[_period(group.day, by)].add(group)
        total.add(group)
    looked = Counter(_period(day, by) for day in crawled)
    made = [_made(name, tally, days[name], looked[name]) for name, tally in tallies.items()]
    return (*made, _made("total", total, days.total(), looked.total()))


def parse_span(text: str, option: str) -> tuple[date, date]:
    """Return the first and the last day of what a user wrote as YYYY, YYYY-MM or YYYY-MM-DD.

    `option` names where it was given, for the sentence of the InvalidInput that anything else raises.
    """
    try:
        if re.fullmatch(r"(?a:\d{4})", text):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if re.fullmatch(r"(?a:\d{4}-\d\d)", text):
            first = date.fromisoformat(f"{text}-01")
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return first, following - _ONE_DAY
        if re.fullmatch(r"(?a:\d{4}-\d\d-\d\d)", text):
            return date.fromisoformat(text), date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{option}={text!r} is not a day, month or year: write 2026-01-24, 2026-01 or 2026")


def date_in_address(url: str) -> str | None:
    """Return the date in an address such as /2026/01/24/… or /2026-01-24-…, as YYYY-MM-DD; None if it has none."""
    match = _DATE.search(url)
    if match is None:
        return None
    try:
        found = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
    return found.isoformat() if found >= _FIRST_DAY else None


def _crawled_days(connection: sqlite3.Connection, source: str, since: date, until: date) -> list[str]:
    values = {"source": source, "since": day_start(since), "until": day_end(until)}
    return [row[0] for row in connection.execute(_CRAWLED, values)]


def _as_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _days(since: date, until: date) -> Iterator[date]:
    for number in range((until - since).days + 1):
        yield since + number * _ONE_DAY


def _period(day: str, by: By) -> str:
    return day if by == "day" else day[:7]


def _made(name: str, tally: _Tally, days: int, crawled: int) -> Period:
    return Period(
        period=name,
        known=tally.known,
        archived=tally.archived,
        failed=dict(tally.failed.most_common()),
        skipped=dict(tally.skipped.most_common()),
        waiting=tally.waiting,
        by_first_seen=tally.by_first_seen,
        days=days,
        crawled=crawled,
    )

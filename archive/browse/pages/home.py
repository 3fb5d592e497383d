"""The state of an archive in one look. All that is read here is cheap at a million reports: no table is counted through."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from archive.browse.charts import Timeline, Unit, stacked
from archive.browse.compat import Response, front_page
from archive.browse.web import Asked, archives, page
from archive.clock import Clock, day_end, day_start, to_text, utc_now
from archive.views.gone import Lost, in_words, newest_lost

_DAYS = 60
_SERIES = 6  # conflicts that have a colour of their own; the others share one
_SOURCES = 12
_COUNTED = 20_000  # rows that are counted on a visit; of more, the last id says about how many there are
_QUIET = timedelta(days=14)

_NEWEST = """
select articles.id, articles.title, articles.language, articles.published_at, articles.published_at_precision,
    articles.source_id, articles.state, sources.name as source_name
from articles join sources on sources.id = articles.source_id
where articles.published_at <= :now order by articles.published_at desc, articles.id desc limit 12
"""
_EDITS = """
select changes.article_id as id, changes.seen_at, changes.summary, changes.number, articles.title, articles.language,
    sources.name as source_name
from changes indexed by changes_substantive
join articles on articles.id = changes.article_id
join sources on sources.id = changes.source_id
where changes.is_substantive = 1 order by changes.seen_at desc limit 8
"""
# The index of articles by source and day has all of it.
_BY_DAY = """
select sources.conflict, substr(articles.published_at, 1, 10) as day, count(*) as reports
from sources cross join articles indexed by articles_source_id on articles.source_id = sources.id
where articles.published_at >= :since and articles.published_at < :until
group by sources.id, day
"""
_LAST_DAY = "select max(published_at) from articles where published_at <= :now"
_HEARD = """
select sources.id, sources.name, sources.conflict, sources.paused_until, sources.pause_reason,
    (select max(published_at) from articles where source_id = sources.id and published_at <= :now) as last_published_at,
    runs.started_at, runs.finished_at, runs.finish_reason, runs.stored, runs.failed, runs.blocked
from sources left join runs on runs.id =
    (select id from runs as last where last.source_id = sources.id and last.kind <> 'import' order by started_at desc, id desc limit 1)
order by sources.name, sources.id
"""
_TABLES = (("articles", "report"), ("sources", "source"), ("captures", "capture"), ("changes", "edit"))
_FINISHED = frozenset({"finished", "shutdown"})


@dataclass(frozen=True)
class Count:
    """A number of rows of a table; of many, about how many."""

    label: str
    number: int
    is_exact: bool


@dataclass(frozen=True)
class Heard:
    """When a source was last heard of. trouble: how bad that is, 0 for none; words: what is to be said of it."""

    id: str
    name: str
    last_published_at: str | None
    last_crawl_at: str | None
    trouble: int
    words: str


async def front(request: Any, datasette: Any) -> Any:
    """Show the archive where it is all that is opened, else Datasette's own list of databases."""
    files = [name for name, database in datasette.databases.items() if not database.is_memory]
    if list(archives(datasette)) == files and len(files) == 1:
        return await home(request, datasette)
    return await front_page(datasette, request)


@page("articles", "sources", "runs", "changes", "article_states", "captures")
async def home(asked: Asked) -> Response:
    """Show the archive's home."""
    return await asked.answer(
        "archive_home.html", await asked.read(lambda conn: overview(conn, lambda: asked.as_of(utc_now())))
    )


def overview(connection: sqlite3.Connection, clock: Clock = utc_now) -> dict[str, Any]:
    """Return what the home page shows."""
    now = to_text(clock())
    sources = sorted(heard(connection, clock), key=lambda each: -each.trouble)
    chart, conflicts = reports_by_day(connection, now)
    return {
        "counts": list(_counts(connection)),
        "newest": _rows(connection, _NEWEST, now),
        "edits": _rows(connection, _EDITS, now),
        "lost": [_lost(each) for each in newest_lost(connection, 8)],
        "sources": sources[:_SOURCES],
        "more_sources": max(0, len(sources) - _SOURCES),
        "troubled": sum(each.trouble > 0 for each in sources),
        "chart": chart,
        "conflicts": conflicts,
        "today": now[:10],
    }


def reports_by_day(connection: sqlite3.Connection, now: str) -> tuple[Timeline | None, list[str]]:
    """Return the reports of the last sixty days that have any, by conflict, with the conflicts' names; the fullest first."""
    newest = connection.execute(_LAST_DAY, {"now": now}).fetchone()[0]
    try:
        last = date.fromisoformat(str(newest)[:10])
        first = last - timedelta(days=_DAYS - 1)
    except (ValueError, OverflowError):
        return None, []
    days = {"since": day_start(first), "until": day_end(last)}
    rows = [tuple(row) for row in connection.execute(_BY_DAY, days)]
    totals = Counter[str]()
    for conflict, _, reports in rows:
        totals[conflict or "not said"] += reports
    names = [name for name, _ in totals.most_common(_SERIES)]
    if len(totals) > _SERIES:
        names.append("others")
    counts: dict[date, list[int]] = {}
    for conflict, day, reports in rows:
        name = conflict or "not said"
        at = names.index(name) if name in names[:_SERIES] else len(names) - 1
        counts.setdefault(date.fromisoformat(day), [0] * len(names))[at] += reports
    return stacked(counts, len(names), Unit.DAY, (first, last)), names


def heard(connection: sqlite3.Connection, clock: Clock = utc_now) -> Iterator[Heard]:
    """Give each source with its last report and how its last crawl went.

    This is no verdict of `archive.health`, which looks at every lead.
    """
    now = clock()
    for row in connection.execute(_HEARD, {"now": to_text(now)}):
        trouble, words = _words(row, to_text(now), to_text(now - _QUIET))
        yield Heard(row["id"], row["name"], row["last_published_at"], row["started_at"], trouble, words)


def _words(row: Mapping[str, Any], now: str, long_ago: str) -> tuple[int, str]:
    """Return how bad it is, and what is to be said of a source."""
    if (row["paused_until"] or "") > now:
        why = row["pause_reason"] or "no reason kept"
        return 4, f"refuses us ({why}); let alone until {row['paused_until'][:10]}"
    if row["started_at"] is None:
        return (1, "never crawled") if row["last_published_at"] is None else (0, "imported, never crawled")
    if row["finished_at"] is None:
        is_old = row["started_at"] < long_ago
        return (3, "its last crawl did not end") if is_old else (0, "being crawled, or cut off")
    return _after_crawl(row, long_ago)


def _after_crawl(row: Mapping[str, Any], long_ago: str) -> tuple[int, str]:
    if row["finish_reason"] not in _FINISHED:
        return 3, f"its last crawl ended early: {row['finish_reason'] or 'no reason kept'}"
    if row["started_at"] < long_ago:
        return 2, "not crawled for two weeks"
    if (row["last_published_at"] or "") < long_ago:
        return 2, "no report of the last two weeks"
    counts = (("stored", "new"), ("failed", "failed"), ("blocked", "refused"))
    found = [f"{row[name]:,} {word}" for name, word in counts if row[name]]
    return 0, f"last crawl: {', '.join(found) or 'nothing new'}"


def _counts(connection: sqlite3.Connection) -> Iterator[Count]:
    """Count rows of our own tables, of many as far as that is cheap."""
    for table, noun in _TABLES:
        number = _number(connection, f"select count(*) from (select 1 from {table} limit {_COUNTED + 1})")  # noqa: S608
        is_exact = number <= _COUNTED
        if not is_exact:
            number = _number(connection, f"select max(rowid) from {table}")  # noqa: S608
        yield Count(noun if number == 1 else f"{noun}s", number, is_exact)


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def _rows(connection: sqlite3.Connection, statement: str, now: str) -> Sequence[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(statement, {"now": now})]


def _lost(each: Lost) -> dict[str, Any]:
    return {
        "id": each.article_id, "title": each.title, "source_name": each.source_name, "state": each.state,
        "since": each.since, "how": in_words(each.how),
    }  # fmt: skip

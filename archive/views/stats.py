"""What an archive holds, in numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.models import LeadState, Outcome
from archive.tables.published import Publication, publication

_TOTALS = """
select (select count(*) from articles) as articles, (select count(*) from sources) as sources,
    (select count(*) from captures) as captures, (select count(*) from revisions) as revisions,
    (select count(*) from runs) as runs, (select count(*) from leads) as leads,
    (select min(published_at) from articles) as first_published_at,
    (select max(published_at) from articles) as last_published_at,
    (select count(*) from articles where published_at is null) as articles_without_date
"""
_SOURCES = """
select sources.id, sources.name, count(articles.id) as articles, min(articles.published_at) as first_published_at,
    max(articles.published_at) as last_published_at, max(articles.last_seen_at) as last_seen_at
from sources left join articles on articles.source_id = sources.id
group by sources.id order by count(articles.id) desc, sources.id
"""
_LANGUAGES = (
    "select coalesce(language, ''), count(*) from articles group by language order by count(*) desc, language"
)
_STATES = "select state, count(*) from articles group by state order by count(*) desc, state"
_ORIGINS = "select origin, count(*) from articles group by origin order by count(*) desc, origin"
_LEADS = "select state, count(*) from leads group by state"
_LAST_RUNS = """
select * from runs where id in (select max(id) from runs where kind <> 'import' group by source_id) order by source_id
"""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of an archive.

    totals: rows by table, the range of publication dates, the reports without a date. sources: one row each,
    the fullest first. languages (the key "" is a report whose language isn't known), states, origins and
    leads: counts by name. last_runs: the latest run of each source, with what became of each lead that it
    found in `outcomes`. bytes: size of the file, with what is still in its write-ahead log. publication: what a published
    copy says of itself; None for an archive.
    """

    totals: Mapping[str, int | str | None]
    sources: tuple[Mapping[str, object], ...]
    languages: Mapping[str, int]
    states: Mapping[str, int]
    origins: Mapping[str, int]
    leads: Mapping[str, int]
    last_runs: tuple[Mapping[str, object], ...]
    bytes: int
    publication: Publication | None = None


def stats(connection: sqlite3.Connection, path: Path) -> Stats:
    """Return the counts of the archive at `path`, to which `connection` (from `archive.open`) is open."""
    leads = dict.fromkeys((state.value for state in LeadState), 0)
    return Stats(
        totals=dict(connection.execute(_TOTALS).fetchone()),
        sources=tuple(map(dict, connection.execute(_SOURCES))),
        languages=_counts(connection, _LANGUAGES),
        states=_counts(connection, _STATES),
        origins=_counts(connection, _ORIGINS),
        leads=leads | _counts(connection, _LEADS),
        last_runs=tuple(map(_run, connection.execute(_LAST_RUNS))),
        bytes=_size(path) + _size(path.with_name(path.name + "-wal")),
        publication=publication(connection),
    )


def _counts(connection: sqlite3.Connection, query: str) -> dict[str, int]:
    return dict(tuple(row) for row in connection.execute(query))


def _run(row: sqlite3.Row) -> dict[str, object]:
    columns = (
        "source_id",
        "started_at",
        "finished_at",
        "finish_reason",
        "version",
        "found",
        "refused",
        "requests",
    )
    return {column: row[column] for column in columns} | {
        "outcomes": {outcome.value: row[outcome.value] for outcome in Outcome}
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # the log goes away when the last writer closes
        return 0

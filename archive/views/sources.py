"""The catalogue of sources as an archive has it, with the little of each one's health that is cheap to know."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.clock import from_text, to_text
from archive.filters import require_source

# More failures of one source are not counted in a list of all sources.
MOST_COUNTED = 1_000
# A crawler that was at work a week ago may still be; one that was not is forgotten.
_FORGOTTEN_AFTER = timedelta(days=7)
_ENDED_WELL = frozenset({"finished", "shutdown"})

# Each of these is a step or two along an index, however many reports there are.
_CATALOGUE = """
select sources.*,
    (select max(published_at) from articles where source_id = sources.id and published_at <= :now) as last_report_at,
    runs.started_at as last_run_at, runs.finished_at as last_run_finished_at, runs.finish_reason as last_run_ended,
    (select count(*) from endpoints where source_id = sources.id) as endpoints,
    (select count(*) from endpoints where source_id = sources.id and failures > 0) as endpoints_failing,
    (select count(*) from (select 1 from leads where source_id = sources.id and state = 'failed' limit :most + 1)) as failed,
    exists (select 1 from articles where source_id = sources.id) as has_reports
from sources left join runs on runs.id =
    (select id from runs where source_id = sources.id and kind <> 'import' order by started_at desc, id desc limit 1)
where (:source is null or sources.id = :source) and (:conflict is null or sources.conflict = :conflict)
    and (:kind is null or sources.kind = :kind)
    and (:language is null or instr(',' || replace(sources.languages, ' ', '') || ',', ',' || :language || ','))
order by sources.name collate nocase, sources.id
"""
_RUNS = """
select id, started_at, finished_at, finish_reason, kind, version, found, stored, changed, failed, blocked, requests
from runs where source_id = ? order by started_at desc, id desc limit ?
"""
_ENDPOINTS = """
select url, kind, status, outcome, failures, last_checked_at, last_read_at, last_new_at, last_error
from endpoints where source_id = ? order by failures > 0 desc, last_new_at desc, id limit ?
"""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source of the catalogue. Times are the archive's text; languages: codes.

    state: one word for how it is ("good", "poor" or "bad"), words: the phrase for it, by what is cheap to know:
    `archive.health` says more, and why. failed: pages given up, counted up to one more than MOST_COUNTED.
    """

    id: str
    name: str
    homepage: str
    conflict: str | None
    country: str | None
    kind: str | None
    languages: tuple[str, ...]
    last_report_at: str | None
    last_run_at: str | None
    last_run_ended: str
    endpoints: int
    endpoints_failing: int
    failed: int
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the catalogue can be limited by, and how many sources each has: (value, sources), by value."""

    conflicts: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `runs`, with the counts that a list shows."""

    id: int
    started_at: str
    finished_at: str | None
    finish_reason: str | None
    kind: str
    version: str
    found: int
    stored: int
    changed: int
    failed: int
    blocked: int
    requests: int

    @property
    def ended(self) -> str:
        """Return how it ended, for people."""
        return _ended(self.started_at, self.finished_at, self.finish_reason)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A feed, sitemap or listing, and how its last look ended."""

    url: str
    kind: str
    status: int | None
    outcome: str | None
    failures: int
    last_checked_at: str | None
    last_read_at: str | None
    last_new_at: str | None
    last_error: str | None


def catalogue(
    connection: sqlite3.Connection,
    now: datetime,
    *,
    conflict: str | None = None,
    kind: str | None = None,
    language: str | None = None,
    source: str | None = None,
) -> list[SourceLine]:
    """Return the sources by name, those that the limits leave; None does not limit.

    now: aware; reports that claim to be of later are left out.
    """
    values = {
        "now": to_text(now), "most": MOST_COUNTED, "conflict": conflict, "kind": kind, "language": language, "source": source,
    }  # fmt: skip
    return [_line(row, now) for row in connection.execute(_CATALOGUE, values)]


def line(connection: sqlite3.Connection, source: str, now: datetime) -> SourceLine:
    """Return one source as `catalogue` has it; raises NotFound for one that the archive doesn't have."""
    require_source(connection, source)
    return catalogue(connection, now, source=source)[0]


def choices(connection: sqlite3.Connection) -> Choices:
    """Return what the sources of the archive can be told apart by."""
    rows = connection.execute("select conflict, kind, languages from sources").fetchall()
    return Choices(
        conflicts=_counted(row[0] for row in rows),
        kinds=_counted(row[1] for row in rows),
        languages=_counted(code for row in rows for code in _codes(row[2])),
    )


def runs(connection: sqlite3.Connection, source: str, most: int) -> list[Run]:
    """Return at most so many of a source's runs, the last first."""
    return [Run(*row) for row in connection.execute(_RUNS, [source, most])]


def endpoints(connection: sqlite3.Connection, source: str, most: int) -> list[Endpoint]:
    """Return at most so many of a source's endpoints: those that fail first, then those that gave something last."""
    return [Endpoint(*row) for row in connection.execute(_ENDPOINTS, [source, most])]


def _line(row: sqlite3.Row, now: datetime) -> SourceLine:
    state, words = _state(row, now)
    return SourceLine(
        id=row["id"],
        name=row["name"],
        homepage=row["homepage"],
        conflict=row["conflict"],
        country=row["country"],
        kind=row["kind"],
        languages=_codes(row["languages"]),
        last_report_at=row["last_report_at"],
        last_run_at=row["last_run_at"],
        last_run_ended=_ended(row["last_run_at"], row["last_run_finished_at"], row["last_run_ended"]),
        endpoints=row["endpoints"],
        endpoints_failing=row["endpoints_failing"],
        failed=row["failed"],
        state=state,
        words=words,
    )


def _state(row: sqlite3.Row, now: datetime) -> tuple[str, str]:
    """Return the word and the phrase for how a source is; what is worst is said."""
    last_run = row["last_run_at"]
    if refusal := _refusal(row, now):
        return "bad", refusal
    if last_run is None:
        return ("good", "imported, not crawled") if row["has_reports"] else ("poor", "never crawled")
    return _reach(row, last_run, now)


def _reach(row: sqlite3.Row, last_run: str, now: datetime) -> tuple[str, str]:
    ended = row["last_run_ended"]
    if now - from_text(last_run) > _FORGOTTEN_AFTER:
        return "poor", f"not crawled for {(now - from_text(last_run)).days} days"
    if row["endpoints"] and row["endpoints_failing"] == row["endpoints"]:
        return "bad", "nothing of it can be read"
    if ended is not None and ended not in _ENDED_WELL:
        return "poor", f"the last run ended early: {ended}"
    if row["endpoints_failing"]:
        return "poor", f"{row['endpoints_failing']} of {row['endpoints']} feeds and lists can’t be read"
    return "good", "crawled"


def _refusal(row: sqlite3.Row, now: datetime) -> str | None:
    if row["paused_until"] and row["paused_until"] > to_text(now):
        return f"refuses us, paused until {row['paused_until'][:10]}"
    if row["pauses"]:
        return "refused us, and has not answered since"
    return "refused the last run" if row["last_run_ended"] == "blocked" else None


def _ended(started_at: str | None, finished_at: str | None, reason: str | None) -> str:
    if started_at is None:
        return "never"
    return reason or ("finished" if finished_at else "running, or killed")


def _codes(languages: str | None) -> tuple[str, ...]:
    return tuple(code.strip() for code in (languages or "").split(",") if code.strip())


def _counted(values: Iterator[str | None] | Sequence[str | None]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for value in values:
        if value:
            found[value] = found.get(value, 0) + 1
    return tuple(sorted(found.items()))

"""What the archive knows of a source's health: SQL in, frozen records out."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.clock import to_text
from archive.health.rhythm import Seen
from archive.views.outcomes import READ_SOMETHING

# Nine weeks, eight to learn from and the present one, and a day to begin before them.
_WINDOW = timedelta(days=64)
# A source that publishes once a month is known by its last twenty reports.
_FEWEST_REPORTS = 20
_LONGEST_WINDOW = timedelta(days=365)
_MOST_RUNS = 3000  # nine weeks, one each half hour
_NEWEST_REPORTS = 10
_WEEK = timedelta(days=7)

# When a report appeared: never after we saw it, whatever it says; one of which only the day is known, at the end
# of that day, or earlier if we saw it then.
_MOMENT = """
case when published_at is null then first_seen_at
    when published_at_precision = 'day'
        then min(first_seen_at, strftime('%Y-%m-%dT%H:%M:%SZ', published_at, '+1 day'))
    else min(published_at, first_seen_at) end
"""
_COLUMNS = f"{_MOMENT} as moment, first_seen_at, word_count"
# What was imported says nothing of what the site publishes. Both halves use the index on the two columns.
_REPORTS = f"""
select moment, first_seen_at, word_count from (
    select {_COLUMNS} from articles where source_id = :source and origin = 'crawl'
        and published_at >= :day_before and first_seen_at >= :since
    union all
    select {_COLUMNS} from articles where source_id = :source and origin = 'crawl'
        and published_at is null and first_seen_at >= :since
) where moment >= :since and first_seen_at <= :now order by moment
"""  # noqa: S608 - our own column names
_LAST_MOMENT = f"""
select max({_MOMENT}) from articles where source_id = :source and origin = 'crawl' and first_seen_at <= :now
"""  # noqa: S608 - our own column names
_RUNS = f"""
select started_at, finished_at, finish_reason, kind, found, requests,
    stored + changed + duplicate as reports, not_an_article, {READ_SOMETHING} as read_something
from runs where source_id = ? and started_at <= ? and kind <> 'import' order by started_at desc, id desc limit {_MOST_RUNS}
"""  # noqa: S608 - our own column names
_ENDPOINTS = """
select url, kind, outcome, failures, last_checked_at, last_read_at, last_new_at, last_error
from endpoints where source_id = ? and last_checked_at <= ? order by id
"""
# What is stored needs no more than the index has.
_LEADS = """
select state, case when state <> 'stored' then outcome end, first_seen_at > :last_found as is_fresh, count(*) from leads
where source_id = :source and first_seen_at >= :since and first_seen_at <= :now group by 1, 2, 3
"""
_TRIED = frozenset(
    {"stored", "changed", "unchanged", "duplicate", "not_an_article", "robots", "blocked", "gone", "failed"}
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run. read_something: it read at least one endpoint.

    pages: how many pages were extracted, and reports: how many of them were one. What was looked at again and had
    not changed is in neither: much of it was not even sent, which would hide that the new pages are lost.
    """

    started_at: datetime
    finished_at: datetime | None
    finish_reason: str | None
    kind: str
    found: int
    requests: int
    reports: int
    pages: int
    read_something: bool


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """A feed, sitemap or listing, as its row has it. outcome: None if an earlier version looked at it last."""

    url: str
    kind: str
    outcome: str | None
    failures: int
    last_checked_at: datetime
    last_read_at: datetime | None
    last_new_at: datetime | None
    last_error: str | None

    @property
    def is_read(self) -> bool:
        """Tell whether the last look could read it."""
        return self.outcome in {"read", "not_modified"} or (self.outcome is None and not self.failures)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the URLs that were found in a time, each once. tried: those that have an outcome."""

    tried: int
    outcomes: Mapping[str, int]

    def share(self, *outcomes: str) -> float | None:
        """Return which part of what was tried ended so; None if nothing was tried."""
        return sum(self.outcomes.get(outcome, 0) for outcome in outcomes) / self.tried if self.tried else None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """All that the verdict on a source hangs on.

    runs: the newest first. reports: by moment, of the weeks up to the last one. lately: what became of the URLs
    found in the last week (or since the tenth newest report, if that is longer); fresh: since the last report
    was found. imported: how many reports of it were imported, if it was never crawled.
    """

    source_id: str
    name: str
    paused_until: datetime | None
    pause_reason: str | None
    pauses: int
    runs: tuple[RunFacts, ...]
    endpoints: tuple[EndpointFacts, ...]
    reports: tuple[Seen, ...]
    lately: Fate
    fresh: Fate
    imported: int

    @property
    def last_success_at(self) -> datetime | None:
        """Return when a feed, sitemap or listing of it was last read, other than for a backfill."""
        read = [run.started_at for run in self.runs if run.read_something and run.kind == "crawl"]
        looks = [endpoint.last_read_at for endpoint in self.endpoints if endpoint.last_read_at]
        # of a run that was killed, only its endpoints know
        return max([*read, *filter(self._is_of_a_crawl, looks)], default=None)

    def _is_of_a_crawl(self, look: datetime) -> bool:
        run = next((run for run in self.runs if run.started_at <= look), None)
        return run is None or run.kind == "crawl"


def gather(connection: sqlite3.Connection, source_id: str, now: datetime) -> SourceFacts:
    """Return what is known of a source at `now`; its row must exist."""
    source = connection.execute(
        "select name, paused_until, pause_reason, pauses from sources where id = ?", [source_id]
    ).fetchone()
    endpoints = tuple(_endpoint(row) for row in connection.execute(_ENDPOINTS, [source_id, to_text(now)]))
    reports = _reports(connection, source_id, now)
    lately, fresh = _fates(connection, source_id, reports, now)
    runs = tuple(_run(row) for row in connection.execute(_RUNS, [source_id, to_text(now)]))
    return SourceFacts(
        source_id=source_id,
        name=source["name"],
        paused_until=_moment(source["paused_until"]),
        pause_reason=source["pause_reason"],
        pauses=source["pauses"],
        runs=runs,
        endpoints=endpoints,
        reports=reports,
        lately=lately,
        fresh=fresh,
        imported=0 if runs else _count_imported(connection, source_id),
    )


def _count_imported(connection: sqlite3.Connection, source_id: str) -> int:
    (count,) = connection.execute(
        "select count(*) from articles where source_id = ? and origin = 'import'", [source_id]
    ).fetchone()
    return int(count)


def _reports(connection: sqlite3.Connection, source_id: str, now: datetime) -> tuple[Seen, ...]:
    """Return the reports of the window that ends with the last one, or the last twenty of a year."""
    found = _since(connection, source_id, now - _WINDOW, now)
    if not found or found[-1].moment < now - _WEEK:
        values = {"source": source_id, "now": to_text(now)}
        (last,) = connection.execute(_LAST_MOMENT, values).fetchone()
        if last is None:
            return ()
        found = _since(connection, source_id, _instant(last) - _WINDOW, now)
    if len(found) < _FEWEST_REPORTS:
        longer = _since(connection, source_id, found[-1].moment - _LONGEST_WINDOW, now)
        return tuple(longer[-_FEWEST_REPORTS:])
    return tuple(found)


def _since(connection: sqlite3.Connection, source_id: str, since: datetime, now: datetime) -> list[Seen]:
    values = {
        "source": source_id,
        "since": to_text(since),
        "day_before": to_text(since - timedelta(days=1)),
        "now": to_text(now),
    }
    return [Seen(_instant(row[0]), _instant(row[1]), row[2]) for row in connection.execute(_REPORTS, values)]


def _fates(
    connection: sqlite3.Connection, source_id: str, reports: tuple[Seen, ...], now: datetime
) -> tuple[Fate, Fate]:
    """Return what became of the URLs found lately, and of those found since the last report was."""
    by_find = sorted(report.first_seen_at for report in reports)
    last_found = by_find[-1] if by_find else now - _WEEK
    since = min([now - _WEEK, last_found, *by_find[-_NEWEST_REPORTS:][:1]])
    values = {
        "source": source_id,
        "last_found": to_text(last_found),
        "since": to_text(since),
        "now": to_text(now),
    }
    lately: Counter[str] = Counter()
    fresh: Counter[str] = Counter()
    for state, outcome, is_fresh, count in connection.execute(_LEADS, values):
        word = "stored" if state == "stored" else outcome or "waiting"
        lately[word] += count
        fresh[word] += count if is_fresh else 0
    return _fate(lately), _fate(fresh)


def _fate(outcomes: Counter[str]) -> Fate:
    return Fate(sum(count for outcome, count in outcomes.items() if outcome in _TRIED), +outcomes)


def _run(row: sqlite3.Row) -> RunFacts:
    return RunFacts(
        started_at=_instant(row["started_at"]),
        finished_at=_moment(row["finished_at"]),
        finish_reason=row["finish_reason"],
        kind=row["kind"],
        found=row["found"],
        requests=row["requests"],
        reports=row["reports"],
        pages=row["reports"] + row["not_an_article"],
        read_something=bool(row["read_something"]),
    )


def _endpoint(row: sqlite3.Row) -> EndpointFacts:
    times = {name: _moment(row[name]) for name in ("last_read_at", "last_new_at")}
    if times["last_read_at"] is None and not row["failures"]:  # an earlier version did not write it down
        times["last_read_at"] = _instant(row["last_checked_at"])
    return EndpointFacts(
        url=row["url"],
        kind=row["kind"],
        outcome=row["outcome"],
        failures=row["failures"],
        last_checked_at=_instant(row["last_checked_at"]),
        last_error=row["last_error"],
        **times,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _instant(text)


def _instant(text: str) -> datetime:
    """Return what `archive.clock.from_text` does, without its check: there may be a million of them."""
    return datetime.fromisoformat(text)

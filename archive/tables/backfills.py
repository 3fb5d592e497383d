"""How far the search for older reports has come in each sitemap and listing. SQL on one connection."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far the walk back through one sitemap or listing, for one range of days, has come.

    page: how many of its pages were walked; next_url: where it goes on, None at its end (finished).
    reached_day: the oldest day that was met; reports: how many reports it has led to.
    """

    endpoint_url: str
    since: date
    until: date
    page: int = 0
    next_url: str | None = None
    reached_day: date | None = None
    reports: int = 0
    finished: bool = False


def note(conn: sqlite3.Connection, source_id: str, progress: BackfillProgress, now: str) -> None:
    """Write down how far a walk has come."""
    conn.execute(
        """
        insert into backfills (source_id, endpoint_url, since, until, state, page, next_url, reached_day, reports,
                               started_at, updated_at)
        values (:source, :url, :since, :until, :state, :page, :next_url, :reached, :reports, :now, :now)
        on conflict (source_id, endpoint_url, since, until) do update set
            state = excluded.state, page = excluded.page, next_url = excluded.next_url,
            reached_day = excluded.reached_day, reports = excluded.reports, updated_at = excluded.updated_at
        """,
        {
            "source": source_id,
            "url": progress.endpoint_url,
            "since": progress.since.isoformat(),
            "until": progress.until.isoformat(),
            "state": "finished" if progress.finished else "running",
            "page": progress.page,
            "next_url": progress.next_url,
            "reached": progress.reached_day.isoformat() if progress.reached_day else None,
            "reports": progress.reports,
            "now": now,
        },
    )


def progress(
    conn: sqlite3.Connection, source_id: str, since: date, until: date
) -> dict[str, BackfillProgress]:
    """Return how far a source's backfill of these days came in earlier runs, by endpoint."""
    query = """
        select endpoint_url, page, next_url, reached_day, reports, state = 'finished' from backfills
        where source_id = ? and since = ? and until = ?
        """
    found = {}
    for url, page, next_url, reached, reports, finished in conn.execute(
        query, [source_id, since.isoformat(), until.isoformat()]
    ):
        found[url] = BackfillProgress(
            url, since, until, page, next_url, date.fromisoformat(reached) if reached else None, reports,
            bool(finished),
        )  # fmt: skip
    return found

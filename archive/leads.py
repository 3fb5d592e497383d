"""The frontier: which URLs we know of, what became of each, and when to try again. SQL on one connection.

A lead is `waiting` until it ends: `stored`, `skipped` (looked at, and not ours to keep), or `failed` (tried
as often as RETRY_AFTER has delays, and once more). A 404 counts as a failed try: a single one is no deletion.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from archive import rows
from archive.clock import from_text, to_text
from archive.models import Lead, LeadState, Outcome
from archive.urls import url_key

# After the first failure, the second ... ; an outage of a night and one of a weekend both fit in.
RETRY_AFTER = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
_STORED = frozenset({Outcome.STORED, Outcome.CHANGED, Outcome.UNCHANGED})
_TRY_AGAIN = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.GONE})
# Verdicts that hang on the run's options or on robots.txt as it is today, so each run gives them anew.
_OF_THE_DAY = frozenset({Outcome.TOO_OLD, Outcome.TOO_NEW, Outcome.ROBOTS})
_BATCH = 500  # SQLite takes at least 999 parameters in a statement


@dataclass(frozen=True, slots=True)
class LeadStatus:
    """What the archive knows of a lead; times are the archive's text form."""

    url: str
    state: LeadState
    outcome: Outcome | None
    modified_hint: str | None
    last_attempt_at: str | None
    next_attempt_at: str | None
    published_hint: str | None = None

    def is_due(self, lead: Lead, now: str) -> bool:
        """Tell whether `lead`, as just listed, is to be fetched (again) at `now`.

        A settled one only if its endpoint says that it was modified since: against the endpoint's own date
        when we last looked, if there was one, since the site's clock need not be ours.
        """
        if self.state is LeadState.WAITING:
            return self.next_attempt_at is None or self.next_attempt_at <= now
        if self.outcome in _OF_THE_DAY:
            return True
        looked_at = self.modified_hint or self.last_attempt_at
        return bool(lead.modified_hint and looked_at and to_text(lead.modified_hint) > looked_at)


def put(conn: sqlite3.Connection, source_id: str, lead: Lead, *, first_seen_at: str) -> int:
    """Put a lead on the frontier if it's not there, and return its id.

    The modified_hint of one that's there stays until it's looked at again, unless it had none: a run killed
    before that must not make us believe that we have seen the modification.
    """
    row = conn.execute(
        """
        insert into leads (source_id, url, url_key, via, endpoint_id, first_seen_at, published_hint, modified_hint)
        values (:source_id, :url, :url_key, :via, (select id from endpoints where url = :endpoint),
                :first_seen_at, :published_hint, :modified_hint)
        on conflict (url_key) do update set
            published_hint = coalesce(excluded.published_hint, published_hint),
            modified_hint = case
                when modified_hint is null and excluded.modified_hint <= coalesce(last_attempt_at, '9')
                then excluded.modified_hint else modified_hint end
        returning id
        """,
        {
            "source_id": source_id,
            "url": lead.url,
            "url_key": url_key(lead.url),
            "via": lead.via,
            "endpoint": lead.endpoint_url,
            "first_seen_at": first_seen_at,
            "published_hint": to_text(lead.published_hint) if lead.published_hint else None,
            "modified_hint": to_text(lead.modified_hint) if lead.modified_hint else None,
        },
    ).fetchone()
    return int(row[0])


def tie(conn: sqlite3.Connection, lead_ids: Iterable[int], endpoint_url: str) -> None:
    """Note the endpoint that lists these leads now."""
    row = conn.execute("select id from endpoints where url = ?", [endpoint_url]).fetchone()
    if row is not None:
        conn.executemany(
            "update leads set endpoint_id = ?1 where id = ?2 and endpoint_id is not ?1",
            ((row[0], lead_id) for lead_id in lead_ids),
        )


def note_listing(conn: sqlite3.Connection, lead_id: int, lead: Lead) -> None:
    """Note how a lead that was looked at is listed: when modified, and by an endpoint still, or by none."""
    changes: dict[str, object] = {}
    if lead.modified_hint is not None:
        changes["modified_hint"] = to_text(lead.modified_hint)
    if lead.endpoint_url is None:
        changes["endpoint_id"] = None
    if changes:
        rows.update(conn, "leads", lead_id, changes)


def settle(
    conn: sqlite3.Connection, lead_id: int, outcome: Outcome, reason: str | None, *, attempted_at: str | None
) -> None:
    """Write down how a lead ended in this run, and when it's due again.

    attempted_at: when it was fetched; None if it was decided without a fetch.
    """
    changes: dict[str, object] = {"outcome": outcome, "last_error": reason, "next_attempt_at": None}
    if attempted_at is not None:
        changes["last_attempt_at"] = attempted_at
    if outcome in _STORED:
        changes |= {"state": LeadState.STORED, "attempts": 0}
    elif outcome in _TRY_AGAIN:
        changes |= _next_try(conn, lead_id, attempted_at)
    else:
        changes |= {"state": LeadState.SKIPPED, "attempts": 0}
    rows.update(conn, "leads", lead_id, changes)


def _next_try(conn: sqlite3.Connection, lead_id: int, attempted_at: str | None) -> dict[str, object]:
    (failures,) = conn.execute("select attempts from leads where id = ?", [lead_id]).fetchone()
    if attempted_at is None or failures >= len(RETRY_AFTER):
        return {"state": LeadState.FAILED, "attempts": failures + 1}
    due = to_text(from_text(attempted_at) + RETRY_AFTER[failures])
    return {"state": LeadState.WAITING, "attempts": failures + 1, "next_attempt_at": due}


def statuses(conn: sqlite3.Connection, keys: Iterable[str]) -> dict[str, LeadStatus]:
    """Return what is known of the leads with these url_keys; unknown ones are absent."""
    known = {}
    for batch in _batches(keys):
        marks = ", ".join("?" * len(batch))
        columns = (
            "url_key, url, state, outcome, modified_hint, last_attempt_at, next_attempt_at, published_hint"
        )
        query = f"select {columns} from leads where url_key in ({marks})"  # noqa: S608 - only question marks
        for key, url, state, outcome, *times in conn.execute(query, batch):
            known[key] = LeadStatus(url, LeadState(state), outcome and Outcome(outcome), *times)
    return known


def is_known(conn: sqlite3.Connection, url: str) -> bool:
    """Tell whether `url` is itself a lead."""
    return conn.execute("select 1 from leads where url_key = ?", [url_key(url)]).fetchone() is not None


def waiting(conn: sqlite3.Connection, source_id: str, now: str, limit: int) -> list[Lead]:
    """Return the leads of a source that wait and are due, newest first: what an earlier run left over."""
    query = """
        select l.url, l.via, e.url, l.published_hint, l.modified_hint
        from leads l left join endpoints e on e.id = l.endpoint_id
        where l.source_id = ? and l.state = 'waiting' and coalesce(l.next_attempt_at, '') <= ?
        order by coalesce(l.published_hint, l.first_seen_at) desc, l.id limit ?
        """
    return [_lead(row) for row in conn.execute(query, [source_id, now, limit])]


def listed_by(conn: sqlite3.Connection, endpoint_url: str) -> Iterator[Lead]:
    """Yield the stored leads that this endpoint listed when it was last read in full."""
    query = """
        select l.url, l.via, e.url, l.published_hint, l.modified_hint
        from leads l join endpoints e on e.id = l.endpoint_id
        where e.url = ? and l.state = 'stored'
        """
    for row in conn.execute(query, [endpoint_url]):
        yield _lead(row)


def _lead(row: tuple[str, ...] | sqlite3.Row) -> Lead:
    url, via, endpoint_url, published, modified = row
    return Lead(
        url=url,
        via=via,  # type: ignore[arg-type]  # the table's check constraint allows nothing else
        endpoint_url=endpoint_url,
        published_hint=from_text(published) if published else None,
        modified_hint=from_text(modified) if modified else None,
    )


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(keys)
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]

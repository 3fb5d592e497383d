"""The frontier: which URLs we know of, what became of each, and when to try again. SQL on one connection.

A lead is `waiting` until it ends: `stored`, `skipped` (looked at, and not ours to keep), or `failed` (tried
as often as RETRY_AFTER has delays, and once more). A 404 counts as a failed try: a single one is no deletion.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from archive.clock import from_text, to_text
from archive.models import Lead, LeadState, Outcome, Visit
from archive.tables import rows
from archive.tables.revisits import next_revisit

# After the first failure, the second ... ; an outage of a night and one of a weekend both fit in.
RETRY_AFTER = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
# A page that was empty may have its text tomorrow; some pages never have any.
RETRY_PASSING = RETRY_AFTER[1:4]
_STORED = frozenset({Outcome.STORED, Outcome.CHANGED, Outcome.UNCHANGED})
_TRY_AGAIN = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.GONE})
# Verdicts that hang on the run's options or on robots.txt as it is today, and how long they hold unless listed anew.
_OF_THE_DAY = {
    Outcome.TOO_OLD: timedelta(0),
    Outcome.TOO_NEW: timedelta(0),
    Outcome.ROBOTS: timedelta(days=1),
}
_LEAD_COLUMNS = "l.url, l.url_key, l.via, e.url, l.published_hint, l.modified_hint, l.etag, l.last_modified"
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
    etag: str | None = None
    last_modified: str | None = None

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


def put(conn: sqlite3.Connection, source_id: str, lead: Lead, *, key: str, first_seen_at: str) -> int:
    """Put a lead on the frontier under its url_key if it's not there, and return its id.

    The modified_hint of one that's there stays until it's looked at again, unless it had none: a run killed
    before that must not make us believe that we have seen the modification.
    """
    row = conn.execute(
        """
        insert into leads (source_id, url, url_key, via, endpoint_id, first_seen_at, published_hint, modified_hint)
        values (:source_id, :url, :url_key, :via, (select id from endpoints where url = :endpoint),
                :first_seen_at, :published_hint, :modified_hint)
        on conflict (url_key) do update set
            first_seen_at = min(first_seen_at, excluded.first_seen_at),
            published_hint = coalesce(excluded.published_hint, published_hint),
            modified_hint = case
                when modified_hint is null and excluded.modified_hint <= coalesce(last_attempt_at, '9')
                then excluded.modified_hint else modified_hint end
        returning id
        """,
        {
            "source_id": source_id,
            "url": lead.url,
            "url_key": key,
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


def make_due(conn: sqlite3.Connection, lead_ids: Iterable[int], now: str) -> None:
    """Have known leads looked at again: noted with the listing that asks for it, so that no crash forgets it."""
    conn.executemany(
        """
        update leads set
            next_attempt_at = case when state in ('stored', 'skipped') then ?1 else next_attempt_at end,
            state = case state when 'skipped' then 'waiting' else state end
        where id = ?2
        """,
        ((now, lead_id) for lead_id in lead_ids),
    )


def note_page(conn: sqlite3.Connection, lead_id: int, visit: Visit) -> None:
    """Note what a page that was stored said of itself: its validators, and its date if nothing gave one before."""
    article = visit.extraction.article if visit.extraction and visit.failure is None else None
    if article is None or not visit.responses:
        return
    headers = {name.lower(): value for name, value in visit.responses[-1].response_headers}
    published = to_text(article.published.moment) if article.published else None
    conn.execute(
        "update leads set etag = ?, last_modified = ?, published_hint = coalesce(published_hint, ?) where id = ?",
        [headers.get("etag"), headers.get("last-modified"), published, lead_id],
    )


def settle(
    conn: sqlite3.Connection,
    lead_id: int,
    outcome: Outcome,
    reason: str | None,
    *,
    attempted_at: str | None,
    retry_at: str | None = None,
    is_passing: bool = False,
) -> None:
    """Write down how a lead ended in this run, and when it's due again.

    attempted_at: when it was fetched; None if it was decided without a fetch. retry_at: not before, as the
    server asked. is_passing: that there is no report on the page may be over soon.
    """
    changes: dict[str, object] = {"outcome": outcome, "last_error": reason, "next_attempt_at": None}
    if attempted_at is not None:
        changes["last_attempt_at"] = attempted_at
    if outcome in _STORED:
        changes |= {"state": LeadState.STORED, "attempts": 0}
    elif outcome in _TRY_AGAIN:
        changes |= _next_try(conn, lead_id, attempted_at, retry_at, RETRY_AFTER) or {
            "state": LeadState.FAILED,
            "attempts": len(RETRY_AFTER) + 1,
        }
    elif is_passing and (again := _next_try(conn, lead_id, attempted_at, retry_at, RETRY_PASSING)):
        changes |= again
    else:
        changes |= {"state": LeadState.SKIPPED, "attempts": 0}
        # What was decided without a fetch is listed again: an endpoint is read anew after a run with `since`.
        if attempted_at is not None and outcome in _OF_THE_DAY:
            changes["next_attempt_at"] = to_text(from_text(attempted_at) + _OF_THE_DAY[outcome])
    rows.update(conn, "leads", lead_id, changes)


def last_look(conn: sqlite3.Connection, lead_id: int) -> tuple[str | None, Outcome | None]:
    """Return when a lead was last fetched, and its outcome; None for each if there is none."""
    at, outcome = conn.execute(
        "select last_attempt_at, outcome from leads where id = ?", [lead_id]
    ).fetchone()
    return at, Outcome(outcome) if outcome else None


def plan_revisit(conn: sqlite3.Connection, lead_id: int, ages: Sequence[timedelta], *, now: str) -> None:
    """Have a lead whose report is stored looked at again at the next of these ages, if there is one."""
    row = conn.execute(
        "select first_seen_at, published_hint from leads where id = ? and state = 'stored'", [lead_id]
    ).fetchone()
    if row is None or not ages:
        return
    published = from_text(row[1]) if row[1] else None
    due_at = next_revisit(ages, published=published, first_seen=from_text(row[0]), now=from_text(now))
    if due_at is not None:
        rows.update(conn, "leads", lead_id, {"next_attempt_at": to_text(due_at)})


def look_again(conn: sqlite3.Connection, lead_id: int, at: str) -> None:
    """Have a lead fetched again at `at`, or before if it's due before: its report was missed, and that is not sure yet."""
    conn.execute(
        """
        update leads set
            next_attempt_at = case when state = 'waiting' then min(coalesce(next_attempt_at, ?1), ?1) else ?1 end,
            state = 'waiting', attempts = max(attempts, 1)
        where id = ?2
        """,
        [at, lead_id],
    )


def _next_try(
    conn: sqlite3.Connection, lead_id: int, attempted_at: str | None, retry_at: str | None,
    delays: Sequence[timedelta],
) -> dict[str, object]:  # fmt: skip
    """Return the changes that put a lead back for its next try; none if it has had as many as there are delays."""
    (failures,) = conn.execute("select attempts from leads where id = ?", [lead_id]).fetchone()
    if attempted_at is None or failures >= len(delays):
        return {}
    due = max(to_text(from_text(attempted_at) + delays[failures]), retry_at or "")
    return {"state": LeadState.WAITING, "attempts": failures + 1, "next_attempt_at": due}


def statuses(conn: sqlite3.Connection, keys: Iterable[str]) -> dict[str, LeadStatus]:
    """Return what is known of the leads with these url_keys; unknown ones are absent."""
    known = {}
    for batch in _batches(keys):
        marks = ", ".join("?" * len(batch))
        columns = (
            "url_key, url, state, outcome, modified_hint, last_attempt_at, next_attempt_at, published_hint, etag,"
            " last_modified"
        )
        query = f"select {columns} from leads where url_key in ({marks})"  # noqa: S608 - only question marks
        for key, url, state, outcome, *times in conn.execute(query, batch):
            known[key] = LeadStatus(url, LeadState(state), outcome and Outcome(outcome), *times)
    return known


def is_known(conn: sqlite3.Connection, key: str) -> bool:
    """Tell whether there is a lead with that url_key."""
    return conn.execute("select 1 from leads where url_key = ?", [key]).fetchone() is not None


def due(
    conn: sqlite3.Connection,
    source_id: str,
    now: str,
    limit: int,
    days: tuple[str | None, str | None] = (None, None),
) -> list[Lead]:
    """Return the leads of a source that are due: those that wait, then stored ones to look at again; newest first.

    days: the first instant that a lead's date may have, and the first that it may not; a lead without one is due.
    """
    values = {"source": source_id, "now": now, "since": days[0], "until": days[1]}
    found = _due(conn, "l.state <> 'stored'", values | {"limit": limit})
    return found + _due(conn, "l.state = 'stored'", values | {"limit": limit - len(found)})


def _due(conn: sqlite3.Connection, which: str, values: dict[str, object]) -> list[Lead]:
    query = f"""
        select {_LEAD_COLUMNS} from leads l indexed by leads_due left join endpoints e on e.id = l.endpoint_id
        where l.source_id = :source and (l.state = 'waiting' or l.next_attempt_at is not null)
            and {which} and l.state <> 'failed' and coalesce(l.next_attempt_at, '') <= :now
            and coalesce(l.published_hint >= :since, 1) and coalesce(l.published_hint < :until, 1)
        order by coalesce(l.published_hint, l.modified_hint, l.first_seen_at) desc limit :limit
        """  # noqa: S608 - our own column names
    return [_lead(row) for row in conn.execute(query, values)]


def listed_by(conn: sqlite3.Connection, endpoint_url: str) -> Iterator[Lead]:
    """Yield the stored leads that this endpoint listed when it was last read in full."""
    query = f"""
        select {_LEAD_COLUMNS} from leads l join endpoints e on e.id = l.endpoint_id
        where e.url = ? and l.state = 'stored'
        """  # noqa: S608 - our own column names
    for row in conn.execute(query, [endpoint_url]):
        yield _lead(row)


def _lead(row: tuple[str, ...] | sqlite3.Row) -> Lead:
    url, key, via, endpoint_url, published, modified, etag, last_modified = row
    return Lead(
        url=url,
        via=via,  # type: ignore[arg-type]  # the table's check constraint allows nothing else
        endpoint_url=endpoint_url,
        published_hint=from_text(published) if published else None,
        modified_hint=from_text(modified) if modified else None,
        key=key,
        etag=etag,
        last_modified=last_modified,
    )


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(keys)
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]

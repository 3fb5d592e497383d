"""The pages that are not in the archive, each with its reason; and which of them to try again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from archive.errors import InvalidInput
from archive.filters import require_source
from archive.tables import identities
from archive.urls import canonical_url
from archive.views.outcomes import short_reason, teach_reasons

_NOT_ARCHIVED = """
(state in ('failed', 'skipped') or attempts > 0) and (:source is null or source_id = :source)
    and (:reason is null or outcome = replace(:reason, ' ', '_')
        or instr(lower(short_reason(outcome, last_error)), lower(:reason)) or instr(lower(last_error), lower(:reason)))
"""
_FAILURES = f"""
select id, source_id, url, via, state, outcome, attempts, first_seen_at, last_attempt_at, next_attempt_at, last_error
from leads where {_NOT_ARCHIVED}
order by source_id, state, coalesce(last_attempt_at, first_seen_at) desc, id
"""  # noqa: S608 - our own condition
_SUMMARY = f"""
select source_id, state, outcome, last_error, count(*) as urls,
    max(coalesce(last_attempt_at, first_seen_at)) as last_at, url as example
from leads where {_NOT_ARCHIVED}
group by 1, 2, 3, 4
"""  # noqa: S608 - our own condition
# What waits untried needs not be put back; what is stored is looked at again by rules of its own.
_TO_RETRY = """
select id from leads
where state <> 'stored' and (state <> 'waiting' or attempts > 0 or next_attempt_at is not null)
    and (:source is null or source_id = :source)
    and case when :outcomes = '[]' then :by_url or state = 'failed'
        else outcome in (select value from json_each(:outcomes)) end
"""
_OF_URL = "select id, state from leads where url_key in (select value from json_each(?)) and (? is null or source_id = ?)"


@dataclass(frozen=True, slots=True)
class Failure:
    """A lead that came to nothing. outcome: a word of archive.models.Outcome; last_error: the sentence for it."""

    id: int
    source_id: str
    url: str
    via: str
    state: str
    outcome: str | None
    attempts: int
    first_seen_at: str
    last_attempt_at: str | None
    next_attempt_at: str | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many leads of a source came to nothing for one reason; last_at: when the last of them did.

    example: the URL of that one.
    """

    source_id: str
    state: str
    outcome: str | None
    reason: str
    urls: int
    last_at: str
    example: str


def failures(
    connection: sqlite3.Connection, source: str | None = None, reason: str | None = None
) -> Iterator[Failure]:
    """Yield each lead that failed or was left out, by source, the latest first.

    reason: an outcome, or a part of the reason. Raises NotFound for a source that the archive doesn't have.
    """
    for row in _rows(connection, _FAILURES, source, reason):
        yield Failure(**dict(row))


def summary(
    connection: sqlite3.Connection, source: str | None = None, reason: str | None = None
) -> list[FailureCount]:
    """Return how many of these leads there are of each source and reason, the most first.

    Raises NotFound as `failures` does.
    """
    counted: dict[tuple[str, str, str | None, str], FailureCount] = {}
    in_words = cache(short_reason)
    for source_id, state, outcome, error, urls, last_at, example in _rows(
        connection, _SUMMARY, source, reason
    ):
        words = in_words(outcome, error)
        key = (source_id, state, outcome, words)
        known = counted.get(key)
        latest = known if known and known.last_at >= last_at else FailureCount(*key, 0, last_at, example)
        counted[key] = replace(latest, urls=urls + (known.urls if known else 0))
    return sorted(counted.values(), key=_most_first)


def _most_first(count: FailureCount) -> tuple[int, str, str, bool, str, str]:
    outcome = count.outcome
    return -count.urls, count.source_id, count.state, outcome is not None, outcome or "", count.reason


@dataclass(frozen=True, slots=True)
class Retry:
    """Which leads to put back, and of each URL that was asked for in vain why there is nothing to put back."""

    lead_ids: tuple[int, ...]
    in_vain: tuple[str, ...]


def to_retry(
    connection: sqlite3.Connection,
    *,
    source: str | None = None,
    outcomes: Sequence[str] = (),
    urls: Sequence[str] = (),
) -> Retry:
    """Return the leads that are to be tried again: those that have failed for good, unless told otherwise.

    outcomes: those that ended so, whether given up or not. urls: those with these addresses. What is given
    together limits together. Raises NotFound for a source that the archive doesn't have, and InvalidInput for
    what is no URL.
    """
    if source is not None:
        require_source(connection, source)
    values = {"source": source, "outcomes": json.dumps(list(outcomes)), "by_url": bool(urls)}
    if not urls:
        return Retry(tuple(row[0] for row in connection.execute(_TO_RETRY, values)), ())
    ids: list[int] = []
    in_vain: list[str] = []
    for url in urls:
        known = connection.execute(_OF_URL, [_keys(connection, url), source, source]).fetchall()
        fit = [
            row[0]
            for row in known
            if connection.execute(f"{_TO_RETRY} and id = :id", values | {"id": row[0]}).fetchone()
        ]
        ids += fit
        if not fit:
            in_vain.append(f"{url} {_why_not(known)}")
    return Retry(tuple(dict.fromkeys(ids)), tuple(in_vain))


def _rows(
    connection: sqlite3.Connection, query: str, source: str | None, reason: str | None
) -> Iterator[sqlite3.Row]:
    if source is not None:
        require_source(connection, source)
    teach_reasons(connection)
    yield from connection.execute(query, {"source": source, "reason": reason})


def _keys(connection: sqlite3.Connection, url: str) -> str:
    """Return the url_keys that a URL has for the sources of this archive, as a JSON list."""
    try:
        address = canonical_url(url)
        sources = connection.execute("select id from sources").fetchall()
        keys = {identities.of_source(connection, row[0]).key(address) for row in sources}
    except ValueError as error:
        raise InvalidInput(f"{url!r} is no address of a page: {error}") from None
    return json.dumps(sorted(keys))


def _why_not(known: Sequence[sqlite3.Row]) -> str:
    if not known:
        return "is not known here"
    states = {row["state"] for row in known}
    if states == {"stored"}:
        return "is archived"
    return "waits for the next run already" if states == {"waiting"} else "did not end so"

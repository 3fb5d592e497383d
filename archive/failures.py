"""The pages that are not in the archive, each with its reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from archive.filters import require_source

_FAILURES = """
select id, source_id, url, via, state, outcome, attempts, first_seen_at, last_attempt_at, next_attempt_at, last_error
from leads
where (state in ('failed', 'skipped') or attempts > 0) and (:source is null or source_id = :source)
order by source_id, state, coalesce(last_attempt_at, first_seen_at) desc, id
"""


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


def failures(connection: sqlite3.Connection, source: str | None = None) -> Iterator[Failure]:
    """Yield each lead that failed or was left out, by source, the latest first.

    Raises NotFound for a source that the archive doesn't have.
    """
    if source is not None:
        require_source(connection, source)
    for row in connection.execute(_FAILURES, {"source": source}):
        yield Failure(**dict(row))

"""Feeds, sitemaps and listings: what each look gave, and what the next one goes by. SQL on one connection."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.clock import from_text, to_text
from archive.models import EndpointCheck
from archive.tables import rows

# Servers that call themselves unchanged when they are not exist; so much can such a one cost at most, once.
_IN_FULL_EVERY = timedelta(hours=20)
# So many reports that it dropped were still there: it is a list of the newest, and dropping one means nothing.
WINDOW = 5


@dataclass(frozen=True, slots=True)
class EndpointMemory:
    """What the last looks at an endpoint left behind; see EndpointCheck for the columns."""

    etag: str | None
    last_modified: str | None
    payload_sha256: str | None
    modified_hint: datetime | None
    last_read_at: datetime | None
    asked_in_full_at: datetime | None
    lies: bool
    dropped_alive: int

    @property
    def is_window(self) -> bool:
        """Tell whether it lists the newest reports only, so that one which is missing need not be missed."""
        return self.dropped_alive >= WINDOW

    def validators(self, now: datetime) -> dict[str, str]:
        """Return the headers of a conditional request (RFC 9110, 13.1); none if it's time to get all of it."""
        if self.lies or self.asked_in_full_at is None or now - self.asked_in_full_at >= _IN_FULL_EVERY:
            return {}
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}

    def belies(self, etag: str | None, last_modified: str | None, payload_sha256: str) -> bool:
        """Tell whether an answer has the validators of the last one, but another body."""
        if self.payload_sha256 is None or payload_sha256 == self.payload_sha256:
            return False
        if etag is not None or self.etag is not None:
            return etag == self.etag
        return last_modified is not None and last_modified == self.last_modified


def memory(conn: sqlite3.Connection, url: str) -> EndpointMemory | None:
    """Return what is known of the endpoint at `url`; None if it was never looked at."""
    row = conn.execute(
        "select etag, last_modified, payload_sha256, modified_hint, last_read_at, asked_in_full_at, lies,"
        " dropped_alive from endpoints where url = ?",
        [url],
    ).fetchone()
    if row is None:
        return None
    hint, read, in_full = (from_text(text) if text else None for text in row[3:6])
    return EndpointMemory(row[0], row[1], row[2], hint, read, in_full, bool(row[6]), row[7])


def note_check(conn: sqlite3.Connection, source_id: str, check: EndpointCheck) -> None:
    """Write down what a look gave. "Not modified" leaves what the last answer said of itself as it is."""
    at = to_text(check.checked_at)
    row: dict[str, object] = {
        "source_id": source_id,
        "url": check.url,
        "kind": check.kind,
        "status": check.status,
        "outcome": check.outcome,
        "last_checked_at": at,
        "last_error": check.error,
    }
    is_fine = check.outcome in {"read", "not_modified"}
    if is_fine:
        row["last_read_at"] = at
    if is_fine and check.in_full:
        row["asked_in_full_at"] = at
    if check.outcome == "read":
        row |= {
            "etag": check.etag,
            "last_modified": check.last_modified,
            "payload_sha256": check.payload_sha256,
            "modified_hint": to_text(check.modified_hint) if check.modified_hint else None,
        }
    if check.lies:
        row["lies"] = 1
    if check.is_window:
        row["dropped_alive"] = WINDOW
    rows.upsert(conn, "endpoints", row, key="url")
    conn.execute(
        "update endpoints set failures = case when ? then 0 else failures + 1 end where url = ?",
        [is_fine, check.url],
    )


def note_dropped(conn: sqlite3.Connection, url: str, alive: int | None) -> None:
    """Write down what became of reports that a sitemap listed before: so many are there; None: one at least is not."""
    conn.execute(
        "update endpoints set dropped_alive = case when ?1 is null then 0 else dropped_alive + ?1 end where url = ?2",
        [alive, url],
    )

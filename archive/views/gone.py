"""What the web lost and the archive has: reports whose address does not show them any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from archive.clock import day_start
from archive.filters import require_source

_LOST = """
select articles.id as article_id, articles.source_id, sources.name as source_name, articles.title, articles.url,
    articles.published_at, articles.published_at_precision, articles.last_seen_at, lost.state, lost.how, lost.detail,
    lost.since, lost.last_confirmed_at, lost.capture_id, lost.last_capture_id,
    captures.payload_sha256, captures.warc_file, captures.warc_offset,
    shown.id as shown_by, shown.payload_sha256 as shown_sha256, shown.warc_file as shown_warc_file,
    shown.warc_offset as shown_warc_offset
from article_states as lost {by}
cross join articles on articles.id = lost.article_id
join sources on sources.id = articles.source_id
left join captures on captures.id = lost.last_capture_id
left join revisions on revisions.article_id = articles.id and revisions.number = articles.revision_count
left join captures as shown on shown.id = revisions.capture_id
where {which}
order by lost.since desc, lost.id desc
"""
_BY_STATE = "indexed by article_states_state"
_WANTED = """lost.state in ({states}) and lost.until is null
    and (:source is null or articles.source_id = :source) and (:since is null or lost.since >= :since)"""
_NEWEST = """
select id from article_states indexed by article_states_state
where state in ('gone', 'moved') and until is null order by since desc, id desc limit :most
"""
_MISSING = """
select count(*) from article_states join articles on articles.id = article_id
where article_states.state = 'missing' and until is null and (:source is null or source_id = :source)
"""
WORDS = {
    "404": "404 Not Found",
    "410": "410 Gone",
    "soft_404": "a page that says that there is no such page",
    "redirected_home": "redirects to the homepage",
    "redirected_to_list": "redirects to a list of reports",
    "redirected": "redirects to another address",
    "canonical": "names another address as its own",
}


@dataclass(frozen=True, slots=True)
class Lost:
    """A report that is not at its address any more.

    state: gone, moved or missing; how, detail: a stable word and a sentence; since: the first look that did not find
    it, last_confirmed_at: the last one, with capture_id and last_capture_id for what they got. last_seen_at: the last
    look that found it. shown_by: the capture of its newest revision.
    """

    article_id: int
    source_id: str
    source_name: str
    title: str
    url: str
    published_at: str | None
    published_at_precision: str | None
    last_seen_at: str
    state: str
    how: str | None
    detail: str | None
    since: str
    last_confirmed_at: str
    capture_id: int | None
    last_capture_id: int | None
    payload_sha256: str | None
    warc_file: str | None
    warc_offset: int | None
    shown_by: int | None
    shown_sha256: str | None
    shown_warc_file: str | None
    shown_warc_offset: int | None


def lost(
    connection: sqlite3.Connection,
    source: str | None = None,
    since: date | None = None,
    *,
    missing: bool = False,
) -> Iterator[Lost]:
    """Yield the reports that are gone or moved, those that were missed last first.

    since: the UTC day on which, or after which, they were first missed. missing: also those that were not missed for
    a day yet. Raises NotFound for a source that the archive doesn't have.
    """
    if source is not None:
        require_source(connection, source)
    states = "'gone', 'moved', 'missing'" if missing else "'gone', 'moved'"
    values = {"source": source, "since": day_start(since) if since else None}
    statement = _LOST.format(by=_BY_STATE, which=_WANTED.format(states=states))
    for row in connection.execute(statement, values):
        yield Lost(**dict(row))


def newest_lost(connection: sqlite3.Connection, most: int) -> list[Lost]:
    """Return at most so many of the reports that are gone or moved, those that were missed last first.

    Cheaper than the beginning of `lost`, which puts all of them in order.
    """
    statement = _LOST.format(by="", which=f"lost.id in ({_NEWEST})")
    return [Lost(**dict(row)) for row in connection.execute(statement, {"most": most})]


def count_missing(connection: sqlite3.Connection, source: str | None = None) -> int:
    """Return how many reports were not found at the last look, but not for a day yet."""
    return int(connection.execute(_MISSING, {"source": source}).fetchone()[0])


def in_words(how: str | None) -> str:
    """Return how a report is lost, for people."""
    return WORDS.get(how or "", f"HTTP {how}" if how and how.isdecimal() else how or "unknown")

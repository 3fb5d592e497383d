"""006_changes: what each edit did, and how each report's address answered over time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from archive.clock import from_text
from archive.tables import changelog

# Only a report whose address once failed to answer has rows in article_states: of all others, the columns
# first_seen_at and last_seen_at of articles say the same.
SCRIPT = """
create table changes (
    id integer primary key,
    article_id integer not null references articles(id) on delete cascade,
    revision_id integer not null unique references revisions(id) on delete cascade,
    source_id text not null references sources(id),
    number integer not null,
    seen_at text not null,
    is_substantive integer not null check (is_substantive in (0, 1)),
    kinds text not null,
    summary text not null,
    version integer not null,
    details text not null
);
create index changes_seen_at on changes(seen_at);
create index changes_source_id on changes(source_id, seen_at);
create index changes_article_id on changes(article_id, number);
create index changes_substantive on changes(seen_at) where is_substantive = 1;

create table article_states (
    id integer primary key,
    article_id integer not null references articles(id) on delete cascade,
    state text not null check (state in ('live', 'missing', 'gone', 'moved', 'blocked', 'restored')),
    how text,
    since text not null,
    last_confirmed_at text not null,
    until text,
    capture_id integer references captures(id),
    last_capture_id integer references captures(id),
    detail text
);
create unique index article_states_current on article_states(article_id) where until is null;
create index article_states_article_id on article_states(article_id);
create index article_states_state on article_states(state, since);
create index article_states_capture_id on article_states(capture_id) where capture_id is not null;
create index article_states_last_capture_id on article_states(last_capture_id) where last_capture_id is not null;
"""

_ABSENT = """
select id, state, url_key, first_seen_at, last_seen_at from articles where state not in ('live', 'changed') order by id
"""
# Of one that moved or was refused the answer may have been a page like any other.
_ANSWERS = """
select captures.id, captures.status, captures.fetched_at from captures
join leads on leads.id = captures.lead_id
where leads.url_key = ? and captures.fetched_at > ? and captures.status not between 300 and 399 order by captures.fetched_at desc
"""
_INSERT = """
insert into article_states (article_id, state, how, since, last_confirmed_at, until, capture_id, last_capture_id)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
_PRESENT = """
update articles set state = case when content_sha256 =
    (select content_sha256 from revisions where article_id = articles.id and number = 1) then 'live' else 'changed' end
where id = ?
"""
_SURE = timedelta(hours=24)

_Answer = tuple[Any, ...]  # id, status and fetched_at of a capture


def fill(conn: sqlite3.Connection) -> None:
    """Tell the changes of the revisions that there are, and the states of the reports that are not there any more.

    A single 404 was taken for a deletion before: a report whose captures show that it was not missed for a day is
    `missing` now.
    """
    changelog.write_all(conn)
    for article_id, state, key, first_seen_at, last_seen_at in conn.execute(_ABSENT).fetchall():
        answers = conn.execute(_ANSWERS, [key, last_seen_at]).fetchall()
        last = answers[0] if answers else (None, None, last_seen_at)
        first = _first_like(last, answers)
        is_sure = state != "gone" or not answers or from_text(last[2]) - from_text(first[2]) >= _SURE
        if not is_sure:
            conn.execute(_PRESENT, [article_id])
        how = str(last[1]) if last[1] and last[1] >= 400 else None
        live = [article_id, "live", None, first_seen_at, last_seen_at, first[2], None, None]
        absent = [
            article_id,
            state if is_sure else "missing",
            how,
            first[2],
            last[2],
            None,
            first[0],
            last[0],
        ]
        conn.executemany(_INSERT, [live, absent])


def _first_like(last: _Answer, answers: Sequence[_Answer]) -> _Answer:
    """Return the first of the answers, newest first, that in a row have the status of the last one."""
    first = last
    for answer in answers:
        if answer[1] != last[1]:
            break
        first = answer
    return first

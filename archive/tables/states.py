"""How a report's address answered over time: the table `article_states`. SQL on one connection.

A row is a stretch of time in which every look showed the same. An article gets its first rows when a look shows for the
first time that it isn't there; before that, `first_seen_at` and `last_seen_at` of `articles` say all. A 404, a page
that says that there is none, or a redirect to the homepage makes it `missing`; `gone`, it is only when a look at least
a day later shows the same. `articles.state` follows when that is sure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from archive.clock import from_text, to_text
from archive.models import ArticleState, PageState
from archive.tables import rows

# So far apart must two looks be that call a report gone: an outage, or an editor's slip, is over by then.
SURE_AFTER = timedelta(hours=24)
_ABSENT = frozenset({PageState.MISSING, PageState.GONE})
_PRESENT = frozenset({PageState.LIVE, PageState.RESTORED})
_SURE = {
    PageState.GONE: ArticleState.GONE,
    PageState.MOVED: ArticleState.MOVED,
    PageState.BLOCKED: ArticleState.BLOCKED,
}
_CURRENT = (
    "select id, state, since, last_confirmed_at from article_states where article_id = ? and until is null"
)


@dataclass(frozen=True, slots=True)
class Absence:
    """That a look found a report not at its address: missing, moved or blocked.

    how: a stable word ("404", "410", "soft_404", "redirected_home", "redirected_to_list", "redirected", "403" ...);
    detail: the sentence for a person.
    """

    state: PageState
    how: str
    detail: str | None = None


def note_absence(
    conn: sqlite3.Connection, article_id: int, absence: Absence, at: str, capture_id: int | None
) -> str | None:
    """Write down that a report was not there when its address was looked at.

    Returns until when that is not sure, so that another look is due then; None if it's sure, or old news.
    """
    current = conn.execute(_CURRENT, [article_id]).fetchone() or _first(conn, article_id)
    row_id, state, since, confirmed_at = current
    if at < confirmed_at:
        return None
    if _is_the_same(PageState(state), absence.state):
        again = {
            "last_confirmed_at": at,
            "last_capture_id": capture_id,
            "how": absence.how,
            "detail": absence.detail,
        }
        is_gone = state in _ABSENT and from_text(at) - from_text(since) >= SURE_AFTER
        new_state = PageState.GONE if is_gone else PageState(state)
        rows.update(conn, "article_states", row_id, again | {"state": new_state})
    else:
        new_state, since = absence.state, at
        found = {"state": absence.state, "how": absence.how, "detail": absence.detail}
        _begin(conn, article_id, row_id, found, at, capture_id)
    if new_state in _SURE:
        rows.update(conn, "articles", article_id, {"state": _SURE[new_state]})
        return None
    return to_text(from_text(since) + SURE_AFTER)


def note_presence(conn: sqlite3.Connection, article_id: int, at: str, capture_id: int | None) -> bool:
    """Write down that a report is there; False if a later look has shown otherwise, so that this is old news."""
    current = conn.execute(_CURRENT, [article_id]).fetchone()
    if current is None:
        return True
    row_id, state, _, confirmed_at = current
    if at < confirmed_at:
        return state in _PRESENT
    if state in _PRESENT:
        rows.update(conn, "article_states", row_id, {"last_confirmed_at": at, "last_capture_id": capture_id})
        return True
    was_gone = conn.execute(
        "select state from article_states where article_id = ? and state in ('live', 'gone', 'restored')"
        " order by id desc limit 1",
        [article_id],
    ).fetchone()
    is_back = was_gone is not None and was_gone[0] == PageState.GONE
    there = {"state": PageState.RESTORED if is_back else PageState.LIVE}
    _begin(conn, article_id, row_id, there, at, capture_id)
    return True


def _is_the_same(known: PageState, seen: PageState) -> bool:
    return known is seen or (known in _ABSENT and seen in _ABSENT)


def _first(conn: sqlite3.Connection, article_id: int) -> tuple[int, str, str, str]:
    """Write the row that says that an article was there until now."""
    first_seen_at, last_seen_at, capture_id = conn.execute(
        "select first_seen_at, last_seen_at, (select capture_id from revisions where article_id = a.id and number = 1)"
        " from articles a where id = ?",
        [article_id],
    ).fetchone()
    row = {
        "article_id": article_id,
        "state": PageState.LIVE,
        "since": first_seen_at,
        "last_confirmed_at": last_seen_at,
        "capture_id": capture_id,
    }
    return rows.insert(conn, "article_states", row), PageState.LIVE, first_seen_at, last_seen_at


def _begin(
    conn: sqlite3.Connection,
    article_id: int,
    before: int,
    found: Mapping[str, object],
    at: str,
    capture_id: int | None,
) -> None:
    """End the stretch that held until now, and begin the one that was found."""
    rows.update(conn, "article_states", before, {"until": at})
    row = {
        "article_id": article_id,
        "since": at,
        "last_confirmed_at": at,
        "capture_id": capture_id,
        "last_capture_id": capture_id,
    }
    rows.insert(conn, "article_states", {**row, **found})

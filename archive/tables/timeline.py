"""A capture that is older than what is known of its report takes its place among the report's revisions.

Revisions are numbered in the order of time, not of arrival: whoever reads them (`archive show`, the difference between
one number and the next, what "live" and "changed" are told from) takes them for what the outlet said first and last.
So those that come after an older one are numbered anew; their ids stay. SQL on one connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.models import Outcome
from archive.tables import rows

_COLUMNS = "number, content_sha256, seen_at, capture_id, id"
# A page that was fetched in between, of a lead that led to the article: had it said something else, there would be a
# revision of it. (A page without a report is one too; that is not told apart.)
_SEEN_BETWEEN = """
select c.fetched_at, c.id from captures c
where c.fetched_at > :after and c.fetched_at < :before and c.status between 200 and 299 and c.lead_id in (
    select id from leads where url_key = (select url_key from articles where id = :article)
    union select c2.lead_id from revisions r join captures c2 on c2.id = r.capture_id where r.article_id = :article)
order by c.fetched_at, c.id limit 1
"""
_END = "9"  # after every instant


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of it. is_newest: the row that the article itself says was replaced. revisions: how many there are now."""

    outcome: Outcome
    is_newest: bool
    revisions: int


def place(
    conn: sqlite3.Connection, article_id: int, row: Mapping[str, Any], *, last_seen_at: str, is_same: bool
) -> Placed:
    """Put a revision, not numbered yet, where its `seen_at` belongs, unless it says what was known for that time.

    row: the columns of `revisions`. last_seen_at: when the article was last seen, which is later. is_same: it says
    what the revision of its time says (of the first one, if it's older than all), though the texts differ.
    """
    seen_at, sha256 = row["seen_at"], row["content_sha256"]
    known = conn.execute(
        f"select {_COLUMNS} from revisions where article_id = ? order by number",  # noqa: S608 - our own column names
        [article_id],
    ).fetchall()
    before = [each for each in known if each[2] <= seen_at]
    after = known[len(before) :]
    if before and (is_same or before[-1][1] == sha256):
        return Placed(Outcome.UNCHANGED, is_newest=False, revisions=len(known))
    back = _came_back(conn, article_id, before, after, seen_at, last_seen_at)
    if after and back is None and (after[0][1] == sha256 or (is_same and not before)):
        # What it says was there earlier than we knew: of that text this is the first capture.
        rows.update(conn, "revisions", after[0][4], row)
        return Placed(Outcome.UNCHANGED, is_newest=len(after) == 1, revisions=len(known))
    number = len(before) + 1
    _make_room(conn, article_id, number, 1 if back is None else 2)
    rows.insert(conn, "revisions", {**row, "article_id": article_id, "number": number})
    if back is not None:
        _copy(conn, before[-1][4], number + 1, back)
    return Placed(Outcome.CHANGED, is_newest=False, revisions=len(known) + (1 if back is None else 2))


def _came_back(
    conn: sqlite3.Connection, article_id: int, before: list[Any], after: list[Any], seen_at: str, last_seen_at: str
) -> tuple[str, int | None] | None:  # fmt: skip
    """Return when, and in which capture, the text before was seen again after `seen_at`; None if it was not."""
    if not before:
        return None
    values = {"article": article_id, "after": seen_at, "before": after[0][2] if after else _END}
    found = conn.execute(_SEEN_BETWEEN, values).fetchone()
    if found is not None and found[0] <= last_seen_at:
        return str(found[0]), int(found[1])
    # the server said that nothing had changed, without sending it; or the text came without a page
    return None if after or before[-1][2] == last_seen_at else (last_seen_at, before[-1][3])


def _make_room(conn: sqlite3.Connection, article_id: int, number: int, places: int) -> None:
    # by way of negative numbers, since each number may be there but once at any time
    conn.execute(
        "update revisions set number = -(number + ?) where article_id = ? and number >= ?",
        [places, article_id, number],
    )
    conn.execute(
        "update revisions set number = -number where article_id = ? and number < 0",
        [article_id],
    )


def _copy(conn: sqlite3.Connection, revision_id: int, number: int, seen: tuple[str, int | None]) -> None:
    columns = [name for _, name, *_ in conn.execute("pragma table_info(revisions)") if name != "id"]
    found = conn.execute(
        f"select {', '.join(columns)} from revisions where id = ?",  # noqa: S608 - our own column names
        [revision_id],
    ).fetchone()
    row = dict(zip(columns, found, strict=True))
    rows.insert(conn, "revisions", row | {"number": number, "seen_at": seen[0], "capture_id": seen[1]})

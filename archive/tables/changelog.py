"""The ledger of edits: a row of `changes` for each revision after a report's first. SQL on one connection.

What an edit did is told when its revision is stored, not when somebody asks: edits are rare, a comparison takes
milliseconds, and so the ledger of a million reports is read without a text being looked at. Everything in it is derived
and can be made anew (`write_all`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from archive.changes.compare import compare
from archive.changes.model import Change, Text
from archive.changes.summary import kinds, sentence, summary

logger = logging.getLogger(__name__)

# Raise it when the comparison tells changes otherwise: rows with a lower one can be told apart.
VERSION = 1
UNTOLD = "not told: the text before or after it was removed from the archive"
_LONGEST_TEXT = 1_000  # characters of a text in `details`; the revisions have all of it
_MOST_DETAILS = 200
_BATCH = 500

_COLUMNS = ("title", "body", "standfirst", "author", "published_at", "language")
COLUMNS = frozenset(_COLUMNS)  # of a revision, that are compared
_REVISIONS = f"""
select articles.source_id, revisions.article_id, revisions.number, revisions.seen_at,
    {", ".join(f"earlier.{column}" for column in _COLUMNS)}, {", ".join(f"revisions.{column}" for column in _COLUMNS)}
from revisions
join articles on articles.id = revisions.article_id
join revisions as earlier on earlier.article_id = revisions.article_id and earlier.number =
    (select max(number) from revisions as r where r.article_id = revisions.article_id and r.number < revisions.number)
where revisions.id = ?
"""  # noqa: S608 - our own column names
_WRITE = """
insert into changes (article_id, revision_id, source_id, number, seen_at, is_substantive, kinds, summary, version, details)
values (:article_id, :revision_id, :source_id, :number, :seen_at, :is_substantive, :kinds, :summary, :version, :details)
on conflict (revision_id) do update set number = excluded.number, seen_at = excluded.seen_at,
    is_substantive = excluded.is_substantive, kinds = excluded.kinds, summary = excluded.summary,
    version = excluded.version, details = excluded.details
"""


def write(conn: sqlite3.Connection, revision_id: int) -> None:
    """Write what a revision changed in the one before it; nothing for a report's first."""
    row = conn.execute(_REVISIONS, [revision_id]).fetchone()
    if row is None:
        return
    source_id, article_id, number, seen_at = row[:4]
    before, after = (_text(row[start : start + len(_COLUMNS)]) for start in (4, 4 + len(_COLUMNS)))
    told = _told(before, after, revision_id)
    values = {
        "article_id": article_id,
        "revision_id": revision_id,
        "source_id": source_id,
        "number": number,
        "seen_at": seen_at,
    }
    conn.execute(_WRITE, values | told)


def write_around(conn: sqlite3.Connection, article_id: int, number: int) -> None:
    """Write anew what a revision, whose text was corrected, changed in the one before; and the next one in it."""
    query = "select id from revisions where article_id = ? and number >= ? order by number limit 2"
    for (revision_id,) in conn.execute(query, [article_id, number]).fetchall():
        write(conn, revision_id)


def write_report(conn: sqlite3.Connection, article_id: int) -> None:
    """Write anew what each revision of a report changed: an older one took its place among them, or lost its text."""
    ids = conn.execute(
        "select id from revisions where article_id = ? order by number", [article_id]
    ).fetchall()
    conn.execute("delete from changes where article_id = ?", [article_id])
    for (revision_id,) in ids:
        write(conn, revision_id)


def write_all(conn: sqlite3.Connection) -> int:
    """Write what every revision changed, a batch at a time; return how many there are."""
    last = count = 0
    while True:
        query = "select id from revisions where id > ? and number > 1 order by id limit ?"
        ids = [row[0] for row in conn.execute(query, [last, _BATCH])]
        if not ids:
            return count
        for revision_id in ids:
            write(conn, revision_id)
        last, count = ids[-1], count + len(ids)


def details_of(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as they stand in the JSON of `details`; what is None is left out."""
    return [_detail(change) for change in changes]


def _told(before: Text, after: Text, revision_id: int) -> dict[str, Any]:
    if before.is_removed or after.is_removed:
        return _row((), UNTOLD)  # our own blanking is no edit of the outlet's
    try:
        found = compare(before, after)
        return _row(found, summary(found))
    except Exception as error:  # the text is what counts: no slip in telling its changes may keep it out
        logger.exception("what revision %d changed can't be told", revision_id)
        return _row((), f"can't be told: {error!r}")


def _row(found: Sequence[Change], words: str) -> dict[str, Any]:
    shown = [_cut(change) for change in found[:_MOST_DETAILS]]
    return {
        "is_substantive": int(any(change.is_substantive for change in found)),
        "kinds": _json(kinds(found)),
        "summary": _storable(words),
        "version": VERSION,
        "details": _json(shown),
    }


def _cut(change: Change) -> dict[str, Any]:
    detail = _detail(change)
    for key in ("before", "after"):
        if len(detail.get(key, "")) > _LONGEST_TEXT:
            detail[key] = detail[key][:_LONGEST_TEXT] + "…"
    return detail


def _detail(change: Change) -> dict[str, Any]:
    told = asdict(change) | {"context": change.context, "sentence": sentence(change)}
    del told["contexts"]
    found = {key: value for key, value in told.items() if value is not None and value != ""}
    return found | {"is_substantive": change.is_substantive}


def _json(value: object) -> str:
    return _storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _storable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which SQLite does not take."""
    return text.encode("utf-8", "replace").decode()


def _text(values: Sequence[Any]) -> Text:
    return Text(**dict(zip(_COLUMNS, values, strict=True)))

"""Captured pages that are no longer to be had: what hangs on them, and blanking the texts that were made of them.

SQL on one connection. The rows of `captures` stay; so do times, addresses, hashes, and how many revisions there were.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.changes.model import REMOVED_TITLE
from archive.errors import NotFound
from archive.tables import changelog, copies, custody, rows
from archive.tables.custody import Action

# What a reader could read, or read the text from; the columns that tell when, where and how long stay.
_REVISION = {
    "title": REMOVED_TITLE, "body": "", "standfirst": None, "author": None, "agency": None, "dateline": None, "section": None,
    "tags": None, "date_candidates": None, "blocks": None,
}  # fmt: skip
_ARTICLE = _REVISION | {"published_at_text": None, "folded_words": None, "word_count": 0}
_CAPTURE = "select id, url, fetched_at, payload_sha256, payload_bytes, warc_file, warc_offset from captures where id = ?"
_REVISIONS = """
select r.id, r.article_id, r.content_sha256, r.number = a.revision_count
from revisions r join articles a on a.id = r.article_id where r.capture_id = ? order by r.id
"""
_REMOVED = "select capture_id from custody where action = 'removed'"
_ALSO = f"""
select id from captures
where id <> :id and status between 200 and 299 and id not in ({_REMOVED}) and
    (payload_sha256 = :sha256 or id in (
        select others.capture_id from revisions mine join revisions others on others.article_id = mine.article_id
        where mine.capture_id = :id)
    or (lead_id is not null and lead_id = (select lead_id from captures where id = :id)))
order by id
"""  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class Text:
    """A revision that was made of a capture. is_newest: its article says the same."""

    revision_id: int
    article_id: int
    content_sha256: str
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture, and what hangs on it.

    also: other captures that hold the same page, or one of the same report. copies: those that hold the same page, byte
    for byte, of whatever address.
    """

    id: int
    url: str
    fetched_at: str
    payload_sha256: str
    payload_bytes: int
    warc_file: str
    warc_offset: int
    texts: tuple[Text, ...]
    also: tuple[int, ...]
    copies: tuple[int, ...]
    is_removed: bool


def find(conn: sqlite3.Connection, capture_id: int) -> Capture:
    """Return the capture with that id; raises NotFound if there is none."""
    row = conn.execute(_CAPTURE, [capture_id]).fetchone()
    if row is None:
        raise NotFound(f"no capture has the id {capture_id}")
    texts = tuple(
        Text(revision_id, article_id, sha256, bool(is_newest))
        for revision_id, article_id, sha256, is_newest in conn.execute(_REVISIONS, [capture_id])
    )
    _, url, fetched_at, sha256, length, warc_file, warc_offset = row
    also = tuple(each for (each,) in conn.execute(_ALSO, {"id": capture_id, "sha256": sha256}))
    is_removed = conn.execute(f"{_REMOVED} and capture_id = ?", [capture_id]).fetchone() is not None
    return Capture(
        capture_id, url, fetched_at, sha256, length, warc_file, warc_offset, texts, also,
        copies.others(conn, capture_id), is_removed,
    )  # fmt: skip


def removed_ids(conn: sqlite3.Connection) -> frozenset[int]:
    """Return the ids of the captures that were removed."""
    return frozenset(row[0] for row in conn.execute(_REMOVED))


def is_blank(row: Mapping[str, Any]) -> bool:
    """Tell whether a revision's row is what `blank_texts` leaves."""
    return all(row[name] == value for name, value in _REVISION.items())


def blanked(text: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a text whose page is no longer there. text: of an empty one; kept: what is known of it."""
    return {**text, **kept, **_ARTICLE}


def blank_texts(conn: sqlite3.Connection, capture: Capture) -> None:
    """Blank the revisions that were made of a capture, their articles if those say the same, and what it taught."""
    for text in capture.texts:
        rows.update(conn, "revisions", text.revision_id, _REVISION)
        if text.is_newest:
            rows.update(conn, "articles", text.article_id, _ARTICLE)
        changelog.write_report(conn, text.article_id)  # what it told of the text goes as well
    urls = "select url from articles where id in (select article_id from revisions where capture_id = :id)"
    conn.execute(
        f"delete from template_lessons where url = :url or url in ({urls})",  # noqa: S608 - ours
        {"id": capture.id, "url": capture.url},
    )


def note(
    conn: sqlite3.Connection, capture: Capture, reason: str, at: str, details: Mapping[str, Any]
) -> None:
    """Write the tombstone. details: what its WARC file is now (see `archive.tables.custody.file_state`), and what else is to be known."""
    custody.note(
        conn, Action.REMOVED, at, capture_id=capture.id, items=len(capture.texts), sha256=capture.payload_sha256,
        reason=reason, details={**details, "texts": _hashes(capture.texts)},
    )  # fmt: skip


def _hashes(texts: Sequence[Text]) -> dict[str, str]:
    return {str(text.revision_id): text.content_sha256 for text in texts}

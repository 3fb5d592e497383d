"""Articles and their revisions: SQL on one connection, inside the store's transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.clock import to_text
from archive.models import ArticleText, ExtractionPath, Outcome
from archive.tables import blocks, candidates, changelog, rows, states, timeline
from archive.tables.states import Absence
from archive.text.folding import folded_words

_REVISION_COLUMNS = (
    "title", "standfirst", "body", "author", "agency", "dateline", "section", "tags", "language", "published_at",
    "modified_at", "is_truncated", "content_sha256", "date_candidates", "blocks",
)  # fmt: skip
_MOST_TAGS = 100
_LONGEST_TAG = 200  # characters; what is longer is a sentence


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where an article was read (url and its url_key), when, in which capture (None for imported text), by what.

    extraction_path, site_template_id: how its text was found on the page; None for imported text. revision_id,
    article_id: what new rows are to have as their ids, if they had one before (`archive rebuild`).
    """

    url: str
    key: str
    seen_at: str
    capture_id: int | None
    extractor_version: str
    extraction_path: ExtractionPath | None = None
    site_template_id: int | None = None
    revision_id: int | None = None
    article_id: int | None = None


def save(
    conn: sqlite3.Connection, source_id: str, article: ArticleText, sighting: Sighting,
    columns: Mapping[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    """Insert the article that was sighted, or add a revision if its text changed, or note that it's still there.

    A sighting that is older than the last one takes its place among the revisions: see `archive.tables.timeline`.
    columns: what `text_columns` makes of it, if that is made already.
    """
    text = text_columns(article) if columns is None else dict(columns)
    known = conn.execute(
        "select id, content_sha256, revision_count, last_seen_at from articles where url_key = ?",
        [sighting.key],
    ).fetchone()
    if known is None:
        _insert(conn, source_id, text, sighting)
        return Outcome.STORED
    article_id, known_sha256, revision_count, last_seen_at = known
    if sighting.seen_at < last_seen_at:
        return _save_earlier(conn, article_id, text, sighting, last_seen_at=last_seen_at)
    outcome = Outcome.UNCHANGED
    if known_sha256 != text["content_sha256"]:
        outcome = Outcome.CHANGED
        _add_revision(conn, article_id, revision_count + 1, text, sighting)
        rows.update(conn, "articles", article_id, text | {"revision_count": revision_count + 1})
    if sighting.capture_id is not None:
        conn.execute("update articles set origin = 'crawl' where id = ?", [article_id])
    _see_again(conn, article_id, text["content_sha256"], sighting.seen_at, sighting.capture_id)
    return outcome


def see_same(
    conn: sqlite3.Connection, article: ArticleText, sighting: Sighting,
    columns: Mapping[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    """Note that the article that was sighted is there and says what its revision of that time says, in other words.

    columns: as for `save`.
    """
    row = conn.execute(
        "select id, content_sha256, last_seen_at from articles where url_key = ?", [sighting.key]
    ).fetchone()
    if row is not None and sighting.seen_at < row[2]:
        text = text_columns(article) if columns is None else dict(columns)
        return _save_earlier(conn, row[0], text, sighting, last_seen_at=row[2], is_same=True)
    if row is not None:
        _see_again(conn, row[0], row[1], sighting.seen_at, sighting.capture_id)
    return Outcome.UNCHANGED


def see_unmodified(
    conn: sqlite3.Connection, key: str, lead_id: int, seen_at: str, capture_id: int | None
) -> None:
    """Note that the article a lead leads to is there as it was: the server said so without sending it."""
    found = conn.execute(
        """
        select id, content_sha256 from articles where url_key = :key or id in
            (select r.article_id from captures c join revisions r on r.capture_id = c.id where c.lead_id = :lead)
        """,
        {"key": key, "lead": lead_id},
    )
    for article_id, sha256 in found.fetchall():
        _see_again(conn, article_id, sha256, seen_at, capture_id)


def origin(conn: sqlite3.Connection, key: str) -> str | None:
    """Return whether the article with that url_key came by "crawl" or "import"; None if there is none."""
    row = conn.execute("select origin from articles where url_key = ?", [key]).fetchone()
    return row and str(row[0])


def note_absence(
    conn: sqlite3.Connection, key: str, lead_id: int, absence: Absence, at: str, capture_id: int | None
) -> str | None:
    """Note that the article that a lead leads to, if there is one, was not there; see `states.note_absence`.

    That is the article with the lead's url_key; or one that the lead's captures gave under another address (a
    canonical one), unless that address is a lead of its own and speaks for itself.
    """
    found = conn.execute(
        """
        select id from articles where url_key = :key or (
            id in (select r.article_id from captures c join revisions r on r.capture_id = c.id
                   where c.lead_id = :lead)
            and url_key not in (select url_key from leads where leads.url_key = articles.url_key))
        """,
        {"key": key, "lead": lead_id},
    )
    unsure = [states.note_absence(conn, row[0], absence, at, capture_id) for row in found.fetchall()]
    return min((until for until in unsure if until is not None), default=None)


def note_move(conn: sqlite3.Connection, key: str, absence: Absence, at: str, capture_id: int | None) -> None:
    """Note of the article with that url_key, if there is one, that the address leads elsewhere now."""
    for (article_id,) in conn.execute("select id from articles where url_key = ?", [key]).fetchall():
        states.note_absence(conn, article_id, absence, at, capture_id)


def content_sha256(article: ArticleText) -> str:
    """Return the hash of what a reader reads: title, standfirst, author and body as UTF-8, NUL between.

    Two captures with the same hash are one revision, whatever else changed on the page.
    """
    parts = (article.title, article.standfirst or "", article.author or "", article.body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _insert(conn: sqlite3.Connection, source_id: str, text: dict[str, Any], sighting: Sighting) -> None:
    row: dict[str, Any] = {
        "source_id": source_id,
        "url": sighting.url,
        "url_key": sighting.key,
        "origin": "import" if sighting.capture_id is None else "crawl",
        "first_seen_at": sighting.seen_at,
        "last_seen_at": sighting.seen_at,
    }
    if sighting.article_id is not None:
        row["id"] = sighting.article_id
    article_id = rows.insert(conn, "articles", row | text)
    _add_revision(conn, article_id, 1, text, sighting)


def _add_revision(
    conn: sqlite3.Connection, article_id: int, number: int, text: dict[str, Any], sighting: Sighting
) -> None:
    row = {"article_id": article_id, "number": number}
    revision_id = rows.insert(conn, "revisions", row | _revision(text, sighting))
    if number > 1:
        changelog.write(conn, revision_id)


def _revision(text: dict[str, Any], sighting: Sighting) -> dict[str, Any]:
    """Return the columns of a revision, but for what it is a revision of, and its number."""
    row = {
        "capture_id": sighting.capture_id,
        "seen_at": sighting.seen_at,
        "extractor_version": sighting.extractor_version,
        "extraction_path": sighting.extraction_path,
        "site_template_id": sighting.site_template_id,
    }
    if sighting.revision_id is not None:
        row["id"] = sighting.revision_id
    return row | {column: text[column] for column in _REVISION_COLUMNS}


def _save_earlier(
    conn: sqlite3.Connection, article_id: int, text: dict[str, Any], sighting: Sighting, *, last_seen_at: str,
    is_same: bool = False,
) -> Outcome:  # fmt: skip
    """Put a sighting older than the last one in its place: what the article says stays what was seen last.

    Whether it's there today, an old capture can't tell: a state `gone` or `blocked` stays.
    """
    placed = timeline.place(
        conn, article_id, _revision(text, sighting), last_seen_at=last_seen_at, is_same=is_same
    )
    changes = (text if placed.is_newest else {}) | {"revision_count": placed.revisions}
    if sighting.capture_id is not None:
        changes["origin"] = "crawl"
    rows.update(conn, "articles", article_id, changes)
    changelog.write_report(conn, article_id)
    conn.execute(
        """
        update articles set first_seen_at = min(first_seen_at, :seen_at), state = case
            when state not in ('live', 'changed') then state
            when (select content_sha256 from revisions where article_id = :id and number = 1) = content_sha256
            then 'live' else 'changed' end
        where id = :id
        """,
        {"id": article_id, "seen_at": sighting.seen_at},
    )
    return placed.outcome


def _see_again(
    conn: sqlite3.Connection, article_id: int, sha256: str, seen_at: str, capture_id: int | None
) -> None:
    """Note that the article is there: `live` if it says what it said first, else `changed`; unless that is old news."""
    is_there = states.note_presence(conn, article_id, seen_at, capture_id)
    conn.execute(
        """
        update articles set last_seen_at = max(last_seen_at, :seen_at), state = case when not :is_there then state
            when (select content_sha256 from revisions where article_id = :id and number = 1) = :sha256
            then 'live' else 'changed' end
        where id = :id
        """,
        {"id": article_id, "sha256": sha256, "seen_at": seen_at, "is_there": is_there},
    )


def text_columns(article: ArticleText) -> dict[str, Any]:
    """Return the columns of `articles` that an extraction fills, by name."""
    published = article.published
    return {
        "title": article.title,
        "standfirst": article.standfirst,
        "body": article.body,
        "author": article.author,
        "agency": article.agency,
        "dateline": article.dateline,
        "section": article.section,
        "tags": _tags(article.tags),
        "language": article.language,
        "published_at": to_text(published.moment) if published else None,
        "published_at_precision": published.precision if published else None,
        "published_at_from": published.origin if published else None,
        "published_at_text": published.text if published else None,
        "modified_at": to_text(article.modified_at) if article.modified_at else None,
        "word_count": len(article.body.split()),
        "is_truncated": int(article.is_truncated),
        "content_sha256": content_sha256(article),
        "folded_words": folded_words(article.title, article.standfirst, article.body),
        "date_candidates": candidates.to_json(article.date_candidates),
        "blocks": blocks.to_json(article.blocks, article.body),
    }


def _tags(tags: tuple[str, ...]) -> str | None:
    """Return tags as a JSON array, each once; None for none."""
    kept = list(dict.fromkeys(tag for tag in tags if len(tag) <= _LONGEST_TAG))[:_MOST_TAGS]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None

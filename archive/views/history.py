"""How one report read over time: its revisions, each with its capture, and what changed from one to another."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from archive.changes.compare import compare
from archive.changes.model import Change, Text
from archive.changes.summary import kinds, summary
from archive.changes.texts import Piece, diff
from archive.errors import NotFound
from archive.tables.changelog import UNTOLD, details_of

_ARTICLE = """
select articles.*, sources.name as source_name from articles join sources on sources.id = articles.source_id
where articles.id = ?
"""
_REVISIONS = """
select revisions.id, revisions.number, revisions.seen_at, revisions.title, revisions.standfirst, revisions.author,
    revisions.published_at, revisions.language, revisions.body, revisions.extraction_path, revisions.extractor_version,
    revisions.site_template_id, revisions.content_sha256, revisions.capture_id, captures.status, captures.final_url,
    captures.payload_sha256, captures.warc_file, captures.warc_offset
from revisions left join captures on captures.id = revisions.capture_id
where revisions.article_id = ? order by revisions.number
"""
_STATES = """
select article_states.*, captures.status, captures.warc_file, captures.warc_offset
from article_states left join captures on captures.id = article_states.capture_id
where article_id = ? order by article_states.id
"""
_LINES = ("title", "standfirst", "author")

Row = Mapping[str, Any]
Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """From one revision to another: what changed, told and shown.

    before, after: the rows of the revisions. lines: of title, standfirst and author the words, with what became of each
    ("same", "removed", "added"), where they differ; dates: published_at before and after, where that differs.
    is_told: False where one of the two was removed from the archive, so that nothing is compared.
    """

    before: Row
    after: Row
    changes: tuple[Change, ...]
    lines: Mapping[str, Words]
    dates: tuple[str | None, str | None] | None
    pieces: tuple[Piece, ...]
    is_told: bool = True

    @property
    def is_substantive(self) -> bool:
        """Tell whether it changes what the report says."""
        return any(change.is_substantive for change in self.changes)


@dataclass(frozen=True, slots=True)
class History:
    """A report with its revisions, how its address answered over time, and the steps that were asked for."""

    article: Row
    revisions: tuple[Row, ...]
    states: tuple[Row, ...]
    steps: tuple[Step, ...]


def history(
    connection: sqlite3.Connection, article_id: int, first: int | None = None, last: int | None = None
) -> History:
    """Return a report's history; its rows are `sqlite3.Row`.

    Each revision is compared with the one before it; if `first` or `last` is given, only these two are (the first
    and the newest, where only one is). Raises NotFound for an article or a revision that there isn't.
    """
    article = connection.execute(_ARTICLE, [article_id]).fetchone()
    if article is None:
        raise NotFound(f"no article has the id {article_id}: `archive search` shows the ids that there are")
    revisions = tuple(map(dict, connection.execute(_REVISIONS, [article_id])))
    if first is None and last is None:
        pairs: list[tuple[Row, Row]] = list(pairwise(revisions))
    else:
        numbers = (
            revisions[0]["number"] if first is None else first,
            revisions[-1]["number"] if last is None else last,
        )
        pairs = [
            (_of_number(revisions, numbers[0], article_id), _of_number(revisions, numbers[1], article_id))
        ]
    states = tuple(map(dict, connection.execute(_STATES, [article_id])))
    return History(dict(article), revisions, states, tuple(_step(*pair) for pair in pairs))


def _of_number(revisions: Sequence[Row], number: int, article_id: int) -> Row:
    for revision in revisions:
        if revision["number"] == number:
            return revision
    there = f"1 to {len(revisions)}" if len(revisions) > 1 else "1 only"
    raise NotFound(f"article {article_id} has no revision {number}: there is {there}")


def _step(before: Row, after: Row) -> Step:
    texts = _text(before), _text(after)
    if any(text.is_removed for text in texts):
        return Step(before, after, changes=(), lines={}, dates=None, pieces=(), is_told=False)
    lines = {
        column: _words(before[column], after[column]) for column in _LINES if before[column] != after[column]
    }
    dates = (before["published_at"], after["published_at"])
    return Step(
        before=before,
        after=after,
        changes=compare(*texts),
        lines={
            column: words for column, words in lines.items() if any(status != "same" for status, _ in words)
        },
        dates=dates if dates[0] != dates[1] else None,
        pieces=diff(before["body"], after["body"]),
    )


def _words(before: str | None, after: str | None) -> Words:
    one, other = (" ".join((text or "").split()) for text in (before, after))
    pieces = diff(one, other)
    words = [part for piece in pieces for part in piece.words()]
    return tuple(words)


def _text(revision: Row) -> Text:
    columns = ("title", "body", "standfirst", "author", "published_at", "language")
    return Text(**{column: revision[column] for column in columns})


# -- as JSON --------------------------------------------------------------------------------------------------


def to_dict(found: History) -> dict[str, Any]:
    """Return a history for a program: rows with the names of their columns, texts word by word."""
    return {
        "article": {
            key: found.article[key] for key in ("id", "source_id", "url", "title", "state", "revision_count")
        },
        "revisions": [
            {key: value for key, value in revision.items() if key not in {"body", "standfirst", "id"}}
            for revision in found.revisions
        ],
        "states": [dict(state) for state in found.states],
        "steps": [_step_to_dict(step) for step in found.steps],
    }


def _step_to_dict(step: Step) -> dict[str, Any]:
    return {
        "from": step.before["number"],
        "to": step.after["number"],
        "seen_at": step.after["seen_at"],
        "is_substantive": step.is_substantive,
        "kinds": kinds(step.changes),
        "summary": summary(step.changes) if step.is_told else UNTOLD,
        "changes": details_of(step.changes),
        **{column: [list(part) for part in words] for column, words in step.lines.items()},
        **({"published_at": list(step.dates)} if step.dates else {}),
        "paragraphs": [
            {
                "status": piece.status.value,
                "before": piece.place,
                "after": piece.new_place,
                "words": [list(part) for part in piece.words()],
            }
            for piece in step.pieces
        ],
    }

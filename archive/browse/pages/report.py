"""One report: as it read, where it came from, when it was seen, and what changed in it."""

from __future__ import annotations

import functools
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from archive.browse.asking import places_named
from archive.browse.compat import Response
from archive.browse.hits import row_of
from archive.browse.web import Asked, page
from archive.changes.summary import summary
from archive.errors import InvalidInput
from archive.search.nearby import Nearby, nearby
from archive.views.history import History, history
from archive.views.show import Report
from archive.views.show import report as read_report

Row = Mapping[str, Any]
_BEFORE = """
select id, title, published_at from articles
where source_id = :source and published_at < :at order by published_at desc, id desc limit 1
"""
_AFTER = """
select id, title, published_at from articles
where source_id = :source and published_at > :at order by published_at, id limit 1
"""
_SAME_DAY = """
select articles.id, articles.title, articles.language, articles.state, articles.published_at, articles.published_at_precision,
    articles.source_id, sources.name as source_name
from articles join sources on sources.id = articles.source_id
where articles.published_at >= :day and articles.published_at < :day || 'U' and articles.id <> :id
order by articles.published_at limit :most
"""
_MOST_NEARBY = 8
_MOST_OTHERS = 8
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f]+")
_BIB = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\~{}", "^": r"\^{}"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """A report, the one before and after it of its source, others of its day and places, and of its day."""

    report: Report
    earlier: Row | None
    later: Row | None
    nearby: Nearby
    same_day: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, quote ... as a page shows it. kind: as in archive.models.BlockKind. url: an embedded post's."""

    kind: str
    text: str
    url: str | None = None
    note: str | None = None


@page("articles", "captures", "revisions", "sources", "article_states")
async def report(asked: Asked) -> Response:
    """Show a report."""
    found = await asked.read(functools.partial(_found, int(asked.part("id"))))
    article = found.report.article
    return await asked.answer("archive_report.html", {
        "article": article, "source": found.report.source, "captures": found.report.captures,
        "revisions": found.report.revisions, "states": found.report.states, "blocks": blocks_of(article),
        "earlier": found.earlier, "later": found.later,
        "same_day": found.same_day, "places": found.nearby.places,
        "nearby": [row_of(hit) for hit in found.nearby.hits], "nearby_search": _search_of(found),
        "candidates": _json(article["date_candidates"]), "tags": _json(article["tags"]),
        "address": article["url"] if _WEB.fullmatch(str(article["url"])) else None, **_cited(found.report),
    })  # fmt: skip


@page("articles", "revisions")
async def diff(asked: Asked) -> Response:
    """Show what changed between two revisions: the first and the last, if none are named."""
    numbers = _number(asked.value("first"), "first"), _number(asked.value("last"), "last")
    found = await asked.read(functools.partial(_compared, int(asked.part("id")), numbers))
    step = found.steps[0] if found.steps else None
    return await asked.answer("archive_diff.html", {
        "article": found.article, "revisions": found.revisions, "step": step,
        "changes": [summary([change]) for change in step.changes] if step else [],
    })  # fmt: skip


def blocks_of(article: Row) -> list[Block]:
    """Return a report's text in its blocks; its paragraphs where no blocks are known of it, or they don't fit."""
    body = str(article["body"] or "")
    known = [each for each in _json(article["blocks"]) if isinstance(each, dict)]
    shown = [_block(each, body) for each in known]
    blocks = [block for block in shown if block is not None]
    if not any(block.kind not in {"caption", "embed", "standfirst"} for block in blocks):
        paragraphs = [Block("paragraph", part.strip()) for part in body.split("\n\n") if part.strip()]
        return [*paragraphs, *(block for block in blocks if block.kind in {"caption", "embed"})]
    return blocks


def _block(given: Row, body: str) -> Block | None:
    text = given.get("text")
    start, end = given.get("start"), given.get("end")
    if text is None and isinstance(start, int) and isinstance(end, int):
        text = body[start:end]
    if not isinstance(text, str) and not given.get("url"):
        return None
    url = given.get("url")
    is_web = isinstance(url, str) and _WEB.fullmatch(url) is not None
    note = given.get("at") or given.get("time")
    return Block(str(given.get("kind")), text or "", url if is_web else None, str(note) if note else None)


def _found(article_id: int, connection: sqlite3.Connection) -> Found:
    found = read_report(connection, article_id)
    article = found.article
    at = article["published_at"]
    if at is None:
        return Found(found, None, None, Nearby(), ())
    near = nearby(connection, article, places_named(article), _MOST_NEARBY)
    shown = {hit.id for hit in near.hits}
    keys = {"source": article["source_id"], "at": at, "day": str(at)[:10], "id": article_id,
            "most": _MOST_OTHERS + len(shown)}  # fmt: skip
    earlier, later = (connection.execute(query, keys).fetchone() for query in (_BEFORE, _AFTER))
    others = [dict(row) for row in connection.execute(_SAME_DAY, keys) if row["id"] not in shown]
    return Found(found, earlier and dict(earlier), later and dict(later), near, others[:_MOST_OTHERS])


def _search_of(found: Found) -> str | None:
    """Return the search for reports of that day and these places, as the search page takes it."""
    if not found.nearby.places:
        return None
    day = str(found.report.article["published_at"])[:10]
    words = " OR ".join(f'"{place}"' for place in found.nearby.places)
    return urlencode({"q": words, "since": day, "until": day})


def _compared(
    article_id: int, numbers: tuple[int | None, int | None], connection: sqlite3.Connection
) -> History:
    known = history(connection, article_id)
    if len(known.revisions) < 2:
        return known
    first, last = numbers
    return history(connection, article_id, first or known.revisions[0]["number"], last)


def _number(text: str, name: str) -> int | None:
    if text and not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidInput(f"{name}={text!r} is not the number of a revision")
    return int(text) if text else None


def _json(text: object) -> list[Any]:
    try:
        found = json.loads(str(text)) if text else []
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _cited(found: Report) -> dict[str, Any]:
    """Return what a report is cited by: in words, and as the fields of BibTeX; with the capture that it was read from."""
    article, source = found.article, found.source
    day = str(article["published_at"])[:10] if article["published_at"] else None
    capture = found.captures[-1] if found.captures else None
    sha256 = capture["payload_sha256"] if capture else None  # a published copy may keep it to itself
    kept = (
        f"Archived {capture['fetched_at']}{f', SHA-256 {sha256}' if sha256 else ''}."
        if capture
        else "No page is archived."
    )
    by = article["author"] or source["name"]
    fields = {"author": by, "title": article["title"], "organization": source["name"], "date": day,
              "url": article["url"], "urldate": capture and str(capture["fetched_at"])[:10], "note": kept}  # fmt: skip
    return {
        "cited": {"by": by, "day": day or "no date", "kept": kept},
        "bibtex": [
            (name, " ".join(str(value).split()).translate(_BIB)) for name, value in fields.items() if value
        ],
    }

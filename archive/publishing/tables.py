"""Every table and column of an archive, and what becomes of it in a published copy. What is not named here is not copied.

A test holds this against the schema: a migration that adds a column fails it until somebody has said here what is to
become of the column. What is copied is copied by its form: a number, an instant, one of a few words of ours. Texts that came from
outside go through the operator's patterns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from archive.models import Outcome
from archive.publishing.redacting import Redactor
from archive.views.gone import WORDS


class As(Enum):
    """What becomes of a column."""

    ID = "a key as it is"
    NUMBER = "a number as it is"
    MOMENT = "an instant as it is"
    WORD = "one of some words of ours"
    TEXT = "what the patterns leave of a text"
    MADE = "made for the copy"
    OUT = "left out"


@dataclass(frozen=True, slots=True)
class Column:
    """What becomes of a column. otherwise: what stands there for what is left out. words: those of As.WORD."""

    how: As
    otherwise: str | int | None = None
    words: re.Pattern[str] | None = None


_ID, _NUMBER, _TEXT, _MADE, _OUT = (Column(how) for how in (As.ID, As.NUMBER, As.TEXT, As.MADE, As.OUT))
_MOMENT = Column(As.MOMENT)
_NEVER = Column(As.MOMENT, "1970-01-01T00:00:00Z")  # where there has to be one
_ZERO = Column(As.NUMBER, 0)
_SOME_TEXT = Column(As.TEXT, "")
_OUT_0 = Column(As.OUT, 0)


def _one_of(*words: str, otherwise: str | None = None) -> Column:
    return Column(As.WORD, otherwise, re.compile("|".join(map(re.escape, words))))


_OUTCOMES = _one_of(*(outcome.value for outcome in Outcome))
_STATES = ("live", "changed", "moved", "gone", "blocked", "missing", "restored")
_STATE = _one_of(*_STATES, otherwise="live")
_VERSION = Column(As.WORD, "0", re.compile(r"\d{1,4}(?:\.\d{1,6}){0,3}", re.ASCII))
_LANGUAGE = Column(As.WORD, None, re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?", re.ASCII))
_ENDED = Column(
    As.WORD, None, re.compile(r"finished|shutdown|cancelled|blocked|failed|closespider_[a-z]{1,20}")
)
_KIND = _one_of("crawl", "backfill", "import", otherwise="crawl")
_PRECISION = _one_of("second", "minute", "day")
_HOW = Column(As.WORD, None, re.compile("|".join([*map(re.escape, WORDS), r"[1-5]\d\d"]), re.ASCII))

_COUNTS = (
    "found", "stored", "changed", "unchanged", "duplicate", "not_an_article", "too_old", "too_new", "robots", "blocked",
    "gone", "failed", "known", "waiting", "refused", "requests",
)  # fmt: skip
_REPORT = {
    "title": _SOME_TEXT, "standfirst": _TEXT, "author": _TEXT, "agency": _TEXT, "dateline": _TEXT, "section": _TEXT,
    "tags": _MADE, "language": _LANGUAGE, "published_at": _MOMENT, "modified_at": _MOMENT, "is_truncated": _ZERO,
    "content_sha256": _MADE, "body": _MADE, "date_candidates": _MADE, "blocks": _MADE,
}  # fmt: skip

COPIED: Final[Mapping[str, Mapping[str, Column]]] = {
    "sources": {
        "id": _ID, "name": _SOME_TEXT, "homepage": _MADE, "conflict": _TEXT, "country": _TEXT, "kind": _TEXT,
        "languages": _TEXT, "time_zone": _TEXT, "domains": _OUT, "identity": _OUT, "paused_until": _OUT,
        "pause_reason": _OUT, "pauses": _OUT_0, "revisit": _OUT,
    },
    "runs": {
        "id": _ID, "source_id": _ID, "started_at": _NEVER, "finished_at": _MOMENT, "finish_reason": _ENDED,
        "version": _VERSION, "kind": _KIND, "stats": _MADE, **dict.fromkeys(_COUNTS, _ZERO),
    },
    "endpoints": {
        "id": _ID, "source_id": _ID, "url": _MADE, "kind": _one_of("feed", "sitemap", "listing", otherwise="feed"),
        "status": _NUMBER, "etag": _OUT, "last_modified": _OUT, "last_checked_at": _MOMENT, "last_new_at": _MOMENT,
        "failures": _ZERO, "last_error": _OUT, "last_read_at": _MOMENT, "payload_sha256": _OUT, "asked_in_full_at": _OUT,
        "modified_hint": _OUT, "dropped_alive": _OUT_0, "lies": _OUT_0,
        "outcome": _one_of("read", "not_modified", "robots", "blocked", "gone", "failed"),
    },
    "leads": {
        "id": _ID, "source_id": _ID, "url": _MADE, "url_key": _MADE, "endpoint_id": _OUT, "first_seen_at": _NEVER,
        "published_hint": _MOMENT, "modified_hint": _OUT, "outcome": _OUTCOMES, "attempts": _ZERO,
        "state": _one_of("waiting", "stored", "failed", "skipped", otherwise="skipped"),
        "last_attempt_at": _MOMENT, "next_attempt_at": _OUT, "last_error": _OUT, "etag": _OUT, "last_modified": _OUT,
        "via": _one_of("feed", "sitemap", "listing", "manual", "warc", otherwise="manual"),
    },
    "captures": {
        "id": _ID, "run_id": _ID, "lead_id": _OUT, "url": _MADE, "final_url": _MADE, "status": _ZERO,
        "content_type": Column(As.WORD, None, re.compile(r"text/html|text/plain|application/xhtml\+xml")),
        "fetched_at": _NEVER, "payload_sha256": _MADE, "payload_bytes": _MADE, "warc_file": Column(As.OUT, ""),
        "warc_offset": _OUT_0, "previous_hash": _MADE, "hash": _MADE,
    },
    "articles": {
        "id": _ID, "source_id": _ID, **_REPORT, "url": _MADE, "url_key": _MADE, "published_at_precision": _PRECISION,
        "published_at_from": _TEXT, "published_at_text": _TEXT, "word_count": _MADE,
        "origin": _one_of("crawl", "import", otherwise="crawl"), "state": _STATE, "first_seen_at": _NEVER,
        "last_seen_at": _NEVER, "revision_count": _MADE, "folded_words": _MADE,
    },
    "revisions": {
        "id": _ID, "article_id": _ID, "number": _MADE, "seen_at": _NEVER, "capture_id": _NUMBER, **_REPORT,
        "extractor_version": _SOME_TEXT, "extraction_path": _one_of("template", "mixed", "single"),
        "site_template_id": _OUT,
    },
    "article_states": {
        "id": _ID, "article_id": _ID, "state": _STATE, "how": _HOW, "since": _NEVER, "last_confirmed_at": _NEVER,
        "until": _MOMENT, "capture_id": _NUMBER, "last_capture_id": _NUMBER, "detail": _OUT,
    },
}  # fmt: skip

# Written by the copy's own program, of what is in the copy.
MADE_ANEW: Final = frozenset({
    "changes", "publications", "search_normalisers", "search_pending", "articles_fts", "articles_fts_config",
    "articles_fts_data", "articles_fts_docsize", "articles_fts_idx", "_sqlite_migrations",
})  # fmt: skip

# Tables of which nothing is copied, each with the reason; a test names their columns too.
LEFT_OUT: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "refusals": ("links that a crawl did not follow", frozenset({"run_id", "rule", "links"})),
    "backfills": ("how a crawl goes on, with addresses", frozenset({
        "id", "source_id", "endpoint_url", "since", "until", "state", "page", "next_url", "reached_day", "reports",
        "started_at", "updated_at",
    })),
    "custody": ("evidence, with hashes and names of files", frozenset({
        "id", "at", "action", "version", "source_id", "run_id", "capture_id", "article_id", "items", "sha256", "reason",
        "details", "captures_hash", "previous_hash", "hash",
    })),
    "site_templates": ("texts of pages", frozenset({
        "id", "source_id", "version", "learned_at", "page_count", "score", "replaced_at", "template",
    })),
    "template_lessons": ("texts of pages", frozenset({"id", "source_id", "layout", "url", "seen_at", "lesson"})),
    "import_files": ("paths of a machine", frozenset({
        "id", "path", "size", "wanted", "state", "offset", "records", "started_at", "updated_at",
    })),
    "imported_captures": ("names of records", frozenset({
        "capture_id", "import_file_id", "record_offset", "record_id", "payload_digest",
    })),
    "seals": ("evidence, with a hash of everything", frozenset({
        "id", "sealed_at", "sha256", "manifest", "public_key", "signature", "authority", "authority_moment",
        "authority_token", "opentimestamps",
    })),
    "watches": ("what somebody looks for, and where it's sent", frozenset({
        "id", "name", "query", "source_id", "language", "since", "until", "synonyms", "destination", "target",
        "secret_variable", "allow_private", "timeout", "created_at", "looked_up_to",
    })),
    "watch_matches": ("what somebody looked for", frozenset({
        "id", "watch_id", "revision_id", "matched_at", "attempts", "next_attempt_at", "last_error", "delivered_at",
    })),
}  # fmt: skip

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def copied(table: str, row: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return the columns of a row that are copied; those that are As.MADE are for the caller to add.

    What has not the form that it should have is left out.
    """
    return {
        name: _value(column, row[name], redactor)
        for name, column in COPIED[table].items()
        if column.how is not As.MADE
    }


def _value(column: Column, value: Any, redactor: Redactor) -> Any:
    if _is_fit(column, value):
        return redactor.text(value) if column.how is As.TEXT else value
    return column.otherwise


def _is_fit(column: Column, value: Any) -> bool:
    match column.how:
        case As.ID:
            return isinstance(value, int | str)
        case As.NUMBER:
            return isinstance(value, int)
        case As.MOMENT:
            return isinstance(value, str) and _INSTANT.fullmatch(value) is not None
        case As.WORD:
            return isinstance(value, str) and column.words is not None and bool(column.words.fullmatch(value))
        case As.TEXT:
            return isinstance(value, str)
        case _:
            return False

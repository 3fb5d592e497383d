"""A report with its revisions as it may be published: redacted, hashed and counted anew. Pure: rows in, rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive.models import ArticleText, BlockKind
from archive.publishing import parts
from archive.publishing.addresses import holds_pattern, is_public
from archive.publishing.redacting import Found, Redacted, Redactor
from archive.publishing.rules import Rules
from archive.publishing.tables import copied
from archive.tables.articles import content_sha256
from archive.text.folding import folded_words

Row = Mapping[str, Any]

# What an article and its newest revision both have.
_SHARED: Final = (
    "title", "standfirst", "body", "author", "agency", "dateline", "section", "tags", "language", "published_at",
    "modified_at", "is_truncated", "content_sha256", "date_candidates", "blocks",
)  # fmt: skip
_TEXTS: Final = (
    "title",
    "standfirst",
    "author",
    "agency",
    "dateline",
    "section",
    "tags",
    "date_candidates",
    "blocks",
)
LEFT_OUT_URL: Final = "urn:left-out:report:"


@dataclass(frozen=True, slots=True)
class Published:
    """A report as it's published. found: what patterns took out of it.

    is_touched: it says less than the archive's. merged: revisions that say what the one before says, now that something
    is left out of both; earlier: those that were left out as earlier ones. None of them is told.
    """

    article: dict[str, Any]
    revisions: tuple[dict[str, Any], ...]
    found: Found
    is_touched: bool
    merged: int
    earlier: int

    @property
    def is_barred(self) -> bool:
        """Tell whether a pattern forbids to publish the report."""
        return bool(self.found.barred)


def publish(article: Row, revisions: Sequence[Row], rules: Rules, redactor: Redactor) -> Published:
    """Return a report as it may be published. article, revisions (by number): the archive's rows."""
    redactor.found = found = Found()
    newest = revisions[-1:] if rules.newest_only else revisions
    made = [_revision(row, rules, redactor) for row in newest]
    kept = _merged(made)
    told = _article(article, kept[-1] if kept else None, rules, redactor)
    told["revision_count"] = max(1, len(kept))
    told["word_count"] = len(told["body"].split())
    folded = folded_words(told["title"], told["standfirst"], told["body"])
    told["folded_words"] = redactor.text(folded) if folded else None
    told |= _address(article, rules, redactor)
    told["state"] = _state(told, kept)
    is_touched = (
        bool(found.places)
        or len(kept) < len(revisions)
        or told["url"] != article["url"]
        or any(_lacks(row, other) for row, other in zip(newest or [article], made or [told], strict=True))
    )
    return Published(
        told, tuple(kept), found, is_touched, merged=len(made) - len(kept), earlier=len(revisions) - len(newest)
    )  # fmt: skip


def _article(row: Row, newest: Row | None, rules: Rules, redactor: Redactor) -> dict[str, Any]:
    """Return an article's columns; what its newest revision has too is taken from that, so that both say the same."""
    if newest is None:
        told = _text(copied("articles", row, redactor), row, rules, redactor)
    else:
        told = copied("articles", {**row, **dict.fromkeys(_SHARED)}, redactor)
        told |= {name: newest[name] for name in _SHARED}
    if rules.of_report & {"date_candidates", "url"}:
        told["published_at_text"] = None
    elif (text := told["published_at_text"]) and (number := holds_pattern(text, redactor)) is not None:
        redactor.note_address(number)
        told["published_at_text"] = None
    return told


def _revision(row: Row, rules: Rules, redactor: Redactor) -> dict[str, Any]:
    return _text(copied("revisions", row, redactor), row, rules, redactor)


def _text(told: dict[str, Any], row: Row, rules: Rules, redactor: Redactor) -> dict[str, Any]:
    """Add what is made of a report's body and its parts to the columns that are copied."""
    without = rules.of_report
    whole = row["body"] if isinstance(row["body"], str) and "body" not in without else ""
    body = redactor.redact(whole) if whole else Redacted("")
    kinds = frozenset({BlockKind.STANDFIRST.value}) if "standfirst" in without else frozenset[str]()
    has_blocks = not without & {"blocks", "body"}
    told |= {
        "body": body.text,
        "tags": parts.tags(row["tags"], redactor),
        "blocks": parts.blocks(row["blocks"], body, redactor, without=kinds) if has_blocks else None,
        "date_candidates": parts.candidates(
            row["date_candidates"], redactor, without_address="url" in without
        ),
    }
    told |= {name: None for name in told.keys() & without if name not in ("body", "url")}
    told["content_sha256"] = content_sha256(
        ArticleText(
            title=told["title"], body=told["body"], standfirst=told["standfirst"], author=told["author"]
        )
    )
    return told


def _merged(revisions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return revisions of which each says something else than the one before, numbered anew.

    Of those that say the same, the first is kept, as it's known when that was seen first; what stands beside the text is
    the last one's.
    """
    kept: list[dict[str, Any]] = []
    for row in revisions:
        if kept and kept[-1]["content_sha256"] == row["content_sha256"]:
            kept[-1] |= {name: row[name] for name in _SHARED}
        else:
            kept.append(dict(row))
    for number, row in enumerate(kept, start=1):
        row["number"] = number
    return kept


def _address(article: Row, rules: Rules, redactor: Redactor) -> dict[str, str]:
    """Return the address of a report and its key, or what stands for them where they are left out."""
    url, key = article["url"], article["url_key"]
    nowhere = f"{LEFT_OUT_URL}{article['id']}"
    if "url" in rules.of_report or not isinstance(url, str) or not is_public(url, is_report=True):
        return {"url": nowhere, "url_key": nowhere}
    for text in (url, str(key)):
        if (number := holds_pattern(text, redactor)) is not None:
            redactor.note_address(number)
            return {"url": nowhere, "url_key": nowhere}
    return {"url": url, "url_key": str(key)}


def _state(told: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> str:
    state = str(told["state"])
    if state not in ("live", "changed") or not kept:
        return state
    return "live" if kept[0]["content_sha256"] == told["content_sha256"] else "changed"


def _lacks(row: Row, told: Mapping[str, Any]) -> bool:
    return any(row[name] != told[name] for name in ("body", *_TEXTS))

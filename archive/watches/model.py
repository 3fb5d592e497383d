"""What a watch is, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from archive.filters import Filters


class Destination(StrEnum):
    """Where matches go."""

    FEED = "feed"  # an Atom file
    COMMAND = "command"  # a program's standard input, as JSON
    WEBHOOK = "webhook"  # an HTTP POST, as JSON


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved search. id: its row, None before it has one.

    query, filters, synonyms: as for a search. target: a file's path, a command's words as JSON, or an address.
    secret_variable: the environment variable that holds the key which a webhook's body is signed with. allow_private: whether the address may be a private one. timeout: seconds for one delivery.
    """

    name: str
    query: str
    destination: Destination
    target: str
    filters: Filters = field(default_factory=Filters)
    synonyms: bool = False
    secret_variable: str | None = None
    allow_private: bool = False
    timeout: float = 30.0
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A revision that a watch wants, with what a reader is to know of it; times as the archive has them."""

    id: int
    revision_id: int
    matched_at: str
    article_id: int
    number: int
    url: str
    title: str
    source_id: str
    source_name: str
    language: str | None
    published_at: str | None
    published_at_precision: str | None
    seen_at: str
    standfirst: str | None
    body: str
    attempts: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what a command or a webhook is told."""
        names = ("article_id", "revision_id", "number", "url", "title", "source_id", "source_name", "language", "published_at",
                 "published_at_precision", "seen_at", "matched_at", "standfirst", "body")  # fmt: skip
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a watch stands: its matches so far, those that wait, and what the last attempt ended with."""

    watch: Watch
    created_at: str
    matched: int
    waiting: int
    next_attempt_at: str | None
    last_error: str | None
    last_delivered_at: str | None


def filters_of(source: str | None, since: str | None, until: str | None, language: str | None) -> Filters:
    """Return filters from what a row says."""
    days = [date.fromisoformat(day) if day else None for day in (since, until)]
    return Filters(source, days[0], days[1], language)

"""Which records of a WARC file are pages to take in, and why the others are not: decided as they come by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from archive.evidence.foreign import Answer, Broken, Head, Kept, Passed, read_answer, read_date, read_foreign
from crawler.commands.importing.homes import Place
from crawler.commands.importing.tally import (
    BROKEN,
    NO_DATE,
    NO_HTTP,
    NOT_HTML,
    NOT_MATCHED,
    ROBOTS_TXT,
    STATUS,
    TOO_EARLY,
    TOO_LATE,
)

_HTML = ("text/html", "application/xhtml+xml", "application/xhtml")
_KINDS = frozenset({"warcinfo", "request", "metadata", "resource", "conversion", "continuation"})
_OK = 200
_MARK_EVERY = 500


class Places(Protocol):
    """Tells whose report an address is."""

    def look(self, url: str) -> Place | str:
        """Return the place of a report, or the word for why it's none."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. since, until: the first instant of a capture, and the first that is too late. url: a pattern."""

    since: datetime | None = None
    until: datetime | None = None
    url: re.Pattern[str] | None = None

    def refuses(self, url: str, captured_at: datetime) -> str | None:
        """Return why a capture is not wanted; None for one that is."""
        if self.url is not None and not self.url.search(url):
            return NOT_MATCHED
        if self.since is not None and captured_at < self.since:
            return TOO_EARLY
        return TOO_LATE if self.until is not None and captured_at >= self.until else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record whose page is to be taken in. number: how many records came before those of its unit.

    answer: of a revisit, only its head, which may be empty. member: its gzip member, if it can be kept as it is.
    """

    place: Place
    url: str
    captured_at: datetime
    head: Head
    answer: Answer | None
    number: int
    member: bytes | None = field(default=None, repr=False)

    @property
    def is_revisit(self) -> bool:
        """Tell whether its payload is that of another record."""
        return self.head.kind == "revisit"

    @property
    def size(self) -> int:
        """Return how much of the memory it takes, in bytes, about."""
        return self.head.length + len(self.member or b"")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file where reading can begin again, and how many records come before: all of them were passed by."""

    offset: int
    number: int


class Reading:
    """Reads one file; its figures are for others to look at meanwhile.

    offset, number: where reading can begin again, and how many records come before. counts, statuses: of those that
    were not taken. broken: the places, with what is wrong.
    """

    def __init__(self, name: str, places: Places, wish: Wish) -> None:
        self.name = PurePath(name).name
        self.offset = 0
        self.number = 0
        self.records = 0
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.broken: list[tuple[int, str]] = []
        self._places = places
        self._wish = wish
        self._found: tuple[Place, datetime] | None = None

    def read(self, file: BinaryIO, *, start: int = 0, number: int = 0) -> Iterator[Candidate | Mark]:
        """Yield the pages to take in, and a mark every so many others; start, number: where to begin, and how many records come before."""
        self.offset, self.number, self.records = start, number, number
        for piece in read_foreign(file, self._reason, start=start):
            offset = piece.head.offset if isinstance(piece, Kept) else piece.offset
            if offset != self.offset:
                self.offset, self.number = offset, self.records
                if self.records % _MARK_EVERY == 0:
                    yield Mark(offset, self.number)
            self.records += 1
            if isinstance(piece, Passed):
                self.counts[piece.reason] += 1
            elif isinstance(piece, Broken):
                self.counts[BROKEN] += 1
                self.broken.append((piece.offset, piece.problem))
            else:
                found = self._sorted(piece)
                if isinstance(found, Candidate):
                    yield found
                else:
                    self.counts[found] += 1

    def _reason(self, head: Head) -> str | None:
        """Return why a record is not wanted, by its own headers; the last one that is wanted is remembered."""
        if head.kind not in {"response", "revisit"}:
            return head.kind if head.kind in _KINDS else "of no known type"
        url = head.url
        if not url.lower().startswith(("http://", "https://")):
            return NO_HTTP
        captured_at = read_date(head.headers.get("warc-date", ""))
        if captured_at is None:
            return NO_DATE
        if reason := self._wish.refuses(url, captured_at):
            return reason
        place = ROBOTS_TXT if _is_robots(url) else self._places.look(url)
        if isinstance(place, str):
            return place
        self._found = place, captured_at
        return None

    def _sorted(self, kept: Kept) -> Candidate | str:
        if self._found is None:  # _reason was asked just before
            return NO_DATE
        place, captured_at = self._found
        answer = read_answer(kept.block)
        is_revisit = kept.head.kind == "revisit"
        if answer is None and (not is_revisit or kept.block.strip()):
            return NO_HTTP
        if answer is not None and answer.status != _OK:
            self.statuses[str(answer.status)] += 1
            return STATUS
        if answer is not None and not _is_html(answer):
            return NOT_HTML
        member = None if is_revisit else kept.member
        return Candidate(place, kept.head.url, captured_at, kept.head, answer, self.number, member)


def _is_html(answer: Answer) -> bool:
    given = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    return not given or given in _HTML


def _is_robots(url: str) -> bool:
    try:
        return urlsplit(url).path == "/robots.txt"
    except ValueError:
        return False

"""What a capture that was read anew turned out to be, next to what the archive says of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from archive.models import Extraction
from archive.tables import articles
from archive.tables.reextraction import Reread, StoredPage, StoredText, changes
from crawler.commands.reextracting.outlets import Outlet
from crawler.errors import CrawlerError
from crawler.rereading import Unreadable


class Kind(StrEnum):
    """What became of a capture; each that is read anew ends in exactly one of these."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    FOUND = "found"  # a report where none was found before
    KNOWN = "known"  # a report where none was found before, but one is archived at its address
    LOST = "lost"  # no report where there was one; the archive keeps it
    NONE = "none"  # no report, as before
    UNREADABLE = "unreadable"  # its bytes can't be had
    FAILED = "failed"  # its extraction was given up


@dataclass(frozen=True, slots=True)
class Finding:
    """A capture, what became of it, and why.

    reason: of what is not CHANGED or UNCHANGED, a few words that many captures share; detail: the sentence.
    changed: by column, what is stored and what is read now. is_doubled: the revision says what the one before it
    says, which it did not before. reread: what is to be written, if anything.
    """

    page: StoredPage
    kind: Kind
    reason: str | None = None
    detail: str | None = None
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    is_doubled: bool = False
    reread: Reread | None = None


class Judge:
    """Compares what is read now of one source's captures with what the archive says."""

    def __init__(self, conn: sqlite3.Connection, outlet: Outlet) -> None:
        self._conn = conn
        self._outlet = outlet
        self._found: set[str] = set()
        self._last: tuple[int, int, str] = (0, 0, "")

    def finding(self, page: StoredPage, result: Extraction | Unreadable | CrawlerError) -> Finding:
        """Return what became of a capture. Those of one source come in the order of its articles and revisions."""
        if isinstance(result, Unreadable):
            return Finding(page, Kind.UNREADABLE, str(result.trouble), result.sentence)
        if isinstance(result, CrawlerError):
            return Finding(page, Kind.FAILED, str(result), f"{page.url}: {result}")
        if page.stored is None:
            return self._of_turned_down(page, result)
        if result.article is None:
            return Finding(page, Kind.LOST, result.reason, result.detail)
        return self._of_stored(page, page.stored, result)

    def _of_stored(self, page: StoredPage, stored: StoredText, result: Extraction) -> Finding:
        changed = changes(stored, result)
        template = self._outlet.template(page)
        return Finding(
            page,
            Kind.CHANGED if changed else Kind.UNCHANGED,
            changed=changed,
            is_doubled=self._is_doubled(stored, result),
            reread=Reread(page, result, template_id=template.id if template else None),
        )

    def _of_turned_down(self, page: StoredPage, result: Extraction) -> Finding:
        if result.article is None:
            return Finding(page, Kind.NONE, result.reason, result.detail)
        url = self._outlet.address(page.url, result)
        if url is None:
            reason = "at no address of a report"
            return Finding(page, Kind.NONE, reason, f"{page.url} is no report of this source by its address")
        key = self._outlet.identity.key(url)
        if key in self._found or articles.origin(self._conn, key) is not None:
            return Finding(page, Kind.KNOWN, detail=f"{page.url} holds the report at {url}")
        self._found.add(key)
        template = self._outlet.template(page)
        reread = Reread(page, result, url, key, template_id=template.id if template else None)
        return Finding(page, Kind.FOUND, detail=f"the report is at {url}", reread=reread)

    def _is_doubled(self, stored: StoredText, result: Extraction) -> bool:
        """Tell whether two revisions become one text: what was taken for an edit was the extraction's doing."""
        if result.article is None:
            return False
        article_id, number = stored.revision["article_id"], stored.revision["number"]
        sha256 = articles.content_sha256(result.article)
        is_next = self._last[:2] == (article_id, number - 1)
        before = self._last[2] if is_next else stored.sha256_before
        self._last = (article_id, number, sha256)
        return sha256 == before and stored.revision["content_sha256"] != stored.sha256_before

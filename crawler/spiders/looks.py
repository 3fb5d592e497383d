"""A look at a feed, sitemap or listing: how it's asked for, and what is written down of the answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrapy.http import Response

from archive.models import EndpointCheck, EndpointKind, EndpointOutcome, Outcome
from archive.tables.endpoints import EndpointMemory
from crawler.discovery.walks import ListingWalk, SitemapWalk
from crawler.run import CrawlRun
from crawler.spiders.responses import header

LOOK = "look"
_OUTCOMES: dict[Outcome, EndpointOutcome] = {
    Outcome.ROBOTS: "robots",
    Outcome.BLOCKED: "blocked",
    Outcome.GONE: "gone",
}


@dataclass(slots=True)
class Look:
    """One endpoint that is looked at; the pages of a listing are one look.

    url: the endpoint's, of a listing its first page's. memory: what earlier looks left. lastmod: what the index
    says of a sitemap. index: the walk that it belongs to. walk: over a listing's pages. headers: of the
    conditional request, if it's one. depth: how many indexes led here.
    """

    url: str
    kind: EndpointKind
    memory: EndpointMemory | None = None
    lastmod: datetime | None = None
    index: SitemapWalk | None = None
    walk: ListingWalk | None = None
    headers: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    reports: int = 0
    answer: EndpointCheck | None = None

    def is_unchanged(self, response: Response, *, may_skip: bool) -> bool:
        """Tell whether the answer is what was taken in whole before. may_skip: that then needs not be read."""
        if response.status == 304:
            return True
        before = self.memory.payload_sha256 if self.memory else None
        return may_skip and before is not None and before == _sha256(response)


def note_unreadable(run: CrawlRun, look: Look, outcome: Outcome, error: str, status: int | None) -> None:
    """Write down that an endpoint could not be read, and why."""
    run.ledger.look(look.url, error)
    run.check_endpoint(
        EndpointCheck(
            url=look.url,
            kind=look.kind,
            checked_at=run.clock(),
            outcome=_OUTCOMES.get(outcome, "failed"),
            status=status,
            in_full=not look.headers,
            error=error,
        )
    )


def note_unchanged(run: CrawlRun, look: Look, response: Response) -> None:
    """Write down that an endpoint says what it said last."""
    run.ledger.look(look.url, None)
    run.check_endpoint(
        EndpointCheck(
            url=look.url,
            kind=look.kind,
            checked_at=run.clock(),
            outcome="not_modified",
            status=response.status,
            in_full=response.status != 304,
        )
    )


def note_read(
    run: CrawlRun, look: Look, response: Response, error: str | None, *, is_window: bool = False
) -> None:
    """Write down that an endpoint was read, before what it lists is; `note_taken_in` completes it."""
    run.ledger.look(look.url, None)
    etag, last_modified, sha256 = (
        header(response, "ETag"),
        header(response, "Last-Modified"),
        _sha256(response),
    )
    look.answer = EndpointCheck(
        url=look.url,
        kind=look.kind,
        checked_at=run.clock(),
        outcome="read",
        status=response.status,
        etag=etag,
        last_modified=last_modified,
        payload_sha256=sha256,
        modified_hint=look.lastmod,
        lies=look.memory is not None and look.memory.belies(etag, last_modified, sha256),
        is_window=is_window,
        error=error,
    )
    # without validators: should the run be killed before all that's listed is on the frontier, the next one
    # must not hear that nothing has changed
    run.check_endpoint(
        replace(look.answer, etag=None, last_modified=None, payload_sha256=None, modified_hint=None)
    )


def note_taken_in(run: CrawlRun, look: Look) -> None:
    """Write down that all that an endpoint lists is on the frontier, so that the same need not be read again."""
    if look.answer is not None:
        run.check_endpoint(look.answer)


def _sha256(response: Response) -> str:
    return hashlib.sha256(response.body).hexdigest()

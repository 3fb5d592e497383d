"""A lead that redirects to another lead: that one is fetched by itself, so this one needs not be followed."""

from __future__ import annotations

from typing import Protocol

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from archive.models import Lead, LeadState
from archive.tables.leads import LeadStatus
from crawler.discovery.rules import Rules
from crawler.ledger import Ledger
from crawler.middlewares.capture import LEAD


class LeadsToKnown(IgnoreRequest):
    """The lead redirects to an address that is a lead of its own; the message says which."""


class _Run(Protocol):
    ledger: Ledger

    def statuses(self, keys: list[str]) -> dict[str, LeadStatus]: ...


class KnownTargetMiddleware:
    """Ends a redirect where it leads to a report that is archived, or that this run deals with anyway.

    When a site moves to other addresses, each report would else be fetched twice: at its new address, which the
    site lists now, and by way of its old one.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KnownTargetMiddleware:
        """Make the middleware; rules and run come from the spider, request by request."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise LeadsToKnown for a redirect that needs not be followed."""
        lead: Lead | None = request.meta.get(LEAD)
        run: _Run | None = getattr(self._crawler.spider, "run", None)
        if lead is None or run is None or not request.meta.get("redirect_urls"):
            return
        rules: Rules = self._crawler.spider.rules  # type: ignore[union-attr]  # who has a run has rules
        key = rules.verdict(request.url).key
        if key is not None and key != lead.key and _is_dealt_with(key, run):
            raise LeadsToKnown(f"leads to the report at {request.url}")


def _is_dealt_with(key: str, run: _Run) -> bool:
    if key in run.ledger:
        return True
    status = run.statuses([key]).get(key)
    return status is not None and status.state is LeadState.STORED

"""Decides which leads a run fetches: by the source's rules, the run's options and what the archive knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive.clock import from_text
from archive.leads import LeadStatus
from archive.models import Lead, LeadState, Outcome
from archive.urls import key_of, url_key
from crawler.discovery.rules import LinkKind, LinkRules, in_range
from crawler.options import CrawlOptions
from crawler.run import CrawlRun

# What an earlier run settled; a listing that holds nothing else need not be walked further.
_LEFT_OVER = 10_000  # leads that a run takes over from earlier ones, at most
_OLD_NEWS = frozenset({Outcome.KNOWN, Outcome.TOO_OLD})


@dataclass(frozen=True, slots=True)
class Considered:
    """What an endpoint's leads came to: those to fetch now, and the url_keys of all that are reports.

    fresh: how many of these reports were not archived before this run.
    """

    due: tuple[Lead, ...]
    keys: frozenset[str]
    fresh: int


class Frontier:
    """The frontier of one run."""

    def __init__(self, run: CrawlRun, rules: LinkRules, options: CrawlOptions) -> None:
        self._run = run
        self._rules = rules
        self._options = options
        self._taken = 0
        self._lasting: list[str] = []
        self._put_off: list[tuple[str, Lead]] = []

    def consider(self, found: Iterable[Lead], *, lasting: str | None = None) -> Considered:
        """Sort out what an endpoint lists: refused, no report, known, out of the run's dates, or due.

        lasting: the endpoint's URL if it lists its reports for good, so that what is missing from it one day
        may have been taken down.
        """
        reports = self._reports(found)
        statuses = self._run.statuses(list(reports))
        now = self._run.now()
        due = [
            (key, lead) for key, lead in reports.items() if self._is_due(key, lead, statuses.get(key), now)
        ]
        for key, _ in due:
            self._run.ledger.note(key, Outcome.WAITING)
        if self._options.limit is not None:  # which are the newest is known when all endpoints are read
            self._put_off += due
            due = []
        new = [lead for key, lead in reports.items() if key not in statuses]
        if lasting is not None:
            self._lasting.append(lasting)
            self._run.add_leads(list(reports.values()), listed_by=lasting)
        elif new:
            self._run.add_leads(new, listed_by=None)
        fresh = sum(self._run.ledger.outcome(key) not in _OLD_NEWS for key in reports)
        return Considered(tuple(lead for _, lead in due), frozenset(reports), fresh)

    def postponed(self) -> Sequence[Lead]:
        """Return what is to be fetched once all endpoints are read: of a run with a limit, its newest leads.

        What earlier runs left waiting, and no endpoint lists any more, is among them.
        """
        left = {url_key(lead.url): lead for lead in self._run.left_over(_LEFT_OVER)}
        now = self._run.now()
        due = [
            (key, lead)
            for key, lead in left.items()
            if key not in self._run.ledger
            and self._rules.verdict(lead.url).kind is LinkKind.ARTICLE
            and self._is_due(key, lead, None, now)
        ]
        return self._take([*self._put_off, *due])

    def vanished(self) -> Iterator[Lead]:
        """Yield stored leads that a sitemap listed when it was last read, and now does not."""
        for endpoint_url in self._lasting:
            for lead in list(self._run.listed_before(endpoint_url)):
                key = url_key(lead.url)
                if key not in self._run.ledger and self._room() != 0:
                    # of no endpoint from now on: the visit unties it, so that it's looked at once
                    yield from self._take([(key, replace(lead, endpoint_url=None))])

    def _reports(self, found: Iterable[Lead]) -> dict[str, Lead]:
        """Return the leads that are reports by the source's rules, by url_key, each once."""
        reports: dict[str, Lead] = {}
        for lead in found:
            verdict = self._rules.verdict(lead.url)
            if verdict.kind is LinkKind.REFUSED:
                self._run.ledger.refuse(verdict.rule or "refused", lead.url)
            elif verdict.kind is LinkKind.ARTICLE and verdict.url is not None:
                reports.setdefault(key_of(verdict.url), replace(lead, url=verdict.url))
        return reports

    def _is_due(self, key: str, lead: Lead, status: LeadStatus | None, now: str) -> bool:
        """Tell whether to fetch a lead, and settle it in the ledger if not."""
        before = self._run.ledger.outcome(key)
        if before is not None and before is not Outcome.KNOWN:
            return False  # this run has met it elsewhere
        if self._is_outside(key, lead, status):
            return False
        if status is not None and not status.is_due(lead, now):
            self._run.ledger.note(key, Outcome.KNOWN)
            return False
        return True

    def _is_outside(self, key: str, lead: Lead, status: LeadStatus | None) -> bool:
        """Tell whether a lead is outside the run's dates, and settle it if so; what is archived stays so."""
        if lead.published_hint is None and status is not None and status.published_hint is not None:
            lead = replace(lead, published_hint=from_text(status.published_hint))  # what its page said
        outside = in_range(lead, self._options.since, self._options.until)
        if outside is None:
            return False
        self._run.ledger.note(key, outside)
        if status is None or (status.outcome is not outside and status.state is not LeadState.STORED):
            self._run.skip(lead, outside, f"published {lead.published_hint:%Y-%m-%d}")
        return True

    def _take(self, due: Sequence[tuple[str, Lead]]) -> tuple[Lead, ...]:
        """Take as many leads as the run's limit allows, newest first; the others stay waiting."""
        for key, _ in due:
            self._run.ledger.note(key, Outcome.WAITING)
        leads = [lead for _, lead in due]
        room = self._room()
        taken = leads if room is None else sorted(leads, key=_newness, reverse=True)[:room]
        self._taken += len(taken)
        return tuple(taken)

    def _room(self) -> int | None:
        limit = self._options.limit
        return None if limit is None else max(0, limit - self._taken)


def _newness(lead: Lead) -> datetime:
    return lead.published_hint or lead.modified_hint or datetime.min.replace(tzinfo=UTC)

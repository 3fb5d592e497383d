"""Decides which leads a run fetches: by the run's options and budget, and what the archive knows.

The queue is the archive's table `leads`: what is listed is put there, and taken from there newest first, so
that a site of a million reports costs no memory, and a killed run loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from archive.clock import day_end, day_start, from_text
from archive.models import Lead, LeadState, Outcome
from archive.tables.leads import LeadStatus
from crawler.discovery.explosion import ParameterGuard
from crawler.discovery.rules import LinkKind, Rules, in_range
from crawler.options import CrawlOptions
from crawler.run import CrawlRun

T = TypeVar("T")

# What an earlier run settled; a listing that holds nothing else need not be walked further.
_OLD_NEWS = frozenset({Outcome.KNOWN, Outcome.TOO_OLD})
_ALIVE = frozenset({Outcome.UNCHANGED, Outcome.CHANGED, Outcome.STORED})
_BATCH = 500  # leads considered between two turns of the reactor
_ALL_AT_ONCE = 5_000  # leads written in one transaction
_HAND = 500  # requests for reports that wait in memory, at most; beyond, leads wait in the archive
# A site whose sitemap says "modified today" of everything has some of it looked at, not all of it every day.
_CLAIMS = 10
_SAMPLE = 3


@dataclass(frozen=True, slots=True)
class Considered:
    """What an endpoint's reports came to: those to fetch now, and how many the archive did not know before."""

    due: tuple[Lead, ...] = ()
    fresh: int = 0


@dataclass(slots=True)
class _Pile:
    """The leads of one listing, as they are sorted out."""

    new: list[Lead] = field(default_factory=list)
    again: list[Lead] = field(default_factory=list)  # archived, and said to have changed since
    retry: list[Lead] = field(default_factory=list)  # known, and waiting
    skipped: list[tuple[Lead, Outcome, str]] = field(default_factory=list)
    known: int = 0
    fresh: int = 0


class Frontier:
    """The frontier of one run."""

    def __init__(self, run: CrawlRun, rules: Rules, options: CrawlOptions, *, budget: int) -> None:
        """budget: how many requests for reports the run may send, at most."""
        self._run = run
        self.rules = rules
        self._guard = ParameterGuard()
        self._options = options
        self._budget = budget
        self._taken: set[int] = set()
        self._hand = 0
        self._stuck = 0
        self._lasting: list[str] = []
        self._samples: dict[str, tuple[Lead, ...]] | None = None

    def is_spent(self) -> bool:
        """Tell whether the run's budget (not its limit) is used up, and leads are left."""
        return len(self._taken) >= self._budget and bool(self._due(1))

    async def consider(self, reports: Mapping[str, Lead], *, lasting: str | None = None) -> Considered:
        """Sort out the reports that an endpoint lists: known, out of the run's dates, or due.

        reports: by url_key. lasting: the endpoint's URL if it lists its reports for good, so that what is
        missing from it one day may have been taken down.
        """
        pile, now = _Pile(), self._run.now()
        for batch in _batches(reports.items(), _BATCH):
            statuses = self._run.statuses([key for key, _ in batch])
            for key, lead in batch:
                self._sort(pile, key, lead, statuses.get(key), now)
            await asyncio.sleep(0)
        again = self._credible(pile)
        await self._write(pile, again, reports, lasting)
        due = [] if self._options.limit is not None else [*pile.new, *pile.retry, *again]
        return Considered(self._take(due, _HAND - self._hand), pile.fresh)

    def more(self) -> tuple[Lead, ...]:
        """Return the next leads to fetch, when those given before are done: the newest that are due.

        What earlier runs left waiting, and no endpoint lists any more, is among them.
        """
        self._hand = 0
        room = min(_HAND, self._room())
        if room <= 0:
            return ()
        due = self._due(room)
        unfit = [lead for lead in due if self.rules.verdict(lead.url).kind is not LinkKind.ARTICLE]
        if unfit:
            why = "the source's rules take it for no report any more"
            self._run.skip([(lead, Outcome.NOT_ARTICLE, why) for lead in unfit])
            for lead in unfit:
                self._run.note(lead, Outcome.NOT_ARTICLE)
                self._taken.add(hash(_key(lead)))
        fit = [lead for lead in due if lead not in unfit]
        return self._take(fit, room) or (self.more() if unfit else ())

    def missed(self) -> tuple[Lead, ...]:
        """Return stored leads that a sitemap listed when it was last read, and now does not; none at the end.

        First some of each sitemap; the others only if one of these is not there any more, for else the sitemap
        is a list of the newest, and will drop them all one day.
        """
        if self._samples is None:
            self._samples = {url: tuple(islice(self._dropped_by(url), _SAMPLE)) for url in self._lasting}
            leads = [lead for sample in self._samples.values() for lead in sample]
        else:
            suspects = [url for url, sample in self._samples.items() if sample and self._is_gone(url, sample)]
            self._samples = {}
            leads = [lead for url in suspects for lead in self._dropped_by(url)]
        return self._take(leads, len(leads))

    # -- inside -------------------------------------------------------------------------------------------

    def _dropped_by(self, endpoint_url: str) -> Iterator[Lead]:
        for lead in self._run.listed_before(endpoint_url):
            if _key(lead) not in self._run.ledger:
                yield replace(
                    lead, endpoint_url=None
                )  # of no endpoint from now on, so that it's looked at once

    def _is_gone(self, endpoint_url: str, sample: Sequence[Lead]) -> bool:
        """Tell whether one of the leads that a sitemap dropped is no longer there, and write it down."""
        outcomes = [self._run.ledger.outcome(_key(lead)) for lead in sample]
        alive = sum(outcome in _ALIVE for outcome in outcomes)
        is_gone = any(
            outcome not in _ALIVE and outcome not in {None, Outcome.WAITING} for outcome in outcomes
        )
        self._run.note_dropped(endpoint_url, None if is_gone else alive)
        return is_gone

    def _sort(self, pile: _Pile, key: str, lead: Lead, status: LeadStatus | None, now: str) -> None:
        before = self._run.ledger.outcome(key)
        if before is not None and before is not Outcome.KNOWN:
            pile.fresh += before not in _OLD_NEWS  # this run has met it elsewhere
            return
        outside = self._outside(lead, status)
        if outside is not None:
            self._run.ledger.note(key, outside[1])
            if status is None or (status.outcome is not outside[1] and status.state is not LeadState.STORED):
                pile.skipped.append(outside)
        elif status is None:
            rule = self._guard.rule(lead.url)
            if rule is not None:
                self._run.ledger.refuse(rule, (lead.url,))
                return
            self._run.ledger.note(key, Outcome.WAITING)  # at once: another endpoint is read at the same time
            pile.new.append(lead)
            pile.fresh += 1
        elif status.is_due(lead, now):
            self._run.ledger.note(key, Outcome.WAITING)
            is_stored = status.state is LeadState.STORED
            (pile.again if is_stored else pile.retry).append(_with_validators(lead, status))
        else:
            pile.known += 1
            self._run.ledger.note(key, Outcome.KNOWN)

    def _outside(self, lead: Lead, status: LeadStatus | None) -> tuple[Lead, Outcome, str] | None:
        """Return why a lead is outside the run's dates, if it is."""
        dated = lead
        if lead.published_hint is None and status is not None and status.published_hint is not None:
            dated = replace(lead, published_hint=from_text(status.published_hint))  # what its page said
        outside = in_range(dated, self._options.since, self._options.until)
        if outside is None:
            return None
        hint = dated.published_hint
        return (
            lead,
            outside,
            f"published {hint:%Y-%m-%d}" if hint else "its address says when it was published",
        )

    def _credible(self, pile: _Pile) -> list[Lead]:
        """Return the leads to look at again: a sample, where an endpoint claims that most of it has changed."""
        claims = pile.again
        if len(claims) <= max(_CLAIMS, pile.known):
            return claims
        for lead in claims[_SAMPLE:]:
            self._run.ledger.note(_key(lead), Outcome.KNOWN)
        return claims[:_SAMPLE]

    async def _write(
        self, pile: _Pile, again: Sequence[Lead], reports: Mapping[str, Lead], lasting: str | None
    ) -> None:
        if pile.skipped:
            self._run.skip(pile.skipped)
        if lasting is not None:
            self._lasting.append(lasting)
        listed: Iterable[Lead] = reports.values() if lasting is not None else (*pile.new, *pile.retry, *again)
        due = {_key(lead) for lead in (*again, *pile.retry)}
        for batch in _batches(listed, _ALL_AT_ONCE):
            # what is parsed faster than it's written must not pile up, and `more` must see it
            await asyncio.wrap_future(self._run.add_leads(batch, due=due, listed_by=lasting))

    def _due(self, room: int) -> list[Lead]:
        """Return leads that are due and were not taken in this run, newest first."""
        since, until = self._options.since, self._options.until
        days = (day_start(since) if since else None, day_end(until) if until else None)
        while True:
            found = self._run.due(room + self._stuck, days)
            fresh = [lead for lead in found if hash(_key(lead)) not in self._taken]
            if fresh or len(found) <= self._stuck:
                return fresh[:room]
            self._stuck = len(found)  # taken, but not settled: they stay at the head of the queue

    def _take(self, leads: Sequence[Lead], room: int) -> tuple[Lead, ...]:
        """Take as many leads as may be fetched now; the others stay waiting."""
        taken = tuple(leads[: max(0, min(room, self._room()))])
        for lead in taken:
            self._run.ledger.note(_key(lead), Outcome.WAITING)
            self._taken.add(hash(_key(lead)))
        self._hand += len(taken)
        return taken

    def _room(self) -> int:
        limit = self._options.limit
        allowed = self._budget if limit is None else min(limit, self._budget)
        return max(0, allowed - len(self._taken))


def budget_left(run_budget: int, day_budget: int, run: CrawlRun, now: datetime) -> int:
    """Return how many requests a run may send: of its own budget, and of what other runs left of the day's."""
    today = day_start(now.astimezone(UTC).date())
    return max(0, min(run_budget, day_budget - run.requests_since(today)))


def _with_validators(lead: Lead, status: LeadStatus) -> Lead:
    return replace(lead, etag=status.etag, last_modified=status.last_modified)


def _key(lead: Lead) -> str:
    if lead.key is None:
        raise ValueError(f"{lead.url} has no key: it was not sorted out")
    return lead.key


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch

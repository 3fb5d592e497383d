"""What the rules go by: a source's facts, its figures and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.health.facts import EndpointFacts, SourceFacts
from archive.health.figures import Figures
from archive.health.words import ago, instant

_FEWEST_LEADS = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """A source at an instant."""

    facts: SourceFacts
    figures: Figures
    now: datetime

    @property
    def active(self) -> list[EndpointFacts]:
        """Return the endpoints that the last run that asked any has asked."""
        endpoints = self.facts.endpoints
        if not endpoints:
            return []
        last = max(endpoint.last_checked_at for endpoint in endpoints)
        start = next((run.started_at for run in self.facts.runs if run.started_at <= last), last)
        return [endpoint for endpoint in endpoints if endpoint.last_checked_at >= start]

    @property
    def is_unread(self) -> bool:
        """Tell whether the last run that asked any feed, sitemap or listing could read none of them."""
        active = self.active
        return bool(active) and not any(endpoint.is_read for endpoint in active)

    @property
    def last_read(self) -> str:
        """Return when anything of it was last read, in words."""
        success = self.figures.last_success_at
        return f"it was last read {ago(success, self.now)}" if success else "it was never read"

    def refusing(self, outcome: str) -> list[EndpointFacts]:
        """Return the active endpoints that ended with `outcome`, if none can be read and most ended so."""
        active = self.active
        ended = [endpoint for endpoint in active if endpoint.outcome == outcome]
        return ended if self.is_unread and len(ended) > len(active) / 2 else []

    def most_leads(self, outcomes: tuple[str, ...], said: str) -> str | None:
        """Tell if most of the URLs found since the last report, or of those found lately, ended so.

        outcomes: what counts. said: how the sentence calls it.
        """
        found = self.figures.last_found_at
        since = f"since the last report was found ({instant(found)})" if found else "in the last week"
        for fate, when in ((self.facts.fresh, since), (self.facts.lately, "lately")):
            share = fate.share(*outcomes)
            ended = sum(fate.outcomes.get(outcome, 0) for outcome in outcomes)
            if share is not None and ended >= _FEWEST_LEADS and share >= _HALF:
                others = {word: n for word, n in sorted(fate.outcomes.items()) if word not in outcomes}
                rest = ", ".join(f"{word.replace('_', ' ')} {number}" for word, number in others.items())
                told = f"{ended} of {fate.tried} addresses found {when} {said}"
                return f"{told}; the others: {rest}" if rest else told
        return None

"""What became of every lead of a run: what went in equals what came out."""

from __future__ import annotations

from collections import Counter

from archive.models import Outcome


class Ledger:
    """Counts leads by outcome; each lead (a url_key) has one, and WAITING until it has another."""

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}
        self._refused: dict[str, set[str]] = {}
        self._endpoints: dict[str, str | None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._outcomes

    def outcome(self, key: str) -> Outcome | None:
        """Return a lead's outcome so far; None if the run has not met it."""
        return self._outcomes.get(key)

    def note(self, key: str, outcome: Outcome) -> None:
        """Set a lead's outcome; a later one replaces an earlier one."""
        self._outcomes[key] = outcome

    def refuse(self, rule: str, url: str) -> None:
        """Count a link that a rule refused, once however often it's met."""
        self._refused.setdefault(rule, set()).add(url)

    def look(self, endpoint_url: str, error: str | None) -> None:
        """Note that a feed, sitemap or listing was looked at, and why it could not be read if so."""
        self._endpoints[endpoint_url] = error

    def endpoints(self) -> tuple[int, tuple[str, ...]]:
        """Return how many endpoints were looked at, and the errors of those that could not be read."""
        return len(self._endpoints), tuple(error for error in self._endpoints.values() if error)

    def counts(self) -> dict[str, int]:
        """Return the columns of the run's row: found, one number an outcome, and refused."""
        by_outcome = Counter(self._outcomes.values())
        return (
            {"found": len(self._outcomes)}
            | {outcome.value: by_outcome[outcome] for outcome in Outcome}
            | {"refused": sum(len(urls) for urls in self._refused.values())}
        )

    def refused_by_rule(self) -> dict[str, int]:
        """Return how many distinct links each rule refused."""
        return {rule: len(urls) for rule, urls in sorted(self._refused.items())}

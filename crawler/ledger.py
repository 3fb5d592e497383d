"""What became of every lead of a run: what went in equals what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from archive.models import Outcome

_OUTCOMES = tuple(Outcome)
_NUMBERS = {outcome: number for number, outcome in enumerate(_OUTCOMES)}


class Ledger:
    """Counts leads by outcome; each lead (a url_key) has one, and WAITING until it has another.

    A run over a large site holds a million leads, so a lead is held as the hash of its key: of a million, two
    have the same 64 bits once in thirty million runs, and then count as one.
    """

    def __init__(self) -> None:
        self._outcomes: dict[int, int] = {}
        self._counts: Counter[Outcome] = Counter()
        self._refused: dict[str, set[int]] = {}
        self._uncounted: Counter[str] = Counter()
        self._endpoints: dict[str, str | None] = {}

    def __contains__(self, key: str) -> bool:
        return hash(key) in self._outcomes

    def outcome(self, key: str) -> Outcome | None:
        """Return a lead's outcome so far; None if the run has not met it."""
        number = self._outcomes.get(hash(key))
        return None if number is None else _OUTCOMES[number]

    def note(self, key: str, outcome: Outcome) -> None:
        """Set a lead's outcome; a later one replaces an earlier one."""
        before = self._outcomes.get(hash(key))
        if before is not None:
            self._counts[_OUTCOMES[before]] -= 1
        self._outcomes[hash(key)] = _NUMBERS[outcome]
        self._counts[outcome] += 1

    def refuse(self, rule: str, urls: Collection[str], count: int | None = None) -> None:
        """Count links that a rule refused, each once however often it's met.

        count: how many there were, if `urls` are only the first of them.
        """
        self._refused.setdefault(rule, set()).update(map(hash, urls))
        self._uncounted[rule] += max(0, (count or 0) - len(urls))

    def look(self, endpoint_url: str, error: str | None) -> None:
        """Note that a feed, sitemap or listing was looked at, and why it could not be read if so."""
        self._endpoints[endpoint_url] = error

    def endpoints(self) -> tuple[int, tuple[str, ...]]:
        """Return how many endpoints were looked at, and the errors of those that could not be read."""
        return len(self._endpoints), tuple(error for error in self._endpoints.values() if error)

    def counts(self) -> dict[str, int]:
        """Return the columns of the run's row: found, one number an outcome, and refused."""
        return (
            {"found": len(self._outcomes)}
            | {outcome.value: self._counts[outcome] for outcome in Outcome}
            | {"refused": sum(self.refused_by_rule().values())}
        )

    def refused_by_rule(self) -> dict[str, int]:
        """Return how many distinct links each rule refused."""
        return {rule: len(urls) + self._uncounted[rule] for rule, urls in sorted(self._refused.items())}

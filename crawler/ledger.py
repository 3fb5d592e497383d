"""What became of every lead of a run: what went in equals what came out."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator

from archive.models import Outcome

_OUTCOMES = tuple(Outcome)
_NUMBERS = {outcome: number for number, outcome in enumerate(_OUTCOMES, start=1)}


class HashTable:
    """Small numbers (1 to 255) by hash: open addressing in two flat arrays.

    A million leads take 18 MB; in a dict, 84 MB of objects between which the heap could not be given back.
    """

    def __init__(self) -> None:
        self._hashes = array("q", bytes(8 * 1024))
        self._numbers = bytearray(1024)  # 0: the slot is free
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, hashed: int) -> int:
        """Return the number of a hash; 0 if it has none."""
        return self._numbers[self._slot(hashed)]

    def put(self, hashed: int, number: int) -> None:
        """Set the number of a hash."""
        slot = self._slot(hashed)
        if not self._numbers[slot]:
            if 3 * self._count >= 2 * len(self._numbers):
                self._grow()
                slot = self._slot(hashed)
            self._count += 1
            self._hashes[slot] = hashed
        self._numbers[slot] = number

    def _slot(self, hashed: int) -> int:
        mask, hashes, numbers = len(self._numbers) - 1, self._hashes, self._numbers
        slot = hashed & mask
        while numbers[slot] and hashes[slot] != hashed:
            slot = (slot + 1) & mask
        return slot

    def _items(self) -> Iterator[tuple[int, int]]:
        return (
            (hashed, number) for hashed, number in zip(self._hashes, self._numbers, strict=True) if number
        )

    def _grow(self) -> None:
        old, size = self._items(), 2 * len(self._numbers)
        hashes, numbers = array("q", bytes(8 * size)), bytearray(size)
        mask = size - 1
        for hashed, number in old:
            slot = hashed & mask
            while numbers[slot]:
                slot = (slot + 1) & mask
            hashes[slot], numbers[slot] = hashed, number
        self._hashes, self._numbers = hashes, numbers


class Ledger:
    """Counts leads by outcome; each lead (a url_key) has one, and WAITING until it has another.

    A run over a large site holds a million leads, so a lead is held as the hash of its key: of a million, two
    have the same 64 bits once in thirty million runs, and then count as one.
    """

    def __init__(self) -> None:
        self._outcomes = HashTable()
        self._counts: Counter[Outcome] = Counter()
        self._refused: dict[str, set[int]] = {}
        self._uncounted: Counter[str] = Counter()
        self._endpoints: dict[str, str | None] = {}

    def __contains__(self, key: str) -> bool:
        return self._outcomes.get(hash(key)) != 0

    def outcome(self, key: str) -> Outcome | None:
        """Return a lead's outcome so far; None if the run has not met it."""
        number = self._outcomes.get(hash(key))
        return _OUTCOMES[number - 1] if number else None

    def note(self, key: str, outcome: Outcome) -> None:
        """Set a lead's outcome; a later one replaces an earlier one."""
        before = self._outcomes.get(hash(key))
        if before:
            self._counts[_OUTCOMES[before - 1]] -= 1
        self._outcomes.put(hash(key), _NUMBERS[outcome])
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

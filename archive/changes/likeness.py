"""How alike paragraphs are, and which of two runs of them belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from archive.changes.sequences import Budget
from archive.changes.tokens import Tokens, is_word

_ALIKE = 0.4  # from here on a paragraph is a changed one rather than another
_CLEARLY = 0.6  # from here on two that were joined, or one that was split
_BETTER = 0.01  # by how much the two must be more alike than either of them alone
_BAND = 25  # how far from the diagonal of a long run a paragraph's counterpart is looked for
_MOST_CELLS = 60_000  # pairs that are looked at: of a very long run only those that are close to the diagonal
_FEW = 8  # words of a short paragraph, whose letters are compared as well, two by two
_LONGEST_WORD = 30
_COST = 3  # steps that a word of a bag takes
_SHORT_WEIGHT = 0.25  # of words that every text is full of: the, of, в, من

_Pairs = list[tuple[tuple[int, ...], tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Bag:
    """A paragraph's words, with their weights; of a short one the letters too, two by two."""

    weights: Counter[str]
    total: float
    letters: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tokens: Tokens) -> Bag:
        """Return the bag of a paragraph."""
        weights: Counter[str] = Counter()
        words = [word for word in tokens.folded if is_word(word)]
        for word in words:
            weights[word] += _weight(word)  # type: ignore[assignment]  # a Counter of floats adds up as well
        letters = _letters(words) if len(words) <= _FEW else frozenset()
        return cls(weights, sum(weights.values()), letters)

    def __len__(self) -> int:
        return len(self.weights)

    def joined(self, other: Bag) -> Bag:
        """Return the bag of both paragraphs."""
        return Bag(self.weights + other.weights, self.total + other.total)

    def likeness(self, other: Bag) -> float:
        """Return the share of words that both have, from 0 to 1; of short paragraphs the share of letters, if it's more."""
        total = self.total + other.total
        if not total:
            return 0.0
        small, large = sorted((self.weights, other.weights), key=len)
        words = 2 * sum(min(weight, large[word]) for word, weight in small.items()) / total
        if not (self.letters and other.letters):
            return words
        return max(words, 2 * len(self.letters & other.letters) / (len(self.letters) + len(other.letters)))


def _letters(words: Sequence[str]) -> frozenset[str]:
    text = " ".join(word[:_LONGEST_WORD] for word in words)
    return frozenset(text[start : start + 2] for start in range(len(text) - 1))


def _weight(word: str) -> float:
    return _SHORT_WEIGHT if len(word) <= 3 and word[0].isalpha() and word[0] < "\u0e00" else 1.0


def pairs_by_likeness(before: Sequence[Bag], after: Sequence[Bag], budget: Budget) -> _Pairs:
    """Return which paragraphs of two runs belong together, in order: one and one, one and two, or two and one.

    The pairs with the greatest likeness in all, weighed by their length (as sentences of translations are aligned
    by Gale and Church); what has no counterpart is left out. Of long runs only what is near the diagonal is compared.
    """
    slope = len(after) / len(before)
    band = min(_BAND, _MOST_CELLS // (2 * len(before))) + slope
    if band < 1 + slope:
        return []
    best = {(0, 0): (0.0, (0, 0))}
    for row in range(len(before) + 1):
        middle = row * slope
        for column in range(max(0, ceil(middle - band)), min(len(after), floor(middle + band)) + 1):
            if row or column:
                best[row, column] = _best_way(before, after, row, column, best, budget)
    return _traced(best, len(before), len(after))


def _best_way(
    before: Sequence[Bag], after: Sequence[Bag], row: int, column: int,
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]], budget: Budget,
) -> tuple[float, tuple[int, int]]:  # fmt: skip
    ways = [
        (best[way][0], steps)
        for steps in ((1, 0), (0, 1))
        if (way := (row - steps[0], column - steps[1])) in best
    ]
    for steps in ((1, 1), (1, 2), (2, 1)):
        way = (row - steps[0], column - steps[1])
        if way in best and budget.steps > 0:
            gain = _gain(before[way[0] : row], after[way[1] : column], budget)
            if gain > 0:
                ways.append((best[way][0] + gain, steps))
    return max(ways, default=(0.0, (0, 0)))


def _gain(some: Sequence[Bag], others: Sequence[Bag], budget: Budget) -> float:
    """Return what it's worth to put paragraphs together; 0 if they are not alike enough."""
    budget.spend(_COST * (sum(map(len, some)) + sum(map(len, others)) + 10))
    one = some[0] if len(some) == 1 else some[0].joined(some[1])
    other = others[0] if len(others) == 1 else others[0].joined(others[1])
    likeness = one.likeness(other)
    if len(some) + len(others) > 2:
        alone = max(
            bag.likeness(whole)
            for bags, whole in ((some, other), (others, one))
            for bag in bags
            if len(bags) > 1
        )
        if likeness < max(_CLEARLY, alone + _BETTER):
            return 0.0
    return likeness * (one.total + other.total) if likeness >= _ALIKE else 0.0


def _traced(best: dict[tuple[int, int], tuple[float, tuple[int, int]]], row: int, column: int) -> _Pairs:
    pairs: _Pairs = []
    while (row, column) in best and (row or column):
        down, right = best[row, column][1]
        if down == right == 0:
            break
        if down and right:
            pairs.append((tuple(range(row - down, row)), tuple(range(column - right, column))))
        row, column = row - down, column - right
    return pairs[::-1]

"""What two sequences have in common, in bounded time.

A small pair gets a shortest edit script (Myers 1986). A long one is first cut at what both have exactly once
(patience diff), and where an edit script grows beyond `_FAR` it goes on from the furthest point reached, so that no
input, however made, costs more than its budget; what the budget does not reach counts as different.
`difflib` takes the square of the length, or worse, on repetitive texts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LONG = 3_000  # tokens on both sides together; beyond, anchors come first
_FAR = 300  # edits, before the furthest point is taken for good


@dataclass(slots=True)
class Budget:
    """How many steps a comparison may still take; about four million of them are a second."""

    steps: int

    def spend(self, steps: int) -> bool:
        """Take so many steps; False once they are used up."""
        self.steps -= steps
        return self.steps > 0


@dataclass(frozen=True, slots=True)
class Block:
    """before[start:start + length] is after[other:other + length]."""

    start: int
    other: int
    length: int


@dataclass(frozen=True, slots=True)
class Region:
    """What differs between two blocks: before[start:end] became after[other_start:other_end]."""

    start: int
    end: int
    other_start: int
    other_end: int


def common(before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget) -> list[Block]:
    """Return what the sequences have in common, in order; touching blocks are joined."""
    numbers: dict[Hashable, int] = {}
    first = [numbers.setdefault(item, len(numbers)) for item in before]
    second = [numbers.setdefault(item, len(numbers)) for item in after]
    budget.spend(len(first) + len(second))
    found = _common(first, second, budget)
    found.sort(key=lambda block: block.start)
    return _joined(found)


def common_by_weight(
    before: Sequence[str], after: Sequence[str], weights: Sequence[int], budget: Budget
) -> list[Block]:
    """Return what the sequences have in common, as `common` does, but of items that changed places keep the heaviest.

    weights: of the items of `before`. Items that stand more than once on a side are fitted in between the others.
    """
    budget.spend(len(before) + len(after))
    once, once_after = Counter(before), Counter(after)
    places = {item: place for place, item in enumerate(after)}
    pairs = [
        (place, places[item])
        for place, item in enumerate(before)
        if once[item] == 1 and once_after.get(item) == 1
    ]
    anchors = [Block(*pair, 1) for pair in _heaviest(pairs, [weights[place] for place, _ in pairs])]
    found = list(anchors)
    for gap in regions(anchors, len(before), len(after)):
        inner = common(before[gap.start : gap.end], after[gap.other_start : gap.other_end], budget)
        found += (Block(gap.start + one.start, gap.other_start + one.other, one.length) for one in inner)
    found.sort(key=lambda block: block.start)
    return _joined(found)


def _heaviest(pairs: Sequence[tuple[int, int]], weights: Sequence[int]) -> list[tuple[int, int]]:
    """Return the heaviest run of pairs, in order, whose second number rises."""
    size = max((other for _, other in pairs), default=-1) + 1
    best: list[tuple[int, int]] = [(0, -1)] * (
        size + 1
    )  # a Fenwick tree: of each prefix, weight and last pair
    before: list[int] = []
    for number, (_, other) in enumerate(pairs):
        weight, last = _heaviest_prefix(best, other)
        before.append(last)
        place = other + 1
        while place <= size:
            best[place] = max(best[place], (weight + weights[number], number))
            place += place & -place
    number = _heaviest_prefix(best, size)[1]
    chain = []
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _heaviest_prefix(tree: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    heaviest = (0, -1)
    while place:
        heaviest, place = max(heaviest, tree[place]), place - (place & -place)
    return heaviest


def regions(blocks: Sequence[Block], before: int, after: int) -> Iterator[Region]:
    """Yield what lies between the blocks of two sequences that have these lengths."""
    reached, other = 0, 0
    for block in (*blocks, Block(before, after, 0)):
        if reached < block.start or other < block.other:
            yield Region(reached, block.start, other, block.other)
        reached, other = block.start + block.length, block.other + block.length


def _joined(blocks: Sequence[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and (last.start + last.length, last.other + last.length) == (block.start, block.other):
            joined[-1] = Block(last.start, last.other, last.length + block.length)
        elif block.length:
            joined.append(block)
    return joined


def _common(first: Sequence[int], second: Sequence[int], budget: Budget) -> list[Block]:
    found: list[Block] = []
    todo = [Region(0, len(first), 0, len(second))]
    while todo:
        inner, ends = _trimmed(first, second, todo.pop())
        found += ends
        if budget.steps <= 0 or _is_strange(first, second, inner):
            continue
        anchors = _anchors(first, second, inner, budget) if _size(inner) > _LONG else []
        if not anchors:
            found += _script(first, second, inner, budget)
            continue
        found += anchors
        corners = (
            Block(inner.start, inner.other_start, 0), *anchors, Block(inner.end, inner.other_end, 0)
        )  # fmt: skip
        todo += (
            Region(one.start + one.length, two.start, one.other + one.length, two.other)
            for one, two in pairwise(corners)
        )
    return found


def _size(region: Region) -> int:
    return region.end - region.start + region.other_end - region.other_start


def _is_strange(first: Sequence[int], second: Sequence[int], region: Region) -> bool:
    """Tell whether the sides of a region have nothing in common, in any order."""
    here = set(first[region.start : region.end])
    return here.isdisjoint(second[region.other_start : region.other_end])


def _trimmed(
    first: Sequence[int], second: Sequence[int], region: Region
) -> tuple[Region, tuple[Block, Block]]:
    """Return a region without what it begins and ends with on both sides, and these two blocks."""
    start, end, other_start, other_end = region.start, region.end, region.other_start, region.other_end
    while start < end and other_start < other_end and first[start] == second[other_start]:
        start, other_start = start + 1, other_start + 1
    while start < end and other_start < other_end and first[end - 1] == second[other_end - 1]:
        end, other_end = end - 1, other_end - 1
    head = Block(region.start, region.other_start, start - region.start)
    return Region(start, end, other_start, other_end), (head, Block(end, other_end, region.end - end))


def _anchors(first: Sequence[int], second: Sequence[int], region: Region, budget: Budget) -> list[Block]:
    """Return what stands exactly once on each side, as far as it stands in the same order on both."""
    budget.spend(2 * _size(region))
    here, there = first[region.start : region.end], second[region.other_start : region.other_end]
    once, once_there = Counter(here), Counter(there)
    places = {item: place for place, item in enumerate(there, region.other_start)}
    pairs = [
        (place, places[item])
        for place, item in enumerate(here, region.start)
        if once[item] == 1 and once_there.get(item) == 1
    ]
    return [Block(place, other, 1) for place, other in _rising(pairs)]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs, in order, whose second number rises."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, other) in enumerate(pairs):
        place = bisect_left(ends, other)
        before.append(last[place - 1] if place else -1)
        if place == len(ends):
            ends.append(other)
            last.append(number)
        else:
            ends[place], last[place] = other, number
    chain, number = [], last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _script(first: Sequence[int], second: Sequence[int], region: Region, budget: Budget) -> list[Block]:
    """Return the blocks of an edit script of the region, in stages of at most `_FAR` edits."""
    found: list[Block] = []
    start, other = region.start, region.other_start
    while start < region.end and other < region.other_end and budget.steps > 0:
        blocks, start, other = _stage(
            first, second, Region(start, region.end, other, region.other_end), budget
        )
        found += blocks
    return found


def _stage(
    first: Sequence[int], second: Sequence[int], region: Region, budget: Budget
) -> tuple[list[Block], int, int]:
    """Return the blocks of the shortest edit script from the region's start, and where it ends.

    That is the region's end if it needs no more than `_FAR` edits; else the furthest point that so many reach.
    """
    search = _Search(first, second, region)
    while not search.is_done() and search.edits < _FAR and budget.steps > 0:
        budget.spend(search.advance())
    row, column = search.point()
    return search.blocks(row, column), region.start + row, region.other_start + column


class _Search:
    """Myers' greedy search: on each diagonal (row - column) the furthest row that so many edits reach."""

    def __init__(self, first: Sequence[int], second: Sequence[int], region: Region) -> None:
        self._first, self._second = first, second
        self._region = region
        self._rows, self._columns = region.end - region.start, region.other_end - region.other_start
        self._reached = {1: 0}
        self._trace: list[dict[int, int]] = []
        self.edits = -1

    def is_done(self) -> bool:
        """Tell whether both ends are reached."""
        return self._reached.get(self._rows - self._columns) == self._rows and self.edits >= 0

    def advance(self) -> int:
        """Go on by one edit; return how many steps that took."""
        self._trace.append(dict(self._reached))
        self.edits += 1
        steps = 0
        for diagonal in range(-self.edits, self.edits + 1, 2):
            start = self._entry(self._reached, diagonal, self.edits)[0]
            row = self._slide(start, start - diagonal)
            self._reached[diagonal] = row
            steps += row - start + 2
            if self.is_done():
                break
        return steps

    def point(self) -> tuple[int, int]:
        """Return the end, if it's reached; else the furthest point that is."""
        if self.is_done():
            return self._rows, self._columns
        points = [
            (row, row - diagonal)
            for diagonal, row in self._reached.items()
            if abs(diagonal) <= self.edits
            and (diagonal - self.edits) % 2 == 0
            and row <= self._rows
            and 0 <= row - diagonal <= self._columns
        ]
        return max(points, key=lambda point: (sum(point), point))

    def blocks(self, row: int, column: int) -> list[Block]:
        """Return the blocks on the way to a point that was reached with the last edit."""
        found: list[Block] = []
        for number in range(self.edits, -1, -1):
            before = self._trace[number]
            start, from_row, from_diagonal = self._entry(before, row - column, number)
            if row > start:
                offset = column - (row - start)
                place = (self._region.start + start, self._region.other_start + offset)
                found.append(Block(*place, row - start))
            row, column = from_row, from_row - from_diagonal
        return found

    @staticmethod
    def _entry(reached: dict[int, int], diagonal: int, edits: int) -> tuple[int, int, int]:
        """Return the row on which a diagonal is entered with that edit, and the row and diagonal before it."""
        is_insertion = diagonal == -edits or (
            diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
        )
        if is_insertion:
            return reached[diagonal + 1], reached[diagonal + 1], diagonal + 1
        return reached[diagonal - 1] + 1, reached[diagonal - 1], diagonal - 1

    def _slide(self, row: int, column: int) -> int:
        first, second, region = self._first, self._second, self._region
        start, other = region.start + row, region.other_start + column
        longest = min(self._rows - row, self._columns - column)
        length = 0
        while length < longest and first[start + length] == second[other + length]:
            length += 1
        return row + length

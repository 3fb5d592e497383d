"""What two sequences have in common: as much as there is where that can be had, and in bounded time where it can't."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.changes.sequences import Block, Budget, common, regions

SHORT = st.lists(st.sampled_from("abcd"), max_size=24)


def longest(before: list[str], after: list[str]) -> int:
    """Return the length of the longest common subsequence, the slow way."""
    row = [0] * (len(after) + 1)
    for item in before:
        above, row = row, [0]
        for column, other in enumerate(after):
            row.append(above[column] + 1 if item == other else max(row[-1], above[column + 1]))
    return row[-1]


def assert_sound(blocks: list[Block], before: list[object], after: list[object]) -> None:
    start = other = 0
    for block in blocks:
        assert block.length > 0
        assert block.start >= start
        assert block.other >= other
        start, other = block.start + block.length, block.other + block.length
        assert before[block.start : start] == after[block.other : other]


@given(SHORT, SHORT)
def test_short_sequences_have_all_in_common_that_they_can(before: list[str], after: list[str]) -> None:
    blocks = common(before, after, Budget(10**6))
    assert_sound(blocks, before, after)
    assert sum(block.length for block in blocks) == longest(before, after)


@given(SHORT, SHORT, st.integers(0, 200))
def test_what_the_budget_does_not_reach_counts_as_different(
    before: list[str], after: list[str], steps: int
) -> None:
    assert_sound(common(before, after, Budget(steps)), before, after)


@given(SHORT, SHORT)
def test_regions_are_what_lies_between(before: list[str], after: list[str]) -> None:
    blocks = common(before, after, Budget(10**6))
    found = list(regions(blocks, len(before), len(after)))
    rest = len(before) + len(after) - 2 * sum(block.length for block in blocks)
    assert sum(one.end - one.start + one.other_end - one.other_start for one in found) == rest


def test_few_edits_in_a_long_sequence_are_found() -> None:
    chance = random.Random(5)
    before: list[object] = [f"w{number % 4_000}" for number in range(20_000)]
    after = [word for word in before if chance.random() > 0.002]
    blocks = common(before, after, Budget(3_000_000))
    assert_sound(blocks, before, after)
    assert sum(block.length for block in blocks) > 0.99 * len(after)


LENGTH = 20_000
HOSTILE: dict[str, tuple[list[object], list[object]]] = {
    "one word": (["a"] * LENGTH, ["a"] * (LENGTH - 1)),
    "two periods": (["a", "b"] * (LENGTH // 2), ["b", "a", "a"] * (LENGTH // 3)),
    "two words in any order": (
        random.Random(1).choices("ab", k=LENGTH), random.Random(2).choices("ab", k=LENGTH),
    ),
    "nothing in common": (list(range(LENGTH)), list(range(LENGTH, 2 * LENGTH))),
    "backwards": (list(range(LENGTH)), list(range(LENGTH))[::-1]),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_sequence_takes_more_than_its_budget(name: str) -> None:
    before, after = HOSTILE[name]
    began = time.process_time()
    assert_sound(common(before, after, Budget(300_000)), before, after)
    assert time.process_time() - began < 4

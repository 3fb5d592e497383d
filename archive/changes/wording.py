"""Which words of a paragraph changed, put as a person would put it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from archive.changes.sequences import Block, Budget, Region, common, regions
from archive.changes.tokens import Tokens, is_word

# Words in common that are so few, between so much that is not, tell nothing: "the", a comma.
_ISLAND = 2
_ISLAND_LETTERS = 7
_SEA = 3


def word_regions(before: Tokens, after: Tokens, budget: Budget) -> tuple[Region, ...]:
    """Return what differs between two paragraphs, in tokens."""
    blocks = common(before.words, after.words, budget)
    kept = _without_islands(blocks, before, after)
    found = regions(kept, len(before), len(after))
    return tuple(_slid(region, before, after) for region in found)


def _without_islands(blocks: Sequence[Block], before: Tokens, after: Tokens) -> list[Block]:
    """Leave out what the texts have in common by chance, between changes that are much longer."""
    changes = list(_around(blocks, len(before), len(after)))
    kept = []
    for block, (left, right) in zip(blocks, changes, strict=True):
        words = [word for word in before.words[block.start : block.start + block.length] if is_word(word)]
        is_small = len(words) <= _ISLAND and sum(map(len, words)) <= _ISLAND_LETTERS
        if not (is_small and min(left, right) >= _SEA):
            kept.append(block)
    return kept


def _around(blocks: Sequence[Block], before: int, after: int) -> list[tuple[int, int]]:
    """Return how many tokens changed (on the side with fewer) before and behind each block."""
    edges = (Block(0, 0, 0), *blocks, Block(before, after, 0))
    gaps = [
        min(two.start - one.start - one.length, two.other - one.other - one.length)
        for one, two in pairwise(edges)
    ]
    return list(pairwise(gaps))


def _slid(region: Region, before: Tokens, after: Tokens) -> Region:
    """Move what was only added, or only removed, to where a sentence or a clause begins, if it may as well stand there."""
    if region.start == region.end:
        shift = _shift(after, region.other_start, region.other_end)
    elif region.other_start == region.other_end:
        shift = _shift(before, region.start, region.end)
    else:
        return region
    return Region(
        region.start - shift, region.end - shift, region.other_start - shift, region.other_end - shift
    )


def _shift(tokens: Tokens, start: int, end: int) -> int:
    """Return by how many tokens to move a stretch to the left."""
    best, best_rank = 0, _seam(tokens, start, end)
    shift = 0
    while start - shift > 0 and tokens.words[start - shift - 1] == tokens.words[end - shift - 1]:
        shift += 1
        rank = _seam(tokens, start - shift, end - shift)
        if rank > best_rank:
            best, best_rank = shift, rank
        if shift >= 50:
            break
    return best


def _seam(tokens: Tokens, start: int, end: int) -> int:
    """Tell how well a stretch stands by itself."""
    if (start == 0 or tokens.ends_sentence(start - 1)) and (
        end == len(tokens) or tokens.ends_sentence(end - 1)
    ):
        return 3
    if not is_word(tokens.words[start]) and is_word(tokens.words[end - 1]):
        return 2  # ", and three wounded"
    return 1 if is_word(tokens.words[start]) else 0

"""The sentences of a changed paragraph in which something changed, so that only these are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from archive.changes.reading import Passage
from archive.changes.sequences import Region
from archive.changes.tokens import Tokens

_LONGEST = 1_500  # tokens of a window, unless a single region is longer
_WIDEST = 60  # tokens around what changed, where a sentence is longer


@dataclass(frozen=True)
class Window:
    """Some sentences before and after, and what differs between them, in their own tokens.

    slips: those of the regions in which nothing but the spelling differs.
    """

    before: Passage
    after: Passage
    regions: tuple[Region, ...]
    slips: frozenset[Region] = frozenset()

    def counterpart(self, index: int, *, of_after: bool) -> int | None:
        """Return where an unchanged token stands on the other side; None for one that changed.

        of_after: the token is one of `after`.
        """
        place = self.last_region(index, of_after=of_after)
        if place < 0:
            return index
        region = self.regions[place]
        if index < self.side(region, of_after=of_after)[1]:
            return None
        return index + (region.end - region.other_end if of_after else region.other_end - region.end)

    def last_region(self, index: int, *, of_after: bool) -> int:
        """Return the number of the last region that begins at a token or before it; -1 if none does."""
        return bisect_right(self._starts[of_after], index) - 1

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        return [one.start for one in self.regions], [one.other_start for one in self.regions]

    @staticmethod
    def side(region: Region, *, of_after: bool) -> tuple[int, int]:
        """Return a region's tokens on one side."""
        return (region.other_start, region.other_end) if of_after else (region.start, region.end)


def windows(before: Tokens, after: Tokens, regions: Sequence[Region], language: str) -> Iterator[Window]:
    """Yield what changed between two paragraphs, with the sentences around it."""
    group: list[Region] = []
    reached = first = (
        0  # the ends, in `before`, of what the last region takes along, and of the window before
    )
    for region in regions:
        left, right = _around(before, after, region)
        if group and (region.start - left >= reached or region.start - group[0].start > _LONGEST):
            yield _window(before, after, group, language, first)
            first, group = group[-1].end, []
        group.append(region)
        reached = region.end + right
    if group:
        yield _window(before, after, group, language, first)


def _around(before: Tokens, after: Tokens, region: Region) -> tuple[int, int]:
    """Return how many tokens before and behind a region belong to its sentences, on whichever side it's more."""
    lefts, rights = [0], [0]
    for tokens, start, end in (
        (before, region.start, region.end),
        (after, region.other_start, region.other_end),
    ):
        if not len(tokens):
            continue
        first = _sentence_start(tokens, start)
        last = _sentence_end(tokens, end)
        lefts.append(start - first)
        rights.append(last - end)
    return min(max(lefts), _WIDEST), min(max(rights), _WIDEST)


def _sentence_start(tokens: Tokens, start: int) -> int:
    """Return where the sentence begins that token `start` is in, or ends (a sentence behind the last one)."""
    place = start
    while place > 0 and start - place < _WIDEST and not tokens.ends_sentence(place - 1):
        place -= 1
    return place


def _sentence_end(tokens: Tokens, end: int) -> int:
    place = end
    while place < len(tokens) and place - end < _WIDEST and not (place and tokens.ends_sentence(place - 1)):
        place += 1
    return place


def _window(before: Tokens, after: Tokens, group: Sequence[Region], language: str, first: int) -> Window:
    """Return the window of some regions; first: the token of `before` up to which other regions reach."""
    left = _around(before, after, group[0])[0]
    right = _around(before, after, group[-1])[1]
    left = min(left, group[0].start - first, group[0].other_start)
    right = min(right, len(before) - group[-1].end, len(after) - group[-1].other_end)
    start, other = group[0].start - left, group[0].other_start - left
    moved = tuple(
        Region(one.start - start, one.end - start, one.other_start - other, one.other_end - other)
        for one in group
    )
    return Window(
        Passage(_part(before, start, group[-1].end + right), language),
        Passage(_part(after, other, group[-1].other_end + right), language),
        moved,
    )


def _part(tokens: Tokens, start: int, end: int) -> Tokens:
    return Tokens(tokens.text, tokens.words[start:end], tokens.spans[start:end])

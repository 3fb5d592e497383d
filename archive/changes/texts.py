"""Two texts side by side: which paragraphs are the same, changed, moved, removed or added, and what changed inside.

Paragraphs are aligned first: equal ones (however they are punctuated) anchor the rest, what was moved is found by its
words wherever it stands now, and what lies between the anchors is paired by likeness, one to one or, where a
paragraph was split or two were joined, one to two. Then the words of each pair are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from archive.changes.likeness import Bag, pairs_by_likeness
from archive.changes.sequences import Budget, Region, common_by_weight, regions
from archive.changes.tokens import Tokens, is_word, paragraphs, tokenize
from archive.changes.wording import word_regions

# About a second of a slow machine; see `sequences.Budget`.
STEPS = 3_000_000
# Characters of a text, and paragraphs, that are looked at; what is longer is no report, and its rest counts as equal.
LONGEST = 2_000_000
_MOST_PARAGRAPHS = 50_000
_MOVED = 0.75  # how alike a paragraph must be that was moved and changed
_MOVED_WORDS = 6  # words that it has at least
_SAME_WORDS = 4  # words of one that was moved as it is
_MOST_MOVED = 60  # removed and added paragraphs that are compared each with each


class Status(StrEnum):
    """What became of a paragraph."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"  # stands elsewhere now; its words may have changed as well
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph (or two that were joined) before and after.

    before, after: the tokens; None where there are none. place, new_place: the number of its first paragraph in the
    texts, from 1. regions: what differs, in tokens.
    """

    status: Status
    before: Tokens | None
    after: Tokens | None
    place: int | None
    new_place: int | None
    regions: tuple[Region, ...] = ()

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield ("same" | "removed" | "added", text) in order; together they are both texts."""
        before, after = self.before or tokenize(""), self.after or tokenize("")
        if self.before is None or self.after is None:
            yield ("removed", before.text) if self.after is None else ("added", after.text)
            return
        here = there = 0
        for region in (*self.regions, Region(len(before), len(before), len(after), len(after))):
            for status, text in _parts("same", after, there, region.other_start):
                is_apart = any(part[-1].isspace() for _, part in _parts("same", before, here, region.start))
                yield status, text + " " * (is_apart and not text[-1].isspace())
            yield from _parts("removed", before, region.start, region.end)
            yield from _parts("added", after, region.other_start, region.other_end)
            here, there = region.end, region.other_end


def _parts(status: str, tokens: Tokens, start: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield tokens with the white space behind them, which belongs to the last one."""
    if start < end:
        stop = tokens.spans[end][0] if end < len(tokens) else len(tokens.text)
        yield status, tokens.text[tokens.spans[start][0] : stop]


def diff(before: str, after: str, *, steps: int = STEPS) -> tuple[Piece, ...]:
    """Return the paragraphs of two texts side by side, in the order of `after`; never raises, in bounded time.

    What was removed stands behind what it followed. steps: see `sequences.Budget`.
    """
    one, two = (paragraphs(text[:LONGEST])[:_MOST_PARAGRAPHS] for text in (before, after))
    if _rank(one) > _rank(two):  # so that the way back is the same way
        return _in_order(map(_turned, _Alignment(two, one, Budget(steps)).pieces()))
    return _in_order(_Alignment(one, two, Budget(steps)).pieces())


def _rank(lines: Sequence[str]) -> tuple[int, Sequence[str]]:
    return sum(map(len, lines)), lines


def _turned(piece: Piece) -> Piece:
    status = {Status.REMOVED: Status.ADDED, Status.ADDED: Status.REMOVED}.get(piece.status, piece.status)
    turned = tuple(Region(one.other_start, one.other_end, one.start, one.end) for one in piece.regions)
    return Piece(status, piece.after, piece.before, piece.new_place, piece.place, turned)


def _in_order(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Sort pieces by where they stand after; the removed ones behind the paragraph that they followed."""
    found = list(pieces)
    staying = sorted(
        (piece.place, piece.new_place)
        for piece in found
        if piece.place and piece.new_place and piece.status is not Status.MOVED
    )
    anchors = iter(staying)
    following = next(anchors, None)
    reached = 0
    ordered: list[tuple[tuple[int, int, int], Piece]] = []
    for piece in sorted(found, key=lambda piece: (piece.place or 0, piece.new_place or 0)):
        if piece.new_place:
            ordered.append(((piece.new_place, 0, 0), piece))
            continue
        while following and following[0] < (piece.place or 0):
            reached, following = following[1], next(anchors, None)
        ordered.append(((reached, 1, piece.place or 0), piece))
    return tuple(piece for _, piece in sorted(ordered, key=lambda one: one[0]))


class _Alignment:
    """The paragraphs of two texts, and which of them belong together."""

    def __init__(self, before: Sequence[str], after: Sequence[str], budget: Budget) -> None:
        self._budget = budget
        self._before = [tokenize(line) for line in before]
        self._after = [tokenize(line) for line in after]
        self._keys = [_key(tokens) for tokens in self._before]
        self._new_keys = [_key(tokens) for tokens in self._after]

    def pieces(self) -> Iterator[Piece]:
        """Yield every paragraph of both texts once."""
        blocks = common_by_weight(self._keys, self._new_keys, list(map(len, self._before)), self._budget)
        for block in blocks:
            for offset in range(block.length):
                yield self._pair((block.start + offset,), (block.other + offset,))
        gaps = list(regions(blocks, len(self._keys), len(self._new_keys)))
        removed = [place for gap in gaps for place in range(gap.start, gap.end)]
        added = [place for gap in gaps for place in range(gap.other_start, gap.other_end)]
        moved = self._moved_whole(removed, added)
        lost, new = set(removed) - moved.keys(), set(added) - set(moved.values())
        for place, new_place in moved.items():
            yield self._pair((place,), (new_place,), is_moved=True)
        for places, new_places in self._paired(gaps, lost, new):
            lost.difference_update(places)
            new.difference_update(new_places)
            yield self._pair(places, new_places)
        yield from self._left(sorted(lost), sorted(new))

    def _left(self, lost: Sequence[int], new: Sequence[int]) -> Iterator[Piece]:
        """Yield what has no counterpart in its place: moved and changed, or else removed and added."""
        moved = self._moved_and_changed(lost, new)
        for place, new_place in moved.items():
            yield self._pair((place,), (new_place,), is_moved=True)
        for place in lost:
            if place not in moved:
                yield Piece(Status.REMOVED, self._before[place], None, place + 1, None)
        for place in set(new) - set(moved.values()):
            yield Piece(Status.ADDED, None, self._after[place], None, place + 1)

    def _pair(self, places: Sequence[int], new_places: Sequence[int], *, is_moved: bool = False) -> Piece:
        before = _together([self._before[place] for place in places])
        after = _together([self._after[place] for place in new_places])
        found = Piece(Status.SAME, before, after, places[0] + 1, new_places[0] + 1)
        if before.text != after.text or len(places) != len(new_places):
            found = replace(found, status=Status.CHANGED, regions=word_regions(before, after, self._budget))
        return replace(found, status=Status.MOVED) if is_moved else found

    def _moved_whole(self, removed: Sequence[int], added: Sequence[int]) -> dict[int, int]:
        """Return where paragraphs went that are there, word for word, in another place."""
        waiting: dict[str, deque[int]] = defaultdict(deque)
        for place in added:
            waiting[self._new_keys[place]].append(place)
        counts = Counter(self._keys[place] for place in removed)
        moved = {}
        for place in removed:
            key = self._keys[place]
            is_one = (
                counts[key] == len(waiting.get(key, ())) == 1
            )  # a heading, a row: short, but not to be mistaken
            if waiting.get(key) and (is_one or _has_words(self._before[place], _SAME_WORDS)):
                moved[place] = waiting[key].popleft()
        return moved

    def _paired(
        self, gaps: Sequence[Region], lost: set[int], new: set[int]
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        for gap in gaps:
            here = [place for place in range(gap.start, gap.end) if place in lost]
            there = [place for place in range(gap.other_start, gap.other_end) if place in new]
            if not here or not there:
                continue
            bags = [Bag.of(self._before[place]) for place in here]
            new_bags = [Bag.of(self._after[place]) for place in there]
            for some, others in pairs_by_likeness(bags, new_bags, self._budget):
                yield tuple(here[number] for number in some), tuple(there[number] for number in others)

    def _moved_and_changed(self, lost: Sequence[int], new: Sequence[int]) -> dict[int, int]:
        moved: dict[int, int] = {}
        here = [place for place in lost if _has_words(self._before[place], _MOVED_WORDS)][:_MOST_MOVED]
        there = [place for place in new if _has_words(self._after[place], _MOVED_WORDS)][:_MOST_MOVED]
        bags = {place: Bag.of(self._after[place]) for place in there}
        for place in here:
            bag = Bag.of(self._before[place])
            free = [new_place for new_place in there if new_place not in moved.values()]
            self._budget.spend(sum(len(bags[new_place]) for new_place in free))
            if not free or self._budget.steps <= 0:
                break
            likest = max(free, key=lambda new_place: (bag.likeness(bags[new_place]), -new_place))
            if bag.likeness(bags[likest]) >= _MOVED:
                moved[place] = likest
        return moved


def _key(tokens: Tokens) -> str:
    """Return what equal paragraphs have in common: the words, however spelt; of those without any, all."""
    words = [word for word in tokens.folded if is_word(word)]
    return " ".join(words) or tokens.text


def _has_words(tokens: Tokens, least: int) -> bool:
    return sum(map(is_word, tokens.words[: 4 * least])) >= least


def _together(parts: Sequence[Tokens]) -> Tokens:
    return parts[0] if len(parts) == 1 else tokenize(" ".join(part.text for part in parts))

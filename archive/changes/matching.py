"""Which mention before an edit is which after it: numbers, names, speakers, days alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from archive.changes.windows import Window

_MOST = 60  # mentions of a kind that an edit touches and that are compared each with each


class Mention(Protocol):
    """Something that is said at some tokens."""

    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102


M = TypeVar("M", bound=Mention)
Span = Callable[[M], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Matched(Generic[M]):
    """A mention before and after; None on a side where it isn't."""

    before: M | None
    after: M | None


def touched(
    window: Window, before: Sequence[M], after: Sequence[M], span: Span[M]
) -> tuple[list[M], list[M]]:
    """Return the mentions that an edit touches, with those that are the same on the other side.

    span: the tokens of a mention that count.
    """
    here = [mention for mention in before if _is_touched(window, span(mention), of_after=False)]
    there = [mention for mention in after if _is_touched(window, span(mention), of_after=True)]
    more_there = list(_counterparts(window, here, after, span, of_after=False))
    more_here = list(_counterparts(window, there, before, span, of_after=True))
    return _once(here, more_here)[:_MOST], _once(there, more_there)[:_MOST]


def matched(
    before: Sequence[M],
    after: Sequence[M],
    likeness: Callable[[M, M], float],
) -> Iterator[Matched[M]]:
    """Yield the mentions in pairs: the likest first, of equals the nearest; below 0 none are a pair.

    What is left over is yielded by itself.
    """
    pairs = [
        (-likeness(one, other), abs(place / len(before) - number / len(after)), place, number)
        for place, one in enumerate(before)
        for number, other in enumerate(after)
        if likeness(one, other) >= 0
    ]
    taken: set[int] = set()
    taken_after: set[int] = set()
    for _, _, place, number in sorted(pairs):
        if place not in taken and number not in taken_after:
            taken.add(place)
            taken_after.add(number)
            yield Matched(before[place], after[number])
    yield from (Matched(one, None) for place, one in enumerate(before) if place not in taken)
    yield from (Matched(None, other) for number, other in enumerate(after) if number not in taken_after)


def _is_touched(window: Window, span: tuple[int, int], *, of_after: bool) -> bool:
    """Tell whether a region, and no mere slip, has a token of a span, or lies between two of them."""
    for place in range(window.last_region(span[1] - 1, of_after=of_after), -1, -1):
        region = window.regions[place]
        start, end = window.side(region, of_after=of_after)
        is_inside = span[0] < start if start == end else end > span[0]
        if region not in window.slips and is_inside and start < span[1]:
            return True
        if start < span[0]:
            return False
    return False


def _counterparts(
    window: Window, mentions: Iterable[M], others: Sequence[M], span: Span[M], *, of_after: bool
) -> Iterator[M]:
    """Yield the other side's mentions that share an unchanged token with one of these."""
    places = {
        place
        for mention in mentions
        for index in range(*span(mention))
        if (place := window.counterpart(index, of_after=of_after)) is not None
    }
    for other in others:
        if not places.isdisjoint(range(*span(other))):
            yield other


def _once(some: Iterable[M], more: Iterable[M]) -> list[M]:
    unique = {(mention.start, mention.end): mention for mention in (*some, *more)}
    return sorted(unique.values(), key=lambda mention: (mention.start, mention.end))

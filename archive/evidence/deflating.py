"""zlib's deflate, written out in Python, byte for byte the same: a hundred times slower, and it will always be there.

Packs keep bodies unpacked, and make them again with zlib (`archive.evidence.recoding`). Libraries that stand in for zlib
(zlib-ng, and those of some processors) unpack the same, and pack otherwise; a Python that was built with one of them could
not give back what was captured. It then does so with this. After zlib 1.3: deflate.c (`deflate_fast`, `deflate_slow`,
`longest_match`) and its default strategy; `archive.evidence.trees` is its trees.c.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.evidence.trees import Blocks

_MIN_MATCH, _MAX_MATCH = 3, 258
_MIN_LOOKAHEAD = _MAX_MATCH + _MIN_MATCH + 1
_TOO_FAR = 4096
_NIL = -1


@dataclass(frozen=True, slots=True)
class _Effort:
    """How far a level looks (zlib's `configuration_table`). lazy: of a fast level, the longest match that is noted in full."""

    good: int
    lazy: int
    nice: int
    chain: int


_EFFORTS = {
    1: _Effort(4, 4, 8, 4), 2: _Effort(4, 5, 16, 8), 3: _Effort(4, 6, 32, 32),
    4: _Effort(4, 4, 16, 16), 5: _Effort(8, 16, 32, 32), 6: _Effort(8, 16, 128, 128),
    7: _Effort(8, 32, 128, 256), 8: _Effort(32, 128, 258, 1024), 9: _Effort(32, 258, 258, 4096),
}  # fmt: skip
_FAST = 3  # the last level that takes the first match it finds


def deflate(
    data: bytes, level: int, memory: int, window: int, *, places: Iterable[int] = (), full: bool = False
) -> bytes:
    """Return the deflate stream that zlib makes of the data, without a frame.

    level: 1 to 9; memory: 1 to 9; window: 9 to 15, bits. places: at which it's flushed; full: so that nothing refers
    to what was before.
    """
    return _Deflater(data, _EFFORTS[level], memory, window, is_fast=level <= _FAST).run(
        tuple(places), full=full
    )


class _Deflater:
    def __init__(self, data: bytes, effort: _Effort, memory: int, window: int, *, is_fast: bool) -> None:
        self._data = data
        self._effort = effort
        self._is_fast = is_fast
        self._blocks = Blocks(data, (1 << (memory + 6)) - 1)
        self._mask = (1 << window) - 1
        self._max_distance = (1 << window) - _MIN_LOOKAHEAD
        self._bits = memory + 7
        self._heads: dict[int, int] = {}
        self._previous = [_NIL] * (1 << window)
        # Where zlib's window begins. The string there is never found, since zlib takes its place for none.
        self._base = 0
        self._at = self._end = self._match_start = 0

    def run(self, places: tuple[int, ...], *, full: bool) -> bytes:
        for place in places:
            self._part(place)
            self._close(is_wanted=False)
            self._blocks.flush()
            if full:
                self._heads.clear()
                self._base = self._at
        self._part(len(self._data))
        self._close(is_last=True)
        return self._blocks.packed()

    def _part(self, end: int) -> None:
        """Go on to that place, as if nothing came behind it."""
        self._end = end
        if end - self._at + min(2, self._at - self._base) >= _MIN_MATCH:
            for at in range(max(self._base, self._at - 2), self._at):
                if end - at >= _MIN_MATCH:
                    self._insert(at)
        if self._is_fast:
            self._fast()
        else:
            self._slow()
        self._slide()

    def _slide(self) -> None:
        """Move the window on, as zlib does when it has less ahead than it may need."""
        room = 2 * (self._mask + 1) - _MIN_LOOKAHEAD
        if self._at - self._base >= room + (self._end - self._at >= _MIN_LOOKAHEAD):
            self._base += self._mask + 1

    def _close(self, *, is_last: bool = False, is_wanted: bool = True) -> None:
        """End the block; what has left the window can't be stored any more."""
        self._blocks.end(self._at, self._base, is_last=is_last, is_wanted=is_wanted)

    def _hash(self, at: int) -> int:
        shift = (self._bits + 2) // 3
        data = self._data
        return (data[at] << 2 * shift ^ data[at + 1] << shift ^ data[at + 2]) & ((1 << self._bits) - 1)

    def _insert(self, at: int) -> int:
        """Note the string there, and return where the one before of the same hash is."""
        key = self._hash(at)
        head = self._heads.get(key, _NIL)
        self._previous[at & self._mask] = head
        self._heads[key] = at
        return head if head > self._base else _NIL

    def _is_near(self, head: int) -> bool:
        return head != _NIL and self._at - head <= self._max_distance

    def _fast(self) -> None:
        effort, data, end = self._effort, self._data, self._end
        while self._at < end:
            self._slide()
            length = 0
            if end - self._at >= _MIN_MATCH:
                head = self._insert(self._at)
                if self._is_near(head):
                    length = self._longest(head, _MIN_MATCH - 1)
            if length < _MIN_MATCH:
                is_full = self._blocks.literal(data[self._at])
                self._at += 1
            else:
                is_full = self._blocks.match(self._at - self._match_start, length)
                if length <= effort.lazy and end - self._at - length >= _MIN_MATCH:
                    for at in range(self._at + 1, self._at + length):
                        self._insert(at)
                self._at += length
            if is_full:
                self._close()

    def _slow(self) -> None:
        effort, data, end = self._effort, self._data, self._end
        length, waits = _MIN_MATCH - 1, False
        while self._at < end:
            self._slide()
            head = self._insert(self._at) if end - self._at >= _MIN_MATCH else _NIL
            before, before_start, length = length, self._match_start, _MIN_MATCH - 1
            if before < effort.lazy and self._is_near(head):
                length = self._longest(head, before)
                if length == _MIN_MATCH and self._at - self._match_start > _TOO_FAR:
                    length = _MIN_MATCH - 1
            if before >= _MIN_MATCH and length <= before:
                is_full = self._blocks.match(self._at - 1 - before_start, before)
                last = end - _MIN_MATCH
                for at in range(self._at + 1, min(self._at + before - 2, last) + 1):
                    self._insert(at)
                self._at += before - 1
                length, waits = _MIN_MATCH - 1, False
                if is_full:
                    self._close()
                continue
            if waits and self._blocks.literal(data[self._at - 1]):
                self._close()
            waits = True
            self._at += 1
        if waits:
            self._blocks.literal(data[self._at - 1])

    def _longest(self, match: int, best: int) -> int:
        """Return the length of the longest match along a chain, at least `best`; it begins at `_match_start`."""
        effort, data, at = self._effort, self._data, self._at
        ahead = self._end - at
        if best >= ahead:
            return ahead
        chain = effort.chain >> 2 if best >= effort.good else effort.chain
        nice = min(effort.nice, ahead)
        limit = max(self._base, at - self._max_distance)
        most = min(_MAX_MATCH, ahead)
        tail = data[at : at + best + 1]
        while True:
            if data[match : match + best + 1] == tail:
                best = _common(data, match, at, best + 1, most)
                self._match_start = match
                if best >= nice:
                    break
                tail = data[at : at + best + 1]
            match = self._previous[match & self._mask]
            chain -= 1
            if match <= limit or chain == 0:
                break
        return best


def _common(data: bytes, one: int, other: int, begin: int, most: int) -> int:
    """Return how many bytes are the same at two places, of which `begin` are known to be."""
    for length in _steps(begin, most):
        if data[one + begin : one + length] != data[other + begin : other + length]:
            break
        begin = length
    while begin < most and data[one + begin] == data[other + begin]:
        begin += 1
    return begin


def _steps(begin: int, most: int) -> Iterator[int]:
    yield from range(begin + 16, most + 1, 16)

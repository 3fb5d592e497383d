"""The blocks of a deflate stream, with the Huffman codes that zlib makes: trees.c of zlib 1.3, its default strategy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LITERALS, _DISTANCES, _CODES = 286, 30, 19
_END_OF_BLOCK = 256
_MAX_BITS, _MAX_CODE_BITS = 15, 7
_EXTRA_LENGTH = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0)
_EXTRA_DISTANCE = tuple(max(0, code // 2 - 1) for code in range(30))
_EXTRA_CODE = (*(0,) * 16, 2, 3, 7)
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_STORED, _STATIC, _DYNAMIC = 0, 1, 2


def _bases(extra: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return for each value its code, and for each code its first value."""
    codes: list[int] = []
    first = []
    for code, bits in enumerate(extra):
        first.append(len(codes))
        codes += [code] * (1 << bits)
    return codes, first


_LENGTH_CODE, _LENGTH_BASE = _bases(_EXTRA_LENGTH[:-1])
_LENGTH_CODE[255], _LENGTH_BASE = 28, [*_LENGTH_BASE, 255]
_DISTANCE_CODE, _DISTANCE_BASE = _bases(_EXTRA_DISTANCE)
_STATIC_LENGTHS = (*(8,) * 144, *(9,) * 112, *(7,) * 24, *(8,) * 8)


class _Kind:
    """What a tree is of. base: the first symbol with extra bits."""

    def __init__(
        self, size: int, extra: Sequence[int], base: int, longest: int, static: Sequence[int] | None
    ) -> None:
        self.size, self.extra, self.base, self.longest, self.static = size, extra, base, longest, static

    def extra_of(self, symbol: int) -> int:
        return self.extra[symbol - self.base] if symbol >= self.base else 0


_LITERAL_KIND = _Kind(_LITERALS, _EXTRA_LENGTH, 257, _MAX_BITS, _STATIC_LENGTHS)
_DISTANCE_KIND = _Kind(_DISTANCES, _EXTRA_DISTANCE, 0, _MAX_BITS, (5,) * 30)
_CODE_KIND = _Kind(_CODES, _EXTRA_CODE, 0, _MAX_CODE_BITS, None)


class _Tree:
    """The codes of symbols by how often each comes. best, static: bits that all of them take, by these codes and by the fixed ones."""

    def __init__(self, kind: _Kind, counts: list[int]) -> None:
        self._kind = kind
        self._counts = counts + [0] * (kind.size + 1)
        self._depth = [0] * len(self._counts)
        self._heap = [0] + [symbol for symbol, count in enumerate(counts) if count]
        self.lengths = [0] * len(self._counts)
        self.best = self.static = 0
        self.last = self._heap[-1] if len(self._heap) > 1 else -1
        self._fill()
        self._limit(self._joined())
        self.lengths = self.lengths[: kind.size]
        self.codes = _codes(self.lengths)

    def _fill(self) -> None:
        """Have at least two symbols, as a tree must."""
        while len(self._heap) < 3:
            self.last, symbol = (self.last + 1, self.last + 1) if self.last < 2 else (self.last, 0)
            self._heap.append(symbol)
            self._counts[symbol] = 1
            self.best -= 1
            if self._kind.static is not None:
                self.static -= self._kind.static[symbol]

    def _joined(self) -> list[tuple[int, int]]:
        """Return all nodes from the root on, each with the one above it."""
        counts, depth, heap = self._counts, self._depth, self._heap
        for place in range((len(heap) - 1) // 2, 0, -1):
            self._sift(place)
        node, order, above = self._kind.size, [], {}
        while len(heap) > 2:
            least = heap[1]
            heap[1] = heap[-1]
            heap.pop()
            self._sift(1)
            second = heap[1]
            order += [least, second]
            counts[node] = counts[least] + counts[second]
            depth[node] = max(depth[least], depth[second]) + 1
            above[least] = above[second] = node
            heap[1] = node
            node += 1
            self._sift(1)
        order.append(heap[1])
        return [(each, above.get(each, each)) for each in reversed(order)]

    def _sift(self, place: int) -> None:
        heap = self._heap
        moved, child = heap[place], place * 2
        while child < len(heap):
            if child + 1 < len(heap) and self._is_smaller(heap[child + 1], heap[child]):
                child += 1
            if self._is_smaller(moved, heap[child]):
                break
            heap[place] = heap[child]
            place, child = child, child * 2
        heap[place] = moved

    def _is_smaller(self, one: int, other: int) -> bool:
        first, second = self._counts[one], self._counts[other]
        return first < second or (first == second and self._depth[one] <= self._depth[other])

    def _limit(self, nodes: list[tuple[int, int]]) -> None:
        """Give each symbol the length of its code, none longer than may be."""
        kind, longest = self._kind, self._kind.longest
        tally, over = [0] * (longest + 1), 0
        for node, above in nodes[1:]:
            bits = self.lengths[above] + 1
            over += bits > longest
            self.lengths[node] = bits = min(bits, longest)
            if node <= self.last:
                tally[bits] += 1
                self.best += self._counts[node] * (bits + kind.extra_of(node))
                if kind.static is not None:
                    self.static += self._counts[node] * (kind.static[node] + kind.extra_of(node))
        if over:
            self._shorten(nodes, tally, over)

    def _shorten(self, nodes: list[tuple[int, int]], tally: list[int], over: int) -> None:
        longest = len(tally) - 1
        while over > 0:
            bits = longest - 1
            while not tally[bits]:
                bits -= 1
            tally[bits] -= 1
            tally[bits + 1] += 2
            tally[longest] -= 1
            over -= 2
        leaves = (node for node, _ in reversed(nodes) if node <= self.last)
        for bits in range(longest, 0, -1):
            for _ in range(tally[bits]):
                leaf = next(leaves)
                self.best += (bits - self.lengths[leaf]) * self._counts[leaf]
                self.lengths[leaf] = bits


def _codes(lengths: Sequence[int]) -> list[int]:
    """Return the codes of these lengths, their bits in the order in which they are written."""
    following, code = [0] * (_MAX_BITS + 2), 0
    for bits in range(1, _MAX_BITS + 1):
        code = (code + sum(1 for length in lengths if length == bits - 1 and length)) << 1
        following[bits] = code
    found = []
    for length in lengths:
        found.append(int(f"{following[length]:0{length}b}"[::-1], 2) if length else 0)
        following[length] += 1
    return found


_STATIC_CODES = _codes(_STATIC_LENGTHS)
_STATIC_DISTANCES = [int(f"{code:05b}"[::-1], 2) for code in range(30)]


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the code lengths of a tree as they are written: symbols of the third tree, and how often each is repeated."""
    before, count = -1, 0
    most, least = (138, 3) if not lengths[0] else (7, 4)
    for length, following in zip(lengths, (*lengths[1:], -2), strict=True):
        count += 1
        if count < most and length == following:
            continue
        if count < least:
            yield from ((length, 0) for _ in range(count))
        elif length:
            if length != before:
                yield length, 0
                count -= 1
            yield 16, count - 3
        else:
            yield (17, count - 3) if count <= 10 else (18, count - 11)
        before, count = length, 0
        most, least = (138, 3) if not following else (6, 3) if length == following else (7, 4)


class Blocks:
    """Takes literals and matches, and writes them in blocks."""

    def __init__(self, data: bytes, most: int) -> None:
        """data: what they are of. most: of them in a block."""
        self._data, self._most = data, most
        self._begin = 0
        self._symbols: list[tuple[int, int]] = []
        self._out = bytearray()
        self._held = self._bits = 0

    def literal(self, byte: int) -> bool:
        """Take a byte; True if the block is full."""
        self._symbols.append((0, byte))
        return len(self._symbols) == self._most

    def match(self, distance: int, length: int) -> bool:
        """Take a match; True if the block is full."""
        self._symbols.append((distance, length - 3))
        return len(self._symbols) == self._most

    def end(self, at: int, base: int, *, is_last: bool, is_wanted: bool) -> None:
        """Write the block of what came, up to that place in the data; is_wanted: even if nothing did.

        base: from where on the data is at hand, so that it can be stored as it is.
        """
        if not self._symbols and not is_wanted:
            return
        literals, distances = self._counted()
        first, second = _Tree(_LITERAL_KIND, literals), _Tree(_DISTANCE_KIND, distances)
        runs = [*_runs(first.lengths[: first.last + 1]), *_runs(second.lengths[: second.last + 1])]
        counts = [0] * _CODES
        for symbol, _ in runs:
            counts[symbol] += 1
        third = _Tree(_CODE_KIND, counts)
        told = next((place for place in range(18, 2, -1) if third.lengths[_ORDER[place]]), 2)
        best = (first.best + second.best + third.best + 3 * (told + 1) + 14 + 3 + 7) >> 3
        static = (first.static + second.static + 3 + 7) >> 3
        if at - self._begin + 4 <= min(best, static) and self._begin >= base:
            self._store(self._data[self._begin : at], is_last=is_last)
        elif static <= best:
            self._write(_STATIC * 2 + is_last, 3)
            self._compress((_STATIC_CODES, _STATIC_LENGTHS), (_STATIC_DISTANCES, (5,) * 30))
        else:
            self._write(_DYNAMIC * 2 + is_last, 3)
            self._trees(first, second, third, runs, told)
            self._compress((first.codes, first.lengths), (second.codes, second.lengths))
        self._begin = at
        self._symbols.clear()
        if is_last:
            self._align()

    def flush(self) -> None:
        """End on a whole byte, with an empty block."""
        self._store(b"", is_last=False)

    def packed(self) -> bytes:
        """Return what was written."""
        return bytes(self._out)

    def _counted(self) -> tuple[list[int], list[int]]:
        literals, distances = [0] * _LITERALS, [0] * _DISTANCES
        literals[_END_OF_BLOCK] = 1
        for distance, value in self._symbols:
            if distance:
                literals[_LENGTH_CODE[value] + 257] += 1
                distances[_DISTANCE_CODE[distance - 1]] += 1
            else:
                literals[value] += 1
        return literals, distances

    def _trees(
        self, first: _Tree, second: _Tree, third: _Tree, runs: Sequence[tuple[int, int]], told: int
    ) -> None:
        self._write(first.last - 256, 5)
        self._write(second.last, 5)
        self._write(told - 3, 4)
        for place in range(told + 1):
            self._write(third.lengths[_ORDER[place]], 3)
        for symbol, repeated in runs:
            self._write(third.codes[symbol], third.lengths[symbol])
            self._write(repeated, _EXTRA_CODE[symbol])

    def _compress(
        self, literals: tuple[Sequence[int], Sequence[int]], distances: tuple[Sequence[int], Sequence[int]]
    ) -> None:
        codes, lengths = literals
        for distance, value in self._symbols:
            if not distance:
                self._write(codes[value], lengths[value])
                continue
            code = _LENGTH_CODE[value]
            self._write(codes[code + 257], lengths[code + 257])
            self._write(value - _LENGTH_BASE[code], _EXTRA_LENGTH[code])
            code = _DISTANCE_CODE[distance - 1]
            self._write(distances[0][code], distances[1][code])
            self._write(distance - 1 - _DISTANCE_BASE[code], _EXTRA_DISTANCE[code])
        self._write(codes[_END_OF_BLOCK], lengths[_END_OF_BLOCK])

    def _store(self, data: bytes, *, is_last: bool) -> None:
        self._write(_STORED * 2 + is_last, 3)
        self._align()
        self._out += len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data

    def _write(self, value: int, bits: int) -> None:
        self._held |= value << self._bits
        self._bits += bits
        while self._bits >= 8:
            self._out.append(self._held & 0xFF)
            self._held >>= 8
            self._bits -= 8

    def _align(self) -> None:
        if self._bits:
            self._out.append(self._held & 0xFF)
        self._held = self._bits = 0

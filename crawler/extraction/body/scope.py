"""Where on a page a report is, once its blocks are chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from crawler.extraction.body.blocks import BlockTree, Node
from crawler.extraction.body.lexicon import Zone

ARTICLES = frozenset({"article", "main"})
_FURNITURE = (Zone.JUNK, Zone.CHROME, Zone.HIDDEN)
# The container holds this share of the report's characters.
_CONTAINER_SHARE = 0.85
# How far above the report's first block its picture may be, in blocks.
_ABOVE = 30


class Scope:
    """Where a report is in a tree of blocks: all by numbers of nodes, but `numbers`, which are blocks.

    container: the deepest node that holds most of it. article: the one around that, with its headline and lead
    picture. root: the top of both. numbers: the blocks that may belong to the report. stop: past its last node.
    """

    def __init__(self, tree: BlockTree, chosen: Sequence[int]) -> None:
        self._nodes = tree.nodes
        self._blocks = tree.blocks
        self.container = self._find_container(chosen)
        self.article = self._find_article()
        self._inside: dict[tuple[int, int], bool] = {}
        first, stop = chosen[0], chosen[-1] + 1
        while stop < len(tree.blocks) and self.holds(self.container, tree.blocks[stop].node):
            stop += 1
        lowest = max(first - _ABOVE, 0)
        while first > lowest and self.holds(self.article, tree.blocks[first - 1].node):
            first -= 1
        self.numbers = range(first, stop)
        self.stop = max(tree.blocks[number].node for number in self.numbers) + 1
        while self.stop < len(tree.nodes) and self.holds(self.container, self.stop):
            self.stop += 1
        self.last_chosen = chosen[-1]

    def holds(self, around: int, number: int) -> bool:
        """Tell whether node `number` is node `around` or inside it."""
        start = number
        while number > around:
            number = self._nodes[number].parent
            if (around, number) in self._inside:
                number = around if self._inside[around, number] else -1
        self._inside[around, start] = number == around
        return number == around

    def holds_place(self, place: int, node: int) -> bool:
        """Tell whether what stands in `node` before block `place` is in the report.

        Above its end that is anywhere in the article, below only in the container.
        """
        if is_furniture(self._nodes[node], self.article) or place < self.numbers.start:
            return False
        return place <= self.last_chosen or self.holds(self.container, node)

    def _find_container(self, chosen: Sequence[int]) -> int:
        sums: defaultdict[int, int] = defaultdict(int)
        total = 0
        for number in chosen:
            block = self._blocks[number]
            sums[block.node] += len(block.text)
            total += len(block.text)
        nodes, waiting = self._nodes, [-number for number in sums]
        heapify(waiting)
        largest = 0
        while waiting:  # children before their parents
            number = -heappop(waiting)
            if sums[number] >= _CONTAINER_SHARE * total:
                return number
            parent = nodes[number].parent
            if parent < 0:
                largest = max(largest, number, key=lambda root: sums[root])
                continue
            if parent not in sums:
                heappush(waiting, -parent)
            sums[parent] += sums[number]
        return largest

    def _find_article(self) -> int:
        number, found = self.container, -1
        while self._nodes[number].parent >= 0:
            if found < 0 and self._nodes[number].tag in ARTICLES:
                found = number
            number = self._nodes[number].parent
        self.root = number
        if found >= 0 or self._nodes[number].tag in ARTICLES:
            return found if found >= 0 else number
        return max(self._nodes[self.container].parent, number)


def is_furniture(node: Node, article: int) -> bool:
    """Tell whether a node is in a box inside node `article`: other stories, a menu, something hidden."""
    return any(node.zones.get(zone, -1) > article for zone in _FURNITURE)

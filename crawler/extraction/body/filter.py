"""Which blocks of a page are its report, given what a first extractor takes for the report.

The rules are general: about position, links, repetition, the names of elements, and a small lexicon. Each was
kept because it helped pages of several sites and held on sites that it was not chosen on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from crawler.extraction.body.blocks import Block, BlockTree
from crawler.extraction.body.lexicon import is_credit, is_furniture, opens_comments
from crawler.extraction.body.matching import words

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
# The container is the deepest element that holds this share of the chosen text.
_CONTAINER_SHARE = 0.7
_MAX_LINK_SHARE = 0.8
# What stands between the links of a menu: "Home | Politics | Sport" is nothing but links.
_SEPARATORS = re.compile(r"(?:\s*[|·•»«/–—-]\s*)+")
# Text that was not chosen is taken in only where it is prose.
_MAX_PROSE_LINK_SHARE = 0.3
_MIN_PROSE = 80
# So much text before the heading of the comments may be a whole report.
_MIN_REPORT = 300
# A title and its repeat may differ by a site's name.
_TITLE_SLACK = 25
# An element that holds more than this is no small box, whatever its name says (an unclosed promotion may
# swallow the whole report): so many characters, and such a share of the container.
_BOX_CHARACTERS = 600
_BOX_SHARE = 0.2
# A filter that leaves less than this of the text has misread the page.
_MIN_LEFT = 0.3
_STANDFIRST = range(40, 601)


class BodyFilter:
    """The choice of blocks, step by step; `chosen` holds at any time which blocks are in."""

    def __init__(
        self,
        tree: BlockTree,
        block_words: Sequence[list[str]],
        shares: Sequence[float],
        titles: Sequence[str],
        summaries: Sequence[str],
    ) -> None:
        self._nodes, self._blocks = tree.nodes, tree.blocks
        self._normal = [" ".join(block) for block in block_words]
        self._titles = [normal for normal in (" ".join(words(title)) for title in titles) if normal]
        self._summaries = [normal for normal in (" ".join(words(summary)) for summary in summaries) if normal]
        self._first = [share > 0 for share in shares]
        self._rejected: set[int] = set()
        self.chosen = list(self._first)
        self._drop_copies()
        self._total = sum(self._chosen_sizes())
        self._find_container()

    def run(self) -> list[int]:
        """Return the numbers of the blocks that are the report, in document order."""
        start, rejected = list(self.chosen), set(self._rejected)
        if not self._choose():
            # Too little was left: perhaps the report itself is in a box with a misleading name.
            longest = max(self._numbers_of(start), key=lambda n: len(self._blocks[n].text), default=None)
            if longest is not None:
                self._exempt(self._blocks[longest].node)
            self.chosen, self._rejected = start, rejected
            if not self._choose():
                self._believe_first()
        return self._numbers()

    def _believe_first(self) -> None:
        """Take the first extraction, if it has any prose: perhaps all names on this page mislead."""
        first = [taken and not self._is_unfit(number) for number, taken in enumerate(self._first)]
        if any(len(self._blocks[number].text) >= _MIN_PROSE for number in self._numbers_of(first)):
            self.chosen = first

    def _choose(self) -> bool:
        """Apply all rules; False where hardly anything is left of what may be the report."""
        comments = self._cut_comments()
        self._drop_unfit()
        self._drop_outside()
        self._take_in_prose()
        self._take_in_headings()
        self._take_in_standfirst()
        return sum(self._chosen_sizes()) >= _MIN_LEFT * (self._total - comments)

    def _exempt(self, number: int) -> None:
        """Count no element around node `number`, nor itself, as a box."""
        while number >= 0 and self._nodes:
            self._around.add(number)
            number = self._nodes[number].parent

    def _numbers(self) -> list[int]:
        return self._numbers_of(self.chosen)

    @staticmethod
    def _numbers_of(choice: Sequence[bool]) -> list[int]:
        return [number for number, chosen in enumerate(choice) if chosen]

    def _chosen_sizes(self) -> list[int]:
        return [
            len(block.text) if chosen else 0 for block, chosen in zip(self._blocks, self.chosen, strict=True)
        ]

    def _drop(self, number: int) -> None:
        self.chosen[number] = False
        self._rejected.add(number)

    def _sums(self, sizes: Sequence[int]) -> list[int]:
        """Return for each node the sum of its blocks' sizes, those of the nodes inside it included."""
        sums = [0] * len(self._nodes)
        for block, size in zip(self._blocks, sizes, strict=True):
            sums[block.node] += size
        for node in reversed(self._nodes):
            if node.parent >= 0:
                sums[node.parent] += sums[node.number]
        return sums

    def _drop_copies(self) -> None:
        """Of equal blocks keep the one among most chosen text: the others are menus, teasers, hidden twins."""
        copies = defaultdict(list)
        for number in self._numbers():
            copies[self._normal[number]].append(number)
        around = self._sums(self._chosen_sizes())
        for numbers in copies.values():
            best = max(numbers, key=lambda number: (around[self._parent(number)], -number))
            for number in numbers:
                if number != best:
                    self._drop(number)
        self._seen = set(copies)

    def _parent(self, number: int) -> int:
        return max(self._nodes[self._blocks[number].node].parent, 0)

    def _find_container(self) -> None:
        chosen = self._sums(self._chosen_sizes())
        self._all = self._sums([len(block.text) for block in self._blocks])
        self._container = 0
        for node in self._nodes:
            if chosen[node.number] >= _CONTAINER_SHARE * self._total:
                self._container = node.number
        self._around: set[int] = set()
        self._exempt(self._container)
        self._inside = [False] * len(self._nodes)
        for node in self._nodes:
            self._inside[node.number] = node.number == self._container or (
                node.parent >= 0 and self._inside[node.parent]
            )

    def _zoned(self, block: Block) -> bool:
        """Tell whether a block lies in a small box that is no part of the report, nor holds it."""
        node = self._nodes[block.node]
        return any(self._is_box(root) for root in node.zones.values())

    def _is_box(self, root: int) -> bool:
        if root in self._around:
            return False
        size = self._all[root]
        return size <= _BOX_CHARACTERS or size <= _BOX_SHARE * self._all[self._container]

    def _drop_unfit(self) -> None:
        for number in self._numbers():
            if self._is_unfit(number) or self._zoned(self._blocks[number]):
                self._drop(number)

    def _is_unfit(self, number: int) -> bool:
        """Tell whether a block's own text says that it's no part of a report."""
        block = self._blocks[number]
        return (
            self._is_menu(block)
            or self._is_title(self._normal[number])
            or is_credit(block.text)
            or is_furniture(block.text)
            or opens_comments(block.text)
        )

    @staticmethod
    def _is_menu(block: Block) -> bool:
        """Tell whether a block is hardly anything but links; what separates them counts for nothing."""
        if block.link_chars * 2 < len(block.text):  # most have no link at all
            return False
        return block.link_chars > _MAX_LINK_SHARE * len(_SEPARATORS.sub("", block.text))

    def _is_title(self, normal: str) -> bool:
        return any(
            normal == title
            or (
                abs(len(title) - len(normal)) <= _TITLE_SLACK
                and (title.startswith(normal) or normal.startswith(title))
            )
            for title in self._titles
            if normal
        )

    def _cut_comments(self) -> int:
        """The heading of the readers' comments ends the report; returns how many characters went.

        It has to be chosen itself and to stand past half of the text, or, since comments may be longer than
        what they're about, past some text whose elements hold nothing of what follows.
        """
        seen, total = 0, sum(self._chosen_sizes())
        for number, block in enumerate(self._blocks):
            if opens_comments(block.text):
                past_half = self.chosen[number] and seen * 2 > total
                if past_half or (seen >= _MIN_REPORT and self._are_apart(number)):
                    for dropped in range(number, len(self._blocks)):
                        self._drop(dropped)
                    return total - seen
            seen += len(block.text) if self.chosen[number] else 0
        return 0

    def _are_apart(self, number: int) -> bool:
        """Tell whether what is chosen before a block and what is chosen after it are in other elements."""
        chosen = self._numbers()
        before = {self._holder(other) for other in chosen if other < number}
        return before.isdisjoint(self._holder(other) for other in chosen if other > number)

    def _holder(self, number: int) -> int:
        """Return the element whose children, or lines, are the paragraphs among which a block stands."""
        node = self._nodes[self._blocks[number].node]
        return max(node.parent, 0) if node.tag == "p" else node.number

    def _drop_outside(self) -> None:
        """Past half of the text, what lies outside the container is another story or a box."""
        seen = 0
        for number in self._numbers():
            block = self._blocks[number]
            seen += len(block.text)
            if seen * 2 > self._total and not self._inside[block.node]:
                self._drop(number)

    def _take_in_prose(self) -> None:
        """Between the first chosen block and the last, take in paragraphs like the chosen ones."""
        numbers = self._numbers()
        weights: Counter[tuple[str, str]] = Counter()
        own: Counter[int] = Counter()
        for number in numbers:
            block = self._blocks[number]
            weights[self._kind(block)] += len(block.text)
            own[block.node] += len(block.text)
        total = sum(weights.values())
        for number in range(numbers[0], self._last_of_run(numbers[-1]) + 1) if numbers else ():
            block = self._blocks[number]
            same_run = own[block.node] >= 2 * _MIN_PROSE
            alike = len(block.text) >= _MIN_PROSE and weights[self._kind(block)] >= 0.1 * total
            if (same_run or alike) and self._is_prose(number):
                self.chosen[number] = True

    def _last_of_run(self, number: int) -> int:
        node = self._blocks[number].node
        while number + 1 < len(self._blocks) and self._blocks[number + 1].node == node:
            number += 1
        return number

    def _kind(self, block: Block) -> tuple[str, str]:
        node = self._nodes[block.node]
        return node.kind, self._nodes[node.parent].kind if node.parent >= 0 else ""

    def _is_prose(self, number: int) -> bool:
        block = self._blocks[number]
        return (
            not self.chosen[number]
            and number not in self._rejected
            and self._inside[block.node]
            and not self._zoned(block)
            and block.link_chars < _MAX_PROSE_LINK_SHARE * len(block.text)
            and self._normal[number] not in self._seen
        )

    def _take_in_headings(self) -> None:
        """Take in a subheading that stands right before a chosen block under the same parent."""
        numbers = self._numbers()
        for number in range(numbers[0], numbers[-1]) if numbers else ():
            node = self._nodes[self._blocks[number].node]
            after = self._nodes[self._blocks[number + 1].node]
            if (
                node.tag in _HEADINGS
                and self.chosen[number + 1]
                and after.parent == node.parent
                and self._is_prose(number)
                and not self._is_title(self._normal[number])
            ):
                self.chosen[number] = True

    def _take_in_standfirst(self) -> None:
        """Take in the last block before the report that is what the page gives as its own summary."""
        numbers = self._numbers()
        first = next((n for n in numbers if len(self._blocks[n].text) >= _MIN_PROSE), len(self._blocks))
        present = {self._normal[number] for number in numbers}
        for number in range(min(first, len(self._blocks)) - 1, -1, -1):
            block = self._blocks[number]
            if (
                len(block.text) in _STANDFIRST
                and not self.chosen[number]
                and number not in self._rejected
                and self._normal[number] not in present
                and block.link_chars <= _MAX_PROSE_LINK_SHARE * len(block.text)
                and not self._zoned(block)
                and self._is_summary(self._normal[number])
            ):
                self.chosen[number] = True
                return

    def _is_summary(self, normal: str) -> bool:
        return any(
            normal == summary or (len(summary) > 60 and normal.startswith(summary[:60]))
            for summary in self._summaries
        )

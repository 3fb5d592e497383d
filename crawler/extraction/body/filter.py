"""Which blocks of a page are its report, given what a first extractor takes for the report.

The rules are general: about position, links, repetition, the names of elements, and a small lexicon. Each was
kept because it helped pages of several sites and held on sites that it was not chosen on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import compress
from operator import mul

from crawler.extraction.body.blocks import Block, BlockTree
from crawler.extraction.body.lexicon import Zone, opens_comments
from crawler.extraction.body.lines import is_day
from crawler.extraction.body.liveblogs import entries_left
from crawler.extraction.body.pointers import find_pointers
from crawler.extraction.body.torn import torn_off
from crawler.extraction.body.unfit import normal_titles, why_unfit
from crawler.extraction.body.why import Why

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
# The container is the deepest element that holds this share of the chosen text.
_CONTAINER_SHARE = 0.7
# Text that was not chosen is taken in only where it is prose.
_MAX_PROSE_LINK_SHARE = 0.3
_MIN_PROSE = 80
# Where most of the report is of one kind, shorter lines of that kind are its own, too.
_MIN_LINE = 20
_MAIN_SHARE = 0.5
_KIND_SHARE = 0.1
# A subheading may be so many levels above the paragraph that it heads.
_HEADING_LEVELS = 4
# So much text before the heading of the comments may be a whole report.
_MIN_REPORT = 300
# An element that holds more than this is no small box, whatever its name says (an unclosed promotion may
# swallow the whole report): so many characters, and such a share of the container.
_BOX_CHARACTERS = 600
_BOX_SHARE = 0.3
# A filter that leaves less than this of the text has misread the page.
_MIN_LEFT = 0.3
# What stands before the report and is shorter, is a label.
_MAX_OVERLINE = 40
# A standfirst may have a place before it that the page's own summary has not ("Berlin. ...").
_DATELINE = 25
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
        self._tree, self._nodes, self._blocks = tree, tree.nodes, tree.blocks
        self._sizes = [len(block.text) for block in tree.blocks]
        self._parents = [node.parent for node in tree.nodes]
        self._words = block_words
        self._titles = normal_titles(titles)
        self._summaries = normal_titles(summaries)
        self._first = [share > 0 for share in shares]
        self._rejected: dict[int, Why] = {}
        self._pointers: set[int] = set()
        self._copies: dict[int, int] = {}  # of each copy that was dropped, the block that it equals
        self.chosen = list(self._first)
        for number in (*torn_off(tree, self._first), *entries_left(tree, self._first, self._titles)):
            self.chosen[number] = True
        self._drop_copies()
        self._total = sum(self._chosen_sizes())
        self._find_container()
        self._restore_items()

    def run(self) -> list[int]:
        """Return the numbers of the blocks that are the report, in document order."""
        start, rejected = list(self.chosen), dict(self._rejected)
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
        first = [taken and self._why_unfit(number) is None for number, taken in enumerate(self._first)]
        if any(len(self._blocks[number].text) >= _MIN_PROSE for number in self._numbers_of(first)):
            self.chosen = first

    def _choose(self) -> bool:
        """Apply all rules; False where hardly anything is left of what may be the report."""
        comments = self._cut_comments()
        self._drop_unfit()
        self._drop_outside()
        self._drop_overlines()
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
        return list(compress(range(len(choice)), choice))

    def _chosen_sizes(self) -> list[int]:
        return list(map(mul, self._sizes, self.chosen))

    def _normal(self, number: int) -> str:
        return " ".join(self._words[number])

    def _drop(self, number: int, why: Why) -> None:
        self.chosen[number] = False
        self._rejected[number] = why

    def why_not(self, number: int) -> Why:
        """Return why a block is not chosen, after `run`."""
        if why := self._rejected.get(number) or self._why_unfit(number):
            return why
        block = self._blocks[number]
        if self._zoned(block):
            return Why.BOX
        return Why.NOT_TAKEN if block.node in self._inside else Why.OUTSIDE

    def _sums(self, numbers: Sequence[int]) -> list[int]:
        """Return for each node the sum of the sizes of those of the blocks `numbers` that lie in it."""
        sums = [0] * len(self._nodes)
        for number in numbers:
            sums[self._blocks[number].node] += self._sizes[number]
        # From the inside to the outside: parents have the lower numbers.
        for node in range(len(sums) - 1, -1, -1):
            if sums[node] and self._parents[node] >= 0:
                sums[self._parents[node]] += sums[node]
        return sums

    def _drop_copies(self) -> None:
        """Of equal blocks keep the one among most chosen text: the others are menus, teasers, hidden twins."""
        copies = defaultdict(list)
        for number in self._numbers():
            copies[self._normal(number)].append(number)
        repeated = [numbers for numbers in copies.values() if len(numbers) > 1]
        around = self._sums(self._numbers()) if repeated else []
        for numbers in repeated:
            best = max(numbers, key=lambda number: (around[self._parent(number)], -number))
            for number in numbers:
                if number != best:
                    self._drop(number, Why.COPY)
                    self._copies[number] = best
        self._seen = set(copies)

    def _restore_items(self) -> None:
        """A short line that is twice in the report, like a name in two lists, is no copy of a menu's or a twin's."""
        for number, best in self._copies.items():
            copy, block = self._blocks[number], self._blocks[best]
            if (
                len(copy.text) < _MIN_PROSE
                and copy.node in self._inside
                and self._kind(copy) == self._kind(block)
            ):
                self.chosen[number] = True
                self._rejected.pop(number, None)
                if block.node not in self._inside:
                    self._drop(best, Why.COPY)

    def _parent(self, number: int) -> int:
        return max(self._nodes[self._blocks[number].node].parent, 0)

    def _find_container(self) -> None:
        chosen = self._sums(self._numbers())
        self._all = self._sums(range(len(self._blocks)))
        least = _CONTAINER_SHARE * self._total
        self._container = max((node for node, size in enumerate(chosen) if size >= least), default=0)
        self._around: set[int] = set()
        self._exempt(self._container)
        # Elements are numbered as they open: those inside the container follow it, up to the first that does not.
        after = range(self._container + 1, len(self._nodes))
        end = next((node for node in after if self._parents[node] < self._container), len(self._nodes))
        self._inside = range(self._container, end)
        self._own = [number for number, block in enumerate(self._blocks) if block.node in self._inside]

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
        self._pointers = find_pointers(self._tree, self._own, self._all, self._around)
        for number in self._numbers():
            why = self._why_unfit(number) or (Why.BOX if self._zoned(self._blocks[number]) else None)
            if why is not None:
                self._drop(number, why)

    def _why_unfit(self, number: int) -> Why | None:
        if number in self._pointers:
            return Why.POINTER
        return why_unfit(self._blocks[number], self._normal(number), self._titles)

    def _cut_comments(self) -> int:
        """The heading of the readers' comments ends the report; returns how many characters went.

        It has to be chosen itself and to stand past half of the text, or, since comments may be longer than
        what they're about, past some text whose elements hold nothing of what follows.
        """
        seen, total = 0, sum(self._chosen_sizes())
        for number, block in enumerate(self._blocks):
            if seen and opens_comments(block.text):
                past_half = self.chosen[number] and seen * 2 > total
                if past_half or (seen >= _MIN_REPORT and self._are_apart(number)):
                    for dropped in range(number, len(self._blocks)):
                        self._drop(dropped, Why.COMMENTS if dropped == number else Why.AFTER_COMMENTS)
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
            if seen * 2 > self._total and block.node not in self._inside:
                self._drop(number, Why.OUTSIDE)

    def _drop_overlines(self) -> None:
        """Before the first paragraph, what stands elsewhere is a label ("World", "Video"), or a second title."""
        numbers = self._numbers()
        prose = (number for number in numbers if len(self._blocks[number].text) >= _MIN_PROSE)
        first = next(prose, 0)
        for number in numbers:
            if number >= first:
                break
            is_apart = not self._are_together(number, first)
            if is_day(self._blocks[number].text) or (is_apart and self._is_overline(number)):
                self._drop(number, Why.LABEL)

    def _are_together(self, number: int, other: int) -> bool:
        """Tell whether two blocks are children, or lines, of one element."""
        one, two = self._nodes[self._blocks[number].node], self._nodes[self._blocks[other].node]
        return one.parent == two.parent or self._holder(number) == self._holder(other)

    def _is_overline(self, number: int) -> bool:
        block = self._blocks[number]
        node = self._nodes[block.node]
        if len(block.text) < _MAX_OVERLINE:
            return node.item < 0
        is_heading = node.tag in _HEADINGS or self._nodes[max(node.parent, 0)].tag in _HEADINGS
        return is_heading and self._shares_words(number)

    def _shares_words(self, number: int) -> bool:
        """Tell whether half of a block's words are in a title."""
        own = set(self._normal(number).split())
        return any(2 * len(own.intersection(title.split())) >= len(own) for title in self._titles)

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
        for number in self._reach(numbers):
            block = self._blocks[number]
            same_run = own[block.node] >= 2 * _MIN_PROSE
            weight = weights[self._kind(block)]
            alike = (len(block.text) >= _MIN_PROSE and weight >= _KIND_SHARE * total) or (
                len(block.text) >= _MIN_LINE and weight >= _MAIN_SHARE * total
            )
            if (same_run or alike) and self._is_prose(number):
                self.chosen[number] = True

    def _reach(self, numbers: Sequence[int]) -> range:
        """Return where prose of the report may be: from the first to the last block under its main element."""
        if not numbers:
            return range(0)
        sizes: Counter[int] = Counter()
        for number in numbers:
            sizes[self._holder(number)] += len(self._blocks[number].text)
        holder = max(sizes, key=lambda node: sizes[node])
        own = [number for number in self._own if self._holder(number) == holder]
        last = self._last_of_run(numbers[-1])
        return range(min([numbers[0], *own[:1]]), max([last, *own[-1:]]) + 1)

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
            and block.node in self._inside
            and not self._zoned(block)
            and block.link_chars < _MAX_PROSE_LINK_SHARE * len(block.text)
            and self._normal(number) not in self._seen
            and self._why_unfit(number) is None
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
                and self._is_over(node.parent, after.number)
                and self._is_prose(number)
            ):
                self.chosen[number] = True

    def _is_over(self, node: int, other: int) -> bool:
        """Tell whether an element is around another one, a few levels up at most."""
        for _ in range(_HEADING_LEVELS):
            other = self._nodes[other].parent
            if other <= node:  # parents have the lower numbers
                return other == node
        return False

    def _take_in_standfirst(self) -> None:
        """Take in the last block before the report that is what the page gives as its own summary."""
        numbers = self._numbers()
        first = next((n for n in numbers if len(self._blocks[n].text) >= _MIN_PROSE), len(self._blocks))
        present = {self._normal(number) for number in numbers}
        for number in range(min(first, len(self._blocks)) - 1, -1, -1):
            block = self._blocks[number]
            if (
                len(block.text) in _STANDFIRST
                and not self.chosen[number]
                and number not in self._rejected
                and self._normal(number) not in present
                and block.link_chars <= _MAX_PROSE_LINK_SHARE * len(block.text)
                and (self._nodes[block.node].zones.keys() <= {Zone.JUNK} or not self._zoned(block))
                and self._is_summary(self._normal(number))
            ):
                self.chosen[number] = True
                return

    def _is_summary(self, normal: str) -> bool:
        return any(
            normal == summary or (len(summary) > 60 and 0 <= normal.find(summary[:60]) <= _DATELINE)
            for summary in self._summaries
        )

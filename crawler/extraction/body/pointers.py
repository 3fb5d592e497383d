"""Blocks inside a report that point to other stories: lists of links, and boxes headed by "Read more" and the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence

from crawler.extraction.body.blocks import Block, BlockTree
from crawler.extraction.body.lexicon import heads_other_stories
from crawler.extraction.body.unfit import is_menu

# A list whose items are links for the most part ("Gaza: <a>What we know</a>"), every one of them.
_MIN_LIST_LINK_SHARE = 0.5
# No box that points to other stories is longer; what is may be the report.
_MAX_BOX = 600
_MIN_HEADLINE = 25


def find_pointers(
    tree: BlockTree, numbers: Sequence[int], sizes: Sequence[int], around: Container[int]
) -> set[int]:
    """Return the numbers of the blocks that are lists of links or lie in boxes of other stories.

    numbers: the blocks of the report's container, in order; others are not looked at. sizes: for each element its
    characters. around: the numbers of the elements that hold the report, which are no box.
    """
    found = _link_lists(tree, numbers)
    for number in numbers:
        if heads_other_stories(tree.blocks[number].text):
            found.update(_box(tree, number, sizes, around))
    return found


def is_linked_headline(block: Block) -> bool:
    """Tell whether a block is a headline's length of nothing but a link, as a teaser has it."""
    return len(block.text) >= _MIN_HEADLINE and is_menu(block)


def _link_lists(tree: BlockTree, numbers: Sequence[int]) -> set[int]:
    lists: defaultdict[int, list[int]] = defaultdict(list)
    for number in numbers:
        group = tree.nodes[tree.blocks[number].node].group
        if group >= 0:
            lists[group].append(number)
    return {number for items in lists.values() if _are_links(tree, items) for number in items}


def _are_links(tree: BlockTree, items: Sequence[int]) -> bool:
    blocks = [tree.blocks[number] for number in items]
    links = sum(block.link_chars for block in blocks)
    return links >= _MIN_LIST_LINK_SHARE * sum(len(block.text) for block in blocks) and all(
        block.link_chars for block in blocks
    )


def _box(tree: BlockTree, number: int, sizes: Sequence[int], around: Container[int]) -> range:
    """Return the blocks of the largest box that a heading opens; none where no block of it is a link.

    Elements are numbered as they open, so that the block before lies in a box if its element's number is not lower.
    """
    before = tree.blocks[number - 1].node if number else -1
    box, node = -1, tree.blocks[number].node
    while node > before and node not in around and sizes[node] <= _MAX_BOX:
        box, node = node, tree.nodes[node].parent
    end = number
    while box >= 0 and end < len(tree.blocks) and _is_in(tree, tree.blocks[end].node, box):
        end += 1
    inside = range(number, end)
    return inside if any(is_menu(tree.blocks[other]) for other in inside) else range(0)


def _is_in(tree: BlockTree, node: int, box: int) -> bool:
    while node > box:
        node = tree.nodes[node].parent
    return node == box

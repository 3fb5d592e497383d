"""Pieces of a report that a first extraction left behind: its paragraphs go on in further elements of the same kind.

Pages cut a report into sections to put advertisements between them, and a live blog is one section an entry;
an extractor that looks for one element with the most text then finds the first section only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crawler.extraction.body.blocks import Block, BlockTree
from crawler.extraction.body.lexicon import opens_comments
from crawler.extraction.body.pointers import is_linked_headline

_MIN_PROSE = 80
_MAX_LINK_SHARE = 0.3
# Of a report's prose, so much stands in elements of its main kinds.
_MIN_SHARE = 0.3
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})

_Kind = tuple[str, str, str]


def torn_off(tree: BlockTree, chosen: Sequence[bool]) -> list[int]:
    """Return the numbers of the prose blocks that go on with what is `chosen`, in document order.

    They follow the first chosen block in the same <article> (or outside of any, as it does), and their element,
    its parent and grandparent have the tags and class names of those that hold much of the chosen prose. Another
    story's headline, or that of the readers' comments, ends the search.
    """
    kinds: Counter[_Kind] = Counter()
    for block, taken in zip(tree.blocks, chosen, strict=True):
        if taken and _is_prose(tree, block):
            kinds[_kind(tree, block)] += len(block.text)
    total = sum(kinds.values())
    main = {kind for kind, size in kinds.items() if size >= _MIN_SHARE * total and _is_named(kind)}
    first = next((number for number, taken in enumerate(chosen) if taken), len(tree.blocks))
    found = [
        number
        for number in range(first, len(tree.blocks) if main else first)
        if not chosen[number]
        and _is_prose(tree, tree.blocks[number])
        and _kind(tree, tree.blocks[number]) in main
    ]
    if not found:
        return []
    ends = (n for n in range(first, found[-1]) if not chosen[n] and _ends_search(tree, tree.blocks[n]))
    end = next(ends, len(tree.blocks))
    articles = _outer_articles(tree)
    own = {articles[block.node] for block, taken in zip(tree.blocks, chosen, strict=True) if taken}
    return [
        number
        for number in found
        if number < end and articles[tree.blocks[number].node] in own and not _is_teaser(tree, number)
    ]


def _is_prose(tree: BlockTree, block: Block) -> bool:
    return (
        len(block.text) >= _MIN_PROSE
        and block.link_chars <= _MAX_LINK_SHARE * len(block.text)
        and not tree.nodes[block.node].zones
    )


def _outer_articles(tree: BlockTree) -> list[int]:
    """Return for each element the number of the outermost <article> around it, or -1."""
    articles: list[int] = []
    for node in tree.nodes:
        outer = articles[node.parent] if node.parent >= 0 else -1
        articles.append(node.number if outer < 0 and node.tag == "article" else outer)
    return articles


def _kind(tree: BlockTree, block: Block) -> _Kind:
    node = tree.nodes[block.node]
    parent = tree.nodes[max(node.parent, 0)]
    return node.kind, parent.kind, tree.nodes[max(parent.parent, 0)].kind


def _is_named(kind: _Kind) -> bool:
    """Tell whether any of a kind's elements has a class name: without one, it is any paragraph."""
    return any(" " in name.strip() for name in kind)


def _ends_search(tree: BlockTree, block: Block) -> bool:
    tag = tree.nodes[block.node].tag
    return tag == "h1" or (tag in _HEADINGS and is_linked_headline(block)) or opens_comments(block.text)


def _is_teaser(tree: BlockTree, number: int) -> bool:
    """Tell whether a linked headline stands right before a block, under its parent or grandparent."""
    before = tree.blocks[number - 1] if number else None
    if before is None or not is_linked_headline(before):
        return False
    return not _near(tree, before.node).isdisjoint(_near(tree, tree.blocks[number].node))


def _near(tree: BlockTree, node: int) -> set[int]:
    parent = tree.nodes[node].parent
    return {parent, tree.nodes[max(parent, 0)].parent} - {-1}

"""The entries of a live blog that a first extraction left behind: repeated siblings with a time and some prose each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile

from crawler.extraction.body.blocks import Block, BlockTree
from crawler.extraction.body.lexicon import opens_comments
from crawler.extraction.body.pointers import is_linked_headline

# What live blogs are called, in class names and in headlines. Without such a word, comments look the same.
_LIVE = re.compile(
    r"(?<![^\W_])(?:live|livebl\w+|liveticker|newsticker|ticker|timeline|newsblog|updates?|as it happened|minute by minute"
    r"|en direct|en vivo|minuto a minuto|ao vivo|canlı|dakika dakika|онлайн|хроника|хроніка|наживо|прямая трансляция"
    r"|مباشر|لحظة بلحظة|أولا? بأول|تغطية|لحظه به لحظه|زنده)(?![^\W_])",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<![\d:.])\d{1,2}[:.٫]\d{2}(?![\d.])")
# Where in an entry's first lines its time is looked for, and from which length on the others are prose.
_MAX_CLOCK = 40
_MIN_PROSE = 40
_MAX_LINK_SHARE = 0.3
# How many entries make a live blog; of these siblings so many have a time and prose, so few a linked headline.
_MIN_ENTRIES = 5
_MIN_TIMED = 0.6
_MAX_LINKED = 0.3
# An entry is so many levels above its time, and the name of it all so many above the entry.
_LEVELS = 6
_NAMED_LEVELS = 4

# A parent's number and the kind of some of its children.
_Key = tuple[int, str]


def entries_left(tree: BlockTree, chosen: Sequence[bool], titles: Sequence[str]) -> list[int]:
    """Return the numbers of the prose blocks in a live blog's entries that are not `chosen`, in document order.

    titles: the page's, in small letters. Entries are five siblings of one kind at least, most with a time and
    prose and few with a linked headline (those are teasers), before the readers' comments; and the headline or a
    class name around them says that the page is live.
    """
    timed: defaultdict[_Key, set[int]] = defaultdict(set)
    for node in _clocks(tree):
        for inner in _upwards(tree, node, _LEVELS):
            timed[tree.nodes[inner].parent, tree.nodes[inner].kind].add(inner)
    is_live = any(_LIVE.search(title) for title in titles)
    groups = {
        key: group
        for key, group in timed.items()
        if len(group) >= _MIN_ENTRIES and (is_live or _is_named_live(tree, min(group)))
    }
    return [number for number in _prose_in(tree, groups) if not chosen[number]] if groups else []


def _prose_in(tree: BlockTree, groups: dict[_Key, set[int]]) -> list[int]:
    """Return the prose of those groups that are entries; each group are the siblings of a kind that have a time."""
    siblings: dict[_Key, set[int]] = {key: set() for key in groups}
    for node in tree.nodes:
        if (node.parent, node.kind) in siblings:
            siblings[node.parent, node.kind].add(node.number)
    prose: defaultdict[int, list[int]] = defaultdict(list)
    linked: set[int] = set()
    for number, block in takewhile(lambda item: not opens_comments(item[1].text), enumerate(tree.blocks)):
        around = list(_upwards(tree, block.node, len(tree.nodes)))
        if is_linked_headline(block):
            linked.update(around)
        elif _is_prose(tree, block):
            for outer in around:
                prose[outer].append(number)
    found: set[int] = set()
    for key, group in siblings.items():
        entries = groups[key].intersection(prose)
        is_teasers = len(group & linked) > _MAX_LINKED * len(group)
        if len(entries) >= max(_MIN_ENTRIES, _MIN_TIMED * len(group)) and not is_teasers:
            found.update(number for entry in group for number in prose[entry])
    return sorted(found)


def _clocks(tree: BlockTree) -> Iterator[int]:
    """Yield the elements whose text begins with a time, or nearly so."""
    for block in tree.blocks:
        if tree.nodes[block.node].zones:
            continue
        text = block.text[:_MAX_CLOCK]
        if (":" in text or "." in text or "٫" in text) and _CLOCK.search(text):
            yield block.node


def _upwards(tree: BlockTree, node: int, levels: int) -> Iterator[int]:
    while node >= 0 and levels > 0:
        yield node
        node, levels = tree.nodes[node].parent, levels - 1


def _is_prose(tree: BlockTree, block: Block) -> bool:
    return (
        len(block.text) >= _MIN_PROSE
        and block.link_chars <= _MAX_LINK_SHARE * len(block.text)
        and not tree.nodes[block.node].zones
    )


def _is_named_live(tree: BlockTree, node: int) -> bool:
    return any(_LIVE.search(tree.nodes[outer].kind) for outer in _upwards(tree, node, _NAMED_LEVELS))

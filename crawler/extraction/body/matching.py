"""What a first look says of each block of a page: how much of it is the report, from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from crawler.extraction.body.blocks import BlockTree

# Chinese and Japanese characters and Hangul syllables count as words one by one.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_BETWEEN = {number: " " for number in range(128) if not (chr(number).isalnum() or chr(number) == "_")}
_GRAM = 4
_MAX_LINK_SHARE = 0.3
_MIN_PROSE = 25


def words(text: str) -> list[str]:
    """Return the lower-cased words of `text`."""
    if text.isascii():
        return text.lower().translate(_BETWEEN).split()  # a quarter of the expression's time
    return _WORD.findall(text.lower())


def shares(blocks: Iterable[list[str]], text: str) -> list[float]:
    """Return for each block (its words) which share of it, 0 to 1, `text` holds.

    The share is that of the block's runs of four words; up to a half counts as 0, since boilerplate has runs
    in common with everything. A block of four words or fewer must be a whole line of `text`, or have its
    first three words there in a row.
    """
    lines = [line for line in map(words, text.split("\n")) if line]
    whole = {" ".join(line) for line in lines}
    threes = {gram for line in lines for gram in zip(line, line[1:], line[2:], strict=False)}
    fours = {gram for line in lines for gram in _fours(line)}
    return [_share(block, whole, threes, fours) for block in blocks]


def prose_shares(tree: BlockTree) -> list[float]:
    """Return 1 for the blocks of prose under the element that holds most of it, for lack of a better guide."""
    holders = [
        max(tree.nodes[block.node].parent, 0) if tree.nodes[block.node].tag == "p" else block.node
        for block in tree.blocks
    ]
    prose = [
        len(block.text) >= _MIN_PROSE
        and block.link_chars <= _MAX_LINK_SHARE * len(block.text)
        and not tree.nodes[block.node].zones
        for block in tree.blocks
    ]
    sums: Counter[int] = Counter()
    for block, holder, is_prose in zip(tree.blocks, holders, prose, strict=True):
        sums[holder] += len(block.text) * is_prose
    best = max(sums, key=lambda holder: sums[holder], default=0)
    return [float(is_prose and holder == best) for holder, is_prose in zip(holders, prose, strict=True)]


def _fours(line: list[str]) -> Iterable[tuple[str, ...]]:
    return zip(line, line[1:], line[2:], line[3:], strict=False)


def _share(
    block: list[str], whole: set[str], threes: set[tuple[str, str, str]], fours: set[tuple[str, ...]]
) -> float:
    if " ".join(block) in whole:
        return 1.0
    if len(block) <= _GRAM:
        return float(len(block) >= _GRAM - 1 and tuple(block[:3]) in threes)
    hits = sum(gram in fours for gram in _fours(block))
    share = hits / (len(block) - _GRAM + 1)
    return share if share > 0.5 else 0.0

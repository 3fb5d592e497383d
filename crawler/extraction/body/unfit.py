"""Blocks whose own text says that they are no part of a report: menus, the title again, credits, headings of boxes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extraction.body.blocks import Block
from crawler.extraction.body.lexicon import is_credit, is_furniture, opens_comments
from crawler.extraction.body.matching import words
from crawler.extraction.body.why import Why

_MAX_LINK_SHARE = 0.8
# What stands between the links of a menu: "Home | Politics | Sport" is nothing but links.
_SEPARATORS = re.compile(r"(?:\s*[|·•»«/–—-]\s*)+")
# A title and its repeat may differ by a site's name.
_TITLE_SLACK = 25
# No title, credit or heading of a box is longer.
MAX_LINE = 400
# A heading that nobody closed holds the rest of the page; a longer one is no line's repeat.
_LONGEST_TITLE = 1_000


def normal_titles(titles: Sequence[str]) -> tuple[str, ...]:
    """Return the words of each title, once each."""
    normal = (" ".join(words(title[:_LONGEST_TITLE])) for title in titles)
    return tuple(dict.fromkeys(filter(None, normal)))


def why_unfit(block: Block, normal: str, titles: Sequence[str]) -> Why | None:
    """Return what a block's own text says against its being part of a report; None if nothing.

    normal: its words (of a block of more than MAX_LINE characters nobody asks); titles: those of the page's titles (see `normal_titles`).
    """
    if is_menu(block):
        return Why.MENU
    if len(block.text) > MAX_LINE:  # a paragraph, not a line that could be any of these
        return None
    if is_title(normal, titles):
        return Why.TITLE
    if is_credit(block.text):
        return Why.CREDIT
    if is_furniture(block.text):
        return Why.FURNITURE
    return Why.COMMENTS if opens_comments(block.text) else None


def is_menu(block: Block) -> bool:
    """Tell whether a block is hardly anything but links; what separates them counts for nothing."""
    if block.link_chars * 2 < len(block.text):  # most have no link at all
        return False
    return block.link_chars > _MAX_LINK_SHARE * len(_SEPARATORS.sub("", block.text))


def is_title(normal: str, titles: Sequence[str]) -> bool:
    """Tell whether a block is one of the page's titles again, give or take a site's name."""
    return any(
        normal == title
        or (
            bool(normal)
            and abs(len(title) - len(normal)) <= _TITLE_SLACK
            and (title.startswith(normal) or normal.startswith(title))
        )
        for title in titles
    )

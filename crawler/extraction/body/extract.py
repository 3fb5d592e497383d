"""The text of a page's report: a first extraction by trafilatura, then a choice among the page's own blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml.etree import strip_elements
from lxml.html import HtmlElement
from trafilatura import bare_extraction

from crawler.extraction.body.blocks import BlockTree, normal_space, read_blocks
from crawler.extraction.body.filter import BodyFilter
from crawler.extraction.body.matching import prose_shares, shares, words
from crawler.extraction.body.why import Why
from crawler.extraction.page import Page

_CODE_TAGS = (
    "script", "style", "svg", "noscript", "iframe", "template", "link", "button", "input", "select", "textarea"
)  # fmt: skip
_KEPT = "kept-script"
# Where fewer of the first extraction's characters are found in the page's blocks, it was not taken from them
# (but, say, from JSON-LD), and stands by itself.
_MIN_MATCHED = 0.5
# How much of the page's prose the quick extraction must have found, and how much of that must be prose.
_MIN_OF_PROSE = 0.8
_MIN_PROSE_OF_FOUND = 0.5
# Some of trafilatura's time grows with the square of a page, and justext's, in its thorough way, faster still: a second
# or two are spent on one of these sizes. Honest pages have some hundred elements, or two thousand.
_MAX_ELEMENTS = 20_000
_MAX_THOROUGH = 4_000
# libxml2 sorts what a path finds by walking along siblings: 6,000 in one paragraph take five seconds. The most that
# was seen on an honest page are 217.
_MAX_CHILDREN = 2_000
# And characters of text, each of which justext looks at a dozen times. The longest report that was seen has 60,000.
_MAX_TEXT = 1_000_000
_MAX_THOROUGH_TEXT = 300_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What one page by itself tells of its report.

    tree: all blocks of the page. chosen: the numbers of those that are the report. text: the report where it was not
    found among the page's blocks (but, say, in its JSON-LD); then nothing is chosen. why_not: returns why a block
    was not.
    """

    tree: BlockTree
    chosen: tuple[int, ...]
    text: str | None = None
    why_not: Callable[[int], Why] = field(default=lambda _: Why.NOT_TAKEN, repr=False, compare=False)


def choose_blocks(
    page: Page, titles: Sequence[str], summaries: Sequence[str], *, thorough: bool = True
) -> Choice:
    """Return which blocks of a page are its report; nothing is chosen where it holds none.

    titles: what is known to be the headline, whose repeats are left out. summaries: what the page gives as its own.
    thorough: whether to look again, at twice the cost, where a quick look leaves doubts.
    """
    tree = read_blocks(page.tree)
    block_words = [words(block.text) for block in tree.blocks]
    first, prose = "", prose_shares(tree)
    found: Sequence[float] = prose
    elements = page.elements.all  # also what the walk left out
    size = sum(len(block.text) for block in tree.blocks)
    if len(elements) <= _MAX_ELEMENTS and max(map(len, elements)) <= _MAX_CHILDREN and size <= _MAX_TEXT:
        thorough = thorough and len(elements) <= _MAX_THOROUGH and size <= _MAX_THOROUGH_TEXT
        first, found = _first_extraction(page, tree, block_words, prose, thorough=thorough)
    matched = sum(len(block.text) for block, share in zip(tree.blocks, found, strict=True) if share)
    if matched < _MIN_MATCHED * len(first):
        return Choice(tree, (), "\n\n".join(filter(None, map(normal_space, first.split("\n")))))
    choosing = BodyFilter(tree, block_words, found, titles, summaries)
    return Choice(tree, tuple(choosing.run()), why_not=choosing.why_not)


def _first_extraction(
    page: Page, tree: BlockTree, block_words: Sequence[list[str]], prose: Sequence[float], *, thorough: bool
) -> tuple[str, Sequence[float]]:
    """Return trafilatura's text, and which share of each block it holds ("" and the page's own prose if none).

    trafilatura's thorough way runs two further extractors and takes the best. Where its quick way has found
    most of the page's prose and little else, it gave the same score on real pages, in two thirds of the time.
    """
    page_copy = _without_code(page.tree)
    quick = _extracted(page_copy, page.url, fast=True)
    found = shares(block_words, quick)
    if not thorough or (quick and _agree(tree, found, prose)):
        return quick, found if quick else prose
    text = _extracted(page_copy, page.url, fast=False)
    return text, shares(block_words, text) if text else prose


def _extracted(tree: HtmlElement, url: str, *, fast: bool) -> str:
    try:
        # Never deduplicate=True: it depends on what the process saw before.
        document = bare_extraction(tree, url=url, include_comments=False, with_metadata=False, fast=fast)
    except Exception:  # noqa: BLE001 - a bug of the library met by odd markup; the page's blocks still stand
        return ""
    return (document.text or "") if document and not isinstance(document, dict) else ""


def _agree(tree: BlockTree, found: Sequence[float], prose: Sequence[float]) -> bool:
    sizes = [len(block.text) for block in tree.blocks]
    all_found = sum(size for size, share in zip(sizes, found, strict=True) if share)
    all_prose = sum(size for size, share in zip(sizes, prose, strict=True) if share)
    both = sum(size for size, *shared in zip(sizes, found, prose, strict=True) if all(shared))
    return both > 0 and both >= _MIN_OF_PROSE * all_prose and both >= _MIN_PROSE_OF_FOUND * all_found


def _without_code(tree: HtmlElement) -> HtmlElement:
    """Return a copy of a page without what is never text: trafilatura copies it four more times."""
    copy = deepcopy(tree)
    # Not JSON-LD: trafilatura looks there for the text of pages that have none elsewhere.
    linked = [script for script in copy.iter("script") if script.get("type") == "application/ld+json"]
    for script in linked:
        script.tag = _KEPT
    # Not one by one: that takes the text behind an element through Python, where lxml refuses some of it.
    strip_elements(copy, *_CODE_TAGS, with_tail=False)
    for script in linked:
        script.tag = "script"
    return copy

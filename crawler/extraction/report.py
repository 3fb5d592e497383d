"""The text of a page's report: by its site's template where that knows the page, else by what the page itself tells.

The template path reads only the element that holds the report, and costs a tenth of the other. It is left where the
page looks as if the site was laid out anew (the gate), and helped out where the template has not seen a kind of block.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from archive.models import BlockKind, ExtractionPath, PageLesson, TextBlock
from crawler.extraction.body.blocks import BlockTree
from crawler.extraction.body.extract import Choice, choose_blocks, told_of_itself
from crawler.extraction.body.lexicon import zone_of_tag
from crawler.extraction.body.typed import body_of, type_blocks
from crawler.extraction.body.unfit import normal_titles
from crawler.extraction.page import Page
from crawler.extraction.templates.apply import Reading, TemplateReader
from crawler.extraction.templates.labels import names_of
from crawler.extraction.templates.lesson import make_lesson, pack
from crawler.extraction.templates.model import from_json

# Blocks of kinds that the template has not seen may have this share of the container's characters.
_MAX_UNKNOWN = 0.03
# A report that a template reads has so many characters, and this share of all paragraphs that may be one.
_MIN_REPORT = 150
_MIN_SHARE = 0.75
_MIN_PARAGRAPH = 80
_MAX_LINK_SHARE = 0.5
# A page that says that nothing was found says no more than this.
_MAX_NOTICE = 1_000
_MOST_HEADINGS = 3
_preceding_headings = XPath("preceding::*[self::h1 or self::h2 or self::h3]")
_BY_TEMPLATE: ExtractionPath = "template"
_MIXED: ExtractionPath = "mixed"
# Names of elements that hold what readers wrote, which may be longer than what it is about.
_READERS = re.compile(r"comment|disqus|respond|discussion", re.IGNORECASE)
# Templates that a worker keeps ready: a crawl of one source needs one or two, crawls of all at once one each.
_READY = 128


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a page: its blocks, its body, how they were found, what the page teaches (if it was asked).

    headings: of a short text that a template found, the last headings before its container: a page in the report's
    place may say there that nothing was found.
    """

    blocks: tuple[TextBlock, ...]
    body: str
    path: ExtractionPath
    lesson: PageLesson | None = None
    headings: tuple[str, ...] = ()


def read_report(page: Page, title: str | None, *, template: str | None, teach: bool) -> Report:
    """Return the report of a page; its body is "" where there is none.

    title: what is known to be the headline. template: its site's, as `templates.model.to_json` wrote it. teach: ask for
    the page's lesson, which takes the single-page extraction besides; without it a lesson comes only where that was
    needed anyway. Raises ExtractionError for a template that can't be read.
    """
    titles, summaries = told_of_itself(page.tree)
    titles = [title or "", *titles]
    reading = None if template is None else _reading(page.tree, template, titles, summaries)
    if reading is not None and reading.unknown_share <= _MAX_UNKNOWN and not teach:
        report = _report(page, summaries, reading.tree, reading.chosen, "template", None)
        return replace(report, headings=_headings_before(reading))
    alone = choose_blocks(page, titles, summaries, thorough=reading is None or teach)
    lesson = make_lesson(alone.tree, alone.chosen)
    packed = pack(lesson) if lesson else None
    if reading is None:
        return _alone(page, summaries, alone, packed)
    is_known = reading.unknown_share <= _MAX_UNKNOWN
    chosen, path = (reading.chosen, _BY_TEMPLATE) if is_known else (_decided(reading, alone), _MIXED)
    report = _report(page, summaries, reading.tree, chosen, path, packed)
    return replace(report, headings=_headings_before(reading))


def _headings_before(reading: Reading) -> tuple[str, ...]:
    if reading.size > _MAX_NOTICE:
        return ()
    found = cast("list[HtmlElement]", _preceding_headings(reading.container))
    return tuple(heading.text_content() for heading in found[-_MOST_HEADINGS:])


def _reading(
    tree: HtmlElement, template: str, titles: Sequence[str], summaries: Sequence[str]
) -> Reading | None:
    """Return what the template makes of a page; None where it does not know the page, or seems to misread it."""
    reader = _reader(template)
    found = reader.find(tree)
    if found is None:
        return None
    layout, container = found
    reading = reader.read(
        layout, container, normal_titles(titles), reader.standfirst(tree, layout, container, summaries)
    )
    missed = _prose_outside(tree, container)
    is_believable = reading.size >= _MIN_REPORT and reading.size >= _MIN_SHARE * (reading.size + missed)
    return reading if is_believable else None


@lru_cache(maxsize=_READY)
def _reader(template: str) -> TemplateReader:
    # A pure function of the document, kept since reading it takes as long as reading a page.
    return TemplateReader(from_json(template))


def _prose_outside(tree: HtmlElement, container: HtmlElement) -> int:
    """Return how many characters of what may be a report there are in long paragraphs outside of the container."""
    total = 0
    beside: dict[HtmlElement, bool] = {container: True}
    for paragraph in tree.iter("p"):
        if _is_beside(paragraph, beside):
            continue
        text = paragraph.text_content()
        if len(text) >= _MIN_PARAGRAPH:
            links = sum(len(link.text_content()) for link in paragraph.iter("a"))
            total += len(text) if links < _MAX_LINK_SHARE * len(text) else 0
    return total


def _is_beside(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Tell whether an element is in the container, or in a part of the page that holds no report.

    known: what is known of elements already; at first of the container alone.
    """
    chain = []
    answer = False
    while element is not None:
        if element in known:
            answer = known[element]
            break
        chain.append(element)
        if zone_of_tag(element.tag, element.get("role")) or _READERS.search(names_of(element)):
            answer = True
            break
        element = element.getparent()
    known.update(dict.fromkeys(chain, answer))
    return answer


def _decided(reading: Reading, alone: Choice) -> tuple[int, ...]:
    """Return the template's choice, with that of the single page for the blocks that the template does not know."""
    of_page: defaultdict[int, list[int]] = defaultdict(list)
    for number, block in enumerate(alone.tree.blocks):
        of_page[id(alone.tree.nodes[block.node].element)].append(number)
    chosen, unknown, taken = set(reading.chosen), set(reading.unknown), set(alone.chosen)
    numbers = []
    for number, block in enumerate(reading.tree.blocks):
        same = of_page[id(reading.tree.nodes[block.node].element)]
        in_page = same.pop(0) if same else None
        if (in_page in taken) if number in unknown else (number in chosen):
            numbers.append(number)
    return tuple(numbers)


def _alone(page: Page, summaries: Sequence[str], choice: Choice, lesson: PageLesson | None) -> Report:
    if choice.text is not None:
        paragraphs = filter(None, choice.text.split("\n\n"))
        blocks = tuple(TextBlock(BlockKind.PARAGRAPH, text, in_body=True) for text in paragraphs)
        return Report(blocks, body_of(blocks), "single", lesson)
    return _report(page, summaries, choice.tree, choice.chosen, "single", lesson)


def _report(
    page: Page,
    summaries: Sequence[str],
    tree: BlockTree,
    chosen: Sequence[int],
    path: ExtractionPath,
    lesson: PageLesson | None,
) -> Report:
    blocks = type_blocks(tree, chosen, page, summaries)
    return Report(blocks, body_of(blocks), path, lesson)

"""The text of a page's report: by its site's template where that knows the page, else by what the page itself tells.

The template path reads only the element that holds the report, and costs a tenth of the other. It is left where the
page looks as if the site was laid out anew (the gate), and helped out where the template has not seen a kind of block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from archive.models import BlockKind, ExtractionPath, PageLesson, TextBlock
from crawler.extraction.body.blocks import BlockTree
from crawler.extraction.body.extract import Choice, choose_blocks
from crawler.extraction.body.typed import body_of, type_blocks
from crawler.extraction.body.unfit import normal_titles
from crawler.extraction.page import Page
from crawler.extraction.templates.apply import Reading, TemplateReader
from crawler.extraction.templates.gate import prose_outside
from crawler.extraction.templates.lesson import make_lesson, pack
from crawler.extraction.templates.model import from_json

# Blocks of kinds that the template has not seen may have this share of the container's characters.
_MAX_UNKNOWN = 0.03
# A report that a template reads has so many characters, and this share of all paragraphs that may be one.
_MIN_REPORT = 150
_MIN_SHARE = 0.75
# A page that says that nothing was found says no more than this.
_MAX_NOTICE = 1_000
_MOST_HEADINGS = 3
_preceding_headings = XPath("preceding::*[self::h1 or self::h2 or self::h3]")
_BY_TEMPLATE: ExtractionPath = "template"
_MIXED: ExtractionPath = "mixed"
_SINGLE: ExtractionPath = "single"
# Templates that a worker keeps ready: a crawl of one source needs one or two, crawls of all at once one each.
_READY = 128


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a page before its text is read.

    title: its headline. titles, summaries: those that it gives besides. zone: the source's. published: aware, when it
    was published, if that is known to the minute.
    """

    title: str | None
    titles: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    zone: tzinfo | None = None
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Which blocks are a page's report, and what that was decided by.

    chosen: the numbers of those of `tree`. reading: what the template makes of the page, if it knows it. alone: what
    the page tells by itself, where that was asked.
    """

    path: ExtractionPath
    tree: BlockTree
    chosen: tuple[int, ...]
    reading: Reading | None
    alone: Choice | None


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


def read_report(page: Page, told: Told, *, template: str | None = None, teach: bool = False) -> Report:
    """Return the report of a page; its body is "" where there is none.

    template: its site's, as `templates.model.to_json` wrote it. teach: ask for the page's lesson, which takes the
    single-page extraction besides; without it a lesson comes only where that was needed anyway. Raises
    ExtractionError for a template that can't be read.
    """
    decision = decide(page, told, template=template, teach=teach)
    alone = decision.alone
    lesson = make_lesson(alone.tree, alone.chosen) if alone else None
    blocks = _blocks(page, told, decision)
    return Report(
        blocks,
        body_of(blocks),
        decision.path,
        lesson=pack(lesson) if lesson else None,
        headings=_headings_before(decision.reading) if decision.reading else (),
    )


def decide(page: Page, told: Told, *, template: str | None = None, teach: bool = False) -> Decision:
    """Return which blocks are a page's report; for the arguments and errors see `read_report`."""
    titles = (told.title or "", *told.titles)
    reading = None if template is None else _reading(page, titles, told.summaries, template)
    is_known = reading is not None and reading.unknown_share <= _MAX_UNKNOWN
    if reading is not None and is_known and not teach:
        return Decision(_BY_TEMPLATE, reading.tree, reading.chosen, reading, None)
    alone = choose_blocks(page, titles, told.summaries, thorough=reading is None)
    if reading is None:
        return Decision(_SINGLE, alone.tree, alone.chosen, None, alone)
    chosen, path = (reading.chosen, _BY_TEMPLATE) if is_known else (_decided(reading, alone), _MIXED)
    return Decision(path, reading.tree, chosen, reading, alone)


def _headings_before(reading: Reading) -> tuple[str, ...]:
    if reading.size > _MAX_NOTICE:
        return ()
    found = cast("list[HtmlElement]", _preceding_headings(reading.container))
    return tuple(heading.text_content() for heading in found[-_MOST_HEADINGS:])


def _reading(page: Page, titles: Sequence[str], summaries: Sequence[str], template: str) -> Reading | None:
    """Return what the template makes of a page; None where it does not know the page, or seems to misread it."""
    reader, elements = reader_of(template), page.elements
    found = reader.find(elements)
    if found is None:
        return None
    layout, container = found
    standfirst = reader.standfirst(elements, layout, container, summaries)
    reading = reader.read(layout, container, normal_titles(titles), standfirst)
    if reading.size < _MIN_REPORT:
        return None
    return (
        reading if reading.size >= _MIN_SHARE * (reading.size + prose_outside(elements, container)) else None
    )


@lru_cache(maxsize=_READY)
def reader_of(template: str) -> TemplateReader:
    """Return what reads pages by a template; kept, since to read the document takes as long as to read a page."""
    return TemplateReader(from_json(template))


def _decided(reading: Reading, alone: Choice) -> tuple[int, ...]:
    """Return the template's choice, with that of the single page for the blocks that the template does not know."""
    chosen, unknown, taken = set(reading.chosen), set(reading.unknown), set(alone.chosen)
    in_page = same_in_page(reading, alone)
    return tuple(
        number
        for number in range(len(reading.tree.blocks))
        if ((in_page.get(number) in taken) if number in unknown else (number in chosen))
    )


def same_in_page(reading: Reading, alone: Choice) -> dict[int, int]:
    """Return which block of the whole page each block of the container is, where it is one of them."""
    of_page: defaultdict[int, list[int]] = defaultdict(list)
    for number, block in enumerate(alone.tree.blocks):
        of_page[id(alone.tree.nodes[block.node].element)].append(number)
    same: dict[int, int] = {}
    for number, block in enumerate(reading.tree.blocks):
        numbers = of_page[id(reading.tree.nodes[block.node].element)]
        if numbers:
            same[number] = numbers.pop(0)
    return same


def _blocks(page: Page, told: Told, decision: Decision) -> tuple[TextBlock, ...]:
    text = decision.alone.text if decision.alone else None
    if decision.path == _SINGLE and text is not None:
        paragraphs = filter(None, text.split("\n\n"))
        return tuple(TextBlock(BlockKind.PARAGRAPH, each, in_body=True) for each in paragraphs)
    return type_blocks(
        decision.tree, decision.chosen, page, told.summaries, zone=told.zone, published=told.published
    )

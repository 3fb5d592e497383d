"""The text of a page's report: by its site's template where that knows the page, else by what the page itself tells.

The template path reads only the element that holds the report, and costs a tenth of the other. It is left where the
page looks as if the site was laid out anew (the gate), and helped out where the template has not seen a kind of block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
class _Frame:
    """A page with all titles and summaries that it gives."""

    page: Page
    told: Told
    titles: tuple[str, ...]
    summaries: tuple[str, ...]


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
    frame = _Frame(page, told, (told.title or "", *told.titles), told.summaries)
    reading = None if template is None else _reading(frame, template)
    if reading is not None and reading.unknown_share <= _MAX_UNKNOWN and not teach:
        report = _report(frame, reading.tree, reading.chosen, "template")
        return replace(report, headings=_headings_before(reading))
    alone = choose_blocks(page, frame.titles, frame.summaries, thorough=reading is None)
    lesson = make_lesson(alone.tree, alone.chosen)
    packed = pack(lesson) if lesson else None
    if reading is None:
        return replace(_alone(frame, alone), lesson=packed)
    is_known = reading.unknown_share <= _MAX_UNKNOWN
    chosen, path = (reading.chosen, _BY_TEMPLATE) if is_known else (_decided(reading, alone), _MIXED)
    report = _report(frame, reading.tree, chosen, path)
    return replace(report, headings=_headings_before(reading), lesson=packed)


def _headings_before(reading: Reading) -> tuple[str, ...]:
    if reading.size > _MAX_NOTICE:
        return ()
    found = cast("list[HtmlElement]", _preceding_headings(reading.container))
    return tuple(heading.text_content() for heading in found[-_MOST_HEADINGS:])


def _reading(frame: _Frame, template: str) -> Reading | None:
    """Return what the template makes of a page; None where it does not know the page, or seems to misread it."""
    reader, elements = _reader(template), frame.page.elements
    found = reader.find(elements)
    if found is None:
        return None
    layout, container = found
    standfirst = reader.standfirst(elements, layout, container, frame.summaries)
    reading = reader.read(layout, container, normal_titles(frame.titles), standfirst)
    if reading.size < _MIN_REPORT:
        return None
    return (
        reading if reading.size >= _MIN_SHARE * (reading.size + prose_outside(elements, container)) else None
    )


@lru_cache(maxsize=_READY)
def _reader(template: str) -> TemplateReader:
    # A pure function of the document, kept since reading it takes as long as reading a page.
    return TemplateReader(from_json(template))


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


def _alone(frame: _Frame, choice: Choice) -> Report:
    if choice.text is not None:
        paragraphs = filter(None, choice.text.split("\n\n"))
        blocks = tuple(TextBlock(BlockKind.PARAGRAPH, text, in_body=True) for text in paragraphs)
        return Report(blocks, body_of(blocks), "single")
    return _report(frame, choice.tree, choice.chosen, "single")


def _report(frame: _Frame, tree: BlockTree, chosen: Sequence[int], path: ExtractionPath) -> Report:
    told = frame.told
    blocks = type_blocks(tree, chosen, frame.page, frame.summaries, zone=told.zone, published=told.published)
    return Report(blocks, body_of(blocks), path)

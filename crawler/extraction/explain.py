"""Why each line of a page is in its report or not: what the extraction decides, told line by line.

The decisions are taken by the functions that the extraction itself uses, and their reasons are asked besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from archive.models import BlockKind, ExtractionPath
from crawler.errors import ExtractionError
from crawler.extraction.article import extract_article, told_of
from crawler.extraction.body.blocks import Block, BlockTree, read_blocks
from crawler.extraction.body.typed import IN_BODY, find_pieces
from crawler.extraction.body.why import Why
from crawler.extraction.metadata.read import read_metadata
from crawler.extraction.page import Hints, KnownTemplate, Page, is_blank, parse_page
from crawler.extraction.report import Decision, Told, decide, reader_of, same_in_page
from crawler.extraction.templates.model import Evidence

Place = Literal["body", "beside", "left out"]
_BY_KIND = frozenset({Why.DROPPED_KIND, Why.UNSEEN_KIND})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, and what became of it.

    place: in the report's body, kept beside it (captions, posts of other services), or left out. kind: what it is, if
    it's kept. why: why it was left out. evidence: what its site's template goes by, in words; None where it decides nothing.
    """

    text: str
    place: Place
    kind: BlockKind | None = None
    why: Why | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page's lines in its order, and how its report was found.

    container: the labels of the element that holds the report, the outermost first; empty without a template.
    is_elsewhere: the text is in none of the lines, but in the page's data for machines. reason, detail: why the page
    holds no report, if it holds none.
    """

    path: ExtractionPath
    container: tuple[str, ...]
    lines: tuple[Line, ...]
    is_elsewhere: bool = False
    reason: str | None = None
    detail: str | None = None


def explain(
    payload: bytes,
    *,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    hints: Hints,
    template: KnownTemplate | None = None,
) -> Explanation:
    """Return what the extraction makes of each line of a page; arguments and errors are those of `extract_article`."""
    extraction = extract_article(
        payload, url=url, content_type=content_type, fetched_at=fetched_at, hints=hints, template=template
    )
    told = Explanation(extraction.path, (), (), reason=extraction.reason, detail=extraction.detail)
    if is_blank(payload):
        return told
    try:
        page = parse_page(payload, url, content_type, fetched_at)
    except ExtractionError:  # no HTML: that is its reason
        return told
    return _with_lines(told, page, hints, template)


def _with_lines(
    explanation: Explanation, page: Page, hints: Hints, template: KnownTemplate | None
) -> Explanation:
    told = told_of(read_metadata(page, hints), hints)
    document = template.document if template else None
    decision = decide(page, told, template=document)
    before, after = _around(page, decision)
    alone = decision.alone if decision.reading is None else None
    return replace(
        explanation,
        path=decision.path,
        container=decision.reading.layout.path if decision.reading else (),
        lines=(*before, *_own_lines(page, told, decision, document), *after),
        is_elsewhere=alone is not None and alone.text is not None,
    )


def _own_lines(page: Page, told: Told, decision: Decision, document: str | None) -> Iterator[Line]:
    """Yield the lines among which the report was chosen."""
    tree, chosen = decision.tree, frozenset(decision.chosen)
    pieces = find_pieces(
        tree, decision.chosen, page, told.summaries, zone=told.zone, published=told.published
    )
    kinds = {number: piece.kind for piece in pieces for number in range(piece.first, piece.end)}
    in_page = same_in_page(decision.reading, decision.alone) if decision.reading and decision.alone else {}
    all_evidence = _evidence(decision, document)
    for number, block in enumerate(tree.blocks):
        kind = kinds.get(number, BlockKind.PARAGRAPH if number in chosen else None)
        evidence = all_evidence[number]
        if kind is not None:
            yield Line(block.text, "body" if IN_BODY[kind] else "beside", kind, None, evidence)
        else:
            why = _why_not(decision, number, in_page)
            evidence = _box(tree, block) if why is Why.BOX else evidence if why in _BY_KIND else None
            yield Line(block.text, "left out", None, why, evidence)


def _box(tree: BlockTree, block: Block) -> str:
    """Return the elements whose names put a block aside, the innermost first, as a page's author writes them."""
    roots = sorted(set(tree.nodes[block.node].zones.values()), reverse=True)
    named = (tree.nodes[root] for root in roots)
    return ", ".join(f"{node.tag} {' '.join(node.names.split())!r}" for node in named)


def _why_not(decision: Decision, number: int, in_page: Mapping[int, int]) -> Why:
    reading, alone = decision.reading, decision.alone
    if reading is None:
        return alone.why_not(number) if alone else Why.NOT_TAKEN
    # A kind that the template does not know is left to what the page tells by itself.
    if number in reading.unknown and alone is not None and number in in_page:
        return alone.why_not(in_page[number])
    return reading.left_out.get(number, Why.UNSEEN_KIND)


def _evidence(decision: Decision, document: str | None) -> list[str | None]:
    """Return for each block what the template goes by, in words."""
    reading = decision.reading
    if reading is None or document is None:
        return [None] * len(decision.tree.blocks)
    found = reader_of(document).evidence(reading.layout, reading.tree)
    return [_in_words(*each, reading.layout.pages) if each else None for each in found]


def _in_words(chain: tuple[str, ...], told: Evidence, pages: int) -> str:
    sums = f"{told.kept:,.0f} characters kept, {told.dropped:,.0f} dropped"
    return f"{' in '.join(chain)}: {sums}, on {told.pages} of {pages} pages"


def _around(page: Page, decision: Decision) -> tuple[list[Line], list[Line]]:
    """Return the lines before the report's container and after it; none where the whole page was chosen from."""
    before: list[Line] = []
    after: list[Line] = []
    if decision.reading is None:
        return before, after
    container = decision.reading.container
    inside = {container, *container.iterdescendants()}
    # Among them the standfirst that a template may have found outside of the container.
    inside.update(node.element for node in decision.tree.nodes if node.element is not None)
    past = False
    whole = read_blocks(page.tree)
    for block in whole.blocks:
        element = whole.nodes[block.node].element
        past = past or element in inside
        if element is not None and element not in inside:
            (after if past else before).append(Line(block.text, "left out", why=Why.OUTSIDE))
    return before, after

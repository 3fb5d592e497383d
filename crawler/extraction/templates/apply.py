"""Reading a page by its site's template: find the report's container, then decide each of its blocks by its kind.

What the template does not know is said, so that another extraction can decide it; and where the page looks as if
the site was redesigned, nothing is read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from lxml.html import HtmlElement

from crawler.extraction.body.blocks import Block, BlockTree, Looks, read_blocks
from crawler.extraction.body.matching import words
from crawler.extraction.body.unfit import MAX_LINE, why_unfit
from crawler.extraction.body.why import Why
from crawler.extraction.elements import Elements
from crawler.extraction.templates.labels import SHORT, Labeller, matched, with_shape
from crawler.extraction.templates.learn import MAX_CHAIN, STANDFIRST
from crawler.extraction.templates.lesson import MAX_TEXT, normal
from crawler.extraction.templates.model import Evidence, Layout, Standfirst, Template

# Evidence for the shorter chain weighs as much as so many characters for the longer one.
_PRIOR = 100.0
# A kind is known by the evidence for its element and its parent: a paragraph or two.
_MIN_EVIDENCE = 100.0
_KNOWN_CHAIN = 2
# An element that holds more than this is no small box, whatever its name says.
_BOX_CHARACTERS = 600
_BOX_SHARE = 0.2
_MIN_COPY = 80
# What a report may hold for the first time on a site.
_TEXT_TAGS = frozenset(
    {"p", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "blockquote", "pre", "tr", "td", "th"}
)
_MAX_LINK_SHARE = 0.5
# A standfirst is expected where this share of a layout's pages has one.
_USUAL_SHARE = 0.4
_SUMMARY_START = 60
# By so many characters of its normal form it's told that a paragraph is none of the repeats.
_START = 12


class Verdict(NamedTuple):
    """What a template says of a kind of block: whether it was ever seen, whether often enough, whether it's kept."""

    is_known: bool
    is_seen: bool
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a template makes of the blocks of a container.

    chosen: the numbers of the blocks that are the report. unknown: of those, chosen or not, whose kind the template
    has hardly seen. left_out: of each other block, why.
    """

    layout: Layout
    container: HtmlElement
    tree: BlockTree
    chosen: tuple[int, ...]
    unknown: tuple[int, ...]
    left_out: Mapping[int, Why]

    @property
    def size(self) -> int:
        """Return how many characters the report has."""
        return sum(len(self.tree.blocks[number].text) for number in self.chosen)

    @property
    def unknown_share(self) -> float:
        """Return which share of the container's characters is in blocks of unknown kinds."""
        total = sum(len(block.text) for block in self.tree.blocks)
        return sum(len(self.tree.blocks[number].text) for number in self.unknown) / total if total else 1.0


@dataclass(slots=True)
class _Sorted:
    """The numbers of blocks as they are sorted; see `Reading`. unseen: of those left out, the kinds never seen."""

    chosen: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    left_out: dict[int, Why] = field(default_factory=dict)

    def put(self, number: int, verdict: Verdict) -> None:
        """Sort a block by its kind alone."""
        if not verdict.is_known:
            self.unknown.append(number)
        if verdict.is_kept:
            self.chosen.append(number)
        elif verdict.is_seen:
            self.left_out[number] = Why.DROPPED_KIND
        else:
            self.left_out[number] = Why.UNSEEN_KIND
            self.unseen.append(number)


class TemplateReader:
    """Reads pages by one template; cheap to make, to be kept for the pages of a site."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._labeller = Labeller(template.vocabulary)
        self._looks: Looks = {}
        self._starts = frozenset(text[:_START] for text in template.repeats)

    def find(self, elements: Elements) -> tuple[Layout, HtmlElement] | None:
        """Return the container of a page's report, and its layout; None where the page has none of them.

        A layout's whole path of labels goes before a part of one, and of whole ones the layout of most pages. A longer
        part goes before a shorter; a single label counts only with a class or an id, or if the element is an article
        or main. Among equals the element with most text is taken.
        """
        for layout in self._template.layouts:
            whole = self._at_the_end(elements, layout.path)
            if whole:
                return layout, _largest(whole)
        parts: list[tuple[tuple[int, int], Layout, HtmlElement]] = []
        for layout in self._template.layouts:
            matches = self._matches(elements, layout.path)
            parts += (((count, layout.pages), layout, element) for element, count in matches)
        best = max((rank for rank, _, _ in parts), default=None)
        found = {element: layout for rank, layout, element in reversed(parts) if rank == best}
        if not found:
            return None
        element = _largest([element for rank, _, element in parts if rank == best])
        return found[element], element

    def read(
        self,
        layout: Layout,
        container: HtmlElement,
        titles: Sequence[str],
        standfirst: HtmlElement | None = None,
    ) -> Reading:
        """Return which blocks of the container are the report; titles: see `unfit.normal_titles`.

        standfirst: the element of one outside the container; all of its text belongs to the report.
        """
        roots = [container] if standfirst is None else [standfirst, container]
        tree = read_blocks(*roots, looks=self._looks)
        starts = [title[:MAX_TEXT] for title in titles]
        is_box = _boxes(tree)
        found = _Sorted()
        copies: set[str] = set()
        for number, verdict in enumerate(self._verdicts(layout, tree, standfirst)):
            block = tree.blocks[number]
            if verdict.is_known and not verdict.is_kept:
                found.left_out[number] = Why.DROPPED_KIND
                continue
            text = self._comparable(block.text)
            is_copy = text in copies and len(block.text) > _MIN_COPY
            copies.add(text)
            why = self._why_not(block, text, starts, is_copy=is_copy, is_box=is_box)
            if why is None:
                found.put(number, verdict)
            else:
                found.left_out[number] = why
        for number in _among(tree, found.chosen, found.unseen):
            found.chosen.append(number)
            del found.left_out[number]
        return Reading(
            layout, container, tree, tuple(sorted(found.chosen)), tuple(found.unknown), found.left_out
        )

    def _why_not(
        self,
        block: Block,
        text: str,
        titles: Sequence[str],
        *,
        is_copy: bool,
        is_box: Callable[[Block], bool],
    ) -> Why | None:
        """Return what speaks against a block whatever its kind is; text: what it is compared by."""
        if is_copy:
            return Why.COPY
        if text in self._template.repeats:
            return Why.REPEATED
        return Why.BOX if is_box(block) else why_unfit(block, text, titles)

    def evidence(self, layout: Layout, tree: BlockTree) -> list[tuple[tuple[str, ...], Evidence] | None]:
        """Return for each block the longest chain of labels around it that the layout has evidence for, with that."""
        chains = self._chains(tree)
        of_chain: dict[tuple[str, ...], tuple[tuple[str, ...], Evidence] | None] = {}
        found = []
        for block in tree.blocks:
            chain = with_shape(chains[block.node], len(block.text), block.link_chars)
            if chain not in of_chain:
                known = known_parts(layout, chain)
                of_chain[chain] = (known[0], layout.kinds[known[0]]) if known else None
            found.append(of_chain[chain])
        return found

    def _comparable(self, text: str) -> str:
        """Return what a block is compared by: its normal form, or a long paragraph as it is if no repeat begins so."""
        if len(text) > MAX_LINE:
            start = " ".join(words(text[: _START * 5]))[:_START]
            if len(start) == _START and start not in self._starts:
                return text
        return normal(text)

    def _verdicts(self, layout: Layout, tree: BlockTree, standfirst: HtmlElement | None) -> Iterator[Verdict]:
        chains = self._chains(tree)
        judged: dict[tuple[str, ...], Verdict] = {}  # the blocks of a page are of few kinds
        for block in tree.blocks:
            size = len(block.text)
            if tree.nodes[block.node].element is standfirst:
                yield Verdict(is_known=True, is_seen=True, is_kept=size in STANDFIRST)
                continue
            chain = with_shape(chains[block.node], size, block.link_chars)
            if chain not in judged:
                judged[chain] = judge(layout, chain)
            yield judged[chain]

    def standfirst(
        self, elements: Elements, layout: Layout, container: HtmlElement, summaries: Sequence[str]
    ) -> HtmlElement | None:
        """Return the element before the container where the page shows its standfirst, if it has one.

        Where few of the layout's pages have one there, it has to be what the page gives as its own summary.
        """
        starts = [start for start in (normal(summary)[:_SUMMARY_START] for summary in summaries) if start]
        for told in layout.standfirsts:
            usual = told.pages >= _USUAL_SHARE * layout.pages
            for element in self._at(elements, told):
                text = element.text_content()
                if container in element.iterancestors() or len(text) not in STANDFIRST:
                    continue
                if usual or normal(text).startswith(tuple(starts)):
                    return element
        return None

    def _at(self, elements: Elements, told: Standfirst) -> Iterator[HtmlElement]:
        for element in self._labelled(elements, told.label):
            parent = element.getparent()
            if parent is not None and self._labeller.of(parent) == told.parent:
                yield element

    def _at_the_end(self, elements: Elements, path: tuple[str, ...]) -> list[HtmlElement]:
        """Return the elements to which a whole path of labels leads down: on the way it looks at a few dozen."""
        found = list(self._labelled(elements, path[0]))
        for label in path[1:]:
            tag = label.partition(".")[0]
            found = [
                child
                for element in found
                for child in element.iterchildren(tag)
                if self._labeller.of(child) == label
            ]
        return found

    def _matches(self, elements: Elements, path: tuple[str, ...]) -> Iterator[tuple[HtmlElement, int]]:
        for element in self._labelled(elements, path[-1]):
            count = matched(self._upwards(element), path)
            if count:
                yield element, count

    def _labelled(self, elements: Elements, label: str) -> Iterator[HtmlElement]:
        """Yield the elements with a label; only those with one of its names somewhere in theirs need theirs made."""
        tag, *names = label.split(".")
        telling = max((part for name in names for part in name.split("#")), key=len, default="")
        for element in elements.named(tag):
            get = element.get
            may_be = telling in (get("class") or "") or telling in (get("id") or "")
            if may_be and self._labeller.of(element) == label:
                yield element

    def _upwards(self, element: HtmlElement) -> Iterator[str]:
        yield self._labeller.of(element)
        for around in element.iterancestors():
            yield self._labeller.of(around)

    def _chains(self, tree: BlockTree) -> list[tuple[str, ...]]:
        chains: list[tuple[str, ...]] = []
        for node in tree.nodes:
            above = chains[node.parent] if node.parent >= 0 else ()
            chains.append((self._labeller.label(node.tag, node.names), *above)[:MAX_CHAIN])
        return chains


def _largest(elements: Sequence[HtmlElement]) -> HtmlElement:
    """Return the element with most text, the first of equals."""
    return elements[0] if len(elements) == 1 else max(elements, key=lambda each: len(each.text_content()))


def _among(tree: BlockTree, chosen: Sequence[int], unseen: Sequence[int]) -> list[int]:
    """Return the blocks of kinds never seen that stand in the run of the report, or right behind it.

    A first subheading, list, quotation or table of a site must not be lost because there was none before.
    """
    if not chosen:
        return []
    taken, last = set(chosen), max(chosen)
    found = []
    for number in unseen:
        block = tree.blocks[number]
        if number < min(chosen) or number in taken or number > last + 1:
            continue
        is_linked = block.link_chars > _MAX_LINK_SHARE * len(block.text)
        if tree.nodes[block.node].tag in _TEXT_TAGS and not is_linked:
            found.append(number)
            last = max(last, number)
    return found


def judge(layout: Layout, chain: tuple[str, ...]) -> Verdict:
    """Return what is known of a kind of block: from the short chain of labels to the long one.

    chain: with the block's shape. A short block of an element that had none so far is judged as its paragraphs are.
    """
    chain = _as_known(layout, chain)
    share, is_known = 0.5, False
    for length in range(1, len(chain) + 1):
        evidence: Evidence | None = layout.kinds.get(chain[:length])
        if evidence is None:
            break
        weight = evidence.kept + evidence.dropped
        share = (evidence.kept + _PRIOR * share) / (weight + _PRIOR)
        is_known = is_known or (length == min(_KNOWN_CHAIN, len(chain)) and weight >= _MIN_EVIDENCE)
    return Verdict(is_known=is_known, is_seen=chain[:_KNOWN_CHAIN] in layout.kinds, is_kept=share > 0.5)


def known_parts(layout: Layout, chain: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the parts of a chain that `judge` goes by, the longest first."""
    chain = _as_known(layout, chain)
    parts = [chain[:length] for length in range(1, len(chain) + 1)]
    return list(takewhile(layout.kinds.__contains__, parts))[::-1]


def _as_known(layout: Layout, chain: tuple[str, ...]) -> tuple[str, ...]:
    if chain[:1] not in layout.kinds and chain[0].endswith(SHORT):
        return (chain[0].removesuffix(SHORT), *chain[1:])
    return chain


def _boxes(tree: BlockTree) -> Callable[[Block], bool]:
    """Return what tells whether a block lies in a small element whose name says that it's no part of a report."""
    sums = [0] * len(tree.nodes)
    for block in tree.blocks:
        sums[block.node] += len(block.text)
    for node in reversed(tree.nodes):
        if node.parent >= 0:
            sums[node.parent] += sums[node.number]
    most = max(_BOX_CHARACTERS, _BOX_SHARE * sums[0]) if sums else 0

    def is_box(block: Block) -> bool:
        zones = tree.nodes[block.node].zones
        return bool(zones) and any(root != 0 and sums[root] <= most for root in zones.values())

    return is_box

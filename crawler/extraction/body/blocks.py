"""A page as blocks: document-order runs of inline text, each with what its surroundings say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from crawler.extraction.body.lexicon import Zone, zone_of_name, zone_of_tag

_BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul"
})  # fmt: skip
_SKIPPED_TAGS = frozenset({
    "applet", "area", "audio", "button", "canvas", "datalist", "embed", "head", "iframe", "input",
    "label", "map", "math", "meter", "noembed", "noframes", "noscript", "object", "option",
    "progress", "rp", "rt", "script", "select", "style", "svg", "template", "textarea", "title",
    "video"
})  # fmt: skip
_INSIDE_A_DATA_CELL = _BLOCK_TAGS - {"td", "th", "tbody", "center"}
# A row of a table that is longer holds paragraphs.
_MAX_DATA_ROW = 500
_GROUPS = frozenset({"ul", "ol", "dl", "table"})
_CELLS = frozenset({"td", "th"})
_ITEMS = frozenset({"li", "dt", "dd"})
# Utility classes make long lists; more than this is an attack.
_MAX_NAME = 1000
_MAX_LOOKS = 5_000
_DIGITS = re.compile(r"\d+")
# Soft hyphens, zero-width spaces, word joiners and byte order marks: no part of any word.
_FILLER = re.compile("[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


@dataclass(slots=True)
class Node:
    """An element that holds blocks: its place in the tree and the zones that it or an ancestor opens.

    parent: the parent's number, -1 at the root. kind: tag and class names, numbers made equal. names: its class names
    and id, as they are. zones: for each zone that holds here, the number of the nearest node that opened it. group,
    item: the numbers of the nearest list or table and of the nearest list item or row of short cells around, -1
    where there is none. element: read-only by agreement, like the page's tree.
    """

    number: int
    parent: int
    tag: str
    kind: str
    names: str
    zones: dict[Zone, int]
    group: int
    item: int
    element: HtmlElement | None = None


@dataclass(slots=True)
class Block:
    """A run of text: white space made single; `after_break` when one <br> parts it from the block before.

    node: the number of the element that holds it. link_chars: how many of its characters are link text.
    """

    text: str
    node: int
    link_chars: int
    after_break: bool


@dataclass(slots=True)
class BlockTree:
    """All blocks of a page in document order, and the elements that hold them (parents before children)."""

    nodes: list[Node] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


# What elements of each tag, class, id and role are called and open: pages of one site share most of it.
Looks: TypeAlias = dict[tuple[str, str, str, str | None], tuple[str, str, Zone | None]]


def read_blocks(*roots: HtmlElement, looks: Looks | None = None) -> BlockTree:
    """Return the blocks of a parsed page, or of some of its elements (apart from each other) one after the other.

    One walk, no recursion, time in proportion to the page. looks: what is kept from one page of a site for the next;
    emptied when it grows beyond bounds.
    """
    if looks is not None and len(looks) > _MAX_LOOKS:
        looks.clear()
    walker = _Walker({} if looks is None else looks)
    for root in roots:
        context = iterwalk(root, events=("start", "end"))
        for event, element in context:
            if event == "end":
                walker.end(element, is_root=element is root)
            elif not walker.start(element):
                context.skip_subtree()
        walker.flush()
    return walker.result


def normal_space(text: str) -> str:
    """Return `text` with every run of white space as one space and none at the ends, and without filler.

    Joiners and marks of direction (ZWNJ, ZWJ, LRM, RLM ...) stay: they belong to words.
    """
    single = " ".join(text.split())
    # Filler can't be printed, and to ask for that takes a fifth of looking for each kind of it.
    if text.isascii() or single.isprintable():
        return single
    return " ".join(_FILLER.sub("", single).split())


_OUTSIDE = Node(number=-1, parent=-1, tag="", kind="", names="", zones={}, group=-1, item=-1)


class _Walker:
    """The state of the walk: the run of text under way, and the elements that are open."""

    def __init__(self, looks: Looks) -> None:
        self.result = BlockTree()
        self._open: list[Node] = []
        self._innermost: HtmlElement | None = None  # the last of those
        self._parts: list[str] = []
        self._link_parts: list[str] = []
        self._links = 0  # open <a> elements
        self._skipped: HtmlElement | None = None
        self._data_row = False
        self._lines = 0  # <br> since the last text; two or more end a paragraph
        self._known = looks

    def start(self, element: HtmlElement) -> bool:
        """Enter an element; False where it holds no text for a reader."""
        tag = element.tag
        is_block = tag in _BLOCK_TAGS or "-" in tag or not self._open
        if tag in _SKIPPED_TAGS or (not is_block and _is_hidden(element)):
            self._skipped = element
            return False
        if is_block:
            self._start_block(element, tag)
        elif tag == "br":
            self._line_break()
        elif tag == "a":
            self._links += 1
        text = element.text
        if text and (self._parts or not text.isspace()):
            self._add(text)
        return True

    def end(self, element: HtmlElement, *, is_root: bool) -> None:
        """Leave an element, and take in the text that follows it, if that is inside the root."""
        if element is self._innermost:
            if self._parts:
                self.flush()
            self._lines = 2
            left = self._open.pop()
            self._innermost = self._open[-1].element if self._open else None
            self._data_row = self._data_row and left.tag != "tr"
        elif element is self._skipped:
            self._skipped = None
        elif element.tag == "a":
            self._links -= 1
        tail = element.tail
        if tail and not is_root and (self._parts or not tail.isspace()):
            self._add(tail)

    def flush(self) -> None:
        """End the run of text under way."""
        if not self._parts:
            return
        text = normal_space("".join(self._parts))
        if text:
            links = len(normal_space("".join(self._link_parts))) if self._link_parts else 0
            node = self._open[-1].number if self._open else 0
            self.result.blocks.append(Block(text, node, links, self._lines == 1))
            self._lines = 0
        self._parts.clear()
        self._link_parts.clear()

    def _add(self, text: str) -> None:
        self._parts.append(text)
        if self._links > 0:
            self._link_parts.append(text)

    def _line_break(self) -> None:
        if self._data_row:
            if self._parts:
                self._add(" ")
            return
        self.flush()
        self._lines += 1

    def _start_block(self, element: HtmlElement, tag: str) -> None:
        if self._data_row:
            if tag in _CELLS and self._parts:
                self._add(" | ")
            return
        if self._parts:
            self.flush()
        self._lines = 2
        around = self._open[-1] if self._open else _OUTSIDE
        nodes = self.result.nodes
        number = len(nodes)
        kind, names, zone = self._look(element, tag)
        zones = around.zones | {zone: number} if zone else around.zones
        group = number if tag in _GROUPS else around.group
        self._data_row = tag == "tr" and _is_data_row(element)
        item = number if tag in _ITEMS or self._data_row else around.item
        node = Node(number, around.number, tag, kind, names, zones, group, item, element)
        nodes.append(node)
        self._open.append(node)
        self._innermost = element

    def _look(self, element: HtmlElement, tag: str) -> tuple[str, str, Zone | None]:
        """Return the kind of an element, its names and the zone that it opens, if any."""
        get = element.get
        names, mark, role = (get("class") or "")[:_MAX_NAME], (get("id") or "")[:_MAX_NAME], get("role")
        key = (tag, names, mark, role)
        look = self._known.get(key)
        if look is None:
            zone = zone_of_name(f"{tag if '-' in tag else ''} {names} {mark}") or zone_of_tag(tag, role)
            look = _DIGITS.sub("#", f"{tag} {names}"), f"{names} {mark}", zone
            self._known[key] = look
        return (look[0], look[1], Zone.HIDDEN) if _is_hidden(element) else look


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style")
    return bool(style and _HIDDEN.search(style)) or element.get("hidden") is not None


def _is_data_row(row: HtmlElement) -> bool:
    """Tell a row of short cells, which is read as one line, from a row that lays out a page."""
    if len(row) < 2 or any(inner.tag in _INSIDE_A_DATA_CELL for inner in row.iterdescendants()):
        return False
    return len(row.text_content()) <= _MAX_DATA_ROW

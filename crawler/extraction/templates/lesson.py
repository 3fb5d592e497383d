"""What one page teaches: the blocks inside the element that holds its report, and which of them are the report."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from archive.models import PageLesson
from crawler.errors import ExtractionError
from crawler.extraction.body.blocks import Block, BlockTree, Node
from crawler.extraction.body.matching import words

# The container is the deepest element that holds this share of the report's characters.
_CONTAINER_SHARE = 0.85
# A block's text tells it from others; no more of it is kept than that takes.
MAX_TEXT = 160
_USUALLY_ENOUGH = MAX_TEXT + 30
# A page with more is a table or an attack; what comes later teaches nothing.
_MAX_BLOCKS = 1_500
_MAX_BEFORE = 300
_LAYOUT_TAGS = 4
_MAX_UNPACKED = 1024 * 1024
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a page: its parent's place in the list (-1 at the root), its tag, its class names and id."""

    parent: int
    tag: str
    names: str


@dataclass(frozen=True, slots=True)
class LessonBlock:
    """A block of the page.

    element: its element's place in the list. text: its first words. size, links: its length and that of its links, in
    characters.
    """

    element: int
    text: str
    size: int
    links: int
    is_report: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a page teaches.

    elements: those that lead to its blocks, parents first. container: the place of the deepest one that holds (nearly)
    all of the report.
    """

    elements: tuple[Element, ...]
    blocks: tuple[LessonBlock, ...]
    container: int

    @property
    def layout(self) -> str:
        """Return a name for the page's layout that needs no other page: the tags that lead to its container."""
        return " > ".join(self.elements[place].tag for place in self.path(self.container)[-_LAYOUT_TAGS:])

    def path(self, place: int) -> list[int]:
        """Return the places of an element and of all around it, the root first."""
        chain = []
        while place >= 0:
            chain.append(place)
            place = self.elements[place].parent
        return chain[::-1]


def make_lesson(tree: BlockTree, chosen: Sequence[int]) -> Lesson | None:
    """Return what a page teaches, if these blocks are its report; None where there is no report."""
    report = set(chosen)
    container = _container(tree, report)
    if container is None:
        return None
    numbers = _taught(len(tree.blocks), report)
    places = _places(tree, container, numbers)
    return Lesson(
        elements=tuple(_element(tree.nodes[node], places) for node in places),
        blocks=tuple(_block(tree.blocks[n], places, is_report=n in report) for n in numbers),
        container=places[container],
    )


def _taught(count: int, report: set[int]) -> range:
    """Return which blocks are taught: all, or on a page with too many those from the report's first on."""
    start = 0 if count <= _MAX_BLOCKS else max(0, min(report) - _MAX_BEFORE)
    return range(start, min(count, start + _MAX_BLOCKS))


def pack(lesson: Lesson) -> PageLesson | None:
    """Return a lesson as the archive keeps it; None for one that is too large to be an honest page's."""
    plain = {
        "format": _FORMAT,
        "elements": [[element.parent, element.tag, element.names] for element in lesson.elements],
        "blocks": [[b.element, b.text, b.size, b.links, b.is_report] for b in lesson.blocks],
        "container": lesson.container,
    }
    document = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(document) > _MAX_UNPACKED:
        return None
    return PageLesson(lesson.layout, zlib.compress(document, 6))


def unpack(packed: bytes) -> Lesson:
    """Return the lesson in `packed`; raises ExtractionError for what `pack` did not make."""
    try:
        plain = json.loads(zlib.decompressobj().decompress(packed, _MAX_UNPACKED))
        return _FORMATS[plain["format"]](plain)
    except (ValueError, KeyError, TypeError, zlib.error):
        raise ExtractionError("a site's lesson can't be read: it is damaged, or a later version's") from None


def _from_plain(plain: dict[str, Any]) -> Lesson:
    return Lesson(
        tuple(Element(*row) for row in plain["elements"]),
        tuple(LessonBlock(*row) for row in plain["blocks"]),
        plain["container"],
    )


_FORMATS = {_FORMAT: _from_plain}


def _container(tree: BlockTree, report: set[int]) -> int | None:
    sums = [0] * len(tree.nodes)
    for number in report:
        block = tree.blocks[number]
        sums[block.node] += len(block.text)
    for node in reversed(tree.nodes):
        if node.parent >= 0:
            sums[node.parent] += sums[node.number]
    if not sums or not sums[0]:
        return None
    return max(n for n, size in enumerate(sums) if size >= _CONTAINER_SHARE * sums[0])


def _places(tree: BlockTree, container: int, blocks: Iterable[int]) -> dict[int, int]:
    """Return the place in the list of each element that leads to these blocks or to the container."""
    needed: set[int] = set()
    for node in (container, *(tree.blocks[number].node for number in blocks)):
        around = node
        while around >= 0 and around not in needed:
            needed.add(around)
            around = tree.nodes[around].parent
    return {node: place for place, node in enumerate(sorted(needed))}


def _element(node: Node, places: dict[int, int]) -> Element:
    return Element(places[node.parent] if node.parent >= 0 else -1, node.tag, node.names)


def _block(block: Block, places: dict[int, int], *, is_report: bool) -> LessonBlock:
    return LessonBlock(places[block.node], normal(block.text), len(block.text), block.link_chars, is_report)


def normal(text: str) -> str:
    """Return a block's text in the form in which pages are compared: its first words, and a hash of it all if long.

    Two paragraphs that begin alike and end in other figures are not the same.
    """
    if len(text) <= MAX_TEXT:
        return " ".join(words(text))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{' '.join(words(text[:MAX_TEXT]))} #{digest}"

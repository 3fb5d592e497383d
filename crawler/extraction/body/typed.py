"""What each block of a report is, and which kinds of block are its body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType

from lxml.html import HtmlElement

from archive.models import BlockKind, TextBlock
from crawler.extraction.body.beside import Piece, find_above, find_captions, find_posts_in
from crawler.extraction.body.blocks import BlockTree, Node
from crawler.extraction.body.entries import Clock, Entry, find_entries
from crawler.extraction.body.matching import words
from crawler.extraction.body.scope import Scope
from crawler.extraction.page import Page

# The one place that says what counts as a report's body: its own words, and nothing that was put round them.
IN_BODY: Mapping[BlockKind, bool] = MappingProxyType({
    BlockKind.PARAGRAPH: True,
    BlockKind.HEADING: True,
    BlockKind.LIST_ITEM: True,
    BlockKind.TABLE_ROW: True,  # tables of the dead and wounded are what many readers come for
    BlockKind.QUOTE: True,  # the report quotes a passage in its own text, and reads on from it
    # Often the news itself is there and not said again: a body has to read by itself.
    BlockKind.STANDFIRST: True,
    BlockKind.EMBED: False,  # somebody else's words, shown by another service: kept beside, with the address
    BlockKind.CAPTION: False,  # speaks of a picture; many come from an archive and are of another day
    BlockKind.LIVE_ENTRY: False,  # the time of an entry; its heading and text are blocks of their own, and in
})  # fmt: skip
# Kinds of which one follows the other on the next line; all else is apart by a blank line.
_CLOSE = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW})

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# A line that is set in bold or in capitals, and no sentence, is a subheading that its site has no markup for.
_SUBHEADING = range(4, 101)
_QUOTED = frozenset({"q"})
_BOLD = frozenset({"b", "strong"})
_SENTENCE_END = tuple(".!?:;,…؟،؛»”\"'")
# A blockquote with more of the report than this is a layout's.
_MAX_QUOTED = 0.5
# A standfirst is among the report's first blocks.
_FIRST = 3
_STANDFIRST_NAME = re.compile(
    r"(?:^|[\s_-])(?:standfirst|subtitle|sub-?head(?:ing|line)?|lead|lede|excerpt|deck|dek|intro|summary|chapo|anons)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_SUMMARY_START = 60


def type_blocks(
    tree: BlockTree,
    chosen: Sequence[int],
    page: Page,
    summaries: Sequence[str],
    *,
    zone: tzinfo | None = None,
    published: datetime | None = None,
) -> tuple[TextBlock, ...]:
    """Return the blocks of a report in the page's order, each with its kind.

    chosen: the numbers of the blocks that are its text, in order. summaries: what the page gives as its own
    summary (descriptions in meta). zone: the source's, for times of day that a page shows without one.
    published: aware, when the report was published if that is known to the minute, for pages that don't tell
    machines. Beside what is chosen there are the captions and the posts of other services in the report's
    container, and the times of a live blog's entries. The lines of one paragraph, parted by <br>, are one block
    with newlines.
    """
    pieces = find_pieces(tree, chosen, page, summaries, zone=zone, published=published)
    return tuple(map(_text_block, pieces))


def find_pieces(
    tree: BlockTree,
    chosen: Sequence[int],
    page: Page,
    summaries: Sequence[str],
    *,
    zone: tzinfo | None = None,
    published: datetime | None = None,
) -> list[Piece]:
    """Return what `type_blocks` makes blocks of, in the page's order, with the blocks of `tree` that each is of."""
    if not chosen:
        return []
    scope = Scope(tree, chosen)
    pieces = find_posts_in(tree, chosen, scope)
    taken = {number for piece in pieces for number in range(piece.first, piece.end)}
    entries = find_entries(tree, chosen, scope.numbers, Clock(page, zone, published))
    pieces += [_head(number, entry) for number, entry in entries.items() if number not in taken]
    taken |= {number for number, entry in entries.items() if entry.is_line}
    own = [number for number in chosen if number not in taken]
    pieces += _Kinds(tree, own, summaries, scope.root).pieces()
    captions: set[str] = set()
    pieces += find_above(tree, scope, captions)
    pieces += find_captions(tree, scope.numbers, taken | set(own), scope.article, captions)
    return sorted(pieces, key=lambda piece: piece.order)


def body_of(blocks: Sequence[TextBlock]) -> str:
    """Return the body that a report's blocks make: those that are in it, apart by a blank line.

    The items of a list and the rows of a table follow each other on the next line.
    """
    parts: list[str] = []
    before: BlockKind | None = None
    for block in blocks:
        if not block.in_body:
            continue
        if before is not None:
            parts.append("\n" if before is block.kind and before in _CLOSE else "\n\n")
        parts.append(block.text)
        before = block.kind
    return "".join(parts)


def _text_block(piece: Piece) -> TextBlock:
    return TextBlock(piece.kind, piece.text, IN_BODY[piece.kind], piece.url, piece.at)


class _Kinds:
    """The kinds of a report's own blocks."""

    def __init__(self, tree: BlockTree, own: Sequence[int], summaries: Sequence[str], root: int) -> None:
        self._nodes, self._blocks, self._own, self._root = tree.nodes, tree.blocks, own, root
        self._summaries = [" ".join(words(summary)) for summary in dict.fromkeys(summaries)]
        self._kinds: dict[int, BlockKind] = {}
        self._held: Counter[int] = Counter()
        self._total = sum(len(self._blocks[number].text) for number in own)
        top = tree.nodes[root].element
        self._has_q = top is not None and next(top.iter("q"), None) is not None
        self._runs = list(self._find_runs())
        self._in_item = Counter(self._node(run[0]).item for run in self._runs)
        self._tables = {node.group for run in self._runs if (node := self._node(run[0])).tag == "tr"}

    def pieces(self) -> list[Piece]:
        """Return the blocks, the lines of one paragraph together."""
        standfirst = self._standfirst()
        pieces = []
        blocks, nodes, last = self._blocks, self._nodes, len(self._runs) - 1
        for place, run in enumerate(self._runs):
            first = blocks[run[0]]
            text = first.text if len(run) == 1 else "\n".join(blocks[number].text for number in run)
            # What a template finds before the container stands before it in the tree.
            if run[0] == standfirst or first.node < self._root:
                kind = BlockKind.STANDFIRST
            else:
                kind = self._kind(nodes[first.node])
                if kind is BlockKind.PARAGRAPH and 0 < place < last and self._is_subheading(run, text):
                    kind = BlockKind.HEADING
            pieces.append(Piece(run[0], run[-1] + 1, kind, text))
        return pieces

    def _is_subheading(self, run: Sequence[int], text: str) -> bool:
        if len(text) not in _SUBHEADING or len(run) > 1 or text.endswith(_SENTENCE_END):
            return False
        return text.isupper() or _is_all_in(self._node(run[0]).element, _BOLD)

    def _find_runs(self) -> Iterator[list[int]]:
        run: list[int] = []
        for number in self._own:
            if run and self._blocks[number].after_break and run[-1] == number - 1:
                run.append(number)
                continue
            if run:
                yield run
            run = [number]
        if run:
            yield run

    def _node(self, number: int) -> Node:
        return self._nodes[self._blocks[number].node]

    def _kind(self, node: Node) -> BlockKind:
        """Return what the nearest telling element around a block says."""
        if node.tag in {"td", "th", "tr"} and node.group in self._tables:
            return BlockKind.TABLE_ROW
        path = []
        while node.number not in self._kinds:
            path.append(node.number)
            kind = self._told_by(node)
            if kind is not None or node.parent < 0:
                self._kinds[node.number] = kind or BlockKind.PARAGRAPH
                break
            node = self._nodes[node.parent]
        found = self._kinds[node.number]
        for number in path:
            self._kinds[number] = found
        return found

    def _told_by(self, node: Node) -> BlockKind | None:
        if node.tag in _HEADINGS:
            return BlockKind.HEADING
        if node.tag in {"li", "dt", "dd"}:
            # One with several paragraphs is a part of the report that its layout numbers, or a live blog's entry.
            return BlockKind.LIST_ITEM if self._in_item[node.number] == 1 else None
        if node.tag == "blockquote":
            return BlockKind.QUOTE if self._is_part(node.number) else None
        if self._has_q and node.tag == "p" and _is_all_in(node.element, _QUOTED):
            return BlockKind.QUOTE
        return None

    def _is_part(self, quote: int) -> bool:
        """Tell whether a node holds no more of the report than a quotation may."""
        if not self._held:
            for number in self._own:
                holder = self._blocks[number].node
                while holder >= 0:
                    self._held[holder] += len(self._blocks[number].text)
                    holder = self._nodes[holder].parent
        return self._held[quote] <= _MAX_QUOTED * self._total

    def _standfirst(self) -> int | None:
        """Return the number of the block that is the standfirst: a summary set apart from the paragraphs."""
        for place, run in enumerate(self._runs[:_FIRST]):
            node = self._node(run[0])
            named = _STANDFIRST_NAME.search(node.names) is not None
            if (named or self._is_summary(run[0])) and self._is_apart(node, place, named=named):
                return run[0]
        return None

    def _is_apart(self, node: Node, place: int, *, named: bool) -> bool:
        later = [self._node(run[0]) for run in self._runs[place + 1 :]]
        shape = self._shape(node)
        if not later or any(self._shape(other) == shape for other in later):
            return False
        return named or all(other.parent != node.parent for other in later)

    def _shape(self, node: Node) -> tuple[str, str]:
        return node.kind, self._nodes[node.parent].kind if node.parent >= 0 else ""

    def _is_summary(self, number: int) -> bool:
        normal = " ".join(words(self._blocks[number].text))
        return any(
            normal == summary
            or (len(summary) > _SUMMARY_START and normal.startswith(summary[:_SUMMARY_START]))
            for summary in self._summaries
        )


def _is_all_in(paragraph: HtmlElement | None, tags: frozenset[str]) -> bool:
    """Tell whether a paragraph is nothing but one element of `tags`."""
    if paragraph is None or paragraph.tag != "p" or len(paragraph) != 1 or (paragraph.text or "").strip():
        return False
    return paragraph[0].tag in tags and not (paragraph[0].tail or "").strip()


def _head(number: int, entry: Entry) -> Piece:
    end = number + 1 if entry.is_line else number
    return Piece(number, end, BlockKind.LIVE_ENTRY, entry.text, at=entry.at)

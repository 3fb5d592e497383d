"""What belongs to a report beside its text: the captions of its pictures, and posts of other services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from lxml.html import HtmlElement

from archive.models import BlockKind
from crawler.extraction.body.blocks import Block, BlockTree, read_blocks
from crawler.extraction.body.embeds import Post, find_posts
from crawler.extraction.body.lexicon import Zone
from crawler.extraction.body.scope import ARTICLES, Scope, is_furniture

_MAX_CAPTION = 1_000
_MAX_LINK_SHARE = 0.8
# A post with more of the report than this is all of it, or was never closed.
_MAX_QUOTED = 0.5
_SHOWN = ("figcaption", "iframe", "blockquote", "amp-twitter", "amp-youtube", "lite-youtube")
# What is looked through above a report's container: so many elements beside it, and so many inside each.
_MOST_ABOVE = 60
_MAX_ELEMENTS = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A block to be and its place: it starts at block `first` of the page and ends before `end`."""

    first: int
    end: int
    kind: BlockKind
    text: str
    url: str | None = None
    at: datetime | None = None

    @property
    def order(self) -> tuple[int, bool, int]:
        """Return where the piece stands; what holds no block stands before the block at the same place."""
        return self.first, self.end > self.first, self.end


def find_posts_in(tree: BlockTree, chosen: Sequence[int], scope: Scope) -> list[Piece]:
    """Return the posts of other services in a report (`chosen`); one shown without its words only once."""
    posts = [
        post
        for post in find_posts(tree, tree.nodes[scope.article], scope.stop)
        if scope.holds_place(post.first, post.node)
    ]
    shown = {post.url for post in posts if post.first < post.end}
    sizes = {number: len(tree.blocks[number].text) for number in chosen}
    total = sum(sizes.values())
    pieces = []
    for post in posts:
        end = post.end
        if sum(sizes.get(number, 0) for number in range(post.first, end)) > _MAX_QUOTED * total:
            end = post.first
        if post.first < end or post.url not in shown:
            pieces.append(_post(tree, post, end))
        shown.add(post.url)
    return pieces


def find_captions(
    tree: BlockTree, numbers: Iterable[int], taken: set[int], article: int, seen: set[str]
) -> Iterator[Piece]:
    """Yield the captions among the blocks `numbers` but those `taken`; what is one caption's is one block.

    article: the number of the node that they are in, -1 for all. seen: captions that are known, and not given again.
    """
    run: list[int] = []
    holder = -1
    for number in numbers:
        found = -1 if number in taken else _caption_holder(tree, tree.blocks[number], article)
        if run and found != holder:
            yield from _caption(tree, run, seen)
            run = []
        if found >= 0:
            run.append(number)
        holder = found
    yield from _caption(tree, run, seen)


def find_above(tree: BlockTree, scope: Scope, seen: set[str]) -> list[Piece]:
    """Return the captions and posts between the start of the article and its container, where `tree` begins there.

    A template reads no more of a page than the container, and the lead picture is often above it. seen: as in
    `find_captions`.
    """
    top = tree.nodes[scope.root].element
    outside = [] if top is None else _elements_above(top)
    if not outside:
        return []
    above = read_blocks(*outside)
    roots = [node for node in above.nodes if node.parent < 0]
    ends = [*(node.number for node in roots), len(above.nodes)][1:]
    pieces = [
        _post(above, post, post.end)
        for root, end in zip(roots, ends, strict=True)
        for post in find_posts(above, root, end)
        if not is_furniture(above.nodes[post.node], -1)
    ]
    taken = {number for piece in pieces for number in range(piece.first, piece.end)}
    pieces += find_captions(above, range(len(above.blocks)), taken, -1, seen)
    pieces.sort(key=lambda piece: piece.order)
    place = next(number for number, block in enumerate(tree.blocks) if block.node >= scope.root)
    return [replace(piece, first=place, end=place) for piece in pieces]


def _elements_above(top: HtmlElement) -> list[HtmlElement]:
    """Return the elements before `top` in its article, or beside it, that may show a picture or a post."""
    limit = next((around for around in top.iterancestors() if around.tag in ARTICLES), top.getparent())
    found: list[HtmlElement] = []
    level: HtmlElement | None = top
    while top.tag not in ARTICLES and level is not None and level is not limit:
        for sibling in islice(level.itersiblings(preceding=True), _MOST_ABOVE):
            shows = next(sibling.iter(*_SHOWN), None) is not None
            if shows and sum(1 for _ in islice(sibling.iter(), _MAX_ELEMENTS)) < _MAX_ELEMENTS:
                found.append(sibling)
        level = level.getparent()
    return found[::-1]


def _post(tree: BlockTree, post: Post, end: int) -> Piece:
    text = "\n".join(block.text for block in tree.blocks[post.first : end])
    return Piece(post.first, end, BlockKind.EMBED, text, url=post.url)


def _caption_holder(tree: BlockTree, block: Block, article: int) -> int:
    """Return the number of the outermost element that makes a block a caption, -1 if it is none."""
    node = tree.nodes[block.node]
    number = node.zones.get(Zone.CAPTION, -1)
    if number <= article or is_furniture(node, article):
        return -1
    if block.link_chars > _MAX_LINK_SHARE * len(block.text):
        return -1
    while (parent := tree.nodes[number].parent) > article:
        outer = tree.nodes[parent].zones.get(Zone.CAPTION, -1)
        if outer <= article:
            break
        number = outer
    return number


def _caption(tree: BlockTree, run: Sequence[int], seen: set[str]) -> Iterator[Piece]:
    text = "\n".join(tree.blocks[number].text for number in run)
    if text and len(text) <= _MAX_CAPTION and text not in seen:
        seen.add(text)
        yield Piece(run[0], run[-1] + 1, BlockKind.CAPTION, text)

"""What a page's head says, and a look at the elements around its headline: no more of a page is walked than asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

Kind: TypeAlias = Literal["date", "author", "lead", "source"]

_MOST_ELEMENTS = 60_000  # beyond it lies no headline
_MOST_EVENTS = 2_000  # starts and ends of elements in what may still be a short text
# What the class, id, itemprop or rel of an element holds that may be of a kind; plain `in`, since this is asked of
# many labels on a page and a regular expression took ten times as long.
_HOLDS: dict[Kind, tuple[str, ...]] = {
    "date": ("date", "time", "publish", "posted", "byline", "meta", "tarih", "fecha", "datum", "created", "clock", "info"),
    "author": ("author", "byline", "writer", "autor", "auteur", "verfasser", "yazar", "creator", "reporter"),
    "source": ("source", "agency", "agence", "agentur", "quelle", "fuente", "kaynak", "credit"),
    "lead": ("standfirst", "lead", "lede", "excerpt", "summary", "intro", "subtitle", "sub-title", "sub_title", "deck",
             "dek", "subhead", "sub-head", "chapo", "abstract", "description", "tagline", "synopsis"),
}  # fmt: skip
_LEAD = re.compile(
    r"standfirst|\b_?lead\b|\blede\b|excerpt|summary|\bintro|sub[-_]?title|\bdeck?\b|sub-?head|chapo|abstract"
    r"|(?:article|post|entry|story|news)[-_]+(?:lead|description|intro)|tagline|synopsis"
)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|sidebar|side|recommend\w*|most|popular|trending|newsletter|footer|teasers?"
    r"|widget|promo|latest|more|carousel|disqus|read-?next|nav|navbar|menu|also|ticker|banner|ads?|modal|cookie)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # "relatedContent" is two words
_ASIDE_TAGS = frozenset(
    {"aside", "nav", "footer", "form", "template", "noscript", "select", "button", "figure"}
)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "select", "textarea"})
_NO_SPOT = frozenset({"html", "body", "style", "option", "path", "img", "svg", "source", "br", "meta", "link", "script", "title"})  # fmt: skip
# Elements that part no words: "<b>F</b>ive". Others (span, div, br, a) often stand on a line of their own.
_TIGHT = frozenset({"b", "i", "em", "strong", "u", "sub", "sup", "font", "q", "mark", "abbr", "wbr"})
_SPECIAL = (*_SILENT, *_TIGHT, etree.Comment, etree.PI)
_COUNT = etree.XPath("count(descendant-or-self::*)")


@dataclass(frozen=True, slots=True)
class Spot:
    """An element that may say something: its tag, its class, id, itemprop and rel in one string, where it stands."""

    element: HtmlElement
    tag: str
    label: str
    order: int


@dataclass(slots=True)
class Signals:
    """What a page's head and its headings say; what stands elsewhere is looked up when it's asked for.

    Meta names are lower case. Elements are counted in the page's order from the headline on, which has the place 0
    (what is above it has negative places), or from the root where no headline is known; that is a `Spot`'s `order`.
    """

    tree: HtmlElement
    language: str | None = None
    title: str | None = None
    canonical_url: str | None = None
    metas: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[HtmlElement] = field(default_factory=list)
    _above: _Seen = field(init=False)
    _below: _Seen = field(init=False)
    _labels: dict[int, str] = field(default_factory=dict, init=False)  # of elements, by their places
    _known: dict[tuple[Kind, str], bool] = field(
        default_factory=dict, init=False
    )  # pages repeat labels endlessly

    def __post_init__(self) -> None:
        self._count_from(self.tree)

    def _count_from(self, element: HtmlElement) -> None:
        # The elements of a page are many, and those around its headline few.
        self._above, self._below = _Seen(_before(element)), _Seen(_from(element))
        self._labels.clear()

    def meta(self, *names: str) -> str | None:
        """Return the first non-empty content of the metas called `names`, in the order of the names."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def spot(self, element: HtmlElement) -> Spot:
        """Return `element` as the spot from which places are counted from now on."""
        self._count_from(element)
        return Spot(element, str(element.tag), _label(element), 0)

    def between(self, start: int, stop: int) -> list[HtmlElement]:
        """Return the elements from the place `start` to before `stop`, which is not above the headline."""
        below = self._below.first(min(stop, _MOST_ELEMENTS))[max(0, start) :]
        return below if start >= 0 else [*self._above.first(-start)[::-1], *below]

    def numbered(self, start: int, stop: int) -> Iterator[tuple[int, HtmlElement]]:
        """Yield what `between` returns, each with its place."""
        found = self.between(start, stop)
        return enumerate(found, start if start >= 0 else -len(self._above.first(-start)))

    def near(self, kind: Kind, heading: Spot | None, above: int, below: int) -> list[Spot]:
        """Return the spots of a kind from `above` elements before `heading` to `below` after it, in their order.

        Without a heading, those of the whole page.
        """
        start, stop = (heading.order - above, heading.order + below + 1) if heading else (0, _MOST_ELEMENTS)
        found: list[Spot] = []
        known, labels = self._known, self._labels
        for order, element in self.numbered(start, stop):
            label = labels.get(order)
            if label is None:
                label = labels[order] = _label(element) if element.tag not in _NO_SPOT else ""
            if not label:
                continue
            is_one = known.get((kind, label))
            if is_one is None:
                is_one = known[kind, label] = _is_of(kind, label.lower())
            if is_one:
                found.append(Spot(element, element.tag, label, order))
        return found

    def times(self, heading: Spot | None, above: int, below: int) -> list[Spot]:
        """Return the time elements in the same stretch as for `near`."""
        if heading is None:
            return [Spot(element, "time", _label(element), 0) for element in self.tree.iter("time")]
        return [
            Spot(element, "time", _label(element), order)
            for order, element in self.numbered(heading.order - above, heading.order + below + 1)
            if element.tag == "time"
        ]


class _Seen:
    """The elements that a walk has met so far: it goes on only as far as it is asked for."""

    def __init__(self, walk: Iterator[HtmlElement]) -> None:
        self._walk = walk
        self._found: list[HtmlElement] = []

    def first(self, count: int) -> list[HtmlElement]:
        """Return the first `count` elements, or all there are."""
        if count > len(self._found):
            self._found.extend(islice(self._walk, count - len(self._found)))
        return self._found[:count]


def _from(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield an element and all that follow it in the page's order."""
    yield from element.iter(etree.Element)
    for around in chain((element,), element.iterancestors()):
        for later in around.itersiblings():
            yield from later.iter(etree.Element)


def _before(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield all that stand before an element in the page's order, the nearest first."""
    node: HtmlElement | None = element
    while node is not None:
        earlier = node.getprevious()
        if earlier is None:
            node = node.getparent()
        else:
            node = earlier
            while len(node):
                node = node[-1]
        if node is not None and isinstance(node.tag, str):  # no comment
            yield node


def collect(tree: HtmlElement) -> Signals:
    """Return what the head and the headings of `tree` say. The tree isn't changed."""
    signals = Signals(tree, tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    for element in tree.iter("meta", "link", "script", "title", "h1", "h2"):
        tag = element.tag
        if tag == "meta":
            _note_meta(signals, element)
        elif tag == "link":
            _note_link(signals, element)
        elif tag == "script":
            if "ld+json" in (element.get("type") or "").lower() and element.text:
                signals.scripts.append(element.text)
        elif tag == "title":
            if signals.title is None and element.text:
                signals.title = element.text
        else:
            signals.headings.append(element)
    return signals


def short_text(element: HtmlElement, limit: int = 300) -> str | None:
    """Return an element's visible text with single spaces, or None where it is empty or longer than `limit`.

    Elements part words, as lines and boxes do, save those that only change the type (b, i, em ...).
    """
    if not len(element):  # as most are that are asked for
        return None if element.tag in _SILENT else _fitting(element.text or "", limit)
    if element.tag not in _SILENT and next(element.iterdescendants(*_SPECIAL), None) is None:
        return _fitting(" ".join(islice(element.itertext(), _MOST_EVENTS)), limit)
    parts: list[str] = []
    size = 0
    silent = 0  # silent elements that are open
    for count, (event, node) in enumerate(
        etree.iterwalk(element, events=("start", "end", "comment", "pi")), start=1
    ):
        if event in {"start", "end"}:
            silent += (node.tag in _SILENT) * (1 if event == "start" else -1)
        if event != "comment" and node.tag not in _TIGHT:
            parts.append(" ")
        text = node.text if event == "start" else node.tail
        if text and not silent and (event == "start" or node is not element):
            parts.append(text)
            size += len(text)
        if size > limit * 4 or count > _MOST_EVENTS:  # white space may make up most of it
            return None
    return _fitting("".join(parts), limit)


def set_aside(element: HtmlElement, heading: HtmlElement | None, page: HtmlElement | None = None) -> bool:
    """Return whether an element belongs to comments, related stories, navigation or the like.

    An ancestor that holds the page's heading as well is no side matter, whatever its class says; while the
    heading is still looked for, neither is one that holds a third of the elements of `page`.
    """
    shared = set(heading.iterancestors()) if heading is not None else set()
    for place, node in enumerate(chain((element,), element.iterancestors())):
        if node in shared or node.tag in {"body", "html", "main"} or place > 12:
            return False
        label = f"{node.get('class', '')} {node.get('id', '')}"
        if node.tag in _ASIDE_TAGS or (len(label) > 1 and _ASIDE.search(_CAMEL.sub("-", label))):
            return page is None or _count(node) * 3 < _count(page)
    return False


def _count(element: HtmlElement) -> int:
    found = _COUNT(element)
    return int(found) if isinstance(found, float) else 0


def _fitting(text: str, limit: int) -> str | None:
    if len(text) > limit * 4:
        return None
    text = " ".join(text.split())
    return text if 0 < len(text) <= limit else None


def _label(element: HtmlElement) -> str:
    get = element.get
    named, prop, rel = get("id"), get("itemprop"), get("rel")
    if named is None and prop is None and rel is None:
        return get("class") or ""  # most elements; this is asked of hundreds on a page
    return " ".join(filter(None, (get("class"), named, prop, rel)))


def _is_of(kind: Kind, label: str) -> bool:
    for part in _HOLDS[kind]:
        if part in label:
            return kind != "lead" or _LEAD.search(label) is not None
    return False


def _note_meta(signals: Signals, element: HtmlElement) -> None:
    get = element.get
    content = (get("content") or "").strip()
    if not content:
        return
    for name in (get("property"), get("name"), get("itemprop"), get("http-equiv")):
        if name and (key := name.strip().lower()):
            signals.metas.setdefault(key, []).append(content)


def _note_link(signals: Signals, element: HtmlElement) -> None:
    if signals.canonical_url is None and "canonical" in (element.get("rel") or "").lower().split():
        signals.canonical_url = (element.get("href") or "").strip() or None

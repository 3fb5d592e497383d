"""What a page's head says, and a look at the elements around its headline: no more of a page is walked than asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Literal, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from crawler.extraction.elements import Elements

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

    Meta names are lower case. headings: h1 before h2. Elements are counted in the page's order from the headline on,
    which has the place 0 (what is above it has negative places), or from the root where no headline is known; that is
    a `Spot`'s `order`.
    """

    elements: Elements
    language: str | None = None
    title: str | None = None
    canonical_url: str | None = None
    metas: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[HtmlElement] = field(default_factory=list)
    _origin: int = field(default=0, init=False)  # the headline's place among all elements
    _telling: dict[int, tuple[str, frozenset[Kind]]] = field(default_factory=dict, init=False)
    _looked: tuple[int, int] = field(default=(0, 0), init=False)  # the stretch in which those were looked for

    def meta(self, *names: str) -> str | None:
        """Return the first non-empty content of the metas called `names`, in the order of the names."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def spot(self, element: HtmlElement) -> Spot:
        """Return `element` as the spot from which places are counted from now on."""
        self._origin = self.elements.all.index(element)
        return Spot(element, str(element.tag), _label(element), 0)

    def between(self, start: int, stop: int) -> list[HtmlElement]:
        """Return the elements from the place `start` to before `stop`."""
        first, end = self._range(start, stop)
        return self.elements.all[first:end]

    def numbered(self, start: int, stop: int) -> Iterator[tuple[int, HtmlElement]]:
        """Yield what `between` returns, each with its place."""
        first, end = self._range(start, stop)
        return enumerate(self.elements.all[first:end], first - self._origin)

    def _range(self, start: int, stop: int) -> tuple[int, int]:
        """Return which elements of the page stand from the place `start` to before `stop`."""
        return max(0, self._origin + start), max(0, self._origin + min(stop, _MOST_ELEMENTS))

    def near(self, kind: Kind, heading: Spot | None, above: int, below: int) -> list[Spot]:
        """Return the spots of a kind from `above` elements before `heading` to `below` after it, in their order.

        Without a heading, those of the whole page.
        """
        start, stop = (heading.order - above, heading.order + below + 1) if heading else (0, _MOST_ELEMENTS)
        first, end = self._range(start, stop)
        elements, tags, origin = self.elements.all, self.elements.tags, self._origin
        return [
            Spot(elements[place], tags[place], label, place - origin)
            for place, (label, kinds) in self._looks(first, min(end, len(elements))).items()
            if kind in kinds and first <= place < end
        ]

    def _looks(self, first: int, end: int) -> dict[int, tuple[str, frozenset[Kind]]]:
        """Return the telling elements of a stretch, and of more: for their places, their labels and kinds.

        What is asked for lies around the headline each time, so that one stretch grows up and down.
        """
        elements, tags = self.elements.all, self.elements.tags
        known_first, known_end = self._looked if self._looked[0] < self._looked[1] else (first, first)
        found = self._telling
        for stretch in (range(first, known_first), range(known_end, end)):
            new = {}
            for place in stretch:
                label = _label(elements[place]) if tags[place] not in _NO_SPOT else ""
                if label and (kinds := _kinds_of(label)):
                    new[place] = (label, kinds)
            found = new | found if stretch.start == first else found | new
        self._telling, self._looked = found, (min(first, known_first), max(end, known_end))
        return found

    def times(self, heading: Spot | None, above: int, below: int) -> list[Spot]:
        """Return the time elements in the same stretch as for `near`."""
        times = self.elements.named("time")
        if heading is None or not times:
            return [Spot(element, "time", _label(element), 0) for element in times]
        first, end = self._range(heading.order - above, heading.order + below + 1)
        return [
            Spot(self.elements.all[place], "time", _label(self.elements.all[place]), place - self._origin)
            for place, tag in enumerate(self.elements.tags[first:end], first)
            if tag == "time"
        ]


def collect(elements: Elements) -> Signals:
    """Return what the head and the headings of a page say."""
    root = elements.root
    signals = Signals(elements, root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    for meta in elements.named("meta"):
        _note_meta(signals, meta)
    for link in elements.named("link"):
        _note_link(signals, link)
    signals.scripts += (
        script.text
        for script in elements.named("script")
        if "ld+json" in (script.get("type") or "").lower() and script.text
    )
    signals.title = next((title.text for title in elements.named("title") if title.text), None)
    signals.headings += [*elements.named("h1"), *elements.named("h2")]
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


@lru_cache(maxsize=20_000)
def _kinds_of(label: str) -> frozenset[Kind]:
    # A pure function, kept since pages repeat their labels, and a site's pages each other's.
    small = label.lower()
    kinds = {kind for kind, parts in _HOLDS.items() if any(part in small for part in parts)}
    return frozenset(kinds if "lead" not in kinds or _LEAD.search(small) else kinds - {"lead"})


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

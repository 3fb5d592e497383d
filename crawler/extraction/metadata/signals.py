"""One walk over a page's tree that notes everything which may say what the page is: no other stage walks it again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree
from lxml.html import HtmlElement

# The attributes of an element → its label and the kinds of spot that it is: pages repeat them endlessly.
_Known: TypeAlias = dict[tuple[str | None, ...], tuple[str, tuple[str, ...]]]

_MOST_ELEMENTS = 60_000  # beyond it lies no headline
_MOST_EVENTS = 2_000  # starts and ends of elements in what may still be a short text
_KINDS = ("date", "author", "lead", "crumb")
# What the class, id, itemprop or rel of an element holds that may be of a kind; plain `in`, since this is asked of
# every label on a page and a regular expression took ten times as long.
_HOLDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("date", ("date", "time", "publish", "posted", "byline", "meta", "tarih", "fecha", "datum", "created", "clock", "info")),
    ("author", ("author", "byline", "writer", "autor", "auteur", "verfasser", "yazar", "creator", "reporter")),
    ("lead", ("standfirst", "lead", "lede", "excerpt", "summary", "intro", "subtitle", "sub-title", "sub_title", "deck",
              "dek", "subhead", "sub-head", "chapo", "abstract", "description", "tagline", "synopsis")),
    ("crumb", ("breadcrumb", "bread-crumb")),
)  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Spot:
    """An element that may say something: its tag, its class, id, itemprop and rel in one string, where it stands."""

    element: HtmlElement
    tag: str
    label: str
    order: int


@dataclass(slots=True)
class Signals:
    """What the walk noted, in the page's order. Meta names are lower case; `order` counts elements."""

    language: str | None = None
    title: str | None = None
    canonical_url: str | None = None
    metas: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[Spot] = field(default_factory=list)
    times: list[Spot] = field(default_factory=list)
    spots: dict[str, list[Spot]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    elements: list[HtmlElement] = field(default_factory=list)

    def meta(self, *names: str) -> str | None:
        """Return the first non-empty content of the metas called `names`, in the order of the names."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)


def collect(tree: HtmlElement) -> Signals:
    """Return what one walk over `tree` finds. The tree isn't changed."""
    signals = Signals(language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    known: _Known = {}
    for order, element in enumerate(tree.iter(etree.Element)):
        if order >= _MOST_ELEMENTS:
            break
        signals.elements.append(element)
        _note(signals, element, order, known)
    return signals


def short_text(element: HtmlElement, limit: int = 300) -> str | None:
    """Return an element's visible text with single spaces, or None where it is empty or longer than `limit`."""
    parts: list[str] = []
    size = 0
    silent = 0  # silent elements that are open
    for count, (event, node) in enumerate(
        etree.iterwalk(element, events=("start", "end", "comment", "pi")), start=1
    ):
        if event in {"start", "end"}:
            silent += (node.tag in _SILENT) * (1 if event == "start" else -1)
        text = node.text if event == "start" else node.tail
        if text and not silent and (event == "start" or node is not element):
            parts.append(text)
            size += len(text)
        if size > limit * 4 or count > _MOST_EVENTS:  # white space may make up most of it
            return None
    text = " ".join(" ".join(parts).split())
    return text if 0 < len(text) <= limit else None


def set_aside(element: HtmlElement, heading: HtmlElement | None, whole: int = 0) -> bool:
    """Return whether an element belongs to comments, related stories, navigation or the like.

    An ancestor that holds the page's heading as well is no side matter, whatever its class says; while the
    heading is still looked for, neither is one that holds a third of the page's elements, `whole`.
    """
    shared = set(heading.iterancestors()) if heading is not None else set()
    for place, node in enumerate((element, *element.iterancestors())):
        if node in shared or node.tag in {"body", "html", "main"} or place > 12:
            return False
        label = _CAMEL.sub("-", f"{node.get('class', '')} {node.get('id', '')}")
        if node.tag in _ASIDE_TAGS or _ASIDE.search(label):
            return not whole or sum(1 for _ in node.iter()) * 3 < whole
    return False


def _note(signals: Signals, element: HtmlElement, order: int, known: _Known) -> None:
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
    elif tag not in {"html", "body", "style", "option", "path", "img", "svg", "source", "br"}:
        _note_spot(signals, element, order, known)


def _note_spot(signals: Signals, element: HtmlElement, order: int, known: _Known) -> None:
    get = element.get
    key = (get("class"), get("id"), get("itemprop"), get("rel"))
    found = known.get(key)
    if found is None:
        label = " ".join(filter(None, key))
        found = known[key] = (label, _kinds_of(label.lower()))
    tag = element.tag
    if tag in {"h1", "h2"}:
        signals.headings.append(Spot(element, tag, found[0], order))
    elif tag == "time":
        signals.times.append(Spot(element, tag, found[0], order))
    for kind in found[1]:
        signals.spots[kind].append(Spot(element, tag, found[0], order))


def _kinds_of(label: str) -> tuple[str, ...]:
    if not label:
        return ()
    holds = label.__contains__
    found = tuple(kind for kind, words in _HOLDS if any(map(holds, words)))
    return (
        tuple(kind for kind in found if kind != "lead")
        if "lead" in found and not _LEAD.search(label)
        else found
    )


def _note_meta(signals: Signals, element: HtmlElement) -> None:
    content = (element.get("content") or "").strip()
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        name = (element.get(attribute) or "").strip().lower()
        if name and content:
            signals.metas.setdefault(name, []).append(content)


def _note_link(signals: Signals, element: HtmlElement) -> None:
    if signals.canonical_url is None and "canonical" in (element.get("rel") or "").lower().split():
        signals.canonical_url = (element.get("href") or "").strip() or None

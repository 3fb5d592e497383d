"""The standfirst (the lead set apart above the text) and the section that a report stands in."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.dates.months import fold
from crawler.extraction.metadata.jsonld import Node, first_text, types
from crawler.extraction.metadata.signals import Signals, Spot, set_aside, short_text
from crawler.extraction.metadata.titles import clean, is_site, similarity

_SHORTEST, _LONGEST = 30, 700
_TOLD_BY = 200  # characters by which two texts are compared
_BLOCKS = frozenset({"p", "h2", "h3", "h4", "div", "span", "strong", "section", "header"})
_CRUMBS = re.compile("[Bb]read-?[Cc]rumb")
_FAR = 60  # elements below the headline in which a standfirst begins
_MOST_LEADS = 12
# A picture's caption, a newsletter's box or a byline may be called a lead as well.
_NOT_IN_LEADS = ("img", "picture", "figure", "form", "input", "button", "time", "h1", "video", "iframe")
_HOME = frozenset({"home", "homepage", "start", "startseite", "accueil", "inicio", "главная", "головна", "الرئيسيه",
                   "anasayfa", "ana sayfa", "صفحه اصلي", "خانه"})  # fmt: skip


def choose_standfirst(
    signals: Signals, article: Node | None, heading: Spot | None, names: frozenset[str]
) -> str | None:
    """Return the lead that the page sets apart from the text, or None.

    That is an element called so (class standfirst, lead, intro ...) below the headline, or one that shows the
    page's description by itself. What the first paragraph only repeats is none.
    """
    if heading is None:
        return None
    described = _descriptions(signals, article)
    for spot in _leads(signals, heading):
        text = _own_text(spot, heading)
        if text and not is_site(text, names) and similarity(text, short_text(heading.element) or "") < 0.8:
            return None if _repeated(signals, spot, text) else text
    return _described(signals, heading, described)


def choose_section(
    signals: Signals, linked: tuple[Node | None, tuple[Node, ...]], heading: Spot | None, title: str
) -> str | None:
    """Return the section that the page names: in a meta, in JSON-LD, or as the breadcrumb's last level."""
    article, nodes = linked
    declared = signals.meta(
        "article:section", "og:article:section", "parsely-section", "cxenseparse:recs:category"
    )
    section = clean(declared or (first_text(article, "articleSection") if article else None) or "")
    if section and len(section) <= 80:
        return section
    levels = [clean(level) for level in _breadcrumb_data(nodes) or _breadcrumb_links(signals, heading)]
    shown = (short_text(heading.element) or "") if heading and levels else ""
    usable = [
        level for level in levels
        if level and fold(level) not in _HOME and len(level) <= 80 and similarity(level, title) < 0.6 and similarity(level, shown) < 0.6
    ]  # fmt: skip
    return usable[-1] if usable else None


def _descriptions(signals: Signals, article: Node | None) -> list[str]:
    found = [
        first_text(article, "description", "alternativeHeadline") if article else None,
        signals.meta("og:description"),
        signals.meta("description", "twitter:description"),
    ]
    return [clean(text) for text in found if text and len(text) >= _SHORTEST]


def _leads(signals: Signals, heading: Spot) -> list[Spot]:
    near = signals.near("lead", heading, -1, _FAR * 2)
    return [spot for spot in near if spot.tag in _BLOCKS or spot.tag == "ul"][:_MOST_LEADS]


def _own_text(spot: Spot, heading: Spot) -> str | None:
    text = short_text(spot.element, _LONGEST)
    if not text or len(text) < _SHORTEST or set_aside(spot.element, heading.element):
        return None
    if next(spot.element.iter(*_NOT_IN_LEADS), None) is not None:
        return None
    return clean(text)


def _repeated(signals: Signals, spot: Spot, text: str) -> bool:
    """Return whether a later paragraph says the same."""
    start = fold(text[:_TOLD_BY])[:80]
    inside = set(spot.element.iter())
    later = (
        element
        for element in signals.between(spot.order + 1, spot.order + _FAR * 2)
        if element.tag == "p" and element not in inside
    )
    return any(fold((short_text(p, 2_000) or "")[:_TOLD_BY]).startswith(start) for p in islice(later, 8))


def _described(signals: Signals, heading: Spot, described: list[str]) -> str | None:
    """Return the block below the headline that shows a description, if it doesn't stand among the paragraphs."""
    wanted = [fold(text[:_TOLD_BY].rstrip(" .…"))[:120] for text in described]
    if not wanted:
        return None
    for element in signals.between(heading.order + 1, heading.order + _FAR):
        if element.tag not in _BLOCKS or element.tag in {"section", "header"}:
            continue
        if not _may_begin(element, described):
            continue
        text = short_text(element, _LONGEST)
        if not text or len(text) < _SHORTEST or not any(map(fold(text[:_TOLD_BY]).startswith, wanted)):
            continue
        if set_aside(element, heading.element):
            continue
        apart = element.tag != "p" or not _among_paragraphs(element)
        return clean(text) if apart and not element.xpath("self::div[p]") else None
    return None


def _may_begin(element: HtmlElement, wanted: list[str]) -> bool:
    """Return whether the first words of `element` are those of a wanted text: quick, for most are not."""
    first = (element.text or "").lstrip()
    if not first:
        first = next((text for text in islice(element.itertext(), 8) if not text.isspace()), "")
    start = first[:40].strip()[:8].rstrip()
    return any(text.startswith(start) for text in wanted)


def _among_paragraphs(element: HtmlElement) -> bool:
    parent = element.getparent()
    return parent is not None and sum(1 for child in parent if child.tag == "p") > 1


def _breadcrumb_data(nodes: tuple[Node, ...]) -> list[str]:
    for node in nodes:
        items = node.get("itemListElement")
        if "BreadcrumbList" not in types(node) or not isinstance(items, list):
            continue
        found: list[str] = []
        for item in items[:20]:
            if isinstance(item, dict):
                inner = item.get("item")
                name = first_text(item, "name") or (
                    first_text(inner, "name") if isinstance(inner, dict) else None
                )
                found.append(name or "")
        return found
    return []


def _upper_part(signals: Signals, heading: Spot | None) -> list[HtmlElement]:
    elements = signals.elements.all
    return signals.between(-len(elements), _FAR) if heading else elements[: _FAR * 10]


def _breadcrumb_links(signals: Signals, heading: Spot | None) -> list[str]:
    looked = 0
    for element in _upper_part(signals, heading):
        label = element.get("class") or element.get("id") or ""
        if len(label) < len("breadcrumb") or not _CRUMBS.search(label):
            continue
        links = [short_text(link, 80) or "" for link in islice(element.iter("a"), 8)]
        looked += 1
        if links or looked == 3:
            return links
    return []

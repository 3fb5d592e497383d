"""The gate: how much of what may be a report a template leaves outside, so that a redesigned page is not misread."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.extraction.body.lexicon import zone_of_tag
from crawler.extraction.templates.labels import names_of

# A shorter run of text outside may be anything.
_MIN_PARAGRAPH = 80
_MAX_LINK_SHARE = 0.5
# Elements that hold paragraphs of their own, and line breaks, behind which one begins.
_HOLDERS = ("p", "br", "div", "td")
# Names of elements that hold what readers wrote, which may be longer than what it is about.
_READERS = re.compile(
    r"(?:^|[\s_-])(?:user)?(?:comments?|commentlist|disqus|respond|discussion)(?:$|[\s_-])", re.IGNORECASE
)


def prose_outside(tree: HtmlElement, container: HtmlElement) -> int:
    """Return how many characters of prose there are in long paragraphs outside of the container.

    Not counted: what is mostly links, stands in a navigation, footer, side column or form, or is the readers'.
    """
    total = 0
    # The container's own surroundings hold the report, whatever their names say.
    beside = {container: True} | dict.fromkeys(container.iterancestors(), False)
    for element in tree.iter(*_HOLDERS):
        text = _own_text(element)
        if len(text) >= _MIN_PARAGRAPH and not _is_beside(element, beside):
            total += len(text)
    return total


def _own_text(element: HtmlElement) -> str:
    """Return a paragraph's text if it is no list of links; of other elements only what stands in no element."""
    if element.tag == "br":
        return (element.tail or "").strip()
    if element.tag != "p":
        return (element.text or "").strip()
    text: str = element.text_content()
    if len(text) < _MIN_PARAGRAPH:
        return ""
    links = sum(len(link.text_content()) for link in element.iter("a"))
    return text if links < _MAX_LINK_SHARE * len(text) else ""


def _is_beside(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Tell whether an element is in the container, or in a part of the page that holds no report.

    known: what is known of elements already.
    """
    chain = []
    answer = False
    around: HtmlElement | None = element
    while around is not None:
        if around in known:
            answer = known[around]
            break
        chain.append(around)
        if zone_of_tag(around.tag, around.get("role")) or _READERS.search(names_of(around)):
            answer = True
            break
        around = around.getparent()
    known.update(dict.fromkeys(chain, answer))
    return answer

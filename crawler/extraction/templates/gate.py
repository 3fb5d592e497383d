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

    Of other elements than paragraphs that is what stands in no element inside them. Not counted: what is mostly links, stands in a navigation, footer, side column or form, or is the readers'.
    """
    total = 0
    # The container's own surroundings hold the report, whatever their names say.
    beside = {container: True} | dict.fromkeys(container.iterancestors(), False)
    for element in tree.iter(*_HOLDERS):
        if element.tag == "p":
            # Most stand in the container: that is known sooner than what they say.
            size = 0 if beside.get(element.getparent()) else _size(element)
        else:
            text = element.tail if element.tag == "br" else element.text
            size = len(text.strip()) if text and len(text) >= _MIN_PARAGRAPH else 0
        if size >= _MIN_PARAGRAPH and not _is_beside(element, beside):
            total += size
    return total


def _size(paragraph: HtmlElement) -> int:
    """Return how many characters a long paragraph has; 0 for a short one, and for one that is mostly links."""
    size = len(paragraph.text_content())
    if size < _MIN_PARAGRAPH:
        return 0
    links = sum(len(link.text_content()) for link in paragraph.iter("a"))
    return size if links < _MAX_LINK_SHARE * size else 0


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

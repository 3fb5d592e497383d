"""The gate: how much of what may be a report a template leaves outside, so that a redesigned page is not misread."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extraction.body.lexicon import zone_of_tag
from crawler.extraction.elements import Elements
from crawler.extraction.templates.labels import names_of

# A shorter run of text outside may be anything.
_MIN_PARAGRAPH = 80
_MAX_LINK_SHARE = 0.5
# Elements that hold paragraphs of their own; and behind a line break one begins.
_HOLDERS = ("div", "td")
# Names of elements that hold what readers wrote, which may be longer than what it is about.
_READERS = re.compile(
    r"(?:^|[\s_-])(?:user)?(?:comments?|commentlist|disqus|respond|discussion)(?:$|[\s_-])", re.IGNORECASE
)


def prose_outside(elements: Elements, container: HtmlElement) -> int:
    """Return how many characters of prose there are in long paragraphs outside of the container.

    Of other elements than paragraphs that is what stands in no element inside them. Not counted: what is mostly links, stands in a navigation, footer, side column or form, or is the readers'.
    """
    # The container's own surroundings hold the report, whatever their names say.
    beside = {container: True} | dict.fromkeys(container.iterancestors(), False)
    # Most paragraphs stand in the container: that is known sooner than what they say.
    outside = (p for p in elements.named("p") if not beside.get(p.getparent()))
    found = [(paragraph, _size(paragraph)) for paragraph in outside]
    found += ((element, _long(element.text)) for tag in _HOLDERS for element in elements.named(tag))
    found += ((line_break, _long(line_break.tail)) for line_break in elements.named("br"))
    return sum(size for element, size in found if size and not _is_beside(element, beside))


def _long(text: str | None) -> int:
    """Return how many characters a long run of text has; 0 for a short one."""
    if text is None or len(text) < _MIN_PARAGRAPH:
        return 0
    size = len(text.strip())
    return size if size >= _MIN_PARAGRAPH else 0


def _size(paragraph: HtmlElement) -> int:
    """Return how many characters a long paragraph has; 0 for a short one, and for one that is mostly links."""
    size = len(paragraph.text_content())
    if size < _MIN_PARAGRAPH:
        return 0
    links = sum(len(link.text_content()) for link in paragraph.iter("a"))
    return size if links < _MAX_LINK_SHARE * size else 0


@lru_cache(maxsize=10_000)
def _is_the_readers(names: str) -> bool:
    # A pure function, kept since the pages of a site have the same names again and again.
    return _READERS.search(names) is not None


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
        if zone_of_tag(around.tag, around.get("role")) or _is_the_readers(names_of(around)):
            answer = True
            break
        around = around.getparent()
    known.update(dict.fromkeys(chain, answer))
    return answer

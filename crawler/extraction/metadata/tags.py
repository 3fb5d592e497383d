"""The tags that a report is filed under, as its page gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.dates.months import fold
from crawler.extraction.elements import Elements
from crawler.extraction.metadata.jsonld import Node
from crawler.extraction.metadata.signals import Signals, set_aside, short_text
from crawler.extraction.metadata.titles import clean, is_site

# Tags proper, an element each; and lists of keywords, which software often fills with the same words on every page.
_TAGS = ("article:tag", "og:article:tag", "article:tags", "parsely-tags", "sailthru.tags")
_KEYWORDS = ("news_keywords", "keywords")
_APART = re.compile(r"\s*[,;،؛、|\n]\s*")
# What software files by: "channel_other", "_Prio_3", numbers and hexadecimal keys.
_CODE = re.compile(r"[\d\W]*$|\S*_\S*$|[0-9a-f]{8}-[0-9a-f-]{20,}$")
_LONGEST, _MOST = 100, 30
_LISTS = frozenset({"ul", "div", "p", "section"})
_LIST_NAME = re.compile(r"(?:[a-zA-Z]+[-_]+)*tags(?:[-_]+(?:list|links|items|wrap|wrapper|container))?$")
_MOST_LISTS = 10
_LARGEST = 10_000  # characters of one list


def choose_tags(signals: Signals, article: Node | None, title: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return the page's tags, once each whatever their case, at most 30 of at most 100 characters.

    Asked in turn are the article's tags (metas and JSON-LD), the keywords for search engines, and the tags
    that the page shows; the first that give any are taken. The outlet's own name (`names`, its `site_keys`) and the report's title are no tags.
    """
    for found in (_tags(signals, article), _keywords(signals), _links(signals)):
        tags: dict[str, str] = {}
        for text in islice(found, _MOST * 10):
            tag = clean(text[: _LONGEST * 4]).strip(" #\"'.")
            if (
                not _CODE.match(tag)
                and 2 <= len(tag) <= _LONGEST
                and fold(tag) != fold(title)
                and not is_site(tag, names)
            ):
                tags.setdefault(fold(tag), tag)
        if tags:
            return tuple(tags.values())[:_MOST]
    return ()


def _tags(signals: Signals, article: Node | None) -> Iterable[str]:
    for name in _TAGS:
        for value in signals.metas.get(name, ()):
            yield from _APART.split(clean(value[:_LARGEST]))
    keywords = (article or {}).get("keywords")
    for item in keywords if isinstance(keywords, list) else [keywords]:
        text = item.get("name") if isinstance(item, dict) else item  # a DefinedTerm
        if isinstance(text, str):
            yield from _APART.split(clean(text[:_LARGEST]))


def _links(signals: Signals) -> Iterable[str]:
    """Yield what links say that are marked rel=tag, else those of the first list that is called "tags"."""
    links = ((link, link.get("rel")) for link in signals.elements.named("a"))
    marked = [link for link, rel in links if rel and "tag" in rel.split()]
    lists = () if marked else islice(_lists(signals.elements), _MOST_LISTS)
    for element in lists:
        if any(map(_LIST_NAME.match, (element.get("class") or "").split())) and not set_aside(element, None):
            marked = [*islice(element.iter("a"), _MOST)]
        if marked:
            break
    for link in marked[:_MOST]:
        yield short_text(link, _LONGEST) or ""


def _lists(elements: Elements) -> Iterator[HtmlElement]:
    return (
        element
        for element, tag in zip(elements.all, elements.tags, strict=True)
        if tag in _LISTS and "tags" in (element.get("class") or "")
    )


def _keywords(signals: Signals) -> Iterable[str]:
    for name in _KEYWORDS:
        for value in signals.metas.get(name, ()):
            yield from _APART.split(clean(value[:_LARGEST]))

"""Labels of elements: what makes one element of a site's pages the same as another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from lxml.html import HtmlElement

_DIGITS = re.compile(r"\d+")
# Class lists of utility classes are long; what stands at the end of a longer one is not told apart.
_MAX_NAMES = 1_000
_MAX_TOKEN = 80
_MOST_KNOWN = 10_000
_MOST_TOKENS = 50
# A block that is mostly links, and one with fewer characters than a sentence, are kinds of their own.
LINKS, SHORT = ":links", ":short"
_LINKS_SHARE = 0.5
_SHORT_CHARACTERS = 50
# Elements that are a report's by their tag alone.
_TELLING_TAGS = frozenset({"article", "main"})


def tokens(names: str) -> tuple[str, ...]:
    """Return the class names and ids in `names`, in order, once each, numbers made equal ("post-123" is "post-#").

    Very long ones are left out: they name nothing, and would only swell the template.
    """
    found = (token for token in _DIGITS.sub("#", names).split() if len(token) <= _MAX_TOKEN)
    return tuple(islice(dict.fromkeys(found), _MOST_TOKENS))


class Labeller:
    """Gives elements their labels: the tag, and those of its tokens that the site's vocabulary holds."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        self._vocabulary = frozenset(vocabulary)
        self._known: dict[tuple[str, str], str] = {}

    def label(self, tag: str, names: str) -> str:
        """Return the label of an element with that tag and those class names and ids: "div.post.entry"."""
        key = (tag, names)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _MOST_KNOWN:  # pages with an id for each paragraph
                self._known.clear()
            found = ".".join([tag, *sorted(set(tokens(names)) & self._vocabulary)])
            self._known[key] = found
        return found

    def of(self, element: HtmlElement) -> str:
        """Return the label of `element`."""
        return self.label(element.tag, names_of(element))


def names_of(element: HtmlElement) -> str:
    """Return an element's class names and id in one string."""
    return f"{element.get('class', '')[:_MAX_NAMES]} {element.get('id', '')[:_MAX_NAMES]}"


def with_shape(chain: tuple[str, ...], size: int, links: int) -> tuple[str, ...]:
    """Return a block's chain of labels with its shape in the first one: "li:links" is another kind than "li".

    size, links: the lengths of its text and of the links in it, in characters.
    """
    if links > _LINKS_SHARE * size:
        shape = LINKS
    elif size < _SHORT_CHARACTERS:
        shape = SHORT
    else:
        return chain
    return (chain[0] + shape, *chain[1:])


def is_telling(label: str) -> bool:
    """Tell whether a label by itself, without its ancestors', can mark where the report is."""
    return "." in label or label in _TELLING_TAGS


def matched(upwards: Iterable[str], path: Sequence[str]) -> int:
    """Return how many labels of an element's chain, from its own upwards, are those of `path` from its end.

    0 where that is not enough to tell: a single label counts only if it is telling by itself.
    """
    count = 0
    for own, wanted in zip(upwards, reversed(path), strict=False):
        if own != wanted:
            break
        count += 1
    return count if count > 1 or (count == 1 and is_telling(path[-1])) else 0

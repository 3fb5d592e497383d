"""The elements of a page, walked once: every stage asks here for those that it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

# No page that anybody wrote has more; what a hostile one has beyond is not looked at.
_MOST = 200_000


class Elements:
    """The elements of one tree in the page's order, and by their tags; lists to be read only.

    To walk a tree costs as much as to look at its elements, and a dozen stages look for a few of them each. It also
    keeps lxml's objects for them, which it else makes anew for each look.
    """

    __slots__ = ("_by_tag", "all", "root", "tags")

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.all: list[HtmlElement] = list(islice(root.iter(etree.Element), _MOST))
        self.tags: list[str] = [element.tag for element in self.all]
        self._by_tag: defaultdict[str, list[HtmlElement]] = defaultdict(list)
        for tag, element in zip(self.tags, self.all, strict=True):
            self._by_tag[tag].append(element)

    def named(self, tag: str) -> Sequence[HtmlElement]:
        """Return the elements with that tag, in the page's order."""
        return self._by_tag.get(tag, ())

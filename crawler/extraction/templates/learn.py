"""Learning a site's template from lessons of its pages, without labels by hand.

The evidence of a kind of block is gathered over pages, so that what one page's extraction got wrong is outvoted: a
promotion that was taken for a paragraph once, a paragraph that was lost once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from crawler.extraction.templates.labels import Labeller, tokens, with_shape
from crawler.extraction.templates.lesson import Lesson, LessonBlock
from crawler.extraction.templates.model import Evidence, Layout, Standfirst, Template

# A block's label and those of so many elements less one around it tell its kind.
MAX_CHAIN = 4
# A long paragraph tells no more than one of so many characters.
MAX_WEIGHT = 500
# Pages are of one layout if the labels of their containers, and of so many elements less one around them, are equal.
_GROUP_CHAIN = 2
# How many elements around a page's container may be another page's, and how deep that must lie (html, body ...).
_MAX_WIDER = 4
_MIN_DEPTH = 3
_MAX_VOCABULARY = 3_000
_MAX_KINDS = 2_000
_MAX_REPEATS = 1_000
# A text repeats a site's words if it has so many words; a shorter one has to stand on half of the pages besides.
_MIN_REPEAT_WORDS = 3
_SHORT_REPEAT = 60
_MIN_MANY = 3
_MANY_SHARE = 0.8
# So many characters are a standfirst.
STANDFIRST = range(40, 601)
_MOST_STANDFIRSTS = 3
_MAX_EXAMPLE = 80


def learn(lessons: Sequence[Lesson]) -> Template:
    """Return the template that these pages of one site teach.

    Needs two pages at least (ValueError): what one page has alone is not told from what they share.
    """
    if len(lessons) < 2:
        raise ValueError("a template is learned from two pages at least")
    vocabulary = _vocabulary(lessons)
    labeller = Labeller(vocabulary)
    views = _agreed([view_of(lesson, labeller) for lesson in lessons])
    repeats = _repeats(views)
    groups: defaultdict[tuple[str, ...], list[View]] = defaultdict(list)
    for view in views:
        groups[view.path[-_GROUP_CHAIN:]].append(view)
    return Template(
        pages=len(lessons),
        vocabulary=vocabulary,
        repeats=repeats,
        layouts=tuple(_layout(group, repeats) for group in sorted(groups.values(), key=len, reverse=True)),
    )


@dataclass(frozen=True, slots=True)
class View:
    """A lesson, the labels of its elements, and the path of labels to its report's container."""

    lesson: Lesson
    labels: tuple[str, ...]
    container: int

    @property
    def path(self) -> tuple[str, ...]:
        """Return the labels from the root to the container."""
        return tuple(self.labels[place] for place in self.lesson.path(self.container))


def view_of(lesson: Lesson, labeller: Labeller) -> View:
    """Return a lesson with the labels of its elements."""
    labels = tuple(labeller.label(element.tag, element.names) for element in lesson.elements)
    return View(lesson, labels, lesson.container)


def _agreed(views: Sequence[View]) -> list[View]:
    """Return the views with one container for pages of one layout.

    Where a report is in one part, its container is deeper than where it is in several: the shallower one holds both.
    """
    paths = Counter(view.path for view in views)
    agreed = []
    for view in views:
        around = view.lesson.path(view.container)
        path = view.path
        wider = [
            depth
            for depth in range(max(_MIN_DEPTH, len(path) - _MAX_WIDER), len(path))
            if paths[path[:depth]]
        ]
        agreed.append(replace(view, container=around[wider[0] - 1]) if wider else view)
    return agreed


def _vocabulary(lessons: Iterable[Lesson]) -> frozenset[str]:
    """Return the class names and ids that at least two pages have."""
    pages: Counter[str] = Counter()
    for lesson in lessons:
        names = {element.names for element in lesson.elements}
        pages.update({token for name in names for token in tokens(name)})
    return frozenset(token for token, count in pages.most_common(_MAX_VOCABULARY) if count >= 2)


def _repeats(views: Sequence[View]) -> dict[str, int]:
    """Return the texts inside the containers that are the site's, not a report's, with the number of their pages.

    Two pages are enough where a single page's extraction left the text out on one of them. Where it was always taken
    for the report's, it may be a paragraph of background that a correspondent repeats: it takes many pages to tell.
    Outside of the containers a text tells nothing: there one page shows the beginnings of the others.
    """
    pages: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for view in views:
        blocks = [block for _, block in inside(view)]
        texts = {block.text for block in blocks}
        pages.update(texts)
        left_out.update(texts - {block.text for block in blocks if block.is_report})
    many = max(_MIN_MANY, _MANY_SHARE * len(views))
    repeats = (
        (text, count)
        for text, count in pages.most_common()
        if count >= 2
        and (left_out[text] or count >= many)
        and text.count(" ") + 1 >= _MIN_REPEAT_WORDS
        and (len(text) >= _SHORT_REPEAT or 2 * count >= len(views))
    )
    return dict(islice(repeats, _MAX_REPEATS))


def _layout(views: Sequence[View], repeats: Mapping[str, int]) -> Layout:
    kinds: dict[tuple[str, ...], _Tally] = {}
    for view in views:
        seen: set[tuple[str, ...]] = set()
        for chain, block in inside(view):
            weight = min(block.size, MAX_WEIGHT)
            is_kept = block.is_report and block.text not in repeats
            for length in range(1, len(chain) + 1):
                kind = chain[:length]
                tally = kinds.setdefault(kind, _Tally())
                tally.add(weight, block.text, is_kept=is_kept, is_new=kind not in seen)
                seen.add(kind)
    most = sorted(kinds.items(), key=lambda item: -(item[1].kept + item[1].dropped))[:_MAX_KINDS]
    path = _common_end([view.path for view in views])
    return Layout(
        name=path[-1],
        path=path,
        pages=len(views),
        standfirsts=_standfirsts(views),
        kinds={kind: tally.evidence() for kind, tally in most},
    )


def _common_end(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the longest end that all these paths of labels share."""
    length = 0
    for labels in zip(*(reversed(path) for path in paths), strict=False):
        if len(set(labels)) > 1:
            break
        length += 1
    return paths[0][len(paths[0]) - length :]


def inside(view: View) -> Iterator[tuple[tuple[str, ...], LessonBlock]]:
    """Yield the blocks in a view's container with their chains of labels: its element's, its parent's ..."""
    chains: dict[int, tuple[str, ...]] = {view.container: (view.labels[view.container],)}
    for place, element in enumerate(view.lesson.elements):
        if element.parent in chains:
            chains[place] = (view.labels[place], *chains[element.parent])[:MAX_CHAIN]
    for block in view.lesson.blocks:
        if block.element in chains:
            yield with_shape(chains[block.element], block.size, block.links), block


@dataclass(slots=True)
class _Tally:
    kept: float = 0
    dropped: float = 0
    blocks: int = 0
    pages: int = 0
    kept_example: str = ""
    dropped_example: str = ""

    def add(self, weight: float, text: str, *, is_kept: bool, is_new: bool) -> None:
        if is_kept:
            self.kept += weight
            self.kept_example = self.kept_example or text[:_MAX_EXAMPLE]
        else:
            self.dropped += weight
            self.dropped_example = self.dropped_example or text[:_MAX_EXAMPLE]
        self.blocks += 1
        self.pages += is_new

    def evidence(self) -> Evidence:
        example = self.kept_example if self.kept > self.dropped else self.dropped_example
        return Evidence(self.kept, self.dropped, self.blocks, self.pages, example)


def _standfirsts(views: Sequence[View]) -> tuple[Standfirst, ...]:
    """Return where the pages show a paragraph of the report before its container."""
    found: Counter[tuple[str, str]] = Counter()
    for view in views:
        elements = view.lesson.elements
        for block in view.lesson.blocks:
            if block.element >= view.container:
                break
            if block.is_report and block.size in STANDFIRST:
                found[view.labels[block.element], view.labels[max(elements[block.element].parent, 0)]] += 1
                break
    most = found.most_common(_MOST_STANDFIRSTS)
    return tuple(Standfirst(label, parent, pages) for (label, parent), pages in most)

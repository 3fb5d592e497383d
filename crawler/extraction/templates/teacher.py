"""From packed lessons to a template and its score."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from crawler.errors import ExtractionError
from crawler.extraction.templates.apply import judge
from crawler.extraction.templates.labels import Labeller, matched
from crawler.extraction.templates.learn import STANDFIRST, View, inside, learn, view_of
from crawler.extraction.templates.lesson import Lesson, LessonBlock, unpack
from crawler.extraction.templates.model import Layout, Template, to_json
from crawler.extraction.templates.records import LearnedTemplate

# Learning takes some milliseconds a page: more rounds would only cost time.
_MAX_FOLDS = 6
_MIN_TO_VALIDATE = 4
_MIN_LESSONS = 2
# Two reports that share half of their paragraphs are one.
_MIN_PARAGRAPH = 80


def learn_template(packed: Sequence[bytes]) -> LearnedTemplate:
    """Return the template that these packed lessons of one site teach.

    A lesson that can't be read is left out. Raises ExtractionError where fewer than two are left.
    """
    lessons = distinct(list(_readable(packed)))
    if len(lessons) < _MIN_LESSONS:
        raise ExtractionError(
            f"a template is learned from two pages at least, and {len(lessons)} can be read"
        )
    return LearnedTemplate(to_json(learn(lessons)), len(lessons), cross_validate(lessons))


def _readable(packed: Iterable[bytes]) -> Iterator[Lesson]:
    for lesson in packed:
        with suppress(ExtractionError):
            yield unpack(lesson)


def distinct(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons without those whose report another one has: all of it would count as repeated."""
    kept: list[Lesson] = []
    seen: list[set[str]] = []
    for lesson in lessons:
        texts = {block.text for block in lesson.blocks if block.is_report and block.size >= _MIN_PARAGRAPH}
        if not any(len(texts & other) * 2 > min(len(texts), len(other)) for other in seen if other):
            kept.append(lesson)
            seen.append(texts)
    return kept if len(kept) > 1 else list(lessons)


def cross_validate(lessons: Sequence[Lesson]) -> float | None:
    """Return how well templates learned from all but one of these pages choose on that one: the mean F1.

    Measured in characters of blocks, against what the page told by itself. None where there are too few pages.
    """
    if len(lessons) < _MIN_TO_VALIDATE:
        return None
    step = max(1, len(lessons) // _MAX_FOLDS)
    held = list(range(0, len(lessons), step))[:_MAX_FOLDS]
    scores = [_agreement(learn([*lessons[:n], *lessons[n + 1 :]]), lessons[n]) for n in held]
    return round(statistics.fmean(scores), 4)


def _agreement(template: Template, lesson: Lesson) -> float:
    """Return the F1 of the characters that a template chooses of a page; 0 where it does not find the container."""
    view = view_of(lesson, Labeller(template.vocabulary))
    found = _find(template, view)
    if found is None:
        return 0.0
    layout, container = found
    view = replace(view, container=container)
    blocks = [(chain, block) for chain, block in inside(view) if block.text not in template.repeats]
    kept = [block for chain, block in blocks if judge(layout, chain).is_kept]
    both = sum(block.size for block in kept if block.is_report)
    wanted = sum(block.size for block in _wanted(view) if block.text not in template.repeats)
    either = sum(block.size for block in kept) + wanted
    return 2 * both / either if either else 1.0


def _wanted(view: View) -> Iterator[LessonBlock]:
    """Yield the blocks of a page's report, but not a standfirst before its container, which is found otherwise."""
    for block in view.lesson.blocks:
        if block.is_report and (block.element >= view.container or block.size not in STANDFIRST):
            yield block


def _sizes(view: View) -> list[int]:
    """Return how many characters there are in each element, those of the elements inside it included."""
    elements = view.lesson.elements
    sizes = [0] * len(elements)
    for block in view.lesson.blocks:
        sizes[block.element] += block.size
    for place in range(len(elements) - 1, 0, -1):
        sizes[elements[place].parent] += sizes[place]
    return sizes


def _find(template: Template, view: View) -> tuple[Layout, int] | None:
    """Return the layout and the place of the container, as `TemplateReader.find` does on a page."""
    best: tuple[tuple[bool, int, int, int, int], Layout, int] | None = None
    sizes = _sizes(view)
    for layout in template.layouts:
        for place, label in enumerate(view.labels):
            if label == layout.path[-1]:
                upwards = [view.labels[around] for around in reversed(view.lesson.path(place))]
                count = matched(upwards, layout.path)
                rank = (count == len(layout.path), layout.pages, count, sizes[place], -place)
                if count and (best is None or rank > best[0]):
                    best = rank, layout, place
    return (best[1], best[2]) if best else None

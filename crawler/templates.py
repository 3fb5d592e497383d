"""A site's template over a crawl: when to learn it, from which pages, and when the site was redesigned.

Knows nothing of workers or of the archive: whoever extracts pages tells what came of each, and is told what to do.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime

from archive.models import Extraction, ExtractionPath, PageLesson, SiteTemplate, TemplateLesson
from crawler.extraction.page import KnownTemplate

# A template is learned from so many pages; with fewer, a third of the pages leave it again.
MIN_PAGES = 5
# Pages a layout from which the next version is learned; beyond, nothing was gained.
_PAGES_A_LAYOUT = 12
_LAYOUTS = 8
# So many new lessons make a new version, once as many are kept as there is room for.
_MOST_NEW = 24
# Of so many pages that the template reads by itself, one is read by the other way as well, and teaches.
_TAUGHT_EVERY = 50
# A redesign: of the last pages most leave the fast path, of those before them few did.
_WINDOW = 8
_MANY = 0.75
_FEW = 0.4
# How many paths are needed to tell; what `archive.tables.templates.recent_paths` is asked for.
PATHS = 4 * _WINDOW


class SiteTemplates:
    """What one crawl knows of its site's template."""

    def __init__(
        self,
        source_id: str,
        current: SiteTemplate | None = None,
        lessons: Iterable[TemplateLesson] = (),
        paths: Iterable[str] = (),
        *,
        is_usable: bool = True,
    ) -> None:
        """Begin with what is archived: the template in use, the lessons kept, the last paths (oldest first).

        is_usable: False for a template that can't be read; the next version takes its place.
        """
        self.source_id = source_id
        self.current = current
        self._is_usable = is_usable
        self._lessons: defaultdict[str, deque[TemplateLesson]] = defaultdict(
            lambda: deque(maxlen=_PAGES_A_LAYOUT)
        )
        for lesson in lessons:
            self._lessons[lesson.layout].append(lesson)
        self._paths: deque[str] = deque(paths, maxlen=PATHS)
        self._strange: set[str] = set()  # addresses of pages that left the fast path and taught
        self._new = len(self.lessons) if current is None or not is_usable else 0
        self._is_unsaved = False
        self._read = 0
        self._is_learning = False

    @property
    def known(self) -> KnownTemplate | None:
        """Return the template to read pages with."""
        if self.current is None or not self._is_usable:
            return None
        return KnownTemplate(self.current.document, self.current.id)

    @property
    def lessons(self) -> list[TemplateLesson]:
        """Return the lessons that are kept."""
        return [lesson for kept in self._lessons.values() for lesson in kept]

    @property
    def has_new(self) -> bool:
        """Tell whether lessons were taken in that no version was learned from, and so are saved nowhere yet."""
        return self._is_unsaved

    def teaches(self) -> bool:
        """Tell whether the next page is to teach though the template may know it; counts the pages."""
        self._read += 1
        return self.current is not None and self._read % _TAUGHT_EVERY == 0

    def note(self, url: str, seen_at: datetime, extraction: Extraction) -> None:
        """Take in what came of a page: which path it took, and its lesson."""
        if extraction.article is None:
            return
        if self.current is not None:
            self._paths.append(extraction.path)
        if extraction.lesson is not None:
            self._keep(url, seen_at, extraction.lesson, extraction.path)

    def to_learn(self) -> Sequence[TemplateLesson] | None:
        """Return the lessons to learn a new version from, when it's time; then `learned` or `not_learned` is due."""
        if self._is_learning:
            return None
        if self._was_redesigned():
            self._paths.clear()
        elif self._new < self._needed():
            return None
        self._is_learning = True
        self._new = 0
        self._is_unsaved = False
        return self.lessons

    def learned(self, template: SiteTemplate) -> None:
        """Use a new version; its lessons are saved with it."""
        self.current = template
        self._is_usable = True
        self._is_learning = False
        self._strange.clear()

    def not_learned(self) -> None:
        """Go on with what there was, until there are more lessons."""
        self._is_learning = False
        self._is_unsaved = True
        self._strange.clear()

    def _keep(self, url: str, seen_at: datetime, lesson: PageLesson, path: ExtractionPath) -> None:
        kept = TemplateLesson(self.source_id, url, lesson.layout, seen_at, lesson.lesson)
        of_layout = self._lessons[lesson.layout]
        before = [old for old in of_layout if old.url == url]
        for old in before:
            of_layout.remove(old)
        of_layout.append(kept)
        self._is_unsaved = True
        self._new += not before
        if path == "single":
            self._strange.add(url)
        if len(self._lessons) > _LAYOUTS:
            stalest = min(self._lessons, key=lambda name: self._lessons[name][-1].seen_at)
            del self._lessons[stalest]

    def _needed(self) -> int:
        if self.current is None or not self._is_usable:
            return MIN_PAGES
        return min(_MOST_NEW, max(MIN_PAGES, self.current.page_count))

    def _was_redesigned(self) -> bool:
        """Tell whether the last pages left the fast path, as those before did not; enough of them taught.

        What the pages before taught stays: they may only be of another section, and their layout come again. If not,
        it ages away.
        """
        if self.current is None or len(self._strange) < MIN_PAGES:
            return False
        paths = list(self._paths)
        before, last = paths[:-_WINDOW], paths[-_WINDOW:]
        return len(before) >= _WINDOW and _left(last) >= _MANY and _left(before) <= _FEW


def _left(paths: Sequence[str]) -> float:
    return sum(path == "single" for path in paths) / len(paths)

"""When a crawl learns a template, from which pages, and how it notices a redesign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.models import ArticleText, Extraction, ExtractionPath, PageLesson, SiteTemplate
from crawler.templates import MIN_PAGES, SiteTemplates

_START = datetime(2026, 3, 1, tzinfo=UTC)


def extraction(path: ExtractionPath = "single", *, layout: str | None = "html > body > div") -> Extraction:
    """Return what came of a page: by which path, with a lesson of which layout."""
    lesson = PageLesson(layout, b"lesson") if layout else None
    return Extraction(ArticleText("A title", "A body."), path=path, lesson=lesson)


def template(version: int = 1, pages: int = 5) -> SiteTemplate:
    """Return a template that was learned."""
    return SiteTemplate("herald", version, _START, pages, 0.99, "{}", id=version)


def note(templates: SiteTemplates, start: int, count: int, what: Extraction) -> None:
    """Tell of `count` pages, each with an address of its own."""
    for number in range(start, start + count):
        templates.note(f"https://herald.example/{number}", _START + timedelta(minutes=number), what)


def test_five_pages_are_waited_for() -> None:
    templates = SiteTemplates("herald")
    note(templates, 0, MIN_PAGES - 1, extraction())
    assert templates.to_learn() is None
    note(templates, MIN_PAGES, 1, extraction())
    lessons = templates.to_learn()
    assert lessons is not None
    assert len(lessons) == MIN_PAGES
    assert templates.to_learn() is None  # it's being learned
    assert templates.known is None
    templates.learned(template())
    assert templates.known is not None
    assert templates.known.id == 1


def test_a_page_that_is_no_report_teaches_nothing() -> None:
    templates = SiteTemplates("herald")
    note(templates, 0, 20, Extraction(None, reason="listing", lesson=PageLesson("x", b"")))
    assert templates.lessons == []


def test_one_address_has_one_lesson() -> None:
    templates = SiteTemplates("herald")
    for _ in range(3):
        note(templates, 0, 1, extraction())
    assert len(templates.lessons) == 1


def test_lessons_are_bounded_by_layout_and_the_newest_stay() -> None:
    templates = SiteTemplates("herald", template())
    for number in range(40):
        note(templates, 100 * number, 30, extraction(layout=f"layout {number % 10}"))
    kept = templates.lessons
    assert len(kept) <= 8 * 12
    assert max(lesson.seen_at for lesson in kept) == _START + timedelta(minutes=39 * 100 + 29)


def test_of_the_pages_that_the_template_reads_some_teach() -> None:
    templates = SiteTemplates("herald", template())
    assert sum(templates.teaches() for _ in range(100)) == 2
    assert not any(SiteTemplates("herald").teaches() for _ in range(100))


def test_new_lessons_make_a_new_version_less_and_less_often() -> None:
    templates = SiteTemplates("herald", template(pages=5))
    note(templates, 0, 5, extraction("mixed"))
    assert templates.to_learn() is not None
    templates.learned(template(2, pages=24))
    note(templates, 10, 23, extraction("mixed"))
    assert templates.to_learn() is None
    note(templates, 50, 1, extraction("mixed"))
    assert templates.to_learn() is not None


def test_what_could_not_be_learned_is_tried_again_with_more() -> None:
    templates = SiteTemplates("herald")
    note(templates, 0, 5, extraction())
    assert templates.to_learn() is not None
    templates.not_learned()
    assert templates.to_learn() is None
    note(templates, 5, 5, extraction())
    assert templates.to_learn() is not None


def test_a_redesign_is_noticed_and_learned_from_the_pages_since() -> None:
    templates = SiteTemplates("herald", template(pages=24), paths=["template"] * 20)
    note(templates, 0, 3, extraction("template", layout=None))
    note(templates, 10, 5, extraction(layout="new"))
    assert templates.to_learn() is None  # five strange pages of the last eight are not enough
    note(templates, 20, 3, extraction(layout="new"))
    lessons = templates.to_learn()
    assert lessons is not None
    assert {lesson.layout for lesson in lessons} >= {"new"}


def test_a_site_whose_pages_never_took_the_fast_path_is_not_taken_for_redesigned() -> None:
    templates = SiteTemplates("herald", template(pages=24), paths=["single"] * 30)
    note(templates, 0, 12, extraction())
    assert templates.to_learn() is None


def test_a_new_run_goes_on_with_the_lessons_of_the_one_before() -> None:
    first = SiteTemplates("herald")
    note(first, 0, 3, extraction())
    second = SiteTemplates("herald", lessons=first.lessons)
    note(second, 10, 2, extraction())
    lessons = second.to_learn()
    assert lessons is not None
    assert len(lessons) == MIN_PAGES


def test_lessons_are_unsaved_until_a_version_is_learned_from_them() -> None:
    templates = SiteTemplates("herald")
    assert not templates.has_new
    note(templates, 0, 5, extraction())
    assert templates.has_new
    templates.to_learn()
    note(templates, 10, 1, extraction())  # in the meantime
    templates.learned(template())
    assert templates.has_new
    failed = SiteTemplates("herald")
    note(failed, 0, 5, extraction())
    failed.to_learn()
    failed.not_learned()
    assert failed.has_new


def test_one_address_that_is_visited_again_and_again_is_one_page() -> None:
    templates = SiteTemplates("herald")
    for _ in range(MIN_PAGES):
        note(templates, 0, 1, extraction())
    assert templates.to_learn() is None


def test_a_template_that_cannot_be_read_is_not_used_and_has_a_successor() -> None:
    templates = SiteTemplates("herald", template(3), is_usable=False)
    assert templates.known is None
    note(templates, 0, 5, extraction())
    assert templates.to_learn() is not None
    templates.learned(template(4))
    assert templates.known is not None


def test_pages_of_another_section_do_not_have_the_first_ones_forgotten() -> None:
    templates = SiteTemplates("herald", template(pages=24), paths=["template"] * 20)
    note(templates, 0, 12, extraction("mixed", layout="news"))
    note(templates, 20, 8, extraction(layout="opinion"))
    lessons = templates.to_learn()
    assert lessons is not None
    assert {lesson.layout for lesson in lessons} == {"news", "opinion"}

"""Templates: what pages of one site teach, and what that makes of another page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Extraction
from crawler.errors import ExtractionError
from crawler.extraction.article import extract_article
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.templates.lesson import unpack
from crawler.extraction.templates.model import from_json, to_json
from crawler.extraction.templates.teacher import distinct, learn_template
from tests.sites.herald import page, paragraphs

_SEEN = datetime(2026, 3, 1, tzinfo=UTC)


def read(payload: bytes, template: KnownTemplate | None = None, *, teach: bool = False) -> Extraction:
    """Extract a page."""
    return extract_article(
        payload, url="https://herald.example/1", content_type=None, fetched_at=_SEEN, hints=Hints(),
        template=template, teach=teach,
    )  # fmt: skip


def lessons(numbers: range, **how: str) -> list[bytes]:
    """Return the lessons of some pages."""
    taught = [read(page(number, **how)).lesson for number in numbers]  # type: ignore[arg-type]
    return [lesson.lesson for lesson in taught if lesson is not None]


@pytest.fixture(scope="module")
def template() -> KnownTemplate:
    """Return the template that five pages of the site teach."""
    return KnownTemplate(learn_template(lessons(range(5))).document, id=7)


def body_of(extraction: Extraction) -> list[str]:
    """Return the paragraphs of what was extracted."""
    assert extraction.article is not None
    return extraction.article.body.split("\n\n")


def test_a_page_that_taught_nothing_is_read_by_the_template_alone(template: KnownTemplate) -> None:
    found = read(page(6), template)
    assert (found.path, found.template_id, found.lesson) == ("template", 7, None)
    assert body_of(found)[-4:] == paragraphs(6)
    assert not any("member" in text or "Other reports" in text or "1961" in text for text in body_of(found))


def test_a_standfirst_outside_of_the_container_is_taken_in(template: KnownTemplate) -> None:
    assert body_of(read(page(6), template))[0].startswith("What happened in Kelmo")


def test_what_repeats_on_the_pages_goes_though_its_element_is_a_plain_paragraph() -> None:
    same = "<p>This newspaper is free for everybody, since readers such as you give what they can each month.</p>"
    known = KnownTemplate(learn_template(lessons(range(6), extra=same)).document)
    found = read(page(7, extra=same), known)
    assert found.path == "template"
    assert body_of(found)[-4:] == paragraphs(7)


def test_a_paragraph_of_background_on_two_of_many_pages_stays() -> None:
    background = (
        "The war in the valley began nine years ago and has driven four million people out of their homes."
    )
    pages = [page(number, extra=f"<p>{background}</p>" if number in {2, 5} else "") for number in range(8)]
    taught = [read(payload).lesson for payload in pages]
    known = KnownTemplate(learn_template([lesson.lesson for lesson in taught if lesson]).document)
    assert body_of(read(pages[5], known))[-1] == background


def test_paragraphs_that_differ_only_in_their_last_figure_are_not_the_same() -> None:
    series = "According to the general staff the total losses of the other side since the first day of the war amount, as"
    series += " of this morning, and counted as in all the reports before, to about {} men and {} vehicles of all kinds."
    pages = [page(n, extra=f"<p>{series.format(120_000 + n, 3_000 + n)}</p>") for n in range(8)]
    taught = [read(payload).lesson for payload in pages]
    known = KnownTemplate(learn_template([lesson.lesson for lesson in taught if lesson]).document)
    assert body_of(read(pages[7], known))[-1] == series.format(120_007, 3_007)


def test_a_kind_of_block_that_the_template_has_not_seen_is_decided_by_the_page_itself(
    template: KnownTemplate,
) -> None:
    quote = "We carried the wounded on doors, said a nurse of the field hospital, and there was no light for two days."
    found = read(page(6, extra=f"<blockquote class='said'><p>{quote}</p></blockquote>"), template)
    assert (found.path, found.template_id) == ("mixed", 7)
    assert quote in body_of(found)
    assert found.lesson is not None  # so that the next version knows it


def test_a_redesigned_page_is_read_by_itself(template: KnownTemplate) -> None:
    redesigned = page(6).replace(b"news-text", b"story").replace(b'id="main"', b'class="grid"')
    found = read(redesigned.replace(b'<div class="story"', b'<section class="story"'), template)
    assert (found.path, found.template_id) == ("single", 7)  # it was tried
    assert set(paragraphs(6)) <= set(body_of(found))


def test_a_container_that_holds_the_smaller_part_of_the_text_is_not_believed(template: KnownTemplate) -> None:
    rest = "".join(f"<p>{text}</p>" for text in paragraphs(6, 9)[1:])
    payload = page(6, body=f"<p>{paragraphs(6)[0]}</p>").replace(
        b'<div class="others">', f'<div class="rest">{rest}</div><div class="others">'.encode()
    )
    found = read(payload, template)
    assert found.path == "single"
    assert paragraphs(6, 9)[5] in body_of(found)


def test_a_page_in_the_reports_place_that_says_there_is_none_is_no_report(template: KnownTemplate) -> None:
    text = "The page that you are looking for may have been moved. Please use the search box, or go back to the list of"
    payload = page(
        6, body=f"<p>{text} all reports.</p><p>{text} others, which are on the front page today.</p>"
    ).replace(b"<h1>Report 6 from the front</h1>", b"<h2>Page not found</h2>")
    assert read(payload, template).reason == "soft_404"


def test_a_page_that_is_to_teach_does_so_though_the_template_knows_it(template: KnownTemplate) -> None:
    found = read(page(6), template, teach=True)
    assert found.path == "template"
    assert found.lesson is not None


def test_two_layouts_of_one_site_have_a_container_each() -> None:
    learned = learn_template([*lessons(range(4)), *lessons(range(4, 8), layout="feature")])
    layouts = from_json(learned.document).layouts
    assert {layout.name: layout.pages for layout in layouts} == {
        "div.news-text.post-#": 4,
        "div.feature-text.post-#": 4,
    }
    known = KnownTemplate(learned.document)
    assert [read(page(9, layout=name), known).path for name in ("news", "feature")] == [
        "template",
        "template",
    ]


def test_the_score_is_that_of_pages_which_did_not_teach() -> None:
    assert learn_template(lessons(range(3))).score is None
    assert learn_template(lessons(range(5))).score == 1.0
    strange = [*lessons(range(4)), *lessons(range(4, 5), layout="unseen")]
    score = learn_template(strange).score
    assert score is not None
    assert 0.7 < score < 1.0


def test_two_captures_of_one_report_teach_as_one() -> None:
    twice = [unpack(lesson) for lesson in [*lessons(range(3)), *lessons(range(3))]]
    assert len(distinct(twice)) == 3
    learned = learn_template([*lessons(range(3)), *lessons(range(3))])
    assert body_of(read(page(1), KnownTemplate(learned.document)))[-4:] == paragraphs(1)


def test_one_page_teaches_no_template() -> None:
    with pytest.raises(ExtractionError, match="two pages at least, and 1 can be read"):
        learn_template([*lessons(range(1)), b"damaged"])


def test_a_page_of_hostile_names_teaches_nothing() -> None:
    hostile = "".join(
        f'<p class="{number:06d}{"x" * 990}">A line of text here.</p>' for number in range(1500)
    )
    assert read(page(1, extra=hostile)).lesson is None


@pytest.mark.parametrize(
    ("extra", "text"),
    [("<h2>Who was hit</h2>", "Who was hit"), ("<ul><li>A nurse, 34</li><li>A boy, 9</li></ul>", "A boy, 9"),
     ("<blockquote>There was no light.</blockquote>", "There was no light."), ("<pre>12 dead</pre>", "12 dead"),
     ("<table><tr><td>Talha</td><td>4</td></tr></table>", "Talha | 4")],
)  # fmt: skip
@pytest.mark.parametrize("behind", [False, True])
def test_a_small_block_of_a_kind_never_seen_is_not_lost(
    template: KnownTemplate, extra: str, text: str, *, behind: bool
) -> None:
    whole = [f"<p>{each}</p>" for each in paragraphs(6, 12)]
    body = "".join([*whole, extra] if behind else [*whole[:6], extra, *whole[6:]])
    found = read(page(6, body=body), template)
    assert found.path == "template"
    assert text in "\n".join(body_of(found)).split("\n")


def test_text_outside_of_paragraph_elements_is_missed_as_well(template: KnownTemplate) -> None:
    lines = "<br><br>".join(paragraphs(6, 9))
    payload = page(6, body=f"<p>{paragraphs(7)[0]}</p>").replace(
        b'<div class="others">', f'<div class="story">{lines}</div><div class="others">'.encode()
    )
    found = read(payload.replace(b'<body class="page-6"', b'<body class="page-6 comments-open"'), template)
    assert found.path == "single"
    assert paragraphs(6, 9)[5] in "\n".join(body_of(found)).split("\n")


def test_a_document_is_read_as_it_was_written(template: KnownTemplate) -> None:
    assert to_json(from_json(template.document)) == template.document
    assert len(template.document) < 16_384


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "pages": 1}', "null"])
def test_a_document_that_is_none_is_refused_with_a_sentence(document: str) -> None:
    with pytest.raises(ExtractionError, match="template can't be read"):
        read(page(1), KnownTemplate(document))


@given(st.binary(max_size=200))
def test_a_damaged_lesson_is_refused_with_a_sentence(packed: bytes) -> None:
    with pytest.raises(ExtractionError, match="lesson can't be read"):
        unpack(packed)


def test_class_names_that_would_break_a_search_are_harmless() -> None:
    evil = "news'] | //* [\"x"
    pages = [page(number).replace(b"news-text", evil.replace('"', "&quot;").encode()) for number in range(6)]
    taught = [read(payload).lesson for payload in pages[:5]]
    known = KnownTemplate(learn_template([lesson.lesson for lesson in taught if lesson]).document)
    assert body_of(read(pages[5], known))[-4:] == paragraphs(5)


def test_the_document_says_which_kinds_are_kept_and_shows_one_of_each(template: KnownTemplate) -> None:
    kinds = json.loads(template.document)["layouts"][0]["kinds"]
    kept = {kind["chain"]: kind for kind in kinds if kind["kept"] > kind["dropped"]}
    dropped = {kind["chain"]: kind for kind in kinds if kind["kept"] < kind["dropped"]}
    assert kept["p"]["example"].startswith("in part 0 of report 0")
    assert "p.join-us" in dropped

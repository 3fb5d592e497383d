"""`scrapy explain`: each line of a page, what became of it, and why; it may never tell another story than the extraction."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.models import Extraction
from crawler.demo.pages import BASE
from crawler.demo.reports import load_reports
from crawler.demo.site import Site
from crawler.extraction.article import extract_article
from crawler.extraction.body.why import Why
from crawler.extraction.explain import Explanation, Line, explain
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.templates.teacher import learn_template
from tests.sites.crawling import run
from tests.sites.herald import page, paragraphs

SEEN = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://herald.example/1"


def read(
    payload: bytes, template: KnownTemplate | None = None, url: str = URL
) -> tuple[Extraction, Explanation]:
    how = {"url": url, "content_type": None, "fetched_at": SEEN, "hints": Hints(), "template": template}
    return extract_article(payload, **how), explain(payload, **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def template() -> KnownTemplate:
    taught = [read(page(number))[0].lesson for number in range(5)]
    return KnownTemplate(learn_template([lesson.lesson for lesson in taught if lesson]).document)


def line(told: Explanation, start: str) -> Line:
    return next(each for each in told.lines if each.text.startswith(start))


def squeezed(text: str) -> str:
    return "".join(text.split())


def assert_same_story(extraction: Extraction, told: Explanation) -> None:
    body = "".join(each.text for each in told.lines if each.place == "body")
    if extraction.article is not None and not told.is_elsewhere:
        assert squeezed(body) == squeezed(extraction.article.body)
    assert (told.reason, told.path) == (extraction.reason, extraction.path)
    assert all((each.why is None) == (each.place != "left out") for each in told.lines)


def test_by_a_template_each_line_says_what_spoke_for_or_against_it(template: KnownTemplate) -> None:
    extraction, told = read(page(6), template)
    assert_same_story(extraction, told)
    kept = line(told, paragraphs(6)[0][:30])
    assert (kept.place, kept.why) == ("body", None)
    assert kept.evidence
    assert "characters kept, 0 dropped, on 5 of 5 pages" in kept.evidence
    assert told.container[-1].startswith("div.")
    assert any(each.why is Why.OUTSIDE for each in told.lines)


def test_what_several_pages_say_is_told_as_that() -> None:
    same = "This newspaper is free for everybody, since readers such as you give what they can each month."
    extra = f"<p>{same}</p>"
    taught = [read(page(number, extra=extra))[0].lesson for number in range(6)]
    known = KnownTemplate(learn_template([lesson.lesson for lesson in taught if lesson]).document)
    assert line(read(page(7, extra=extra), known)[1], same[:30]).why is Why.REPEATED


def test_a_page_by_itself_names_the_rules() -> None:
    title = "A title of words"
    report = "".join(f"<p>{text}</p>" for text in paragraphs(3))
    comments = "<h3>Total Comments (0)</h3><p>Your comment, please: fill in the fields below.</p>"
    markup = f"""<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{report}</div>
        <div class="share-box">(71) (70)</div><div>{comments}</div></body></html>"""
    extraction, told = read(markup.encode())
    assert_same_story(extraction, told)
    votes = line(told, "(71)")
    assert (votes.why, votes.evidence) == (Why.BOX, "div 'share-box'")
    assert line(told, "A title").why is Why.TITLE
    assert line(told, "Total Comments").why is Why.COMMENTS
    assert line(told, "Your comment").why is Why.AFTER_COMMENTS


def test_every_page_of_the_demo_site_is_explained_as_it_is_extracted() -> None:
    site = Site(1)
    for report in load_reports(1)[::4]:
        payload = site.answer(report.path).body
        assert_same_story(*read(payload, url=BASE + report.path))


@settings(max_examples=30)
@given(st.binary(max_size=400) | st.text("<>/pdiv a=\"'é\x00 ", max_size=300).map(str.encode))
def test_no_page_breaks_it(payload: bytes) -> None:
    assert_same_story(*read(payload))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    done = run(folder, "crawl", "demo")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_command_explains_what_is_archived(crawled: Path) -> None:
    db = ("--db", str(crawled / "archive.db"))
    with closing(sqlite3.connect(crawled / "archive.db")) as conn:
        conn.row_factory = sqlite3.Row
        row = conn.execute(
            "select a.id, a.body, r.capture_id from articles a join revisions r on r.article_id = a.id "
            "where r.extraction_path = 'template' limit 1"
        ).fetchone()
        url, turned_down = conn.execute(
            "select captures.url, captures.id from captures join leads on leads.id = captures.lead_id"
            " where leads.outcome = 'not_an_article' and captures.status = 200 limit 1"
        ).fetchone()
    for wanted in ((str(row["id"]),), ("--capture", str(row["capture_id"]))):
        done = run(crawled, "explain", *wanted, "--json", *db)
        told = json.loads(done.stdout)
        assert (done.returncode, told["path"], told["capture_id"]) == (0, "template", row["capture_id"])
        body = "".join(each["text"] for each in told["lines"] if each["place"] == "body")
        assert squeezed(body) == squeezed(row["body"])
    done = run(crawled, "explain", url, *db)
    assert f"capture {turned_down} of" in done.stdout
    assert "no report: " in done.stdout
    done = run(crawled, "explain", str(row["id"]), "--line", "no such words", *db)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "has the words 'no such words'" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given_", "code", "sentence"),
    [
        ((), 2, "name one report"),
        (("1", "--capture", "1"), 2, "name one report"),
        (("https://a.example/", "--revision", "2"), 2, "--revision is for an article's id"),
        (("999999",), 1, "no capture of article 999999"),
        (("https://a.example/",), 1, "no capture of https://a.example/"),
        (("1", "--nosuch"), 2, "there is no option --nosuch"),
    ],
)
def test_mistakes_get_one_sentence(crawled: Path, given_: tuple[str, ...], code: int, sentence: str) -> None:
    done = run(crawled, "explain", *given_, "--db", str(crawled / "archive.db"))
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr

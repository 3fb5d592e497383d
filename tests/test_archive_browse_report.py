"""A report's own page in Datasette, and what changed between two of its revisions."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.browse.pages.report import blocks_of
from archive.models import ArticleText, BlockKind, ImportedArticle, PublishedDate, Source, TextBlock
from archive.store import Store
from tests.browsing import Browser, plugin, text_of
from tests.keeping import NOW, make

__all__ = ["plugin"]  # a fixture that each test uses

SOURCE = Source("x", "X <b>News</b>", "https://x.example/", ("en",), "Syria", None, "independent")
ATTACK = "<script>pwned()</script>"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """Three reports of one source, of which the second has two revisions, an embedded post and hostile words."""
    path = tmp_path / "archive.db"
    with Store(path, clock=lambda: NOW) as store:
        store.save_source(SOURCE)
        for day, (number, body) in enumerate(
            [
                (1, "Quiet."),
                (2, "At least seven people died."),
                (2, "At least twelve people died."),
                (3, "Later."),
            ]
        ):
            text = ArticleText(
                f"Shelling {number} {ATTACK}", body, standfirst=f"Stand {ATTACK}", author=f"A. Writer {ATTACK}", language="en",
                published=PublishedDate(NOW + timedelta(hours=number), "second", "meta", "x"),
                blocks=(TextBlock(BlockKind.PARAGRAPH, body, in_body=True),
                        TextBlock(BlockKind.EMBED, f"A post {ATTACK}", in_body=False, url="https://t.example/1")),
            )  # fmt: skip
            store.import_article(
                ImportedArticle("x", f"https://x.example/{number}", text, NOW + timedelta(days=day))
            )
    browser = Browser(path)
    yield browser
    browser.close()


def test_a_report_is_shown_whole(browser: Browser) -> None:
    page = browser.page("/-/report/2")
    text = text_of(page)
    for shown in ("Shelling 2", "At least twelve people died.", "A. Writer", "Published on the same day", "2 revisions",
                  "Post of another service", "came as text, without a page", "archive prove 2", "@online{report2,"):  # fmt: skip
        assert shown in text, shown
    assert 'href="https://x.example/2" rel="noopener noreferrer nofollow"' in page
    assert 'rel="prev" href="/-/report/1"' in page
    assert 'rel="next" href="/-/report/3"' in page
    assert "/-/report/2/diff?first=1&amp;last=2" in page
    assert ATTACK not in page
    assert html.escape(ATTACK) in page


def test_what_changed_is_told_and_shown(browser: Browser) -> None:
    for address in ("/-/report/2/diff", "/-/report/2/diff?first=1&last=2"):
        page = browser.page(address)
        assert "At least <del>seven </del><ins>twelve </ins>people died." in page
        assert "At least seven → At least twelve" in text_of(page)
    assert "They say the same" in browser.page("/-/report/2/diff?first=2&last=2")
    assert "one revision only" in browser.page("/-/report/1/diff")
    assert ATTACK not in browser.page("/-/report/2/diff")


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/-/report/99", 404, "no article has the id 99"),
        ("/-/report/2/diff?first=9", 404, "article 2 has no revision 9"),
        ("/-/report/2/diff?first=x", 400, "is not the number of a revision"),
        ("/-/report/999999999999999999", 404, "no article has the id"),
    ],
)
def test_what_is_not_there_is_told(browser: Browser, address: str, status: int, sentence: str) -> None:
    assert sentence in html.unescape(browser.get(address, status).text)


def test_captures_lead_to_their_replay_and_are_cited(tmp_path: Path) -> None:
    path = make(tmp_path, reports=1)
    browser = Browser(path)
    page = browser.page("/-/report/1")
    assert 'href="/-/replay/1"' in page
    assert "Archived 2026-01-24T18:00:00Z, SHA-256 " in page
    browser.close()


def test_blocks_that_do_not_fit_give_way_to_paragraphs() -> None:
    for blocks in (
        None,
        "",
        "{}",
        "[1]",
        '[{"kind":"paragraph"}]',
        "[" * 100_000,
        '[{"kind":"embed","url":"javascript:x","text":"t"}]',
    ):
        found = blocks_of({"body": "One.\n\nTwo.", "blocks": blocks})
        assert [block.text for block in found if block.kind == "paragraph"] == ["One.", "Two."]
        assert all(block.url is None for block in found)


def test_other_reports_of_the_day_that_name_the_same_places_come_first(tmp_path: Path) -> None:
    reports = [
        ("Drones over Khartoum", "Smoke rose over the market, residents said.", "en", 0),
        ("قصف على سوق في الخرطوم", "قال سكان إن الدخان ارتفع.", "ar", 1),
        ("Khartoum, a day later", "Nothing new.", "en", 30),
        ("Elsewhere", "Since Friday nothing was said of it.", "en", 2),
    ]
    with Store(tmp_path / "archive.db", clock=lambda: NOW) as store:
        store.save_source(SOURCE)
        for number, (title, body, language, hours) in enumerate(reports):
            published = PublishedDate(NOW + timedelta(hours=hours), "second", "meta", "x")
            text = ArticleText(title, body, language=language, published=published)
            store.import_article(ImportedArticle("x", f"https://x.example/{number}", text, NOW))
    browser = Browser(tmp_path / "archive.db")
    page = browser.page("/-/report/1")
    browser.close()
    near, _, others = page.partition('id="same-day"')
    near = near.partition('id="nearby"')[2]
    assert 'href="/-/report/2"' in near
    assert 'href="/-/report/3"' not in page.partition('id="nearby"')[2]
    assert "<mark>الخرطوم</mark>" in near
    assert 'href="/-/report/4"' in others
    assert "/-/reports?q=%22Khartoum%22&amp;since=" in near

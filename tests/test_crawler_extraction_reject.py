from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.page import Page, parse_page
from crawler.extraction.reject import rejection

ALERT = (
    "Two civilians were killed by a landmine near Maarat al-Numan, rescuers said on Friday. Search goes on."
)


def page(title: str, body: str = "", head: str = "") -> Page:
    markup = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return parse_page(
        markup.encode(), "https://outlet.example/news/7", "text/html; charset=utf-8", datetime.now(UTC)
    )


def reason(page: Page, title: str | None, body: str, types: frozenset[str] = frozenset()) -> str | None:
    found = rejection(page, title, body, types)
    if found:
        assert page.url in found.detail
    return found.reason if found else None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Page not found | The Outlet", "soft_404"),
        ("404 - The Outlet", "soft_404"),
        ("Error 404 – Not Found", "soft_404"),
        ("Oops! That page can’t be found.", "soft_404"),
        ("الصفحة غير موجودة | زمان", "soft_404"),
        ("عذراً، الصفحة المطلوبة غير موجودة", "soft_404"),
        ("Страница не найдена — Вестник", "soft_404"),
        ("Сторінку не знайдено", "soft_404"),
        ("Seite nicht gefunden", "soft_404"),
        ("صفحه مورد نظر یافت نشد", "soft_404"),
        ("502 Bad Gateway", "error_page"),
        ("Error establishing a database connection", "error_page"),
        ("Site under maintenance", "error_page"),
        ("Just a moment...", "challenge"),
        ("Attention Required! | Cloudflare", "challenge"),
        ("403 Forbidden", "challenge"),
        ("Log in to The Outlet", "login_wall"),
        ("تسجيل الدخول", "login_wall"),
        ("Before you continue to The Outlet", "consent_wall"),
        ("We value your privacy", "consent_wall"),
    ],
)
def test_what_a_page_says_of_itself(title: str, expected: str) -> None:
    some = "What you were looking for is not here. Try the search, or go back to the front page of the site."
    assert reason(page(title), None, some) == expected
    assert reason(page("The Outlet", f"<h1>{title}</h1>"), None, some) == expected
    assert reason(page("The Outlet"), title, "") == expected


@pytest.mark.parametrize(
    "title",
    [
        "Crew of missing boat not found",
        "Bodies of 404 victims found in mass grave",
        "Access denied to aid convoy in Idlib",
        "Page of history turned in Damascus",
        "Service unavailable in hospitals of Gaza, UN says",
        "Forbidden weapons used in Duma",
        "500 civilians leave the town",
        "Тела пропавших не найдены",
        "لم يتم العثور على المفقودين في الزلزال",
    ],
)
def test_headlines_that_sound_like_errors_are_articles(title: str) -> None:
    assert reason(page(title, f"<h1>{title}</h1>"), title, ALERT) is None


def test_long_text_is_an_article_whatever_its_title() -> None:
    assert reason(page("Page not found"), "Page not found", ALERT * 10) is None


def test_titles_of_icons_and_dialogs_do_not_count() -> None:
    body = "<svg><title>Log in</title></svg><h2>Sign in</h2><h1>Landmine kills two</h1>"
    assert reason(page("Landmine kills two | The Outlet", body), "Landmine kills two", ALERT) is None


def test_soft_404_in_the_text_itself() -> None:
    assert reason(page("The Outlet"), None, "The page you are looking for does not exist") == "soft_404"


def test_nothing_and_next_to_nothing() -> None:
    assert reason(page("Landmine kills two"), None, "") == "empty"
    assert reason(page("Landmine kills two"), None, " — \n\n …") == "empty"
    assert reason(page("Landmine kills two"), None, "Watch the video") == "too_short"


def test_a_short_alert_is_an_article() -> None:
    assert reason(page("Landmine kills two"), "Landmine kills two", ALERT) is None
    assert (
        reason(page("عاجل"), "عاجل", "مقتل ثلاثة مدنيين في قصف مدفعي استهدف مدينة سرمين شرق إدلب صباح اليوم")
        is None
    )
    assert (
        reason(page("速報"), "速報", "シリア北部サラケブの市場に砲弾が着弾し、少なくとも七人が死亡した。")
        is None
    )


def test_listing() -> None:
    links = "".join(
        f'<li><a href="/{n}">Headline number {n} of this section of ours</a></li>' for n in range(20)
    )
    front = page("The Outlet", f"<ul>{links}</ul>")
    assert (
        reason(front, None, "Headline number 1 of this section\n\nHeadline number 2 of this section")
        == "listing"
    )
    assert (
        reason(
            front,
            None,
            "Headline number 1\n\nHeadline 2 of this section of ours is long",
            frozenset({"newsarticle"}),
        )
        is None
    )
    assert reason(front, "Alert", ALERT * 2) is None
    assert reason(page("News"), "News", ALERT, frozenset({"collectionpage"})) == "listing"


@given(st.text(max_size=300), st.text(max_size=900))
def test_any_text_has_a_reason_or_none(title: str, body: str) -> None:
    found = rejection(page("x"), title, body)
    assert found is None or (
        found.reason.isidentifier() and found.detail.startswith("https://outlet.example/")
    )

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


def page(title: str, body: str = "", head: str = "", path: str = "/news/7", mark: str = "") -> Page:
    markup = f"<html><head><title>{title}</title>{head}</head><body class='{mark}'>{body}</body></html>"
    return parse_page(
        markup.encode(), f"https://outlet.example{path}", "text/html; charset=utf-8", datetime.now(UTC)
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
        ("Sayfa bulunamadı", "soft_404"),
        ("העמוד המבוקש לא נמצא", "soft_404"),
        ("La página solicitada no existe", "soft_404"),
        ("Cette page n’existe plus", "soft_404"),
        ("Error 522: Connection timed out", "error_page"),
        ("Account suspended", "error_page"),
        ("Fatal error: Uncaught Error: Call to undefined function in /var/www/x.php", "error_page"),
        ("One moment, please...", "challenge"),
        ("You must be logged in to view this page.", "login_wall"),
        ("يجب تسجيل الدخول لقراءة الخبر", "login_wall"),
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
        "Something went wrong in the negotiations of Geneva",
        "Log in to the system: how prisoners of war call home",
        "Account of a survivor suspended by the ministry",
        "Too many requests for visas, consulate says",
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


TEASER = "At least seven people died when shells hit a market in the town, rescuers said on Friday morning."


def teasers(count: int) -> str:
    return "".join(
        f"<article><h2><a href='/{n}'>Shelling number {n} hits a market</a></h2><p>{TEASER}</p></article>"
        for n in range(count)
    )


def test_a_listing_with_teasers_by_what_it_calls_itself() -> None:
    body = "\n\n".join([TEASER] * 8)
    assert (
        reason(page("Syria", teasers(8), mark="archive category category-syria"), "Syria", body) == "listing"
    )
    assert reason(page("Syria", teasers(8), path="/category/syria/"), "Syria", body) == "listing"
    assert reason(page("Syria", teasers(8)), "Syria", body, frozenset({"collectionpage"})) == "listing"
    assert reason(page("Syria", teasers(8), mark="archive tag tag-syria"), "Syria", body) == "tag"
    assert reason(page("Syria", teasers(8), path="/tag/syria/page/2/"), "Syria", body) == "tag"
    assert reason(page("Сирия", teasers(8), path="/%D1%82%D0%B5%D0%B3/syria"), "Сирия", body) == "tag"


def test_a_report_is_no_listing() -> None:
    body = "\n\n".join([TEASER] * 8)
    assert reason(page("Syria", teasers(8)), "Syria", body) is None
    assert reason(page("Syria", teasers(8), mark="single single-post blog"), "Syria", body) is None
    assert reason(page("Syria", teasers(3), path="/category/syria/"), "Syria", body) is None
    assert reason(page("Syria", teasers(8), path="/tag/syria/shelling-hits-a-market"), "Syria", body) is None
    assert reason(page("x", teasers(8), path="/tag/syria/"), "x", body, frozenset({"newsarticle"})) is None
    assert reason(page("x", teasers(8), path="/tag/syria/"), "x", f"{body}\n\n{TEASER * 8}") is None


def figures(count: int) -> str:
    return "".join(
        f"<figure><img src='/{n}.jpg'><figcaption>A house of the old town, picture {n}</figcaption></figure>"
        for n in range(count)
    )


def test_gallery() -> None:
    captions = "\n\n".join(f"A house of the old town, picture {n}" for n in range(9))
    assert reason(page("The old town", figures(9)), "The old town", "") == "gallery"
    assert reason(page("The old town", figures(9), path="/photos/7"), "The old town", captions) == "gallery"
    assert reason(page("x", figures(9), path="/galleries/7"), "x", "The old town after the war.") == "gallery"
    assert (
        reason(page("x", figures(9)), "x", "Pictures of the old town", frozenset({"imagegallery"}))
        == "gallery"
    )
    slider = f"<div class='photo-gallery'>{'<img src=x>' * 9}</div>"
    assert reason(page("x", slider, path="/photo/7"), "x", "") == "gallery"
    assert reason(page("x", slider), "x", "") == "empty"  # it may be of other stories


def test_a_photo_essay_is_an_article() -> None:
    assert reason(page("The old town", figures(9), path="/photos/7"), "The old town", ALERT) is None
    assert (
        reason(page("x", figures(9)), "x", "Five houses of the old town burned down in one night of March.")
        is None
    )
    assert reason(page("x", figures(2), path="/photos/7"), "x", "Pictures") == "too_short"


PLAYER = "<iframe src='https://www.youtube.com/embed/x'></iframe>"
SENTENCE = "Rescuers search the ruins of a house that was hit in the night, a video of our reporter shows."


@pytest.mark.parametrize(
    "player", [PLAYER, "<video src='x.mp4'></video>", "<iframe data-src='//rutube.ru/play/1'></iframe>"]
)
def test_video(player: str) -> None:
    assert reason(page("Landmine kills two", player), "Landmine kills two", "") == "video"
    assert reason(page("Landmine kills two", player), "Landmine kills two", "Watch: a landmine") == "video"
    assert reason(page("x", player, path="/videos/7"), "x", SENTENCE) == "video"
    assert reason(page("x", player, path="/%D9%81%D9%8A%D8%AF%D9%8A%D9%88/7"), "x", SENTENCE) == "video"
    assert reason(page("x", player), "x", SENTENCE, frozenset({"video.other"})) == "video"


def test_a_report_with_a_video_is_an_article() -> None:
    assert reason(page("x", PLAYER), "x", SENTENCE) is None
    assert reason(page("x", PLAYER, path="/videos/7"), "x", ALERT) is None
    assert reason(page("x", PLAYER, path="/videos/7"), "x", "\n\n".join([SENTENCE] * 3)) is None
    assert (
        reason(page("x", "<iframe src='https://ads.example/1'></iframe>", path="/videos/7"), "x", SENTENCE)
        is None
    )
    assert reason(page("x", "<iframe src='https://ads.example/1'></iframe>"), "x", "") == "empty"


def test_a_page_that_asks_for_consent_in_its_text() -> None:
    asks = (
        "We and our 842 partners store and/or access information on a device, such as cookies.\n\n"
        "You may accept all, or manage your preferences at any time. Our partners use personalised advertising."
    )
    assert reason(page("The Outlet"), "The Outlet", asks) == "consent_wall"
    report = "The court said that the company had placed cookies without asking. Our partners disagree, it answered."
    assert reason(page("The Outlet"), "The Outlet", report) is None


def test_the_first_sentence_says_what_the_page_is() -> None:
    assert reason(page("The Outlet"), None, "This page could not be found. Try the search.") == "soft_404"
    assert reason(page("The Outlet"), None, f"{ALERT} The page was not found.") is None
    assert reason(page("x"), "x", "You must be logged in to read this story. Register here.") == "login_wall"
    assert reason(page("x"), "x", f"Sign in to save this story\n\n{ALERT * 3}") is None


@given(st.text(max_size=300), st.text(max_size=900))
def test_any_text_has_a_reason_or_none(title: str, body: str) -> None:
    found = rejection(page("x"), title, body)
    assert found is None or (
        found.reason.isidentifier() and found.detail.startswith("https://outlet.example/")
    )

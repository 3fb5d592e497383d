"""Blocks are known for what they are, and no report is taken for one. All pages here are of our own writing."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.demo.site import Site
from crawler.manners import blocks
from crawler.manners.block_marks import WARDENS
from crawler.manners.blocks import LOOK, Block, _text_length, recognise
from tests.sites import hostile, rude
from tests.sites.awkward import Answer, links, report

URL = "https://outlet.example/news/1"
HTML = {"content-type": "text/html; charset=utf-8"}
PROSE = " ".join(
    f"The council of village {number} met on Monday and asked for a road to the market."
    for number in range(30)
)


def seen(
    body: str | bytes,
    status: int = 200,
    headers: dict[str, str] | None = None,
    url: str = URL,
    asked: str = URL,
) -> Block | None:
    data = body.encode() if isinstance(body, str) else body
    return recognise(status, HTML if headers is None else headers, data, url, asked)


def kind(*arguments: object, **named: object) -> str | None:
    block = seen(*arguments, **named)  # type: ignore[arg-type]
    return None if block is None else block.kind


def page(title: str, text: str = "", head: str = "", extra: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body><p>{text}</p>{extra}</body></html>"


@pytest.mark.parametrize("status", [401, 402, 403, 405, 406, 407, 429, 451])
def test_a_refusal_says_its_status(status: int) -> None:
    block = seen("<h1>No</h1>", status)
    assert block is not None
    assert (block.kind == "refused") is not block.is_soft
    assert block.is_soft is (status in (401, 402, 451))
    assert block.sentence.startswith(f"HTTP {status} ")
    assert kind("", status, {}) == block.kind


@pytest.mark.parametrize("status", [200, 204, 206, 304, 404, 410, 418, 500, 502, 503, 504])
def test_other_answers_are_none(status: int) -> None:
    assert seen("<h1>Down for a while</h1>", status) is None
    assert seen("", status, {}) is None


@pytest.mark.parametrize(("name", "mark"), [(name, mark) for name, marks in WARDENS for mark in marks])
@pytest.mark.parametrize("status", [200, 202, 403, 503])
def test_a_warden_is_named(name: str, mark: bytes, status: int) -> None:
    body = b"<!DOCTYPE html><html><body><script>x='" + mark + b"'</script><p>One second</p></body></html>"
    block = seen(body, status)
    assert block is not None
    assert block.kind == "challenge"
    assert name in block.sentence
    assert mark == mark.lower()


@pytest.mark.parametrize(
    ("headers", "name"),
    [({"cf-mitigated": "challenge"}, "Cloudflare"), ({"x-vercel-mitigated": "challenge"}, "Vercel"),
     ({"x-amzn-waf-action": "captcha"}, "AWS WAF")],
)  # fmt: skip
def test_a_header_is_enough(headers: dict[str, str], name: str) -> None:
    block = seen(b"", 202, headers)
    assert block is not None
    assert name in block.sentence


@pytest.mark.parametrize(
    "title",
    ["Just a moment...", "Attention Required!", "Access denied | Outlet", "Security Checkpoint", "403 Forbidden",
     "Проверка браузера", "Are you a robot?", "Outlet - Доступ запрещён", "Pardon Our Interruption"],
)  # fmt: skip
def test_a_title_is_enough_on_a_thin_page(title: str) -> None:
    assert kind(page(title, "Reference 18.2a")) == "challenge"
    assert kind(page(title, PROSE)) is None


@pytest.mark.parametrize(
    "text",
    ["Verify you are human by completing the action below.", "Enable JavaScript and cookies to continue",
     "Подтвердите, что вы не робот", "التحقق من أنك إنسان قبل المتابعة", "Sorry, you have been blocked"],
)  # fmt: skip
def test_a_phrase_is_enough_on_a_thin_page(text: str) -> None:
    assert kind(page("outlet.example", text)) == "challenge"
    assert kind(page("outlet.example", text + PROSE)) is None


@pytest.mark.parametrize(
    "widget", ['<div class="g-recaptcha">', '<div class="h-captcha">', '<div class="cf-turnstile">']
)
def test_a_captcha_counts_only_where_there_is_nothing_else(widget: str) -> None:
    assert kind(page("Outlet", "Please go on", extra=widget)) == "challenge"
    comments = f"<form action=/comment><textarea></textarea>{widget}</form>"
    assert kind(report("Idlib").replace(b"</main>", comments.encode() + b"</main>")) is None
    assert (
        kind(page("A short report", "Two people were killed in Homs.", extra="<article>" + comments)) is None
    )


def test_a_login_wall() -> None:
    form = '<form><input name=u><input type="password" name=p></form>'
    assert kind(page("Outlet", "Welcome back", extra=form)) == "login"
    assert kind(report("Idlib").replace(b"</main>", form.encode())) is None
    assert kind(page("Outlet", PROSE, extra=form)) is None


@pytest.mark.parametrize(
    "path",
    ["/login", "/en/login/", "/accounts/login.php?next=/news/1", "/wp-login.php", "/sso", "/user/sign-in"],
)
def test_a_redirect_to_a_login(path: str) -> None:
    there = f"https://outlet.example{path}"
    assert kind(page("Outlet", PROSE), url=there) == "login"
    assert kind(page("Outlet", PROSE), url=there, asked=there) is None


@pytest.mark.parametrize(
    "path", ["/news/login-data-of-soldiers-leaked", "/news/1/", "/blogin", "/authors", "/news/auth-law"]
)
def test_no_login(path: str) -> None:
    assert kind(page("Outlet", PROSE), url=f"https://outlet.example{path}") is None


def test_an_empty_shell() -> None:
    assert kind(rude.SHELL) == "shell"
    assert kind(rude.SHELL.replace(b"<script", b"<scr")) is None  # an empty page is no block, but no report
    state = b'<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "Five were killed"}</script>'
    assert kind(rude.SHELL.replace(b"</head>", state + b"</head>")) is None
    shown = page("Note", "At least five people were killed on Sunday when shells hit a market in the town of Saraqeb, rescuers said.",
                 head="<script>1</script>")  # fmt: skip
    assert kind(shown) is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b'<?xml version="1.0"?><rss><channel></channel></rss>', "text/xml"), (b"<rss><channel/></rss>", "text/html"),
     (b'{"items": [], "x": "<script"}', "application/json"), (b'{"x": "<script"}', "text/html"), (b"%PDF-1.7", "application/pdf"),
     (b'<?xml version="1.0"?><urlset><script></script></urlset>', "text/html"), (b"User-agent: *", "text/plain")],
)  # fmt: skip
def test_what_is_no_page_is_not_judged_as_one(body: bytes, content_type: str) -> None:
    assert kind(body, 200, {"content-type": content_type}) is None


def test_a_page_in_place_of_a_feed_is() -> None:
    assert kind(rude.CHALLENGE, 200, {"content-type": "application/rss+xml"}) == "challenge"


def test_scripts_of_a_warden_on_an_ordinary_page_mean_nothing() -> None:
    scripts = b"<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script><script src=/_Incapsula_Resource?SWJIYLWA=7></script>"
    for body in (report("Idlib"), links(*(f"/news/{number}" for number in range(40))).body):
        assert kind(body + scripts) is None


def test_no_page_of_the_demo_site_is_a_block() -> None:
    demo = Site(1)
    paths = [report.path for report in demo.pages.reports]
    paths += [
        "/",
        "/en/",
        "/ar/",
        "/world/",
        "/ru/",
        "/en/rss.php",
        "/world/atom.xml",
        "/sitemap.xml",
        "/robots.txt",
    ]
    answers = [demo.answer(path) for path in paths]
    found = [
        (path, recognise(answer.status, {"content-type": answer.content_type}, answer.body, URL, URL))
        for path, answer in zip(paths, answers, strict=True)
    ]
    assert len(found) > 30
    assert [path for path, block in found if block is not None] == []


def test_what_is_odd_is_not_taken_for_a_block() -> None:
    pages = [answer() if callable(answer) else answer for answer in hostile.site().pages.values()]
    blocked = [
        answer for answer in pages if kind(answer.body, answer.status, {"content-type": answer.content_type})
    ]
    assert blocked == [Answer(b"no entry", 403)]


TOKENS = st.sampled_from([b"<script", b"<script>", b"</script>", b"<!--", b"-->", b"<title>", b"<", b">", b"<p>", b"\xff", b"\x00", b"&nbsp;",
                          b"<!doctype html>", b"g-recaptcha", b"type=password", b"captcha", b"<svg", b"</svg", b" ", b"text"])  # fmt: skip


@given(
    st.integers(0, 999),
    st.lists(TOKENS | st.binary(max_size=8)),
    st.text(max_size=30),
    st.dictionaries(st.text(), st.text()),
)
def test_nothing_makes_it_fail(status: int, parts: list[bytes], url: str, headers: dict[str, str]) -> None:
    for given_headers in (headers, HTML):
        block = recognise(status, given_headers, b"<html>" + b"".join(parts), url, "http://[")
        assert block is None or block.sentence


@pytest.mark.parametrize(
    "token",
    [
        b"<script",
        b"<!--",
        b"<",
        b"<title>",
        b"<svg>",
        b"type=",
        b"&nbsp;",
        b" ",
        b"og:type ",
        b"<noscript></noscript",
    ],
)
def test_time_grows_with_length_only(token: bytes) -> None:
    body = b"<html>" + token * (500_000 // len(token))
    start = time.perf_counter()
    recognise(200, HTML, body, URL, URL)
    assert time.perf_counter() - start < 2  # twenty milliseconds, where nothing else runs


class Sent(BytesIO):
    """A page that is unpacked as far as it's read."""

    def whole(self) -> bytes:
        raise AssertionError("the beginning is enough")


@pytest.mark.parametrize(
    "beginning",
    [
        page("A report", PROSE),
        page("A report", "", extra="<a href='/x'></a>" * 30),
        page("A report", "", extra="<p></p>" * 8),
        page("A report", PROSE, head=f"<style>{'.x{color:#fff}' * 10_000}</style>"),
        page("A report", "", extra=f"{'<a href=/x></a>' * 29}<!--{'-' * 16_000}--><a>"),
    ],
)
def test_a_full_page_is_known_by_its_beginning(beginning: str) -> None:
    sent = Sent(beginning.encode() + b"<script>" + bytes(LOOK))
    assert recognise(200, HTML, sent, URL, URL) is None
    assert sent.tell() < len(beginning) + LOOK // 2


def test_a_page_that_is_longer_than_any_challenge_is_none() -> None:
    assert recognise(200, HTML, Sent(MOMENT + b" " * (8 * LOOK)), URL, URL) is None
    assert seen(MOMENT + b" " * (7 * LOOK)) is not None


def test_a_page_that_begins_thin_is_looked_at_whole() -> None:
    styles = f"<style>{'.x{color:#fff}' * 5_000}</style>"
    assert seen(page("Just a moment...", PROSE, head=styles)) is None
    assert seen(page("Just a moment...", "", head=styles)) is not None
    # words apart by tags, which only a whole look counts
    assert (
        seen(page("Just a moment...", "".join(f"<b>{word}</b> " for word in PROSE.split()), head=styles))
        is None
    )


MOMENT = b"<html><title>Just a moment...</title>"
TEXT = st.sampled_from(["<p>", "<a ", "text ", "a text of some length ", "&nbsp;", "<style>", "</style>", "<!--", "-->", "<svg", "<", ">"])  # fmt: skip


@given(st.lists(TEXT, max_size=40), st.integers(8, 80))
def test_a_beginning_never_counts_more_text_than_the_page_has(pieces: list[str], step: int) -> None:
    data = "".join(["<html>", *pieces]).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_STEP", step)
        beginning = blocks._Beginning(blocks._Plain(data))
        assert not beginning.grows_full() or data.count(b"<p>") >= 8 or data.count(b"<a ") >= 30
        assert beginning._text <= _text_length(data, 10_000)


@given(
    pieces=st.lists(
        st.sampled_from(["<p>", "<a ", "text ", "<style>", "</style>", "<!--", "-->", "<svg", "<", ">"])
    )
)
def test_what_has_text_at_its_beginning_has_text(pieces: list[str]) -> None:
    data = "".join(["<html>", *pieces]).encode()
    assert _text_length(data, 10) >= min(_text_length(data[: data.rfind(b"<")], 10), 10)

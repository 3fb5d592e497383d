from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.page import Page, parse_page
from crawler.extraction.truncated import is_truncated

FIRST = "Two civilians were killed by a landmine near Maarat al-Numan on Friday, rescuers of the town said."
SECOND = (
    "They had come back to their fields after the front line moved to the east, as have hundreds of others."
)
CUT = "The mine was one of thousands that were left between the olive trees in the years of the war, and the people who"
PAID = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": %s %s}</script>'


def page(*paragraphs: str, after: str = "", head: str = "") -> Page:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    markup = (
        f"<html><head>{head}</head><body><nav>Log in</nav><main><div class='text'>{text}</div>{after}</main>"
    )
    return parse_page(markup.encode(), "https://outlet.example/7", None, datetime(2026, 11, 20, tzinfo=UTC))


def truncated(*paragraphs: str, after: str = "", head: str = "") -> bool:
    return is_truncated(page(*paragraphs, after=after, head=head), "\n\n".join(paragraphs))


def declared(free: str = "false", more: str = "") -> str:
    return PAID % (free, more)


@pytest.mark.parametrize("free", ["false", '"False"', '"false"', '"http://schema.org/False"'])
def test_a_paid_text_that_breaks_off(free: str) -> None:
    assert truncated(FIRST, CUT, head=declared(free))
    assert truncated(FIRST, "They had come back to their fields…", head=declared(free))
    assert truncated(FIRST, "They had come back [...]", head=declared(free))
    assert truncated(FIRST, "Read more", head=declared(free))


def test_a_paid_text_that_is_whole() -> None:
    assert not truncated(FIRST, SECOND, head=declared())
    assert not truncated(*[FIRST, SECOND] * 20, "So it goes...", head=declared())
    assert not truncated(FIRST, SECOND, "Olena Petrenko contributed to this report", head=declared())
    assert not truncated(FIRST, SECOND, "Letters to the editor: letters@outlet.example", head=declared())


def test_a_free_text_that_breaks_off_is_whole_as_far_as_we_know() -> None:
    assert not truncated(FIRST, CUT)
    assert not truncated(FIRST, CUT, head=declared("true"))
    assert not truncated(FIRST, "They had come back to their fields…")


@pytest.mark.parametrize("tier", ["locked", "metered", " Premium"])
def test_the_tier_of_a_page(tier: str) -> None:
    head = f'<meta property="article:content_tier" content="{tier}">'
    assert truncated(FIRST, CUT, head=head)
    assert not truncated(FIRST, SECOND, head=head)
    assert not truncated(FIRST, CUT, head='<meta property="article:content_tier" content="free">')


def test_less_text_than_the_page_says_it_has() -> None:
    assert truncated(FIRST, SECOND, head=declared(more=', "wordCount": 400'))
    assert truncated(
        FIRST, SECOND, head=declared(more=f', "articleBody": {json.dumps(" ".join([SECOND] * 9))}')
    )
    assert not truncated(FIRST, SECOND, head=declared(more=', "wordCount": 45'))
    assert not truncated(FIRST, SECOND, head=declared("true", ', "wordCount": 400'))


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe to continue reading",
        "Sign up for free to keep reading.",
        "To continue reading this article, please log in or subscribe.",
        "This article is available to subscribers only",
        "You have reached your limit of free articles this month",
        "La suite de cet article est réservée aux abonnés",
        "Suscríbete para seguir leyendo",
        "Чтобы читать дальше, оформите подписку",
        "Полный текст доступен только для подписчиков",
        "Щоб продовжити читання, увійдіть або підпишіться на видання",
        "Щоб прочитати повністю, оформіть передплату",
        "اشترك لمتابعة القراءة",
        "هذا المحتوى مخصص للمشتركين فقط",
        "برای ادامه مطلب مشترک شوید",
        "Devamını okumak için abone olun",
        "להמשך קריאה הירשמו לאתר",
    ],
)
def test_a_line_that_asks_to_subscribe(line: str) -> None:
    box = f'<div class="x7"><h3>{line}</h3></div>'
    assert truncated(FIRST, SECOND, line)
    assert truncated(FIRST, SECOND, after=box)
    assert truncated(FIRST, SECOND, after=f"<div><div>{box}</div></div>")
    assert not truncated(*[FIRST, SECOND] * 20, after=box)
    assert not truncated(*[FIRST, SECOND] * 20, line)
    assert truncated(*[FIRST, SECOND] * 20, CUT, line)


def test_what_readers_do_not_see_asks_nobody() -> None:
    line = "Subscribe to continue reading"
    for box in (
        f'<div style="display: none"><p>{line}</p></div>',
        f"<div hidden><p>{line}</p></div>",
        f"<template><p>{line}</p></template>",
        f"<footer><p>{line}</p></footer>",
        f'<script>show("{line}")</script>',
    ):
        assert not truncated(FIRST, SECOND, after=box)


def test_a_gate_by_its_name_counts_below_a_broken_end() -> None:
    gate = '<div class="paywall">Get the whole story for one euro a month, cancel any time</div>'
    assert truncated(FIRST, CUT, after=gate)
    assert not truncated(FIRST, SECOND, after=gate)
    assert not truncated(FIRST, CUT, after='<div class="piano-register-wall"></div>')
    assert not truncated(
        FIRST, CUT, after='<div class="floodgates">The floodgates of the dam were opened on Friday</div>'
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Rebels want members and users of the network to continue reading the statement.",
        "The ministry asked readers to subscribe to its channel.",
        "Он призвал подписчиков выйти на площадь.",
        "وقال إنهم اشتركوا في القتال لمتابعة التقدم.",
    ],
)  # fmt: skip
def test_reports_that_speak_of_subscribers(sentence: str) -> None:
    assert not truncated(FIRST, sentence, head=declared())


def test_nothing_is_not_truncated() -> None:
    assert not truncated("", head=declared())


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_one_or_the_other(body: str, script: str) -> None:
    head = f'<script type="application/ld+json">"isAccessibleForFree": false {script}</script>'
    assert is_truncated(page(body, head=head), body) in {True, False}

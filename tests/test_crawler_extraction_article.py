from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.models import Extraction
from crawler.extraction.article import EXTRACTOR_VERSION, extract_article
from crawler.extraction.page import Hints

SEED = Path(__file__).parents[2] / "shared" / "seed"
URL = "https://outlet.example/news/article/7"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HEAD = """<html lang="{language}"><head><title>{title} | The Outlet</title><meta property="og:title" content="{title}">
<meta property="article:published_time" content="2026-01-24T18:04:00+02:00"><link rel="canonical" href="{url}"></head>
<body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>"""
TEXTS = {
    "en": ("Shells hit market in Saraqeb", [
        "IDLIB, Syria - At least seven civilians were killed on Tuesday when shells hit a market, rescuers said.",
        "Nine people were wounded, among them three children, according to the town's field hospital.",
        "The shelling came hours after a truce was announced in the northern countryside of Idlib."]),
    "ar": ("قصف على سوق في سراقب", [
        "قتل سبعة مدنيين على الأقل يوم الثلاثاء إثر سقوط قذائف على سوق في مدينة سراقب بحسب فرق الإنقاذ.",
        "وأصيب تسعة أشخاص بينهم ثلاثة أطفال وفق ما أفاد به المشفى الميداني في المدينة."]),
    "uk": ("Обстріл ринку в місті", [
        "Щонайменше семеро цивільних загинули у вівторок через обстріл ринку, повідомили рятувальники.",
        "Дев'ятеро людей поранені, серед них троє дітей, за даними місцевої лікарні."]),
}  # fmt: skip


def extract(payload: bytes, content_type: str | None = "text/html; charset=utf-8") -> Extraction:
    return extract_article(payload, url=URL, content_type=content_type, fetched_at=NOW, hints=Hints())


def markup(language: str) -> str:
    title, paragraphs = TEXTS[language]
    head = HEAD.format(language=language, title=title, url=URL)
    return head + "".join(f"<p>{p}</p>" for p in paragraphs) + "</article></body></html>"


@pytest.mark.parametrize("language", list(TEXTS))
def test_an_article_comes_out_whole(language: str) -> None:
    extraction = extract(markup(language).encode())
    title, paragraphs = TEXTS[language]
    article = extraction.article
    assert article is not None
    assert (article.title, article.body.split("\n\n"), article.language) == (title, paragraphs, language)
    assert article.published is not None
    assert article.published.moment == datetime(2026, 1, 24, 16, 4, tzinfo=UTC)
    assert (extraction.reason, extraction.detail) == (None, None)
    assert (extraction.canonical_url, extraction.extractor_version) == (URL, EXTRACTOR_VERSION)


def test_the_encoding_does_not_change_the_article() -> None:
    utf8, cp1256 = (
        extract(markup("ar").encode()),
        extract(markup("ar").encode("cp1256"), "text/html; charset=windows-1256"),
    )
    assert utf8 == cp1256


def test_the_same_page_gives_the_same_article_every_time() -> None:
    payload = markup("en").encode()
    assert len({repr(extract(payload)) for _ in range(5)}) == 1


def test_reference_page() -> None:
    if not (SEED / "article.html").exists():
        pytest.skip("the reference page is not ours to distribute")
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    hints = Hints(source_name="Zaman Al Wasl", time_zone="Asia/Damascus", languages=("en",))
    article = extract_article(
        (SEED / "article.html").read_bytes(),
        url=expected["url"],
        content_type="text/html",
        fetched_at=NOW,
        hints=hints,
    ).article
    assert article is not None
    assert article.body.split("\n\n") == expected["body_paragraphs"]
    assert (article.title, article.author, article.language) == (
        expected["title"],
        expected["author"],
        expected["language"],
    )
    assert article.published is not None
    assert article.published.moment.date().isoformat() == expected["published_at"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<html><body><img src='x.jpg'></body></html>", "empty"),
        (b"%PDF-1.7", "not_html"),
        (b'{"articles": []}', "not_html"),
        (b"<rss><channel></channel></rss>", "not_html"),
        (
            b"<html><head><title>Page not found</title></head><body><p>Go back to the front page.</p></body></html>",
            "soft_404",
        ),
        (b"<html><body><p>Video</p></body></html>", "too_short"),
    ],
)
def test_no_article_has_a_reason(payload: bytes, reason: str) -> None:
    extraction = extract(payload, None)
    assert extraction.article is None
    assert extraction.reason == reason
    assert URL in (extraction.detail or "")
    assert extraction.extractor_version == EXTRACTOR_VERSION


START = markup("en").removesuffix("</article></body></html>").encode()


@pytest.mark.parametrize(
    "attack",
    [
        b"<div>" * 100_000,
        b"<b>" * 350_000,
        b"<p class='" + b"promo-a " * 100_000 + b"'>x",
        b"<p id='" + b"aB" * 100_000 + b"'>x",
        b"&#x110000;&#99999999999;&foo;&#0;&#xD800;&" * 20_000,
        b"<" * 500_000,
        b"<a href='" * 50_000,
        b"<table><tr><td>x</td><td>" * 5_000,
        b"<script type='application/ld+json'>" + b"[" * 100_000,
        b"<!--" * 100_000,
        b"<p>" + b"&nbsp;" * 200_000,
        b"<noscript><table><tr>" + b"<td>x</td>" * 15_000 + b"</table></noscript>",
    ],
    ids=range(12),
)
def test_hostile_tails_neither_raise_nor_take_long(attack: bytes) -> None:
    start = time.process_time()
    extraction = extract(START + attack)
    assert time.process_time() - start < 10
    assert extraction.article is None or TEXTS["en"][1][0] in extraction.article.body


@pytest.mark.slow
@pytest.mark.parametrize("unit", [b"<p>Five were killed in town %d.</p>", b"<span>%d </span>"])
def test_a_hundred_thousand_small_elements(unit: bytes) -> None:
    start = time.process_time()
    extract(START + b"".join(unit % number for number in range(100_000)))
    assert time.process_time() - start < 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from([
                "<p>", "</p>", "<div class='related'>", "</div>", "<br>", "<a href='http://[x'>", "<h1>", "<h1/>", "<time datetime='x'>",
                "<time datetime='2026-01-24'>", "<meta name=author content='&#0;'>", "<meta property=og:title>", "<link rel=canonical href='http://['>",
                "<link rel=canonical>", "<script type='application/ld+json'>{\"@type\": [1, {}]}</script>", "<base href='::'>", "<html lang='??'>",
                "<body>", "<frameset>", "<svg><title>", "<table><tr><td>", "Five civilians were killed on Friday, rescuers said. ", "\x00", "\ud7ff", "قصف",
                "2026-13-45 25:61", "Published: 31 February 2026", "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0' encoding='utf-32'?>",
            ]),
            max_size=40,
        ).map(lambda parts: "".join(parts).encode()),
    )
)  # fmt: skip
def test_garbage_never_raises(payload: bytes) -> None:
    for data in (payload, b"<html><body>" + payload, START + payload):
        extraction = extract(data, None)
        assert (extraction.article is None) == (extraction.reason is not None)
        if extraction.article:
            assert extraction.article.title
            assert extraction.article.body.strip()

"""Reports told from other links by their shape, their place and their company."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.rules import LinkKind
from crawler.discovery.unknown.anchors import Anchor, read_front_page
from crawler.discovery.unknown.entries import site_entry
from crawler.discovery.unknown.hosts import SiteHosts
from crawler.discovery.unknown.segments import Kind, shape_of
from crawler.discovery.unknown.shapes import candidates, is_single, judge, shape_rules
from crawler.sources.loader import load_catalogue

SITE = "https://news.example"
REPORTS = [
    "/2026/01/24/idlib-bombing-families-flee-border/",
    "/2026/1/24/raid",
    "/2026/01/some-slug/",
    "/news/article/121515/",
    "/en/69740/",
    "/world/2194247",
    "/?p=171552",
    "/en/?p=171552",
    "/news/newse.php?nid=5623",
    "/article.php?id=12345",
    "/index.php?option=com_content&view=article&id=123:shelling-of-hama&catid=5",
    "/spip.php?article46716",
    "/news3445018.htm",
    "/rubric-ato/4076257-russian-shelling-leaves-two-killed.html",
    "/rojava/one-fighter-killed-in-uav-attack-70348",
    "/opinion-167888",
    "/11-civilians-killed-in-central-province/",
    "/news/five_soldiers_killed_in_al_shabaab_attack.aspx",
    "/قصف-جوي-على-سوق-في-سراقب",
    "/%D9%82%D8%B5%D9%81-%D8%AC%D9%88%D9%8A-%D8%B9%D9%84%D9%89-%D8%B3%D9%88%D9%82",
    "/новости/обстрел-херсона-унес-жизни-двоих/",
    "/news/articles/cn0g9zd8xkro1",
    "/a/the-offensive-has-begun/a-65197833",
    "/news/lebanon-news/958443/patrol-approaches-position/en",
]
OTHERS = [
    "/",
    "/en/",
    "/news/",
    "/world/middle-east/",
    "/about-us/",
    "/terms-of-use-and-conditions/",
    "/privacy-policy",
    "/our-editorial-guidelines-and-policy-statement",
    "/من-نحن",
    "/tag/war-in-the-north-of-syria/",
    "/وسم/الحرب-في-شمال-سوريا-اليوم",
    "/category/long-reads-from-all-fronts/",
    "/author/a-reporter-with-names-12345/",
    "/news/page/2/",
    "/news/page/20345/",
    "/2026/01/",
    "/2026/01/24/",
    "/2026/01/24",
    "/?cat=171552",
    "/?page_id=1234",
    "/?m=202601",
    "/cat.php?id=123",
    "/spip.php?rubrique1234",
    "/news?page=1234",
    "/index.php",
    "/newsletter/?referrer_post_id=462017",
    "/2026/01/24/a-report-with-a-slug/feed/",
    "/news/article/121515/like",
    "/calendar/2026/01/24/some-long-event-name-here/",
    "/files/a-report-of-some-length-here.pdf",
]


@pytest.mark.parametrize("path", REPORTS)
def test_a_report_by_its_shape(path: str) -> None:
    judged = judge(SITE + path)
    assert judged.is_article, judged
    assert judged.reasons


@pytest.mark.parametrize("path", OTHERS)
def test_something_else_by_its_shape(path: str) -> None:
    judged = judge(SITE + path)
    assert not judged.is_article, judged
    assert judged.is_other, judged
    assert judged.reasons


def test_the_catalogue_s_examples_are_reports_by_their_shape() -> None:
    examples = [url for entry in load_catalogue().entries.values() for url in entry.examples]
    missed = [url for url in examples if not judge(url).is_article]
    assert len(examples) > 140
    assert len(missed) <= 0.02 * len(examples), missed


def test_the_place_of_a_link_counts() -> None:
    url = f"{SITE}/world/horn-of-africa"
    assert not judge(url).is_article
    assert not judge(url).is_other  # it could be either
    (teaser,) = candidates([[Anchor(url, "Four killed in a raid", "main", is_heading=True)]])
    (menu,) = candidates([[Anchor(url, "Africa", "nav")]])
    assert teaser.is_article
    assert menu.is_other
    assert "stands in the page's nav" in menu.reasons
    assert "a headline" in teaser.reasons


def test_what_every_page_links_to_is_navigation() -> None:
    fixed = Anchor(f"{SITE}/four-words-about-it/", "Read all about")
    pages = [
        [fixed, Anchor(f"{SITE}/news/{number}", "Shelling kills five in town")]
        for number in range(5000, 5006)
    ]
    found = {each.url: each for each in candidates(pages)}
    assert not found[fixed.url].is_article
    assert any("navigation" in reason for reason in found[fixed.url].reasons)
    assert all(found[f"{SITE}/news/{number}"].is_article for number in range(5000, 5006))
    assert candidates(pages[:1])[-1].is_article  # one page repeats nothing


def test_what_a_feed_lists_is_a_report_unless_it_is_a_trap() -> None:
    listed = [f"{SITE}/read/raid", f"{SITE}/news/7/like", f"{SITE}/", "mailto:a@b.example"]
    found = {each.url: each.is_article for each in candidates([], listed)}
    assert found == {listed[0]: True, listed[1]: False, listed[2]: False, listed[3]: False}


def test_a_page_that_a_site_has_once() -> None:
    assert is_single(f"{SITE}/en/contact-us.html")
    assert not is_single(f"{SITE}/about-bugs-in-the-desert/")


# -- rules ------------------------------------------------------------------------------------------------------


def test_rules_by_shape_refuse_traps_and_leave_other_sites() -> None:
    rules = shape_rules("https://www.news.example/")
    kinds = {
        f"{SITE}/news/121515?utm_source=x#top": (LinkKind.ARTICLE, None),
        f"{SITE}/news/121515/like": (LinkKind.REFUSED, "vote"),
        f"{SITE}/about-us": (LinkKind.OTHER, None),
        "https://other.example/news/121515": (LinkKind.OTHER, None),
        "https://other.example/login": (LinkKind.REFUSED, "login"),
        "javascript:void(0)": (LinkKind.REFUSED, "not-http"),
        f"{SITE}/{'a-' * 2000}": (LinkKind.REFUSED, "trap-depth"),
    }
    for url, expected in kinds.items():
        verdict = rules.verdict(url)
        assert (verdict.kind, verdict.rule) == expected, url
        assert (verdict.key is not None) == (verdict.kind is LinkKind.ARTICLE)
    assert rules.verdict(f"{SITE}/news/121515?utm_source=x#top").url == f"{SITE}/news/121515"


@pytest.mark.parametrize(
    "homepage", ["https://www.news.example/", "http://127.0.0.1:8080/", "https://en.news.example/x"]
)
def test_rules_by_shape_and_the_entry_agree_on_what_is_one_report(homepage: str) -> None:
    url = f"{homepage}news/121515/?utm_source=x"
    assert shape_rules(homepage).verdict(url).key == site_entry(homepage).record().identifier().key(url)


def test_rules_take_what_was_learned() -> None:
    assert shape_rules(SITE).verdict(f"{SITE}/read/raid").kind is LinkKind.OTHER
    assert (
        shape_rules(SITE, r"^https://news\.example/read/\w+$").verdict(f"{SITE}/read/raid").kind
        is LinkKind.ARTICLE
    )


@given(st.text(max_size=200), st.text(max_size=50))
def test_no_address_makes_them_fail(path: str, query: str) -> None:
    for url in (path, f"{SITE}/{path}", f"{SITE}/{path}?{query}", f"http://{path}/"):
        judge(url)
        verdict = shape_rules_of_the_site.verdict(url)
        assert verdict.kind is LinkKind.REFUSED or verdict.url


shape_rules_of_the_site = shape_rules(SITE)


def test_long_addresses_cost_little() -> None:
    began = time.perf_counter()
    for piece in ("a-", "1-", "-", "%D8%A7-", "privacy-", "a1", "/a", "&id=1", "terms-of-", "_"):
        judge(f"{SITE}/{piece * (1_900 // len(piece))}")
        judge(f"{SITE}/?{piece * (1_900 // len(piece))}")
    assert time.perf_counter() - began < 2


# -- segments and hosts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/2020/Aug/179408/five_soldiers_killed.aspx", [Kind.YEAR, Kind.MONTH, Kind.NUMBER, Kind.SLUG]),
        ("/2026/01/24/x", [Kind.YEAR, Kind.MONTH, Kind.DAY, Kind.SLUG]),
        ("/200798", [Kind.NUMBER]),  # not the 8th of September 2007
        ("/20260124/x", [Kind.DATE, Kind.SLUG]),
        ("/en/news/2012", [Kind.LANGUAGE, Kind.WORD, Kind.NUMBER]),  # the report of that number
        ("/fa/x/272-crise-anglophone", [Kind.LANGUAGE, Kind.WORD, Kind.SLUG]),
        ("/141e61e9-8a07-42e4-a527-2f03f45e7ef0", [Kind.CODE]),
    ],
)  # fmt: skip
def test_segments_are_what_they_look_like(path: str, kinds: list[Kind]) -> None:
    assert list(shape_of(SITE + path).kinds) == kinds


def test_hosts_of_a_site() -> None:
    hosts = SiteHosts.of("https://www.sana.sy/")
    assert hosts.owns("http://archive.sana.sy./en")
    assert not hosts.owns("https://notsana.sy/")
    english = SiteHosts.of("https://en.zamanalwsl.net/")
    assert not english.owns("https://zamanalwsl.net/news/1")
    assert english.is_near("https://www.zamanalwsl.net/feed")
    assert not SiteHosts.of("https://one.wordpress.com/").is_near("https://two.wordpress.com/feed")
    assert not SiteHosts.of("https://a.gov.lb/").is_near("https://b.gov.lb/")
    assert not SiteHosts.of("http://127.0.0.1:8080/").is_near("http://127.0.0.1:8081/")
    assert SiteHosts.of("http://[::1]:80/").own == "[::1]"
    assert SiteHosts.of("http://a.b.example:8080/").domain == "b.example:8080"
    assert not hosts.is_near("mailto:x@sana.sy")
    with pytest.raises(ValueError, match="not an http or https URL"):
        SiteHosts.of("ftp://sana.sy/")


# -- front pages ------------------------------------------------------------------------------------------------


def test_a_front_page_is_read_once() -> None:
    page = read_front_page(
        b"""<!doctype html><html lang=ar-SY><head><base href="/en/"><title>Post \n of the Valley</title>
        <meta property="og:site_name" content="The&nbsp;Post"><meta http-equiv=refresh content="0; url='/ar/'">
        <link rel="alternate" type="application/rss+xml; charset=utf-8" title=News href=feed>
        <link rel=alternate type=application/json href=x.json><link rel=alternate hreflang=ar href=/ar>
        <link rel=stylesheet type=text/xml href=y></head>
        <body class="has-sidebar menu-open"><nav><a href=/a>A</a><a href=/b>B</a></nav><div class="site-footer"><a href=/f>F</a></div>
        <article><header><h2><a href=/a>Five killed in <b>Idlib</b></a></h2></header><footer><a href=/t>tag</a></footer></article>
        <a href=/c><h3>Shelling <script>no()</script>again</h3></a><a href="#x">x</a><a href="javascript:x">x</a><a href=/d>""",
        "https://news.example/",
    )
    assert [
        (each.url.removeprefix(SITE), each.words, each.place, each.is_heading) for each in page.anchors
    ] == [
        ("/a", "Five killed in Idlib", "main", True),
        ("/b", "B", "nav", False),
        ("/f", "F", "footer", False),
        ("/t", "tag", "footer", False),
        ("/c", "Shelling again", "", True),
        ("/d", "", "", False),
    ]
    assert [(feed.url, feed.title) for feed in page.feeds] == [(f"{SITE}/en/feed", "News")]
    assert (page.name, page.title, page.language) == ("The Post", "Post of the Valley", "ar-SY")
    assert page.refresh == f"{SITE}/ar/"


@given(st.binary(max_size=500) | st.text(alphabet='<>a/="hrefnavdiv h2 #', max_size=300).map(str.encode))
def test_no_page_makes_the_reading_fail(payload: bytes) -> None:
    for anchor in read_front_page(payload, SITE).anchors:
        assert re.match("https?://", anchor.url)


def test_a_page_without_end_costs_little() -> None:
    began = time.perf_counter()
    assert read_front_page(b"<div class=menu>" * 250_000, SITE).anchors == ()
    assert len(read_front_page(b"<a href=/x?a>" * 300_000, SITE).anchors) == 1
    assert time.perf_counter() - began < 5

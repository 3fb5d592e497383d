"""Patterns of reports' addresses, learned from examples and counter-examples."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.urls import canonical_url, url_key
from crawler.discovery.unknown.induce import Induced, induce
from crawler.discovery.unknown.segment_patterns import member_of
from crawler.sources.loader import load_catalogue

SITE = "https://news.example"


def learned(*paths: str, but: tuple[str, ...] = (), **options: int) -> Induced:
    induced = induce([SITE + path for path in paths], [SITE + path for path in but], **options)
    assert induced is not None
    return induced


def matches(induced: Induced, *paths: str) -> list[bool]:
    return [re.search(induced.pattern, SITE + path) is not None for path in paths]


HOST = r"^https?://(?:www\.)?news\.example"


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/en/69740/", "/en/92795"], r"/en/\d{3,}/?"),
        (["/2026/01/24/five-killed/", "/2025/11/09/raid/"], r"/\d{4}/\d{2}/\d{2}/[^/?#]+/?"),
        (["/news/2026/7/9/five-killed", "/news/2025/5/29/raid"], r"/news/\d{4}/\d{1,2}/\d{1,2}/[^/?#]+/?"),
        (["/?p=171552", "/?p=355958"], r"/?\?p=\d+(?:&[^#]*)?"),
        (["/news/newse.php?nid=5623"], r"/news/newse\.php\?nid=\d+(?:&[^#]*)?"),
        (["/spip.php?article46716"], r"/spip\.php\?article\d+(?:&[^#]*)?"),
        (["/index.php?page=article&id=12", "/index.php?page=article&id=99"], r"/index\.php\?page=article&id=\d+(?:&[^#]*)?"),
        (["/en/news3445018.htm", "/en/news3445900.htm"], r"/en/news\d{5,}\.htm"),
        (["/world/2194247", "/society/1433275"],
         r"/(?!(?:tags?|categor(?:y|ies)|authors?|topics?|page)/)[a-z-]+/\d{5,}/?"),
        (["/rubric-ato/4076257-shelling-kills-two.html", "/rubric-ato/3863881-raid.html"],
         r"/rubric-ato/\d{5,}-[^/?#]+\.html"),
        (["/a-report-of-six-words-here/", "/another-one-of-these/"], r"/(?:[^/?#-]+-+){2}[^/?#]+/?"),
        (["/ar/قصف-جوي-على-سوق", "/ar/مقتل-خمسة-مدنيين-أمس"], r"/ar/(?:[^/?#-]+-+){2}[^/?#]+/?"),
        (["/أخبار/12345", "/أخبار/12399"],  # a word that has two spellings is not said
         r"/(?!(?:tags?|categor(?:y|ies)|authors?|topics?|page)/)[^/?#]+/\d{3,}/?"),
        (["/en/news/123456", "/ar/news/123457", "/news/123458"], r"/(?:[a-z]{2}/)?news/\d{4,}/?"),
        (["/news/articles/cn0g9zd8xkro1", "/news/articles/c5yd7lzy95ro2"], r"/news/articles/[0-9a-z]{13}/?"),
        (["/n/five-killed-in-idlib-12345?src=rss", "/n/raid-on-hama-12345"], r"/n/[^/?#]+-\d{3,}/?(?:\?src=?[^#]*)?"),
    ],
)  # fmt: skip
def test_what_some_addresses_share(paths: list[str], pattern: str) -> None:
    induced = learned(*paths)
    assert induced.pattern == f"{HOST}{pattern}$"
    assert (induced.covered, induced.total) == (len(paths), len(paths))
    assert all(matches(induced, *paths))  # as people write them
    assert not any(matches(induced, "/", "/about-us/", "/tag/war", "/2026/01/", paths[-1] + "/comments/7"))


def test_families_are_joined_and_counted() -> None:
    induced = learned(
        *(f"/news/{number}/" for number in range(40_000, 40_009)), "/2019/01/02/old-report", "/?p=12345"
    )
    assert [family.count for family in induced.families] == [9, 1, 1]
    assert induced.pattern.count("|") == 2
    assert (induced.covered, induced.total, induced.missed) == (11, 11, ())
    fewer = learned(
        *(f"/news/{number}/" for number in range(40_000, 40_009)), "/2019/01/02/old-report", least=2
    )
    assert (fewer.covered, fewer.total, fewer.missed) == (9, 10, (f"{SITE}/2019/01/02/old-report",))


def test_what_is_none_narrows_the_pattern() -> None:
    reports = ("/world/a-raid-on-a-town", "/opinion/on-the-fall-of-hama")
    assert matches(learned(*reports), "/sports/the-match-of-today") == [True]
    narrow = learned(*reports, but=("/shop/buy-this-book-now",))
    assert matches(narrow, *reports, "/shop/buy-this-book-now", "/shop/buy-that-book-now") == [
        True,
        True,
        False,
        False,
    ]
    assert "(?:opinion|world)" in narrow.pattern


def test_what_is_none_but_looks_the_same_is_excepted_by_name() -> None:
    reports = tuple(f"/a-report-on-village-{number}" for number in range(5))
    induced = learned(*reports, but=("/terms-of-use-and-such/",))
    assert (
        matches(induced, *reports, "/terms-of-use-and-such", "/terms-of-use-and-such/")
        == [True] * 5 + [False] * 2
    )
    others = tuple(f"/our-team-in-city-{number}" for number in range(5))
    assert matches(learned(*reports, but=others), *others, reports[0]) == [False] * 5 + [True]
    assert (
        induce([SITE + path for path in reports], [SITE + path for path in others], most_exceptions=4) is None
    )


def test_what_is_both_is_none() -> None:
    induced = learned("/news/12345", "/news/12346", but=("/news/12346/?utm_source=x",))
    assert induced.contradicted == (f"{SITE}/news/12346",)
    assert matches(induced, "/news/12345", "/news/12346") == [True, False]


def test_hosts() -> None:
    induced = induce(
        ["https://www.sana.sy/en/?p=171552", "http://archive.sana.sy/en/?p=355958", "http://[::1]:80/x"]
    )
    assert induced is not None
    for url in ("http://sana.sy/en/?p=12", "https://archive.sana.sy/en?p=12"):
        assert re.search(induced.pattern, url)
    for url in (
        "http://evil-sana.sy/en/?p=12",
        "http://sanaxsy/en/?p=12",
        "http://x.example/?u=http://sana.sy/en/?p=12",
    ):
        assert not re.search(induced.pattern, url)


def test_nothing_is_learned_of_nothing() -> None:
    assert induce([]) is None
    assert induce(["javascript:void(0)", "", "http://["]) is None
    assert induce([f"{SITE}/news/1"], [f"{SITE}/news/1"]) is None


WORDS = st.sampled_from(["news", "en", "2026", "01", "24", "a-b-c-d", "Syria", "12345", "x_y", "قصف-جوي", "a.b", "+", "a b",
                         "%D9%82-%31%32%33%34%35", "%31%32%33%34%35-x", "(x)", "[1]", "a1b2c3d4e5", "x.html", "y.HTML", "^$"])  # fmt: skip
PATHS = st.lists(WORDS, min_size=1, max_size=5).map("/".join)
URLS = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["news.example", "www.news.example", "ar.news.example", "127.0.0.1:8080", "[::1]"]),
    PATHS,
    st.sampled_from(["", "/", "?p=12", "?p=x&q=(", "?a", "?a=&b=1", "?article12", "?p=1&p=2"]),
)


@given(st.lists(URLS, min_size=1, max_size=8), st.lists(URLS, max_size=8))
def test_every_report_is_matched_and_nothing_else_that_was_given(
    accepted: list[str], negatives: list[str]
) -> None:
    no = {canonical_url(url) for url in negatives}
    no_keys = {url_key(url) for url in negatives}
    yes = {canonical_url(url) for url in accepted if url_key(url) not in no_keys}
    induced = induce(accepted, negatives)
    if induced is None:
        assert not yes
        return
    assert {url for url in yes if not re.search(induced.pattern, url)} == set()
    assert {url for url in no if re.search(induced.pattern, url)} == set()
    assert induced.covered == len(yes)


@settings(max_examples=30)
@given(st.lists(URLS, min_size=1, max_size=4))
def test_matching_takes_no_more_than_linear_time(accepted: list[str]) -> None:
    induced = induce(accepted)
    assert induced is not None
    compiled = re.compile(induced.pattern)
    began = time.perf_counter()
    for piece in ("a-", "-", "1-", "1", "%D9-", "x_", "&p=1"):
        for url in accepted:
            compiled.search(url + piece * (1_900 // len(piece)) + "/?#")
            compiled.search(url.rsplit("/", 1)[0] + "/" + piece * (1_900 // len(piece)) + "/!")
    assert time.perf_counter() - began < 5


# -- the catalogue ----------------------------------------------------------------------------------------------


def test_the_catalogue_s_examples_are_covered_and_predicted() -> None:
    """Each example is held out in turn: the pattern of the others matches it, where one of them is of its make."""
    of_a_make = predicted = 0
    for entry in load_catalogue().entries.values():
        induced = induce(entry.examples)
        assert induced is None or induced.covered == induced.total == len(entry.examples), entry.id
        for held in entry.examples:
            others = [url for url in entry.examples if url != held]
            like = [url for url in others if is_like(url, held)]
            if like:
                of_a_make += 1
                pattern = induce(others)
                predicted += pattern is not None and bool(re.search(pattern.pattern, canonical_url(held)))
    assert of_a_make >= 100
    assert predicted / of_a_make >= 0.85, (predicted, of_a_make)


def is_like(url: str, other: str) -> bool:
    one, two = member_of(canonical_url(url)), member_of(canonical_url(other))
    return one.family == two.family and one.shape.host == two.shape.host


GENERAL = ("", "about-us/", "contact", "tag/syria/", "category/world-news/", "author/john-doe/", "page/2/", "en/", "2026/01/",
           "privacy-policy", "2026/01/24/", "search?q=x", "news/", "news/page/2", "en/news/", "wp-login.php", "en/category/x/")  # fmt: skip


def test_the_patterns_of_the_catalogue_s_examples_take_no_page_that_every_site_has() -> None:
    for entry in load_catalogue().entries.values():
        induced = induce(entry.examples)
        if induced is not None:
            host = "/".join(entry.examples[0].split("/")[:3])
            assert [path for path in GENERAL if re.search(induced.pattern, f"{host}/{path}")] == [], entry.id

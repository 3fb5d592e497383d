"""Ever new queries of one path: which are ids of reports, and which are one page over and over."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.explosion import MAX_NAME_SETS, MAX_QUERIES, RULE, WINDOW, ParameterGuard

HOST = "https://news.example"


def refused(urls: list[str]) -> list[str]:
    guard = ParameterGuard()
    return [url for url in urls if guard.rule(HOST + url) is not None]


@pytest.mark.parametrize("shape", [
    "/?p={}", "/newse.php?nid={}", "/spip.php?article{}", "/show.php?id={}&lang=ar", "/{}/some-report-of-a-day",
    "/2026/01/24/some-report-of-day-{}/?v=17{}", "/modules.php?file=article&name=News&sid={}",
    "/archive2024.php?id={}", "/news/{}?cat=3",
])  # fmt: skip
def test_thousands_of_reports_by_their_number_are_let_through(shape: str) -> None:
    assert refused([shape.replace("{}", str(number)) for number in range(100_000, 105_000)]) == []


def test_reports_in_several_languages_and_sections_are_let_through() -> None:
    languages = ["ar", "en", "fr", "ku"]
    urls = [f"/show.php?id={number}&lang={language}" for number in range(1_000) for language in languages]
    assert refused(urls) == []


@pytest.mark.parametrize("urls", [
    [f"/list?sort={a}&filter={b}&page={c}" for a, b, c in itertools.product(range(10), range(10), range(20))],
    [f"/events?month={month}&year={year}" for year in range(2026, 2126) for month in range(1, 13)],
    [f"/list?{name}=1" for name in map("".join, itertools.product("abcdef", repeat=4))],
    [f"/2026/01/24/some-report-of-a-day/?token={number}" for number in range(1_000)],
    [f"/news/70348?a={number}" for number in range(1_000)],
])  # fmt: skip
def test_an_explosion_is_stopped(urls: list[str]) -> None:
    assert len(urls) - len(refused(urls)) <= WINDOW
    assert refused(urls)[-1] == urls[-1]


def test_the_limits_are_as_documented() -> None:
    guard = ParameterGuard()
    names = ["".join(pair) for pair in itertools.product("abcde", repeat=2)]
    assert [guard.rule(f"{HOST}/list?{name}=1") for name in names[:MAX_NAME_SETS]] == [None] * MAX_NAME_SETS
    assert guard.rule(f"{HOST}/list?{names[MAX_NAME_SETS]}=1") == RULE
    assert guard.rule(f"{HOST}/list?{names[0]}=1") is None
    queries = [f"{HOST}/news/70348?a={number}" for number in range(MAX_QUERIES + 1)]
    assert [guard.rule(url) for url in queries] == [None] * MAX_QUERIES + [RULE]
    assert guard.rule(queries[0]) is None
    assert guard.rule(f"{HOST}/news/70348") is None


def test_what_explodes_does_not_take_the_reports_beside_it_along() -> None:
    guard = ParameterGuard()
    for a, b in itertools.product(range(20), repeat=2):
        guard.rule(f"{HOST}/index.php?x={a}&y={b}")
    assert guard.rule(f"{HOST}/index.php?x=1&y=1") == RULE
    assert guard.rule(f"{HOST}/index.php?id=171552") is None


def test_fifty_thousand_addresses_are_judged_in_little_time() -> None:
    started = time.process_time()
    assert refused([f"/newse.php?nid={number}&lang=ar" for number in range(50_000)]) == []
    hostile = ["/" + "-a" * 900 + "?b=1", "/" + "1/" * 900 + "?" + "&a" * 100, "/" + "a" * 1_900 + "?a"]
    assert refused(hostile * 1_000) == []
    assert time.process_time() - started < 10


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_text_gets_an_answer(urls: list[str]) -> None:
    guard = ParameterGuard()
    assert {guard.rule(url) for url in urls} <= {None, RULE}

"""The traps of all sites: their names are documented, and no report of the wild is caught in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import canonical_url
from crawler.discovery.explosion import RULE
from crawler.discovery.traps import MAX_URL, RULE_NAMES, RULE_TEXTS, RULES, address_of, trap
from crawler.sources.loader import load_catalogue

PAGES = Path(__file__).parents[2] / "shared" / "bench" / "pages.jsonl"


def test_each_rule_says_what_it_refuses() -> None:
    assert set(RULE_TEXTS) == {*RULE_NAMES, "not-http", "source-deny", RULE}
    assert all(text and "\n" not in text for text in RULE_TEXTS.values())


def test_no_example_of_the_catalogue_is_caught() -> None:
    examples = [url for entry in load_catalogue().entries.values() for url in entry.examples]
    assert len(examples) > 100
    assert {url: rule for url in examples if (rule := trap(canonical_url(url)))} == {}


def test_no_endpoint_of_the_catalogue_is_caught_by_more_than_being_one() -> None:
    caught = {
        place: rule
        for entry in load_catalogue().entries.values()
        for place in (*entry.feeds, *entry.sitemaps, *entry.listings)
        if (rule := trap(canonical_url(place.replace("{page}", "2")))) not in {None, "feed", "media"}
    }
    assert caught == {}


@pytest.mark.skipif(not PAGES.is_file(), reason="the pages of the wild are not here")
def test_no_report_of_the_wild_is_caught() -> None:
    urls = [json.loads(line)["url"] for line in PAGES.read_text("utf-8").splitlines()]
    assert len(urls) > 250
    assert {url: rule for url in urls if (rule := trap(canonical_url(url)))} == {}


@given(st.text(max_size=200))
def test_any_path_gets_a_rule_of_the_list_or_none(path: str) -> None:
    assert trap(canonical_url(f"https://news.example/{path}"[:MAX_URL])) in {None, *RULE_NAMES}


PIECES = st.sampled_from([
    "news", "like", "70632", "comments", "amp", "2026", "01", "24", "5", "feed", "rss", "slug-of-a-report", "x.html", "search.php",
    "events", "2031-12", "%d9%82", "%6Cike", "a.b", "login", "print.html", "", "LIKE", "photo.jpg", "comment-page-2", "a.amp", "en",
])  # fmt: skip
HOSTS = st.sampled_from(["news.example", "t.me", "m.facebook.com", "connect.ok.ru", "10.0.0.1:8000"])


@given(HOSTS, st.lists(PIECES, max_size=14), st.sampled_from(["", "/", "?s=1", "?id=5", "#respond"]))
def test_the_short_way_catches_what_all_rules_catch(host: str, pieces: list[str], end: str) -> None:
    url = f"https://{host}/{'/'.join(pieces)}{end}"
    address = address_of(url)
    assert trap(url) == next((rule.name for rule in RULES if rule.catches(address)), None)

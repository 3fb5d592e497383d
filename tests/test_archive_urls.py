"""Canonical URLs: one identity for the spellings of an address, and none for two addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import canonical_url, url_key


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (
            "https://En.ZamanAlWsl.net:443/news/article/121515/",
            "https://en.zamanalwsl.net/news/article/121515/",
        ),
        (
            "http://www.sudantribune.com/spip.php?article46716",
            "http://www.sudantribune.com/spip.php?article46716",
        ),
        ("https://sana.sy/en/?p=171552&utm_source=x&fbclid=1#top", "https://sana.sy/en/?p=171552"),
        ("https://x.org/a?b=2&a=1", "https://x.org/a?b=2&a=1"),
        ("https://x.org/a/../b/./c/", "https://x.org/b/c/"),
        ("https://x.org", "https://x.org/"),
        ("https://www.syria.tv/قوات", "https://www.syria.tv/%D9%82%D9%88%D8%A7%D8%AA"),
        ("https://x.org/%d9%82", "https://x.org/%D9%82"),
        (" https://x.org/a b ", "https://x.org/a%20b"),
    ],
)
def test_canonical_urls(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.x.org/a/", "https://x.org/a"),
        ("https://x.org/a?b=2&a=1", "https://x.org/a?a=1&b=2"),
        ("https://sana.sy./en/?p=1", "https://sana.sy/en/?p=1"),
        ("https://x.org/a?utm_medium=rss", "https://x.org/a#comments"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://sana.sy/en/?p=1", "https://sana.sy/en/?p=2"),
        ("https://en.zamanalwsl.net/news/article/1", "https://www.zamanalwsl.net/news/article/1"),
        ("http://x.org/spip.php?article1", "http://x.org/spip.php?article2"),
        ("https://x.org/A", "https://x.org/a"),
        ("https://x.org:8080/a", "https://x.org/a"),
    ],
)
def test_addresses_that_differ(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b.c", "javascript:alert(1)", "https://", "//x.org/a", "ftp://x.org/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        canonical_url(url)


@given(st.text(max_size=60), st.text(max_size=30))
def test_canonical_is_a_fixed_point(path: str, query: str) -> None:
    try:
        once = canonical_url(f"https://x.org/{path}?{query}")
    except ValueError:
        return
    assert canonical_url(once) == once
    assert url_key(once) == url_key(f"https://x.org/{path}?{query}")

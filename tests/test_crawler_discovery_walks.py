"""Which sitemaps of an index and which pages of a listing are walked, and where a walk ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.sitemaps import SitemapChild
from crawler.discovery.walks import Known, ListingWalk, Range, SitemapWalk, days_in_name, last_day

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "first", "last"),
    [
        ("https://x.example/sitemap-2026-01.xml", "2026-01-01", "2026-01-31"),
        ("https://x.example/sitemap_2026_2.xml.gz", "2026-02-01", "2026-02-28"),
        ("https://x.example/2024/02/sitemap.xml", "2024-02-01", "2024-02-29"),
        ("https://x.example/sitemaps/202312.xml", "2023-12-01", "2023-12-31"),
        ("https://x.example/sitemap-2026-01-24.xml", "2026-01-24", "2026-01-24"),
        ("https://x.example/20260124/news.xml", "2026-01-24", "2026-01-24"),
        ("https://x.example/sitemap-pt-post-2023-07.xml", "2023-07-01", "2023-07-31"),
        ("https://x.example/sitemap.xml?yyyy=2025&mm=3&dd=09", "2025-03-09", "2025-03-09"),
        ("https://x.example/sitemap.xml?year=2025&month=11", "2025-11-01", "2025-11-30"),
        ("https://x.example/archive-2019.xml", "2019-01-01", "2019-12-31"),
    ],
)
def test_the_days_that_a_sitemaps_name_says(url: str, first: str, last: str) -> None:
    assert days_in_name(url) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "name",
    ["sitemap.xml", "post-sitemap12.xml", "sitemap-9.xml", "sitemap-2026-02-31.xml", "id-120260124.xml", "s-1234.xml"],
)  # fmt: skip
def test_a_name_that_says_no_day(name: str) -> None:
    assert days_in_name(f"https://2026.example/{name}") is None


@given(st.text(max_size=60))
def test_no_name_raises(name: str) -> None:
    days = days_in_name(f"https://x.example/{name}")
    assert days is None or days[0] <= days[1]


def child(name: str, lastmod: datetime | None = None) -> SitemapChild:
    return SitemapChild(f"https://x.example/{name}", lastmod)


def walked(walk: SitemapWalk, fresh: dict[str, int], known: dict[str, Known]) -> list[str]:
    names = []
    while (found := walk.next(lambda url: known.get(url.rpartition("/")[2]), NOW)) is not None:
        names.append(found.url.rpartition("/")[2])
        walk.held(fresh.get(names[-1], 0))
    return names


MONTHS = [child(f"2026-{month:02}.xml") for month in range(1, 11)]
READ = Known(NOW - timedelta(days=1))


def test_the_newest_sitemap_comes_first_and_nothing_new_ends_the_walk() -> None:
    known = {f"2026-{month:02}.xml": READ for month in range(1, 11)}
    assert walked(SitemapWalk.over(MONTHS, Range()), {"2026-10.xml": 5, "2026-09.xml": 1}, known) == [
        "2026-10.xml", "2026-09.xml", "2026-08.xml",
    ]  # fmt: skip


def test_what_was_never_read_is_walked_however_stale_the_newer_ones_are() -> None:
    known = {f"2026-{month:02}.xml": READ for month in range(4, 11)}
    walk = SitemapWalk.over(MONTHS, Range())
    assert walked(walk, {}, known) == [
        "2026-10.xml",
        "2026-09.xml",
        "2026-03.xml",
        "2026-02.xml",
        "2026-01.xml",
    ]
    assert walk.left_out == 5


def test_a_thorough_walk_leaves_nothing_out() -> None:
    known = {f"2026-{month:02}.xml": READ for month in range(1, 11)}
    assert len(walked(SitemapWalk.over(MONTHS, Range(), thorough=True), {}, known)) == 10


def test_without_dates_the_order_is_the_sites_and_nothing_new_proves_nothing() -> None:
    children = [child(f"post-sitemap{number}.xml") for number in range(1, 6)]
    known = {item.url.rpartition("/")[2]: READ for item in children}
    assert walked(SitemapWalk.over(children, Range()), {}, known) == [
        item.url.rpartition("/")[2] for item in children
    ]


def test_a_sitemap_that_its_index_calls_unchanged_is_left_out() -> None:
    old, new = NOW - timedelta(days=90, minutes=1), NOW - timedelta(hours=1)
    children = [child(f"post-{number}.xml", old) for number in range(5)] + [child("post-5.xml", new)]
    known = {f"post-{number}.xml": Known(NOW - timedelta(days=3), old) for number in range(6)}
    fresh = {f"post-{number}.xml": 1 for number in range(6)}
    assert walked(SitemapWalk.over(children, Range()), fresh, known) == ["post-5.xml", "post-0.xml"]
    known["post-3.xml"] = Known(
        NOW - timedelta(days=31), old
    )  # an index may be wrong: now and then all are read
    assert walked(SitemapWalk.over(children, Range()), fresh, known) == [
        "post-5.xml",
        "post-0.xml",
        "post-3.xml",
    ]


def test_a_day_as_lastmod_must_be_over_to_be_believed() -> None:
    today = datetime(2026, 11, 20, tzinfo=UTC)
    assert not Known(NOW, today).is_unchanged(child("a.xml", today))
    assert Known(NOW + timedelta(days=3), today).is_unchanged(child("a.xml", today))


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        (
            "2026-03-01",
            "2026-04-10",
            ["02", "03", "04"],
        ),  # of February the last day may be the site's first of March
        ("2026-09-15", None, ["09", "10"]),
        (None, "2026-01-31", ["01", "02"]),
        (None, "2025-12-30", []),
    ],
)
def test_sitemaps_outside_the_days_are_pruned_by_their_names(
    since: str | None, until: str | None, kept: list[str]
) -> None:
    days = Range(since and date.fromisoformat(since), until and date.fromisoformat(until))  # type: ignore[arg-type]
    walk = SitemapWalk.over(MONTHS, days)
    assert sorted(item.url[-6:-4] for item in walk.children) == kept
    assert walk.pruned == len(MONTHS) - len(kept)


def test_a_sitemap_last_modified_before_since_is_pruned() -> None:
    since = Range(since=date(2026, 3, 1))
    assert not since.may_hold(child("a.xml", datetime(2026, 2, 27, 9, tzinfo=UTC)))
    assert since.may_hold(child("a.xml", datetime(2026, 2, 1, tzinfo=UTC)))  # "2026-02": any day of it
    assert not since.may_hold(child("a.xml", datetime(2025, 12, 1, tzinfo=UTC)))
    assert last_day(datetime(2026, 1, 1, tzinfo=UTC)) == date(2027, 1, 1)


def test_a_listing_is_walked_as_long_as_it_holds_something_new() -> None:
    walk = ListingWalk("https://x.example/news/{page}", max_pages=10)
    assert walk.first() == "https://x.example/news/1"
    assert walk.next(["a", "b"], 2, None) == "https://x.example/news/2"
    assert walk.next(["b", "c"], 1, None) == "https://x.example/news/3"
    assert walk.next(["d"], 0, None) is None


def test_a_thorough_walk_ends_where_pages_repeat_or_there_are_too_many() -> None:
    walk = ListingWalk("https://x.example/news", max_pages=3, thorough=True)
    assert walk.next(["a"], 0, "https://x.example/news?from=20") == "https://x.example/news?from=20"
    assert walk.next(["a"], 0, "https://x.example/news?from=40") is None
    assert walk.next(["b"], 0, "https://x.example/news?from=60") == "https://x.example/news?from=60"
    assert walk.next(["c"], 0, "https://x.example/news?from=80") is None  # the third of three pages

"""Crawls that follow each other: what is asked for again, what is left out, and where a backfill goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sites.awkward import Answer, Asked, Dynamic, Page, links, redirect, report, rss, sitemap
from tests.sites.crawling import assert_sound, assert_sums, rows
from tests.sites.stories import NOON, Stage, tell

pytestmark = pytest.mark.slow  # the stories of many crawls
OLD, NEW, NEWER = "2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z", "2026-01-22T00:00:00Z"


def villages(*numbers: int, toll: int = 5) -> dict[str, Page]:
    """Return reports by their paths."""
    return {f"/news/{number}": Answer(report(f"Village {number}", toll=toll)) for number in numbers}


def listing(stage: Stage, paths: list[str] | dict[str, Page], lastmod: str | None = None) -> Answer:
    return sitemap(*((stage.base + path, lastmod) for path in paths))


def with_etag(body: Answer, etag: str) -> Dynamic:
    """Return a page that answers 304 to whoever has it."""

    def respond(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=(("ETag", etag),))
        return Answer(body.body, content_type=body.content_type, headers=(("ETag", etag),))

    return Dynamic(respond)


def taken(stage: Stage) -> list[str]:
    """Return what was asked for since the last call, sorted, without robots.txt."""
    return sorted(path for path in stage.asked() if path != "/robots.txt")


# -- schedules ------------------------------------------------------------------------------------------------


def edits_and_take_downs_are_noticed(stage: Stage) -> Iterator[float]:
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages = villages(1, 2, 3, 4, 5)
    stage.site.pages = pages | {"/sitemap.xml": listing(stage, pages, OLD)}
    yield 0
    assert stage.asked_reports() == list(pages)

    # one is corrected, one that says so is not; one is taken down, one merely no longer listed
    stage.site.pages |= villages(1, toll=9)
    del stage.site.pages["/news/3"]
    first, second, fifth = stage.urls(1, 2, 5)
    stage.site.pages["/sitemap.xml"] = sitemap((first, NEW), (second, NEW), (fifth, OLD))
    yield 1
    assert stage.asked_reports() == ["/news/1", "/news/2", "/news/3", "/news/4"]
    assert stage.outcomes() == {
        "/news/1": "changed", "/news/2": "unchanged", "/news/3": "gone", "/news/4": "unchanged", "/news/5": "stored",
    }  # fmt: skip
    articles = stage.by_path("articles")
    assert {path[-1]: (row["state"], row["revision_count"]) for path, row in articles.items()} == {
        "1": ("changed", 2), "2": ("live", 1), "3": ("live", 1), "4": ("live", 1), "5": ("live", 1),
    }  # fmt: skip
    query = "select body from revisions where article_id = ? order by number"
    tolls = [row["body"][9:10] for row in rows(stage.folder, query, articles["/news/1"]["id"])]
    assert tolls == ["5", "9"]

    yield 12
    assert stage.asked_reports() == [
        "/news/3"
    ]  # a single 404 is no deletion: it's looked at again after an hour
    assert [row["known"] for row in stage.rows("runs")] == [0, 1, 0]  # the same sitemap is not read again
    assert stage.by_path("articles")["/news/3"]["state"] == "live"
    yield 26
    assert stage.asked_reports() == ["/news/3"]  # a day after it was first missed
    assert stage.by_path("articles")["/news/3"]["state"] == "gone"
    stage.site.pages |= villages(3)
    yield 26 + 73
    assert stage.asked_reports() == ["/news/3"]
    assert stage.by_path("articles")["/news/3"]["state"] == "live"
    assert stage.states("/news/3") == [("live", None), ("gone", "404"), ("restored", None)]


def what_has_not_changed_costs_a_304(stage: Stage) -> Iterator[float]:
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages: dict[str, Page] = {
        f"/news/{number}": with_etag(Answer(report(f"Village {number}")), '"one"') for number in (1, 2, 3)
    }
    stage.site.pages = pages | {"/sitemap.xml": with_etag(listing(stage, pages, OLD), '"a"')}
    yield 0
    assert taken(stage) == ["/news/1", "/news/2", "/news/3", "/sitemap.xml"]

    yield 1
    assert taken(stage) == ["/sitemap.xml"]
    assert stage.rows("runs")[-1]["found"] == 0
    (endpoint,) = stage.rows("endpoints")
    assert (endpoint["outcome"], endpoint["status"], endpoint["etag"]) == ("not_modified", 304, '"a"')

    # said to be changed: one is not, the other is
    stage.site.pages["/news/2"] = with_etag(Answer(report("Village 2", toll=9)), '"two"')
    first, second, third = stage.urls(1, 2, 3)
    stage.site.pages["/sitemap.xml"] = with_etag(sitemap((first, NEW), (second, NEW), (third, OLD)), '"b"')
    yield 2
    assert taken(stage) == ["/news/1", "/news/2", "/sitemap.xml"]
    assert stage.outcomes() == {"/news/1": "unchanged", "/news/2": "changed", "/news/3": "stored"}
    statuses = [row["status"] for row in stage.rows("captures join runs on runs.id = run_id")]
    assert statuses.count(304) == 1

    # the same version, and another body: it is never believed again
    lying = sitemap((first, NEW), (second, NEWER), (third, OLD))
    stage.site.pages["/sitemap.xml"] = Answer(lying.body, content_type="text/xml", headers=(("ETag", '"b"'),))
    yield 3
    assert taken(stage) == ["/news/2", "/sitemap.xml"]
    assert [row["lies"] for row in stage.rows("endpoints")] == [1]
    yield 12
    assert "if-none-match" not in stage.site.requests[-1].headers


def what_was_over_the_budget_is_looked_at_by_the_next_run(stage: Stage) -> Iterator[float]:
    """Also a change that a run saw listed and did not come to, though the sitemap says no more that it changed."""
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"], run_budget=2)
    pages = villages(1, 2, 3, 4)
    stage.site.pages = pages | {"/sitemap.xml": with_etag(listing(stage, pages, OLD), '"a"')}
    yield 0
    run = stage.rows("runs")[-1]
    assert (run["stored"], run["waiting"], run["finish_reason"]) == (2, 2, "budget")
    yield 1
    assert {*stage.outcomes().values()} == {"stored"}
    stage.site.pages |= villages(1, 2, 3, 4, toll=9)
    stage.site.pages["/sitemap.xml"] = with_etag(listing(stage, pages, NEW), '"b"')
    yield 2
    yield 3
    assert {*stage.outcomes().values()} == {"changed"}


def a_site_that_says_modified_today_of_everything(stage: Stage) -> Iterator[float]:
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages = villages(*range(1, 31))
    stage.site.pages = pages | {"/sitemap.xml": listing(stage, pages, OLD)}
    yield 0
    assert len(stage.asked_reports()) == 30
    stage.site.pages["/sitemap.xml"] = listing(stage, pages, NEW)
    yield 1
    assert len(stage.asked_reports()) == 3


def a_sitemap_of_the_newest_drops_reports_that_are_there(stage: Stage) -> Iterator[float]:
    """It doesn't say that it is one: some are looked at until that is clear, and none after."""
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages = villages(*range(1, 31))
    looked_at = []
    for hour, first in enumerate((0, 5, 10, 15)):
        stage.site.pages = pages | {"/sitemap.xml": listing(stage, list(pages)[first : first + 10])}
        yield hour
        looked_at.append(len(stage.asked_reports()))
    assert looked_at == [10, 5 + 3, 5 + 3, 5]
    assert [row["dropped_alive"] for row in stage.rows("endpoints")] == [6]


def a_sitemap_that_drops_what_was_taken_down(stage: Stage) -> Iterator[float]:
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages = villages(*range(1, 11))
    stage.site.pages = pages | {"/sitemap.xml": listing(stage, pages)}
    yield 0
    left = villages(7, 8, 9, 10)
    stage.site.pages = left | {"/sitemap.xml": listing(stage, left)}
    yield 1
    assert {row["state"] for row in stage.rows("articles")} == {"live"}  # once is not enough
    yield 26
    states = [row["state"] for row in stage.rows("articles")]
    assert (states.count("gone"), states.count("live")) == (6, 4)


def a_report_that_is_replaced_by_a_soft_404_or_the_homepage(stage: Stage) -> Iterator[float]:
    """Both answer 200, and are settled as no report; that it was one has them looked at once more."""
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    pages = villages(1, 2, 3, 4)
    stage.site.pages = pages | {"/sitemap.xml": listing(stage, pages)}
    yield 0
    nothing = Answer(
        b"<html><head><title>Page not found</title></head><body><h1>Page not found</h1></body></html>"
    )
    home = links(*(f"{stage.base}/news/{number}" for number in range(3, 30)))
    moved = redirect(f"{stage.base}/news/4", 301)
    stage.site.pages |= {
        "/news/1": nothing, "/news/2": redirect(f"{stage.base}/"), "/news/3": moved,
        "/": home, "/sitemap.xml": listing(stage, ["/news/4"]),
    }  # fmt: skip
    yield 1
    assert {path: row["state"] for path, row in stage.by_path("articles").items()} == {
        "/news/1": "live", "/news/2": "live", "/news/3": "moved", "/news/4": "live",
    }  # fmt: skip
    assert stage.outcomes() | {"/news/4": "stored"} == {
        "/news/1": "not_an_article", "/news/2": "not_an_article", "/news/3": "duplicate", "/news/4": "stored",
    }  # fmt: skip
    yield 26
    assert stage.states("/news/1")[1:] == [("gone", "soft_404")]
    assert stage.states("/news/2")[1:] == [("gone", "redirected_home")]
    assert stage.states("/news/3")[1:] == [("moved", "redirected")]
    assert stage.states("/news/4") == []


def a_page_that_was_empty_is_looked_at_again(stage: Stage) -> Iterator[float]:
    stage.source(feeds=[f"{stage.base}/feed.xml"])
    shell = Answer(b"<html><head><title>Village 1</title></head><body><h1>Village 1</h1></body></html>")
    stage.site.pages = {"/news/1": shell, "/feed.xml": rss((f"{stage.base}/news/1", None))}
    yield 0
    (lead,) = stage.rows("leads")
    assert (lead["state"], lead["outcome"], lead["attempts"]) == ("waiting", "not_an_article", 1)
    assert lead["next_attempt_at"].startswith("2026-02-01T18:00")
    stage.site.pages |= villages(1)
    yield 12
    assert stage.outcomes() == {"/news/1": "stored"}


# -- backfills ------------------------------------------------------------------------------------------------


def sitemaps_are_walked_back(stage: Stage) -> Iterator[float]:
    months = [f"2025-{month:02}" for month in range(1, 13)]
    stage.source(sitemaps=[f"{stage.base}/index.xml"], run_budget=4)
    inner = "".join(f"<sitemap><loc>{stage.base}/{month}.xml</loc></sitemap>" for month in months)
    stage.site.pages = {
        "/index.xml": Answer(f"<sitemapindex>{inner}</sitemapindex>".encode(), content_type="text/xml")
    }
    for number, month in enumerate(months, start=1):
        pages = villages(10 * number + 1, 10 * number + 2)
        stage.site.pages |= pages | {f"/{month}.xml": listing(stage, pages, f"{month}-10T00:00:00Z")}
    yield 0
    # what is surely outside the days is not asked for
    asked = taken(stage)
    assert [path for path in asked if path.startswith("/2025")] == [
        "/2025-03.xml",
        "/2025-04.xml",
        "/2025-05.xml",
    ]
    assert len(asked) == 1 + 3 + 4
    assert {row["state"] for row in stage.rows("backfills")} == {"finished"}

    yield 1
    assert [path for path in taken(stage) if path.startswith("/2025")] == []  # all were walked to their end
    assert sorted(path for path, outcome in stage.outcomes().items() if outcome == "stored") == [
        "/news/31", "/news/32", "/news/41", "/news/42", "/news/51", "/news/52",
    ]  # fmt: skip
    assert [row["kind"] for row in stage.rows("runs")] == ["backfill"] * 2


def the_pages_of_a_listing_are_turned(stage: Stage) -> Iterator[float]:
    stage.source(listings=[f"{stage.base}/list/{{page}}"], max_pages=2)
    for number in range(1, 21):
        published = f"2025-03-{23 - number:02}T08:00:00Z"
        stage.site.pages[f"/news/{number}"] = Answer(report(f"Village {number}", published=published))
    for page in range(1, 11):
        stage.site.pages[f"/list/{page}"] = links(f"/news/{2 * page - 1}", f"/news/{2 * page}")
    stage.site.pages["/list/5"] = Answer(b"busy", 500)
    yield 0  # as if it had been interrupted
    assert {path for path in taken(stage) if "list" in path} == {f"/list/{page}" for page in range(1, 6)}
    (row,) = stage.rows("backfills")
    assert (row["state"], row["page"], row["next_url"]) == ("running", 4, f"{stage.base}/list/5")

    stage.site.pages["/list/5"] = links("/news/9", "/news/10")
    yield 1
    # page 8 is the first whose reports are all too old, as they say themselves
    assert [path for path in taken(stage) if "list" in path] == [f"/list/{page}" for page in range(5, 9)]
    assert [row["state"] for row in stage.rows("backfills")] == ["finished"]
    stored = {path for path, outcome in stage.outcomes().items() if outcome == "stored"}
    assert stored == {f"/news/{number}" for number in range(1, 14)}

    yield 2
    assert taken(stage) == []  # the listing was walked to its end


def reports_are_looked_at_again_as_they_age(stage: Stage) -> Iterator[float]:
    fresh, old = stage.urls(1, 2, 3), stage.base + "/news/9"
    stage.source(feeds=[f"{stage.base}/feed.xml"], revisit=["1h", "6h", "1d"])
    pages: dict[str, Page] = {
        f"/news/{number}": with_etag(Answer(report(f"Village {number}")), '"one"') for number in (1, 2, 3, 9)
    }
    half_an_hour_ago, long_ago = NOON - timedelta(minutes=30), NOON - timedelta(days=200)
    feed = rss(*((url, half_an_hour_ago) for url in fresh), (old, long_ago))
    stage.site.pages = pages | {"/feed.xml": feed}
    yield 0
    assert stage.asked_reports() == ["/news/1", "/news/2", "/news/3", "/news/9"]
    yield 0.5
    assert stage.asked_reports() == []

    # an hour old: each answers that nothing has changed
    yield 1.5
    assert stage.asked_reports() == ["/news/1", "/news/2", "/news/3"]
    assert set(stage.outcomes().values()) == {"unchanged", "stored"}
    yield 2
    assert stage.asked_reports() == []

    # a silent edit, and one that is taken down
    stage.site.pages["/news/2"] = with_etag(Answer(report("Village 2", toll=9)), '"two"')
    del stage.site.pages["/news/3"]
    yield 30
    assert stage.asked_reports() == ["/news/1", "/news/2", "/news/3"]
    assert stage.outcomes() == {
        "/news/1": "unchanged", "/news/2": "changed", "/news/3": "gone", "/news/9": "stored",
    }  # fmt: skip
    yield 24 * 100
    assert stage.asked_reports() == ["/news/3"]  # whether it's gone for good; all others are old


def new_reports_go_before_those_to_look_at_again(stage: Stage) -> Iterator[float]:
    stage.source(feeds=[f"{stage.base}/feed.xml"], revisit=["1h"], run_budget=2)
    stage.site.pages = villages(1, 2) | {"/feed.xml": rss(*((url, NOON) for url in stage.urls(1, 2)))}
    yield 0
    assert stage.asked_reports() == ["/news/1", "/news/2"]
    stage.site.pages |= villages(3) | {"/feed.xml": rss(*((url, NOON) for url in stage.urls(1, 2, 3)))}
    yield 2
    asked = stage.asked_reports()
    assert len(asked) == 2
    assert "/news/3" in asked


SCHEDULES = (
    reports_are_looked_at_again_as_they_age,
    new_reports_go_before_those_to_look_at_again,
    edits_and_take_downs_are_noticed,
    what_has_not_changed_costs_a_304,
    what_was_over_the_budget_is_looked_at_by_the_next_run,
    a_site_that_says_modified_today_of_everything,
    a_sitemap_of_the_newest_drops_reports_that_are_there,
    a_sitemap_that_drops_what_was_taken_down,
    a_report_that_is_replaced_by_a_soft_404_or_the_homepage,
    a_page_that_was_empty_is_looked_at_again,
)
BACKFILLS = (sitemaps_are_walked_back, the_pages_of_a_listing_are_turned)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    """What became of each story."""
    schedules, backfills = (tmp_path_factory.mktemp(name) for name in ("schedules", "backfills"))
    told = tell(SCHEDULES, schedules)
    days = ("-a", "backfill=1", "-a", "since=2025-03-10", "-a", "until=2025-05-20")
    told |= tell(BACKFILLS, backfills, *days)
    for folder in (schedules, backfills):
        sound(folder)
    return told


def sound(folder: Path) -> None:
    assert_sums(folder)
    assert_sound(folder)


@pytest.mark.parametrize("story", [story.__name__ for story in (*SCHEDULES, *BACKFILLS)])
def test_story(ended: dict[str, BaseException | None], story: str) -> None:
    error = ended[story]
    if error is not None:
        raise error

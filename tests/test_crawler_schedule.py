"""Crawls that follow each other: what is asked for again, what is left out, and where a backfill goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sites.awkward import Answer, Asked, Dynamic, Page, Site, links, report, serving, sitemap
from tests.sites.crawling import assert_sound, assert_sums, crawl, outcomes, rows, write_source

Story = Callable[[Site, Path], None]


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """The stories of this module, two at a time, each on a site of its own."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            story.__name__: pool.submit(tell, story, tmp_path_factory.mktemp("story")) for story in STORIES
        }


def tell(story: Story, folder: Path) -> None:
    with serving(Site()) as site:
        story(site, folder)
    assert_sums(folder)
    assert_sound(folder)


def taken(site: Site, prefix: str = "/") -> list[str]:
    """Return what was asked for since the last call, sorted, without robots.txt."""
    found = sorted(path for path in site.paths() if path.startswith(prefix) and path != "/robots.txt")
    site.forget()
    return found


def index(site: Site, *names: str) -> Answer:
    inner = "".join(f"<sitemap><loc>{site.url}/{name}</loc></sitemap>" for name in names)
    return Answer(f"<sitemapindex>{inner}</sitemapindex>".encode(), content_type="text/xml")


def with_etag(body: Answer, etag: str) -> Dynamic:
    """Return a page that answers 304 to whoever has it."""

    def respond(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=(("ETag", etag),))
        return Answer(body.body, content_type=body.content_type, headers=(("ETag", etag),))

    return Dynamic(respond)


def a_backfill_goes_on_where_it_stopped(site: Site, folder: Path) -> None:
    months = [f"2025-{month:02}" for month in range(1, 13)]
    write_source(folder, "local", sitemaps=[f"{site.url}/index.xml"], run_budget=4)
    site.pages = {"/index.xml": index(site, *(f"{month}.xml" for month in months))}
    for number, month in enumerate(months, start=1):
        pages = [f"/news/{number}1", f"/news/{number}2"]
        site.pages |= {path: Answer(report(f"Village {path}", published=f"{month}-10")) for path in pages}
        site.pages[f"/{month}.xml"] = sitemap(*((site.url + path, f"{month}-10T00:00:00Z") for path in pages))
    wanted = ("-a", "backfill=1", "-a", "since=2025-03-10", "-a", "until=2025-05-20")
    first = crawl(folder, "local", *wanted)
    # April may begin in March and end in May by the site's clock; what is surely outside is not asked for
    assert taken(site, "/2025") == ["/2025-03.xml", "/2025-04.xml", "/2025-05.xml"]
    assert "4 reports archived" in first.stdout
    assert {row["state"] for row in rows(folder, "select state from backfills")} == {"finished"}

    crawl(folder, "local", *wanted)
    assert taken(site, "/2025") == []  # all three were walked to their end
    assert sorted(path for path, outcome in outcomes(folder).items() if outcome == "stored") == [
        "/news/31", "/news/32", "/news/41", "/news/42", "/news/51", "/news/52",
    ]  # fmt: skip
    assert [row["kind"] for row in rows(folder, "select kind from runs")] == ["backfill"] * 2


def a_backfill_turns_the_pages_of_a_listing(site: Site, folder: Path) -> None:
    write_source(folder, "local", listings=[f"{site.url}/list/{{page}}"], max_pages=2)
    dates = {number: f"2025-12-{31 - number:02}" for number in range(1, 21)}
    for number, date in dates.items():
        site.pages[f"/news/{number}"] = Answer(report(f"Village {number}", published=f"{date}T08:00:00Z"))
    for page in range(1, 11):
        site.pages[f"/list/{page}"] = links(f"/news/{2 * page - 1}", f"/news/{2 * page}")
    site.pages["/list/5"] = Answer(b"busy", 500)
    wanted = ("-a", "backfill=1", "-a", "since=2025-12-18")
    crawl(folder, "local", *wanted)  # as if it had been interrupted
    assert set(taken(site, "/list")) == {f"/list/{page}" for page in range(1, 6)}
    (row,) = rows(folder, "select * from backfills")
    assert (row["state"], row["page"], row["next_url"]) == ("running", 4, f"{site.url}/list/5")

    site.pages["/list/5"] = links("/news/9", "/news/10")
    crawl(folder, "local", *wanted)
    # page 8 is the first whose reports are all too old; their dates are known when page 9 has come
    assert taken(site, "/list") == ["/list/5", "/list/6", "/list/7", "/list/8", "/list/9"]
    (row,) = rows(folder, "select * from backfills")
    assert row["state"] == "finished"
    stored = {path for path, outcome in outcomes(folder).items() if outcome == "stored"}
    assert stored == {f"/news/{number}" for number in range(1, 14)}

    crawl(folder, "local", *wanted)
    assert taken(site) == []  # the listing was walked to its end


def what_has_not_changed_costs_a_304(site: Site, folder: Path) -> None:
    write_source(folder, "local", sitemaps=[f"{site.url}/sitemap.xml"])
    old, new, newer = "2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z", "2026-01-22T00:00:00Z"
    pages: dict[str, Page] = {
        f"/news/{number}": with_etag(Answer(report(f"Village {number}")), '"one"') for number in (1, 2, 3)
    }
    site.pages = dict(pages)
    site.pages["/sitemap.xml"] = with_etag(sitemap(*((site.url + path, old) for path in pages)), '"a"')
    crawl(folder, "local")
    assert taken(site) == ["/news/1", "/news/2", "/news/3", "/sitemap.xml"]

    done = crawl(folder, "local")
    assert taken(site) == ["/sitemap.xml"]
    assert "nothing new (0 found" in done.stdout
    (endpoint,) = rows(folder, "select * from endpoints")
    assert (endpoint["outcome"], endpoint["status"], endpoint["etag"]) == ("not_modified", 304, '"a"')

    # said to be changed: one is not, the other is
    site.pages["/news/2"] = with_etag(Answer(report("Village 2", toll=9)), '"two"')
    changed = ((f"{site.url}/news/1", new), (f"{site.url}/news/2", new), (f"{site.url}/news/3", old))
    site.pages["/sitemap.xml"] = with_etag(sitemap(*changed), '"b"')
    crawl(folder, "local")
    assert taken(site) == ["/news/1", "/news/2", "/sitemap.xml"]
    assert outcomes(folder) == {"/news/1": "unchanged", "/news/2": "changed", "/news/3": "stored"}
    assert [row["status"] for row in rows(folder, "select status from captures order by id")].count(304) == 1

    # the same version, and another body: it is never believed again
    lying = ((f"{site.url}/news/1", new), (f"{site.url}/news/2", newer), (f"{site.url}/news/3", old))
    site.pages["/sitemap.xml"] = Answer(
        sitemap(*lying).body, content_type="text/xml", headers=(("ETag", '"b"'),)
    )
    crawl(folder, "local")
    assert taken(site) == ["/news/2", "/sitemap.xml"]
    assert [row["lies"] for row in rows(folder, "select lies from endpoints")] == [1]
    crawl(folder, "local")
    assert "if-none-match" not in site.requests[-1].headers


def a_killed_run_leaves_nothing_unseen(site: Site, folder: Path) -> None:
    """A change that a run saw listed, and had no budget to look at, is looked at by the next."""
    write_source(folder, "local", sitemaps=[f"{site.url}/sitemap.xml"], run_budget=2)
    old, new = "2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z"
    paths = [f"/news/{number}" for number in range(1, 5)]
    site.pages = {path: Answer(report(f"Village {path[-1]}")) for path in paths}
    site.pages["/sitemap.xml"] = with_etag(sitemap(*((site.url + path, old) for path in paths)), '"a"')
    first = crawl(folder, "local")
    assert "2  left for the next run" in first.stdout
    crawl(folder, "local")
    assert {*outcomes(folder).values()} == {"stored"}
    site.pages |= {path: Answer(report(f"Village {path[-1]}", toll=9)) for path in paths}
    site.pages["/sitemap.xml"] = with_etag(sitemap(*((site.url + path, new) for path in paths)), '"b"')
    crawl(folder, "local")
    crawl(folder, "local")  # the sitemap says that it is the same
    assert {*outcomes(folder).values()} == {"changed"}


def a_site_that_says_modified_today_of_everything(site: Site, folder: Path) -> None:
    write_source(folder, "local", sitemaps=[f"{site.url}/sitemap.xml"])
    paths = [f"/news/{number}" for number in range(1, 31)]
    site.pages = {path: Answer(report(f"Village {path}")) for path in paths}
    for day in (20, 21):
        lastmod = f"2026-01-{day}T00:00:00Z"
        site.pages["/sitemap.xml"] = sitemap(*((site.url + path, lastmod) for path in paths))
        crawl(folder, "local")
        assert len(taken(site, "/news")) == {20: 30, 21: 3}[day]


STORIES = (
    a_backfill_goes_on_where_it_stopped,
    a_backfill_turns_the_pages_of_a_listing,
    what_has_not_changed_costs_a_304,
    a_killed_run_leaves_nothing_unseen,
    a_site_that_says_modified_today_of_everything,
)


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_story(stories: dict[str, Future[None]], story: str) -> None:
    stories[story].result(timeout=180)

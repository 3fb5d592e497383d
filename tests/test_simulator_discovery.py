"""What must happen on sites whose validators lie, that never end, that are bombs, and that get a new design."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sites import simulator
from tests.sites.awkward import Answer, Dynamic, Site, links, redirect, report, serving, sitemap
from tests.sites.crawling import assert_sound, assert_sums, crawl, outcomes, rows, start, write_source
from tests.sites.simulator import Feed
from tests.sites.simulator import Story as Tale
from tests.sites.stories import Stage, Story, report_anywhere, tell

pytestmark = pytest.mark.slow  # the stories of many crawls
HAS_BROTLI = importlib.util.find_spec("brotli") is not None


# -- validators -----------------------------------------------------------------------------------------------


def feeds_with_honest_and_lying_etags(stage: Stage) -> Iterator[float]:
    honest, restless = Feed(stage.urls(1, 2)), Feed(stage.urls(11, 12), tag=simulator.ever_new_tags())
    frozen = Feed(stage.urls(21, 22), tag=simulator.same_tag)  # 304, though it has changed
    careless = Feed(stage.urls(31, 32), tag=simulator.same_tag, obeys=False)  # the same ETag on another body
    feeds = {"honest": honest, "restless": restless, "frozen": frozen, "careless": careless}
    stage.site.pages = {f"/{name}.xml": feed.page() for name, feed in feeds.items()}
    stage.site.otherwise = Dynamic(report_anywhere)
    stage.source(feeds=[f"{stage.base}/{name}.xml" for name in feeds])
    yield 0
    assert len(stage.asked_reports()) == 8

    # an hour later: what is honest costs no body, what says another tag is compared, what is new is fetched
    careless.links += stage.urls(33)
    frozen.links += stage.urls(23)
    yield 1
    assert stage.asked_reports() == ["/news/33"]
    assert {name: feed.served[-1] for name, feed in feeds.items()} == {
        "honest": 304, "restless": 200, "frozen": 304, "careless": 200,
    }  # fmt: skip
    states = stage.by_path("endpoints")
    assert (states["/honest.xml"]["outcome"], states["/restless.xml"]["outcome"]) == ("not_modified",) * 2
    assert [path for path, row in states.items() if row["lies"]] == ["/careless.xml"]

    # a day later everything is asked for in full, and the one that said "not modified" is found out
    yield 24
    assert stage.asked_reports() == ["/news/23"]
    assert stage.by_path("endpoints")["/frozen.xml"]["lies"] == 1
    frozen.links += stage.urls(24)
    honest.links += stage.urls(3)
    yield 25
    assert stage.asked_reports() == ["/news/24", "/news/3"]
    assert set(stage.outcomes().values()) <= {"stored", "unchanged"}


# -- what never ends ------------------------------------------------------------------------------------------


def listings_and_calendars_without_end(stage: Stage) -> Iterator[float]:
    archive, anything = simulator.endless_listing(stage.base), simulator.endless_site()
    stage.site.otherwise = Dynamic(
        lambda request: (archive if request.target.startswith("/archive?") else anything).respond(request)
    )
    stage.site.pages = {
        "/latest": archive,  # leads to /archive?page=2
        "/sessions": simulator.with_session_ids(stage.base, range(101, 109)),
        "/same?p=1": links("/news/1", "/news/2"),
        "/same?p=2": links("/news/2", "/news/1"),
        "/same?p=3": links("/news/1", "/news/3"),
    }
    listings = [
        "/archive?page={page}",
        "/latest",
        "/front",
        "/calendar/2026-01",
        "/sessions",
        "/same?p={page}",
    ]
    stage.source(listings=[stage.base + path for path in listings], max_pages=4)
    yield 0
    seen = set(stage.asked()) - {"/robots.txt"}
    pages = {path for path in seen if not path.startswith("/news/")}
    assert {path for path in pages if path.startswith("/archive")} == {
        f"/archive?page={n}" for n in range(1, 5)
    }
    assert "/same?p=3" not in pages  # the second page held nothing that the first had not
    # a listing that is itself a calendar may turn its page, as long as there is something new on it
    assert {path for path in pages if path.startswith("/calendar")} <= {
        "/calendar/2026-01",
        "/calendar/2026-02",
    }
    assert not [path for path in seen if "search" in path or "SESSID" in path or "archive/archive" in path]
    query = "select rule, links from refusals join runs on runs.id = run_id where source_id = ?"
    refused = {row["rule"]: row["links"] for row in rows(stage.folder, query, stage.name)}
    assert {"calendar", "search", "session"} <= set(refused)
    assert refused["session"] == 4
    assert set(stage.outcomes().values()) == {"stored"}

    # half a day later nothing is new: no report is fetched again, and only the first page of each is looked at
    yield 24
    again = [path for path in stage.asked() if path != "/robots.txt"]
    assert not [path for path in again if path.startswith("/news/")], again
    assert len(again) <= len(listings) + 1, again


# -- a new design ---------------------------------------------------------------------------------------------


def a_new_design_is_no_revision(stage: Stage) -> Iterator[float]:
    tales = {f"/news/{number}": Tale(f"Village {number}", toll=number) for number in range(1, 7)}
    stage.site.pages = {path: Answer(tale.old_design()) for path, tale in tales.items()}
    stage.site.pages["/sitemap.xml"] = sitemap(
        *((stage.base + path, "2026-01-25T00:00:00Z") for path in tales)
    )
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    yield 0
    assert set(stage.outcomes().values()) == {"stored"}
    stage.site.forget()

    # every page has another markup, and the sitemap says so; one was corrected besides
    tales["/news/4"] = Tale("Village 4", toll=44)
    stage.site.pages |= {path: Answer(tale.new_design()) for path, tale in tales.items()}
    stage.site.pages["/sitemap.xml"] = sitemap(
        *((stage.base + path, "2026-02-02T00:00:00Z") for path in tales)
    )
    yield 24
    assert stage.asked_reports() == list(tales)
    revised = {path: row["revision_count"] for path, row in stage.by_path("articles").items()}
    assert revised == dict.fromkeys(tales, 1) | {"/news/4": 2}
    assert [path for path, outcome in stage.outcomes().items() if outcome == "changed"] == ["/news/4"]
    for row in stage.rows("articles"):
        assert "newsletter" not in row["body"]
        assert "Hospitals in the district" in row["body"]


def a_sitemap_that_calls_everything_modified(stage: Stage) -> Iterator[float]:
    paths = [f"/news/{number}" for number in range(1, 41)]
    stage.site.otherwise = Dynamic(report_anywhere)
    stage.site.pages["/sitemap.xml"] = sitemap(
        *((stage.base + path, "2026-01-25T00:00:00Z") for path in paths)
    )
    stage.source(sitemaps=[f"{stage.base}/sitemap.xml"])
    yield 0
    assert len(stage.asked_reports()) == 40
    stage.site.pages["/sitemap.xml"] = sitemap(
        *((stage.base + path, "2026-02-02T00:00:00Z") for path in paths)
    )
    yield 24
    assert len(stage.asked_reports()) <= 5  # a sample, not all of the site each day
    assert set(stage.outcomes().values()) <= {"stored", "unchanged"}


STORIES: tuple[Story, ...] = (
    feeds_with_honest_and_lying_etags,
    listings_and_calendars_without_end,
    a_new_design_is_no_revision,
    a_sitemap_that_calls_everything_modified,
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    folder = tmp_path_factory.mktemp("discovery")
    ended = tell(STORIES, folder)
    assert_sums(folder)
    assert_sound(folder)
    return ended


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_story(told: dict[str, BaseException | None], story: str) -> None:
    error = told[story]
    if error is not None:
        raise error


# -- a crawl of their own -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_sitemap_of_fifty_thousand(tmp_path: Path) -> None:
    size, newest = 50_000, datetime(2026, 1, 31, tzinfo=UTC)
    with serving(Site(otherwise=Dynamic(report_anywhere))) as site:
        body = gzip.compress(simulator.big_sitemap(site.url, size, newest), compresslevel=1)
        etag = (("ETag", '"1"'),)
        site.pages = {"/sitemap.xml.gz": Answer(body, content_type="application/gzip", headers=etag)}
        write_source(tmp_path, "local", sitemaps=[f"{site.url}/sitemap.xml.gz"])
        crawl(tmp_path, "local", "-a", "limit=5", "-s", "EXTRACTION_TIMEOUT=60")
        newest_first = [path for path in site.paths() if path.startswith("/news/")]
    assert sorted(newest_first) == [f"/news/{number}" for number in range(size - 4, size + 1)]
    (counts,) = rows(tmp_path, "select * from runs")
    assert (counts["found"], counts["stored"], counts["waiting"]) == (size, 5, size - 5)
    assert rows(tmp_path, "select count(*) from leads where state = 'waiting'")[0][0] == size - 5
    assert_sums(tmp_path)


# -- bombs, charsets, redirects -------------------------------------------------------------------------------


ARABIC, UKRAINIAN = "قصف جوي على مدينة سراقب يقتل خمسة", "Обстріл Херсона: загинули двоє людей"
HOST = "http://sim.example"


def broken_feed(title: str, charset: str, declared: str, number: int) -> Answer:
    """Return a feed in an old charset: undeclared entities, bare ampersands, tags left open, cut off."""
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><rss><channel><title>{title}</title>'
        f"<item><title>{title}&nbsp;&hellip;</title><link>{HOST}/news/{number}?id=1&lang=ar&copy=2</link>"
        f"<description>{title}<br></description></item>"
        f"<item><title>{title}</title><link>{HOST}/news/{number + 1}</link><pubDate>Sat, 31 Jan 2026 10:00:00 GMT"
    )
    return Answer(text.encode(charset, "xmlcharrefreplace"), content_type="text/xml; charset=utf-8")


def packed(body: bytes, coding: str, content_type: str = "text/xml") -> Answer:
    """Return a body with a Content-Encoding."""
    return Answer(body, content_type=content_type, headers=(("Content-Encoding", coding),))


def lay_bombs(site: Site) -> None:
    import brotli  # noqa: PLC0415 - the test is skipped without it

    urlset, size = b"<urlset>", 60_000_000
    page = b"<html><body><article><h1>Bomb</h1><p>"
    site.pages = {
        "/plain.xml": sitemap(*((f"{HOST}/news/{number}", None) for number in range(1, 12))),
        "/file.xml.gz": Answer(simulator.gzip_bomb(urlset, size), content_type="application/gzip"),
        "/gzip.xml": packed(simulator.gzip_bomb(urlset, size), "gzip"),
        "/brotli.xml": packed(brotli.compress(urlset + b" " * size, quality=4), "br"),
        "/arabic.xml": broken_feed(ARABIC, "windows-1256", "windows-1256", 20),
        "/mislabelled.xml": broken_feed(ARABIC, "windows-1256", "utf-8", 22),
        "/ukrainian.xml": broken_feed(UKRAINIAN, "windows-1251", "windows-1251", 24),
        "/inwards.xml": redirect(f"{site.url}/inner.xml"),
        "/metadata.xml": redirect("http://169.254.169.254/latest/meta-data/"),
        "/news/1": packed(brotli.compress(report("Saraqeb")), "br", "text/html"),
        "/news/2": packed(simulator.gzip_bomb(page, size), "gzip", "text/html"),
        "/news/3": packed(brotli.compress(page + b" " * size, quality=4), "br", "text/html"),
        "/news/4": redirect(f"{site.url}/inner"),
        "/news/5": redirect("http://169.254.169.254/latest/meta-data/"),
        "/news/6": redirect("http://[::ffff:169.254.169.254]/"),
        "/news/7": redirect("http://2130706433/inner"),
        "/loop": redirect("/loop"),
    }
    simulator.chain(site, "8", 3, "/news/800")
    simulator.chain(site, "9", 9, "/news/900")
    simulator.chain(site, "10", 2, "/news/1")
    simulator.chain(site, "11", 2, "/loop")


def watched(process: subprocess.Popen[str]) -> tuple[float, str]:
    """Return how many MB a crawl's own process held at most, and what it wrote to stderr, once it has ended."""
    most, status = 0.0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        if status.exists():
            held = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            most = max([most, *(int(line.split()[1]) / 1024 for line in held)])
        time.sleep(0.1)
    return most, process.communicate()[1]


@pytest.mark.skipif(not HAS_BROTLI, reason="brotli is not installed")
def test_bombs_old_charsets_and_redirects_inwards(tmp_path: Path) -> None:
    feeds = ["arabic.xml", "mislabelled.xml", "ukrainian.xml"]
    sitemaps = ["plain.xml", "file.xml.gz", "gzip.xml", "brotli.xml", "inwards.xml", "metadata.xml"]
    with serving(Site(otherwise=Dynamic(report_anywhere))) as site:
        lay_bombs(site)
        write_source(
            tmp_path, "public", homepage=f"{HOST}/", private=False,
            feeds=[f"{HOST}/{name}" for name in feeds], sitemaps=[f"{HOST}/{name}" for name in sitemaps],
        )  # fmt: skip
        host_map = json.dumps({"sim.example": site.url})
        process = start(
            tmp_path, "crawl", "public", "-s", f"HOST_MAP={host_map}", "-s", "CONTACT=tests@example.org",
            "-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_MAXSIZE=20000000",
        )  # fmt: skip
        most, errors = watched(process)
        paths = site.paths()
    assert "Traceback" not in errors, errors
    assert most < 500, f"{most} MB"  # not 60 MB for each of the bombs

    assert not {"/inner", "/inner.xml"} & set(paths)
    came = outcomes(tmp_path)
    told = {path: came[path] for path in (f"/news/{number}" for number in range(1, 12))}
    assert told == {
        "/news/1": "stored",
        "/news/2": told["/news/2"],
        "/news/3": told["/news/3"],
        "/news/4": "not_an_article",
        "/news/5": "not_an_article",
        "/news/6": "not_an_article",
        "/news/7": "failed",  # a name that stands for 127.0.0.1
        "/news/8": "stored",
        "/news/9": "failed",  # too many hops
        "/news/10": "duplicate",
        "/news/11": "failed",
    }
    assert {told["/news/2"], told["/news/3"]} <= {"failed", "not_an_article"}
    states = {
        "/" + row["url"].split("/", 3)[3]: dict(row) for row in rows(tmp_path, "select * from endpoints")
    }
    assert {path for path, row in states.items() if row["outcome"] != "read"} == {
        "/file.xml.gz", "/gzip.xml", "/brotli.xml", "/inwards.xml", "/metadata.xml",
    }  # fmt: skip
    assert all(row["last_error"] for row in states.values() if row["outcome"] != "read")
    assert "private address" in str(states["/metadata.xml"]["last_error"])
    assert came["/news/20?id=1&lang=ar&copy=2"] == "stored"  # no parameter of a bare ampersand is lost
    assert [row["last_error"] is None for row in (states[f"/{name}"] for name in feeds)] == [False] * 3
    assert_sums(tmp_path)
    assert_sound(tmp_path)

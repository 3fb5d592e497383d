"""Crawls of a site that no catalogue knows, and of a source none of whose endpoints can be read any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.crawl import check
from tests.sites.awkward import Answer, Site, report, serving
from tests.sites.crawling import assert_sound, assert_sums, crawl, outcomes, rows, run, write_source
from tests.sites.unknown import MAKES

ALLOWED = ("-s", "ALLOW_PRIVATE_HOSTS=1", "-s", "CONTACT=you@example.org", "-s", "DOWNLOAD_DELAY=0.01",
           "-s", "AUTOTHROTTLE_ENABLED=0")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("make", "reports"), [("wordpress", 12), ("old_php", 12)])
def test_an_unknown_site_is_surveyed_and_crawled(tmp_path: Path, make: str, reports: int) -> None:
    with serving(Site()) as site:
        site.pages = MAKES[make](site)
        done = crawl(tmp_path, "site", "-a", f"url={site.url}/", *ALLOWED)
        traps = [path for path in site.paths() if "calendar" in path or "comment" in path]
    assert f"{reports} reports archived" in done.stdout
    assert traps == []
    assert {*outcomes(tmp_path).values()} == {"stored"}
    (source,) = rows(tmp_path, "select id, homepage from sources")
    assert (source["id"], source["homepage"]) == (f"site-127-0-0-1-{site.port}", f"{site.url}/")
    assert_sums(tmp_path)
    assert_sound(tmp_path)


def test_a_site_without_reports_is_said_to_have_none(tmp_path: Path) -> None:
    with serving(Site()) as site:
        site.pages = MAKES["nothing"](site)
        done = run(tmp_path, "crawl", "site", "-a", f"url={site.url}/", *ALLOWED)
    assert done.returncode == 1
    assert "could not be crawled: no feed, sitemap or listing was found" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("site", {}, "`site` needs the address of a home page: scrapy crawl site -a url=https://example.org"),
        ("site", {"url": "example"}, "-a url='example' is not an address such as https://example.org"),
        ("site", {"url": "https://example.org"}, "export CONTACT=you@example.org"),
        ("demo", {"url": "https://example.org"}, "demo has its addresses in the catalogue"),
    ],
)
def test_what_cannot_be_crawled_is_said_in_a_sentence(
    name: str, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UsageError) as raised:
        check(name, options, Settings({"CONTACT": ""}))
    assert sentence in str(raised.value)


def test_a_source_whose_feed_is_gone_is_surveyed(tmp_path: Path) -> None:
    with serving(Site()) as site:
        site.pages = MAKES["wordpress"](site)
        write_source(
            tmp_path, "local", homepage=f"{site.url}/", feeds=[f"{site.url}/old-feed.xml"],
            article_pattern=r"/2026/\d\d/\d\d/[a-z0-9-]+/$",
        )  # fmt: skip
        done = crawl(tmp_path, "local")
        assert "12 reports archived" in done.stdout
        assert f"a survey of {site.url}/ found {site.url}/feed/" in done.stderr
        states = {
            row["url"].rpartition("/")[2]: row["outcome"] for row in rows(tmp_path, "select * from endpoints")
        }
        assert states["old-feed.xml"] == "gone"
    assert_sums(tmp_path)


def test_a_site_that_is_down_or_refuses_us_is_not_surveyed(tmp_path: Path) -> None:
    with serving(Site(otherwise=Answer(b"no entry", 403))) as site:
        site.pages = {"/robots.txt": Answer(b"", 404), "/news/1": Answer(report("Idlib"))}
        write_source(tmp_path, "local", homepage=f"{site.url}/", feeds=[f"{site.url}/feed.xml"])
        done = run(tmp_path, "crawl", "local")
        assert done.returncode == 1
        assert site.paths().count("/feed.xml") == 1
        assert set(site.paths()) == {"/robots.txt", "/feed.xml"}

"""A crawl of a site where everything goes wrong: each lead ends in one outcome, with its evidence and a reason."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, UsageError
from scrapy.http import Request
from scrapy.settings import Settings
from warcio.archiveiterator import ArchiveIterator

from archive.models import Outcome
from crawler.sources.loader import load_file
from crawler.spiders.loader import CatalogueSpiderLoader
from crawler.spiders.news import spider_for
from crawler.spiders.responses import of_failure, of_status
from tests.sites import hostile
from tests.sites.awkward import serving
from tests.sites.crawling import assert_sound, assert_sums, outcomes, rows, run, write_source

HOST = hostile.HOST
SITEMAPS = ["sitemap", "html", "bomb", "index", "slow", "closed"]
IMPATIENT = ("-s", "DOWNLOAD_TIMEOUT=1", "-s", "RETRY_TIMES=1", "-s", "DOWNLOAD_MAXSIZE=2000000")


@dataclass(frozen=True)
class Crawled:
    folder: Path
    first: subprocess.CompletedProcess[str]
    asked: list[str]
    asked_again: list[str]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """The hostile site, crawled twice in a row."""
    folder = tmp_path_factory.mktemp("hostile")
    write_source(
        folder, "hostile", homepage=f"{HOST}/", private=False, feeds=[f"{HOST}/feed.xml", f"{HOST}/broken.xml"],
        sitemaps=[*(f"{HOST}/{name}.xml" for name in SITEMAPS), f"{HOST}/bomb.xml.gz"],
        listings=[f"{HOST}/listing", f"{HOST}/trapped", f"{HOST}/voting"],
    )  # fmt: skip
    with serving(hostile.site()) as site:
        host_map = json.dumps({"hostile.example": site.url})
        first = run(folder, "crawl", "hostile", "-s", f"HOST_MAP={host_map}", *IMPATIENT)
        asked = site.paths()
        site.forget()
        run(folder, "crawl", "hostile", "-s", f"HOST_MAP={host_map}", *IMPATIENT, "-s", "RETRY_TIMES=0")
        yield Crawled(folder, first, asked, site.paths())


def test_every_lead_ends_in_one_outcome(crawled: Crawled) -> None:
    assert crawled.first.returncode == 0
    assert outcomes(crawled.folder) == hostile.OUTCOMES
    assert_sums(crawled.folder)
    assert_sound(crawled.folder)


def test_the_run_s_row_counts_them(crawled: Crawled) -> None:
    row = rows(crawled.folder, "select * from runs")[0]
    assert (row["found"], row["finish_reason"]) == (len(hostile.OUTCOMES), "finished")
    for outcome in Outcome:
        assert row[outcome] == list(hostile.OUTCOMES.values()).count(outcome), outcome
    assert row["refused"] >= len(hostile.TRAPS)
    assert row["requests"] >= len(crawled.asked)


def test_whatever_is_not_stored_says_why_in_plain_words(crawled: Crawled) -> None:
    for row in rows(crawled.folder, "select * from leads where outcome != 'stored'"):
        assert row["last_error"], row["url"]
        assert "Traceback" not in row["last_error"]
        assert "<twisted" not in row["last_error"]
    errors = {row["url"]: row["last_error"] for row in rows(crawled.folder, "select * from leads")}
    assert errors[f"{HOST}/news/8"] == "the server did not answer in time"
    assert errors[f"{HOST}/news/10"] == "it redirects too often"
    assert errors[f"{HOST}/news/6"] == "HTTP 500 Internal Server Error"


def test_traps_get_no_request(crawled: Crawled) -> None:
    traps = {*hostile.TRAPS, "/news/2/like"}
    assert not traps & {*crawled.asked, *crawled.asked_again}
    assert "/about" not in crawled.asked  # no report by the source's pattern


def test_robots_txt_is_obeyed_by_all_that_waited_for_it(crawled: Crawled) -> None:
    assert crawled.asked[0] == "/robots.txt"
    assert not {"/news/18", "/closed.xml"} & {*crawled.asked, *crawled.asked_again}


def test_endpoints_say_what_is_wrong_with_them(crawled: Crawled) -> None:
    errors = {
        row["url"].removeprefix(HOST): row["last_error"]
        for row in rows(crawled.folder, "select * from endpoints")
    }
    assert {path for path, error in errors.items() if error is None} == {
        "/feed.xml", "/sitemap.xml", "/index.xml", "/listing", "/trapped"
    }  # fmt: skip
    assert "broken" in errors["/broken.xml"]
    assert "HTML page" in errors["/html.xml"]
    assert "entities" in errors["/bomb.xml"]
    assert "unpacks to more" in errors["/bomb.xml.gz"]
    assert "vote" in errors["/voting"]
    assert errors["/slow.xml"] == "the server did not answer in time"
    assert errors["/closed.xml"] == "robots.txt forbids it"


def test_every_response_is_captured(crawled: Crawled) -> None:
    captured = [
        (row["url"].removeprefix(HOST), row["status"])
        for row in rows(crawled.folder, "select * from captures where run_id = 1 order by id")
    ]
    for exchange in [("/news/3", 404), ("/news/4", 410), ("/news/5", 403), ("/news/7", 503), ("/news/7", 200),
                     ("/news/9", 301), ("/moved/9", 302), ("/news/900", 200), ("/news/10", 302), ("/loop", 302),
                     ("/news/11", 302), ("/news/12", 302), ("/news/14", 200), ("/news/15", 200)]:  # fmt: skip
        assert exchange in captured
    assert captured.count(("/news/6", 500)) == 2  # the retry too
    assert not {path for path, _ in captured} & {"/robots.txt", "/feed.xml", "/news/18"}


def test_what_is_captured_is_what_the_server_sent(crawled: Crawled) -> None:
    bodies = {}
    for warc in (crawled.folder / "warc").iterdir():
        with warc.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI").removeprefix(HOST)
                    bodies[url] = (record.http_headers, record.raw_stream.read())
    headers, body = bodies["/news/2"]
    assert (headers.get_header("Content-Encoding"), body) == ("gzip", hostile.GZIPPED)
    assert bodies["/news/16"][1] == hostile.GZIPPED[:60]
    assert bodies["/news/15"][1].startswith(b"%PDF")
    headers, body = bodies["/news/23"]
    assert headers.get_header("Transfer-Encoding") is None  # its chunks are joined
    assert body == hostile.PAGE
    (row,) = rows(crawled.folder, "select * from captures where url = ?", f"{HOST}/news/2")
    assert row["payload_bytes"] == len(hostile.GZIPPED)
    (article,) = rows(crawled.folder, "select * from articles where url = ?", f"{HOST}/news/2")
    assert "civilians were killed" in article["body"]
    assert "civilians were killed" in gzip.decompress(hostile.GZIPPED).decode()


def test_warcio_checks_the_files(crawled: Crawled) -> None:
    files = list((crawled.folder / "warc").iterdir())
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *files]
    check = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (check.returncode, "fail" in check.stdout) == (0, False), check.stdout


def test_what_failed_waits_for_its_time(crawled: Crawled) -> None:
    reports = {path for path in crawled.asked_again if path.startswith("/news/")}
    assert reports == set()
    (second,) = rows(crawled.folder, "select * from runs where id = 2")
    assert second["found"] == second["known"]
    waiting = rows(crawled.folder, "select * from leads where state = 'waiting'")
    assert {row["outcome"] for row in waiting} == {"failed", "gone", "blocked", "not_an_article"}
    assert all(row["next_attempt_at"] > row["last_attempt_at"] for row in waiting)


def test_a_report_at_another_address_is_stored_there(crawled: Crawled) -> None:
    urls = {row["url"].removeprefix(HOST) for row in rows(crawled.folder, "select * from articles")}
    assert urls == {"/news/1", "/news/2", "/news/7", "/news/23", "/news/900", "/2026/renamed"}


# -- without a crawl --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, None), (204, None), (301, "failed"), (304, "failed"), (401, "blocked"), (404, "gone"), (410, "gone"),
     (418, "failed"), (429, "blocked"), (451, "blocked"), (500, "failed"), (599, "failed")],
)  # fmt: skip
def test_a_status_has_an_outcome(status: int, outcome: str | None) -> None:
    found, sentence = of_status(status)
    assert found == outcome
    assert (sentence is None) == (outcome is None)


def test_a_failure_has_an_outcome_and_words() -> None:
    assert of_failure(DownloadTimeoutError("x")) == (Outcome.FAILED, "the server did not answer in time")
    assert of_failure(IgnoreRequest("too much")) == (Outcome.NOT_ARTICLE, "ignored: too much")
    assert of_failure(OSError("no route")) == (Outcome.FAILED, "OSError: no route")
    assert of_failure(None)[0] is Outcome.FAILED


def test_a_real_source_is_asked_one_thing_at_a_time(tmp_path: Path) -> None:
    source = load_file(write_source(tmp_path, "real", delay=7.5, feeds=["https://real.example/feed"]))
    settings = Settings()
    settings.setmodule("crawler.settings")
    spider_for(source).update_settings(settings)
    assert settings.getfloat("DOWNLOAD_DELAY") == 7.5
    assert settings.getfloat("AUTOTHROTTLE_START_DELAY") == 7.5
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings.getbool("AUTOTHROTTLE_ENABLED")
    assert settings.getbool("ROBOTSTXT_OBEY")


def test_the_loader_knows_sources_by_name_alias_and_address() -> None:
    loader = CatalogueSpiderLoader.from_settings(Settings())
    assert "zamanalwsl-en" in loader.list()
    assert loader.load("zamanalwasl-en").name == "zamanalwsl-en"
    entry = loader.catalogue().get("zamanalwsl-en")
    assert loader.find_by_request(Request(entry.examples[0])) == ["zamanalwsl-en"]
    assert loader.find_by_request(Request("https://nobody.example/")) == []
    with pytest.raises(KeyError, match="zamanalwsl"):
        loader.load("zamanalwsl-xx")


def test_a_source_of_one_s_own_replaces_ours(tmp_path: Path) -> None:
    write_source(tmp_path, "acled", name="Mine", feeds=["https://acled.example/feed"])
    loader = CatalogueSpiderLoader.from_settings(Settings({"SOURCES_DIR": str(tmp_path)}))
    assert loader.spider("acled").entry.name == "Mine"
    missing = CatalogueSpiderLoader.from_settings(Settings({"SOURCES_DIR": str(tmp_path / "no")}))
    with pytest.raises(UsageError, match="no such folder"):
        missing.list()

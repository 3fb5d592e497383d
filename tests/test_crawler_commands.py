"""The commands: what they print, what they return, and one sentence for each mistake."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from archive.clock import utc_now
from archive.models import Extraction
from crawler.commands import checksource, crawl, extract
from crawler.commands.extracting.job import Job, as_line, extract_saved
from crawler.commands.extracting.pages import SavedPage
from crawler.errors import CrawlerError
from crawler.extraction.page import Hints
from crawler.extraction.pool import WorkerPool
from crawler.sources.loader import Catalogue
from tests.sites import herald
from tests.sites.awkward import Answer, Site, links, redirect, report, rss, serving, sitemap
from tests.sites.crawling import rows, run, write_source

Ran = dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commands")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        made.pages = {f"/news/{number}": Answer(report(f"Village {number}")) for number in range(1, 8)}
        made.pages |= {
            "/feed.xml": rss(*((f"{made.url}/news/{day}", datetime(2026, 1, day, tzinfo=UTC)) for day in range(1, 8))),
            "/sitemap.xml": sitemap((f"{made.url}/news/7", None)),
            "/page/1": links("/about"),
            "/votes.xml": rss((f"{made.url}/news/9", None)),
            "/news/9": redirect("/news/7/like"),
        }  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def ran(folder: Path, site: Site) -> Ran:
    """Each command that is worth a process of its own, two at a time."""
    good, broken = folder / "good", folder / "broken"
    good.mkdir()
    broken.mkdir()
    feeds = [f"{site.url}/feed.xml", f"{site.url}/gone.xml"]
    write_source(
        good, "local", homepage=site.url, aliases=["nearby"], feeds=feeds, sitemaps=[f"{site.url}/sitemap.xml"],
        listings=[f"{site.url}/page/{{page}}"],
    )  # fmt: skip
    write_source(good, "votes", homepage=site.url, feeds=[f"{site.url}/votes.xml"])
    write_source(broken, "local", feeds="https://x.example/feed")
    write_pages(folder)
    database = str(folder / "aliased.db")
    commands = {
        "check": (good, "checksource", "local"),
        "check votes": (good, "checksource", "votes"),
        "alias": (good, "crawl", "nearby", "-a", "limit=1", "--db", database),
        "broken": (broken, "crawl", "local"),
        "extract": (good, "extract", str(folder / "pages.jsonl"), "-s", "EXTRACTION_WORKERS=1"),
    }
    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(run, *command) for name, command in commands.items()}
        return {name: future.result() for name, future in futures.items()}


def write_pages(folder: Path) -> None:
    (folder / "plain.html").write_bytes(report("Plain", published="2026-01-24T16:04:11Z"))
    (folder / "packed.html.gz").write_bytes(gzip.compress(report("Packed")))
    (folder / "cut.html.gz").write_bytes(gzip.compress(report("Cut"))[:-20])
    (folder / "bomb.html.gz").write_bytes(gzip.compress(b"<p>" + b" " * 70_000_000))
    (folder / "binary.html").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.html").write_bytes(b"")
    names = ["plain.html", "missing.html", "packed.html.gz", "cut.html.gz", "bomb.html.gz", "binary.html", "empty.html",
             ".", "nul\0.html"]  # fmt: skip
    lines = [json.dumps({"id": name, "url": f"https://x.example/{name}", "path": name}) for name in names]
    lines[3:3] = ["not json", '{"id": "no path"}', "[]", ""]
    (folder / "pages.jsonl").write_text("\n".join([*lines, '{"id": 7, "url": null, "path": "plain.html"}']))


# -- crawl and list ---------------------------------------------------------------------------------------


def test_a_broken_file_gets_one_sentence(ran: Ran) -> None:
    assert ran["broken"].returncode == 2
    assert "Traceback" not in ran["broken"].stderr
    says = ran["broken"].stderr.strip().splitlines()[-1]
    assert "local.toml: key 'feeds' must be a list of texts in square brackets" in says


def test_an_unknown_source_gets_one_sentence(tmp_path: Path) -> None:
    says = "no source is called 'dabangga-en'; did you mean dabanga-en"
    assert says in usage_error(crawl.Command(), ["dabangga-en"], Settings(), db=str(tmp_path / "archive.db"))
    assert says in usage_error(checksource_command(), ["dabangga-en"], Settings())


def test_an_alias_is_crawled_into_the_archive_that_db_names(ran: Ran, folder: Path) -> None:
    assert ran["alias"].returncode == 0, ran["alias"].stderr
    assert ran["alias"].stdout.startswith("local: 1 reports archived")
    assert not (folder / "aliased.db-wal").exists()  # a user may copy the one file
    (folder / "aliased.db").rename(folder / "archive.db")
    assert [row["source_id"] for row in rows(folder, "select source_id from articles")] == ["local"]


def usage_error(command: ScrapyCommand, args: list[str], settings: Settings, **options: object) -> str:
    """Run a command in this process, as far as its mistake."""
    command.settings = settings
    with pytest.raises(UsageError) as caught:
        command.run(args, Namespace(**({"db": None, "spargs": {}, "output": "-"} | options)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("spargs", "says"),
    [
        ({"since": "yesterday"}, "-a since='yesterday' is not a date: write YYYY-MM-DD"),
        ({"until": "2026-13-01"}, "-a until='2026-13-01' is not a date"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "-a since=2026-02-01 is after -a until=2026-01-01"),
        ({"limit": "0"}, "-a limit='0' is not a whole number of at least 1"),
        ({"limit": "9" * 5000}, "is not a whole number"),
        ({"sinse": "2026-01-01"}, "-a sinse= is not an option of a crawl: there are since, until, limit"),
    ],
)
def test_a_bad_option_gets_one_sentence(spargs: dict[str, str], says: str, tmp_path: Path) -> None:
    settings = Settings({"ARCHIVE_DB": str(tmp_path / "archive.db")})
    assert says in usage_error(crawl.Command(), ["acled"], settings, spargs=spargs)
    assert not (tmp_path / "archive.db").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("feed = []", "bad.toml: key 'feed' is not known; did you mean 'feeds'?"),
        ("delay = 'slow'", "bad.toml: key 'delay' must be a number, not 'slow'"),
        ("private = ", "bad.toml: is not TOML: Invalid value"),
    ],
)
def test_a_broken_source_gets_one_sentence(line: str, says: str, tmp_path: Path) -> None:
    path = write_source(tmp_path, "bad", feeds=["https://x.example/feed"], delay=1.0)
    kept = [
        each for each in path.read_text().splitlines() if each.split(" ")[0] != line.split(" ", maxsplit=1)[0]
    ]
    path.write_text("\n".join([*kept, line]))
    settings = Settings({"SOURCES_DIR": str(tmp_path), "ARCHIVE_DB": str(tmp_path / "archive.db")})
    assert says in usage_error(crawl.Command(), ["bad"], settings)
    assert says in usage_error(checksource_command(), ["bad"], settings)


def checksource_command() -> ScrapyCommand:
    command = checksource.Command()
    command.crawler_process = object()  # type: ignore[assignment]  # it is not come to
    return command


def test_an_archive_that_is_none_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database, only a file of some length. " * 40)
    for path, says in ((tmp_path / "text.db", "not an SQLite database"), (tmp_path / "no" / "archive.db", "can't be opened"),
                       (tmp_path, "can't be opened")):  # fmt: skip
        sentence = usage_error(
            crawl.Command(), ["acled"], Settings({"CONTACT": "you@example.org"}), db=str(path)
        )
        assert says in sentence
        assert str(path) in sentence


# -- checksource --------------------------------------------------------------------------------------------


def test_a_source_that_works_is_said_to_work(ran: Ran) -> None:
    done = ran["check"]
    assert done.returncode == 0, done.stderr
    assert "FAIL  feed" in done.stdout
    assert "HTTP 404 Not Found" in done.stdout
    assert "ok    sitemap" in done.stdout
    assert "FAIL  listing" in done.stdout  # it lists no report
    assert done.stdout.count("ok    report") == 5
    assert "/news/7" in done.stdout  # the newest are tried
    assert "/news/1\n" not in done.stdout
    assert "local can be crawled; 2 of 10 checks failed" in done.stdout


def test_a_source_that_does_not_is_said_not_to_and_no_vote_is_cast(ran: Ran, site: Site) -> None:
    assert ran["check votes"].returncode == 1
    assert "votes can't be crawled" in ran["check votes"].stdout
    assert "which is refused (vote)" in ran["check votes"].stdout
    assert "/news/7/like" not in site.paths()


# -- extract --------------------------------------------------------------------------------------------------


def test_every_line_gets_its_result_in_order(ran: Ran, folder: Path) -> None:
    assert ran["extract"].returncode == 0, ran["extract"].stderr
    results = [json.loads(line) for line in ran["extract"].stdout.splitlines()]
    where = str(folder / "pages.jsonl")
    assert [result["id"] for result in results] == [
        "plain.html", "missing.html", "packed.html.gz", f"{where}:4", f"{where}:5", f"{where}:6", "cut.html.gz",
        "bomb.html.gz", "binary.html", "empty.html", ".", "nul\0.html", "7",
    ]  # fmt: skip
    texts = {result["id"]: result for result in results if "error" not in result}
    assert texts.keys() == {"plain.html", "packed.html.gz", "7"}
    assert texts["plain.html"]["published_at"] == "2026-01-24T16:04:11Z"
    assert texts["packed.html.gz"]["title"] == "Packed"
    assert "13 pages, 10 without a report" in ran["extract"].stderr


def test_results_go_to_the_file_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pages(tmp_path)
    command = extract.Command()
    command.settings = Settings({"EXTRACTION_WORKERS": 1, "EXTRACTION_TIMEOUT": 20.0})
    out = tmp_path / "out.jsonl"
    command.run([str(tmp_path / "pages.jsonl")], Namespace(output=str(out), no_learn=True))
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(results) == 13
    assert results[0]["title"] == "Plain"
    assert capsys.readouterr().out == ""


def test_pages_of_one_host_are_read_by_what_they_have_in_common(tmp_path: Path) -> None:
    made = [herald.page(number) for number in range(4)]
    for number, payload in enumerate(made):
        (tmp_path / f"{number}.html").write_bytes(payload)
    rows = [{"id": str(n), "url": f"https://herald.example/{n}", "path": f"{n}.html"} for n in range(4)]
    rows.append({"id": "alone", "url": "https://other.example/", "path": "0.html"})
    listed = tmp_path / "pages.jsonl"
    listed.write_text("\n".join(map(json.dumps, rows)))
    said = {}
    for learn in (True, False):
        pool = WorkerPool(1, timeout=20.0)
        out = StringIO()
        report = asyncio.run(Job(listed, Catalogue({}, {}, {}), pool, utc_now).run(out, learn=learn))
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        said[learn] = report.sentence()
        assert [line["id"] for line in lines] == ["0", "1", "2", "3", "alone"]
        bodies = [line["body"].split("\n\n") for line in lines]
        assert all(body[-4:] == herald.paragraphs(n) for n, body in enumerate(bodies[:4])) is learn
    assert (
        said[True]
        == "5 pages, 0 without a report; templates learned for 1 host; 4 by template, 1 by themselves"
    )
    assert said[False] == "5 pages, 0 without a report; no template learned; 5 by themselves"


@pytest.mark.parametrize(
    ("page", "says"),
    [("missing.html", "No such file"), ("cut.html.gz", "ended before"), ("bomb.html.gz", "more than 64 MB"),
     ("binary.html", "no HTML tag"), ("empty.html", "empty"), (".", "directory"), ("nul\0.html", "null")],
)  # fmt: skip
def test_a_page_that_fails_says_why(ran: Ran, page: str, says: str) -> None:
    results = {result["id"]: result for result in map(json.loads, ran["extract"].stdout.splitlines())}
    assert says in results[page]["error"]
    assert results[page].keys() == {"id", "error"}


def test_what_can_t_be_read_or_written_gets_one_sentence(tmp_path: Path) -> None:
    assert "is not a file" in usage_error(extract.Command(), [str(tmp_path / "no.jsonl")], Settings())
    (tmp_path / "pages.jsonl").write_text("")
    settings = Settings({"EXTRACTION_WORKERS": 1, "EXTRACTION_TIMEOUT": 1.0})
    output = str(tmp_path / "no" / "out.jsonl")
    says = usage_error(extract.Command(), [str(tmp_path / "pages.jsonl")], settings, output=output)
    assert says == f"{output} can't be written: No such file or directory"


def test_a_saved_page_without_a_file_is_an_error_of_the_crawler(tmp_path: Path) -> None:
    with pytest.raises(CrawlerError, match="can't be read"):
        extract_saved(
            SavedPage("1", "https://x.example/1", tmp_path / "no", Hints()), datetime.now(UTC), None
        )
    assert as_line("1", Extraction(None, "empty", "no text")) == {"id": "1", "error": "empty: no text"}


# -- settings -------------------------------------------------------------------------------------------------


def test_every_component_of_the_settings_can_be_loaded() -> None:
    settings = Settings()
    settings.setmodule("crawler.settings")
    paths = [
        settings["SPIDER_LOADER_CLASS"],
        settings["TWISTED_DNS_RESOLVER"],
        *settings["DOWNLOAD_HANDLERS"].values(),
    ]
    for name in ("DOWNLOADER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS"):
        paths += settings.getdict(name)
    for path in paths:
        assert load_object(path) is not None

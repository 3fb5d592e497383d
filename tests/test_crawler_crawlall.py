"""`scrapy crawlall` and the lock of `scrapy crawl`, in processes of their own, over loopback HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.cmdline import ScrapyArgumentParser, _run_print_help
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.commands import crawlall
from crawler.commands.crawling.crowd import Ending, Job
from crawler.commands.crawling.selection import Wanted, hosts, select
from crawler.commands.crawling.together import LOCKED
from crawler.errors import BadOption, UnknownSource
from crawler.extensions import summary
from crawler.ledger import Ledger
from crawler.locks import SourceLock
from crawler.sources.loader import Catalogue, load_catalogue, load_file
from crawler.spiders.news import spider_for
from tests.sites.awkward import Answer, Site, report, rss, serving
from tests.sites.crawling import assert_sound, assert_sums, rows, start, write_source

FEW = ("-s", "EXTRACTION_WORKERS=1")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


def outlet(
    folder: Path, site: Site, name: str, *, reports: int = 2, host: str | None = None, **keys: object
) -> None:
    """Write a source of our own conflict at a host of its own, and its pages."""
    base = f"http://{host or f'{name}.example'}"
    urls = [f"/{name}/news/{number}" for number in range(1, reports + 1)]
    site.pages |= {url: Answer(report(f"{name.title()} {url[-1]}")) for url in urls}
    dates = [datetime(2026, 1, day + 1, tzinfo=UTC) for day in range(reports)]
    site.pages[f"/{name}/feed.xml"] = rss(
        *((base + url, date) for url, date in zip(urls, dates, strict=True))
    )
    site.pages["/robots.txt"] = Answer(b"", content_type="text/plain")
    write_source(folder, name, homepage=f"{base}/", feeds=[f"{base}/{name}/feed.xml"], **keys)


def begin(folder: Path, site: Site, *arguments: str) -> subprocess.Popen[str]:
    """Start a command on the folder's sources and archive; every host is the site's."""
    here = json.dumps({"*": site.url})
    return start(folder, *arguments, "--db", str(folder / "archive.db"), "-s", f"HOST_MAP={here}", *FEW)


def crawl_all(folder: Path, site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Crawl the folder's sources, unless the arguments say which."""
    return finish(begin(folder, site, "crawlall", *(arguments or ("--conflict", "test"))))


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def stored(folder: Path) -> dict[str, int]:
    query = "select source_id, count(*) from articles group by source_id"
    return {row[0]: row[1] for row in rows(folder, query)}


# -- what is crawled, and in which order ----------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """A crawlall of four sources, two of which share a host, of one that is broken, and of one out of its hours."""

    done: subprocess.CompletedProcess[str]
    folder: Path
    site: Site
    asked: list[str]
    stored: dict[str, int]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("crawlall")
    with serving(Site(wait=0.1)) as made:
        for name in ("alpha", "beta"):
            outlet(folder, made, name)
        for name, host in (("one", "shared.example"), ("two", "www.shared.example")):
            outlet(folder, made, name, host=host)
        outlet(folder, made, "elsewhere", conflict="Another")
        broken = "http://broken.example"
        write_source(folder, "broken", homepage=broken, feeds=[f"{broken}/gone.xml"])
        outlet(folder, made, "asleep", hours="22-06")
        done = crawl_all(folder, made, "--conflict", "test", "-s", "NOW=2026-11-01T12:00:00Z")
        yield Ran(done, folder, made, made.paths(), stored(folder))


def test_all_sources_of_a_conflict_are_crawled_in_one_process(ran: Ran) -> None:
    assert ran.stored == {"alpha": 2, "beta": 2, "one": 2, "two": 2}
    lines = ran.done.stdout.splitlines()
    heads = {line.split(" (")[0] for line in lines if not line.startswith(" ")}
    assert heads >= {f"{name}: 2 reports archived" for name in ("alpha", "beta", "one", "two")}
    assert [line[:5] for line in ran.done.stderr.splitlines() if line[0] == "["] == [
        f"[{number}/6]" for number in range(1, 7)
    ]
    assert_sound(ran.folder)
    assert_sums(ran.folder)
    assert not (ran.folder / "archive.db-wal").exists()


def test_one_that_cant_be_crawled_holds_nobody_up_and_is_named(ran: Ran) -> None:
    assert ran.done.returncode == 1
    assert "broken: could not be crawled: HTTP 404" in ran.done.stdout
    assert (
        "asleep: not crawled: it is outside its hours (0 found, 0 requests, outside hours)" in ran.done.stdout
    )
    assert ran.done.stdout.splitlines()[-1] == (
        "4 of 6 sources crawled: 8 reports archived; 1 could not be crawled (broken);"
        " 1 outside their hours, or left alone for a time (asleep)"
    )


def test_sources_that_share_a_host_take_turns_and_the_others_dont(ran: Ran) -> None:
    asked = [path.split("/")[1] for path in ran.asked if path.count("/") > 1]
    shared = [name for name in asked if name in ("one", "two")]
    assert shared in (["one"] * 3 + ["two"] * 3, ["two"] * 3 + ["one"] * 3)
    others = [name for name in asked if name in ("alpha", "beta")]
    assert others.index("beta") < 3 > others.index("alpha")


@pytest.mark.slow
def test_who_was_crawled_longest_ago_begins_and_no_more_than_asked_at_once(ran: Ran) -> None:
    outlet(ran.folder, ran.site, "late")
    ran.site.forget()
    done = crawl_all(ran.folder, ran.site, "--source", "alpha,late", "beta", "--at-once", "1")
    assert done.returncode == 0, done.stderr
    feeds = [path for path in ran.site.paths() if "feed" in path]
    assert feeds[0] == "/late/feed.xml"
    assert len(feeds) == 3
    asked = [path.split("/")[1] for path in ran.site.paths() if path.count("/") > 1]
    assert asked == [name for name in dict.fromkeys(asked) for _ in range(asked.count(name))]


# -- which sources --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def ids(catalogue: Catalogue, own: Collection[str] = (), **wanted: Sequence[str]) -> list[str]:
    return [entry.id for entry in select(catalogue, own, Wanted(**wanted))]


def test_without_a_wish_all_are_crawled_but_the_demo(catalogue: Catalogue) -> None:
    assert set(catalogue.names()) - set(ids(catalogue)) == {"demo"}
    assert ids(catalogue, names=["demo"]) == ["demo"]
    assert "demo" in ids(catalogue, own=["demo"])  # the user's own, of that name


def test_values_are_alternatives_options_narrow_and_case_is_nothing(catalogue: Catalogue) -> None:
    entries = catalogue.entries
    syria, yemen = ids(catalogue, conflicts=["sYria"]), ids(catalogue, conflicts=["Yemen"])
    assert syria
    assert all("Syria" in entries[name].conflict for name in syria)
    assert sorted(syria + yemen) == ids(catalogue, conflicts=["SYRIA", "yemen"])
    assert ids(catalogue, conflicts=["Syria,Yemen"]) == ids(catalogue, conflicts=["Syria", "Yemen"])
    arabic = ids(catalogue, conflicts=["Syria"], languages=["AR"])
    assert arabic == [name for name in syria if "ar" in entries[name].languages]
    monitors = ids(catalogue, kinds=["Monitor"])
    assert monitors == [entry.id for entry in entries.values() if entry.kind == "monitor"]


def test_a_source_with_several_conflicts_is_found_by_each_but_not_by_a_part_of_a_name(
    catalogue: Catalogue,
) -> None:
    sudan, south = ids(catalogue, conflicts=["Sudan"]), ids(catalogue, conflicts=["South Sudan"])
    regions = {name: catalogue.entries[name].conflict for name in {*sudan, *south}}
    assert {regions[name] for name in {*sudan} & {*south}} == {"South Sudan, Sudan", "Sudan, South Sudan"}
    assert {regions[name] for name in {*sudan} - {*south}} == {"Sudan"}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"conflicts": ["Siria"]}, "no source has --conflict 'Siria'; did you mean 'Syria'? There are: Afghanistan, "),
        ({"kinds": ["blog"]}, "no source has --kind 'blog'; there are: broadcaster, "),
        ({"languages": ["xx", "en"]}, "no source has --lang 'xx'; there are: "),
        ({"names": ["dabangga-en"]}, "no source is called 'dabangga-en'; did you mean dabanga-en"),
        ({"conflicts": ["Mali"], "languages": ["ar"]}, "no source is all of --conflict Mali --lang ar"),
    ],
)  # fmt: skip
def test_what_nothing_matches_gets_one_sentence(
    catalogue: Catalogue, wanted: dict[str, list[str]], says: str
) -> None:
    with pytest.raises((BadOption, UnknownSource)) as caught:
        ids(catalogue, **wanted)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hosts_are_those_of_all_that_is_asked(tmp_path: Path) -> None:
    path = write_source(
        tmp_path, "x", homepage="https://www.x.example/en/", feeds=["https://feeds.example:8443/x"],
        sitemaps=["https://x.example/sitemap.xml"], listings=["https://News.X.example/{page}"], domains=["x-mirror.example"],
    )  # fmt: skip
    assert hosts(load_file(path)) == {"x.example", "feeds.example", "news.x.example", "x-mirror.example"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sana"], "to crawl sana alone: scrapy crawl sana; or --source sana"),
        (["--wiat"], "there is no option --wiat: see -h"),
        (["--at-once", "0"], "--at-once 0 is not a number of at least 1"),
        (["--at-once", "many"], "argument --at-once: invalid int value: 'many'"),
        (["-a", "since"], "Invalid -a value, use -a NAME=VALUE"),
        (["-a", "url=https://x.example"], "-a url= is for one site: scrapy crawl site -a url=..."),
        (["-a", "since=now"], "-a since='now' is not a date: write YYYY-MM-DD"),
        (["--conflict", "Atlantis"], "no source has --conflict 'Atlantis'"),
        (["--source", "sana"], "sana is somebody's site"),
    ],
)
def test_a_mistake_gets_its_sentence_and_nothing_else(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `scrapy.cmdline` runs it, up to where it would crawl."""
    database = tmp_path / "archive.db"
    command = crawlall.Command()
    command.settings = Settings({"ARCHIVE_DB": str(database), "CONTACT": ""})
    parser = ScrapyArgumentParser(usage="scrapy crawlall [options]", conflict_handler="resolve")
    command.add_options(parser)
    command.crawler_process = AsyncCrawlerProcess.__new__(AsyncCrawlerProcess)  # never started

    def ask() -> None:
        opts, args = parser.parse_known_args(arguments)
        _run_print_help(parser, command.process_options, args, opts)
        _run_print_help(parser, command.run, args, opts)

    with pytest.raises(SystemExit) as caught:
        ask()
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(says)
    assert len(err.splitlines()) == 1
    assert not database.exists()


def test_private_names_are_open_to_private_sources_alone(tmp_path: Path, site: Site) -> None:
    outlet(tmp_path, site, "own", host=f"localhost:{site.port}")
    outlet(tmp_path, site, "public", host=f"127.1:{site.port}", private=False)  # a name of 127.0.0.1
    contact = ("-s", "CONTACT=me@example.org", "-s", "RETRY_TIMES=0")
    database = str(tmp_path / "archive.db")
    done = finish(start(tmp_path, "crawlall", "--conflict", "test", "--db", database, *contact, *FEW))
    assert done.stdout.splitlines()[-1].startswith(
        "1 of 2 sources crawled: 2 reports archived; 1 could not be crawled (public)"
    )
    assert not [path for path in site.paths() if path.startswith("/public")]


# -- what is said of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "errors", "head"),
    [
        ("finished", [None, "HTTP 404"], "x: nothing new (0 found, 7 requests, finished)"),
        ("finished", ["HTTP 404"], "x: could not be crawled: HTTP 404 (0 found, 7 requests, finished)"),
        ("finished", [], "x: nothing new (0 found, 7 requests, finished)"),  # a backfill that is at its end
        (
            "paused",
            [],
            "x: not crawled: it refused us, and is left alone for a time (0 found, 7 requests, paused)",
        ),
        ("shutdown", [], "x: stopped before anything was read (0 found, 7 requests, shutdown)"),
        ("start_error", [], "x: could not be crawled (0 found, 7 requests, start error)"),
    ],
)
def test_the_summary_says_why_nothing_came(reason: str, errors: list[str | None], head: str) -> None:
    ledger = Ledger()
    for number, error in enumerate(errors):
        ledger.look(f"https://x.example/{number}", error)
    assert summary("x", 7, reason, ledger).splitlines()[0] == head


@pytest.mark.parametrize(
    ("endings", "code"),
    [
        (["crawled", "not due", "stopped", "not begun", "locked"], 0),
        (["crawled", "failed"], 1),
        (["locked", "locked"], LOCKED),
    ],
)
def test_the_exit_code_is_1_only_if_something_is_wrong(
    tmp_path: Path, endings: list[Ending], code: int
) -> None:
    entry = load_file(write_source(tmp_path, "x", feeds=["https://x.example/feed"]))
    jobs = [Job(spider_for(entry), SourceLock(tmp_path / "archive.db", "x")) for _ in endings]
    for job, ending in zip(jobs, endings, strict=True):
        job.ending = ending
    assert crawlall.exit_code(jobs) == code


# -- locks ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_source_that_is_being_crawled_is_refused_or_waited_for(tmp_path: Path, site: Site) -> None:
    for name in ("alpha", "beta"):
        outlet(tmp_path, site, name)
    site.pages["/alpha/news/1"] = Answer(report("Slow"), wait=60)
    holder = begin(tmp_path, site, "crawl", "alpha")
    until(lambda: "/alpha/news/1" in site.paths())
    waiter = begin(tmp_path, site, "crawlall", "--conflict", "test", "--wait")
    refused = finish(begin(tmp_path, site, "crawl", "alpha"))
    assert (refused.returncode, refused.stdout) == (LOCKED, "")
    assert refused.stderr.startswith(f"alpha is being crawled by process {holder.pid} since 20")
    assert len(refused.stderr.splitlines()) == 1
    until(lambda: rows(tmp_path, "select id from runs where source_id = 'beta' and finished_at > ''"))
    assert waiter.poll() is None
    site.pages["/alpha/news/1"] = Answer(report("Fast"))
    holder.kill()  # which leaves its lock's file, but not the lock
    holder.communicate()
    done = finish(waiter)
    assert (done.returncode, stored(tmp_path)) == (0, {"alpha": 2, "beta": 2})
    assert f"alpha is being crawled by process {holder.pid} since 20" in done.stderr
    assert "; waiting for it to end" in done.stderr


def test_crawlall_passes_over_a_source_that_is_being_crawled(tmp_path: Path, site: Site) -> None:
    for name in ("alpha", "beta"):
        outlet(tmp_path, site, name)
    with SourceLock(tmp_path / "archive.db", "alpha"):
        done = crawl_all(tmp_path, site)
    assert (done.returncode, stored(tmp_path)) == (0, {"beta": 2})
    assert done.stdout.endswith("2 reports archived; 1 being crawled by another process (alpha)\n")


# -- signals --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_first_signal_finishes_what_is_in_flight_and_begins_nothing(tmp_path: Path, site: Site) -> None:
    for name in ("alpha", "beta", "gamma"):
        outlet(tmp_path, site, name, reports=6, delay=0.4)
    process = begin(tmp_path, site, "crawlall", "--conflict", "test", "--at-once", "2")
    until(lambda: sum("/news/" in path for path in site.paths()) >= 2)
    site.wait = 1.0
    count = len(site.paths())
    until(lambda: len(site.paths()) > count)
    count = len(site.paths())
    process.send_signal(signal.SIGTERM)
    done = finish(process)
    assert done.returncode == 0
    assert len(site.paths()) <= count + 2  # one of each source may have been on its way
    assert "stopping: what is in flight is finished and saved" in done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("0 of 3 sources crawled: ")
    assert "2 stopped before their end (" in last
    assert "1 not begun (" in last
    fetched = sum("/news/" in path for path in site.paths())
    assert sum(stored(tmp_path).values()) == fetched
    assert f" {fetched} reports archived" in last
    runs = rows(tmp_path, "select * from runs")
    assert [row["finish_reason"] for row in runs] == ["shutdown"] * 2
    assert sum(row["failed"] for row in runs) == 0
    assert sum(row["waiting"] for row in runs) == 12 - fetched
    assert_sound(tmp_path)
    assert_sums(tmp_path)


@pytest.mark.slow
def test_the_second_signal_stops_at_once(tmp_path: Path, site: Site) -> None:
    for name in ("alpha", "beta"):
        outlet(tmp_path, site, name, reports=4)
        site.pages[f"/{name}/news/1"] = Answer(report("Slow"), wait=30)
    process = begin(tmp_path, site, "crawlall", "--conflict", "test")
    until(lambda: {"/alpha/news/1", "/beta/news/1"} <= set(site.paths()))
    until(lambda: sum(stored(tmp_path).values()) >= 2)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    until(lambda: "stopping" in (process.stderr.readline() if process.stderr else ""))
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert time.monotonic() - began < 10
    assert done.returncode == 130
    assert "stopped at once" in done.stderr
    assert_sound(tmp_path)
    for name in ("alpha", "beta"):
        site.pages[f"/{name}/news/1"] = Answer(report("Fast"))
    assert crawl_all(tmp_path, site).returncode == 0
    assert stored(tmp_path) == {"alpha": 4, "beta": 4}
    assert_sound(tmp_path)

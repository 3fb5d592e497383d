"""`scrapy newsource`: an entry for a site that is in no catalogue, or one sentence that says why there is none."""

from __future__ import annotations

import subprocess
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.newsource import Command
from crawler.sources.loader import load_file
from tests.sites.awkward import Answer, Site, links, redirect, serving
from tests.sites.crawling import run
from tests.sites.unknown import arabic, only_a_homepage, wordpress

AT_ONCE = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=0", "-s", "EXTRACTION_WORKERS=1")
LOCAL = (*AT_ONCE, "-s", "ALLOW_PRIVATE_HOSTS=1")
Ran = dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("newsource")


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    with ExitStack() as stack:
        made = {
            name: stack.enter_context(serving(Site())) for name in ("written", "printed", "closed", "stale")
        }
        made["written"].pages, made["printed"].pages = wordpress(made["written"]), arabic(made["printed"])
        made["closed"].pages = only_a_homepage(made["closed"]) | {
            "/robots.txt": Answer(b"User-agent: *\nDisallow: /\n")
        }
        stories = [f"/story/{number}" for number in range(40_000, 40_006)]
        made["stale"].pages = {
            "/": links(*stories),
            stories[0]: redirect(f"{stories[0]}/like"),
            stories[1]: Answer(b"<p>x"),
        }
        yield made


@pytest.fixture(scope="module")
def ran(folder: Path, sites: dict[str, Site]) -> Ran:
    """Each command that is worth a process of its own, two at a time."""
    own = folder / "own"
    own.mkdir()
    commands = {
        "written": (own, "newsource", sites["written"].url, "--id", "front-line", "--write", *LOCAL),
        "printed": (folder, "newsource", sites["printed"].url, *LOCAL),
        "closed": (folder, "newsource", sites["closed"].url, *LOCAL),
        "stale": (folder, "newsource", sites["stale"].url, "-o", str(folder / "stale.txt"), *LOCAL),
        "unreachable": (folder, "newsource", "http://127.0.0.1:1/", "-s", "RETRY_TIMES=0", *LOCAL),
    }
    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(run, *command) for name, command in commands.items()}
        return {name: future.result() for name, future in futures.items()}


@pytest.mark.slow
def test_an_entry_is_written_and_works(ran: Ran, folder: Path, sites: dict[str, Site]) -> None:
    done = ran["written"]
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    path = folder / "own" / "front-line.toml"
    assert f"{path} is written: review it" in done.stderr
    entry = load_file(path)
    home = sites["written"].url
    assert (entry.homepage, entry.feeds, entry.sitemaps) == (
        f"{home}/",
        (f"{home}/feed/",),
        (f"{home}/wp-sitemap.xml",),
    )
    assert (entry.languages, entry.verified, entry.private) == (("en",), False, True)
    assert path.read_text("utf-8").count(": a report of") == 5
    checked = run(folder / "own", "checksource", "front-line", *AT_ONCE)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("ok    report") == 5


@pytest.mark.slow
def test_nothing_that_does_something_was_asked(ran: Ran, sites: dict[str, Site]) -> None:
    asked = sites["written"].paths()
    assert "/comments/feed/" not in asked
    assert not any("calendar" in path or "wp-json" in path for path in asked)


@pytest.mark.slow
def test_an_entry_is_printed(ran: Ran, tmp_path: Path) -> None:
    done = ran["printed"]
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    source_id = done.stdout.split('id = "', 1)[1].split('"', 1)[0]
    path = tmp_path / f"{source_id}.toml"
    path.write_text(done.stdout, encoding="utf-8")
    entry = load_file(path)
    assert entry.languages == ("ar",)
    assert entry.examples[0].endswith("/قصف-جوي-على-سوق-في-سراقب")


@pytest.mark.slow
def test_what_can_t_be_drafted_gets_one_sentence(ran: Ran, sites: dict[str, Site]) -> None:
    closed = f"robots.txt of {sites['closed'].url}/ forbids its homepage to be fetched\n"
    unreachable = "http://127.0.0.1:1/robots.txt can't be had (the server refuses connections), so nothing may be fetched\n"
    for name, says in (("closed", closed), ("unreachable", unreachable)):
        assert (ran[name].returncode, ran[name].stdout, ran[name].stderr) == (1, "", says)
    assert set(sites["closed"].paths()) == {"/robots.txt"}


@pytest.mark.slow
def test_pages_that_hold_no_report_are_said_to_and_no_vote_is_cast(
    ran: Ran, sites: dict[str, Site], folder: Path
) -> None:
    assert ran["stale"].returncode == 0, ran["stale"].stderr
    assert "none of the pages that were tried holds a report" in ran["stale"].stderr
    text = (folder / "stale.txt").read_text("utf-8")
    assert "refused (vote)" in text
    assert "HTTP 404 Not Found" in text
    assert "/story/40000/like" not in sites["stale"].paths()


# -- mistakes ---------------------------------------------------------------------------------------------------


def usage_error(url: str, settings: dict[str, object] | None = None, **options: object) -> str:
    """Run the command in this process, as far as its mistake."""
    command = Command()
    command.settings = Settings({"NOW": "", **(settings or {})})
    command.crawler_process = object()  # type: ignore[assignment]  # it is not come to
    with pytest.raises(UsageError) as caught:
        command.run([url], Namespace(**({"id": None, "output": None, "write": False} | options)))
    return str(caught.value)


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "https://", "http://[", "mailto:x@y.example"])
def test_what_is_no_address_gets_one_sentence(url: str) -> None:
    assert "is not the address of a site, such as https://example.org/" in usage_error(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "localhost", "http://[::1]/", "http://169.254.169.254/x"]
)
def test_private_addresses_are_refused(url: str) -> None:
    assert "is a private address; -s ALLOW_PRIVATE_HOSTS=1 allows it" in usage_error(url)


def test_other_mistakes_get_one_sentence(tmp_path: Path) -> None:
    there = tmp_path / "x.toml"
    there.write_text("kept")
    assert "may have small letters, digits and hyphens" in usage_error("x.example", id="Big One")
    assert "set SOURCES_DIR" in usage_error("x.example", write=True)
    assert "name two places" in usage_error("x.example", write=True, output="x")
    says = usage_error("x.example", {"SOURCES_DIR": str(tmp_path)}, write=True, id="x")
    assert says == f"{there} exists already and is left as it is"
    assert "exists already" in usage_error("x.example", output=str(there))
    assert "is no folder" in usage_error("x.example", output=str(tmp_path / "no" / "x.toml"))
    assert there.read_text() == "kept"

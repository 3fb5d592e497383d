"""Browsing an archive as its reader does: a real browser, over the archive of a real crawl, and over a hostile one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests import hostile
from tests.chromium import Window, datasette, require_chromium, window

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of two crawls of the demo site, between which it changed."""
    require_chromium()
    path = tmp_path_factory.mktemp("crawled") / "archive.db"
    for edition in (1, 2):
        subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", path, "-s", f"DEMO_EDITION={edition}",
             "-s", f"NOW=2026-12-{edition * 3:02}T00:00:00Z"],
            cwd=ROOT, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def at_home(crawled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with datasette(crawled) as base, window(base, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def browser(at_home: Window) -> Iterator[Window]:
    """A window of a desk's size; whatever a test did in it, no request left this machine, and no script was refused."""
    at_home.size(1280, 900)
    at_home.media(prefers_color_scheme="light")
    yield at_home
    assert at_home.strayed() == []
    assert at_home.complaints() == []


def test_home(browser: Window) -> None:
    browser.open("/")
    assert "Archive of conflict reporting" in browser.text("h1")
    browser.screen("home")
    assert browser.barriers() == []


def test_dark_where_the_reader_wants_it(browser: Window) -> None:
    browser.media(prefers_color_scheme="dark")
    for path in ("/", "/archive", "/archive/articles"):
        browser.open(path)
        red = int(browser.one("body").style("background-color").split("(")[1].split(",")[0])
        assert red < 60, path
    browser.open("/")
    browser.screen("home-dark")
    assert browser.barriers() == []


def test_search_narrow_and_open(browser: Window) -> None:
    browser.open("/")
    browser.press("/")
    assert browser.script("return document.activeElement.type") == "search"
    browser.one("input[type=search]").fill("shelling", enter=True)
    browser.until("document.querySelector('#total')")
    assert "reports" in browser.text("#total")
    assert {mark.found.text.lower() for mark in browser.all(".reports mark")} >= {"shelling", "shells"}
    browser.screen("search")
    assert browser.barriers() == []
    before = len(browser.all(".reports > li"))
    browser.script("document.querySelector('#facets section:nth-of-type(3) a').click()")
    browser.until("document.querySelector('#chips')")
    assert 0 < len(browser.all(".reports > li")) < before
    while chips := browser.all("#chips a"):
        left = len(chips) - 1
        chips[0].click()
        browser.until(f"document.querySelectorAll('#chips a').length === {left}")
    assert len(browser.all(".reports > li")) == before
    browser.press("j")
    browser.press("j")
    assert browser.script("return document.activeElement === document.querySelectorAll('.reports .title')[1]")


def test_the_timeline_is_brushed_by_keyboard(browser: Window) -> None:
    browser.open("/-/reports?q=shelling")
    browser.until(
        "document.querySelector('#timeline-help') && !document.querySelector('#timeline-help.waiting')"
    )
    browser.script("document.querySelector('#timeline .slot').focus()")
    for key in (Keys.HOME, Keys.SHIFT + Keys.ARROW_RIGHT, Keys.ENTER):
        browser.press(key)
    browser.until("new URLSearchParams(location.search).get('since')")
    assert browser.script("return new URLSearchParams(location.search).get('until')")
    assert "report" in browser.text("#total")


@pytest.mark.parametrize(
    "path", ["/-/sources", "/-/sources/demo", "/-/changes", "/-/reports", "/-/reports?q=none+such"]
)
def test_other_pages(browser: Window, path: str) -> None:
    browser.open(path)
    assert browser.text("h1")
    assert len(browser.script("return document.documentElement.outerHTML")) < 150_000  # type: ignore[arg-type]
    assert browser.barriers() == []
    browser.screen(path.strip("/-").replace("/", "-").partition("?")[0])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/-/reports?q=shelling",
        "/-/report/2",
        "/-/report/20",
        "/-/sources",
        "/-/sources/demo",
        "/-/changes",
    ],
)
@pytest.mark.parametrize("width", [1280, 380])
def test_nothing_moves_while_a_page_loads(browser: Window, path: str, width: int) -> None:
    browser.size(width, 800)
    browser.open(path)
    assert browser.shift() < 0.01  # a tenth of what is called good


def test_a_report_is_read_compared_and_replayed(browser: Window, crawled: Path) -> None:
    with closing(sqlite3.connect(crawled)) as conn:
        (edited,) = conn.execute(
            "select article_id from changes where is_substantive order by article_id limit 1"
        ).fetchone()
    browser.open(f"/-/report/{edited}")
    assert browser.text("h1")
    assert "2 revisions" in browser.text("#revisions")
    assert browser.barriers() == []
    browser.screen("report")
    browser.script("document.querySelector('#revisions a').click()")
    browser.until("location.pathname.endsWith('/diff')")
    assert browser.all("#text ins, #text del")
    assert browser.barriers() == []
    browser.screen("diff")
    browser.open(f"/-/report/{edited}")
    browser.script("document.querySelector('#captures a').click()")
    browser.until("location.pathname.includes('/-/replay/') && document.querySelector('iframe')")
    assert browser.script("return document.querySelector('iframe').sandbox.length") == 0
    assert browser.barriers() == []
    browser.screen("replay")


def test_reports_of_the_same_day_and_places_are_one_key_away(browser: Window, crawled: Path) -> None:
    with closing(sqlite3.connect(crawled)) as conn:
        (number,) = conn.execute(
            "select id from articles where title = 'Dozens killed in drone attack on Khartoum market'"
        ).fetchone()
    browser.open(f"/-/report/{number}")
    assert "الخرطوم" in browser.text("#nearby")
    browser.press("j")
    browser.until(f"location.pathname !== '/-/report/{number}'")
    browser.press("k")
    browser.until(f"location.pathname === '/-/report/{number}'")


def test_columns_write_themselves_into_the_query(browser: Window) -> None:
    browser.open("/archive?sql=select+1")
    browser.until("document.querySelector('.archive-schema button') && document.querySelector('.CodeMirror')")
    browser.script("document.querySelector('.CodeMirror').CodeMirror.setValue('')")
    browser.one(".archive-schema summary").click()
    browser.screen("sql")
    browser.one(".archive-schema dl button").click()
    assert browser.script("return document.querySelector('.CodeMirror').CodeMirror.getValue()") == "id"
    assert browser.script("return document.querySelector('.archive-schema').open")


def test_arabic_runs_from_right_to_left(browser: Window) -> None:
    browser.open("/-/reports?q=lang:ar")
    title = ".reports .title"
    assert (
        browser.one(title).style("direction") == "rtl"
        or browser.script("return getComputedStyle(document.querySelector('.reports .title')).unicodeBidi")
        == "plaintext"
    )
    # its text begins at the right edge
    assert browser.script(
        "const link = document.querySelector('.reports .title'), range = document.createRange();"
        "range.selectNodeContents(link); const text = range.getBoundingClientRect(), box = link.getBoundingClientRect();"
        "return box.right - text.right < text.left - box.left + 1"
    )
    browser.screen("search-arabic")


@pytest.mark.parametrize(
    "path", ["/", "/-/reports?q=shelling", "/-/sources/demo", "/-/changes", "/-/report/2"]
)
def test_a_phone_shows_all_of_a_page(browser: Window, path: str) -> None:
    browser.size(380, 800)
    browser.open(path)
    assert browser.script("return document.documentElement.scrollWidth <= innerWidth")
    browser.screen("phone-" + (path.strip("/-").partition("?")[0].replace("/", "-") or "home"))


@pytest.fixture(scope="module")
def under_attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    require_chromium()
    path = hostile.make(tmp_path_factory.mktemp("hostile"))
    with datasette(path) as base, window(base, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


TABLES = (
    "articles",
    "revisions",
    "captures",
    "leads",
    "sources",
    "runs",
    "custody",
    "changes",
    "article_states",
)
ATTACKED = (
    "/", "/archive", *(f"/archive/{table}" for table in TABLES), "/archive/articles/1", "/archive/revisions/2",
    "/archive/history?article=1", "/archive/search?q=people", "/-/archive", "/-/reports", "/-/reports?q=people", "/-/sources",
    "/-/sources/x", "/-/changes?small=1", "/-/report/1", "/-/report/1/diff", "/-/replay/1", "/-/replay/1/page",
)  # fmt: skip


@pytest.mark.parametrize("path", ATTACKED)
def test_nothing_stored_runs_or_asks_for_anything(under_attack: Window, path: str) -> None:
    under_attack.open(path)
    assert under_attack.script("return window.pwned") is None
    assert under_attack.script("return document.documentElement.textContent.length") > 200
    links = under_attack.script(
        "return [...document.querySelectorAll('[href]')].map((a) => a.protocol ?? 'http:')"
    )
    assert set(links) <= {"http:", "https:"}
    assert under_attack.strayed() == []
    refused = [line for line in under_attack.complaints() if "Content Security Policy" in line]
    assert refused == [], "a policy had to stop what should not have been in the page"

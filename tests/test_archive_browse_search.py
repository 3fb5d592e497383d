"""The search page, its exports and feed, and the home page."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import shlex
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from datasette.app import Datasette
from datasette.plugins import pm
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

import archive.browse
from archive import export
from archive.browse.asking import Search
from archive.browse.charts import MOST, Unit, stacked, timeline
from archive.browse.hits import marked
from archive.browse.languages import language_name
from archive.browse.pages import home
from archive.browse.pages.reports import command_to_watch
from archive.errors import InvalidInput
from archive.open import reading
from archive.search import search, stream
from archive.tables import changelog
from archive.text import atom
from archive.text.query import parse
from tests.browsing import Browser, text_of

ATOM = "{http://www.w3.org/2005/Atom}"
ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'


@pytest.fixture(autouse=True)
def plugin() -> Iterator[None]:
    """Load the plugin where the package isn't installed, and so its entry point is unknown."""
    if pm.is_registered(archive.browse):
        yield
        return
    pm.register(archive.browse, "conflict_archive")
    yield
    pm.unregister(archive.browse)


@pytest.fixture
def browser(small_archive: Path) -> Iterator[Browser]:
    browser = Browser(small_archive)
    yield browser
    browser.close()


def found(page: str) -> list[int]:
    """The reports that a page lists."""
    return [int(number) for number in re.findall(r'class="title"[^>]*href="/-/report/(\d+)', page)]


def links(page: str, inside: str = "") -> list[str]:
    part = re.search(rf'id="{inside}".*', page, re.DOTALL)
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', part[0] if part else page)]


# what an address asks for


def test_without_a_query_the_newest_reports_are_shown(browser: Browser) -> None:
    page = browser.page("/-/reports")
    assert found(page) == [5, 4, 2, 1, 3, 6]
    assert "6 reports , all that there are; 1–6 are shown, newest first." in " ".join(text_of(page).split())
    assert "archive watch add" not in page


def test_what_was_found_is_marked_and_escaped(browser: Browser) -> None:
    page = browser.page("/-/reports", q="kherson")
    assert "Two people were killed &amp; one &lt;b&gt;wounded&lt;/b&gt; in <mark>Kherson</mark>" in page
    assert 'lang="en" href="/-/report/5"' in page


def test_the_page_asks_what_the_command_line_asks(small_archive: Path, browser: Browser) -> None:
    for query in ("kherson OR strike OR market", '"open quote shelling', "сніданок", "قصف", "lang:en"):
        with reading(small_archive) as connection:
            hits = [hit.id for hit in search(connection, query, synonyms=True)]
        assert found(browser.page("/-/reports", q=query)) == hits, query


def test_limits_stand_beside_the_words_and_make_one_query(browser: Browser) -> None:
    page = browser.page(
        "/-/reports?q=shelling+OR+strike&source=ukrinform-en&source=dabanga-en&kind=independent"
    )
    assert found(page) == [6, 5]
    line = "shelling OR strike) source:ukrinform-en,dabanga-en kind:independent"
    assert f'<code id="query" dir="auto">({line}</code>' in page
    assert found(browser.page("/-/reports", q=f"({line}")) == [6, 5]
    assert f"archive watch add {shlex.quote('(' + line)}" in text_of(page)
    chips = links(page[page.index('id="chips"') : page.index('id="total"')])
    assert "?q=shelling%20OR%20strike&source=dabanga-en&kind=independent" in chips


def test_the_form_writes_a_query(browser: Browser) -> None:
    asked = {"q": "", "words": "market AND it's", "phrase": 'hit "a market', "without": "airport OR", "source": "",
             "since": "2026-01", "until": "", "sort": "newest"}  # fmt: skip
    response = browser.get("/-/reports", status=302, **asked)
    there = urlsplit(response.headers["location"])
    assert dict(parse_qsl(there.query)) == {
        "q": 'market and "it s" "hit a market" NOT airport NOT or',
        "since": "2026-01",
        "sort": "newest",
    }
    assert parse(dict(parse_qsl(there.query))["q"]).problem is None
    assert browser.get("/-/reports?q=&source=", status=302).headers["location"] == "/-/reports"
    assert "say what they are to have" in browser.get("/-/reports?without=x", status=400).text


def test_facets_narrow_by_names(browser: Browser) -> None:
    page = browser.page("/-/reports", q="shelling")
    facets = links(page[page.index('id="facets"') :])
    assert "?q=shelling&source=ukrinform-en" in facets
    assert "?q=shelling&lang=en" in facets
    assert "?q=shelling&since=2026-01&until=2026-01" in facets
    assert ">Ukrinform-En</bdi></a>" in page
    assert ">English</bdi></a>" in page
    narrowed = browser.page("/-/reports?q=shelling&source=ukrinform-en")
    assert found(narrowed) == [5]
    assert "<bdi>Ukrinform-En</bdi> <span" in narrowed  # narrowed to it already


def test_every_bar_leads_to_what_it_stands_for(browser: Browser) -> None:
    page = browser.page("/-/reports")
    chart = page[page.index('id="timeline"') : page.index("</svg>", page.index('id="timeline"'))]
    bars = re.findall(r'<a class="slot" href="([^"]*)"[^>]*aria-label="([^:]*): (\d+)"', chart)
    assert [(name, count) for _, name, count in bars] == [
        ("2026-01-24", "2"), ("2026-01-25", "1"), ("2026-01-26", "1"), ("2026-01-27", "1"),
    ]  # fmt: skip
    assert bars[0][0] == "?since=2026-01-24&amp;until=2026-01-24"
    assert found(browser.page("/-/reports?since=2026-01-24&until=2026-01-24")) == [1, 3]
    assert "<title id=" in chart
    assert "<desc id=" in chart
    assert '<tr><th scope="row">2026-01-24</th><td class="number">2</td></tr>' in page


def test_pages_stay_as_they_are_and_can_be_shared(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        row = next(db.query("select * from articles where id = 1"))
        db["articles"].insert_all(
            {**row, "id": number, "url": f"https://x.example/{number}", "url_key": f"x/{number}"}
            for number in range(10, 50)
        )
    browser = Browser(small_archive)
    page = browser.page("/-/reports?sort=newest")
    assert len(found(page)) == 20
    (following,) = re.findall(r'<link rel="next" href="([^"]*)">', page)
    assert following == "?sort=newest&amp;page=newest.49.20"
    assert 'href="?sort=newest&amp;page=newest.49.0"' in page
    with closing(Database(small_archive)) as db:
        db["articles"].insert({**row, "id": 60, "url": "https://x.example/60", "url_key": "x/60",
                               "published_at": "2026-02-01T00:00:00Z"})  # fmt: skip
    assert found(browser.page("/-/reports?sort=newest&page=newest.49.0")) == found(page)
    last = browser.page("/-/reports?sort=newest&page=newest.49.40")
    assert len(found(last)) == 6
    assert 'rel="next"' not in last
    assert "First page" in last
    assert "pages end at 10,000 reports" in text_of(browser.get("/-/reports?page=newest.9.20000", 400).text)
    browser.close()


def test_other_spellings_are_searched_for_unless_switched_off(browser: Browser) -> None:
    page = browser.page("/-/reports", q="saraqib")
    assert sorted(found(page)) == [1, 3]
    assert "Also searched for" in page
    assert "?q=saraqib&amp;synonyms=0" in page
    typed = browser.page("/-/reports?q=saraqib&synonyms=0")
    assert 3 not in found(typed)
    assert "Search for them too" in typed


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/-/reports?q=%2A", 400, "has no word to search for"),
        ("/-/reports?source=nobody", 404, "no source &#39;nobody&#39; in this archive"),
        ("/-/reports?since=soon", 400, "since=&#39;soon&#39; is not a day"),
        ("/-/reports?sort=best", 400, "is no order"),
        ("/-/reports?page=x", 400, "is not the name of a page"),
        ("/-/reports?q=" + "x" * 2001, 400, "2,000 are the most"),
        ("/-/reports.atom?since=2026-13", 400, "is not a day"),
        ("/-/reports.csv?q=%2A", 400, "has no word"),
    ],
)
def test_what_makes_no_sense_is_said(browser: Browser, address: str, status: int, said: str) -> None:
    page = browser.get(address, status).text
    assert said in page
    assert 'name="q"' in page


def test_what_is_no_query_is_said_and_still_limited(browser: Browser) -> None:
    page = browser.page("/-/reports?q=%22shelling+of&lang=en")
    assert "No search expression (a quote is not closed)" in page
    assert found(page) == [5]


def test_nothing_that_is_asked_or_stored_is_served_as_html(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        db["articles"].update(5, dict.fromkeys(["title", "body"], f"{ATTACK} \x02kherson\x03"))
        db["articles"].update(5, {"url": "javascript:alert(1)", "language": ATTACK, "published_at": ATTACK})
        db["sources"].update("ukrinform-en", {"name": ATTACK, "kind": ATTACK, "conflict": ATTACK})
    browser = Browser(small_archive)
    addresses: list[tuple[str, dict[str, str]]] = [("/-/reports", {}), ("/-/archive", {}), ("/", {})]
    names = ("q", "source", "lang", "kind", "conflict", "since", "until", "sort", "page", "words")
    addresses += [("/-/reports", {name: ATTACK}) for name in names]
    for path, params in addresses:
        response = asyncio.run(browser.datasette.client.get(path, params=params, follow_redirects=True))
        for part in ("<script>alert", "<img", "javascript:", " style=", " onclick="):
            assert part not in response.text, (path, params)
    assert "<script>" not in browser.page("/-/reports.atom")
    assert "javascript:" not in browser.page("/-/reports.atom")
    browser.close()


def test_an_address_too_long_for_links_makes_no_large_page(browser: Browser) -> None:
    page = browser.page("/-/reports", q=" OR ".join(["قصف"] * 200))
    assert "too long for links" in page
    assert len(page.encode()) < 150_000


def test_several_archives_keep_apart(small_archive: Path, tmp_path: Path) -> None:
    other = small_archive.with_name("other.db")
    other.write_bytes(small_archive.read_bytes())
    with closing(Database(other)) as db:
        db["articles"].update(5, {"title": "Elsewhere"})
    browser = Browser(small_archive, other)
    page = browser.page("/-/reports?db=other&lang=en")
    assert "Elsewhere" in page
    assert all("db=other" in link for link in links(page, "facets") if link.startswith("?"))
    assert '<input type="hidden" name="db" value="other">' in page
    assert "Elsewhere" in browser.page("/-/reports.csv?db=other")
    assert "/-/report/5?db=other" in browser.page("/-/reports.atom?db=other")
    browser.close()


LIMIT = st.tuples(
    st.sampled_from(["source", "lang", "kind", "conflict"]), st.sampled_from(["a", "b c", "d-e"])
)
TYPED = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(
    ["a", "b", "OR", "AND", "NOT", "(", ")", '"', "title:", "source:x", "NEAR(a b)", "c*", "since:2020", ":"]
)).map(" ".join))  # fmt: skip


@given(typed=TYPED, limits=st.lists(LIMIT, min_size=1, max_size=3, unique=True))
def test_a_limit_holds_whatever_is_typed(typed: str, limits: list[tuple[str, str]]) -> None:
    wanted = Search(text=typed.strip(), limits=tuple(limits), synonyms=False)
    try:
        words = parse(wanted.text).words if wanted.text else None
    except InvalidInput:
        return
    line = parse(wanted.query())
    assert line.problem is None
    assert {name for name, _ in limits} <= {getattr(each, "name", "") for each in line.limits}
    assert (line.words is None) == (words is None)


# exports


def exported(browser: Browser, query: str = "") -> list[dict[str, str]]:
    text = browser.page(f"/-/reports.csv{query}")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_of_a_search_is_exported(small_archive: Path, browser: Browser) -> None:
    with reading(small_archive) as connection:
        expected = list(export.rows(connection))
    rows = exported(browser)
    assert [row["title"] for row in rows] == [export.harmless(str(row["title"])) for row in expected]
    assert rows[4]["title"] == "'=HYPERLINK shelling of Kherson"
    lines = browser.page("/-/reports.jsonl").splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert [row["id"] for row in exported(browser, "?q=shelling")] == ["2", "5"]
    assert [row["id"] for row in exported(browser, "?q=shelling&source=ukrinform-en")] == ["5"]
    assert [row["id"] for row in exported(browser, "?lang=en&until=2026-01-25")] == ["1", "2"]
    assert exported(browser, "?lang=fr") == []
    answer = browser.get("/-/reports.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="reports.csv"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_export_is_made_in_steps(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = browser.page("/-/reports.csv?q=shelling+OR+strike+OR+قصف")
    monkeypatch.setattr(stream, "_IDS", 2)
    monkeypatch.setattr(stream, "_ROWS", 1)
    assert browser.page("/-/reports.csv?q=shelling+OR+strike+OR+قصف") == whole
    assert len(browser.page("/-/reports.jsonl").splitlines()) == 6


def asked_with(path: Path, address: str, **settings: Any) -> Any:
    """What a Datasette with these settings answers."""
    datasette = Datasette([str(path)], settings=settings)
    try:
        return asyncio.run(datasette.client.get(address))
    finally:
        datasette.executor.shutdown()
        for database in datasette.databases.values():
            database.close()


def test_datasettes_limits_hold_for_exports(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        db["articles"].update(2, {"body": "x" * 1_100_000})
    cut = asked_with(small_archive, "/-/reports.csv", max_csv_mb=1).text
    assert cut.startswith("id,source_id,")
    assert cut.splitlines()[-1].startswith('"cut off here: this Datasette gives no more at once')
    line = asked_with(small_archive, "/-/reports.jsonl", max_csv_mb=1).text.splitlines()[-1]
    assert json.loads(line)["error"].startswith("cut off here")
    refused = asked_with(small_archive, "/-/reports.csv", allow_csv_stream=False)
    assert refused.status_code == 400
    assert "gives no exports" in refused.text


def test_whoever_may_not_see_the_reports_gets_none(small_archive: Path) -> None:
    metadata = {"databases": {"archive": {"tables": {"articles": {"allow": False}}}}}
    datasette = Datasette([str(small_archive)], metadata=metadata)
    for address in ("/-/reports", "/-/reports.csv", "/-/reports.jsonl", "/-/reports.atom", "/-/archive"):
        assert asyncio.run(datasette.client.get(address)).status_code == 403, address
    datasette.executor.shutdown()
    for database in datasette.databases.values():
        database.close()


# the feed


def test_the_feed_is_atom(browser: Browser) -> None:
    answer = browser.get("/-/reports.atom?q=shelling")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(answer.text)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1
    assert {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")} == {
        "self": "http://localhost/-/reports.atom?q=shelling",
        "alternate": "http://localhost/-/reports?q=shelling",
    }
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "=HYPERLINK shelling of Kherson",
        "Shelling hits market in Idlib",
    ]
    for entry in entries:
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", entry.findtext(f"{ATOM}id") or "")
        assert entry.findtext(f"{ATOM}updated") == "2026-01-28T00:02:00Z"
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
    assert entries[0].findtext(f"{ATOM}summary") == "Two people were killed & one <b>wounded</b> in Kherson."
    assert {link.get("rel"): link.get("href") for link in entries[0].findall(f"{ATOM}link")} == {
        "alternate": "http://localhost/-/report/5",
        "via": "https://ukrinform-en.example/news/5/",
    }
    again = {"if-none-match": answer.headers["etag"]}
    same = asyncio.run(browser.datasette.client.get("/-/reports.atom?q=shelling", headers=again))
    assert (same.status_code, same.text) == (304, "")


@given(st.text(), st.text())
def test_any_text_is_well_formed_in_a_feed(title: str, url: str) -> None:
    entry = atom.Entry(
        id=atom.stable_id(title), title=title, author=title, via=url, updated="2026-01-01T00:00:00Z", language=title,
        summary=title, link="https://here.example/1",
    )  # fmt: skip
    made = atom.Feed("urn:x", title, title, "2026-01-01T00:00:00Z", (entry,), itself=url, link=url)
    root = ET.fromstring(atom.write(made).encode("utf-8", "replace"))  # noqa: S314 - our own
    assert len(root.findall(f"{ATOM}entry")) == 1


# charts


def test_the_unit_of_a_timeline_is_that_of_its_span() -> None:
    days = timeline([("2026-01-30", 2), ("2026-02-02", 1), ("rubbish", 9)])
    assert days is not None
    assert [(slot.name, slot.total) for slot in days.slots] == [
        ("2026-01-30", 2), ("2026-01-31", 0), ("2026-02-01", 0), ("2026-02-02", 1),
    ]  # fmt: skip
    months = timeline([("2024-12-31", 1), ("2026-02-02", 3)])
    assert months is not None
    assert (months.unit, len(months.slots), months.slots[-1].last) == (Unit.MONTH, 15, date(2026, 2, 28))
    years = timeline([("0001-01-01", 4), ("1990-12-31", 1), ("9999-12-31", 3)])
    assert years is not None
    assert (years.unit, len(years.slots), years.earlier) == (Unit.YEAR, MOST, 5)
    assert timeline([("", 1)]) is None


@given(st.lists(st.lists(st.integers(0, 10**7), min_size=3, max_size=3), min_size=1, max_size=30))
def test_bars_stand_on_each_other_inside_the_picture(counts: list[list[int]]) -> None:
    chart = stacked({date(2026, 1, 1 + at): each for at, each in enumerate(counts)}, 3, Unit.DAY)
    for at, slot in enumerate(chart.slots):
        bars = list(chart.bars(at))
        assert [bar.series for bar in bars] == [series for series, count in enumerate(slot.counts) if count]
        for bar in bars:
            assert bar.y >= -0.01
            assert bar.y + bar.height <= 100.02


def test_small_things() -> None:
    assert command_to_watch("-x 'y") == """archive watch add -- '-x '"'"'y'"""
    assert shlex.split(command_to_watch('a "b" $(c)'))[3] == 'a "b" $(c)'
    assert str(marked("<b>\x02x\x03&")) == "&lt;b&gt;<mark>x</mark>&amp;"
    assert (language_name("uk"), language_name("xx")) == ("Ukrainian", "xx")


# the home page


def test_home_tells_what_there_is(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        first = next(db.query("select * from revisions where article_id = 1"))
        db["revisions"].insert({**first, "id": 7, "number": 2, "seen_at": "2026-01-30T00:00:00Z",
                                "body": str(first["body"]).replace("Five", "Nine") + "<b>"})  # fmt: skip
        changelog.write(db.conn, 7)
        db.conn.commit()
        db["articles"].update(2, {"state": "gone"})
        db["article_states"].insert({"article_id": 2, "state": "gone", "since": "2026-01-29T00:00:00Z", "how": "404",
                                     "capture_id": 2, "last_confirmed_at": "2026-01-30T00:00:00Z"})  # fmt: skip
    browser = Browser(small_archive)
    page = browser.page("/-/archive")
    text = " ".join(text_of(page).split())
    assert "6 reports 4 sources 6 captures 1 edit" in text
    assert found(page)[:5] == [5, 4, 2, 1, 3]
    assert 'href="/-/report/1/diff?first=1&amp;last=2"' in page
    assert "Five → Nine civilians were killed" in text
    assert "404 Not Found" in text
    assert "these are the 60 days up to it" in text
    assert '<tr><th scope="row">2026-01-24</th><td class="number">2</td></tr>' in page
    assert page.count('<rect class="s0" x=') == 4
    assert "4 of them want a look" in text
    browser.close()


NOW = datetime(2026, 1, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "run", "words"),
    [
        ({}, {}, (0, "last crawl: 2 new")),
        ({}, {"failed": 3, "stored": 0}, (0, "last crawl: 3 failed")),
        ({}, {"finish_reason": "closespider_errorcount"}, (3, "its last crawl ended early: closespider_errorcount")),
        ({}, {"finished_at": None, "finish_reason": None}, (0, "being crawled, or cut off")),
        ({}, {"started_at": "2025-01-01T00:00:00Z"}, (2, "not crawled for two weeks")),
        ({}, {"started_at": "2025-01-01T00:00:00Z", "finished_at": None}, (3, "its last crawl did not end")),
        ({}, {"kind": "import"}, (0, "imported, never crawled")),
        ({"paused_until": "2026-02-01T00:00:00Z", "pause_reason": "403"}, {}, (4, "refuses us (403); let alone until 2026-02-01")),
    ],
)  # fmt: skip
def test_a_source_in_words(small_archive: Path, source: Any, run: Any, words: tuple[int, str]) -> None:
    with closing(Database(small_archive)) as db:
        number = next(db.query("select id from runs where source_id = 'ukrinform-en'"))["id"]
        if run:
            db["runs"].update(number, run)
        if source:
            db["sources"].update("ukrinform-en", source)
    with reading(small_archive) as connection:
        heard = {each.id: each for each in home.heard(connection, lambda: NOW)}
    assert (heard["ukrinform-en"].trouble, heard["ukrinform-en"].words) == words
    assert heard["dabanga-en"].words == "no report of the last two weeks"


def test_home_of_an_empty_archive(tmp_path: Path, small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        db.conn.execute("pragma foreign_keys = off")
        for table in ("articles", "sources", "runs"):
            db[table].delete_where()
        db.conn.commit()
    browser = Browser(small_archive)
    text = text_of(browser.page("/-/archive"))
    assert "Nothing is archived yet" in text
    assert "No report has a day of publication yet" in text
    assert "No report" in text_of(browser.page("/-/reports"))
    browser.close()


def test_of_many_conflicts_the_rest_are_others(small_archive: Path) -> None:
    with closing(Database(small_archive)) as db:
        row = next(db.query("select * from articles where id = 1"))
        for number in range(8):
            db["sources"].insert({"id": f"s{number}", "name": "S", "homepage": "", "conflict": f"C{number}"})
            db["articles"].insert(
                {**row, "id": 20 + number, "source_id": f"s{number}", "url_key": f"x/{number}"}
            )
    with reading(small_archive) as connection:
        chart, names = home.reports_by_day(connection, "2026-01-29T00:00:00Z")
    assert chart is not None
    assert (len(names), names[0], names[-1]) == (7, "Syria", "others")
    assert sum(slot.total for slot in chart.slots) == 13
    assert chart.slots[-1].name == "2026-01-27"
    assert len(chart.slots) == 60


def test_large_tables_are_not_counted(small_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_COUNTED", 3)
    browser = Browser(small_archive)
    assert "about 6" in browser.page("/-/archive")
    browser.close()


def plan(connection: sqlite3.Connection, statement: str, parameters: dict[str, Any]) -> str:
    return "\n".join(
        row["detail"] for row in connection.execute(f"explain query plan {statement}", parameters)
    )


def test_the_home_page_reads_indexes(small_archive: Path) -> None:
    with reading(small_archive) as connection:
        days = {"since": "2026-01-01", "until": "2026-02-01"}
        assert "COVERING INDEX articles_source_id" in plan(connection, home._BY_DAY, days)
        newest = plan(connection, home._NEWEST, {"now": "2026"})
        assert "articles_published_at" in newest
        assert "TEMP B-TREE" not in newest

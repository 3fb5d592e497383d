"""The catalogue of sources in the browser, and a source's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.browse import calendar
from archive.browse.pages import sources as pages
from archive.open import reading
from archive.views import sources
from archive.views.coverage import coverage
from archive.views.sources import catalogue, choices
from tests.browsing import Browser, plugin, text_of

__all__ = ["plugin"]

NOW = datetime(2026, 1, 29, tzinfo=UTC)


@pytest.fixture
def browser(small_archive: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setattr(pages, "utc_now", lambda: NOW)
    browser = Browser(small_archive)
    yield browser
    browser.close()


def change(path: Path, table: str, key: str | int, **values: object) -> None:
    with closing(Database(path)) as db:
        db[table].update(key, values)


def lead(path: Path, number: int, day: str, **values: object) -> None:
    url = f"https://zamanalwsl-en.example/{number}"
    with closing(Database(path)) as db:
        db["leads"].insert(
            {"source_id": "zamanalwsl-en", "url": url, "url_key": url[8:], "via": "feed",
             "first_seen_at": f"{day}T12:00:00Z", "published_hint": f"{day}T10:00:00Z"} | values
        )  # fmt: skip


def test_catalogue_lists_sources_with_their_last_report_and_run(browser: Browser) -> None:
    text = " ".join(text_of(browser.page("/-/sources")).split())
    assert "Zamanalwsl-En crawled 2026-01-25 2026-01-28 00:00:00 finished 0 Syria independent en" in text
    assert "Dabanga-En crawled none" in text
    assert "4 sources." in text


def test_catalogue_is_filtered(small_archive: Path, browser: Browser) -> None:
    change(small_archive, "sources", "dabanga-en", conflict="Sudan", kind="radio", languages="en, ar")
    for asked, found in (
        ({"conflict": "Sudan"}, ["dabanga-en"]),
        ({"kind": "radio", "language": "ar"}, ["dabanga-en"]),
        ({"language": "a"}, []),
        ({"conflict": "Syria"}, ["ukrinform-en", "zamanalwsl-ar", "zamanalwsl-en"]),
        ({"conflict": "' or 1=1 --"}, []),
    ):
        page = browser.page("/-/sources", **asked)
        assert re.findall(r'href="/-/sources/([^"?]+)"', page) == found, asked
    assert '<option value="Sudan" selected>Sudan (1)</option>' in browser.page("/-/sources", conflict="Sudan")
    with reading(small_archive) as connection:
        assert choices(connection).languages == (("ar", 1), ("en", 4))


@pytest.mark.parametrize(
    ("table", "values", "state", "words"),
    [
        ("sources", {"paused_until": "2026-02-01T00:00:00Z", "pauses": 1}, "bad", "refuses us, paused until 2026-02-01"),
        ("sources", {"pauses": 2}, "bad", "refused us, and has not answered since"),
        ("runs", {"finish_reason": "blocked"}, "bad", "refused the last run"),
        ("runs", {"finish_reason": "closespider_timeout"}, "poor", "the last run ended early: closespider_timeout"),
        ("runs", {"started_at": "2026-01-01T00:00:00Z"}, "poor", "not crawled for 28 days"),
        ("runs", {"kind": "import"}, "good", "imported, not crawled"),
    ],
)  # fmt: skip
def test_catalogue_tells_cheaply_what_is_wrong(
    small_archive: Path, table: str, values: dict[str, object], state: str, words: str
) -> None:
    change(small_archive, table, "zamanalwsl-en" if table == "sources" else 1, **values)
    with reading(small_archive) as connection:
        (found,) = catalogue(connection, NOW, source="zamanalwsl-en")
    assert (found.state, found.words) == (state, words)


def test_catalogue_asks_indexes_only(small_archive: Path) -> None:
    values = dict.fromkeys(["now", "source", "conflict", "kind", "language"]) | {"most": 9}
    with reading(small_archive) as connection:
        plan = [
            row["detail"] for row in connection.execute(f"explain query plan {sources._CATALOGUE}", values)
        ]
    scanned = {step.split("-")[0] for step in plan if step.startswith("SCAN") and "USING" not in step}
    assert scanned <= {"SCAN sources", "SCAN (subquery", "SCAN CONSTANT ROW"}, plan


def test_source_page_gives_the_verdict_in_words(browser: Browser) -> None:
    text = " ".join(text_of(browser.page("/-/sources/zamanalwsl-en")).split())
    assert "too new to tell" in text
    assert "newest report 2026-01-25 09:00 UTC" in text
    assert "Nothing was learned of its pages yet" in text
    assert "2026-01-28 00:00:00 crawl finished" in text


def test_source_page_shows_each_day_and_leads_to_its_reports(small_archive: Path, browser: Browser) -> None:
    lead(
        small_archive,
        1,
        "2026-01-24",
        state="failed",
        outcome="failed",
        last_error="HTTP 503 Service <Unavailable>",
    )
    lead(
        small_archive,
        2,
        "2026-01-26",
        state="failed",
        outcome="failed",
        last_error="HTTP 503 Service <Unavailable>",
    )
    lead(small_archive, 3, "2026-01-27", state="skipped", outcome="not_an_article")
    page = browser.page("/-/sources/zamanalwsl-en")
    days = dict(re.findall(r"<title>(2026-\d\d-\d\d): ([^<]*)</title>", page))
    assert len(days) == 29
    assert days["2026-01-24"] == "1 archived, 1 failed"
    assert days["2026-01-25"] == "1 archived"
    assert (days["2026-01-26"], days["2026-01-27"]) == ("1 failed", "1 left out")
    assert days["2026-01-28"].startswith("silent")
    assert days["2026-01-29"] == "not crawled"
    assert 'href="/-/reports?q=source:zamanalwsl-en+since:2026-01-24+until:2026-01-24"' in page
    text = " ".join(text_of(page).split())
    assert "2026-01-01 to 2026-01-23 not crawled (23 days)" in text
    assert "2 HTTP 503 Service <Unavailable> failed" in text


def test_shapes_differ_without_colour(small_archive: Path) -> None:
    for number, (day, state) in enumerate((("24", "failed"), ("26", "failed"), ("27", "skipped"))):
        lead(small_archive, number, f"2026-01-{day}", state=state, outcome=state)
    with reading(small_archive) as connection:
        found = coverage(
            connection, "zamanalwsl-en", today=date(2026, 1, 29), since=date(2026, 1, 24), by="day"
        )
    assert [calendar.state(each) for each in found.periods] == [
        "partly", "archived", "failed", "other", "silent", "not-crawled",
    ]  # fmt: skip
    shapes = re.findall(r"<a [^>]*>.*?</a>", calendar.figure(found, str))
    marks = [re.sub(r"\d+(\.\d+)?", "0", shape.split("</title>")[1]) for shape in shapes]
    assert len(set(marks)) == 6


def test_years_lead_to_each_other_and_bad_ones_are_refused(browser: Browser) -> None:
    old = browser.page("/-/sources/zamanalwsl-en", year="2025")
    assert "Coverage in 2025" in old
    assert 'rel="next" href="/-/sources/zamanalwsl-en?year=2026"' in old
    for year in ("2027", "1850", "26", "٢٠٢٦", "<b>"):
        page = browser.get("/-/sources/zamanalwsl-en", status=400, year=year).text
        assert "is not a year" in page
        assert "<b>" not in page
    assert "no source &#39;nobody&#39; in this archive" in browser.get("/-/sources/nobody", status=404).text


def test_a_full_year_is_under_150_kilobytes(small_archive: Path, browser: Browser) -> None:
    with closing(Database(small_archive)) as db:
        db["leads"].insert_all(
            {"source_id": "zamanalwsl-en", "url": f"https://z.example/{day}/{n}", "url_key": f"z/{day}/{n}", "via": "feed",
             "first_seen_at": "2025-12-31T00:00:00Z", "published_hint": date.fromordinal(day).isoformat() + "T00:00:00Z",
             "state": state, "outcome": state, "last_error": "HTTP 503 Service Unavailable, asked four times in vain"}
            for day in range(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal())
            for n, state in enumerate(("stored", "failed", "skipped"))
        )  # fmt: skip
    page = browser.page("/-/sources/zamanalwsl-en", year="2025")
    assert len(page.encode()) < 150_000
    assert page.count("<title>2025-") == 365


def test_hostile_names_and_addresses_are_only_text(small_archive: Path, browser: Browser) -> None:
    attack = '<script>alert(1)</script>"onclick="x'
    change(
        small_archive,
        "sources",
        "zamanalwsl-en",
        name=attack,
        homepage="javascript:alert(1)",
        conflict=attack,
        languages=attack,
    )
    with closing(Database(small_archive)) as db:
        db["endpoints"].insert({"source_id": "zamanalwsl-en", "url": f"javascript:{attack}", "kind": "feed", "failures": 3,
                                "last_error": attack, "last_checked_at": "2026-01-28T00:00:00Z"})  # fmt: skip
        db["site_templates"].insert({"source_id": "zamanalwsl-en", "version": 1, "learned_at": "2026-01-28T00:00:00Z",
                                     "page_count": 3, "template": '{"layouts": [{"name": "<script>", "kinds": 7}], "repeats": 1}'})  # fmt: skip
    for url in ("/-/sources", "/-/sources/zamanalwsl-en"):
        page = browser.page(url)
        assert "<script>alert" not in page
        assert "<script>," not in page
        assert not re.search(r'<[^>]*"onclick="', page)
        assert not re.search(r'href="javascript', page, re.IGNORECASE)


def test_a_source_with_an_odd_id_has_its_page(small_archive: Path, browser: Browser) -> None:
    with closing(Database(small_archive)) as db:
        db["sources"].insert({"id": "a b/c?d", "name": "Odd", "homepage": "https://odd.example/"})
    (path,) = re.findall(r'href="(/-/sources/a[^"]*)"', browser.page("/-/sources"))
    assert '<h1 dir="auto">Odd</h1>' in browser.page(path)

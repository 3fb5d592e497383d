"""What a source's URLs came to, day by day: the sums agree, and days without anything are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.browse.presentation import load_presentation
from archive.errors import InvalidInput, NotFound
from archive.health import facts
from archive.open import reading
from archive.store import Store
from archive.views import coverage as coverage_module
from archive.views.coverage import Coverage, Period, coverage, date_in_address, parse_span
from archive.views.outcomes import short_reason

TODAY = date(2026, 2, 1)
D = date.fromisoformat


class World:
    """An archive with one source, `x`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        Store(path).close()
        self.db = Database(path)
        self.db["sources"].insert({"id": "x", "name": "X", "homepage": "https://x.example/"})
        self._number = 0

    def insert(self, table: str, row: dict[str, object]) -> None:
        """Insert a row, but don't wait for the disk; `coverage` commits."""
        marks = ", ".join(f":{column}" for column in row)
        self.db.conn.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)  # noqa: S608 - ours

    def lead(
        self, day: str | None, state: str, outcome: str | None = None, *, error: str | None = None, path: str = "",
        seen: str = "2026-01-31T00:00:00Z", article: str | None = None, **columns: object,
    ) -> None:  # fmt: skip
        self._number += 1
        key = f"x.example/{path}{self._number}"
        hint = day and f"{day}T10:00:00Z"
        self.insert("leads", {"source_id": "x", "url": f"https://{key}", "url_key": key, "via": "feed", "state": state,
            "outcome": outcome, "last_error": error, "published_hint": hint, "first_seen_at": seen, **columns})  # fmt: skip
        if article is not None:
            self.insert("articles", {"source_id": "x", "url": f"https://{key}", "url_key": key, "title": "t", "body": "b",
                "published_at": article or None, "word_count": 1, "content_sha256": key, "first_seen_at": seen,
                "last_seen_at": seen})  # fmt: skip

    def run(self, at: str, *, read: int = 1, kind: str = "crawl") -> None:
        self.insert("runs", {"source_id": "x", "started_at": at, "version": "0", "kind": kind,
                                "stats": json.dumps({"endpoints/read": read})})  # fmt: skip

    def coverage(self, since: str | None = None, until: str | None = None, **options: object) -> Coverage:
        self.db.conn.commit()
        with reading(self.path) as connection:
            return coverage(
                connection, "x", today=TODAY, since=D(since) if since else None, until=D(until) if until else None,
                **options,  # type: ignore[arg-type]
            )  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "archive.db")
    yield made
    made.db.close()


def test_every_url_is_counted_once_with_its_reason(world: World) -> None:
    day = "2026-01-10"
    world.lead(day, "stored", "stored")
    world.lead(day, "stored", "unchanged")
    world.lead(day, "failed", "failed", error="HTTP 503 Service Unavailable", attempts=6)
    world.lead(day, "waiting", "failed", error="HTTP 503 Service Unavailable", attempts=1)
    world.lead(day, "failed", "gone", error="HTTP 404 Not Found", attempts=6)
    world.lead(day, "skipped", "not_an_article", error="soft_404: https://x.example/9 says so")
    world.lead(day, "skipped", "robots", error="robots.txt forbids it")
    world.lead(day, "skipped", "duplicate", error="leads to the report at https://x.example/3")
    world.lead(day, "waiting")
    world.run("2026-01-10T06:00:00Z")
    found = world.coverage("2026-01-10", "2026-01-10")
    (period,) = found.periods
    assert period == Period(
        period=day,
        known=9,
        archived=2,
        failed={"HTTP 503 Service Unavailable": 2, "HTTP 404 Not Found": 1},
        skipped={"no report: soft_404": 1, "robots.txt forbids it": 1, "duplicate": 1},
        waiting=1,
        by_first_seen=0,
        days=1,
        crawled=1,
    )
    assert found.by == "day"
    assert list(period.failed) == [
        "HTTP 503 Service Unavailable",
        "HTTP 404 Not Found",
    ]  # the most frequent first


def test_a_report_that_was_taken_down_is_archived(world: World) -> None:
    """Its last look failed, but we have it."""
    world.lead(
        "2026-01-10", "failed", "gone", error="HTTP 404 Not Found", attempts=6, article="2026-01-10T00:00:00Z"
    )
    world.lead("2026-01-10", "waiting", "blocked", attempts=2, article="2026-01-10T00:00:00Z")
    total = world.coverage().total
    assert (total.known, total.archived, total.failed, total.skipped, total.waiting) == (2, 2, {}, {}, 0)


def test_the_day_is_the_feeds_else_the_pages_else_the_addresss_else_when_first_seen(world: World) -> None:
    world.lead("2026-01-10", "stored", path="2026/01/20/", article="2026-01-15T00:00:00Z")
    world.lead(None, "stored", path="2026/01/20/", article="2026-01-15T00:00:00Z")
    world.lead(None, "stored", path="2026/01/20/", article="")
    world.lead(None, "waiting", path="2026/01/20/")
    world.lead(None, "waiting")
    found = world.coverage("2026-01-10")
    assert {period.period: period.known for period in found.periods if period.known} == {
        "2026-01-10": 1, "2026-01-15": 1, "2026-01-20": 2, "2026-01-31": 1,
    }  # fmt: skip
    assert [period.period for period in found.periods if period.by_first_seen] == ["2026-01-31"]
    assert found.total.by_first_seen == 1


def test_days_with_nothing_are_shown_and_those_without_a_look_are_told_apart(world: World) -> None:
    world.lead("2026-01-03", "stored")
    world.run("2026-01-03T06:00:00Z")
    world.run("2026-01-03T12:00:00Z")
    world.run("2026-01-04T06:00:00Z", read=0)
    world.run("2026-01-05T06:00:00Z", kind="backfill")
    world.run("2026-01-06T23:59:59Z")
    found = world.coverage("2026-01-02", "2026-01-07")
    assert [(period.period[-2:], period.known, period.crawled) for period in found.periods] == [
        ("02", 0, 0), ("03", 1, 1), ("04", 0, 0), ("05", 0, 0), ("06", 0, 1), ("07", 0, 0),
    ]  # fmt: skip
    assert (found.total.days, found.total.crawled) == (6, 2)


def test_by_month_from_two_months_on(world: World) -> None:
    world.lead("2025-11-30", "stored")
    world.lead("2026-01-01", "failed", "failed", error="x")
    world.run("2025-12-24T00:00:00Z")
    world.run("2025-12-25T00:00:00Z")
    found = world.coverage("2025-11-01", "2026-01-31")
    assert found.by == "month"
    assert [(period.period, period.known, period.days, period.crawled) for period in found.periods] == [
        ("2025-11", 1, 30, 0), ("2025-12", 0, 31, 2), ("2026-01", 1, 31, 0),
    ]  # fmt: skip
    assert world.coverage("2025-12-01", "2026-01-31").by == "day"
    assert len(world.coverage("2025-11-01", "2026-01-31", by="day").periods) == 92
    assert [period.period for period in world.coverage("2026-01-15", "2026-01-20", by="month").periods] == [
        "2026-01"
    ]


def test_what_is_outside_is_counted_and_days_to_come_are_left_out(world: World) -> None:
    world.lead("1970-01-01", "stored")  # a feed's mistake
    world.lead("2026-01-10", "stored")
    world.lead("2026-01-11", "stored")
    world.lead("2031-01-10", "stored")
    whole = world.coverage()
    assert (whole.since, whole.until) == (D("2026-01-10"), TODAY)
    assert (whole.earlier, whole.later, whole.total.known) == (1, 1, 2)
    assert world.coverage("2026-01-11", "2026-12-31").until == TODAY
    assert world.coverage("2026-01-11").earlier == 2
    assert world.coverage("2026-01-01", "2026-01-10").later == 2


def test_a_source_of_which_nothing_is_known(world: World) -> None:
    found = world.coverage()
    assert [(period.period, period.known) for period in found.periods] == [("2026-02-01", 0)]


def test_wrong_questions(world: World) -> None:
    with pytest.raises(InvalidInput, match="since 2026-01-02 is after until 2026-01-01"):
        world.coverage("2026-01-02", "2026-01-01")
    with reading(world.path) as connection, pytest.raises(NotFound, match="no source 'y'"):
        coverage(connection, "y", today=TODAY)


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("sums") / "archive.db")
    yield made
    made.db.close()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2025-12-30", "2026-01-01", "2026-01-02", None]),
            st.sampled_from(["waiting", "stored", "failed", "skipped"]),
            st.sampled_from([None, "failed", "gone", "robots", "too_old"]),
            st.integers(0, 2),
            st.text(max_size=12),
        ),
        max_size=12,
    )
)
@settings(max_examples=25)
def test_the_sums_agree_whatever_is_in_the_table(
    one_world: World, leads: list[tuple[str | None, str, str | None, int, str]]
) -> None:
    one_world.db["leads"].delete_where()
    for day, state, outcome, attempts, error in leads:
        one_world.lead(day, state, outcome, error=error, attempts=attempts)
    found = one_world.coverage("2026-01-01", "2026-01-31")
    for period in (*found.periods, found.total):
        parts = period.archived + sum(period.failed.values()) + sum(period.skipped.values()) + period.waiting
        assert period.known == parts
    assert sum(period.known for period in found.periods) == found.total.known
    assert found.total.known + found.earlier + found.later == len(leads)


# -- pure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2026-01-24", "2026-01-24", "2026-01-24"),
    ],
)
def test_days_months_and_years(text: str, first: str, last: str) -> None:
    assert parse_span(text, "--since") == (D(first), D(last))


@pytest.mark.parametrize(
    "text", ["", "26", "2026-1", "2026-13", "2026-02-30", "2026-W01", "20260124", "0000", "٢٠٢٦", "9999-12"]
)
def test_what_is_no_day_month_or_year(text: str) -> None:
    if text == "9999-12":  # the last month that there is has no first day after it
        text = "10000"
    with pytest.raises(InvalidInput, match=r"--since=.* is not a day, month or year"):
        parse_span(text, "--since")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://x.example/2026/01/24/strike", "2026-01-24"),
        ("https://x.example/news/2026-1-4-strike.html", "2026-01-04"),
        ("https://x.example/2026_01_24.html", "2026-01-24"),
        ("https://x.example/2026/01-24/x", None),
        ("https://x.example/2026/02/30/x", None),
        ("https://x.example/12026/01/24/x", None),
        ("https://x.example/2026/01/245", None),
        ("https://x.example/1920/01/24/", None),
        ("https://x.example/20260124", None),
        ("https://x.example/news/121466/", None),
    ],
)
def test_dates_in_addresses(url: str, day: str | None) -> None:
    assert date_in_address(url) == day


@pytest.mark.parametrize(
    ("outcome", "error", "reason"),
    [
        (None, None, "no reason was recorded"),
        ("robots", None, "robots"),
        ("gone", "HTTP 404 Not Found", "HTTP 404 Not Found"),
        ("too_old", "published 2020-01-01", "too old"),
        ("duplicate", "leads to the report at https://x.example/1", "duplicate"),
        ("not_an_article", "soft_404: https://x.example/1 says so", "no report: soft_404"),
        ("not_an_article", "it redirects to https://x.example/1, which is none", "it redirects to … which is none"),
        ("failed", "DNSLookupError: x.example resolves to the private address 10.0.0.1", "DNSLookupError"),
        ("failed", "extraction: the page took longer than 30 s", "extraction"),
        ("failed", "robots.txt of x.example can't be had (HTTP 503), so nothing may be fetched",
         "robots.txt of … can't be had (HTTP 503), so nothing may be…"),
        ("failed", "the server\n did not answer in time", "the server did not answer in time"),
    ],
)  # fmt: skip
def test_reasons_in_few_words(outcome: str | None, error: str | None, reason: str) -> None:
    assert short_reason(outcome, error) == reason


@given(st.none() | st.text(max_size=30), st.none() | st.text(max_size=300))
def test_any_reason_is_short(outcome: str | None, error: str | None) -> None:
    assert len(short_reason(outcome, error)) <= 60


# -- canned queries --------------------------------------------------------------------------------------


def canned(world: World, name: str, **given: str) -> list[tuple[object, ...]]:
    query = load_presentation().queries()[name]
    world.db.conn.commit()
    with reading(world.path) as connection:
        values = dict.fromkeys(query.get("params", []), "") | given
        return [tuple(row) for row in connection.execute(query["sql"], values)]


def test_the_canned_coverage_agrees_with_the_command(world: World) -> None:
    world.lead("2026-01-10", "stored")
    world.lead("2026-01-10", "failed", "gone", attempts=6, article="2026-01-10T00:00:00Z")
    world.lead("2026-01-10", "waiting", "failed", attempts=1)
    world.lead("2026-01-10", "skipped", "robots")
    world.lead("2026-01-11", "waiting")
    world.lead(None, "waiting")
    found = canned(world, "coverage", source="x")
    assert found == [
        ("2026-01-31", 1, 0, 0, 0, 1, 1), ("2026-01-11", 1, 0, 0, 0, 1, 0), ("2026-01-10", 4, 2, 1, 1, 0, 0),
    ]  # fmt: skip
    assert found[::-1] == [
        (period.period, period.known, period.archived, sum(period.failed.values()), sum(period.skipped.values()),
         period.waiting, period.by_first_seen)
        for period in world.coverage().periods if period.known
    ]  # fmt: skip
    assert [
        row[0] for row in canned(world, "coverage", source="x", since="2026-01-11", until="2026-01-30")
    ] == ["2026-01-11"]
    assert canned(world, "coverage") == []


def test_refusals_by_rule(world: World) -> None:
    world.run("2026-01-10T06:00:00Z")
    world.run("2026-01-11T06:00:00Z")
    for run_id, rule, links in ((1, "vote", 3), (2, "vote", 5), (2, "calendar", 900)):
        world.insert("refusals", {"run_id": run_id, "rule": rule, "links": links})
    expected = [
        ("x", "calendar", 900, 900, 1, "2026-01-11T06:00:00Z"), ("x", "vote", 8, 5, 2, "2026-01-11T06:00:00Z"),
    ]  # fmt: skip
    assert canned(world, "refused_by_rule") == canned(world, "refused_by_rule", source="x") == expected
    assert canned(world, "refused_by_rule", source="y") == []


def test_paused_sources(world: World) -> None:
    assert canned(world, "paused") == []
    world.db["sources"].update(
        "x", {"paused_until": "2026-02-02T00:00:00Z", "pause_reason": "HTTP 403", "pauses": 2}
    )
    assert canned(world, "paused") == [("x", "X", "HTTP 403", "2026-02-02T00:00:00Z", 2, None)]


def test_what_a_source_has_is_counted_in_indexes(world: World) -> None:
    """Rows lie behind texts: at a million reports, to look at each of a source's takes seconds from a disk."""
    world.db.conn.commit()
    with reading(world.path) as connection:
        connection.create_function("date_in_address", 1, date_in_address, deterministic=True)
        values = {"source": "x", "now": "2026", "since": "2025", "last_found": "2025"}
        plans = [
            " ".join(row["detail"] for row in connection.execute(f"explain query plan {statement}", values))
            for statement in (coverage_module._LEADS, facts._LAST_MOMENT)
        ]
    assert "COVERING INDEX leads_source_id" in plans[0]
    assert "COVERING INDEX articles_source_id" in plans[1]

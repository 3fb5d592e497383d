"""Each verdict on a real archive file; and the rule of silence, which is pure."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.clock import to_text
from archive.errors import InvalidInput, NotFound
from archive.health import Health, Verdict, health, prometheus
from archive.health.rhythm import Seen, learn
from archive.open import reading
from archive.store import Store

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = MONDAY + 63 * DAY + 12 * HOUR  # a Monday noon, nine weeks on
FEED = "https://x.example/feed"


class World:
    """An archive with a source `x`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        is_new = not path.exists()
        if is_new:
            Store(path).close()
        self.db = Database(path)
        self._number = int(self.db.execute("select count(*) from articles").fetchone()[0])
        if is_new:
            self.source("x")

    def close(self) -> None:
        self.db.conn.commit()
        self.db.close()

    def insert(self, table: str, row: dict[str, object]) -> None:
        """Insert a row, but don't wait for the disk; `verdicts` commits."""
        marks = ", ".join(f":{column}" for column in row)
        self.db.conn.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)  # noqa: S608 - ours

    def source(self, name: str, **columns: object) -> None:
        self.insert(
            "sources", {"id": name, "name": name.upper(), "homepage": "https://x.example/", **columns}
        )

    def run(self, at: datetime, *, source: str = "x", read: int | None = 1, **columns: object) -> None:
        stats = None if read is None else json.dumps({"endpoints/read": read, "a": 1})
        row = {"source_id": source, "started_at": to_text(at), "finished_at": to_text(at + HOUR / 4), "version": "0",
               "finish_reason": "finished", "requests": 3, "stats": stats}  # fmt: skip
        self.insert("runs", row | columns)

    def runs(self, start: datetime, end: datetime, every: timedelta = 6 * HOUR, **columns: object) -> None:
        while start <= end:
            self.run(start, **columns)
            start += every

    def report(
        self, at: datetime, *, source: str = "x", seen: datetime | None = None, **columns: object
    ) -> None:
        self._number += 1
        url = f"{source}.example/{self._number}"
        first_seen = to_text(seen or at + HOUR)
        self.insert("articles", {"source_id": source, "url": f"https://{url}", "url_key": url, "title": "t", "body": "b",
            "published_at": to_text(at), "published_at_precision": "minute", "word_count": 300, "content_sha256": url,
            "first_seen_at": first_seen, "last_seen_at": first_seen, **columns})  # fmt: skip

    def daily(
        self, start: datetime, end: datetime, *, rest: frozenset[int] = frozenset(), **columns: object
    ) -> None:
        """One report a day about nine, but on the weekdays of rest."""
        rng = random.Random(1)
        while start < end:
            if start.weekday() not in rest:
                self.report(start + (9 + rng.uniform(-2, 2)) * HOUR, **columns)
            start += DAY

    def endpoint(self, url: str = FEED, *, at: datetime = NOW - 6 * HOUR, **columns: object) -> None:
        row = {"source_id": "x", "url": url, "kind": "feed", "outcome": "read", "failures": 0,
               "last_checked_at": to_text(at)}  # fmt: skip
        self.insert("endpoints", row | columns)

    def lead(self, outcome: str | None, state: str, at: datetime, **columns: object) -> None:
        self._number += 1
        self.insert("leads", {"source_id": "x", "url": f"https://x.example/l{self._number}", "via": "feed",
            "url_key": f"x.example/l{self._number}", "state": state, "outcome": outcome, "first_seen_at": to_text(at),
            **columns})  # fmt: skip

    def verdicts(self, now: datetime = NOW, *sources: str) -> list[Health]:
        self.db.conn.commit()
        with reading(self.path) as connection:
            return health(connection, now, sources)

    def verdict(self, now: datetime = NOW) -> Health:
        (found,) = self.verdicts(now, "x")
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the archives that each test gets a copy of."""
    folder = tmp_path_factory.mktemp("made")
    World(folder / "world.db").close()
    well = World(folder / "well.db")
    well.runs(MONDAY, NOW)
    well.daily(MONDAY, NOW - DAY)
    well.report(NOW - 3 * HOUR)
    well.close()
    return folder


@pytest.fixture
def world(tmp_path: Path, made: Path) -> Iterator[World]:
    """A source that was never crawled."""
    copy = World(Path(shutil.copy(made / "world.db", tmp_path / "archive.db")))
    yield copy
    copy.close()


@pytest.fixture
def well(tmp_path: Path, made: Path) -> Iterator[World]:
    """A source that was crawled and published a report a day until now."""
    copy = World(Path(shutil.copy(made / "well.db", tmp_path / "archive.db")))
    yield copy
    copy.close()


# -- the numbers -----------------------------------------------------------------------------------------


def test_a_fine_source_and_its_numbers(well: World) -> None:
    well.endpoint(last_read_at=to_text(NOW - HOUR))
    well.run(NOW - 3 * HOUR, stored=6, changed=1, duplicate=1, not_an_article=2, unchanged=40)
    well.run(NOW - 30 * DAY, stored=10)
    well.lead("stored", "stored", NOW - DAY)
    well.lead("blocked", "waiting", NOW - DAY, attempts=1)
    well.lead("failed", "failed", NOW - DAY)
    well.lead("stored", "stored", NOW - 2 * DAY)
    well.lead(None, "waiting", NOW - DAY)
    found = well.verdict()
    figures, lately = found.figures, found.facts.lately
    assert (found.verdict, found.is_fine, found.name) == (Verdict.FINE, True, "X")
    assert (figures.last_run_at, figures.last_success_at) == (NOW, NOW)
    assert figures.last_report == Seen(NOW - 3 * HOUR, NOW - 2 * HOUR, 300)
    assert figures.usual_interval == 6 * HOUR
    assert (figures.week, figures.weeks) == (7, (7,) * 8)
    assert (figures.page_yield.reports, figures.page_yield.pages) == (8, 10)
    assert figures.page_yield_before.share == 1
    assert (lately.tried, lately.share("blocked"), lately.share("failed", "gone")) == (4, 0.25, 0.25)
    assert found.sentence.endswith("7 reports in the last seven days, 7 expected")


def test_a_report_appears_when_it_was_published_but_never_after_it_was_seen(world: World) -> None:
    """A feed's dates lie in the future, backfilled reports are no news, and of some days only are known."""
    world.runs(MONDAY, NOW)
    for number in range(20):
        world.report(MONDAY + number * DAY, seen=MONDAY + number * DAY + HOUR)
    last = MONDAY + 30 * DAY
    world.report(NOW + 999 * DAY, seen=last)  # says that it's from the future
    world.report(MONDAY - 900 * DAY, seen=NOW - HOUR)  # found by a backfill
    world.report(NOW, seen=NOW + HOUR)  # not seen yet
    world.report(NOW - HOUR, origin="import")
    figures = world.verdict().figures
    assert figures.last_report == Seen(last, last, 300)
    world.report(last.replace(hour=0) + DAY, seen=last + DAY + 15 * HOUR, published_at_precision="day")
    assert world.verdict().figures.last_report_at == last + DAY + 15 * HOUR
    world.report(last.replace(hour=0) + 3 * DAY, seen=last + 9 * DAY, published_at_precision="day")
    assert world.verdict().figures.last_report_at == last.replace(hour=0) + 4 * DAY
    world.report(NOW, seen=NOW - 2 * HOUR, published_at=None, published_at_precision=None)
    assert world.verdict().figures.last_report_at == NOW - 2 * HOUR


def test_a_run_is_a_success_if_it_read_something(world: World) -> None:
    world.run(MONDAY)
    world.run(MONDAY + DAY, read=0, found=9)
    world.run(MONDAY + 2 * DAY, read=None, found=0, finished_at=None, finish_reason=None)
    world.run(MONDAY + 3 * DAY, read=5, kind="backfill")
    assert world.verdict(MONDAY + 4 * DAY).figures.last_success_at == MONDAY
    world.run(MONDAY + 4 * DAY, read=None, found=3, stats='{"x": NaN}')
    assert world.verdict(MONDAY + 4 * DAY).figures.last_success_at == MONDAY + 4 * DAY


def test_what_a_killed_run_read_its_endpoints_know(world: World) -> None:
    world.run(MONDAY)
    world.run(MONDAY + DAY, read=None, finished_at=None, finish_reason=None)
    world.endpoint(at=MONDAY + DAY + HOUR, last_read_at=to_text(MONDAY + DAY + HOUR))
    assert world.verdict(MONDAY + 2 * DAY).figures.last_success_at == MONDAY + DAY + HOUR


# -- silence ---------------------------------------------------------------------------------------------


@pytest.fixture
def daily(world: World) -> Callable[[datetime, frozenset[int]], World]:
    """Make a source that publishes daily until an instant, and is crawled to the end."""

    def made(until: datetime, rest: frozenset[int]) -> World:
        world.runs(MONDAY, NOW)
        world.daily(MONDAY, until, rest=rest)
        return world

    return made


def test_silence_is_seen_within_two_expected_intervals(daily: Callable[..., World]) -> None:
    world = daily(MONDAY + 40 * DAY, frozenset())
    last = MONDAY + 39 * DAY + 9 * HOUR
    assert world.verdict(last + 24 * HOUR).verdict in {Verdict.FINE, Verdict.QUIET}
    found = world.verdict(last + 48 * HOUR)
    assert found.verdict is Verdict.SILENT
    assert not found.is_fine
    assert f"{last:%Y-%m-%d}" in found.sentence


def test_a_free_weekend_is_no_silence_and_a_silent_workday_is(daily: Callable[..., World]) -> None:
    world = daily(
        MONDAY + 40 * DAY, frozenset({4, 5})
    )  # rests on Fridays and Saturdays; ends with a Thursday
    last = MONDAY + 38 * DAY + 9 * HOUR
    assert last.weekday() == 3
    assert world.verdict(last + 2 * DAY + 20 * HOUR).verdict is not Verdict.SILENT  # Sunday morning
    assert world.verdict(last + 5 * DAY).verdict is Verdict.SILENT  # Tuesday


def test_what_we_did_not_look_at_is_not_silent(world: World) -> None:
    world.runs(MONDAY, MONDAY + 40 * DAY)
    world.daily(MONDAY, MONDAY + 40 * DAY)
    found = world.verdict(MONDAY + 44 * DAY)
    assert found.verdict is Verdict.NOT_CRAWLED
    assert "4.0 days ago (2026-02-14 00:00 UTC); before, it was crawled every 6 hours" in found.sentence


def test_a_source_of_bursts_is_not_silent_for_a_pause_that_it_made_before(world: World) -> None:
    world.runs(MONDAY, NOW)
    for week in range(8):  # four days with a report, then three without any, at a place that wanders
        for day in range(4):
            world.report(MONDAY + (week * 7 + day + week % 3) * DAY + 10 * HOUR)
    last = MONDAY + (49 + 3 + 1) * DAY + 10 * HOUR
    assert world.verdict(last + 4 * DAY).verdict is not Verdict.SILENT
    assert world.verdict(last + 9 * DAY).verdict is Verdict.SILENT


def test_reports_that_come_late_are_a_habit(world: World) -> None:
    """A sitemap that is made once a week: published daily, but seen on Mondays."""
    world.runs(MONDAY, NOW)
    for day in range(56):
        at = MONDAY + day * DAY + 11 * HOUR
        world.report(at, seen=at + (7 - at.weekday()) * DAY)
    assert world.verdict(MONDAY + 62 * DAY).verdict is not Verdict.SILENT  # the Sunday after the last Monday
    assert world.verdict(NOW).verdict is not Verdict.FINE


def test_older_reports_that_turn_up_are_no_sign_of_life(daily: Callable[..., World]) -> None:
    world = daily(MONDAY + 40 * DAY, frozenset())
    world.report(MONDAY - 200 * DAY, seen=NOW - DAY)
    world.report(MONDAY + 30 * DAY, seen=NOW - DAY)
    found = world.verdict()
    assert found.verdict is Verdict.SILENT
    assert "older reports were found until 2026-03-08" in found.sentence


def test_too_new_to_tell(world: World) -> None:
    world.runs(NOW - 2 * DAY, NOW)
    assert world.verdict().sentence == "no report of it yet; it was first crawled 2026-03-07 12:00 UTC"
    for number in range(1, 5):
        world.report(NOW - number * HOUR)
    found = world.verdict()
    assert (found.verdict, found.is_fine) == (Verdict.TOO_NEW, True)
    assert found.sentence.startswith("4 reports since 2026-03-09 08:00 UTC: too few")


def test_a_source_of_one_report_a_month_is_known_by_its_last_year(world: World) -> None:
    world.runs(MONDAY, NOW)
    for month in range(11):
        world.report(NOW - (20 + month * 30) * DAY)
    assert world.verdict().verdict is Verdict.FINE
    with world.db.conn as connection:
        connection.execute("update articles set published_at = datetime(published_at, '-90 days') || 'Z',"
                           " first_seen_at = datetime(first_seen_at, '-90 days') || 'Z'")  # fmt: skip
        connection.execute("update articles set published_at = replace(published_at, ' ', 'T'),"
                           " first_seen_at = replace(first_seen_at, ' ', 'T')")  # fmt: skip
    assert world.verdict().verdict is Verdict.SILENT


def test_far_fewer_than_ever(world: World) -> None:
    world.runs(MONDAY, NOW)
    for day in range(63):
        for hour in range(6 if day < 56 else 1):
            world.report(MONDAY + day * DAY + (6 + hour * 2) * HOUR)
    found = world.verdict()
    assert (found.verdict, found.is_fine) == (Verdict.FEWER, False)
    assert found.sentence.startswith(
        "12 reports in the last seven days; the 8 weeks before brought 42 each"
    ) or ("in the last seven days; the 8 weeks before" in found.sentence)


# -- the pure rule ---------------------------------------------------------------------------------------


def seen(*days: float) -> list[Seen]:
    return [Seen(MONDAY + day * DAY, MONDAY + day * DAY) for day in days]


def test_the_rates_are_by_weekday_and_sum_up_to_what_there_was() -> None:
    rhythm = learn(seen(*(day + 0.5 for day in range(57) if day % 7 < 5)), [])
    assert rhythm is not None
    assert rhythm.pauses == 40
    assert rhythm.expected(MONDAY + DAY / 2, MONDAY + 56.5 * DAY) == pytest.approx(40)
    monday, *_, sunday = rhythm.by_weekday
    assert sunday < 0.15
    assert monday > 0.9
    workday = rhythm.expected(MONDAY + DAY, MONDAY + 2 * DAY)
    weekend = rhythm.expected(MONDAY + 5 * DAY, MONDAY + 7 * DAY)
    assert weekend < workday / 4


def test_a_single_outage_is_no_habit_but_two_are() -> None:
    days = [*range(20), *range(40, 60)]
    once = learn(seen(*days), [])
    twice = learn(seen(*days, *range(80, 100)), [])
    assert once is not None
    assert twice is not None
    assert once.longest < 2
    assert twice.longest > 5


def test_reports_of_one_hour_are_one_appearance() -> None:
    rhythm = learn(seen(*(day + minute / 1440 for day in range(20) for minute in range(10))), [])
    assert rhythm is not None
    assert rhythm.pauses == 19


@pytest.mark.parametrize("days", [(), (1,), (1, 2, 3, 4), (1, 1.1, 1.2, 1.3, 1.4, 1.5)])
def test_too_little_is_known(days: tuple[float, ...]) -> None:
    assert learn(seen(*days), []) is None


def test_false_alarms_are_rare_and_silence_is_found_soon() -> None:
    """Sources that publish at random, at 0.5 to 8 reports a day: a look a day, sixty days of life each, then none."""
    rng = random.Random(7)
    looks = alarms = 0
    delays = []
    for number in range(25):
        rate = 0.5 * 2 ** (number % 5)
        days, day = [], 0.0
        while (day := day + rng.expovariate(rate)) < 60:
            days.append(day)
        for last in range(30, 60, 3):
            known = seen(*(day for day in days if day <= last))
            rhythm = learn(known, [])
            assert rhythm is not None
            looks += 1
            alarms += rhythm.is_silent(known[-1].moment, MONDAY + last * DAY)
        rhythm, end = learn(seen(*days), []), MONDAY + days[-1] * DAY
        assert rhythm is not None
        delays.append(next(n for n in range(1, 99) if rhythm.is_silent(end, end + n * DAY)) * min(rate, 1))
    assert alarms / looks < 0.03
    assert max(delays) <= 9  # of intervals of a day or more: twice the mean, and the habit of chance


@given(
    st.lists(st.floats(0, 400), max_size=60),
    st.lists(st.floats(0, 400), max_size=30),
    st.floats(0, 100),
)
def test_any_reports_give_a_rule_that_makes_sense(
    days: list[float], looks: list[float], pause: float
) -> None:
    reports = [
        Seen(MONDAY + day * DAY, MONDAY + (day + (number % 5)) * DAY)
        for number, day in enumerate(sorted(days))
    ]
    rhythm = learn(reports, [MONDAY + look * DAY for look in sorted(looks)])
    if rhythm is None:
        return
    last = reports[-1].moment
    assert rhythm.limit >= 1.5
    assert all(rate >= 0 for rate in rhythm.by_weekday)
    assert rhythm.expected(last, last) == 0
    later = last + pause * DAY
    assert rhythm.expected(last, later) >= 0
    assert not rhythm.is_silent(last, later) or rhythm.is_silent(last, later + DAY)


# -- the other verdicts ----------------------------------------------------------------------------------


def test_never_crawled(world: World) -> None:
    found = world.verdict()
    assert (found.verdict, found.is_fine, found.sentence) == (
        Verdict.NEVER_CRAWLED, False, "no crawl of it is in this archive",
    )  # fmt: skip
    world.report(MONDAY, origin="import")
    found = world.verdict()
    assert (found.verdict, found.is_fine) == (Verdict.NEVER_CRAWLED, True)
    assert found.sentence == "no crawl of it is in this archive, only 1 imported report"


def test_a_scheduler_that_only_starts_it_at_the_wrong_hours(well: World) -> None:
    for hour in range(6, 72, 6):
        well.run(NOW + hour * HOUR, read=0, requests=0, finish_reason="outside_hours")
    found = well.verdict(NOW + 3 * DAY)
    assert found.verdict is Verdict.NOT_CRAWLED
    assert "11 runs since 2026-03-09 12:00 UTC" in found.sentence
    assert "(outside_hours 11)" in found.sentence


def test_paused(well: World) -> None:
    well.db["sources"].update(
        "x", {"paused_until": to_text(NOW + DAY), "pause_reason": "HTTP 403", "pauses": 2}
    )
    found = well.verdict()
    assert (found.verdict, found.is_fine) == (Verdict.BLOCKED, False)
    assert found.sentence == "it refused us (HTTP 403); paused until 2026-03-10 12:00 UTC"
    well.db["sources"].update("x", {"paused_until": to_text(NOW - HOUR)})
    assert well.verdict().sentence == "it refused us 2 times in a row (HTTP 403), and has not answered since"


def test_a_blocked_source_is_not_called_silent(daily: Callable[..., World]) -> None:
    world = daily(MONDAY + 40 * DAY, frozenset())
    world.endpoint(outcome="blocked", failures=9, last_error="HTTP 403 Forbidden")
    found = world.verdict()
    assert found.verdict is Verdict.BLOCKED
    assert "HTTP 403 Forbidden" in found.sentence


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("blocked", Verdict.BLOCKED),
        ("robots", Verdict.ROBOTS),
        ("failed", Verdict.FAILING),
        ("gone", Verdict.FAILING),
    ],
)
def test_reports_that_cannot_be_had_are_not_silence(
    daily: Callable[..., World], outcome: str, verdict: Verdict
) -> None:
    world = daily(MONDAY + 40 * DAY, frozenset())
    for day in range(41, 60):
        world.lead(outcome, "waiting", MONDAY + day * DAY, attempts=1)
    found = world.verdict()
    assert found.verdict is verdict
    assert found.sentence.startswith("19 of 19 addresses found since the last report was found (2026-02-13")


def test_retries_of_one_page_do_not_make_a_source_fail(well: World) -> None:
    for hour in range(40):
        well.run(NOW - hour * HOUR, failed=3)
    for number in range(9):
        well.lead("stored", "stored", NOW - number * DAY / 2)
    well.lead("failed", "waiting", NOW - DAY, attempts=5)
    assert well.verdict().verdict is Verdict.FINE


def test_robots_forbids_the_feeds(well: World) -> None:
    well.endpoint(outcome="robots", failures=1)
    found = well.verdict()
    assert found.verdict is Verdict.ROBOTS
    assert found.sentence.startswith(f"robots.txt forbids {FEED}; it was last read")


def test_feeds_that_fail_are_dead_when_it_lasts(world: World) -> None:
    world.runs(MONDAY, NOW - DAY)
    world.runs(NOW - DAY + 6 * HOUR, NOW, read=0)
    world.daily(MONDAY, NOW - DAY)
    world.endpoint(outcome="failed", failures=2, last_error="the server did not answer in time")
    world.endpoint(FEED + "2", outcome="gone", failures=4)
    found = world.verdict()
    assert (found.verdict, found.is_fine) == (Verdict.QUIET, True)  # it may be an evening
    assert "could read nothing (the server did not answer in time)" in found.sentence
    world.db["endpoints"].update(1, {"failures": 3})
    found = world.verdict()
    assert found.verdict is Verdict.FEED_DEAD
    assert found.sentence.startswith(
        f"none of its 2 feeds, sitemaps and listings can be read: {FEED}, {FEED}2 (the"
    )


def test_one_feed_of_two_dies(well: World) -> None:
    well.endpoint()
    well.endpoint(FEED + "2", outcome="gone", failures=20, last_error="HTTP 404 Not Found",
                  last_read_at=to_text(NOW - 5 * DAY))  # fmt: skip
    assert well.verdict().verdict is Verdict.FINE  # it never gave a report
    well.db["endpoints"].update(2, {"last_new_at": to_text(NOW - 6 * DAY)})
    found = well.verdict()
    assert found.verdict is Verdict.FEED_DEAD
    assert found.sentence == f"{FEED}2 gave reports once, and can't be read any more (HTTP 404 Not Found)"
    well.db["endpoints"].update(2, {"last_checked_at": to_text(NOW - 5 * DAY)})  # no longer in the catalogue
    assert well.verdict().verdict is Verdict.FINE


def test_a_frozen_feed(well: World) -> None:
    well.endpoint(last_new_at=to_text(NOW - DAY))
    well.endpoint(FEED + "2", last_new_at=to_text(NOW - 20 * DAY))
    assert well.verdict().verdict is Verdict.FINE
    well.db["endpoints"].update(2, {"last_new_at": to_text(NOW - 40 * DAY)})
    found = well.verdict()
    assert found.verdict is Verdict.FEED_DEAD
    assert found.sentence == (
        f"{FEED}2 can be read, but lists nothing new since 2026-01-28 12:00 UTC, while others do"
    )
    well.db["endpoints"].update(2, {"kind": "sitemap"})  # of an old month
    assert well.verdict().verdict is Verdict.FINE


def test_a_feed_that_has_become_empty(world: World) -> None:
    world.runs(MONDAY, NOW - DAY, found=20)
    world.runs(NOW - DAY + 6 * HOUR, NOW, found=0)
    world.daily(MONDAY, NOW - DAY)
    world.endpoint()
    found = world.verdict()
    assert found.verdict is Verdict.FEED_DEAD
    assert (
        "lists no report at all any more; the last run that found any (20) began 2026-03-08" in found.sentence
    )
    world.db["endpoints"].update(1, {"kind": "sitemap"})  # a news sitemap drops what is two days old
    assert world.verdict().verdict in {Verdict.FINE, Verdict.QUIET}
    world.db["endpoints"].update(1, {"kind": "feed", "outcome": "not_modified"})
    assert world.verdict().verdict in {Verdict.FINE, Verdict.QUIET}


def test_layout_changed_by_yield(well: World) -> None:
    for day in range(20):
        well.run(NOW - (5 + day) * DAY, stored=4, not_an_article=1)
    well.run(NOW - 3 * HOUR, not_an_article=3)
    assert well.verdict().verdict is Verdict.FINE  # three pages may be chance
    well.run(NOW - 2 * HOUR, not_an_article=3)
    found = well.verdict()
    assert found.verdict is Verdict.LAYOUT
    assert found.sentence == "of the last 6 pages fetched, 0 were a report (0%); before, 80% of 100 were"


def test_layout_changed_by_half_takes_more_pages_to_be_sure(well: World) -> None:
    for day in range(20):
        well.run(NOW - (5 + day) * DAY, stored=10)
    well.run(NOW - 9 * HOUR, stored=2, not_an_article=4)
    assert well.verdict().verdict is Verdict.FINE
    for hour in range(1, 4):
        well.run(NOW - hour * HOUR, stored=2, not_an_article=4)
    assert well.verdict().verdict is Verdict.LAYOUT


def test_layout_changed_by_length(world: World) -> None:
    world.runs(MONDAY, NOW)
    world.daily(MONDAY, NOW - 10 * DAY)
    world.daily(NOW - 10 * DAY, NOW - HOUR, word_count=120)
    found = world.verdict()
    assert found.verdict is Verdict.LAYOUT
    assert found.sentence == "the last ten reports have 120 words (median); before, they had 300"


def test_short_news_among_long_ones_are_no_change(world: World) -> None:
    world.runs(MONDAY, NOW)
    for number in range(60):
        world.report(MONDAY + number * DAY, word_count=60 if number % 3 == 0 or number > 52 else 500)
    world.daily(NOW - 3 * DAY, NOW)
    assert world.verdict().verdict is Verdict.FINE


# -- all of them -----------------------------------------------------------------------------------------


def test_the_worst_comes_first_and_sources_can_be_chosen(well: World) -> None:
    for name in ("b", "a"):
        well.source(name)
    well.source("z", paused_until=to_text(NOW + DAY), pauses=1)
    well.run(NOW, source="z")
    assert [(one.source_id, one.verdict.value) for one in well.verdicts()] == [
        ("z", "blocked"), ("a", "never crawled"), ("b", "never crawled"), ("x", "fine"),
    ]  # fmt: skip
    assert [one.source_id for one in well.verdicts(NOW, "x", "b", "x")] == ["b", "x"]
    with pytest.raises(NotFound, match="no source 'y'"):
        well.verdicts(NOW, "y")


def test_what_came_after_now_is_not_known(well: World) -> None:
    early = well.verdict(MONDAY + 3 * DAY + HOUR)
    assert early.verdict is Verdict.TOO_NEW
    assert early.figures.last_run_at == MONDAY + 3 * DAY
    assert len(early.facts.reports) == 3


def test_an_archive_of_an_earlier_version_has_a_verdict_too(small_archive: Path) -> None:
    """Endpoints that were last looked at before there was a column for what came of it."""
    with sqlite3.connect(small_archive) as connection:
        connection.execute("insert into endpoints (source_id, url, kind, last_checked_at) values"
                           " ('dabanga-en', 'https://d.example/feed', 'feed', '2026-01-28T00:01:00Z')")  # fmt: skip
    connection.close()
    with reading(small_archive) as archive:
        found = health(archive, datetime(2026, 1, 28, 1, tzinfo=UTC), ["dabanga-en"])
    assert found[0].verdict is Verdict.TOO_NEW
    assert found[0].figures.last_success_at == datetime(2026, 1, 28, 0, 1, tzinfo=UTC)


# -- prometheus ------------------------------------------------------------------------------------------


def test_metrics_have_help_type_and_escaped_labels(well: World) -> None:
    well.source('we"ird\\\n')
    text = prometheus.render(well.verdicts(), NOW)
    lines = text.splitlines()
    assert 'conflict_archive_source_verdict{source="x",verdict="fine"} 1' in lines
    assert 'conflict_archive_source_verdict{source="x",verdict="silent"} 0' in lines
    assert 'conflict_archive_source_fine{source="we\\"ird\\\\\\n"} 0' in lines
    assert f'conflict_archive_source_last_run_timestamp_seconds{{source="x"}} {NOW.timestamp():.0f}' in lines
    assert 'conflict_archive_source_reports_last_week{source="x"} 7' in lines
    assert not any("words_median{" in line and "we" in line for line in lines)  # nobody knows it
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    for word in ("HELP", "TYPE"):
        assert names < {line.split(" ")[2] for line in lines if line.startswith(f"# {word}")}
    assert text.endswith("\n")


def test_a_metrics_file_is_replaced_whole_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "archive.prom"
    path.write_text("old")
    prometheus.write(path, "new\n")
    assert path.read_text() == "new\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o444 == 0o444
    with pytest.raises(InvalidInput, match=r"--prometheus .*nowhere/a.prom can't be written: No such file"):
        prometheus.write(tmp_path / "nowhere" / "a.prom", "x")

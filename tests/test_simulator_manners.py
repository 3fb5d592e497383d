"""What must happen when a site asks for time, refuses, stalls, or puts up a challenge: over several crawls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from archive.clock import to_text
from tests.sites.awkward import Answer, Dynamic, report, rss
from tests.sites.crawling import assert_sound, assert_sums
from tests.sites.simulator import CHALLENGE, refusing
from tests.sites.stories import NOON, Stage, Story, tell

# One request at a time, as on real sites: what is asked after a refusal was asked in spite of it.
pytestmark = pytest.mark.slow  # the stories of many crawls
PACE = 0.05
TWO_HOURS, SLACK = timedelta(hours=2), timedelta(minutes=2)


def feed(stage: Stage, *numbers: int, delay: float = PACE) -> None:
    """Write a source of one feed that lists these reports, the first one first."""
    stage.site.pages = {f"/news/{number}": Answer(report(f"Village {number}")) for number in numbers}
    stage.site.pages["/feed.xml"] = rss(
        *((url, NOON - timedelta(hours=place)) for place, url in enumerate(stage.urls(*numbers)))
    )
    stage.source(feeds=[f"{stage.base}/feed.xml"], delay=delay)


# -- Retry-After ----------------------------------------------------------------------------------------------


def retry_after_in_seconds(stage: Stage) -> Iterator[float]:
    yield from told_to_wait(stage, lambda: "7200", 429)


def retry_after_as_a_date(stage: Stage) -> Iterator[float]:
    yield from told_to_wait(stage, lambda: format_datetime(NOON + TWO_HOURS, usegmt=True), 503)


def told_to_wait(stage: Stage, retry_after: Callable[[], str], status: int) -> Iterator[float]:
    feed(stage, 1, 2, 3, 4)
    stage.site.pages["/news/2"] = refusing(1, retry_after, report("Village 2"), status)
    yield 0
    assert stage.asked() == ["/robots.txt", "/feed.xml", "/news/1", "/news/2"]  # and nothing after that
    until = stage.paused_until()
    assert until is not None
    assert to_text(NOON + TWO_HOURS - SLACK) <= until <= to_text(NOON + TWO_HOURS + SLACK)
    assert stage.outcomes()["/news/1"] == "stored"
    refused = stage.by_path("leads")["/news/2"]
    assert refused["state"] == "waiting"
    assert refused["next_attempt_at"] >= to_text(NOON + TWO_HOURS - SLACK)

    # an hour later it's still to be left alone: not even robots.txt is asked for
    yield 1
    assert stage.asked() == []
    yield 2.5
    assert stage.asked_reports() == ["/news/2", "/news/3", "/news/4"]
    assert set(stage.outcomes().values()) == {"stored"}
    assert stage.paused_until() is None


def a_short_retry_after_is_waited_for(stage: Stage) -> Iterator[float]:
    feed(stage, 1, 2, 3)
    stage.site.pages["/news/1"] = refusing(1, lambda: "1", report("Village 1"))
    stage.site.pages["/news/2"] = refusing(
        1, lambda: format_datetime(NOON, usegmt=True), report("Village 2"), 503
    )
    yield 0
    refused_at, again_at = (moment for moment, path in stage.site.asked if path == "/news/1")
    assert again_at - refused_at >= 1.0
    assert not [path for moment, path in stage.site.asked if refused_at < moment < refused_at + 1.0]
    assert set(stage.outcomes().values()) == {"stored"}


# -- robots.txt -----------------------------------------------------------------------------------------------


def robots_txt_503(stage: Stage) -> Iterator[float]:
    yield from no_robots_txt(stage, Answer(b"User-agent: *\nAllow: /\n", 503), "HTTP 503")


def robots_txt_that_never_comes(stage: Stage) -> Iterator[float]:
    yield from no_robots_txt(stage, Answer(b"User-agent: *\nAllow: /\n", drip=1.0), "seconds")


def no_robots_txt(stage: Stage, robots: Answer, why: str) -> Iterator[float]:
    feed(stage, 1, 2)
    stage.site.pages["/robots.txt"] = robots
    yield 0
    assert set(stage.asked()) == {"/robots.txt"}
    (endpoint,) = stage.rows("endpoints")
    assert endpoint["outcome"] in {"failed", "robots"}
    assert "robots.txt" in endpoint["last_error"]
    assert why in endpoint["last_error"]

    # some hours later it's there again: nothing was lost
    stage.site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /news/2\n", content_type="text/plain")
    yield 2.5
    assert stage.asked() == ["/robots.txt", "/feed.xml", "/news/1"]
    assert stage.outcomes() == {"/news/1": "stored", "/news/2": "robots"}


def robots_txt_that_asks_for_a_slow_pace(stage: Stage) -> Iterator[float]:
    feed(stage, 1, 2, 3, delay=0.0)
    stage.site.pages["/robots.txt"] = Answer(
        b"User-agent: conflict-archive\nCrawl-delay: 0.7\nDisallow: /news/3\n", content_type="text/plain"
    )
    yield 0
    moments = [moment for moment, path in stage.site.asked]
    assert sorted(stage.asked()) == ["/feed.xml", "/news/1", "/news/2", "/robots.txt"]
    assert all(later - earlier >= 0.7 for earlier, later in pairwise(moments)), moments


# -- what stalls, and what is no answer -----------------------------------------------------------------------


def bodies_that_drip(stage: Stage) -> Iterator[float]:
    feed(stage, 1, 2, 3)
    stage.site.pages["/news/2"] = Answer(report("Village 2") * 5, drip=0.2)  # it would take ten minutes
    yield 0
    assert stage.outcomes() == {"/news/1": "stored", "/news/2": "failed", "/news/3": "stored"}
    assert "in time" in stage.by_path("leads")["/news/2"]["last_error"]


def a_challenge_to_everything(stage: Stage) -> Iterator[float]:
    feed(stage, 1, 2, 3)
    honest, stage.site.pages, stage.site.otherwise = stage.site.pages, {}, Answer(CHALLENGE)
    yield 0
    assert len(stage.asked()) <= 3
    (endpoint,) = stage.rows("endpoints")
    assert endpoint["outcome"] == "blocked"
    assert "human" in endpoint["last_error"]
    assert stage.rows("runs")[-1]["finish_reason"] == "blocked"
    assert stage.rows("articles") == []
    until = stage.paused_until()
    assert until is not None
    assert until > to_text(NOON + timedelta(minutes=30))

    stage.site.pages, stage.site.otherwise = honest, Answer(b"", 404)
    yield 2.5
    assert stage.outcomes() == dict.fromkeys(("/news/1", "/news/2", "/news/3"), "stored")
    assert stage.paused_until() is None


def a_challenge_to_every_report(stage: Stage) -> Iterator[float]:
    numbers = range(1, 13)
    feed(stage, *numbers)
    honest = dict(stage.site.pages)
    stage.site.pages |= {f"/news/{number}": Dynamic(lambda _: Answer(CHALLENGE)) for number in numbers}
    yield 0
    tried = stage.asked_reports()
    assert 1 <= len(tried) <= 5  # it's understood before all doors were knocked at
    came = stage.outcomes()
    assert {came[path] for path in tried} == {"blocked"}
    assert len(came) == 12
    assert stage.paused_until() is not None
    (counts,) = stage.rows("runs")
    assert (counts["blocked"], counts["waiting"]) == (len(tried), 12 - len(tried))
    assert counts["not_an_article"] == 0

    stage.site.pages = honest
    yield 2.5
    assert set(stage.outcomes().values()) == {"stored"}


STORIES: tuple[Story, ...] = (
    retry_after_in_seconds,
    retry_after_as_a_date,
    a_short_retry_after_is_waited_for,
    robots_txt_503,
    robots_txt_that_never_comes,
    robots_txt_that_asks_for_a_slow_pace,
    bodies_that_drip,
    a_challenge_to_everything,
    a_challenge_to_every_report,
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    folder = tmp_path_factory.mktemp("manners")
    ended = tell(STORIES, folder, "-s", "DOWNLOAD_TIMEOUT=4", "-s", "RETRY_TIMES=1")
    assert_sums(folder)
    assert_sound(folder)
    return ended


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_story(told: dict[str, BaseException | None], story: str) -> None:
    error = told[story]
    if error is not None:
        raise error

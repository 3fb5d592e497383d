"""What a run fetches: what is new, what changed, what vanished, and what its options ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.models import Lead, LeadState, Outcome
from archive.tables.leads import LeadStatus
from tests.sites.awkward import Answer, Site, report, rss, serving
from tests.sites.crawling import assert_sound, assert_sums, crawl, outcomes, rows, write_source


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """The crawls of this module, two at a time: each is a story of several runs on a site of its own."""
    with ThreadPoolExecutor(2) as pool:
        told = (a_limit_takes_the_newest, since_and_until)
        yield {story.__name__: pool.submit(tell, story, tmp_path_factory.mktemp("story")) for story in told}


@pytest.mark.slow
@pytest.mark.parametrize("story", ["since_and_until", "a_limit_takes_the_newest"])
def test_story(stories: dict[str, Future[None]], story: str) -> None:
    stories[story].result(timeout=120)


def tell(story: Callable[[Site, Path], None], folder: Path) -> None:
    with serving(Site()) as site:
        story(site, folder)
    assert_sums(folder)
    assert_sound(folder)


def asked(site: Site) -> list[str]:
    """Return the reports that were asked for since the last call, sorted."""
    found = sorted(path for path in site.paths() if path.startswith("/news/"))
    site.forget()
    return found


def a_limit_takes_the_newest(site: Site, folder: Path) -> None:
    write_source(folder, "local", feeds=[f"{site.url}/old.xml", f"{site.url}/new.xml"])
    for number in range(1, 7):
        site.pages[f"/news/{number}"] = Answer(report(f"Village {number}"))
    dated = [(f"{site.url}/news/{number}", datetime(2026, 1, number, tzinfo=UTC)) for number in range(1, 7)]
    site.pages |= {"/old.xml": rss(*dated[:4]), "/new.xml": rss(*dated[4:])}
    crawl(folder, "local", "-a", "limit=3")
    assert asked(site) == ["/news/4", "/news/5", "/news/6"]
    (run,) = rows(folder, "select * from runs")
    assert (run["found"], run["stored"], run["waiting"]) == (6, 3, 3)

    site.pages["/old.xml"] = rss(*dated[3:4])  # what is left is no longer listed
    crawl(folder, "local", "-a", "limit=2")
    assert asked(site) == ["/news/2", "/news/3"]


def since_and_until(site: Site, folder: Path) -> None:
    write_source(folder, "local", feeds=[f"{site.url}/feed.xml"])
    told = {number: datetime(2026, 1, number, 23, 59, tzinfo=UTC) for number in (14, 15, 25, 26)}
    unsaid = {number: f"2026-01-{number}T12:00:00Z" for number in (10, 20, 30)}
    site.pages = {f"/news/{number}": Answer(report(f"Village {number}")) for number in told} | {
        f"/news/{number}": Answer(report(f"Village {number}", published=date))
        for number, date in unsaid.items()
    }
    items = [(f"{site.url}/news/{number}", told.get(number)) for number in (*told, *unsaid)]
    site.pages["/feed.xml"] = rss(*items)
    wanted = ("-a", "since=2026-01-15", "-a", "until=2026-01-25")
    crawl(folder, "local", *wanted)
    assert asked(site) == ["/news/10", "/news/15", "/news/20", "/news/25", "/news/30"]
    settled = {
        "/news/10": "too_old", "/news/14": "too_old", "/news/15": "stored", "/news/20": "stored",
        "/news/25": "stored", "/news/26": "too_new", "/news/30": "too_new",
    }  # fmt: skip
    assert outcomes(folder) == settled
    (run,) = rows(folder, "select * from runs")
    assert (run["found"], run["too_old"], run["too_new"], run["stored"]) == (7, 2, 2, 3)

    crawl(folder, "local", "-a", "since=2026-01-16", "-a", "until=2026-01-24")
    assert asked(site) == []  # the dates that only pages gave are remembered
    assert outcomes(folder) == settled  # 15 and 25 are out of this run's dates, but archived

    crawl(folder, "local")
    assert asked(site) == ["/news/10", "/news/14", "/news/26", "/news/30"]
    assert {*outcomes(folder).values()} == {"stored"}


# -- without a crawl ------------------------------------------------------------------------------------------

LEAD = Lead("https://x.example/news/1", "sitemap", modified_hint=datetime(2026, 1, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("state", "outcome", "modified", "attempted", "due", "expected"),
    [
        (LeadState.WAITING, None, None, None, None, True),
        (LeadState.WAITING, Outcome.FAILED, None, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", False),
        (LeadState.WAITING, Outcome.FAILED, None, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", True),
        (LeadState.STORED, Outcome.STORED, None, "2026-01-19T00:00:00Z", None, True),
        (LeadState.STORED, Outcome.STORED, None, "2026-01-21T00:00:00Z", None, False),
        (LeadState.STORED, Outcome.STORED, "2026-01-20T00:00:00Z", "2026-01-01T00:00:00Z", None, False),
        (LeadState.STORED, Outcome.STORED, "2026-01-19T00:00:00Z", "2026-01-31T00:00:00Z", None, True),
        (LeadState.SKIPPED, Outcome.NOT_ARTICLE, None, "2026-01-21T00:00:00Z", None, False),
        (LeadState.SKIPPED, Outcome.ROBOTS, None, "2026-01-21T00:00:00Z", None, True),
        (LeadState.SKIPPED, Outcome.TOO_OLD, None, None, None, True),
        (LeadState.FAILED, Outcome.GONE, None, "2026-01-21T00:00:00Z", None, False),
    ],
)
def test_when_a_known_lead_is_due(
    state: LeadState, outcome: Outcome | None, modified: str | None, attempted: str | None, due: str | None,
    expected: bool,
) -> None:  # fmt: skip
    status = LeadStatus(LEAD.url, state, outcome, modified, attempted, due)
    assert status.is_due(LEAD, "2026-01-25T00:00:00Z") is expected

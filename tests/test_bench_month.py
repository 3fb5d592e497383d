"""The rehearsal of a month: what its world shows when, that its judge can tell, and two days of it for real."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.models import Lead
from archive.store import Store
from bench import month
from bench.month_judge import Judgement, due_after, judge
from bench.month_pages import TRAP, edition, names_in, title_of
from bench.month_plan import catalogue_entry, make_world
from bench.month_server import Asked, Hosts, Reply
from bench.month_world import (
    DAY,
    FIRST_DAY,
    HOUR,
    Report,
    Site,
    Spell,
    Trouble,
)
from crawler.discovery.feeds import parse_feed
from crawler.discovery.listings import parse_listing
from crawler.discovery.rules import LinkKind, LinkRules
from crawler.discovery.sitemaps import parse_sitemap
from crawler.sources.model import SourceEntry

NOW = FIRST_DAY + 20 * DAY
WORLD = make_world(seed=1, sources=60, days=30)


def ask(
    site: Site, target: str, now: datetime, headers: Mapping[str, str] | None = None, host: str = ""
) -> Reply:
    """Return what a site answers at an instant."""
    hosts = Hosts.of([site])
    hosts.begin_tick(0, now)
    return hosts.answer(host or site.host, target, headers or {}, time.monotonic())


def untroubled(site: Site) -> Site:
    """Return a site to which nothing happens."""
    return replace(site, spells=(), _paths={}, _by_path={})


def first(has: Callable[[Site], object]) -> Site:
    """Return an untroubled site that has something, and many reports."""
    return untroubled(next(site for site in WORLD if has(site) and len(site.live(NOW)) > 40))


def path_of(site: Site, key: str) -> str:
    """Return the path of the first address under a key of the site's catalogue entry."""
    found = catalogue_entry(site)[key]
    assert isinstance(found, list)
    return "/" + found[0].split("/", 3)[3]


def numbers(site: Site, leads: Iterable[Lead]) -> list[int]:
    """Return the numbers of the reports that leads are, traps and other pages left out."""
    paths = (
        "/" + lead.url.replace("utm_source=feed&utm_medium=rss", "").rstrip("?&").split("/", 3)[3]
        for lead in leads
    )
    return [report.number for path in paths if (report := site.report_at(path))]


def test_the_world_hangs_on_its_seed_alone_and_has_every_trouble() -> None:
    assert make_world(1, 60, 30) == WORLD
    assert make_world(2, 60, 30) != WORLD
    assert {spell.trouble for site in WORLD for spell in site.spells} == set(Trouble)
    assert len({site.host for site in WORLD}) == 60
    kinds = {(bool(site.feed), site.sitemap, bool(site.page_size)) for site in WORLD}
    assert len(kinds) >= 10
    reports = [report for site in WORLD for report in site.reports]
    assert 5_000 < len(reports) < 20_000
    assert all(
        any(getattr(r, what) for r in reports) for what in ("edits", "deleted", "moved", "snare", "forbidden")
    )


@pytest.mark.parametrize("site", WORLD[:15], ids=lambda site: site.id)
def test_entries_are_sound_and_their_pattern_knows_reports_from_traps(site: Site) -> None:
    entry = SourceEntry.model_validate(json.loads(json.dumps(catalogue_entry(site))))
    rules = LinkRules.from_entry(entry)
    live = site.live(FIRST_DAY + 29 * DAY)
    assert live
    for report in live:
        assert rules.verdict(f"http://{site.host}{site.address(report)}").kind is LinkKind.ARTICLE
        assert not TRAP.search(site.address(report))


def test_endpoints_list_what_the_world_says() -> None:
    site = first(lambda site: site.feed)
    body = ask(site, path_of(site, "feeds"), NOW).body
    assert numbers(site, parse_feed(body, site.id).leads) == [report.number for report in site.in_feed(NOW)]

    site = first(lambda site: site.sitemap == "months")
    index = parse_sitemap(ask(site, path_of(site, "sitemaps"), NOW).body, "http://x.example/")
    children = [ask(site, "/" + child.url.split("/", 3)[3], NOW).body for child in index.children]
    leads = [lead for child in children for lead in parse_sitemap(child, "http://x.example/").leads]
    assert len(children) == 2
    assert sorted(numbers(site, leads)) == sorted(report.number for report in site.in_sitemap(NOW))

    site = first(lambda site: site.page_size)
    body = ask(site, path_of(site, "listings").replace("{page}", "1"), NOW).body
    page = parse_listing(body, f"http://{site.host}/")
    assert numbers(site, page.leads) == [report.number for report in site.live(NOW)[: site.page_size]]
    assert page.next_url


def one_report(**keys: object) -> tuple[Site, str]:
    report = Report(0, NOW, **keys)  # type: ignore[arg-type]
    site = replace(untroubled(WORLD[0]), reports=(report,), has_validators=True)
    return site, site.address(report)


def test_a_report_lives() -> None:
    site, path = one_report(edits=(NOW + HOUR,), deleted=NOW + DAY)
    assert ask(site, path, NOW - HOUR).status == 404
    page = ask(site, path, NOW)
    assert page.status == 200
    assert set(names_in(page.body.decode())) == set(names_in(title_of(site, site.reports[0]))) == {"s01-0"}
    assert edition(site, site.reports[0], 0) in page.body.decode()
    tag = dict(page.headers)["ETag"]
    assert ask(site, path, NOW + HOUR / 2, {"if-none-match": tag}).status == 304
    edited = ask(site, path, NOW + HOUR, {"if-none-match": tag})
    assert edited.status == 200
    assert edition(site, site.reports[0], 1) in edited.body.decode()
    assert ask(site, path, NOW + DAY).status in {404, 410}


def test_a_report_moves_or_leads_astray() -> None:
    site, path = one_report(moved=NOW + HOUR)
    second = site.address(site.reports[0], second=True)
    assert (ask(site, path, NOW).status, ask(site, second, NOW).status) == (200, 404)
    moved = ask(site, path, NOW + HOUR)
    assert (moved.status, dict(moved.headers)["Location"]) == (301, f"http://{site.host}{second}")
    assert ask(site, second, NOW + HOUR).status == 200
    site, path = one_report(snare="metadata")
    assert "169.254.169.254" in dict(ask(site, path, NOW).headers)["Location"]


@pytest.mark.parametrize(
    ("trouble", "robots", "page"),
    [
        (Trouble.ERRORS, 500, 500),
        (Trouble.OUTAGE, 503, 503),
        (Trouble.HANGUP, 0, 0),
        (Trouble.LIMIT, 429, 429),
        (Trouble.LIMIT_DATE, 429, 429),
        (Trouble.ROBOTS, 503, 200),
        (Trouble.BLOCK, 200, 403),
        (Trouble.MOVES, 301, 301),
        (Trouble.SHELL, 200, 200),
    ],
)
def test_a_trouble_shows_while_it_lasts(trouble: Trouble, robots: int, page: int) -> None:
    site, path = one_report()
    site = replace(site, spells=(Spell(trouble, NOW, NOW + HOUR),))
    assert ask(site, "/robots.txt", NOW).status == robots
    reply = ask(site, path, NOW)
    assert reply.status == page
    assert site.is_reachable(NOW) == (trouble is Trouble.MOVES)
    assert ask(site, path, NOW + HOUR).status == 200
    wait = dict(reply.headers).get("Retry-After", "")
    assert wait.isdigit() == (trouble is Trouble.LIMIT)
    assert wait.endswith("GMT") == (trouble is Trouble.LIMIT_DATE)


@pytest.mark.parametrize(("tags", "later"), [("right", 200), ("none", 200), ("same", 200), ("stuck", 304)])
def test_feeds_tell_the_truth_or_lie(tags: str, later: int) -> None:
    site = untroubled(next(site for site in WORLD if site.feed and site.feed.tags == tags))
    path = path_of(site, "feeds")
    tag = dict(ask(site, path, NOW).headers).get("ETag", "")
    assert ask(site, path, NOW, {"if-none-match": tag}).status == (304 if tags in {"right", "stuck"} else 200)
    assert ask(site, path, NOW - 10 * DAY, {"if-none-match": tag}).status == later


def asked(at: float, target: str = "/", **keys: object) -> Asked:
    values: dict[str, object] = {"site": "s01", "status": 200, "now": NOW + timedelta(seconds=at)} | keys
    return Asked(at=at, tick=0, host="s01.example", target=target, **values)  # type: ignore[arg-type]


def judged(tmp_path: Path, *requests: Asked) -> Judgement:
    with Store(tmp_path / "archive.db"):
        pass
    return judge(WORLD[:1], list(requests), tmp_path / "archive.db", [], FIRST_DAY + 2 * DAY)


def test_the_judge_tells_rude_requests(tmp_path: Path) -> None:
    told = judged(
        tmp_path,
        asked(0, "/robots.txt", what="robots"),
        asked(0.02, what="page"),
        asked(1, "/private/?p=1", what="forbidden"),
        asked(2, "/vote/1", what="trap"),
        asked(3, status=429, wait_until=NOW + HOUR),
        asked(4),
        asked(5, "/robots.txt", what="robots", status=503),
        asked(6, what="page"),
    )
    names = ("delay_violations", "robots_violations", "traps", "too_early")
    assert [told.figures[name] for name in names] == [1, 2, 1, 3]


def test_the_judge_tells_a_duplicate_from_a_second_look(tmp_path: Path) -> None:
    page = {"what": "report", "report": 1, "lastmod": NOW}
    told = judged(
        tmp_path,
        asked(0, "/1", **page, version=-1),  # a challenge
        asked(1, "/1", **page),
        asked(2, "/1", **page, status=304),
        asked(3, "/1", **page, version=1),
        asked(4, "/1", **page, version=1),
        asked(5, "/1", **page | {"lastmod": NOW + HOUR}, version=1),
        asked(6, "/2", **page),
    )
    assert (told.figures["fetched"], told.figures["duplicates"]) == (5, 1)
    assert told.figures["recall"] == 0.0  # nothing is in that archive


def test_two_intervals_are_at_least_two_days_and_skip_days_without_news() -> None:
    every_day, no_weekend = (1.0,) * 7, (1.0,) * 5 + (0.0, 0.0)
    assert due_after(replace(WORLD[0], week=(9.0,) * 7), FIRST_DAY) == FIRST_DAY + 2 * DAY
    assert due_after(replace(WORLD[0], week=every_day), FIRST_DAY) <= FIRST_DAY + 2 * DAY + HOUR
    friday = FIRST_DAY + 4 * DAY
    assert due_after(replace(WORLD[0], week=no_weekend), friday) >= friday + 4 * DAY - HOUR


@pytest.mark.slow
@pytest.mark.slow
def test_two_days_of_four_sources(tmp_path: Path) -> None:
    plan = month.Plan(tmp_path, days=2, sources=4, ticks=1)
    figures = month.rehearse(plan)
    assert figures["complaints"]["broken crawls"] == []
    assert figures["expected"] > 20
    assert (figures["recall"], figures["partial"]) == (100, 0), figures["complaints"]
    rude = {name: figures[name] for name in ("duplicates", "traps", "robots_violations", "too_early")}
    assert set(rude.values()) == {0}, (rude, figures["complaints"])
    assert "recall" not in month.failures(figures)
    assert "of them archived" in month.table(figures)
    with closing(sqlite3.connect(plan.archive)) as conn:  # and a loss would be told
        conn.execute("delete from articles")
        conn.commit()
    after = judge(make_world(1, 4, 2), [], plan.archive, [], plan.end).figures
    assert after["missing"] == figures["expected"]

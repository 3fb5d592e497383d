"""Rude sites crawled over real HTTP: none is asked faster, longer or elsewhere than it wants."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from backports import zstd

from tests.sites import rude
from tests.sites.awkward import Answer, Site, redirect, report, serving
from tests.sites.crawling import assert_sound, assert_sums, rows, run, write_source

pytestmark = pytest.mark.slow  # one long crawl of a site that wants time
# The night ends six seconds after the crawl's clock begins.
NOW = "2026-11-01T05:59:54Z"
LATER = "2026-11-01T08:00:00Z"
ASKED_FOR = "Sun, 01 Nov 2026 09:00:00 GMT"
BOMB = b"<!doctype html><p>" + b" " * 15_000_000


def packed(body: bytes, encoding: str) -> Answer:
    return Answer(body, headers=(("Content-Encoding", encoding),))


def sites() -> dict[str, Site]:
    return {
        "slow": rude.outlet("slow", 4, robots="Crawl-delay: 0.4", **{
            "news/2": redirect("http://other.example/news/2"), "news/3": redirect("http://other.example/news/3")}),
        "other": rude.outlet("other", robots="Request-rate: 2/3"),
        "busy": rude.outlet("busy", **{
            "news/1": rude.in_turn(rude.refusing(429, "1"), Answer(report("Homs")))}),
        "later": rude.outlet("later", 4, **{"news/2": rude.refusing(503, ASKED_FOR)}),
        "wall": rude.outlet("wall", **{"feed.xml": Answer(rude.CHALLENGE), "listing": Answer(rude.CHALLENGE)}),
        "walled": rude.outlet("walled", 30, **{f"news/{number}": rude.refusing(403) for number in range(1, 31)}),
        "night": rude.outlet("night", 40),
        "day": rude.outlet("day"),
        "guarded": rude.outlet("guarded", 9, **{
            "news/1": redirect("http://169.254.169.254/news/5"), "news/2": redirect("http://2852039166/news/5"),
            "news/3": redirect("http://[fe80::1]/news/5"), "news/4": packed(gzip.compress(BOMB), "gzip"),
            "news/5": packed(brotli.compress(BOMB, quality=5), "br"), "news/6": packed(zstd.compress(BOMB), "zstd"),
            "news/7": packed(b"x", "gzip, gzip, gzip"), "news/8": redirect("/login?next=/news/8"),
        }),
        "snail": rude.outlet("snail", robots="Crawl-delay: 5000"),
        "visited": rude.outlet("visited", robots="Visit-time: 1200-1300"),
        "drip": rude.outlet("drip", **{
            "news/1": redirect("http://dripping.example/headers"), "news/2": redirect("http://dripping.example/body")}),
        "linking": rude.outlet("linking", **{
            "news/1": redirect("http://grump.example/a"), "news/2": redirect("http://grump.example/b")}),
        "grump": rude.outlet("grump", robots="Crawl-delay: 0.3", **{
            path: rude.refusing(429, ASKED_FOR) for path in ("a", "b")}),
        "flaky": rude.outlet("flaky", 1, **{
            "news/1": rude.in_turn(Answer(b"oops", 500), Answer(report("Hama")))}),
        "resting": rude.outlet("resting", **{"robots.txt": rude.refusing(503, "7200")}),
        "shells": rude.outlet("shells", **{f"news/{number}": Answer(rude.SHELL) for number in (1, 2)}),
    }  # fmt: skip


@dataclass(frozen=True)
class Crawled:
    """The sites, crawled at NOW and again at LATER, with what they were asked each time."""

    folder: Path
    asked: dict[str, list[tuple[float, str]]]
    asked_again: dict[str, list[tuple[float, str]]]
    began: float

    def paths(self, name: str) -> list[str]:
        return [path for _, path in self.asked[name]]

    def runs(self, name: str) -> list[str]:
        query = "select finish_reason from runs where source_id = ? order by id"
        return [row["finish_reason"] for row in rows(self.folder, query, name)]

    def leads(self, name: str) -> dict[str, tuple[str, str]]:
        found = rows(self.folder, "select * from leads where source_id = ?", name)
        return {row["url"].rpartition("/")[2]: (row["outcome"], row["last_error"]) for row in found}

    def source(self, name: str) -> tuple[str | None, int]:
        (row,) = rows(self.folder, "select * from sources where id = ?", name)
        return row["paused_until"], row["pauses"]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder, made = tmp_path_factory.mktemp("rude"), sites()
    keys: dict[str, dict[str, object]] = {
        "wall": {"listings": ["http://wall.example/listing"]},
        "night": {"hours": "22-06", "delay": 0.3},
        "day": {"hours": "10-18", "time_zone": "Asia/Damascus"},
        "guarded": {"private": True},
        "flaky": {"delay": 0.4},
    }
    sources = [name for name in made if name not in ("other", "grump")]
    for name in sources:
        home = f"http://{name}.example"
        given: dict[str, object] = {"homepage": f"{home}/", "feeds": [f"{home}/feed.xml"], "private": False}
        write_source(folder, name, **given | keys.get(name, {}))
    with ExitStack() as stack:
        host_map = {f"{name}.example": stack.enter_context(serving(site)).url for name, site in made.items()}
        host_map["dripping.example"] = stack.enter_context(rude.dripping()).url
        began = rude.crawl(folder, NOW, host_map, *sources)
        asked = {name: list(site.asked) for name, site in made.items()}
        for site in made.values():
            site.forget()
        made["walled"].pages |= rude.outlet("walled", 30).pages
        rude.crawl(folder, LATER, host_map, "later", "wall", "walled", "night", "day")
        yield Crawled(folder, asked, {name: site.asked for name, site in made.items()}, began)


def gaps(asked: list[tuple[float, str]]) -> list[float]:
    return [after - before for (before, _), (after, _) in pairwise(asked)]


def test_crawl_delay_and_request_rate_are_kept_from_robots_txt_on(crawled: Crawled) -> None:
    assert crawled.paths("slow") == ["/robots.txt", "/feed.xml", "/news/1", "/news/2", "/news/3", "/news/4"]
    assert min(gaps(crawled.asked["slow"])) >= 0.4


def test_a_redirect_goes_at_the_pace_of_the_host_it_leads_to(crawled: Crawled) -> None:
    assert crawled.paths("other") == ["/robots.txt", "/news/2", "/news/3"]
    assert min(gaps(crawled.asked["other"])) >= 1.5


def test_a_short_retry_after_holds_the_whole_host(crawled: Crawled) -> None:
    times = {path: moment for moment, path in crawled.asked["busy"]}  # the last time of each
    first = next(moment for moment, path in crawled.asked["busy"] if path == "/news/1")
    assert times["/news/1"] - first >= 1
    assert [path for moment, path in crawled.asked["busy"] if first + 0.3 < moment < first + 1] == []
    assert {outcome for outcome, _ in crawled.leads("busy").values()} == {"stored"}


def test_an_error_is_tried_again_after_twice_the_delay(crawled: Crawled) -> None:
    assert crawled.paths("flaky") == ["/robots.txt", "/feed.xml", "/news/1", "/news/1"]
    before, after = gaps(crawled.asked["flaky"])[1:]
    assert before >= 0.4
    assert after >= 0.8
    assert crawled.leads("flaky") == {"1": ("stored", None)}


def test_a_robots_txt_that_asks_for_time_is_enough(crawled: Crawled) -> None:
    assert crawled.paths("resting") == ["/robots.txt"]
    assert crawled.runs("resting") == ["blocked"]
    until, _ = crawled.source("resting")
    assert until is not None
    assert "2026-11-01T07:59:54Z" <= until < "2026-11-01T08:01:00Z"


def test_a_long_retry_after_ends_the_run_and_pauses_the_source_until_then(crawled: Crawled) -> None:
    assert crawled.runs("later") == ["blocked", "paused"]
    assert crawled.source("later") == ("2026-11-01T09:00:00Z", 1)
    assert crawled.asked_again["later"] == []
    (lead,) = rows(crawled.folder, "select * from leads where url like '%later.example/news/2'")
    assert (lead["outcome"], lead["next_attempt_at"] >= "2026-11-01T09:00:00Z") == ("failed", True)


def test_another_s_wish_for_time_is_no_reason_to_leave_the_source_alone(crawled: Crawled) -> None:
    assert len(crawled.asked["grump"]) == 2  # robots.txt, and one of the two
    assert [outcome for outcome, _ in crawled.leads("linking").values()].count("blocked") == 2
    assert crawled.leads("linking")["3"] == ("stored", None)
    assert crawled.runs("linking") == ["finished"]
    assert crawled.source("linking") == (None, 0)


def test_a_source_that_gives_nothing_but_challenges_is_left_alone(crawled: Crawled) -> None:
    assert sorted(crawled.paths("wall")) == ["/feed.xml", "/listing", "/robots.txt"]
    assert crawled.runs("wall") == ["blocked", "blocked"]
    # the second time for six hours
    until, pauses = crawled.source("wall")
    assert (until is not None and "2026-11-01T14:00:00Z" <= until < "2026-11-01T14:01:00Z", pauses) == (
        True,
        2,
    )
    errors = [
        row["last_error"] for row in rows(crawled.folder, "select * from endpoints where source_id = 'wall'")
    ]
    assert errors == ["Cloudflare asks visitors to prove that they are human"] * 2


def test_refusals_in_a_row_end_the_run_and_what_was_not_asked_waits(crawled: Crawled) -> None:
    first = rows(crawled.folder, "select * from runs where source_id = 'walled'")[0]
    # a site of one's own is asked several things at once, so some are under way when it's noticed
    assert 3 <= first["blocked"] <= 16
    assert first["waiting"] == first["found"] - first["blocked"] >= 1
    assert crawled.runs("walled") == ["blocked", "finished"]
    assert {outcome for outcome, _ in crawled.leads("walled").values()} == {"stored"}
    assert crawled.source("walled") == (None, 0)  # it has answered since


def test_nothing_is_asked_outside_the_hours(crawled: Crawled) -> None:
    assert crawled.runs("day") == ["outside_hours", "finished"]
    assert crawled.asked["day"] == []
    assert crawled.runs("night") == ["outside_hours", "outside_hours"]
    assert crawled.asked_again["night"] == []
    first = rows(crawled.folder, "select * from runs where source_id = 'night'")[0]
    assert first["stored"] < 40
    assert first["stored"] + first["waiting"] == first["found"]


def test_a_dripping_answer_is_given_up(crawled: Crawled) -> None:
    late = ("failed", "the server did not answer in time")
    assert crawled.leads("drip") == {"1": late, "2": late, "3": ("stored", None)}


def test_link_local_addresses_are_refused_even_where_private_ones_are_allowed(crawled: Crawled) -> None:
    leads = crawled.leads("guarded")
    for number in ("1", "3"):
        assert leads[number][0] == "not_an_article"
        assert "is a private address" in leads[number][1]
    assert leads["2"][0] == "failed"  # a name, by its looks: what it stands for is seen when it's resolved
    assert "DNS lookup failed" in leads["2"][1]


def test_bombs_are_refused_in_every_encoding(crawled: Crawled) -> None:
    leads = crawled.leads("guarded")
    for number in "456":
        assert leads[number][0] == "not_an_article"
        assert "unpacks to more than allowed" in leads[number][1]
    assert leads["7"] == ("not_an_article", "refused: its body is packed 3 times over")
    assert leads["9"] == ("stored", None)


def test_a_login_is_not_followed_but_known_for_what_it_is(crawled: Crawled) -> None:
    assert crawled.leads("guarded")["8"] == (
        "blocked", "it leads to a login page, http://guarded.example/login?next=/news/8"
    )  # fmt: skip
    assert "/login?next=/news/8" not in crawled.paths("guarded")


def test_an_empty_shell_is_a_block_but_no_reason_to_stop(crawled: Crawled) -> None:
    blocked = ("blocked", "it is an empty shell that only scripts would fill")
    assert crawled.leads("shells") == {"1": blocked, "2": blocked, "3": ("stored", None)}
    assert crawled.runs("shells") == ["finished"]


@pytest.mark.parametrize(("name", "why"), [("snail", "5000 seconds"), ("visited", "12:00 to 13:00 UTC")])
def test_a_host_that_asks_for_more_than_we_can_give_is_not_asked(
    crawled: Crawled, name: str, why: str
) -> None:
    assert crawled.paths(name) == ["/robots.txt"]
    (endpoint,) = rows(crawled.folder, "select * from endpoints where source_id = ?", name)
    assert endpoint["outcome"] == "robots"
    assert why in endpoint["last_error"]


def test_every_sum_agrees(crawled: Crawled) -> None:
    assert_sums(crawled.folder)
    assert_sound(crawled.folder)


def test_a_site_of_others_is_not_asked_by_nobody(tmp_path: Path) -> None:
    with serving(rude.outlet("real")) as site:
        write_source(tmp_path, "real", private=False, feeds=["http://real.example/feed.xml"])
        there = ("-s", f"HOST_MAP={json.dumps({'real.example': site.url})}", "-s", "CONTACT=")
        done = run(tmp_path, "checksource", "real", *there)
        assert done.returncode == 2
        assert "export CONTACT=you@example.org" in done.stderr + done.stdout
        assert site.asked == []

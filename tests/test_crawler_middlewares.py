"""Manners: robots.txt that can't be had, the pace, private addresses; and sources crawled side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.http import Headers, Request, Response
from twisted.internet.error import DNSLookupError

from archive.models import Outcome
from crawler.middlewares.capture import _pairs, reason_phrase
from crawler.middlewares.guard import LoginWall, Refused, checked_address, is_forbidden, is_private
from crawler.middlewares.pace import HostSlot, LeftAlone
from crawler.middlewares.robots import RobotsForbids, RobotsUnavailable
from crawler.spiders.responses import of_failure, of_response
from tests.sites.awkward import Answer, Site, report, rss, serving
from tests.sites.crawling import assert_sound, assert_sums, rows, start, write_source

ROBOTS = {
    "busy": Answer(b"User-agent: *\nAllow: /\n", 503),
    "mute": Answer(wait=30),
    "open": Answer(b"<p>no such page</p>", 404),
}
DELAY = 0.5


@dataclass(frozen=True)
class SideBySide:
    folder: Path
    sites: dict[str, Site]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SideBySide]:
    """Three sources, with a robots.txt each, crawled into one archive at the same time."""
    folder = tmp_path_factory.mktemp("robots")
    sites = {name: Site({"/robots.txt": robots}) for name, robots in ROBOTS.items()}
    with ExitStack() as stack:
        for name, site in sites.items():
            stack.enter_context(serving(site))
            site.pages |= {f"/news/{number}": Answer(report(f"Village {number}")) for number in range(1, 4)}
            site.pages["/feed.xml"] = rss(*((f"{site.url}/news/{number}", None) for number in range(1, 4)))
            delay = DELAY if name == "open" else 0.0
            write_source(
                folder, name, feeds=[f"{site.url}/feed.xml"], listings=[f"{site.url}/a", f"{site.url}/b"],
                delay=delay,
            )  # fmt: skip
        impatient = ("-s", "DOWNLOAD_TIMEOUT=2", "-s", "RETRY_TIMES=0")
        processes = {name: start(folder, "crawl", name, *impatient) for name in sites}
        for name, process in processes.items():
            out, errors = process.communicate(timeout=60)
            assert "Traceback" not in errors, errors
            # a source none of whose endpoints could be read is no success
            assert (process.returncode, "could not be crawled" in out) == (
                (0, False) if name == "open" else (1, True)
            )
        yield SideBySide(folder, sites)


def test_sources_crawled_side_by_side_share_an_archive(crawled: SideBySide) -> None:
    runs = rows(crawled.folder, "select * from runs")
    assert {row["source_id"]: row["finish_reason"] for row in runs} == dict.fromkeys(ROBOTS, "finished")
    assert_sums(crawled.folder)
    assert_sound(crawled.folder)


@pytest.mark.parametrize(("name", "why"), [("busy", "HTTP 503"), ("mute", "took longer than 2.0 seconds")])
def test_a_robots_txt_that_can_t_be_had_forbids_everything(crawled: SideBySide, name: str, why: str) -> None:
    assert set(crawled.sites[name].paths()) == {"/robots.txt"}
    errors = [
        row["last_error"] for row in rows(crawled.folder, "select * from endpoints where source_id = ?", name)
    ]
    assert len(errors) == 3
    for error in errors:
        assert "robots.txt" in error
        assert why in error
        assert "nothing may be fetched" in error


def test_no_robots_txt_allows_everything(crawled: SideBySide) -> None:
    assert {"/news/1", "/news/2", "/news/3"} <= set(crawled.sites["open"].paths())


def test_requests_to_a_site_are_apart(crawled: SideBySide) -> None:
    times = [moment for moment, _ in crawled.sites["open"].asked]
    assert len(times) == 7  # robots.txt is one of them
    assert all(later - earlier >= DELAY for earlier, later in pairwise(times))


# -- without a crawl ------------------------------------------------------------------------------------------


def test_what_robots_and_the_guard_refuse_has_an_outcome() -> None:
    assert of_failure(RobotsForbids("robots.txt forbids it")) == (Outcome.ROBOTS, "robots.txt forbids it")
    # tried again later: an outage must not settle a lead for good
    assert of_failure(RobotsUnavailable("it can't be had"))[0] is Outcome.FAILED
    assert of_failure(Refused("a vote"))[0] is Outcome.NOT_ARTICLE


@pytest.mark.parametrize(
    "host",
    ["localhost", "news.localhost", "127.0.0.1", "127.9.9.9", "10.1.2.3", "192.168.0.1", "172.16.0.1", "0.0.0.1",
     "169.254.169.254", "100.64.0.1", "::1", "[::1]", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::", "224.0.0.1", "2002:7f00:1::",
     "64:ff9b::7f00:1"],
)  # fmt: skip
def test_private_addresses_are_known(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "2606:4700::1111", "localhost.example", ""])
def test_public_ones_and_names_are_not(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [("8.8.8.8", (True, True)), ("127.0.0.1", (False, True)), ("169.254.169.254", (False, False))],
)
def test_what_a_name_may_stand_for(address: str, is_allowed: tuple[bool, bool]) -> None:
    for allows_private, allowed in zip((False, True), is_allowed, strict=True):
        if allowed:
            assert checked_address(address, "x.example", allows_private=allows_private) == address
        else:
            with pytest.raises(
                DNSLookupError, match=rf"x\.example resolves to the private address {address}"
            ):
                checked_address(address, "x.example", allows_private=allows_private)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "fe80::1", "[fe80::1%eth0]", "::ffff:169.254.1.1", "2002:a9fe:a9fe::1"]
)
def test_link_local_is_never_allowed(host: str) -> None:
    assert is_forbidden(host, allows_private=True)


def test_private_addresses_may_be_allowed() -> None:
    assert not is_forbidden("127.0.0.1", allows_private=True)
    assert is_forbidden("127.0.0.1", allows_private=False)
    assert not is_forbidden("example.org", allows_private=False)


# -- the pace of one host -----------------------------------------------------------------------------------


def slot(delay: float = 2.0, *, draws: tuple[float, ...] = (0.0,)) -> HostSlot:
    numbers = iter(draws)
    return HostSlot(1, delay, 0.5, lambda: next(numbers))


def test_jitter_is_drawn_once_a_request_and_never_shortens() -> None:
    one = slot(draws=(0.5, 0.0))
    assert [one.download_delay(), one.download_delay()] == [2.5, 2.5]
    one.lastseen = 10
    assert one.download_delay() == 2.0


def test_autothrottle_can_not_go_below_the_floor() -> None:
    one = slot()
    one.floor, one.delay = 5.0, 0.1
    assert one.download_delay() == 5.0
    one.delay = 8.0
    assert one.download_delay() == 8.0


def test_a_host_that_is_held_waits_until_then() -> None:
    one = slot(0.0)
    one.lastseen, one.held_until = 100.0, 130.0
    assert one.download_delay() == 30.0


def test_the_pause_begins_when_an_answer_has_come() -> None:
    one, request = slot(), Request("https://a.example/")
    one.transferring.add(request)
    assert one.lastseen == 0
    one.transferring.remove(request)
    assert one.lastseen > 0


# -- what a failure and a block come to ----------------------------------------------------------------------


def test_what_refuses_without_a_response_is_a_block_too() -> None:
    assert of_failure(LoginWall("it leads to a login page")) == (Outcome.BLOCKED, "it leads to a login page")
    assert of_failure(LeftAlone("HTTP 429"))[0] is Outcome.BLOCKED


def test_a_recognised_block_is_a_blocked_response() -> None:
    url = "https://a.example/"
    for status, block, outcome in [(200, None, None), (200, "a captcha", "blocked"), (503, "a captcha", "blocked"),
                                   (503, None, "failed"), (405, None, "blocked"), (404, None, "gone")]:  # fmt: skip
        request = Request(url, meta={} if block is None else {"block": block})
        found, sentence = of_response(Response(url, status=status, request=request))
        assert found == outcome
        assert block is None or sentence == block


def test_headers_keep_every_value() -> None:
    headers = Headers({"Set-Cookie": [b"a=1", b"b=2"], "X-Word": "caf\xe9".encode("latin-1")})
    assert _pairs(headers) == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Word", "café"))


def test_an_unknown_status_has_no_words() -> None:
    assert (reason_phrase(404), reason_phrase(799)) == ("Not Found", "")

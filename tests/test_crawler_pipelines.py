"""A crawl that is killed or interrupted loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sites.awkward import Answer, Site, report, rss, serving
from tests.sites.crawling import assert_sound, assert_sums, crawl, rows, start, write_source

REPORTS = [f"/news/{number}" for number in range(1, 61)]


@pytest.mark.slow
def test_killed_then_interrupted_then_left_alone(tmp_path: Path) -> None:
    site = Site({path: Answer(report(f"Village {path}")) for path in REPORTS}, wait=0.5)
    with serving(site):
        write_source(tmp_path, "local", feeds=[f"{site.url}/feed.xml"])
        site.pages["/feed.xml"] = rss(*((site.url + path, None) for path in REPORTS))

        killed = start(tmp_path, "crawl", "local")
        wait_until(lambda: (tmp_path / "archive.db").exists() and len(stored_urls(tmp_path)) >= 3)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=30)
        assert_sound(tmp_path)
        stored = stored_urls(tmp_path)
        assert 0 < len(stored) < len(REPORTS)

        site.forget()
        interrupted = start(tmp_path, "crawl", "local")
        wait_until(lambda: len(site.asked) >= 12)
        interrupted.send_signal(signal.SIGINT)
        out, _ = interrupted.communicate(timeout=30)
        in_flight = {path for path in site.paths() if path in REPORTS}
        assert not in_flight & stored  # what was stored is not fetched again
        assert_sound(tmp_path)
        assert stored_urls(tmp_path) == stored | in_flight  # what was asked for was finished
        assert "shutdown" in out

        site.wait = 0.0
        crawl(tmp_path, "local")
        assert stored_urls(tmp_path) == set(REPORTS)
    assert_sound(tmp_path)
    assert_sums(tmp_path)
    first, second, third = rows(tmp_path, "select * from runs order by id")
    assert (first["finish_reason"], first["finished_at"]) == (None, None)
    assert (second["finish_reason"], second["found"]) == (
        "shutdown",
        len(REPORTS) - len(stored),  # the feed is the same, so what it lists is known
    )
    assert second["waiting"] == len(REPORTS) - len(stored) - len(in_flight)
    assert third["finish_reason"] == "finished"
    assert third["stored"] == second["waiting"]
    assert rows(tmp_path, "select max(revision_count) from articles")[0][0] == 1


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail("waited too long")
        time.sleep(0.02)


def stored_urls(folder: Path) -> set[str]:
    if not rows(folder, "select 1 from sqlite_master where name = 'articles'"):
        return set()  # it's being made
    return {"/" + row["url"].split("/", 3)[3] for row in rows(folder, "select url from articles")}

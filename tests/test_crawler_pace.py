"""A crawl never has more pages in hand than it may fetch again after a crash, however slow the disk is."""

from __future__ import annotations

import functools
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from bench.crawl import make_routes
from bench.ours import ROOT, crawl_of
from bench.server import PageServer

PAGES = 150
IN_HAND = 6


@pytest.mark.slow
def test_fetching_pauses_while_what_was_fetched_cannot_be_stored(tmp_path: Path) -> None:
    with PageServer(functools.partial(make_routes, PAGES)) as server:
        crawl = crawl_of(
            f"{server.base}/sitemap.xml", tmp_path, source_id="paced", options=("-s", f"PAGES_IN_HAND={IN_HAND}")
        )  # fmt: skip
        with subprocess.Popen(crawl.command, cwd=ROOT, env=crawl.env) as process:
            while process.poll() is None and stored(crawl.archive) == 0:
                time.sleep(0.01)
            with closing(sqlite3.connect(crawl.archive, timeout=30)) as other:
                other.execute("begin immediate")  # the crawl's writer has to wait from here on
                time.sleep(1.0)
                done = stored(crawl.archive)
                asked = sum(server.requests().values()) - 2  # the sitemap and robots.txt
                assert process.poll() is None
            process.wait(60)
        assert 0 < asked - done <= IN_HAND
        assert done < asked < PAGES
        assert (process.returncode, stored(crawl.archive)) == (0, PAGES)


def stored(archive: Path) -> int:
    """Return how many leads are stored; none of an archive that is not there yet."""
    if not archive.exists():
        return 0
    with closing(sqlite3.connect(archive)) as conn:
        try:
            return int(conn.execute("select count(*) from leads where state = 'stored'").fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return 0

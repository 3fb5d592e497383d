"""Crawls generated pages three ways, and prints how our crawl compares with the two others.

    python bench/crawl.py [--pages 1000 | --saved PAGES.jsonl] [--json]

fetch only: Scrapy without extraction or storage. hand-written: Scrapy, trafilatura in the callback, a commit
an item. ours: `scrapy crawl` with the project's settings. Each in a fresh process, from its start to its end,
against the same server in a process of its own.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.generate import generate_page
from bench.measure import Cost, measure
from bench.ours import ROOT, crawl_of, environment
from bench.replay import read_pages
from bench.server import ANY_HOST, Answer, PageServer, Routes, sitemap

_SITEMAP = "/sitemap.xml"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of crawling: what it cost, and how many pages it brought home."""

    name: str
    cost: Cost
    pages: int


def make_routes(count: int, base: str) -> Routes:
    """Return `count` generated pages and the sitemap that lists them, compressed as most sites send them."""
    routes: dict[tuple[str, str], Answer] = {}
    for number in range(count):
        page = generate_page(number)
        body = gzip.compress(page.html, compresslevel=6, mtime=0)
        routes[ANY_HOST, page.path] = Answer(body, "text/html; charset=utf-8", gzipped=True)
    routes[ANY_HOST, _SITEMAP] = sitemap([base + path for _, path in routes])
    return routes


def make_saved_routes(path: Path, base: str) -> Routes:
    """Return saved pages (see bench/replay.py), each under a made-up address, and the sitemap that lists them."""
    routes = {
        (ANY_HOST, f"/2026/01/24/saved-page-{number}.html"): Answer(page.body, gzipped=page.gzipped)
        for number, page in enumerate(read_pages(path))
    }
    return routes | {(ANY_HOST, _SITEMAP): sitemap([base + target for _, target in routes])}


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if a way lost pages, so that its figure means nothing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=1000, help="how many to generate and crawl")
    parser.add_argument("--saved", type=Path, metavar="PAGES.jsonl", help="crawl these pages instead")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    given = parser.parse_args(arguments)
    if given.saved is None:
        server, expected = PageServer(functools.partial(make_routes, given.pages)), given.pages
    else:
        saved = given.saved.resolve()
        server, expected = PageServer(functools.partial(make_saved_routes, saved)), len(read_pages(saved))
    with tempfile.TemporaryDirectory(prefix="bench-crawl-") as folder, server:
        ways = _three_ways(server.base + _SITEMAP, Path(folder))
    print(json.dumps(_figures(ways, server.cpu_seconds)) if given.json else _table(ways, server.cpu_seconds))
    void = [way for way in ways if way.pages != expected or way.cost.status != 0]
    for way in void:
        print(
            f"{way.name}: {way.pages} of {expected} pages, the figure is void\n{way.cost.output}",
            file=sys.stderr,
        )
    return 1 if void else 0


def _three_ways(url: str, folder: Path) -> list[Way]:
    return [
        _baseline("fetch only", ["fetch", url]),
        _baseline("hand-written", ["handwritten", url, str(folder / "handwritten.db")]),
        _ours(url, folder),
    ]


def _baseline(name: str, arguments: list[str]) -> Way:
    command = [sys.executable, str(ROOT / "bench" / "baselines.py"), *arguments]
    cost = measure(command, cwd=ROOT, env=environment())
    last = cost.output.split()[-1:]
    return Way(name, cost, int(last[0]) if last and last[0].isdigit() else 0)


def _ours(url: str, folder: Path) -> Way:
    crawl = crawl_of(url, folder, source_id="bench")
    cost = measure(crawl.command, cwd=ROOT, env=crawl.env)
    with sqlite3.connect(crawl.archive) as archive:
        count = archive.execute("select count(*) from leads where state = 'stored'").fetchone()[0]
    archive.close()
    return Way("ours", cost, count)


def _figures(ways: list[Way], server_cpu: float) -> dict[str, object]:
    fetch, handwritten, ours = (way.cost.seconds for way in ways)
    return {
        "ways": [
            {
                "name": way.name,
                "pages": way.pages,
                "seconds": round(way.cost.seconds, 2),
                "pages_per_second": round(way.pages / way.cost.seconds, 1),
                "cpu_seconds": round(way.cost.cpu, 2),
                "own_cpu_seconds": round(way.cost.own, 2),
            }
            for way in ways
        ],
        "ours_to_handwritten": round(handwritten / ours, 2),
        "ours_to_fetch_only": round(fetch / ours, 2),
        "server_cpu_seconds": round(server_cpu, 2),
    }


def _table(ways: list[Way], server_cpu: float) -> str:
    figures = _figures(ways, server_cpu)
    lines = [f"{'':14}{'pages':>7}{'seconds':>9}{'pages/s':>9}{'cpu s':>8}{'own s':>8}"]
    lines += [
        f"{way.name:14}{way.pages:>7}{way.cost.seconds:>9.1f}{way.pages / way.cost.seconds:>9.1f}{way.cost.cpu:>8.1f}"
        f"{way.cost.own:>8.1f}"
        for way in ways
    ]
    lines.append(f"ours is {figures['ours_to_handwritten']} times as fast as the hand-written one")
    lines.append(f"ours is {figures['ours_to_fetch_only']} times as fast as fetching alone")
    lines.append(
        "(cpu: processor time of all its processes; own: of the one that crawls, without its workers)"
    )
    lines.append(f"(the server took {server_cpu:.1f} s of processor time for all three)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Walks a sitemap index of a million addresses with the real crawl, and prints the memory that it takes.

    python bench/million.py [--children 20] [--urls 50000] [--limit 20] [--budget 200] [--plain] [--trace] [--json]

Two crawls, each of an archive of its own: one with `-a limit`, one with the catalogue's `run_budget`. Ends with
status 1 if the crawl's own process ever held more than 300 MB, or if reports are missing. Reads /proc, so it
needs Linux.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.generate import generate_page
from bench.ours import ROOT, crawl_of

ALLOWED_MB = 300
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWEST = datetime(2026, 9, 1, tzinfo=UTC)
_APART = timedelta(minutes=10)
_SAMPLE_SECONDS = 0.1
_REPORT = re.compile(r"/\d{4}/\d\d/\d\d/.*-(\d+)\.html")
_CHILD = re.compile(r"/sitemap-(\d+)\.xml")


@dataclass(frozen=True, slots=True)
class Shape:
    """The site: an index of `children` sitemaps of `urls` addresses each, newest first, gzipped or plain."""

    children: int
    urls: int
    plain: bool = False

    def body(self, target: str, base: str) -> bytes | None:
        """Return what is at a path, None if there is nothing."""
        if target == "/sitemap.xml":
            return self._index(base).encode()
        if child := _CHILD.match(target):
            text = self._child(int(child[1]), base).encode()
            return text if self.plain else gzip.compress(text, compresslevel=1, mtime=0)
        report = _REPORT.fullmatch(target)
        return generate_page(int(report[1])).html if report else None

    def _index(self, base: str) -> str:
        ending = "xml" if self.plain else "xml.gz"
        entries = (
            f"<sitemap><loc>{base}/sitemap-{number}.{ending}</loc>"
            f"<lastmod>{_published(number * self.urls):%Y-%m-%dT%H:%M:%SZ}</lastmod></sitemap>"
            for number in range(self.children)
        )
        return f"<sitemapindex {_SPACE}>{''.join(entries)}</sitemapindex>"

    def _child(self, number: int, base: str) -> str:
        entries = (
            f"<url><loc>{base}{_path(report)}</loc><lastmod>{_published(report):%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            for report in range(number * self.urls, (number + 1) * self.urls)
        )
        return f"<urlset {_SPACE}>{''.join(entries)}</urlset>"


def _published(report: int) -> datetime:
    return _NEWEST - report * _APART


def _path(report: int) -> str:
    return f"/{_published(report):%Y/%m/%d}/shelling-of-a-market-town-leaves-several-dead-{report}.html"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        """Answer from the site's shape; robots.txt is a 404, which allows everything."""
        host, port = self.server.server_address
        body = self.server.shape.body(self.path, f"http://{host}:{port}")
        with suppress(ConnectionError):
            self.send_response(200 if body is not None else 404)
            self.send_header(
                "Content-Type", "text/html" if self.path.endswith(".html") else "application/xml"
            )
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(shape: Shape, pipe: Connection) -> None:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.shape = True, shape
    pipe.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def serving(shape: Shape) -> Iterator[str]:
    """Serve the site from a process of its own; gives its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(shape, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


@dataclass(slots=True)
class Memory:
    """The most that processes ever held, in MB: the crawl's own one, and each other that it started.

    samples: seconds since the start, and what its own process held then.
    """

    own: float = 0.0
    others: dict[int, float] = field(default_factory=dict)
    samples: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """One crawl: how long it took, what it held, and what is in its archive."""

    name: str
    seconds: float
    own_mb: float
    other_mb: float
    leads: int
    endpoints: int
    stored: int
    found: int
    requests: int
    errors: tuple[str, ...]
    output: str

    def problem(self, wanted: int, listed: int) -> str | None:
        """Say what is wrong with the crawl, if anything.

        wanted: reports that it had to store at least; listed: addresses in all sitemaps.
        """
        if self.leads != listed:
            return f"it knows {self.leads:,} of {listed:,} addresses: {'; '.join(self.errors) or 'no sitemap failed'}"
        if self.stored < wanted:
            return f"it stored {self.stored} reports instead of {wanted}"
        return f"its process held {self.own_mb:.0f} MB" if self.own_mb > ALLOWED_MB else None


def watch(process: subprocess.Popen[str]) -> tuple[Memory, str]:
    """Return what a process and its descendants held at most, and what it printed, once it has ended."""
    memory, began = Memory(), time.perf_counter()
    while True:
        with suppress(OSError):
            memory.own = max(memory.own, _megabytes(process.pid, "VmHWM"))
            memory.samples.append((time.perf_counter() - began, _megabytes(process.pid, "VmRSS")))
        for pid in _descendants(process.pid):
            with suppress(OSError):
                memory.others[pid] = max(memory.others.get(pid, 0.0), _megabytes(pid, "VmHWM"))
        try:
            return memory, process.communicate(timeout=_SAMPLE_SECONDS)[0]
        except subprocess.TimeoutExpired:
            continue


def _megabytes(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))


def crawl(
    name: str, base: str, folder: Path, keys: str = "", options: tuple[str, ...] = ()
) -> tuple[Result, Memory]:
    """Run `scrapy crawl` on the site; keys: lines for its catalogue entry."""
    made = crawl_of(f"{base}/sitemap.xml", folder, source_id="million", options=options)
    entry = folder / "sources" / "million.toml"
    entry.write_text(entry.read_text().replace("'^https?://'", "'/20../'") + keys)
    began = time.perf_counter()
    process = subprocess.Popen(
        made.command, cwd=ROOT, env=made.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    memory, output = watch(process)
    seconds = time.perf_counter() - began
    if not made.archive.exists() or process.returncode:
        raise SystemExit(f"{name}: the crawl ended with status {process.returncode}\n{output}")
    with closing(sqlite3.connect(made.archive)) as archive:
        leads = archive.execute("select count(*) from leads").fetchone()[0]
        endpoints = archive.execute("select count(*) from endpoints").fetchone()[0]
        failures = archive.execute("select last_error from endpoints where last_error is not null")
        errors = tuple(row[0] for row in failures)
        run = archive.execute("select stored, found, requests from runs order by id desc").fetchone()
    other = max(memory.others.values(), default=0.0)
    result = Result(name, seconds, memory.own, other, leads, endpoints, *run, errors, output)
    return result, memory


def main(arguments: list[str]) -> int:
    """Crawl twice and print; 1 if a crawl took too much memory, or lost reports."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--children", type=int, default=20, help="sitemaps that the index names")
    parser.add_argument("--urls", type=int, default=50_000, help="addresses in each")
    parser.add_argument("--limit", type=int, default=20, help="reports that the first crawl fetches")
    parser.add_argument("--budget", type=int, default=200, help="requests that the second crawl may send")
    parser.add_argument("--only", choices=("limit", "run_budget"), help="one of the two crawls")
    parser.add_argument("--plain", action="store_true", help="serve the sitemaps as XML that is not gzipped")
    parser.add_argument("--trace", action="store_true", help="print what the process held, second by second")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    given = parser.parse_args(arguments)
    shape = Shape(given.children, given.urls, given.plain)
    # the budget may have to pay for robots.txt, the index and its children too
    wanted = {"limit": given.limit, "run_budget": max(0, given.budget - given.children - 2)}
    with tempfile.TemporaryDirectory(prefix="bench-million-") as folder, serving(shape) as base:
        crawls = {"limit": {"options": ("-a", f"limit={given.limit}")},
                  "run_budget": {"keys": f"run_budget = {given.budget}\n"}}  # fmt: skip
        made = [
            crawl(name, base, Path(folder, name), **how)  # type: ignore[arg-type]
            for name, how in crawls.items()
            if given.only in {None, name}
        ]
    results = [result for result, _ in made]
    print(json.dumps([asdict(result) for result in results]) if given.json else _table(results))
    if given.trace:
        for result, memory in made:
            print(result.name, *(f"{at:.0f}s:{held:.0f}MB" for at, held in memory.samples[::100]))
    problems = [
        f"{result.name}: {problem}\n{result.output}"
        for result in results
        if (problem := result.problem(wanted[result.name], shape.children * shape.urls))
    ]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


def _table(results: list[Result]) -> str:
    lines = [
        f"{'':12}{'seconds':>9}{'MB':>7}{'worker MB':>11}{'sitemaps':>10}{'leads':>11}{'found':>11}{'stored':>8}"
    ]
    lines += [
        f"{result.name:12}{result.seconds:>9.0f}{result.own_mb:>7.0f}{result.other_mb:>11.0f}"
        f"{result.endpoints:>10}{result.leads:>11,}{result.found:>11,}{result.stored:>8}"
        for result in results
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

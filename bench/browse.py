"""How long the archive's own pages in Datasette take, and how large they are, over generated reports.

The reports are those of `bench/search.py`, furnished with addresses, runs, captures and edits. `first`: after the file was
dropped from the system's memory; then so many visits, by the clock (median and 95th percentile) and by processor time, as
the machine may be busy with other things. Of exports, the time to their first byte counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from datasette.app import Datasette
from datasette.plugins import pm

import archive.browse
from archive import searchindex
from archive.open import connect
from archive.store import Store
from archive.text.normalise import Normaliser
from bench.furnishing import CONFLICTS, EDITED, KINDS, furnish, is_furnished
from bench.search import BATCH, OUR_DB, Writer, insert

MOST_MS, MOST_KB = 300, 150
PAGES = (
    "/-/archive", "/-/reports", "/-/reports?lang=ar", "/-/reports?source=source-7", "/-/reports?kind=monitor&lang=ar",
    "/-/reports?since=2021-03&until=2021-03", "/-/reports?sort=oldest", "/-/reports?q=the", "/-/reports?q=the&sort=newest",
    "/-/reports?q=shells", "/-/reports?q=greenhouse", "/-/reports?q=shel*", "/-/reports?q=she*", "/-/reports?q=%22of+the%22",
    "/-/reports?q=the&source=source-7", "/-/reports?q=the&kind=monitor", "/-/reports?q=the&lang=en",
    "/-/reports?q=the&since=2021-03&until=2021-03", "/-/reports?q=%D8%A7%D9%84%D9%82%D8%B5%D9%81", "/-/reports.atom?q=the",
    "/-/sources", "/-/sources?kind=monitor", "/-/sources/source-7", "/-/sources/source-7?year=2021", "/-/sources/source-8",
    "/-/changes", "/-/changes?source=source-7", "/-/changes.atom",
)  # fmt: skip
EXPORTS = ("/-/reports.jsonl?q=the", "/-/reports.csv?q=shel*", "/-/reports.csv?lang=ar", "/-/reports.jsonl")
_ONE_REPORT = "select id from articles where id >= (select max(id) / 2 from articles) limit 1"
_EDITED = "select article_id, max(number) from revisions where number > 1 group by 1 order by 1 limit 1"
_CAPTURE = "select max(id) from captures where status = 200"


@dataclass(frozen=True, slots=True)
class Answer:
    """seconds: until it was whole, of an export until its first byte. size: bytes of its body."""

    status: int
    seconds: float
    processor: float
    size: int


def build(path: Path, count: int, seed: int) -> None:
    """Make an archive of so many reports of sixty sources."""
    Store(path).close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("pragma synchronous = off")
        sources = [(f"source-{n}", f"Source {n}", "", CONFLICTS[n % 8], KINDS[n % 4]) for n in range(60)]
        conn.executemany(
            "insert into sources (id, name, homepage, conflict, kind) values (?, ?, ?, ?, ?)", sources
        )
        normaliser, made = Normaliser(), Writer(seed).reports(count)
        while reports := [report for _, report in zip(range(32 * BATCH), made, strict=False)]:
            insert(conn, reports, lambda: searchindex.catch_up(conn, normaliser))


def pages_of(path: Path) -> Iterator[str]:
    """Give the addresses of pages, with those of what the archive has."""
    yield from PAGES
    with closing(connect(path)) as conn:
        yield f"/-/report/{conn.execute(_ONE_REPORT).fetchone()[0]}"
        edited, capture = conn.execute(_EDITED).fetchone(), conn.execute(_CAPTURE).fetchone()[0]
    if edited:
        yield from (f"/-/report/{edited[0]}", f"/-/report/{edited[0]}/diff?first=1&last={edited[1]}")
    if capture:
        yield from (f"/-/replay/{capture}", f"/-/replay/{capture}/page")


async def ask(app: Any, address: str, *, is_export: bool) -> Answer:
    """Ask Datasette for a page as a server would; of an export, no more than its first byte."""
    parts = urlsplit(address)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "headers": [],
        "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
    }  # fmt: skip
    began, began_clock = time.process_time(), time.perf_counter()
    status, size, done = 0, 0, asyncio.Event()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, size
        status = message.get("status", status)
        size += len(message.get("body", b""))
        if size and is_export:
            done.set()
            await asyncio.sleep(3600)  # until it's cancelled

    asked = asyncio.ensure_future(app(scope, receive, send))
    first = asyncio.ensure_future(done.wait())
    await asyncio.wait([asked, first], return_when=asyncio.FIRST_COMPLETED)
    answer = Answer(status, time.perf_counter() - began_clock, time.process_time() - began, size)
    for task in (asked, first):
        task.cancel()
    await asyncio.gather(asked, first, return_exceptions=True)
    return answer


async def visit(path: Path, times: int) -> list[str]:
    """Ask for each page, and print what it took; return those that take too long or are too large."""
    datasette = Datasette([str(path)], settings={"sql_time_limit_ms": 10_000})
    await datasette.invoke_startup()
    app, over = datasette.app(), []
    await ask(app, "/-/reports?q=warm", is_export=False)  # templates are read, and modules
    print(f"{'first':>7}{'p50':>7}{'p95':>7}{'cpu':>7}{'kB':>7}  page")
    wanted = [(page, False) for page in pages_of(path)] + [(page, True) for page in EXPORTS]
    for page, is_export in wanted:
        forget(path)
        first, *warm = [await ask(app, page, is_export=is_export) for _ in range(times + 1)]
        if {first.status, *(each.status for each in warm)} != {200}:
            raise SystemExit(f"{page} answers {first.status}")
        clock = sorted(each.seconds * 1000 for each in warm)
        p95, size = clock[min(times - 1, int(times * 0.95))], first.size / 1000
        is_over = p95 > MOST_MS or (size > MOST_KB and not is_export)
        over += [page] if is_over else []
        print(
            f"{first.seconds * 1000:>7.0f}{statistics.median(clock):>7.0f}{p95:>7.0f}"
            f"{statistics.median(each.processor for each in warm) * 1000:>7.0f}{size:>7.0f}  {page}{'  !' if is_over else ''}",
            flush=True,
        )
    return over


def forget(path: Path) -> None:
    """Have the system forget what it remembers of a file, where it can."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder",
        type=Path,
        help=f"keep {OUR_DB} here; if it's there, what pages show is added, if it lacks it",
    )
    options = parser.parse_args()
    if not pm.is_registered(archive.browse):
        pm.register(archive.browse, "conflict_archive")
    with tempfile.TemporaryDirectory(prefix="bench-browse-") as temporary:
        path = (options.folder or Path(temporary)) / OUR_DB
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            build(path, options.reports, options.seed)
        connect(path).close()  # brings it up to date
        if not is_furnished(path):
            texts = [
                f"{report[3]} {report[4]}".split() for report in Writer(options.seed + 1).reports(EDITED)
            ]
            furnish(path, options.seed, texts)
        over = asyncio.run(visit(path, options.times))
    allowed = f"{MOST_MS} ms (p95) or {MOST_KB} kB"
    print(f"over {allowed}: {', '.join(over)}" if over else f"no page is over {allowed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

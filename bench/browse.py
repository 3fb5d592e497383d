"""How long the search and home pages take, and how large they are, over generated reports.

The reports are those of `bench/search.py`. Processor time counts, as other programs take their share of the machine; the
median of some visits, after a first one.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from datasette.app import Datasette
from datasette.plugins import pm

import archive.browse
from archive import searchindex
from archive.store import Store
from archive.text.normalise import Normaliser
from bench.search import BATCH, Writer, insert

CONFLICTS = ("Syria", "Sudan", "Ukraine", "Myanmar", "Yemen", "Sahel", "Gaza", None)
KINDS = ("independent", "monitor", "official", "agency")
PAGES = (
    "/-/archive", "/-/reports", "/-/reports?lang=ar", "/-/reports?source=source-7", "/-/reports?kind=monitor&lang=ar",
    "/-/reports?since=2021-03&until=2021-03", "/-/reports?sort=oldest", "/-/reports?q=the", "/-/reports?q=the&sort=newest",
    "/-/reports?q=shells", "/-/reports?q=shel*", "/-/reports?q=%22of+the%22", "/-/reports?q=the&source=source-7",
    "/-/reports?q=the&kind=monitor", "/-/reports?q=the&lang=en", "/-/reports?q=the&since=2021-03&until=2021-03",
    "/-/reports?q=%D8%A7%D9%84%D9%82%D8%B5%D9%81", "/-/reports.atom?q=the",
)  # fmt: skip


def build(path: Path, count: int, seed: int) -> None:
    """Make an archive of so many reports of sixty sources."""
    Store(path).close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("pragma synchronous = off")
        sources = [(f"source-{n}", f"Source {n}", CONFLICTS[n % 8], KINDS[n % 4]) for n in range(60)]
        conn.executemany(
            "insert into sources (id, name, homepage, conflict, kind) values (?, ?, '', ?, ?)", sources
        )
        normaliser, made = Normaliser(), Writer(seed).reports(count)
        while reports := [report for _, report in zip(range(32 * BATCH), made, strict=False)]:
            insert(conn, reports, lambda: searchindex.catch_up(conn, normaliser))


async def visit(path: Path, times: int) -> None:
    """Ask for each page, and print what it took."""
    datasette = Datasette([str(path)], settings={"sql_time_limit_ms": 10_000})
    await datasette.invoke_startup()
    print(f"{'ms':>7}{'kB':>7}  page")
    for page in PAGES:
        took = []
        for _ in range(times + 1):
            began = time.process_time()
            response = await datasette.client.get(page)
            took.append((time.process_time() - began) * 1000)
            response.raise_for_status()
        print(f"{statistics.median(took[1:]):>7.0f}{len(response.content) / 1000:>7.0f}  {page}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", type=Path, help="an archive that is there already")
    options = parser.parse_args()
    if not pm.is_registered(archive.browse):
        pm.register(archive.browse, "conflict_archive")
    with tempfile.TemporaryDirectory(prefix="bench-browse-") as folder:
        path = options.db or Path(folder) / "archive.db"
        if options.db is None:
            build(path, options.reports, options.seed)
        asyncio.run(visit(path, options.times))
    return 0


if __name__ == "__main__":
    sys.exit(main())

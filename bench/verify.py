"""Times `archive verify` on generated pages, and what the chain costs.

    python bench/verify.py [--pages 1000 | --db archive.db] [--json]

Pages are written as a crawl writes them, by the archive's own writer, without fetching or extracting. For each mode:
seconds of the processor and by the clock, WARC megabytes a second of the processor's time (of the check as a whole),
and the most memory that the process held. Then what the hash chain costs: microseconds a capture with it and without,
next to what a whole visit takes; and how long 100,000 captures of an old archive take to be chained.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import multiprocessing
import os
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlite_utils import Database

from archive.evidence.scan import scan
from archive.migrations import migrations
from archive.models import ArticleText, Extraction, Lead, RawResponse, Source, Visit
from archive.store import Store
from archive.tables import chain, rows
from archive.writer import ArchiveWriter
from bench.generate import generate_page

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOURCE = Source("bench", "Bench", "https://bench.example/", ("en",), "none", None, "benchmark")
_PARAGRAPH, _TAG = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL), re.compile(r"<[^>]*>")
_CAPTURES = 100_000
_CAPTURE = {
    "run_id": 1, "url": "https://bench.example/2026/01/24/a-report-of-the-usual-length.html", "status": 200,
    "final_url": "https://bench.example/2026/01/24/a-report-of-the-usual-length.html", "content_type": "text/html",
    "fetched_at": "2026-01-24T18:04:11Z", "payload_sha256": "ab" * 32, "payload_bytes": 70_000,
    "warc_file": "bench-20260124180000-1.warc.gz", "warc_offset": 123_456_789,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if an archive that nobody touched was not found clean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=1000, help="how many to generate and write")
    parser.add_argument("--db", type=Path, help="verify this archive instead")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as folder:
        path, visit = (given.db, 0.0) if given.db else _written(Path(folder), given.pages)
        figures = {mode: verify(path, mode) for mode in ("--quick", "", "--full")}
        costs = chain_costs(Path(folder)) | {"visit_us": visit, "scan_mb_s": scan_speed(path)}
    print(json.dumps({"verify": figures, "chain": costs}) if given.json else table(figures, costs))
    return int(any(each["status"] for each in figures.values()))


def _written(folder: Path, count: int) -> tuple[Path, float]:
    # in another process: what we hold would be taken for what our children hold
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(write_pages, (folder, count))


def write_pages(folder: Path, count: int) -> tuple[Path, float]:
    """Write `count` pages as a crawl does; return the archive and the microseconds of the processor a page took."""
    path = folder / "archive.db"
    writer = ArchiveWriter(path, version="bench", clock=lambda: NOW)
    writer.start()
    run = writer.begin_run(SOURCE)
    visits = [make_visit(number) for number in range(count)]
    began = time.process_time()
    for visit in visits:
        run.record_visit(visit)
    run.submit(lambda desk: desk.finish_run("finished", {}, {}, "{}"), is_urgent=True).result()
    spent = time.process_time() - began
    run.end()
    writer.close()
    return path, round(spent / count * 1e6, 1)


def make_visit(number: int) -> Visit:
    """Return a visit to a generated page, compressed as most sites send it."""
    page = generate_page(number)
    url, body = f"https://bench.example{page.path}", gzip.compress(page.html, compresslevel=6, mtime=0)
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    response = RawResponse(url, 200, "OK", "GET", (("User-Agent", "bench"),), headers, body, NOW)
    paragraphs = (_TAG.sub("", text) for text in _PARAGRAPH.findall(page.html.decode()))
    article = ArticleText(title=f"Report {number}", body="\n\n".join(paragraphs))
    return Visit(
        Lead(url, "sitemap"), (response,), url=url, extraction=Extraction(article, extractor_version="bench")
    )


def verify(path: Path, mode: str) -> dict[str, Any]:
    """Run `archive verify` on an archive in a process of its own; return its figures."""
    command = [sys.executable, "-m", "archive.cli", "verify", "--db", str(path), *filter(None, [mode])]
    began = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    cpu = usage.ru_utime + usage.ru_stime
    size = sum(file.stat().st_size for file in (path.absolute().parent / "warc").iterdir()) / 1e6
    return {
        "status": os.waitstatus_to_exitcode(status), "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(cpu, 2), "warc_mb": round(size, 1),
        "warc_mb_per_cpu_second": None if mode == "--quick" else round(size / cpu, 1),
        "memory_mb": round(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)),
    }  # fmt: skip


def scan_speed(path: Path) -> float:
    """Return how fast the WARC files beside an archive are read and hashed, in megabytes a second of the processor."""
    size, began = 0, time.process_time()
    for warc in (path.absolute().parent / "warc").iterdir():
        length = warc.stat().st_size
        with warc.open("rb") as file:
            size += sum(1 for _ in scan(file, length, on_bytes=hashlib.sha256().update)) and length
    return round(size / 1e6 / (time.process_time() - began), 1)


def chain_costs(folder: Path) -> dict[str, float]:
    """Return what chaining costs: microseconds a capture, and seconds for an old archive's captures."""
    path = folder / "old.db"
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="005_custody")
        db["sources"].insert({"id": "bench", "name": "Bench", "homepage": "https://bench.example/"})
        db["runs"].insert({"id": 1, "source_id": "bench", "started_at": "", "version": ""})
        names = ", ".join(_CAPTURE)
        marks = ", ".join("?" * len(_CAPTURE))
        insert = f"insert into captures ({names}) values ({marks})"  # noqa: S608 - ours
        db.conn.executemany(insert, ([*_CAPTURE.values()] for _ in range(_CAPTURES)))
        db.conn.commit()
    began = time.process_time()
    Store(path).close()
    migration = time.process_time() - began
    with closing(sqlite3.connect(path)) as conn:
        chained = _per_row(conn, lambda: chain.append(conn, "captures", _CAPTURE))
        for (trigger,) in conn.execute(
            "select name from sqlite_master where type = 'trigger' and tbl_name = 'captures'"
        ).fetchall():
            conn.execute(f"drop trigger {trigger}")
        plain = _per_row(conn, lambda: rows.insert(conn, "captures", _CAPTURE))
    return {"chained_us": chained, "plain_us": plain, "migration_seconds": round(migration, 2)}


def _per_row(conn: sqlite3.Connection, insert: Callable[[], object], count: int = 20_000) -> float:
    conn.execute("begin immediate")
    began = time.process_time()
    for _ in range(count):
        insert()
    spent = time.process_time() - began
    conn.rollback()
    return round(spent / count * 1e6, 1)


def table(figures: dict[str, dict[str, Any]], costs: dict[str, float]) -> str:
    """Return the figures for people."""
    lines = [f"{'':10} seconds   cpu s  WARC MB  MB/cpu s  memory MB"]
    lines += [
        f"{mode or 'default':10} {each['seconds']:7} {each['cpu_seconds']:7} {each['warc_mb']:8}"
        f" {each['warc_mb_per_cpu_second'] or '-':>9} {each['memory_mb']:10}"
        for mode, each in figures.items()
    ]
    lines.append(f"WARC files alone, read and hashed: {costs['scan_mb_s']} MB a second of the processor")
    lines.append(f"a capture's row: {costs['chained_us']} us chained, {costs['plain_us']} us without")
    if costs["visit_us"]:
        lines.append(f"a whole visit as it is written: {costs['visit_us']} us")
    lines.append(f"{_CAPTURES:,} old captures are chained in {costs['migration_seconds']} s")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

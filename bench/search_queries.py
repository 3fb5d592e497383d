"""How long searches take, by themselves and beside a writer, next to what a user would otherwise do.

By the clock and by processor time, as the machine may be busy with other things; `own` is the longest beside a writer less
what it waited for a processor: what is left of it that the writer's own doing may have caused. `cold`: the first search of that class
after the file was dropped from the system's memory (by the clock; what the disk itself remembers is not ours to forget).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from archive.open import connect
from archive.search import search

Options = dict[str, Any]
CLASSES: dict[str, tuple[str, Options]] = {
    "common word": ("the", {}),
    "middling word": ("shells", {}),
    "rare word": ("greenhouse", {}),
    "two words": ("market killed", {}),
    "phrase": ('"of the"', {}),
    "prefix": ("shel*", {}),
    "short prefix": ("she*", {}),
    "date window": ("the", {"since": date(2021, 3, 1), "until": date(2021, 3, 31)}),
    "years": ("the", {"since": date(2018, 5, 1), "until": date(2021, 3, 31)}),
    "source": ("the", {"source": "source-7"}),
    "language": ("killed", {"language": "en"}),
    "Arabic": ("القصف", {}),
    "Arabic phrase": ('"قصف مدفعي"', {}),
    "newest first": ("the", {"order": "newest"}),
    "oldest first": ("the", {"order": "oldest"}),
    "all of a source": ("source:source-7", {}),
    "with facets": ("the", {"facets": True}),
}
_QUEUE = Path("/proc/thread-self/schedstat")
_UNLIMITED = {"sql_time_limit_ms": 60_000, "num_sql_threads": 1}
# Of what a user would otherwise do, a few are enough: a common word takes seconds.
_OTHER_TIMES = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds by the clock (median, 95th percentile, longest), the median by processor time, and the longest without
    the time for which it stood in the queue for a processor (which Linux tells; elsewhere that is in it)."""

    p50: float
    p95: float
    longest: float
    processor: float
    own: float


def timed(ask: Callable[[], object], times: int) -> Timing:
    """Ask so many times."""
    clock, processor, own = [], [], []
    for _ in range(times):
        queued, began, began_clock = _queued(), time.process_time(), time.perf_counter()
        ask()
        clock.append((time.perf_counter() - began_clock) * 1000)
        processor.append((time.process_time() - began) * 1000)
        own.append(clock[-1] - (_queued() - queued))
    clock.sort()
    return Timing(
        statistics.median(clock),
        clock[min(times - 1, int(times * 0.95))],
        clock[-1],
        statistics.median(processor),
        max(own),
    )


def _queued() -> float:
    """Return for how many milliseconds this thread has stood in the queue for a processor."""
    try:
        return int(_QUEUE.read_text().split()[1]) / 1e6
    except (OSError, IndexError):
        return 0.0


def ask_all(plain: Path, ours: Path, times: int, keep_writing: Callable[..., None], seed: int) -> None:
    """Print a table of all classes."""
    print(
        f"\nmilliseconds{'':<6}{'alone':>9}{'':>18}{'beside a writer':>17}{'':>27}{'cold':>8}{'plain':>9}{'ratio':>7}{'table':>9}"
    )
    print(
        f"{'':<18}{'cpu':>9}{'p50':>9}{'p95':>9}{'p50':>8}{'p95':>9}{'longest':>9}{'own':>9}{'':>9}{'FTS5':>8}{'':>7}{'search':>9}"
    )
    alone, _ = _each(ours, times)
    with _writing(keep_writing, ours, seed):
        beside, largest = _each(ours, times)
    with closing(sqlite3.connect(plain)) as other:
        for name, (query, _) in CLASSES.items():
            mine, cold = alone[name], _cold(ours, name)
            if ":" in query:
                theirs, table = "", ""
                ratio = ""
            else:
                typed = timed(lambda: _typed(other, query), _OTHER_TIMES)  # noqa: B023
                theirs, ratio = f"{typed.processor:.1f}", f"{mine.processor / typed.processor:.2f}"
                table = f"{_table_search(plain, query):.0f}"
            print(
                f"{name:<18}{mine.processor:>9.1f}{mine.p50:>9.1f}{mine.p95:>9.1f}{beside[name].p50:>8.1f}"
                f"{beside[name].p95:>9.1f}{beside[name].longest:>9.1f}{beside[name].own:>9.1f}{cold:>9.1f}{theirs:>8}{ratio:>7}{table:>9}"
            )
    print(f"the write-ahead log had {largest / 1e6:.1f} MB at most")


def _each(ours: Path, times: int) -> tuple[dict[str, Timing], int]:
    """Return how long each class takes, and how large the write-ahead log was at most between them."""
    log, largest = ours.with_name(ours.name + "-wal"), 0
    with closing(connect(ours)) as archive:
        found = {}
        for name, (query, options) in CLASSES.items():
            search(archive, query, **options)
            found[name] = timed(lambda: search(archive, query, **options), times)  # noqa: B023
            largest = max(largest, log.stat().st_size if log.exists() else 0)
        return found, largest


def _cold(ours: Path, name: str) -> float:
    query, options = CLASSES[name]
    with ours.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with closing(connect(ours)) as archive:
        return timed(lambda: search(archive, query, **options), 1).longest


def _typed(conn: sqlite3.Connection, query: str) -> object:
    return conn.execute(
        "select rowid, title, snippet(articles_fts, 1, '[', ']', '…', 32) from articles_fts where articles_fts match ?"
        " order by rank limit 20", [query],
    ).fetchall()  # fmt: skip


def _table_search(plain: Path, query: str) -> float:
    """Return how long Datasette's own search of the plain table takes (by the clock), as its page asks for it."""

    async def ask() -> float:
        datasette = Datasette([str(plain)], settings=_UNLIMITED)
        await datasette.invoke_startup()
        took = []
        for _ in range(_OTHER_TIMES):
            began = time.perf_counter()
            answer = await datasette.client.get(
                "/plain/articles.json", params={"_search": query, "_size": "20"}
            )
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
        return statistics.median(took)

    return asyncio.run(ask())


@contextmanager
def _writing(keep_writing: Callable[..., None], path: Path, seed: int) -> Iterator[None]:
    stop = multiprocessing.Event()
    begun = multiprocessing.Event()
    writer = multiprocessing.Process(target=keep_writing, args=(path, seed + 1, begun, stop))
    writer.start()
    try:
        begun.wait(60)
        yield
    finally:
        stop.set()
        writer.join()

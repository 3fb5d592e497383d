"""Times `scrapy importwarc` on generated pages against the extraction alone, all cores busy in both.

    python bench/importwarc.py [--records N] [--rounds N] [--no-learn]

A WARC file of N generated pages (gzip, a record a page) is made first. The extraction alone: such pages, gzipped and
held in memory, go through the same workers with the template that they teach, and what comes back is dropped. The import: the
command as a user runs it, its start and end included, into an empty archive. The two take turns; printed are pages a
second by the clock and by the processor's time of all processes, and the memory of the command's own process as it
was after a fifth of the pages and at its highest.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from bench.generate import generate_page
from bench.measure import Cost, measure
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely, learn_remotely
from crawler.unpacking import Packed

ROOT = Path(__file__).resolve().parent.parent
SITE = "https://observer.example"
_AT = datetime(2026, 10, 1, tzinfo=UTC)
_SAMPLE = (
    400  # pages that the extraction alone is given, over and over: all of them would not fit into memory
)
ENTRY = f"""id = "observer"
name = "The Generated Observer"
homepage = "{SITE}/"
languages = ["en"]
conflict = "none"
kind = "generated"
article_pattern = '/20\\d\\d/\\d\\d/\\d\\d/'
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the command's own process in MB: early, and at its highest."""

    early: float
    most: float


class _Writer(WARCWriter):
    """warcio leaves its temporary files to the garbage collector."""

    @classmethod
    def _create_temp_file(cls) -> BytesIO:
        return BytesIO()


def write_warc(path: Path, count: int) -> None:
    """Write a file of `count` generated pages, as a crawler of others would."""
    with path.open("wb") as out:
        writer = _Writer(out, gzip=True)
        for number in range(count):
            page = generate_page(number)
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], "HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    SITE + page.path, "response", payload=BytesIO(page.html), http_headers=headers,
                    warc_headers_dict={"WARC-Date": "2026-10-01T00:00:00Z"},
                )
            )  # fmt: skip


def extract_alone(count: int, *, learn: bool) -> tuple[float, float]:
    """Return the seconds and the processor seconds that `count` extractions take, in a process of their own."""
    options = ["--alone", "--records", str(count), *([] if learn else ["--no-learn"])]
    cost = measure([sys.executable, __file__, *options], cwd=ROOT, env=os.environ)
    if cost.status:
        raise SystemExit(cost.output)
    seconds, preparing = map(float, cost.output.split())
    return seconds, cost.cpu - preparing


async def _extract_alone(count: int, *, learn: bool) -> None:
    """Print how many seconds the extractions took, and how many of the processor what came before them."""
    made = (generate_page(number) for number in range(min(count, _SAMPLE)))
    pages = [(SITE + page.path, Packed(gzip.compress(page.html, 6), len(page.html) + 1)) for page in made]
    preparing, began = time.process_time(), time.perf_counter()
    pool = WorkerPool(len(os.sched_getaffinity(0)))

    async def extract(number: int, template: KnownTemplate | None) -> object:
        url, page = pages[number % len(pages)]
        return await pool.run(
            extract_remotely, page, url=url, content_type="text/html", fetched_at=_AT,
            hints=Hints(), template=template,
        )  # fmt: skip

    template = None
    if learn:
        first = await asyncio.gather(*(extract(number, None) for number in range(12)))
        lessons = [each.lesson.lesson for each in first if each.lesson]  # type: ignore[attr-defined]
        template = KnownTemplate((await pool.run(learn_remotely, lessons)).document)
    for start in range(0, count, 64):
        await asyncio.gather(*(extract(number, template) for number in range(start, min(start + 64, count))))
    pool.close()
    print(time.perf_counter() - began, preparing)


def import_all(warc: Path, folder: Path, count: int) -> tuple[Cost, Memory]:
    """Run the command on the file, into an archive in `folder`; return what it cost."""
    folder.mkdir()
    (folder / "observer.toml").write_text(ENTRY)
    archive = folder / "archive.db"
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "importwarc",
        "--db",
        str(archive),
        "-s",
        f"SOURCES_DIR={folder}",
        str(warc),
    ]
    env = os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"}
    samples: list[float] = []
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(str(archive), samples, done))
    watcher.start()
    cost = measure(command, cwd=ROOT, env=env)
    done.set()
    watcher.join()
    if cost.status or f"{count:>9,}  new reports" not in cost.output:
        raise SystemExit(f"the import lost pages:\n{cost.output}")
    return cost, Memory(samples[len(samples) // 5], max(samples))


def _watch(archive: str, samples: list[float], done: threading.Event) -> None:
    while not done.wait(0.25):
        samples.extend(_resident(archive))


def _resident(archive: str) -> Iterator[float]:
    """Yield the memory of the process that has the archive among its arguments, and is no helper of ours."""
    found = subprocess.run(["ps", "-eo", "rss,args"], capture_output=True, text=True, check=False).stdout
    for line in found.splitlines()[1:]:
        size, _, arguments = line.strip().partition(" ")
        if archive in arguments and "measure.py" not in arguments:
            yield int(size) / 1024


def main() -> None:
    """Print the figures of each round, and the ratios."""
    parser = argparse.ArgumentParser(description="Time scrapy importwarc against the extraction alone.")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--no-learn", action="store_true", help="compare with an extraction without a template"
    )
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    count = options.records
    if options.alone:
        asyncio.run(_extract_alone(count, learn=not options.no_learn))
        return
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        warc = Path(name) / "pages.warc.gz"
        write_warc(warc, count)
        print(f"{count:,} pages, {warc.stat().st_size / 1024**2:,.0f} MB of WARC")
        print(f"{'':<12}{'pages/s':>10}{'cpu ms/page':>13}{'MB early':>10}{'MB most':>9}")
        for number in range(options.rounds):
            alone, alone_cpu = extract_alone(count, learn=not options.no_learn)
            cost, memory = import_all(warc, Path(name) / f"archive-{number}", count)
            print(f"{'extraction':<12}{count / alone:>10.1f}{1000 * alone_cpu / count:>13.1f}")
            print(
                f"{'import':<12}{count / cost.seconds:>10.1f}{1000 * cost.cpu / count:>13.1f}"
                f"{memory.early:>10.0f}{memory.most:>9.0f}"
            )
            print(
                f"ratio by the clock {alone / cost.seconds:.2f}, by processor time {alone_cpu / cost.cpu:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

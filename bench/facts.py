"""What the records that tell of a visit cost (`archive/evidence/facts.py`): processor time and bytes a page.

    python bench/facts.py [--pages 400]

Generated pages are written with and without them, through the store and the WARC file, three times in turn.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.evidence.warc import WarcFile
from archive.models import ArticleText, Extraction, Lead, RawResponse, Source, Visit
from archive.store import Store
from archive.tables.articles import text_columns
from archive.writer import Desk
from bench.generate import generate_page

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("bench", "Bench", "https://bench.example/", ("en",), "none", None, "independent")
_HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"))
_ROUNDS = 3


def visit(number: int) -> Visit:
    """Return a visit to a generated page, as a crawl hands it to the writer."""
    page = generate_page(number)
    url = f"https://bench.example{page.path}"
    article = ArticleText(
        title=f"Report {number}", body=f"Some words of report {number}. " * 80, author="A. Name"
    )
    extraction = Extraction(article, extractor_version="2", path="template", columns=text_columns(article))
    body = gzip.compress(page.html, compresslevel=6, mtime=0)
    response = RawResponse(url, 200, "OK", "GET", (("User-Agent", "bench"),), _HEADERS, body, NOW)
    lead = Lead(url, "sitemap", "https://bench.example/sitemap.xml", title_hint=article.title)
    return Visit(lead, (response,), url=url, extraction=extraction)


def write(visits: list[Visit], *, tells: bool) -> tuple[float, int]:
    """Write the visits to a new archive; return the seconds of processor time, and the bytes of its WARC files."""
    with tempfile.TemporaryDirectory(prefix="bench-facts-") as name:
        folder = Path(name)
        with Store(folder / "archive.db", clock=lambda: NOW) as store:
            run, warc = store.begin_run(SOURCE, "bench"), WarcFile(folder / "warc", SOURCE.id, NOW)
            desk = Desk(store, run, warc, lambda: NOW)
            began = time.process_time()
            for each in visits:
                if tells:
                    desk.record_visit(each)
                else:
                    store.record_visit(run, each, [warc.add(each.responses[0])])
            store.commit()
            seconds = time.process_time() - began
            warc.close()
        return seconds, sum(path.stat().st_size for path in (folder / "warc").iterdir())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=400)
    pages = parser.parse_args().pages
    visits = [visit(number) for number in range(pages)]
    for _ in range(_ROUNDS):
        (plain, small), (told, large) = (write(visits, tells=tells) for tells in (False, True))
        print(
            f"a page takes {1e6 * plain / pages:.0f} microseconds and {small / pages:,.0f} bytes, and with what is told of it "
            f"{1e6 * (told - plain) / pages:+.0f} microseconds and {(large - small) / pages:+,.0f} bytes"
        )


if __name__ == "__main__":
    main()

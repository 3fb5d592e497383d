"""Times the extraction on one core against `trafilatura.bare_extraction` with metadata, on the same saved pages.

    python bench/extract.py PAGES.jsonl [--set NAME] [--rounds N] [--together]

PAGES.jsonl: a page a line: id, url, path (HTML or gzipped HTML beside it). The pages of each host with four or more
teach a template; a page is read with a template that the host's other pages taught, so that none reads itself (with
--together by all of them, as `scrapy extract` does, and as in a crawl once a site is known). The
ways take turns page by page, in one process, and what is given is processor time: the best of the rounds for each page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from trafilatura import bare_extraction

from archive.models import Extraction
from crawler.extraction.article import extract_article
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.templates.teacher import learn_template

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_MIN_PAGES = 4


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved page: its URL and its bytes."""

    url: str
    payload: bytes

    @property
    def host(self) -> str:
        """Return the URL's host, without "www."."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def read_saved(path: Path, name: str | None) -> list[Saved]:
    """Return the pages that `path` lists; name: only those of this set."""
    pages = []
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if name in {None, row.get("set")}:
                payload = (path.parent / row["path"]).read_bytes()
                packed = payload.startswith(b"\x1f\x8b")
                pages.append(Saved(row["url"], gzip.decompress(payload) if packed else payload))
    return pages


def extract(page: Saved, template: KnownTemplate | None = None) -> Extraction:
    """Return what our extraction makes of a page."""
    return extract_article(
        page.payload, url=page.url, content_type=None, fetched_at=_NOW, hints=Hints(), template=template
    )


def templates_of_others(pages: Sequence[Saved], *, together: bool) -> list[KnownTemplate | None]:
    """Return for each page the template that its host's other pages teach; None where they are too few.

    together: the page itself is one of them.
    """
    lessons: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
    for number, page in enumerate(pages):
        lesson = extract(page).lesson
        if lesson is not None:
            lessons[page.host][number] = lesson.lesson
    found: list[KnownTemplate | None] = []
    for number, page in enumerate(pages):
        others = [lesson for other, lesson in lessons[page.host].items() if together or other != number]
        enough = len(others) >= _MIN_PAGES - 1
        found.append(KnownTemplate(learn_template(others).document) if enough else None)
    return found


def best_of(rounds: int, ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least processor time in seconds that each way took, the ways taking turns."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - start)
    return best


def main() -> None:
    """Print the pages a second of each way, and the ratios."""
    parser = argparse.ArgumentParser(description="Time the extraction against trafilatura's.")
    parser.add_argument("pages", type=Path)
    parser.add_argument("--set", help="only the pages of this set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--together", action="store_true", help="a page is among those that teach its template"
    )
    options = parser.parse_args()
    pages = read_saved(options.pages, options.set)
    known = templates_of_others(pages, together=options.together)
    seconds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    counts: Counter[str] = Counter()
    for page, template in zip(pages, known, strict=True):
        path = extract(page, template).path if template else "no template"
        took = best_of(
            options.rounds,
            {
                "trafilatura": lambda page=page: bare_extraction(
                    page.payload, url=page.url, with_metadata=True
                ),
                "ours": lambda page=page, template=template: extract(page, template),
            },
        )
        groups = [path, "all"] + (["sites with a template"] if template else [])
        for group in groups:
            counts[group] += 1
            seconds[group].update(took)
    print(f"{'':<24}{'pages':>6}{'trafilatura':>14}{'ours':>10}{'ratio':>8}")
    for group in ("template", "mixed", "single", "sites with a template", "no template", "all"):
        if counts[group]:
            theirs, ours = seconds[group]["trafilatura"], seconds[group]["ours"]
            rate = counts[group]
            print(
                f"{group:<24}{rate:>6}{1000 * theirs / rate:>11.1f} ms{1000 * ours / rate:>7.1f} ms{theirs / ours:>8.2f}"
            )


if __name__ == "__main__":
    main()

"""Scores the extraction on pages with reference texts.

    python bench/quality.py PAGES.jsonl [--half development|report] [--set NAME] [--misses N] [--no-learn]

PAGES.jsonl: a page a line: id, set, url, path (gzipped HTML beside it), body, and perhaps title and date (ISO 8601
with its offset). The pages of a half are those of half of the hosts: rules are made on one half and judged on the
other. Pages are extracted as `scrapy extract` does it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.scoring import Score, Text, body_f1, half_of, score

_COLUMNS = ("f1", "precision", "recall", "exact", "title_equal", "title_words", "minute", "day")


def read_references(path: Path) -> dict[str, dict[str, Any]]:
    """Return the lines of a file of reference pages by their ids."""
    with path.open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def extract_pages(path: Path, *, learn: bool) -> dict[str, dict[str, Any]]:
    """Return what `scrapy extract` makes of the pages that `path` lists, by id; its own report goes to stderr."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        options = [] if learn else ["--no-learn"]
        command = [sys.executable, "-m", "scrapy", "extract", str(path.absolute()), "-o", str(out), *options]
        subprocess.run(command, check=True, cwd=Path(__file__).resolve().parent.parent)
        return read_references(out)


def pair(reference: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Text, Text]:
    """Return a reference line and an extracted one as the scores want them."""
    return (
        Text(reference["body"], reference.get("title"), _instant(reference.get("date"))),
        Text(found.get("body") or "", found.get("title"), _instant(found.get("published_at"))),
    )


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_row(name: str, scores: Score) -> str:
    """Return a line of the table."""
    cells = [getattr(scores, column) for column in _COLUMNS]
    shown = "  ".join("     -" if cell is None else f"{cell:6.4f}" for cell in cells)
    return f"{name:<20} {scores.pages:>5}  {shown}"


def main() -> None:
    """Print the scores of each set and half, and the worst pages if asked."""
    parser = argparse.ArgumentParser(description="Score the extraction on pages with reference texts.")
    parser.add_argument("pages", type=Path)
    parser.add_argument("--half", choices=("development", "report"))
    parser.add_argument("--set", help="only the pages of this set")
    parser.add_argument("--misses", type=int, default=0, help="also list the N worst pages")
    parser.add_argument("--no-learn", action="store_true", help="read each page by itself")
    options = parser.parse_args()
    references = read_references(options.pages)
    found = extract_pages(options.pages, learn=not options.no_learn)
    groups = defaultdict(list)
    worst = []
    for page_id, reference in references.items():
        half = half_of(reference["url"])
        if options.half in {None, half} and options.set in {None, reference["set"]}:
            texts = pair(reference, found.get(page_id, {}))
            for name in ("all", half, reference["set"], f"{reference['set']} {half}"):
                groups[name].append(texts)
            worst.append((body_f1(texts[0].body, texts[1].body), page_id, reference["url"]))
    print(f"{'':<20} {'pages':>5}  " + "  ".join(f"{column[:6]:>6}" for column in _COLUMNS))
    for name in sorted(groups):
        print(as_row(name, score(groups[name])))
    for value, page_id, url in sorted(worst)[: options.misses]:
        print(f"  {value:.3f} {page_id} {url}")


if __name__ == "__main__":
    main()

"""Serves saved pages under their own addresses, crawls them with the real spider, and accounts for each.

    python bench/replay.py PAGES.jsonl [--keep FOLDER] [--json]

PAGES.jsonl has a line a page: {"id", "url", "path"}, the path relative to the file, gzipped or plain HTML.
Exits with 1 if a page is neither archived nor has a reason why not.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.urls import canonical_url, url_key
from bench.ours import ROOT, crawl_of
from bench.server import ANY_HOST, Answer, PageServer, Routes, sitemap
from crawler.discovery.traps import trap

_SITEMAP = "http://replay.example/sitemap.xml"
_LEADS = """
select url_key, state, outcome, last_error,
       (select group_concat(payload_sha256) from captures where lead_id = leads.id and status = 200) as hashes
from leads
"""


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page of the file: where it was published, and its bytes as they're served."""

    id: str
    url: str
    body: bytes
    gzipped: bool

    @property
    def sha256(self) -> str:
        """Return the hash of what is sent."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a page. lost: it's not in the archive, and nothing says why."""

    id: str
    url: str
    listed: bool
    captured: bool
    archived: bool
    outcome: str
    reason: str | None

    @property
    def lost(self) -> bool:
        """Tell whether the page went missing without a reason."""
        return not self.archived and not self.reason


def read_pages(path: Path) -> list[SavedPage]:
    """Return the pages of a JSON Lines file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [_saved(row, path.parent) for row in rows]


def _saved(row: dict[str, str], folder: Path) -> SavedPage:
    body = (folder / row["path"]).read_bytes()
    # a fragment never reaches a server: it says where on the page the reader began
    url = row["url"].partition("#")[0]
    return SavedPage(row["id"], url, body, gzipped=body[:2] == b"\x1f\x8b")


def make_routes(path: Path, _: str) -> Routes:
    """Return every page under the host, path and query that the crawler asks for, and the sitemap of all."""
    pages = read_pages(path)
    routes = {_address(page.url): Answer(page.body, gzipped=page.gzipped) for page in reversed(pages)}
    return routes | {_address(_SITEMAP): sitemap([page.url for page in pages])}


def _address(url: str) -> tuple[str, str]:
    parts = urlsplit(canonical_url(url))
    return parts.netloc, urlunsplit(("", "", parts.path, parts.query, ""))


def main(arguments: list[str]) -> int:
    """Replay, print what became of the pages, and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, metavar="PAGES.jsonl", help="the pages to serve")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the archive and its log there")
    parser.add_argument("--json", action="store_true", help="print everything for a program")
    given = parser.parse_args(arguments)
    if given.keep is not None and (given.keep / "archive.db").exists():
        parser.error(f"{given.keep} holds an archive already; name a folder that is new")
    with tempfile.TemporaryDirectory(prefix="bench-replay-") as folder:
        fates, seconds = replay(given.pages.resolve(), given.keep or Path(folder))
    print(_as_json(fates, seconds) if given.json else _as_text(fates, seconds))
    return 1 if any(fate.lost for fate in fates) else 0


def replay(path: Path, folder: Path) -> tuple[list[Fate], float]:
    """Crawl the pages into a new archive in `folder`; return what became of each, and the crawl's seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    with PageServer(functools.partial(make_routes, path)) as server:
        hosts = json.dumps({ANY_HOST: server.base})
        crawl = crawl_of(_SITEMAP, folder.resolve(), source_id="replay", options=("-s", f"HOST_MAP={hosts}"))
        began = time.perf_counter()
        with (folder / "crawl.log").open("w") as log:
            done = subprocess.run(crawl.command, cwd=ROOT, env=crawl.env, stdout=log, stderr=log, check=False)
        seconds = time.perf_counter() - began
    if done.returncode != 0 or not crawl.archive.exists():
        raise SystemExit(f"the crawl failed:\n{(folder / 'crawl.log').read_text()}")
    return _fates(read_pages(path), crawl.archive), seconds


def _fates(pages: list[SavedPage], archive: Path) -> list[Fate]:
    with closing(sqlite3.connect(archive)) as conn:
        conn.row_factory = sqlite3.Row
        leads = {row["url_key"]: row for row in conn.execute(_LEADS)}
        articles = {row[0] for row in conn.execute("select url_key from articles")}
    fates: list[Fate] = []
    taken: dict[str, str] = {}
    for page in pages:
        key = url_key(page.url)
        if key in taken:
            fates.append(_unserved(page, f"has the same address as {taken[key]}, so that it can't be served"))
        elif key in leads:
            fates.append(_fate(page, leads[key], is_article=key in articles))
        else:
            rule = trap(canonical_url(page.url))
            fates.append(_unserved(page, rule and f"refused by the rule {rule}"))
        taken.setdefault(key, page.id)
    return fates


def _unserved(page: SavedPage, reason: str | None) -> Fate:
    return Fate(page.id, page.url, False, False, False, "not fetched", reason)


def _fate(page: SavedPage, lead: sqlite3.Row, *, is_article: bool) -> Fate:
    # an outcome such as `duplicate` has its report under another address, which its reason names
    archived = lead["state"] == "stored" and (is_article or bool(lead["last_error"]))
    captured = page.sha256 in (lead["hashes"] or "").split(",")
    outcome = lead["outcome"] or lead["state"]
    return Fate(page.id, page.url, True, captured, archived, outcome, lead["last_error"])


def _as_json(fates: list[Fate], seconds: float) -> str:
    pages = [asdict(fate) | {"lost": fate.lost} for fate in fates]
    return json.dumps({"seconds": round(seconds, 2), **_counts(fates), "pages": pages}, ensure_ascii=False)


def _counts(fates: list[Fate]) -> dict[str, int]:
    return {
        "total": len(fates),
        "listed": sum(fate.listed for fate in fates),
        "captured": sum(fate.captured for fate in fates),
        "archived": sum(fate.archived for fate in fates),
        "lost": sum(fate.lost for fate in fates),
    }


def _as_text(fates: list[Fate], seconds: float) -> str:
    counts = _counts(fates)
    lines = [f"{counts[what]:>6} of {len(fates)} {what}" for what in ("listed", "captured", "archived")]
    lines.append(f"{counts['lost']:>6} lost without a reason")
    lines.append(f"in {seconds:.1f} s, {len(fates) / seconds:.1f} pages/s")
    lines += [
        f"{fate.outcome}: {fate.id} {fate.url}\n    {fate.reason or 'no reason is given'}"
        for fate in fates
        if fate.reason or not fate.captured or not fate.archived
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

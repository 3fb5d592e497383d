"""What an archive has besides reports, for generated ones: addresses, runs, feeds, and some reports with captures and edits."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.clock import to_text
from archive.models import ArticleText, Extraction, Lead, PublishedDate, RawResponse, Source, Visit
from archive.writer import ArchiveWriter

CONFLICTS = ("Syria", "Sudan", "Ukraine", "Myanmar", "Yemen", "Sahel", "Gaza", None)
KINDS = ("independent", "monitor", "official", "agency")
EDITED, RUNS, ENDPOINTS = 500, 300, 12
EDITED_SOURCE = Source("source-7", "Source 7", "https://edited.example/", ("en",), "Syria", None, "monitor")
_TITLE = 8  # words
_NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
_FATES = (
    ("failed", "gone", 1, "HTTP 404 Not Found"), ("failed", "failed", 6, "HTTP 503 Service Unavailable"),
    ("skipped", "not_an_article", 1, "too_short: it has 12 words"), ("skipped", "too_old", 0, None), ("waiting", None, 0, None),
)  # fmt: skip
_LEAD = """
insert into leads (source_id, url, url_key, via, first_seen_at, published_hint, state, outcome, attempts, last_attempt_at,
    last_error) values (?, ?, ?, 'feed', ?, ?, ?, ?, ?, ?, ?)
"""
_REPORTS = "select source_id, url, url_key, published_at from articles order by id"
_RUN = """
insert into runs (source_id, started_at, finished_at, finish_reason, version, found, stored, requests, stats)
values (?, ?, ?, 'finished', '0', 9, 5, 20, ?)
"""
_ENDPOINT = """
insert into endpoints (source_id, url, kind, status, outcome, last_checked_at, last_read_at, last_new_at)
values (?, ?, 'feed', 200, 'read', ?, ?, ?)
"""


def is_furnished(path: Path) -> bool:
    """Tell whether this was done to an archive."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("select 1 from captures limit 1").fetchone() is not None


def furnish(path: Path, seed: int, texts: Sequence[Sequence[str]]) -> None:
    """Give an archive of generated reports what pages show of them. texts: the words of reports that are to be edited."""
    with closing(sqlite3.connect(path, timeout=60)) as conn:
        conn.execute("pragma synchronous = off")
        sources = [row[0] for row in conn.execute("select id from sources order by rowid")]
        conn.executemany(
            "update sources set conflict = ?, kind = ? where id = ?",
            [(CONFLICTS[n % 8], KINDS[n % 4], source) for n, source in enumerate(sources)],
        )
        if conn.execute("select 1 from leads limit 1").fetchone() is None:
            reports = conn.execute(_REPORTS).fetchall()
            conn.executemany(_LEAD, _leads(reports, random.Random(seed)))
        conn.executemany(_RUN, _runs(sources))
        conn.executemany(_ENDPOINT, _endpoints(sources))
        conn.commit()
    _edit(path, texts)


def _leads(
    reports: Sequence[tuple[str, str, str, str]], chance: random.Random
) -> Iterator[tuple[object, ...]]:
    """Give the address of each report, and a fifth as many of which none came."""
    for number, (source, url, key, at) in enumerate(reports):
        hint = at if number % 50 else None
        yield source, url, key, at, hint, "stored", "stored", 0, at, None
        if number % 5 == 0:
            state, outcome, attempts, error = chance.choice(_FATES)
            day = at[:10].replace("-", "/") + "/" if number % 10 else ""
            tried = at if outcome else None
            yield source, f"{url}-x/{day}", f"{key}-x", at, None, state, outcome, attempts, tried, error


def _runs(sources: Sequence[str]) -> Iterator[tuple[object, ...]]:
    stats = json.dumps({"endpoints/read": 3})
    for number in range(RUNS):
        at = _NOW - timedelta(days=RUNS - number)
        for source in sources:
            yield source, to_text(at), to_text(at + timedelta(minutes=3)), stats


def _endpoints(sources: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for source in sources:
        for number in range(ENDPOINTS):
            yield source, f"https://{source}.example/feed/{number}", *[to_text(_NOW)] * 3


def _edit(path: Path, texts: Sequence[Sequence[str]]) -> None:
    """Record two visits to each of some reports, the second of which finds other words."""
    writer = ArchiveWriter(path, version="bench", clock=lambda: _NOW)
    writer.start()
    run = writer.begin_run(EDITED_SOURCE)
    for number, words in enumerate(texts):
        for changed in (
            list(words),
            [*words[: len(words) // 2], "at", "least", "seven", *words[len(words) // 2 :]],
        ):
            run.record_visit(_visit(number, changed)).result()
    run.submit(lambda desk: desk.finish_run("finished", {}, {}, "{}"), is_urgent=True).result()
    run.end()
    writer.close()


def _visit(number: int, words: Sequence[str]) -> Visit:
    url = f"{EDITED_SOURCE.homepage}{number}"
    title = " ".join(words[:_TITLE])
    body = "\n\n".join(" ".join(words[begin : begin + 50]) for begin in range(_TITLE, len(words), 50))
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in body.split("\n\n"))
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{paragraphs}</body></html>"
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"))
    payload = gzip.compress(html.encode(), mtime=0)
    response = RawResponse(url, 200, "OK", "GET", (("User-Agent", "bench"),), headers, payload, _NOW)
    at = _NOW - timedelta(hours=number)
    article = ArticleText(
        title, body, language="en", published=PublishedDate(at, "second", "meta", to_text(at))
    )
    return Visit(
        Lead(url, "feed"), (response,), url=url, extraction=Extraction(article, extractor_version="1")
    )

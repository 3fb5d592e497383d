"""How fast an archive is published, and in how much memory: generated reports, without rules and with names and expressions.

    python bench/publish.py [--reports 20000] [--names 100]

Each report has 400 words, a revision and a capture; every twentieth a second revision. Each publication is a process of its own, whose
processor time and largest memory are told.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import searchindex
from archive.models import ArticleText
from archive.schema import open_for_writing
from archive.tables import chain
from archive.tables.articles import content_sha256
from archive.text.folding import folded_words
from bench.search import Writer

_AT = "2026-01-28T00:00:00Z"


def fill(path: Path, count: int) -> None:
    """Make an archive of so many reports."""
    with closing(open_for_writing(path, create=True, timeout=5)) as conn:
        conn.execute("pragma synchronous = off")
        conn.executemany(
            "insert into sources (id, name, homepage) values (?, ?, ?)",
            [(f"source-{number}", f"Source {number}", "https://x.example/") for number in range(60)],
        )
        conn.execute(
            "insert into runs (source_id, started_at, version) values ('source-0', ?, '0.1.0')", [_AT]
        )
        for number, report in enumerate(Writer(1).reports(count), start=1):
            source, url, key, title, body, language, published, words, *_ = map(str, report)
            sha256 = content_sha256(ArticleText(title, body))
            chain.append(conn, "captures", {
                "run_id": 1, "url": url, "final_url": url, "status": 200, "fetched_at": _AT, "payload_sha256": sha256,
                "payload_bytes": 1, "warc_file": "x", "warc_offset": number,
            })  # fmt: skip
            twice = number % 20 == 0
            conn.execute(
                "insert into articles (id, source_id, url, url_key, title, body, language, published_at, word_count, content_sha256,"
                " first_seen_at, last_seen_at, revision_count, folded_words) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [number, source, url, key, title, body, language, published, words, sha256, _AT, _AT, 1 + twice, folded_words(title, body)],
            )  # fmt: skip
            for place in range(1, 2 + twice):
                text = body if place == 1 + twice else body.replace(" ", " at least 7 killed ", 1)
                conn.execute(
                    "insert into revisions (article_id, number, seen_at, capture_id, title, language, published_at, content_sha256,"
                    " extractor_version, body) values (?, ?, ?, ?, ?, ?, ?, ?, '1', ?)",
                    [number, place, _AT, number, title, language, published, content_sha256(ArticleText(title, text)), text],
                )  # fmt: skip
            if number % 1000 == 0:
                conn.execute("delete from search_pending")  # what is published is indexed anew
                conn.commit()
        conn.execute("delete from search_pending")
        conn.commit()
        searchindex.version(conn)


def rules(names: int) -> Iterator[str]:
    """Give a configuration of so many names, of which some are found, and two expressions."""
    made = random.Random(2)
    words = [
        " ".join("".join(made.choices("abdehiklmnorst", k=6)).title() for _ in range(2)) for _ in range(names)
    ]
    yield f"[[patterns]]\nwords = {json.dumps([*words, 'Saraqeb', 'civilians'])}\n"
    yield "[[patterns]]\nmatch = '\\+\\d[\\d ()-]{6,}\\d'\n[[patterns]]\nmatch = '\\bstreet \\d+'\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--names", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in (asked.reports // 4, asked.reports):
            archive, config = Path(folder, f"{count}.db"), Path(folder, "rules.toml")
            fill(archive, count)
            config.write_text("".join(rules(asked.names)), encoding="utf-8")
            for told, more in (
                ("no rules", []),
                (f"{asked.names} names, 2 expressions", ["--redact", str(config)]),
            ):
                out = Path(folder, "public.db")
                command = [
                    sys.executable,
                    "-m",
                    "archive.cli",
                    "publish",
                    "--db",
                    str(archive),
                    "--out",
                    str(out),
                    "--json",
                    *more,
                ]
                child = os.posix_spawn(
                    sys.executable,
                    command,
                    os.environ,
                    file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
                )
                _, status, used = os.wait4(child, 0)
                if status:
                    return 1
                seconds = used.ru_utime + used.ru_stime
                print(f"{count:>9,} reports, {told:<28} {count / seconds:7,.0f} a processor second, {used.ru_maxrss / 1024:5,.0f} MB at most, "
                      f"{archive.stat().st_size / 1e6:,.0f} MB -> {out.stat().st_size / 1e6:,.0f} MB")  # fmt: skip
                out.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast reports are indexed and searched, against a plain FTS5 table in the same run.

Reports are made of words with a natural distribution (a few words very often, most hardly ever), in seven languages, over
nine years. Processor time counts, as other programs take their share of the machine.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sqlite3
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import searchindex
from archive.store import Store
from archive.text.forms import Forms
from archive.text.normalise import WORDS, GivenForms, Normaliser
from archive.writelog import WriteLog
from bench.search_queries import ask_all
from crawler.demo.expected import expected_reports

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ar", "ru", "uk", "fr", "tr", "fa")
WORDS_OF_A_REPORT, VOCABULARY, BATCH = 400, 40_000, 64
BEGIN, DAYS = datetime(2017, 1, 1, tzinfo=UTC), 9 * 365
COLUMNS = "source_id, url, url_key, title, body, language, published_at, word_count, content_sha256, first_seen_at, last_seen_at"
PLAIN_DB, OUR_DB = "plain.db", "archive.db"
PLAIN = """
create table articles (id integer primary key, source_id, url, url_key, title, body, language, published_at, word_count,
    content_sha256, first_seen_at, last_seen_at);
create index articles_published_at on articles(published_at);
create virtual table articles_fts using fts5(title, body, content="articles", content_rowid="id");
create trigger articles_fts_insert after insert on articles begin
    insert into articles_fts (rowid, title, body) values (new.id, new.title, new.body);
end;
"""
ENDINGS = {
    "en": ("", "s", "ed", "ing"), "fr": ("", "s", "e", "ement"), "tr": ("", "lar", "da", "in"), "ru": ("", "а", "ов", "ами"),
    "uk": ("", "а", "ів", "ами"), "ar": ("", "ات", "ين", "ها"), "fa": ("", "ها", "های", "ی"),
}  # fmt: skip


class Writer:
    """Makes reports; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words = {language: self._vocabulary(language) for language in LANGUAGES}
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))

    def _vocabulary(self, language: str) -> list[str]:
        """Return real words, the most frequent first, and behind them made-up ones of the same letters with endings."""
        counts = Counter(
            word.lower() for title, body in texts(language) for word in WORDS.findall(f"{title} {body}")
        )
        words = [word for word, _ in counts.most_common()]
        letters = sorted({letter for word in words for letter in word if letter.isalpha()})
        while len(words) < VOCABULARY:
            stem = "".join(self._random.choices(letters, k=self._random.randint(3, 8)))
            words += (stem + ending for ending in ENDINGS[language])
        return words[:VOCABULARY]

    def reports(self, count: int) -> Iterator[tuple[object, ...]]:
        """Give `count` reports in the order of their days, as values of COLUMNS."""
        for number in range(count):
            language = self._random.choice(LANGUAGES)
            words = self._random.choices(
                self._words[language], cum_weights=self._weights, k=WORDS_OF_A_REPORT
            )
            if language == "ar":
                words = [f"ال{word}" if self._random.random() < 0.3 else word for word in words]
            at = (BEGIN + timedelta(days=DAYS * number / count)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = "\n\n".join(
                " ".join(words[begin : begin + 50]) + "." for begin in range(8, len(words), 50)
            )
            yield (f"source-{number % 60}", f"https://x.example/{number}", f"x/{number}", " ".join(words[:8]), body,
                   language, at, len(words), str(number), at, at)  # fmt: skip


def texts(language: str) -> Iterator[tuple[str, str]]:
    for report in expected_reports():
        if report.language == language:
            yield report.title, "\n".join(report.paragraphs)
    more = tomllib.loads((ROOT / "tests/relevance/reports.toml").read_text(encoding="utf-8"))
    yield from ((r["title"], r["body"]) for r in more["report"] if r["language"] == language)


def insert(
    conn: sqlite3.Connection, reports: Sequence[tuple[object, ...]], after_batch: Callable[[], object]
) -> float:
    """Insert reports in batches, as a crawl does; return the processor seconds that took."""
    statement = f"insert into articles ({COLUMNS}) values ({', '.join('?' * len(COLUMNS.split(',')))})"  # noqa: S608
    began = time.process_time()
    for at in range(0, len(reports), BATCH):
        conn.executemany(statement, reports[at : at + BATCH])
        after_batch()
        conn.commit()
    return time.process_time() - began


def index_bytes(conn: sqlite3.Connection) -> int:
    return int(conn.execute("select sum(length(block)) from articles_fts_data").fetchone()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="keep the databases here; if they are there, only search them"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-search-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / OUR_DB).exists():
            build(folder, options.reports, options.seed)
        ask_all(folder / PLAIN_DB, folder / OUR_DB, options.times, keep_writing, options.seed)
    return 0


def build(folder: Path, count: int, seed: int) -> None:
    """Insert the same reports into a plain table, and twice as we do: with forms that the writer makes, and with given ones."""
    with (
        closing(sqlite3.connect(folder / PLAIN_DB)) as plain,
        closing(archive_at(folder / OUR_DB)) as own,
        closing(archive_at(folder / "given.db")) as given,
    ):
        plain.execute("pragma journal_mode = wal")
        plain.execute("pragma synchronous = normal")
        plain.executescript(PLAIN)
        normaliser, elsewhere, ready = Normaliser(), Normaliser(), GivenForms()
        took, making, size = [0.0, 0.0, 0.0], 0.0, 0
        made = Writer(seed).reports(count)
        # in turns, so that all meet the machine as it is
        while reports := [report for _, report in zip(range(32 * BATCH), made, strict=False)]:
            size += sum(len(f"{report[3]}{report[4]}".encode()) for report in reports)
            took[0] += insert(plain, reports, lambda: None)
            took[1] += insert(own, reports, lambda: searchindex.catch_up(own, normaliser))
            began = time.process_time()
            forms = [forms_of(elsewhere, report) for report in reports]
            making += time.process_time() - began
            for each in forms:
                ready.take(each)
            took[2] += insert(given, reports, lambda: searchindex.catch_up(given, ready))
            ready.forget()
        print(f"{count:,} reports, {size / 1e6:.1f} MB of text")
        print(f"{'':<28}{'reports/s':>10}{'ratio':>8}{'index, MB':>11}{'of the text':>13}")
        for name, conn, seconds in (
            ("plain FTS5", plain, took[0]),
            ("words made elsewhere", given, took[2]),
            ("words made by the writer", own, took[1]),
        ):
            index = index_bytes(conn)
            print(
                f"{name:<28}{count / seconds:>10,.0f}{took[0] / seconds:>8.2f}{index / 1e6:>11.1f}{index / size:>13.2f}"
            )
        print(
            f"(making them elsewhere takes {1000 * making / count:.2f} ms a report, of {1000 * took[0] / count:.2f} of plain FTS5)"
        )


def archive_at(path: Path) -> sqlite3.Connection:
    Store(path).close()
    conn = sqlite3.connect(path)
    conn.execute("pragma synchronous = normal")
    conn.executemany("insert into sources (id, name, homepage) values (?, ?, '')",
                     [(f"source-{n}", f"Source {n}") for n in range(60)])  # fmt: skip
    conn.commit()
    return conn


def forms_of(normaliser: Normaliser, report: tuple[Any, ...]) -> Forms:
    """Return what a worker sends along with a report."""
    columns = dict(zip(COLUMNS.split(", "), report, strict=True))
    return normaliser.forms({"standfirst": None, "author": None, "folded_words": None} | columns)


def keep_writing(path: Path, seed: int, begun: Any, stop: Any) -> None:
    """Insert reports in batches, as a crawl of many sources does, until `stop`; `begun` is set after the first."""
    statement = f"insert into articles ({COLUMNS}) values ({', '.join('?' * len(COLUMNS.split(',')))})"  # noqa: S608
    with closing(sqlite3.connect(path, timeout=60)) as conn:
        conn.execute("pragma synchronous = normal")
        normaliser, log = Normaliser(), WriteLog(conn)
        reports = list(Writer(seed).reports(2_000))
        for begin in itertools.cycle(range(0, len(reports), BATCH)):
            at = time.time_ns()  # no address twice, however often it's run
            some = [(*r[:1], f"{r[1]}-{at}", f"{r[2]}-{at}", *r[3:]) for r in reports[begin : begin + BATCH]]
            conn.executemany(statement, some)
            searchindex.catch_up(conn, normaliser)
            conn.commit()
            log.keep_small()
            begun.set()
            if stop.wait(0.1):
                return


if __name__ == "__main__":
    sys.exit(main())

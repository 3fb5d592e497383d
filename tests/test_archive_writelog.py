"""The write-ahead log stays small beside readers."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from archive import writelog
from archive.models import ArticleText, ImportedArticle, Source
from archive.store import Store
from tests.keeping import NOW

SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writelog, "LARGEST", MB)
    monkeypatch.setattr(writelog, "_PAUSE", 0.0)
    monkeypatch.setattr(writelog, "_PATIENCE_MS", 20)
    monkeypatch.setattr(writelog, "_MORE_PATIENCE_MS", 20)


def write(store: Store, begin: int, count: int) -> None:
    """Store reports of 20 kB each, a commit for each."""
    for number in range(begin, begin + count):
        text = ArticleText(f"Report {number}", f"Shells fell. {number} " * 1_000)
        store.import_article(ImportedArticle("x", f"https://x.example/{number}", text, NOW))
        store.commit()


def size(path: Path) -> int:
    return path.with_name(path.name + "-wal").stat().st_size


def test_the_log_stays_small_while_others_read_all_the_time(tmp_path: Path) -> None:
    path, done, seen = tmp_path / "archive.db", threading.Event(), []

    def read() -> None:
        with closing(sqlite3.connect(path)) as conn:
            while not done.is_set():
                seen.append(conn.execute("select count(*), max(length(body)) from articles").fetchone())

    with Store(path) as store:
        store.save_source(SOURCE)
        store.commit()
        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            sizes = []
            for begin in range(0, 90, 10):
                write(store, begin, 10)
                sizes.append(size(path))
        finally:
            done.set()
            for reader in readers:
                reader.join()
    assert max(sizes) < 3 * MB, sizes
    assert seen[-1][0]


def test_a_long_reading_delays_it_and_is_not_disturbed(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Store(path) as store, closing(sqlite3.connect(path)) as reader:
        store.save_source(SOURCE)
        write(store, 0, 3)
        reader.execute("begin")
        before = reader.execute("select count(*) from articles").fetchone()
        write(store, 3, 60)
        assert size(path) > MB
        assert reader.execute("select count(*) from articles").fetchone() == before
        reader.execute("commit")
        write(store, 70, 1)
        assert size(path) <= MB

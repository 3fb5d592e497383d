"""The index follows the reports, whoever changes them, and is made anew beside crawls and searches."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive import searchindex
from archive.open import reading
from archive.schema import open_for_writing
from archive.search import search
from archive.store import Store
from archive.text.stems import normaliser_version
from archive.verify.database import compare
from tests.searching import assert_index_fits


def change(path: Path, *statements: str) -> None:
    """Change an archive as any other program does."""
    with closing(sqlite3.connect(path)) as conn, conn:
        for statement in statements:
            conn.execute(statement)


def ids(path: Path, words: str) -> list[int]:
    with reading(path) as connection:
        return sorted(hit.id for hit in search(connection, words))


INSERT = (
    "insert into articles (id, source_id, url, url_key, title, body, language, word_count, content_sha256, first_seen_at,"
    " last_seen_at) values ({id}, 'dabanga-en', 'u{id}', 'u{id}', 'A truce', 'The guns fell silent.', 'en', 4, 'x', 'x', 'x')"
)


def test_what_another_program_does_is_found_when_the_archive_is_opened_next(small_archive: Path) -> None:
    change(small_archive, INSERT.format(id=10), "update articles set title = 'Raids on Idlib' where id = 1",
           "delete from revisions where article_id = 2", "delete from articles where id = 2")  # fmt: skip
    assert (ids(small_archive, "gun"), ids(small_archive, "raid"), ids(small_archive, "airstrikes")) == (
        [10],
        [1],
        [1],
    )
    assert ids(small_archive, "title:airstrike") == ids(small_archive, "market") == []
    assert_index_fits(small_archive)


@pytest.mark.parametrize(
    "statements",
    [
        (INSERT.format(id=10), "delete from articles where id = 10"),
        (INSERT.format(id=10), "update articles set title = 'Other' where id = 10"),
        ("update articles set title = 'One'", "update articles set title = 'Two', language = 'fr'"),
        ("delete from revisions", "delete from articles where id = 6", INSERT.format(id=6)),
        ("update articles set title = 'القصف', language = null where id = 3", "update articles set language = 'ar' where id = 3"),
        ("update articles set body = x'ff00' where id = 3", "update articles set author = 5, language = x'00' where id = 4"),
    ],
)  # fmt: skip
def test_the_index_fits_after_any_changes_in_a_row(small_archive: Path, statements: tuple[str, ...]) -> None:
    change(small_archive, *statements)
    Store(small_archive).close()
    assert_index_fits(small_archive)


def test_a_rolled_back_change_is_not_indexed(small_archive: Path) -> None:
    store = Store(small_archive)
    store._conn.execute("update articles set title = 'Raids' where id = 1")
    store.rollback()
    store.commit()
    store.close()
    assert_index_fits(small_archive)
    assert ids(small_archive, "title:airstrike") == [1]


def test_a_large_archive_waits_when_it_is_brought_up_to_date(
    small_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searchindex, "FEW", 2)
    with closing(open_for_writing(small_archive, create=False, timeout=5)) as conn, conn:
        searchindex.fill(conn)
    with reading(small_archive) as connection:
        results = search(connection, "lang:en OR lang:ar OR lang:uk")
        assert len(results) == 6
        assert results.notes() == ["6 of 6 reports wait to be indexed: `archive reindex` does it"]
        assert search(connection, "airstrike").hits == ()


def test_reindexing_goes_on_where_it_was_stopped_and_lets_a_crawl_write(
    small_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.indexing._BATCH", 2)
    monkeypatch.setattr("archive.transactions._SOME", 1)
    monkeypatch.setattr(searchindex, "FEW", 0)
    with Store(small_archive) as store:
        assert store.begin_reindex(is_anew=True)
        assert (store.index_some(), store.waiting()) == (2, 4)
    with Store(small_archive) as crawl:
        crawl._conn.execute(INSERT.format(id=10))
        crawl.commit()
        assert crawl.waiting() < 5
    assert ids(small_archive, "guns") == [10]  # what a crawl brings is found before the old ones
    with Store(small_archive) as store:
        assert not store.begin_reindex(is_anew=False)
        while store.index_some():
            pass
    assert_index_fits(small_archive)
    assert ids(small_archive, "airstrikes") == [1]


def test_an_index_of_another_version_is_left_alone_and_made_anew_when_asked(small_archive: Path) -> None:
    change(small_archive, "update search_normalisers set version = '0'", INSERT.format(id=10))
    with Store(small_archive) as store:
        store.commit()
        assert store.waiting() == 1
    with reading(small_archive) as connection:
        notes = search(connection, "airstrike").notes()
    assert notes[0].startswith("the search index was made by another version")
    with Store(small_archive) as store:
        assert store.begin_reindex(is_anew=False)
        while store.index_some():
            pass
    with closing(sqlite3.connect(small_archive)) as conn:
        assert searchindex.version(conn) == normaliser_version()
    assert_index_fits(small_archive)


def test_an_archive_that_can_not_be_written_is_searched_as_it_is(small_archive: Path) -> None:
    change(small_archive, "pragma journal_mode = wal", INSERT.format(id=10))
    with closing(sqlite3.connect(small_archive)) as other:
        other.execute("begin immediate")
        with reading(small_archive) as connection:
            results = search(connection, "airstrike")
    assert [hit.id for hit in results] == [1]
    assert results.notes() == ["1 of 7 reports wait to be indexed: `archive reindex` does it"]


def test_a_word_too_many_or_too_few_is_seen(small_archive: Path) -> None:
    with closing(sqlite3.connect(small_archive)) as conn, closing(sqlite3.connect(":memory:")) as copy:
        conn.backup(copy)
        copy.execute("insert into articles_fts (rowid, title) values (1, 'kherson')")
        with pytest.raises(sqlite3.DatabaseError):
            compare(copy)

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_utils import Database

from archive.errors import ArchiveTooNew, ArchiveUnreadable
from archive.migrations import migrations
from archive.open import connect, locate, reading
from archive.store import Store


def test_locate_takes_the_option_then_the_environment_then_the_directory():
    environ = {"ARCHIVE_DB": "/data/other.db"}
    assert locate("mine.db", environ) == Path("mine.db")
    assert locate(None, environ) == Path("/data/other.db")
    assert locate(None, {}) == Path("archive.db")
    assert locate("", {"ARCHIVE_DB": ""}) == Path("archive.db")


def test_rows_have_names_and_nothing_can_be_written(small_archive):
    with reading(small_archive) as connection:
        assert connection.execute("select count(*) as n from articles").fetchone()["n"] == 6
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("delete from articles")


@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what?.db", "sharp#.db", "قصف.db"])
def test_any_file_name_is_opened(small_archive, name):
    path = small_archive.rename(small_archive.with_name(name))
    with reading(path) as connection:
        assert connection.execute("select count(*) from articles").fetchone()[0] == 6


def test_reads_beside_a_writer_what_is_committed(tmp_path):
    path = tmp_path / "archive.db"
    with Store(path) as store, closing(sqlite3.connect(path)) as other:
        other.execute("begin immediate")
        with reading(path) as connection:
            assert connection.execute("select count(*) from articles").fetchone()[0] == 0
        other.rollback()
        store.commit()


def test_an_absent_file_says_what_to_do(tmp_path):
    with pytest.raises(ArchiveUnreadable, match=r"no archive at .*nowhere\.db: run `make crawl`"):
        connect(tmp_path / "nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()


def test_a_directory_is_no_archive(tmp_path):
    with pytest.raises(ArchiveUnreadable, match="is a directory"):
        connect(tmp_path)


@pytest.mark.parametrize(
    "content", [b"url,title\n" * 500, b"\x00" * 5000, b"SQLite format 3\x00garbage" * 99]
)
def test_a_file_of_another_kind(tmp_path, content):
    path = tmp_path / "archive.db"
    path.write_bytes(content)
    with pytest.raises(ArchiveUnreadable, match=r"archive\.db is not an SQLite database"):
        connect(path)


def test_an_empty_file_and_another_programs_database(tmp_path):
    empty = tmp_path / "empty.db"
    empty.touch()
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("create table articles (id integer primary key)")
    for path in (empty, foreign):
        with pytest.raises(ArchiveUnreadable, match="not an archive that this program made"):
            connect(path)


def test_a_later_version_is_named(small_archive):
    with closing(Database(small_archive)) as db:
        row = {"migration_set": "conflict-archive", "name": "999_claims", "applied_at": "2030"}
        db["_sqlite_migrations"].insert(row)
    with pytest.raises(ArchiveTooNew, match="999_claims"):
        connect(small_archive)


def test_an_earlier_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "archive.db"
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="002_search")
    with reading(path) as connection:
        query = "select count(*) from articles_fts where articles_fts match 'airstrike'"
        assert connection.execute(query).fetchone()[0] == 0


def test_an_earlier_version_that_is_locked_says_so(tmp_path):
    path = tmp_path / "archive.db"
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before="002_search")
        db.execute("begin immediate")
        with pytest.raises(ArchiveUnreadable, match=r"earlier version .* is locked by another program"):
            connect(path, timeout=0.05)
        db.rollback()


def test_a_locked_archive_says_so(small_archive):
    with closing(sqlite3.connect(small_archive)) as writer:
        writer.execute("begin exclusive")
        with pytest.raises(ArchiveUnreadable, match="locked by another program"):
            connect(small_archive, timeout=0.05)


def lock_and_read(writer, connection):
    writer.execute("begin exclusive")
    connection.execute("select * from articles").fetchall()


def test_a_lock_in_the_middle_says_so(small_archive):
    with (
        closing(sqlite3.connect(small_archive)) as writer,
        pytest.raises(ArchiveUnreadable, match="locked by another program"),
        reading(small_archive, timeout=0.05) as connection,
    ):
        lock_and_read(writer, connection)


def test_a_truncated_archive_says_so(small_archive):
    content = small_archive.read_bytes()
    small_archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(ArchiveUnreadable, match="is damaged"), reading(small_archive) as connection:
        connection.execute("select * from articles join revisions join captures join leads").fetchall()


def test_damage_in_the_middle_says_so(small_archive):
    with closing(Database(small_archive)) as db:
        page = db.execute("select rootpage from sqlite_master where name = 'articles'").fetchone()[0]
        size = db.execute("pragma page_size").fetchone()[0]
    with small_archive.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(ArchiveUnreadable, match=r"is damaged .* go back to a copy"):  # noqa: SIM117 - one fails
        with reading(small_archive) as connection:
            connection.execute("select * from articles").fetchall()


def test_an_archive_without_a_table_says_which(small_archive):
    with closing(Database(small_archive)) as db:
        db.execute("drop table revisions")
    with (
        pytest.raises(ArchiveUnreadable, match="no such table: revisions"),
        reading(small_archive) as connection,
    ):
        connection.execute("select * from revisions")


@contextmanager
def nobody():
    """Be a user who may read what is open to all, and write nothing."""
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def articles_for_nobody(path):
    with nobody(), reading(path) as connection:
        return connection.execute("select count(*) from articles").fetchone()[0]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
def test_a_wal_archive_is_read_where_nothing_can_be_written(small_archive):
    Store(small_archive).close()  # from here on in WAL mode
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        path = Path(shutil.copy(small_archive, directory))
        path.chmod(0o644)
        log = path.with_name("archive.db-wal")
        assert articles_for_nobody(path) == 6
        log.touch()
        assert articles_for_nobody(path) == 6
        log.write_bytes(b"what a crash left")
        with pytest.raises(ArchiveUnreadable, match="this user may not read it"):
            articles_for_nobody(path)
        log.unlink()
        path.chmod(0o600)
        with pytest.raises(ArchiveUnreadable, match="this user may not read it"):
            articles_for_nobody(path)

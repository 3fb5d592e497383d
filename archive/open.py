"""Opening an archive to read it: which file, is it one, can this program read it.

Readers never lock a crawl out: the connection is read-only, and the archive is in WAL mode.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from archive import searchindex
from archive.errors import ArchiveTooNew, ArchiveUnreadable
from archive.migrations import migrations
from archive.schema import known_migrations, open_for_writing
from archive.text.normalise import Normaliser
from archive.text.stems import normaliser_version

DEFAULT_NAME = "archive.db"
ENVIRONMENT = "ARCHIVE_DB"

_SHORT_WHILE = 0.5  # seconds that a reader waits for the lock, to index what it doesn't need

_APPLIED = "select name from _sqlite_migrations where migration_set = ?"
_IS_MIGRATED = "select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'"


def locate(db_option: str | None, environ: Mapping[str, str] | None = None) -> Path:
    """Return where the archive is: the `--db` option, else $ARCHIVE_DB, else archive.db in this directory.

    `environ` is the process's environment unless given. Nothing is looked up on disk.
    """
    variables = os.environ if environ is None else environ
    return Path(db_option or variables.get(ENVIRONMENT) or DEFAULT_NAME)


def connect(path: Path, *, timeout: float = 5.0, upgrade: bool = True) -> sqlite3.Connection:
    """Return a read-only connection to the archive at `path`; its rows are `sqlite3.Row`.

    timeout: seconds to wait for a lock. An archive of an earlier version is brought up to date first, and the few reports
    that another program changed are indexed, which is all that is ever written here; not if `upgrade` is false. Raises ArchiveUnreadable for what is
    absent, damaged, locked or no archive, and ArchiveTooNew for an archive that a later version wrote.
    """
    _require_file(path)
    with translated_errors(path):
        connection = _open_read_only(path, timeout)
        try:
            if not upgrade:
                _lacks_migrations(connection, path)
            elif _lacks_migrations(connection, path):
                _upgrade(path, timeout)
            elif _waits_for_little(connection):
                _index_what_waits(path)
        except BaseException:
            connection.close()
            raise
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def reading(path: Path, *, timeout: float = 5.0) -> Iterator[sqlite3.Connection]:
    """Connect, as `connect` does, for one `with` block, in which whatever SQLite says is told in a sentence.

    Raises ArchiveUnreadable and ArchiveTooNew as `connect` does, at opening and at any later query.
    """
    with closing(connect(path, timeout=timeout)) as connection, translated_errors(path):
        yield connection


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn an error of SQLite in the `with` block into an ArchiveUnreadable that names the file at `path`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise ArchiveUnreadable(_sentence(path, error)) from error


def _require_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise ArchiveUnreadable(f"{path} is a directory, not an archive")
        present = path.exists()
    except (OSError, ValueError) as error:
        raise ArchiveUnreadable(f"{str(path)!r} can't be opened: {error}") from None
    if not present:
        raise ArchiveUnreadable(
            f"no archive at {path}: run `make crawl` or `scrapy crawl SOURCE` first, or name one with --db"
        )


def _open_read_only(path: Path, timeout: float) -> sqlite3.Connection:
    """Open and read one page, so that what is wrong with the file shows here."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return _probed(uri, timeout)
    except sqlite3.OperationalError as error:
        if _code(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY} or not _at_rest(path):
            raise
        return _probed(f"{uri}&immutable=1", timeout)


def _at_rest(path: Path) -> bool:
    """Say whether nobody writes to the archive, so that it may be read as a file that doesn't change.

    On a disk that can't be written, a WAL database can't make its -shm file, and opens in no other way.
    """
    log, shared = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    return not shared.exists() and not (log.exists() and log.stat().st_size)


def _probed(uri: str, timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=timeout)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _lacks_migrations(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether the archive is of an earlier version."""
    applied = set()
    if connection.execute(_IS_MIGRATED).fetchone():
        applied = {name for (name,) in connection.execute(_APPLIED, [migrations.name])}
    if not applied:
        raise ArchiveUnreadable(f"{path} is an SQLite database, but not an archive that this program made")
    known = known_migrations()
    if applied - known:
        raise ArchiveTooNew(
            f"{path} was written by a later version of this program (it has {max(applied - known)}): "
            f"install that version to read it"
        )
    return known > applied


def _upgrade(path: Path, timeout: float) -> None:
    try:
        open_for_writing(path, create=False, timeout=timeout).close()
    except ArchiveUnreadable as error:
        raise ArchiveUnreadable(
            f"{path} was written by an earlier version of this program and can't be brought up to date: make a "
            f"copy that you can write to, and read that ({error})"
        ) from error


def _waits_for_little(connection: sqlite3.Connection) -> bool:
    """Say whether reports wait for the search index that another program wrote, and not so many that it takes long."""
    is_little = 0 < searchindex.waiting(connection) <= searchindex.FEW
    return is_little and searchindex.version(connection) == normaliser_version()


def _index_what_waits(path: Path) -> None:
    """Index it, unless the archive is being written or can't be: then a search says how much it doesn't see."""
    try:
        with closing(open_for_writing(path, create=False, timeout=_SHORT_WHILE)) as writer, writer:
            searchindex.catch_up(writer, Normaliser())
    except (ArchiveUnreadable, sqlite3.OperationalError):
        return


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code (0 where the error is not SQLite's own)."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _sentence(path: Path, error: sqlite3.Error) -> str:
    code = _code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"{path} is locked by another program: try again when that is done"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not an SQLite database"
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"{path} can't be opened: this user may not read it, or the -wal and -shm files beside it"
    if code == sqlite3.SQLITE_CORRUPT:
        return (
            f"{path} is damaged ({error}): `archive verify --repair` makes the search index anew if it's that; else go "
            f"back to a copy, or save what is left with `sqlite3 {path} .recover`"
        )
    if code == sqlite3.SQLITE_READONLY:
        return f"{path} can't be written, this user may only read it or its folder"
    return f"{path} can't be read: {error}"

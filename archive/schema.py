"""Opening an archive file to write, at the newest schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from archive.errors import ArchiveTooNew, ArchiveUnreadable, ArchiveUnwritable
from archive.locking import held
from archive.migrations import migrations
from archive.syncing import sync_path
from archive.troubles import is_environment, sentence


def open_for_writing(path: Path, *, create: bool, timeout: float) -> sqlite3.Connection:
    """Open (or make) the archive at `path` and bring its schema up to date.

    timeout: seconds to wait for another writer. The connection has foreign keys on and is in WAL mode, so
    that readers never block. Raises ArchiveUnreadable for what is absent (unless `create`), no SQLite file,
    or another program's database, and ArchiveTooNew for what a later version of this program wrote.
    """
    if not create and not path.exists():
        raise ArchiveUnreadable(f"there is no archive at {path}")
    try:
        conn = sqlite3.connect(path, timeout=timeout)
    except sqlite3.OperationalError as error:
        raise ArchiveUnreadable(f"the archive {path} can't be opened: {error}") from None
    try:
        with _alone_in(path.absolute().parent):
            _prepare(conn, path)
    except sqlite3.DatabaseError as error:
        conn.close()
        if is_environment(error):
            raise ArchiveUnreadable(sentence(path, error)) from None
        raise ArchiveUnreadable(f"{path} can't be used as an archive: {error}") from None
    except (ArchiveUnreadable, ArchiveTooNew):
        conn.close()
        raise
    return conn


def _prepare(conn: sqlite3.Connection, path: Path) -> None:
    conn.execute("pragma foreign_keys = on")
    db = Database(conn)
    tables = set(db.table_names())
    applied = {migration.name for migration in migrations.applied(db)}
    if tables and not applied:
        raise ArchiveUnreadable(f"{path} is a database of another kind: its tables are not an archive's")
    unknown = applied - known_migrations()
    if unknown:
        raise ArchiveTooNew(
            f"{path} was written by a later version of conflict-archive (it has {', '.join(sorted(unknown))}):"
            " upgrade to open it"
        )
    conn.execute("pragma journal_mode = wal")
    # In WAL mode NORMAL can lose the last transactions to a power cut, but never corrupts; they're crawled again. The
    # end of a run is synced (`sync_log`).
    conn.execute("pragma synchronous = normal")
    migrations.apply(db)
    conn.commit()


def sync_log(path: Path) -> None:
    """Return when the write-ahead log of the archive at `path`, if it has one, is on the disk. Raises ArchiveUnwritable."""
    log = path.resolve()
    log = log.with_name(f"{log.name}-wal")
    try:
        sync_path(log)
        sync_path(log.parent)
    except FileNotFoundError:  # whoever closed the archive last has synced it
        return
    except OSError as error:
        raise ArchiveUnwritable(sentence(path, error)) from None


def known_migrations() -> frozenset[str]:
    """Return the names of the migrations that this version knows."""
    fresh = Database(memory=True)
    try:
        return frozenset(migration.name for migration in migrations.pending(fresh))
    finally:
        fresh.close()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: of programs that start at once, one makes the archive, and the others wait for it.

    SQLite itself does not wait when it turns a new file to write-ahead logging.
    """
    with ExitStack() as stack:
        with suppress(OSError):  # opening the archive will tell
            stack.enter_context(held(folder, waits=True))
        yield

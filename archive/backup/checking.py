"""Is a copy what it should be: a sound database, whose every capture can be read from the WARC files beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.backup.manifest import Manifest
from archive.errors import ArchiveUnreadable, BackupFailed
from archive.evidence.reading import CaptureUnreadable, read_response
from archive.progress import Progress

# Those above an id, and those of a list; by their place, so that each file is read from its beginning to its end.
_CAPTURES = """
    select id, warc_file, warc_offset, payload_sha256 from captures
    where id > ? or id in (select value from json_each(?)) order by 2, 3
"""
_COUNT = "select count(*) from captures where id > ? or id in (select value from json_each(?))"


@dataclass(frozen=True, slots=True)
class Captures:
    """How many captures a database has, and where in each WARC file the last one begins."""

    count: int
    last_offset: dict[str, int]

    @classmethod
    def of(cls, database: Path) -> Captures:
        """Return those of a database that nobody writes to."""
        with reading_copy(database) as conn:
            rows = conn.execute(
                "select warc_file, max(warc_offset), count(*) from captures group by 1"
            ).fetchall()
        return cls(sum(row[2] for row in rows), {str(row[0]): int(row[1]) for row in rows})


@contextmanager
def reading_copy(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy that nobody writes to, so that not even reading it leaves a trace in its folder."""
    uri = f"{database.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as conn:
        yield conn


def check_database(copy: Path, original: Path) -> None:
    """Raise ArchiveUnreadable, naming the original, if a page of the copy is damaged or a row points nowhere."""
    try:
        with reading_copy(copy) as conn:
            said = [str(row[0]) for row in conn.execute("pragma integrity_check(1)")]
            orphan = conn.execute("pragma foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise ArchiveUnreadable(_damaged(original, str(error))) from error
    if said != ["ok"]:
        raise ArchiveUnreadable(_damaged(original, " ".join(said[0].split())))
    if orphan is not None:
        raise ArchiveUnreadable(
            _damaged(original, f"row {orphan[1]} of {orphan[0]} points to no row of {orphan[2]}")
        )


def _damaged(path: Path, why: str) -> str:
    return (
        f"{path} is damaged ({why}): no backup is made of it, and what was backed up before stays; restore that, or save "
        f"what is left with `sqlite3 {path} .recover`"
    )


def counts_and_marks(database: Path) -> tuple[int, dict[str, tuple[int, str]]]:
    """Return the number of reports, and a value of the newest row of each table that only grows."""
    marks = {}
    with reading_copy(database) as conn:
        for table, column in (("captures", "payload_sha256"), ("articles", "first_seen_at")):
            row = conn.execute(f"select id, {column} from {table} order by id desc limit 1").fetchone()  # noqa: S608
            if row is not None:
                marks[table] = (int(row[0]), str(row[1]))
        reports = conn.execute("select count(*) from articles").fetchone()[0]
    return int(reports), marks


def unreadable_captures(
    database: Path, warc: Path, earlier: Manifest | None, progress: Progress
) -> tuple[int, dict[int, str]]:
    """Read captures back from the copied WARC files: those that are new since `earlier`, and those that were unreadable.

    Returns how many were read, and a sentence for each that can't be, by its id.
    """
    since, again = 0, "[]"
    if earlier is not None:
        since, again = earlier.marks.get("captures", (0, ""))[0], str(list(earlier.unreadable))
    read, unreadable = 0, {}
    with reading_copy(database) as conn:
        total = conn.execute(_COUNT, [since, again]).fetchone()[0]
        progress.begin("captures", total)
        for capture_id, warc_file, offset, sha256 in conn.execute(_CAPTURES, [since, again]):
            read += 1
            progress.advance(1)
            try:
                read_response(warc, warc_file, offset, sha256)
            except CaptureUnreadable as error:
                unreadable[int(capture_id)] = f"capture {capture_id} can't be read: {error}"
    return read, unreadable


def require_sound(copy: Path) -> None:
    """Raise BackupFailed if a database that was just written is not sound."""
    try:
        check_database(copy, copy)
    except ArchiveUnreadable as error:
        raise BackupFailed(
            f"{copy} does not hold what was written to it: is its disk failing? ({error})"
        ) from error

"""`archive backup`: a copy of an archive that may be written to meanwhile.

The database is copied by SQLite's backup API, in steps, inside one read transaction: what is copied is the state of
one instant however long it takes, writers go on, and no page of theirs starts the copy anew (without the transaction
each commit would). VACUUM INTO would give the same state, but lays every page out anew, so that rsync and other
incremental tools find the whole file changed each night; and it neither tells how far it is nor can be interrupted.

The database comes first, the WARC files after it. A crawl syncs a record before it commits the row that points to it,
and WARC files only grow: so at the instant of the database's copy each byte that it points to is in the WARC files, and
still is when they are copied. The other way round a crawl could store a capture in between, and the copied
database would point past the end of the copied files. What the WARC files hold beyond the database (a record
whose row came a moment later) is harmless, and the next run has its row.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archive import __version__
from archive.backup import manifest as papers
from archive.backup.checking import (
    Captures,
    check_database,
    counts_and_marks,
    reading_copy,
    unreadable_captures,
)
from archive.backup.copying import Copied, Deed, Pair, bring_up_to_date
from archive.backup.files import alone_in, forget_cached, move, sha256_of
from archive.backup.manifest import CUSTODY, DATABASE, WARC, Entry, Manifest
from archive.clock import Clock, to_text, utc_now
from archive.errors import ArchiveUnreadable, BackupFailed, BackupUnusable, InvalidInput
from archive.evidence.opening import find
from archive.evidence.packs import PackDamaged
from archive.open import connect, translated_errors
from archive.progress import Progress, Untold
from archive.syncing import sync_path
from archive.tables import custodyfile

# 4 MB a step: a step holds up nobody, and the bar moves.
_PAGES_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup came to. is_database_new: false if nothing had changed; files: by what was done with them."""

    manifest: Manifest
    is_database_new: bool
    files: Counter[Deed]
    written: int
    checked: int
    troubles: tuple[str, ...]


def make_backup(
    archive: Path,
    folder: Path,
    *,
    full: bool = False,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Made:
    """Bring the backup in `folder` (made if it's not there) up to date with the archive.

    full: compare and check every file and capture, not only those that are new or have another size or time. Raises
    ArchiveError: nothing that an earlier run finished is lost then, and the next run goes on where this one ended.
    """
    progress = progress or Untold()
    with closing(connect(archive, upgrade=False)) as source, told(folder), translated_errors(archive):
        _prepare(archive, folder)
        with alone_in(folder):
            earlier = papers.begin(folder)
            _require_same_archive(source, earlier, folder, archive)
            made_at = to_text(clock())
            part = folder / f"{DATABASE}.part"
            _copy_database(source, part, progress)
            return _go_on(archive, folder, (part, made_at), earlier, full=full, progress=progress)


def _go_on(
    archive: Path,
    folder: Path,
    copy: tuple[Path, str],
    earlier: Manifest | None,
    *,
    full: bool,
    progress: Progress,
) -> Made:
    """Copy and check what the database's copy (its path and instant) points to, and make it all valid at once."""
    part, made_at = copy
    before = earlier.database if earlier is not None else None
    database = Entry(DATABASE, part.stat().st_size, sha256_of(part), part.stat().st_mtime_ns)
    is_new = before is None or database.sha256 != before.sha256 or not _is_there(folder, before, full=full)
    if is_new or full:
        check_database(part, archive)
    log = _write_log(part, folder)
    captures = Captures.of(part)
    copied = list(_copy_warc(archive, folder, captures, earlier, full=full, progress=progress))
    checked, unreadable = unreadable_captures(part, folder / WARC, None if full else earlier, progress)
    packed = _packed(folder, copied, earlier)
    reports, marks = counts_and_marks(part)
    made = Manifest(
        __version__,
        made_at,
        database,
        _entries(copied, earlier, packed, log),
        reports,
        captures.count,
        marks,
        tuple(unreadable),
    )
    if not is_new and before is not None:
        part.unlink()
        made = replace(made, database=before)
    _make_valid(folder, made, part if is_new else None, packed)
    troubles = [each.trouble for each in copied if each.trouble] + list(unreadable.values())
    deeds = Counter(each.deed for each in copied)
    return Made(made, is_new, deeds, sum(each.written for each in copied), checked, tuple(troubles))


def _make_valid(folder: Path, made: Manifest, part: Path | None, packed: Iterable[str]) -> None:
    """Write the manifest and bring in what it names. part: the new copy of the database; packed: needed no longer."""
    papers.write(folder, made)
    if part is not None:
        # of whoever read or wrote the last copy: not the new one's
        _remove(folder / DATABASE, ("-wal", "-shm"))
        move(part, folder / DATABASE)
    papers.settle(folder)
    for name in packed:
        (folder / name).unlink(missing_ok=True)


# -- where to, and of what ------------------------------------------------------------------------------------


def _prepare(archive: Path, folder: Path) -> None:
    home, target = archive.resolve().parent, folder.resolve()
    if target == home or home in target.parents:
        raise InvalidInput(
            f"{folder} lies in the archive's own folder {home}: whatever takes that away takes the backup too, so "
            "name a folder elsewhere, best on another disk"
        )
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file: name a folder for the backup")
    if folder.exists() and any(folder.iterdir()) and not papers.is_backup(folder):
        raise InvalidInput(f"{folder} holds other things and no backup: name an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)


def _require_same_archive(
    source: sqlite3.Connection, earlier: Manifest | None, folder: Path, archive: Path
) -> None:
    """Refuse to put an archive in the place of another one, or of a later state of itself."""
    for table, (row, value) in ({} if earlier is None else earlier.marks).items():
        found = source.execute(_MARKS[table], [row]).fetchone()
        if found is None or str(found[0]) != value:
            raise BackupUnusable(
                f"{folder} holds the backup of another archive, or of a later state of {archive} (of row {row} in "
                f"{table} it knows something else): it is left as it is; name another folder"
            )


_MARKS = {
    "captures": "select payload_sha256 from captures where id = ?",
    "articles": "select first_seen_at from articles where id = ?",
}


def _is_there(folder: Path, entry: Entry, *, full: bool) -> bool:
    path = folder / entry.name
    if not path.exists() or path.stat().st_size != entry.size:
        return False
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:  # somebody has written to the copy
        return False
    return (not full and path.stat().st_mtime_ns == entry.modified_ns) or sha256_of(path) == entry.sha256


def _remove(path: Path, endings: tuple[str, ...]) -> None:
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)


# -- copying --------------------------------------------------------------------------------------------------


def _copy_database(source: sqlite3.Connection, part: Path, progress: Progress) -> None:
    """Copy the committed state of one instant to a new file, and sync it."""
    _remove(part, ("", "-journal", "-wal", "-shm"))  # of a run that broke off
    source.execute("begin")
    try:
        source.execute(
            "select count(*) from sqlite_master"
        ).fetchone()  # from here on it's this instant's state
        pages, size = (
            int(source.execute(f"pragma {name}").fetchone()[0]) for name in ("page_count", "page_size")
        )
        progress.begin("database", pages * size)
        left = pages

        def step(_: int, remaining: int, __: int) -> None:
            nonlocal left
            progress.advance((left - remaining) * size)
            left = remaining

        with _said_of(part), closing(sqlite3.connect(part, isolation_level=None)) as target:
            # Half a copy is thrown away, so it needs no journal.
            target.execute("pragma journal_mode = off")
            target.execute("pragma synchronous = off")
            source.backup(target, pages=_PAGES_A_STEP, progress=step)
    finally:
        source.rollback()
    sync_path(part)
    forget_cached(part)


@contextmanager
def _said_of(part: Path) -> Iterator[None]:
    """Tell which file SQLite means: it copies from one that can be read to one that perhaps can't be written."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        raise BackupFailed(_unfinished(part.parent, f"{part} can't be written: {error}")) from error


def _copy_warc(
    archive: Path,
    folder: Path,
    captures: Captures,
    earlier: Manifest | None,
    *,
    full: bool,
    progress: Progress,
) -> Iterator[Copied]:
    home = archive.absolute().parent / WARC
    known = {entry.name: entry for entry in (() if earlier is None else earlier.warc)}
    files = sorted(path for path in home.rglob("*") if path.is_file()) if home.is_dir() else []
    progress.begin("WARC files", sum(path.stat().st_size for path in files))
    for path in files:
        name = (Path(WARC) / path.relative_to(home)).as_posix()
        pair = Pair(path, folder / name, name, known.get(name))
        yield bring_up_to_date(
            pair, begin=captures.last_offset.get(path.name, 0), full=full, progress=progress
        )


def _packed(folder: Path, copied: list[Copied], earlier: Manifest | None) -> frozenset[str]:
    """Return the files that the backup needs no longer: the archive has put them into packs (`archive compact`).

    Each was read back from the pack in the backup, and is what the last manifest says.
    """
    there = {each.entry.name for each in copied}
    gone = [entry for entry in (() if earlier is None else earlier.warc) if entry.name not in there]
    return frozenset(entry.name for entry in gone if _is_in_a_pack(folder / entry.name, entry))


def _is_in_a_pack(path: Path, entry: Entry) -> bool:
    digest = hashlib.sha256()
    try:
        found = find(path.parent, path.name)
        if found is None or (found[1].size, found[1].sha256) != (entry.size, entry.sha256):
            return False
        pack, held = found
        with pack.path.open("rb") as file:
            for packed in held.records:
                digest.update(pack.member(file, packed))
    except PackDamaged:  # so that the file stays
        return False
    return digest.hexdigest() == entry.sha256


def _write_log(part: Path, folder: Path) -> list[Entry]:
    """Write the custody log of the database's copy as the file that an archive has beside it; return its entry, if any.

    Not the archive's own file is copied: that is ahead of the database, and takes it back after a crash.
    """
    made, path = folder / f"{CUSTODY}.part", folder / CUSTODY
    made.unlink(missing_ok=True)
    with reading_copy(part) as conn:
        if conn.execute("select 1 from sqlite_master where name = 'custody'").fetchone() is not None:
            custodyfile.bring_up(conn, made)
    if not made.exists():
        return []
    sha256 = sha256_of(made)
    if path.exists() and sha256_of(path) == sha256:
        made.unlink()
    else:
        move(made, path)
    found = path.stat()
    return [Entry(CUSTODY, found.st_size, sha256, found.st_mtime_ns)]


def _entries(
    copied: list[Copied], earlier: Manifest | None, packed: frozenset[str], log: list[Entry]
) -> tuple[Entry, ...]:
    """Return the manifest's entries, with those of files that only the backup still has, and needs."""
    found = {} if earlier is None else {e.name: e for e in earlier.warc if e.name not in packed}
    new = [*(each.entry for each in copied), *log]
    return tuple(sorted((found | {entry.name: entry for entry in new}).values(), key=lambda e: e.name))


# -- trouble --------------------------------------------------------------------------------------------------


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the system says in the `with` block into one sentence."""
    try:
        yield
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        raise BackupFailed(_unfinished(folder, about)) from error


def _unfinished(folder: Path, why: str) -> str:
    state = "the next run goes on there"
    try:
        earlier = papers.finished(folder)
    except (BackupUnusable, ArchiveUnreadable, OSError):
        earlier = None
    if earlier is not None:
        state = f"the one of {earlier.made_at} is still whole, and {state}"
    return f"the backup in {folder} was not finished ({why}); {state}"

"""`archive restore`: an archive of a backup again, which is checked before a byte is written, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.backup import manifest as papers
from archive.backup.checking import require_sound
from archive.backup.files import append, forget_cached, move, same_until, sha256_of
from archive.backup.manifest import Entry, Manifest
from archive.clock import Clock, utc_now
from archive.errors import ArchiveError, BackupFailed, BackupUnusable, InvalidInput
from archive.locking import is_held
from archive.progress import Progress, Untold
from archive.syncing import sync_path
from archive.tables import custodyfile

_OF_SQLITE = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; aside: files that were in its place, under their new names; there: WARC files that were there."""

    manifest: Manifest
    aside: tuple[Path, ...]
    there: int


def restore(
    backup: Path,
    archive: Path,
    *,
    force: bool = False,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Restored:
    """Make the archive at `archive` of a finished backup, its WARC files in `warc/` beside it.

    force: put an archive, or WARC files, that are in the way aside, under names that end in `.replaced-TIME`. Raises
    ArchiveError; the archive's file appears last, when all else is there and checked.
    """
    progress = progress or Untold()
    made = _finished(backup)
    _require_room(backup, archive, force=force)
    try:
        _check(backup, made, progress)
        places = {entry.name: _place(archive, entry) for entry in made.warc}
        in_the_way = _in_the_way(backup, places, made)
        if in_the_way and not force:
            raise BackupFailed(f"{in_the_way[0]} is another file than the backup's: --force puts it aside")
        ending = f".replaced-{clock():%Y%m%dT%H%M%SZ}"
        aside = [_put_aside(path, ending) for path in in_the_way]
        there = sum(
            _restore_warc(backup / entry.name, places[entry.name], entry, progress)
            and entry.name != papers.CUSTODY
            for entry in made.warc
        )
        part = archive.with_name(archive.name + ".part")
        _copy(backup / made.database.name, part, made.database, progress)
        require_sound(part)
        old = [
            path for path in (archive.with_name(archive.name + end) for end in _OF_SQLITE) if path.exists()
        ]
        aside += [_put_aside(path, ending, archive.name) for path in old]
        move(part, archive)
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        raise BackupFailed(
            f"{archive} was not restored ({about}); the backup in {backup} is as it was"
        ) from error
    return Restored(made, tuple(aside), there)


def _finished(backup: Path) -> Manifest:
    if not backup.is_dir():
        raise InvalidInput(f"there is no folder {backup}")
    made = papers.finished(backup)
    if made is None:
        what = "a backup that was never finished" if papers.is_backup(backup) else "no backup"
        raise BackupUnusable(
            f"{backup} holds {what} (it has no {papers.NAME}): `archive backup {backup}` makes one"
        )
    return made


def _require_room(backup: Path, archive: Path, *, force: bool) -> None:
    inside, home = backup.resolve(), archive.resolve().parent
    if home == inside or inside in home.parents:
        raise InvalidInput(f"{archive} lies in the backup: name a file elsewhere")
    if archive.is_dir():
        raise InvalidInput(f"{archive} is a directory: name a file")
    if archive.exists() and not force:
        raise BackupFailed(
            f"there is an archive at {archive} already: --force puts it aside and restores the backup"
        )
    for lock in archive.resolve().with_name(f"{archive.resolve().name}.locks").glob("*.lock"):
        if is_held(lock):
            raise BackupFailed(f"{archive} is being written to by a crawl ({lock.stem}): stop it first")


def _check(backup: Path, made: Manifest, progress: Progress) -> None:
    """Raise BackupUnusable if a file of the backup is not what the manifest says; all are looked at first."""
    entries = (made.database, *made.warc)
    progress.begin("backup", sum(entry.size for entry in entries))
    bad = [entry for entry in entries if not _is_whole(backup / entry.name, entry, progress)]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise BackupUnusable(
            f"{backup / bad[0].name}{more} is not what the backup's manifest says, so that nothing is restored: "
            f"`archive backup --full` mends it while the archive is still there"
        )


def _is_whole(path: Path, entry: Entry, progress: Progress) -> bool:
    # Longer is as good: a later run may have been at it, and WARC files only grow.
    return (
        path.is_file()
        and path.stat().st_size >= entry.size
        and sha256_of(path, entry.size, progress) == entry.sha256
    )


def _place(archive: Path, entry: Entry) -> Path:
    """Return where a file of the backup belongs: beside the archive, and the custody log under the archive's name."""
    return (
        custodyfile.beside(archive.absolute())
        if entry.name == papers.CUSTODY
        else archive.absolute().parent / entry.name
    )


def _in_the_way(backup: Path, places: Mapping[str, Path], made: Manifest) -> list[Path]:
    """Return files with the name of a WARC file of the backup that neither are it nor its beginning, nor go on with it."""
    found = []
    for entry in made.warc:
        path = places[entry.name]
        if path.exists():
            length = min(path.stat().st_size, entry.size) if path.is_file() else -1
            if length < 0 or same_until(path, backup / entry.name, length) < length:
                found.append(path)
    return found


def _restore_warc(source: Path, target: Path, entry: Entry, progress: Progress) -> bool:
    """Copy a WARC file, or what is missing of it; True if nothing was."""
    if target.exists() and target.stat().st_size >= entry.size:
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    begin = target.stat().st_size if target.exists() else 0
    append(source, target, begin, entry.size, progress)
    _require_copied(target, entry)
    return False


def _copy(source: Path, target: Path, entry: Entry, progress: Progress) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    append(source, target, 0, entry.size, progress)
    _require_copied(target, entry)


def _require_copied(target: Path, entry: Entry) -> None:
    sync_path(target.parent)
    forget_cached(target)
    if sha256_of(target) != entry.sha256:
        raise BackupFailed(f"{target} does not hold what was written to it: is its disk failing?")


def _put_aside(path: Path, ending: str, base: str | None = None) -> Path:
    """Rename a file; SQLite's side files keep their own ending, so that they still belong to their database."""
    name = path.name + ending if base is None else base + ending + path.name.removeprefix(base)
    target = path.with_name(name)
    if target.exists():
        raise ArchiveError(f"{target} is there already: try again in a second")
    move(path, target)
    return target

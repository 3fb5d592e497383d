"""`manifest.json`: what a finished backup holds, written last and at once.

The database and the manifest can't change their names in one moment. So the new manifest is on the disk as
`manifest.json.part` before the new database takes its name: whichever of the two fits the database is the one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from archive.backup.files import move, sha256_of, write_whole
from archive.errors import BackupUnusable
from archive.tables import custodyfile

NAME = "manifest.json"
PART = "manifest.json.part"
DATABASE = "archive.db"
WARC = "warc"
CUSTODY = DATABASE + custodyfile.ENDING
_FORMAT = 1
_UNFINISHED = {"format": _FORMAT, "unfinished": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the backup: its name below the backup's folder, size in bytes, and hash.

    modified_ns: the time of the file that it was copied from, in nanoseconds, which the copy is given too.
    """

    name: str
    size: int
    sha256: str
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished backup. software: the version that made it; made_at: of which instant the database is.

    marks: a value of the newest row of tables that only grow, which tells an archive from another one.
    unreadable: ids of captures that could not be read in the archive when the backup was made.
    """

    software: str
    made_at: str
    database: Entry
    warc: tuple[Entry, ...]
    reports: int
    captures: int
    marks: dict[str, tuple[int, str]]
    unreadable: tuple[int, ...] = ()

    @property
    def warc_files(self) -> int:
        """Return how many WARC files there are; `warc` has the custody log's file as well."""
        return sum(entry.name != CUSTODY for entry in self.warc)


def finished(folder: Path) -> Manifest | None:
    """Return what the backup in `folder` holds; None if none was ever finished there. Raises BackupUnusable."""
    current = _read(folder / NAME)
    if (folder / PART).exists():
        coming = _read(folder / PART)
        if coming is not None and _fits(folder, coming):
            return coming
    return current


def is_backup(folder: Path) -> bool:
    """Tell whether a backup is, or was begun, in that folder."""
    return (folder / NAME).exists() or (folder / PART).exists()


def begin(folder: Path) -> Manifest | None:
    """Mark the folder as a backup that is being made; return what an earlier run finished there."""
    earlier = finished(folder)
    if earlier is not None and (folder / PART).exists() and earlier != _read(folder / NAME):
        move(folder / PART, folder / NAME)
    write_whole(folder / PART, json.dumps(_UNFINISHED))
    return earlier


def write(folder: Path, manifest: Manifest) -> None:
    """Write the new manifest; it counts from the moment at which the database of that hash has its name."""
    whole = {"format": _FORMAT} | asdict(manifest)
    write_whole(folder / PART, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


def settle(folder: Path) -> None:
    """Give the new manifest its own name."""
    move(folder / PART, folder / NAME)


def _fits(folder: Path, manifest: Manifest) -> bool:
    path = folder / manifest.database.name
    return path.exists() and sha256_of(path) == manifest.database.sha256


def _read(path: Path) -> Manifest | None:
    try:
        held = json.loads(path.read_bytes())
        if held == _UNFINISHED:
            return None
        if held.get("format") != _FORMAT:
            raise BackupUnusable(f"{path} is of a later version of this program: upgrade to use the backup")
        return _parsed(held)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if path.name == PART:  # it was being written
            return None
        raise BackupUnusable(f"{path} is damaged, so that nothing can be said of the backup") from None


def _parsed(held: dict[str, Any]) -> Manifest:
    return Manifest(
        software=str(held["software"]),
        made_at=str(held["made_at"]),
        database=_entry(held["database"]),
        warc=tuple(_entry(each) for each in held["warc"]),
        reports=int(held["reports"]),
        captures=int(held["captures"]),
        marks={str(table): (int(row), str(value)) for table, (row, value) in held["marks"].items()},
        unreadable=tuple(int(each) for each in held["unreadable"]),
    )


def _entry(held: dict[str, Any]) -> Entry:
    name = PurePosixPath(held["name"])
    if (
        name.is_absolute()
        or ".." in name.parts
        or (str(name) not in {DATABASE, CUSTODY} and name.parts[:1] != (WARC,))
    ):
        raise ValueError(f"{name} is no name in a backup")
    return Entry(str(name), int(held["size"]), str(held["sha256"]), int(held["modified_ns"]))

"""Captures given out as WARC.gz, which every tool of web archiving reads: all of them, or those of some reports.

Each record is the gzip member that it was when it was captured, byte for byte, wherever it lies now.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveUnreadable, InvalidInput
from archive.evidence.blanking import is_note
from archive.evidence.opening import open_warc
from archive.evidence.packs import PackDamaged
from archive.evidence.scan import Record, scan
from archive.views.show import captures_of

_CHUNK = 1 << 20
# What belongs to the exchange before it: the request that was sent, and where a record was imported from.
_BELONGING = frozenset({"request", "metadata"})
_NAMES = "select distinct warc_file from captures order by 1"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: files, and captures if only some were asked for."""

    files: int
    size: int
    captures: int | None = None


def export_files(conn: sqlite3.Connection, folder: Path, out: Path) -> Exported:
    """Write every WARC file that a capture lies in to the folder `out`, each under its own name and as it was.

    folder: where they are. Raises InvalidInput for a file in `out` that is there already or can't be written, and
    ArchiveUnreadable for one that can't be read.
    """
    names = [str(name) for (name,) in conn.execute(_NAMES)]
    sizes = [_write(out, name, _whole(folder, name)) for name in names]
    return Exported(len(sizes), sum(sizes))


def export_reports(
    conn: sqlite3.Connection, folder: Path, out: Path, articles: Iterable[Mapping[str, object]]
) -> Exported:
    """Write the records of these reports' captures to the folder `out`: a file for each that they lie in.

    Each begins with the record that says who captured and how. Raises as `export_files`.
    """
    places: defaultdict[str, set[int]] = defaultdict(set)
    for article in articles:
        for capture in captures_of(conn, article):
            places[str(capture["warc_file"])].add(int(str(capture["warc_offset"])))
    sizes = [_write(out, name, _some(folder, name, sorted(places[name]))) for name in sorted(places)]
    return Exported(len(sizes), sum(sizes), sum(map(len, places.values())))


def _whole(folder: Path, name: str) -> Iterator[bytes]:
    with _opened(folder, name) as file:
        while piece := file.read(_CHUNK):
            yield piece


def _some(folder: Path, name: str, offsets: Iterable[int]) -> Iterator[bytes]:
    with _opened(folder, name) as file:
        size = file.seek(0, os.SEEK_END)
        for offset in (0, *offsets):
            end = _end(file, size, offset)
            if end is None:
                raise ArchiveUnreadable(f"{name} holds no record at byte {offset}; see `archive verify`")
            file.seek(offset)
            yield file.read(end - offset)


def _end(file: BinaryIO, size: int, offset: int) -> int | None:
    """Return where the exchange ends that begins there, or the file's first record; None if no record begins there."""
    records = scan(file, size, start=offset)
    first = next(records, None)
    if not isinstance(first, Record):
        return None
    end = first.end
    for record in records if offset else ():
        if not isinstance(record, Record) or not _belongs(record):
            break
        end = record.end
    return end


def _belongs(record: Record) -> bool:
    return record.kind in _BELONGING and not is_note(record.kind, record.start)


def _opened(folder: Path, name: str) -> BinaryIO:
    try:
        return open_warc(folder, name)
    except OSError as error:
        raise ArchiveUnreadable(f"{folder / name} can't be read: {error.strerror or error}") from None


def _write(out: Path, name: str, pieces: Iterator[bytes]) -> int:
    """Write a file, and return its length; it appears only when it is whole."""
    target, size = out / name, 0
    part = out / f"{name}.part"
    if Path(name).name != name:
        raise ArchiveUnreadable(f"a row names {name!r}, which is no name of a file: see `archive verify`")
    if target.exists():
        raise InvalidInput(f"{target} exists already: name a folder without it")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                size += len(piece)
        part.replace(target)
    except PackDamaged as error:
        raise ArchiveUnreadable(f"{name} can't be read: {error}") from None
    except OSError as error:
        raise InvalidInput(f"{target} can't be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    return size

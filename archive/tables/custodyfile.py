"""The custody log once more, as a file beside the archive: `archive.db.custody.jsonl`, one JSON object a line.

A line is an entry of `custody` in the form that its hash is made of (see `archive.tables.chain`), and the hash itself; so the
file proves itself. Lines are written, and on the disk, before the database commits: after a crash the file may have
more entries than the table, never fewer. What it has more is moved to `...custody.surplus.jsonl` when the archive is
next written to. An archive of a version that had no such file gets it, made of the table, when it is next opened to be
written to.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import ArchiveError
from archive.syncing import sync_path
from archive.tables import chain

ENDING = ".custody.jsonl"
_SURPLUS = ".custody.surplus.jsonl"
_PIECE = 64 * 1024
# A log that was falsified by its owner may hold anything; an entry of ours names at most a batch of captures.
MOST_LINE = 16 * 1024 * 1024
_LAST = "select id, hash from custody order by id desc limit 1"
_AFTER = "select * from custody where id > ? order by id"


class BadLine(ArchiveError):
    """A line of the file is no entry; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is an entry: its bytes without the line's end, where it begins in the file, and its columns."""

    offset: int
    data: bytes
    row: Mapping[str, Any]

    @property
    def is_sound(self) -> bool:
        """Tell whether the entry is what its hash says."""
        return bool(chain.row_hash(self.row) == self.row["hash"])


def beside(archive: Path) -> Path:
    """Return the path of an archive's custody file."""
    return archive.with_name(archive.name + ENDING)


def line_of(row: Mapping[str, Any]) -> bytes:
    """Return an entry as a line, without its end."""
    told = chain.canonical(row)
    return told[:-1] + b',"hash":' + json.dumps(row["hash"]).encode() + b"}"


def read(path: Path) -> Iterator[Line | BadLine]:
    """Yield a file's lines in order; BadLine for what is no entry. Raises OSError."""
    offset = 0
    with path.open("rb") as file:
        while data := file.readline(MOST_LINE):
            yield _parsed(data, offset)
            offset += len(data)


def bring_up(conn: sqlite3.Connection, path: Path) -> None:
    """Write what the table has and the file has not, and return when it's on the disk.

    To be called in the transaction that wrote the entries, before it is committed: whoever holds the lock is alone with
    the file. What the file has and the table has not is moved aside. Raises OSError.
    """
    known = conn.execute(_LAST).fetchone()
    if known is None and not path.exists():
        return
    is_new = not path.exists()
    with io.FileIO(path, "ab+") as file:
        end, last_id = _agreed(conn, file)
        size = file.seek(0, os.SEEK_END)
        if end < size:
            _set_aside(file, end, path)
        file.seek(0, os.SEEK_END)
        with io.BufferedWriter(file, _PIECE) as lines:
            for row in _rows(conn, last_id):
                lines.write(line_of(row) + b"\n")
            lines.flush()
            os.fsync(file.fileno())
    if is_new:
        sync_path(path.parent)


def is_behind(conn: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the file's last entry is not the table's."""
    known = conn.execute(_LAST).fetchone()
    try:
        with path.open("rb") as file:
            last = next(_backwards(file), None)
    except FileNotFoundError:
        return known is not None
    if known is None or last is None or isinstance(last, BadLine):
        return known is not None or last is not None
    return (last.row["id"], last.row["hash"]) != tuple(known)


# -- inside -------------------------------------------------------------------------------------------------


def _agreed(conn: sqlite3.Connection, file: BinaryIO) -> tuple[int, int]:
    """Return where the last line ends that the table has too, and that entry's id; 0 and 0 if there is none."""
    for line in _backwards(file):
        if isinstance(line, BadLine):
            continue
        row_id, hash_ = line.row["id"], line.row["hash"]
        if conn.execute("select 1 from custody where id = ? and hash = ?", [row_id, hash_]).fetchone():
            return line.offset + len(line.data) + 1, row_id
    return 0, 0


def _set_aside(file: BinaryIO, begin: int, path: Path) -> None:
    """Move the file's lines from `begin` on to the file of what the table lacks."""
    file.seek(begin)
    surplus = path.with_name(path.name.removesuffix(ENDING) + _SURPLUS)
    with surplus.open("ab") as aside:
        while piece := file.read(_PIECE):
            aside.write(piece)
        aside.flush()
        os.fsync(aside.fileno())
    sync_path(path.parent)
    file.truncate(begin)


def _rows(conn: sqlite3.Connection, after: int) -> Iterator[dict[str, Any]]:
    cursor = conn.execute(_AFTER, [after])
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _backwards(file: BinaryIO) -> Iterator[Line | BadLine]:
    """Yield the file's lines, the last one first; a last line without an end was cut short, and is none."""
    begin = file.seek(0, os.SEEK_END)
    held, at = b"", begin  # what is held begins at `at`
    while True:
        cut = held.rfind(b"\n", 0, -1) if held else -1
        if cut >= 0 or (held and at == 0):
            yield _parsed(held[cut + 1 :], at + cut + 1)
            held = held[: cut + 1]
            continue
        if at == 0:
            return
        size = min(_PIECE, at)
        at -= size
        file.seek(at)
        held = file.read(size) + held


def _parsed(data: bytes, offset: int) -> Line | BadLine:
    try:
        row = json.loads(data)
        is_entry = isinstance(row, dict) and type(row.get("id")) is int and type(row.get("hash")) is str
    except (ValueError, RecursionError):
        is_entry = False
    if not is_entry or not data.endswith(b"\n"):
        return BadLine(f"the line at byte {offset} is no entry of a custody log")
    return Line(offset, data[:-1], row)

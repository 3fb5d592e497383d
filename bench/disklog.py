"""What a disk may hold after a power cut: the log that bench/powerloss.c wrote, replayed to any place.

A file keeps what was written to it before its last fsync; of what came after, any part may be there, in pieces of a sector,
and its length may be right though its bytes are zeros. A name (made, renamed, removed) is kept if its folder was synced
afterwards, and may be as before if not, though POSIX file systems that people use do better. A sector is written whole
or not at all.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

_HEAD = struct.Struct("=IIQQQII")
_SECTOR = 512


class Manner(Enum):
    """What becomes of that which was not synced."""

    NOTHING = "nothing of it is kept"
    ALL = "all of it is kept"
    PREFIX = "it is kept as far as a random place, in the order in which it was written"
    SOME = "a random part of it is kept, whole writes and sectors of them"
    LENGTHS = "names and lengths are kept, and zeros are where its bytes were to be"


@dataclass(frozen=True, slots=True)
class Event:
    """A call of the program. kind: C(reated), O(pened), D(irectory opened), W(ritten), T(runcated), S(ynced), R(enamed), U(nlinked), M(ade a folder).

    file: the inode. offset: in bytes, of the writing; for T the new length. path: absolute; other: what it's renamed to.
    """

    kind: str
    process: int
    file: int
    offset: int
    path: str
    other: str
    data: bytes = field(repr=False)


def read_log(path: Path) -> list[Event]:
    """Return the calls in the order in which they were made."""
    held, at, events = path.read_bytes(), 0, []
    while at < len(held):
        kind, process, file, offset, size, first, second = _HEAD.unpack_from(held, at)
        at += _HEAD.size
        ends = at + first, at + first + second, at + first + second + size
        path_, other = held[at : ends[0]].decode(), held[ends[0] : ends[1]].decode()
        events.append(Event(chr(kind), process, file, offset, path_, other, held[ends[1] : ends[2]]))
        at = ends[2]
    return events


@dataclass(frozen=True, slots=True)
class _Change:
    """A write that was not synced yet; without data, a new length. number: of the event."""

    number: int
    offset: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Naming:
    """Names that were changed and not synced yet: `path` comes to stand for `file` (None: for nothing), `gone` for nothing."""

    number: int
    path: str
    file: _File | None
    gone: str = ""


@dataclass(slots=True, eq=False)
class _File:
    """A file or a folder: its bytes as they are on the disk, and what is to come."""

    is_folder: bool = False
    held: bytearray = field(default_factory=bytearray)
    pending: list[_Change] = field(default_factory=list)


class Disk:
    """The disk below one folder, from a state in which all was synced on."""

    def __init__(self, root: Path) -> None:
        """Take what is in the folder now for synced."""
        self._root = str(root)
        self._names: dict[str, _File] = {
            str(path): _File(is_folder=True) if path.is_dir() else _File(held=bytearray(path.read_bytes()))
            for path in root.rglob("*")
            if not path.name.endswith("-shm")
        }
        self._now = dict(self._names)  # as the program sees them
        self._pending: list[_Naming] = []
        self._by_inode: dict[int, _File | str] = {}
        self._number = 0

    def apply(self, event: Event) -> None:
        """Do what the program did next."""
        self._number += 1
        if event.kind in "COD":
            self._open(event)
        elif event.kind in "WT":
            data = event.data if event.kind == "W" else None
            if isinstance(file := self._by_inode[event.file], _File):
                file.pending.append(_Change(self._number, event.offset, data))
        elif event.kind == "S":
            self._sync(self._by_inode[event.file])
        elif event.kind == "M":
            self._name(event.path, _File(is_folder=True))
        elif event.kind == "U":
            self._name(event.path, None)
        elif event.kind == "R":
            self._name(event.other, self._now[event.path], gone=event.path)

    def unsynced(self) -> int:
        """Return how many changes a power cut could undo now."""
        named = {id(file): file for file in self._now.values()}
        return len(self._pending) + sum(len(file.pending) for file in named.values())

    def after_power_cut(self, rng: random.Random, manner: Manner) -> dict[str, bytes | None]:
        """Return what is found afterwards: paths relative to the folder, with bytes; None for a folder."""
        last = rng.randint(0, self._number)
        names = dict(self._names)
        for naming in self._pending:
            if _is_kept(naming.number, rng, manner, last):
                names.pop(naming.gone, None)
                names.pop(naming.path, None)
                if naming.file is not None:
                    names[naming.path] = naming.file
        found: dict[str, bytes | None] = {}
        for path, file in sorted(names.items()):
            parent = path.rpartition("/")[0]
            if parent == self._root or parent[len(self._root) + 1 :] in found:
                left = None if file.is_folder else bytes(_left(file, rng, manner, last))
                found[path[len(self._root) + 1 :]] = left
        return found

    def _open(self, event: Event) -> None:
        if event.kind == "D":
            self._by_inode[event.file] = event.path
            return
        if event.kind == "C" or event.path not in self._now:  # another program has made it
            self._name(event.path, _File())
        self._by_inode[event.file] = self._now[event.path]

    def _name(self, path: str, file: _File | None, *, gone: str = "") -> None:
        self._pending.append(_Naming(self._number, path, file, gone))
        self._now.pop(gone, None)
        self._now.pop(path, None)
        if file is not None:
            self._now[path] = file

    def _sync(self, what: _File | str) -> None:
        if isinstance(what, _File):
            for change in what.pending:
                _write(what.held, change.offset, change.data)
            what.pending.clear()
            return
        synced = [each for each in self._pending if each.path.rpartition("/")[0] == what]
        self._pending = [each for each in self._pending if each not in synced]
        for naming in synced:
            self._names.pop(naming.gone, None)
            self._names.pop(naming.path, None)
            if naming.file is not None:
                self._names[naming.path] = naming.file


def lay_out(found: dict[str, bytes | None], folder: Path) -> None:
    """Write what is found after a power cut into a new folder."""
    folder.mkdir(parents=True)
    for name, held in found.items():
        if held is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(held)


def _left(file: _File, rng: random.Random, manner: Manner, last: int) -> bytearray:
    held = bytearray(file.held)
    for change in file.pending:
        if manner is Manner.LENGTHS:
            end = change.offset + len(change.data or b"")
            if change.data is None or end > len(held):
                _write(held, end, None)
        elif manner is Manner.SOME and change.data is not None and rng.random() < 0.3:
            for offset, sector in _sectors(change):
                if rng.random() < 0.5:
                    _write(held, offset, sector)
        elif _is_kept(change.number, rng, manner, last):
            _write(held, change.offset, change.data)
        elif manner is Manner.PREFIX and change.number == last and change.data is not None:
            _write(held, change.offset, change.data[: rng.randrange(len(change.data) + 1)])
    return held


def _is_kept(number: int, rng: random.Random, manner: Manner, last: int) -> bool:
    if manner is Manner.PREFIX:
        return number < last
    if manner is Manner.SOME:
        return rng.random() < 0.5
    return manner is not Manner.NOTHING


def _sectors(change: _Change) -> Iterator[tuple[int, bytes]]:
    data, begin = change.data or b"", 0
    while begin < len(data):
        end = begin + _SECTOR - (change.offset + begin) % _SECTOR
        yield change.offset + begin, data[begin:end]
        begin = end


def _write(held: bytearray, offset: int, data: bytes | None) -> None:
    """Write into a file's bytes; without data, give it the length `offset`."""
    end = offset if data is None else offset + len(data)
    if end > len(held):
        held.extend(bytes(end - len(held)))
    if data is None:
        del held[offset:]
    else:
        held[offset:end] = data

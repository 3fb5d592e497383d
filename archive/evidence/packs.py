"""Packs: WARC files of one source, kept together as one `.warc.zst` from which each is had back bit for bit.

A pack is what "Zstandard Compression for WARC Files 1.0" of the IIPC says: a dictionary in a skippable frame, then a
frame a record, so that other tools read it. The records are as `archive.evidence.undressing` has them. Two more kinds
of skippable frame ("extension frames" there) are ours. Where a gzip member can't be made again by zlib, the member
itself follows its record. And the last frame is the index: the names, lengths and hashes of the WARC files that were, and
for each record how long it was, how it was packed, and how long its frame is now. So no database is needed to read it.

Whoever looks for `X.warc.gz` finds it in a pack where it does not lie in the folder (`archive.evidence.opening`).
"""

from __future__ import annotations

import bisect
import json
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from archive.evidence.recoding import MOST_UNPACKED, NotRedone, Recipe, read_recipe, redo
from archive.evidence.undressing import NotDressed, dress

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT = "conflict-archive pack 1"
ENDING = ".warc.zst"
DICTIONARY_MAGIC = 0x184D2A5D
INDEX_MAGIC = 0x184D2A5C
MEMBER_MAGIC = 0x184D2A5B
SKIPPABLE = struct.Struct("<II")  # magic, and how many bytes follow
# The last bytes of a pack: where its last frame begins, and eight bytes that say that it is a pack.
TRAILER = struct.Struct("<Q8s")
MARK = b"WARCpack"
MOST_DICTIONARY = 16 * 1024 * 1024
_MOST_INDEX = 64 * 1024 * 1024
# A pack's window is as large as its dictionary and a record, and no larger than this: 2 to that power, in bytes.
_MOST_WINDOW = 27


class PackDamaged(OSError):
    """A pack can't be read. It stands where the reading of a file fails, and is told as such."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A record in a pack. offset, length: in the WARC file that was. begin, size: of its frame; kept: bytes of its member's."""

    offset: int
    length: int
    recipe: Recipe | None
    begin: int
    size: int
    kept: int


@dataclass(frozen=True, slots=True)
class Held:
    """A WARC file that a pack holds: its name, length in bytes, SHA-256 in hex, and its records in order."""

    name: str
    size: int
    sha256: str
    records: tuple[Packed, ...]

    def at(self, offset: int) -> Packed | None:
        """Return the record in which that byte lies."""
        place = bisect.bisect_right(self.records, offset, key=lambda each: each.offset) - 1
        if place < 0 or offset >= self.records[place].offset + self.records[place].length:
            return None
        return self.records[place]


class Pack:
    """A pack's index and dictionary; its records are read from the file each time."""

    def __init__(self, path: Path) -> None:
        """Read the index. Raises PackDamaged, and OSError if the file can't be read."""
        self.path = path
        with path.open("rb") as file:
            plain, end = _read_index(file, path)
            self.dictionary, first = read_dictionary(file, path)
        self._known = zstd.ZstdDict(self.dictionary) if self.dictionary else None
        self.files: Mapping[str, Held] = {held.name: held for held in _held(plain, first, end, path)}
        self.zlib = str(plain.get("zlib", ""))

    def kept(self, file: BinaryIO, packed: Packed) -> bytes:
        """Return a record as it is kept. file: the pack's, open. Raises PackDamaged."""
        file.seek(packed.begin)
        return self._unpacked(file.read(packed.size), f"{self.path.name} at byte {packed.begin}")

    def record(self, file: BinaryIO, packed: Packed) -> bytes:
        """Return a record as it was in its WARC file, unpacked. Raises PackDamaged."""
        try:
            return dress(self.kept(file, packed))
        except NotDressed as error:
            raise PackDamaged(f"{self.path.name} at byte {packed.begin}: {error}") from None

    def member(self, file: BinaryIO, packed: Packed) -> bytes:
        """Return the gzip member that a record was. Raises PackDamaged."""
        return self.both(file, packed)[0]

    def both(self, file: BinaryIO, packed: Packed) -> tuple[bytes, bytes]:
        """Return the gzip member that a record was, and what it holds. Raises PackDamaged."""
        where = f"{self.path.name} at byte {packed.begin}"
        record = self.record(file, packed)
        if packed.recipe is None:
            file.seek(packed.begin + packed.size + SKIPPABLE.size)
            made = self._unpacked(file.read(packed.kept - SKIPPABLE.size), where)
        else:
            try:
                made = redo(record, packed.recipe)
            except NotRedone as error:
                raise PackDamaged(f"{where}: {error}") from None
        if len(made) != packed.length:
            other = f"; it was made with zlib {self.zlib}" if packed.recipe else ""
            raise PackDamaged(f"{where}: the record can't be packed as it was{other}")
        return made, record

    def _unpacked(self, frame: bytes, where: str) -> bytes:
        # a decompressor refuses a window that is larger than what it may be told
        options = {int(zstd.DecompressionParameter.window_log_max): _MOST_WINDOW}
        known = self._known.as_digested_dict if self._known is not None else None
        try:
            unpacker = zstd.ZstdDecompressor(zstd_dict=known, options=options)
            data = unpacker.decompress(frame, MOST_UNPACKED)
        except zstd.ZstdError as error:
            raise PackDamaged(f"{where} is damaged: {error}") from None
        if not unpacker.eof or unpacker.unused_data:
            raise PackDamaged(
                f"{where} is damaged: no record of at most {MOST_UNPACKED // 1024**2} MB is there"
            )
        return data


def is_pack(path: Path) -> bool:
    """Tell whether a file ends as packs do; what other programs wrote does not, nor what can't be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TRAILER.size))
            return file.read().endswith(MARK)
    except OSError:
        return False


def read_dictionary(file: BinaryIO, path: Path) -> tuple[bytes, int]:
    """Return a pack's dictionary, b"" if it has none, and where its first record begins. Raises PackDamaged."""
    file.seek(0)
    head = file.read(SKIPPABLE.size)
    magic, size = SKIPPABLE.unpack(head) if len(head) == SKIPPABLE.size else (0, 0)
    if magic != DICTIONARY_MAGIC:
        return b"", 0
    if size > MOST_DICTIONARY:
        raise PackDamaged(f"{path.name}: its dictionary has more than {MOST_DICTIONARY // 1024**2} MB")
    dictionary = _bounded(file.read(size), MOST_DICTIONARY, f"the dictionary of {path.name}")
    try:
        zstd.ZstdDict(dictionary)
    except ValueError as error:
        raise PackDamaged(f"the dictionary of {path.name} is none: {error}") from None
    return dictionary, SKIPPABLE.size + size


def _read_index(file: BinaryIO, path: Path) -> tuple[dict[str, Any], int]:
    """Return what the last frame tells, and where it begins."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TRAILER.size))
    end = file.read()
    begin, mark = TRAILER.unpack(end) if len(end) == TRAILER.size else (0, b"")
    length = size - begin - SKIPPABLE.size
    if mark != MARK or not TRAILER.size <= length <= _MOST_INDEX:
        raise PackDamaged(f"{path.name} does not end with an index")
    file.seek(begin)
    if SKIPPABLE.unpack(file.read(SKIPPABLE.size)) != (INDEX_MAGIC, length):
        raise PackDamaged(f"{path.name} does not end with an index")
    data = _bounded(file.read(length - TRAILER.size), _MOST_INDEX, f"the index of {path.name}")
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise PackDamaged(f"the index of {path.name} is none that this version reads")
    return plain, begin


def _bounded(data: bytes, most: int, what: str) -> bytes:
    unpacker = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _MOST_WINDOW})
    try:
        plain = unpacker.decompress(data, most)
    except zstd.ZstdError as error:
        raise PackDamaged(f"{what} is damaged: {error}") from None
    if not unpacker.eof:
        raise PackDamaged(f"{what} is damaged, or unpacks to more than {most // 1024**2} MB")
    return plain


def _held(plain: Mapping[str, Any], first: int, end: int, path: Path) -> Iterator[Held]:
    """Yield the files that an index tells of. Raises PackDamaged if it contradicts itself or the pack."""
    try:
        recipes = [read_recipe(text) for text in plain["recipes"]]
        begin = first
        for told in plain["files"]:
            held, begin = _file(told, recipes, begin)
            yield held
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise PackDamaged(f"the index of {path.name} makes no sense") from None
    if begin != end:
        raise PackDamaged(f"the index of {path.name} does not fit what is in it")


def _file(told: Mapping[str, Any], recipes: list[Recipe], begin: int) -> tuple[Held, int]:
    name, rows = str(told["name"]), told["records"]
    if Path(name).name != name or not name.endswith(".warc.gz"):
        raise ValueError
    for row in rows:
        length, which, size, kept = row
        is_redone = which >= 0
        is_whole = all(type(each) is int for each in row) and max(row) < 1 << 48
        if not is_whole or length <= 0 or size <= 0 or kept < 0 or is_redone == bool(kept):
            raise ValueError
    offsets = [0, *accumulate(row[0] for row in rows)]
    begins = [begin, *accumulate((row[2] + row[3] for row in rows), initial=begin)][1:]
    if offsets[-1] != told["bytes"]:
        raise ValueError
    records = tuple(
        Packed(offset, length, recipes[which] if which >= 0 else None, at, size, kept)
        for offset, at, (length, which, size, kept) in zip(offsets, begins, rows, strict=False)
    )
    return Held(name, offsets[-1], str(told["sha256"]), records), begins[-1]

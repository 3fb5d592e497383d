"""Writing a pack (see `archive.evidence.packs`): beside, synced, and read back whole before anybody relies on it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.evidence import dictionaries
from archive.evidence.opening import open_warc
from archive.evidence.packs import (
    DICTIONARY_MAGIC,
    FORMAT,
    INDEX_MAGIC,
    MARK,
    MEMBER_MAGIC,
    SKIPPABLE,
    TRAILER,
    Pack,
    PackDamaged,
)
from archive.evidence.recoding import MOST_UNPACKED, Settings, undo
from archive.evidence.undressing import undress

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 256 * 1024
_SAMPLES = 16
_RESPONSE = b"\r\nWARC-Type: response\r\n"
_HEAD = 1024  # bytes in which a record tells its kind
# After so many bodies none of which could be redone, no more of the pack are tried: the server packs in another way.
_HOPELESS = 8

# What stands in the place of members that were removed: for each file, their offsets.
Replaced = Mapping[str, Mapping[int, bytes]]


class NotPacked(ArchiveError):
    """WARC files can't be made a pack; the message says why, and that they are as they were."""


@dataclass(slots=True)
class Counts:
    """What became of the bodies. redone: unpacked, to be packed again bit for bit; by encoding, as are those left packed."""

    records: int = 0
    redone: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that was written. before, after: bytes. dictionary: how many bytes of it are its dictionary."""

    before: int
    after: int
    dictionary: int
    counts: Counts


def write_pack(folder: Path, names: Sequence[str], target: Path, *, replaced: Replaced | None = None) -> Made:
    """Write WARC files, which lie in the folder or in packs there, as one pack, and return when it's on the disk.

    replaced: members of them to be kept in the place of others. The pack was read back, and gives every byte of them.
    Raises NotPacked, with nothing left of `target`, and OSError.
    """
    replaced = replaced or {}
    try:
        writer = _Writer(folder, replaced)
        with target.open("wb") as file:
            made = writer.write(file, names)
            file.flush()
            os.fsync(file.fileno())
        _require_same(folder, names, target, replaced)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return made


def members(file: BinaryIO, name: str, replaced: Mapping[int, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each gzip member of a file, packed and unpacked. Raises NotPacked for anything else in it."""
    offset, rest = 0, b""
    while feed := rest or file.read(_CHUNK):
        stream, packed, plain, size = zlib.decompressobj(zlib.MAX_WBITS | 16), [], [], 0
        while not stream.eof:
            if not feed:
                raise NotPacked(f"{name} breaks off within the record at byte {offset}: see `archive verify`")
            packed.append(feed)
            try:
                plain.append(stream.decompress(feed, MOST_UNPACKED - size + 1))
            except zlib.error as error:
                raise NotPacked(
                    f"{name} is damaged at byte {offset} ({error}): see `archive verify`"
                ) from None
            size += len(plain[-1])
            if size > MOST_UNPACKED:
                raise NotPacked(f"{name} holds a record of more than {MOST_UNPACKED // 1024**2} MB")
            feed = b"" if stream.eof else file.read(_CHUNK)
        rest = stream.unused_data
        member = b"".join(packed)
        member = member[: len(member) - len(rest)]
        if offset in replaced:
            other = replaced[offset]
            yield other, zlib.decompress(other, zlib.MAX_WBITS | 16)
        else:
            yield member, b"".join(plain)
        offset += len(member)


class _Writer:
    def __init__(self, folder: Path, replaced: Replaced) -> None:
        self._folder, self._replaced = folder, replaced
        self._counts = Counts()
        self._recipes: dict[str, int] = {}
        self._known: zstd.ZstdDict | None = None
        self._body: Settings | None = None  # of the last body that was undone
        self._members: dict[bool, Settings] = {}  # of the last members, by whether the body in them is packed

    def write(self, file: BinaryIO, names: Sequence[str]) -> Made:
        dictionary = self._dictionary(names)
        if dictionary:
            self._known = zstd.ZstdDict(dictionary)
            _frame(file, DICTIONARY_MAGIC, dictionaries.packed(dictionary))
        size = file.tell()
        files = [self._file(file, name) for name in names]
        self._index(file, files)
        return Made(sum(int(str(told["bytes"])) for told in files), file.tell(), size, self._counts)

    def _dictionary(self, names: Sequence[str]) -> bytes:
        """Return a dictionary made of some of the responses, spread over all their bytes: large ones are likelier."""
        places = [
            (name, number, len(member))
            for name in names
            for number, (member, record) in enumerate(self._members_of(name))
            if _RESPONSE in record[:_HEAD]
        ]
        wanted = _spread(places)
        pages = []
        for name in dict.fromkeys(name for name, _ in wanted):
            for number, (_, record) in enumerate(self._members_of(name)):
                if (name, number) in wanted:
                    kept = undress(record, first=self._body)
                    self._body = (kept.recipe and kept.recipe.settings) or self._body
                    pages.append(kept.data)
        return dictionaries.choose(pages, len(places))

    def _members_of(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        with open_warc(self._folder, name) as file:
            yield from members(file, name, self._replaced.get(name, {}))

    def _file(self, file: BinaryIO, name: str) -> dict[str, object]:
        digest, size = hashlib.sha256(), 0
        rows = []
        for member, record in self._members_of(name):
            digest.update(member)
            size += len(member)
            rows.append(self._record(file, member, record))
        return {"name": name, "bytes": size, "sha256": digest.hexdigest(), "records": rows}

    def _record(self, file: BinaryIO, member: bytes, record: bytes) -> tuple[int, int, int, int]:
        is_hopeless = not self._counts.redone and sum(self._counts.left.values()) >= _HOPELESS
        kept = undress(record, first=self._body, tries=not is_hopeless)
        self._body = (kept.recipe and kept.recipe.settings) or self._body
        if kept.encoding:
            counted = self._counts.redone if kept.recipe else self._counts.left
            counted[kept.encoding] = counted.get(kept.encoding, 0) + 1
        self._counts.records += 1
        frame = self._compressed(kept.data)
        file.write(frame)
        undone = undo(member, first=self._members.get(bool(kept.encoding)))
        if undone is None or undone[0] != record:
            return len(member), -1, len(frame), _frame(file, MEMBER_MAGIC, self._compressed(member))
        recipe = undone[1]
        if recipe.settings is not None:
            self._members[bool(kept.encoding)] = recipe.settings
        return len(member), self._recipes.setdefault(str(recipe), len(self._recipes)), len(frame), 0

    def _compressed(self, data: bytes) -> bytes:
        options = {
            int(zstd.CompressionParameter.compression_level): dictionaries.LEVEL,
            int(zstd.CompressionParameter.checksum_flag): 1,
        }
        known = self._known.as_digested_dict if self._known is not None else None
        packer = zstd.ZstdCompressor(options=options, zstd_dict=known)
        packer.set_pledged_input_size(len(data))
        return packer.compress(data, packer.FLUSH_FRAME)

    def _index(self, file: BinaryIO, files: Sequence[Mapping[str, object]]) -> None:
        plain = {
            "format": FORMAT,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
            "files": files,
            "recipes": list(self._recipes),
        }
        data = zstd.compress(json.dumps(plain, separators=(",", ":")).encode(), dictionaries.LEVEL)
        _frame(file, INDEX_MAGIC, data + TRAILER.pack(file.tell(), MARK))


def _spread(places: Sequence[tuple[str, int, int]]) -> dict[tuple[str, int], None]:
    """Return some of the records, as evenly as may be over the bytes of all; each told by file, number and length."""
    step = max(1, sum(length for *_, length in places) // _SAMPLES)
    found: dict[tuple[str, int], None] = {}
    at, following = 0, step // 2
    for name, number, length in places:
        at += length
        if at > following:
            found[name, number] = None
            following = at + step // 2 if length > step else following + step
    return found


def _frame(file: BinaryIO, magic: int, data: bytes) -> int:
    """Write a skippable frame, and return how many bytes it has."""
    return file.write(SKIPPABLE.pack(magic, len(data)) + data)


def _require_same(folder: Path, names: Sequence[str], target: Path, replaced: Replaced) -> None:
    """Raise NotPacked unless each member of each file comes out of the pack as it is."""
    try:
        pack = Pack(target)
        with target.open("rb") as file:
            for name in names:
                held = pack.files[name]
                with open_warc(folder, name) as source:
                    expected = members(source, name, replaced.get(name, {}))
                    for packed, (member, record) in zip(held.records, expected, strict=True):
                        if pack.both(file, packed) != (member, record):
                            raise NotPacked(
                                f"{name} does not come out of its pack as it was, at byte {packed.offset}"
                            )
    except (PackDamaged, ValueError, KeyError) as error:
        raise NotPacked(f"{target.name} can't be read back, so that nothing was changed: {error}") from None

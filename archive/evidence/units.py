"""The bytes of a WARC file, forwards only and in pieces: its gzip members, its Zstandard frames, or as they stand.

Of Zstandard, what the draft "Zstandard-compressed WARC" of the IIPC says: a frame a record, and the dictionary, if
there is one, in a skippable frame at the file's beginning, itself packed or not. The file may be one that can't be
sought in (a pipe), and the unpacked bytes of a unit may be as many as its author liked: nothing is held but a piece.
"""

from __future__ import annotations

import re
import struct
import sys
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Protocol

GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
WARC_MAGIC = b"WARC/"
_PLAIN_RECORD = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n[A-Za-z-]{1,60}:")
_PIECE = 64 * 1024
_MOST_OUT = 256 * 1024  # of one piece, whatever it was packed from
# The part of a unit that is kept to be read once more, or to be copied as it stands.
_MOST_KEPT = 48 * 1024 * 1024
# What grows so much is no record but a bomb. Text shrinks to a tenth, and a page of one letter is no page.
_BOMB_BYTES, _BOMB_RATIO = 1024 * 1024 * 1024, 200
_DICTIONARY_MAGIC = 0x184D2A5D
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_MOST_DICTIONARY = 16 * 1024 * 1024


class Damaged(Exception):
    """A unit can't be unpacked to its end; the words say why."""


class Source:
    """A file's bytes from a place on, with a look ahead."""

    def __init__(self, file: BinaryIO, position: int = 0) -> None:
        """position: of the file's next byte."""
        self._file = file
        self._held = b""
        self._at = 0  # of what is held, that many bytes are taken
        self._end = position  # of what is held

    @property
    def position(self) -> int:
        """Return the place of the next byte."""
        return self._end - len(self._held) + self._at

    def peek(self, size: int) -> bytes:
        """Return the next bytes, at most so many, without taking them; fewer only at the end."""
        while len(self._held) - self._at < size and (more := self._file.read(max(_PIECE, size))):
            self._held, self._at = self._held[self._at :] + more, 0
            self._end += len(more)
        return self._held[self._at : self._at + size]

    def take(self) -> bytes:
        """Return the next piece; nothing at the end."""
        if self._at >= len(self._held):
            self.peek(1)
        taken = self._held[self._at : self._at + _PIECE]
        self._at += len(taken)
        return taken

    def give_back(self, data: bytes) -> None:
        """Put back what was taken last."""
        if self._at >= len(data) and self._held[self._at - len(data) : self._at] == data:
            self._at -= len(data)
        else:
            self._held, self._at = data + self._held[self._at :], 0

    def skip(self, size: int) -> None:
        """Leave out so many bytes, or as many as there are."""
        while size > 0 and (taken := self.take()):
            if len(taken) > size:
                self._at -= len(taken) - size
            size -= len(taken)

    def find(self, magic: bytes) -> bool:
        """Go on to the next place at which these bytes stand; False, and to the end, if they don't."""
        while len(held := self.peek(_PIECE)) >= len(magic):
            at = held.find(magic)
            if at >= 0:
                self.skip(at)
                return True
            self.skip(len(held) - len(magic) + 1)
        self.skip(len(held))
        return False


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """zlib's decompressor; it hands back what it has no room for, which zstd's keeps."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._member.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = _MOST_OUT, /) -> bytes:
        return self._member.decompress(data or self._member.unconsumed_tail, max_length)


class PackedUnit:
    """A gzip member or a Zstandard frame. start: where it begins."""

    def __init__(self, source: Source, unpacker: _Unpacker) -> None:
        self.start = source.position
        self._source = source
        self._unpacker = unpacker
        self._kept: list[bytes] | None = []
        self._in = self._out = 0
        self._is_read = False

    def read(self) -> bytes:
        """Return the next piece; nothing at the unit's end. Raises Damaged."""
        unpacker = self._unpacker
        while not self._is_read:
            data = self._source.take() if unpacker.needs_input else b""
            is_end = unpacker.needs_input and not data
            self._keep(data)
            try:
                out = unpacker.decompress(data, _MOST_OUT)
            except Exception as error:  # noqa: BLE001 - each library has its own, and none has a common root
                raise Damaged(f"it can't be unpacked: {error}") from None
            if unpacker.eof:
                self._give_back(unpacker.unused_data)
                self._is_read = True
            self._out += len(out)
            if self._out > _BOMB_BYTES and self._out > _BOMB_RATIO * self._in:
                raise Damaged(f"its {self._in} bytes unpack to more than {_BOMB_BYTES // 1024**2} MB")
            if out:
                return out
            if is_end and not self._is_read:
                raise Damaged("the file ends within it")
        return b""

    @property
    def packed(self) -> bytes | None:
        """Return the unit as it stands in the file, once it was read to its end; None if that was too much to keep."""
        return b"".join(self._kept) if self._kept is not None else None

    def forget(self) -> None:
        """Keep no more of it as it stands."""
        self._kept = None

    def retry(self) -> None:
        """Have the source go on right behind the unit's first byte, if that is still held; else where it is."""
        if self._kept is not None:
            self._source.give_back(b"".join(self._kept)[1:])

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self._in += len(data)
        if self._kept is not None:
            self._kept.append(data)
            if self._in > _MOST_KEPT:
                self._kept = None

    def _give_back(self, rest: bytes) -> None:
        if not rest:
            return
        self._source.give_back(rest)
        self._in -= len(rest)
        if self._kept is not None:
            self._kept[-1] = self._kept[-1][: -len(rest)] if len(rest) <= len(self._kept[-1]) else b""


class PlainUnit:
    """The rest of a file whose records are not packed."""

    def __init__(self, source: Source) -> None:
        self.start = source.position
        self._source = source

    def read(self) -> bytes:
        """Return the next piece; nothing at the end."""
        return self._source.take()


@dataclass(frozen=True, slots=True)
class Packing:
    """How a file is packed. magic: what each of its units begins with. dictionary: of a Zstandard file's frames."""

    magic: bytes
    dictionary: bytes | None = None

    def unit(self, source: Source) -> PackedUnit:
        """Return the unit that begins where the source is."""
        if self.magic == GZIP_MAGIC:
            return PackedUnit(source, _Gzip())
        return PackedUnit(source, _frame(self.dictionary))

    def begins(self, source: Source) -> bool:
        """Tell whether a unit with a WARC record seems to begin where the source is."""
        held = source.peek(4096)
        if self.magic == WARC_MAGIC:
            return _PLAIN_RECORD.match(held) is not None
        if not held.startswith(self.magic):
            return False
        try:
            unpacker = _Gzip() if self.magic == GZIP_MAGIC else _frame(self.dictionary)
            out: bytes = unpacker.decompress(held, 64)
        except Exception:  # noqa: BLE001 - as in PackedUnit.read
            return False
        return out.startswith(WARC_MAGIC) or not out


def packing(source: Source) -> Packing | None:
    """Return how the file at whose beginning the source is is packed; None for what is no WARC file.

    Skippable frames before the first record are passed by. Raises Damaged for a dictionary that can't be read.
    """
    dictionary = None
    while (size := skippable(source)) is not None:
        (magic,) = struct.unpack("<I", source.peek(4))
        source.skip(8)
        if magic == _DICTIONARY_MAGIC and dictionary is None and size <= _MOST_DICTIONARY:
            dictionary = _unpacked_dictionary(source.peek(size))
        source.skip(size)
    head = source.peek(len(WARC_MAGIC))
    for magic in (GZIP_MAGIC, ZSTD_MAGIC, WARC_MAGIC):
        if head.startswith(magic):
            return Packing(magic, dictionary)
    return None


def skippable(source: Source) -> int | None:
    """Return how many bytes the skippable Zstandard frame holds that begins there; None if none does."""
    head = source.peek(8)
    if len(head) < 8:
        return None
    magic, size = struct.unpack("<II", head)
    return int(size) if magic in _SKIPPABLE else None


def _unpacked_dictionary(data: bytes) -> bytes:
    if not data.startswith(ZSTD_MAGIC):
        return data
    try:
        return _frame(None).decompress(data, _MOST_DICTIONARY)
    except Exception as error:  # noqa: BLE001 - as in PackedUnit.read
        raise Damaged(f"its dictionary can't be unpacked: {error}") from None


def _frame(dictionary: bytes | None) -> _Unpacker:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - as below
    else:
        from backports import zstd  # noqa: PLC0415 - comes with Scrapy; the archive does without

    if dictionary is None:
        return zstd.ZstdDecompressor()
    try:
        known = zstd.ZstdDict(dictionary)
    except ValueError:  # no dictionary of zstd's own make, but any bytes that records begin like
        known = zstd.ZstdDict(dictionary, is_raw=True)
    return zstd.ZstdDecompressor(known)

"""Reading a WARC file from one end to the other, packed (.gz) or not: each record with what is wrong with it.

Nothing of a record is held but its head and the first bytes of its block, or all of it where `archive.evidence.facts` may
be told; digests are made as it comes by. What is damaged costs the records that it hits: reading goes on at the next place
at which a record begins.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from archive.evidence.records import Head, Malformed, RecordReader

_PIECE = 16 * 1024  # of a packed record: what is read too far of it is copied
_WINDOW = 1024 * 1024
_MOST_UNPACKED = 1024 * 1024  # of one piece, whatever it was packed from
_GZIP_MAGIC = b"\x1f\x8b\x08"
_WARC = b"WARC/"
_FIRST_LINES = re.compile(rb"WARC/\d\.\d\r\n[A-Za-z-]{1,60}:")
_PROBE = 4 * 1024
# More than a gzip member's own end may have.
_ZEROS = 16
_END_IS_WRONG = "it does not end where it says"

OnBytes = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Record:
    """A record: where it lies in the file (bytes), what its head says, and what its block came to.

    payload_sha256, payload_bytes: of the body of a `response`. start: the first bytes of its block; of
    a `metadata` or `resource` record all of it, up to 16 MB.
    problems: what is wrong with it, a few words each; its other fields hold as far as it could be read.
    """

    offset: int
    length: int
    kind: str
    headers: dict[str, str]
    status: int | None = None
    payload_sha256: str | None = None
    payload_bytes: int | None = None
    start: bytes = field(default=b"", repr=False)
    problems: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Return where the next record begins."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that belong to no record."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The file ends within the record that begins there, or in zeros behind its beginning. kind: of the record, "" if that can't be told any more."""

    offset: int
    kind: str


Piece = Record | Junk | Cut


def scan(file: BinaryIO, size: int, *, start: int = 0, on_bytes: OnBytes | None = None) -> Iterator[Piece]:
    """Yield what a file holds from `start` on, in order and without gaps.

    size: where to stop, in bytes, since a file that is being written grows. on_bytes: is given every byte, once and in
    order. Raises OSError if the file can't be read.
    """
    source = _Source(file, size, start, on_bytes)
    at = start
    while at < size:
        piece = _piece(source, at)
        yield piece
        at = size if isinstance(piece, Cut) else piece.offset + piece.length


def _piece(source: _Source, at: int) -> Piece:
    first = source.read(at, len(_WARC))
    if first.startswith(_GZIP_MAGIC):
        return _packed(source, at)
    if first.startswith(_WARC):
        return _plain(source, at)
    if _GZIP_MAGIC.startswith(first) or _WARC.startswith(first):  # the file has no more than these few bytes
        return Cut(at, "")
    end = source.next_record(at + 1)
    return Cut(at, "") if end >= source.size and source.ends_in_zeros(at) else Junk(at, end - at)


def _packed(source: _Source, at: int) -> Piece:
    """Read the gzip member that begins there: one record, and nothing else."""
    record, member = RecordReader(), _Member(source, at)
    try:
        for data in member.pieces():
            record.feed(data)
    except _BreaksOff:
        return _broken(source, at, record, None)
    except Malformed as error:
        return _broken(source, at, record, str(error))
    except zlib.error as error:  # "Error -3 while decompressing data: incorrect data check"
        return _broken(source, at, record, str(error).rpartition(": ")[2])
    problems = record.problems() if record.ends_well(is_alone=True) else (*record.problems(), _END_IS_WRONG)
    return _record(at, member.end - at, record, problems)


def _plain(source: _Source, at: int) -> Piece:
    """Read the record that begins there, which is in no gzip member."""
    record, begin = RecordReader(), at
    try:
        while not record.is_complete:
            if not (data := source.read(begin, _PIECE)):
                return _broken(source, at, record, None)
            record.feed(data)
            begin += len(data)
    except Malformed as error:
        return _broken(source, at, record, str(error))
    if not record.ends_well(is_alone=False):
        return _broken(source, at, record, _END_IS_WRONG)
    return _record(at, record.length, record, record.problems())


def _broken(source: _Source, at: int, record: RecordReader, problem: str | None) -> Piece:
    """Return a record that can't be read to its end. problem: None if the file ends first, as far as it tells."""
    end = source.next_record(at + 1)
    if end >= source.size and (problem is None or source.ends_in_zeros(at)):
        return Cut(at, record.head.kind)
    return _record(at, end - at, record, (problem or "it breaks off",))


def _record(at: int, length: int, record: RecordReader, problems: tuple[str, ...]) -> Record:
    head: Head = record.head
    return Record(
        at, length, head.kind, head.headers, record.status, record.payload_sha256, record.payload_bytes,
        record.start, problems,
    )  # fmt: skip


class _BreaksOff(Exception):
    """The file ends within a record."""


class _Source:
    """A file as far as `size`, read at any place; tells of each byte once, as it first comes by."""

    def __init__(self, file: BinaryIO, size: int, start: int, on_bytes: OnBytes | None) -> None:
        self.size = size
        self._file = file
        self._told = start
        self._on_bytes = on_bytes
        self._window, self._begin = b"", start
        self._mark = self._kind()

    def read(self, at: int, length: int) -> bytes:
        """Return at most so many bytes from there on; none at the end."""
        if not self._begin <= at < self._begin + len(self._window):
            self._load(at)
        begin = at - self._begin
        found = self._window[begin : begin + length]
        if len(found) < length and at + len(found) < self.size:
            found += self.read(at + len(found), length - len(found))
        return found

    def _kind(self) -> bytes:
        """Return what the file's records begin with: what the first one does.

        In a gzip member that only stores its record, a plain one seems to begin.
        """
        first = self.read(0, len(_WARC))
        if first.startswith((_GZIP_MAGIC, _WARC)):
            return _WARC if first == _WARC else _GZIP_MAGIC
        found = {}
        for self._mark in (_GZIP_MAGIC, _WARC):
            found[self._mark] = self.next_record(0)
        return min(found, key=lambda mark: found[mark])

    def next_record(self, at: int) -> int:
        """Return where the next record begins at or after that place; the end of the file if none does."""
        while at < self.size:
            held = self.read(at, _WINDOW + len(_WARC))
            found = held.find(self._mark)
            if found < 0:
                at += max(1, len(held) - len(_WARC) + 1)
            elif self._begins_at(at + found):
                return at + found
            else:
                at += found + 1
        return self.size

    def ends_in_zeros(self, at: int) -> bool:
        """Tell whether the file ends in what a power cut leaves of bytes that were not on the disk yet."""
        begin = max(at, self.size - _ZEROS)
        return self.read(begin, _ZEROS) == bytes(_ZEROS)

    def _begins_at(self, at: int) -> bool:
        held = self.read(at, _PROBE)
        if held.startswith(_WARC):
            return _FIRST_LINES.match(held) is not None
        try:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(held, 64).startswith(_WARC)
        except zlib.error:
            return False

    def _load(self, at: int) -> None:
        self._file.seek(at)
        self._window, self._begin = self._file.read(max(0, min(_WINDOW, self.size - at))), at
        if self._begin <= self._told < self._begin + len(self._window):
            if self._on_bytes is not None:
                self._on_bytes(self._window[self._told - self._begin :])
            self._told = self._begin + len(self._window)


class _Member:
    """A gzip member."""

    def __init__(self, source: _Source, at: int) -> None:
        self._source = source
        self.end = at

    def pieces(self) -> Iterator[bytes]:
        """Yield what it unpacks to; `end` is then where it ends. Raises zlib.error and _BreaksOff."""
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not member.eof:
            packed = member.unconsumed_tail
            if not packed:
                packed = self._source.read(self.end, _PIECE)
                self.end += len(packed)
                if not packed:
                    raise _BreaksOff
            if data := member.decompress(packed, _MOST_UNPACKED):
                yield data
        self.end -= len(member.unused_data)

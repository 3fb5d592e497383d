"""The records of WARC files that other programs wrote, as far as they can be read: `scrapy importwarc`.

Versions 0.17 to 1.1, packed as `archive.evidence.units` has it. A record is no more to be trusted than the site that
it came from: none is held that is larger than a page may be, and what is broken costs itself alone, since reading goes
on where the next record begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from archive.evidence.units import (
    GZIP_MAGIC,
    WARC_MAGIC,
    Damaged,
    PackedUnit,
    Packing,
    PlainUnit,
    Source,
    packing,
    skippable,
)

MAX_BLOCK = 32 * 1024 * 1024
_MAX_HEAD = 64 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_VERSION = re.compile(rb"WARC/\d\.\d+\s*$")
_LINE = re.compile(rb"\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_DATE = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:T?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?)?)?)?Z?")
_STATUS = re.compile(rb"HTTP/[\d.]{1,5}[ \t]+(\d{3})(?=[ \t\r\n]|$)")
_FIRST_YEAR = 1990
_NEWLINES = b"\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """A record's own headers. kind: its WARC-Type. names are in lower case. raw: as they stand, to the blank line.

    offset: of its gzip member or frame, else of the record itself (bytes); reading can begin there.
    """

    kind: str
    headers: Mapping[str, str]
    length: int
    offset: int
    raw: bytes = field(repr=False)

    @property
    def url(self) -> str:
        """Return the address; "" if it has none. Some programs write it in angle brackets."""
        return self.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with its block. member: the gzip member that it lies in, if that holds nothing else."""

    head: Head
    block: bytes = field(repr=False)
    member: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that was not wanted; reason: the word that `wanted` gave, or "too large"."""

    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that is no record, or none that can be read: where, and a few words that say what."""

    offset: int
    problem: str


Piece = Kept | Passed | Broken
# Told of a record's head, says why it is not wanted; None for one that is.
Wanted = Callable[[Head], str | None]
TOO_LARGE = "too large"


class NoWarc(Exception):
    """A file is no WARC file; the words say why."""


def read_foreign(file: BinaryIO, wanted: Wanted, *, start: int = 0) -> Iterator[Piece]:
    """Yield what a file holds from `start` on, in order: a place that a Head gave, or 0.

    file: at its beginning. Raises NoWarc where there is no record at its beginning, OSError if it can't be read.
    """
    source = Source(file)
    try:
        packed = packing(source)
    except Damaged as error:
        raise NoWarc(str(error)) from None
    if packed is None:
        if not source.peek(1):
            return
        raise NoWarc("it begins with no WARC record, packed or not")
    if start > source.position:
        file.seek(start)
        source = Source(file, start)
    if packed.magic == WARC_MAGIC:
        yield from _plain(source, packed, wanted)
    else:
        yield from _packed(source, packed, wanted)


def read_date(text: str) -> datetime | None:
    """Return the instant of a WARC-Date (aware, to the second), the first one of a coarser one; None for no date."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    try:
        moment = datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer in a block. head: to its blank line, as it stands; headers in their order, as text."""

    status: int
    reason: str
    protocol: str
    headers: tuple[tuple[str, str], ...]
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Return a header's first value; name: in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def read_answer(block: bytes) -> Answer | None:
    """Return the HTTP answer that a block holds; None where it holds none."""
    status = _STATUS.match(block)
    end = _END_OF_HEAD.search(block)
    if status is None:
        return None
    head, body = (block[: end.end()], block[end.end() :]) if end else (block, b"")
    first, _, lines = head.decode("latin-1").partition("\n")
    pairs = (line.partition(":") for line in lines.splitlines())
    headers = tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)
    protocol, _, rest = first.strip().partition(" ")
    return Answer(int(status[1]), rest.strip()[3:].strip(), protocol, headers, head, body)


# -- units ----------------------------------------------------------------------------------------------------


def _packed(source: Source, packed: Packing, wanted: Wanted) -> Iterator[Piece]:
    is_lost = False  # between a broken unit and the next one that begins with a record
    while source.peek(1):
        if (size := skippable(source)) is not None and packed.magic != GZIP_MAGIC:
            source.skip(8 + size)
            continue
        at = source.position
        if not packed.begins(source):
            if not is_lost and source.peek(64).strip(b"\0"):  # zeros: what some file systems leave at the end
                yield Broken(at, "no record begins there")
            is_lost = True
            source.skip(1)
            if not source.find(packed.magic):
                return
            continue
        unit = packed.unit(source)
        is_lost = False
        try:
            yield from _records_of(unit, wanted, is_gzip=packed.magic == GZIP_MAGIC)
        except Damaged as error:
            yield Broken(at, str(error))
            unit.retry()
            is_lost = True
            if not source.find(packed.magic):
                return


def _records_of(unit: PackedUnit, wanted: Wanted, *, is_gzip: bool) -> Iterator[Piece]:
    """Yield the records of a unit, which is one in files that are as they should be."""
    text = _Text(unit)
    is_first = True
    while text.skip_newlines():
        head = _head(text, unit.start)
        reason = wanted(head)
        if reason is not None or head.length > MAX_BLOCK:
            unit.forget()
            text.drop(head.length)
            yield Passed(unit.start, reason or TOO_LARGE)
        else:
            block = text.exactly(head.length)
            tail = text.rest(len(_NEWLINES) * 2)
            # told before it's given out, since the reader may stop there
            is_alone = is_first and tail == _NEWLINES * 2 and text.is_at_end(after=len(tail))
            if tail.strip(_NEWLINES) and not tail.lstrip(_NEWLINES).startswith(b"W"):
                raise Damaged("the record does not end where it says")
            yield Kept(head, block, unit.packed if is_alone and is_gzip else None)
        is_first = False


def _plain(source: Source, packed: Packing, wanted: Wanted) -> Iterator[Piece]:
    while source.peek(1):
        text, at = _Text(PlainUnit(source)), source.position
        try:
            if not text.skip_newlines():
                return
            at = source.position - text.held
            yield from _plain_record(text, source, at, wanted)
        except Damaged as error:
            text.give_back(source)
            yield Broken(at, str(error))
            while source.find(packed.magic):
                if source.position > at and packed.begins(source):
                    break
                source.skip(1)
            continue
        text.give_back(source)


def _plain_record(text: _Text, source: Source, at: int, wanted: Wanted) -> Iterator[Piece]:
    head = _head(text, at)
    reason = wanted(head)
    if reason is not None or head.length > MAX_BLOCK:
        text.drop(head.length)
        piece: Piece = Passed(at, reason or TOO_LARGE)
        block = b""
    else:
        block = text.exactly(head.length)
        piece = Kept(head, block)
    tail = text.rest(len(_NEWLINES) * 2 + 1).lstrip(_NEWLINES)
    if tail and not tail.startswith(b"W"):
        if block:
            text.give_back(source)
            source.give_back(block)
            text.clear()
        raise Damaged("the record does not end where it says")
    yield piece


class _Text:
    """The unpacked bytes of a unit, in their order."""

    def __init__(self, unit: PackedUnit | PlainUnit) -> None:
        self._unit = unit
        self._bytes = b""
        self._at = 0  # of these, that many are taken: a page is not copied for the sake of its head

    @property
    def _held(self) -> bytes:
        if self._at:
            self._bytes, self._at = self._bytes[self._at :], 0
        return self._bytes

    @_held.setter
    def _held(self, held: bytes) -> None:
        self._bytes, self._at = held, 0

    @property
    def held(self) -> int:
        """Return how many bytes were read and not taken."""
        return len(self._bytes) - self._at

    def give_back(self, source: Source) -> None:
        """Put what was not taken back into a source that is not packed."""
        source.give_back(self._held)
        self._held = b""

    def clear(self) -> None:
        """Forget what is held."""
        self._held = b""

    def skip_newlines(self) -> bool:
        """Go on to the next byte that ends no line; False if there is none."""
        while True:
            self._held = self._held.lstrip(_NEWLINES)
            if self._held:
                return True
            self._held = self._unit.read()
            if not self._held:
                return False

    def head(self) -> bytes:
        """Return what is before the next blank line, with it."""
        searched = 0
        while True:
            found = _END_OF_HEAD.search(self._held, max(0, searched - 3))
            if found:
                self._at = found.end()
                return self._bytes[: self._at]
            searched = len(self._held)
            if not self._held.startswith(WARC_MAGIC[: min(searched, len(WARC_MAGIC))]):
                raise Damaged("no record begins there")
            if searched > _MAX_HEAD:
                raise Damaged(f"its head has more than {_MAX_HEAD // 1024} KB")
            more = self._unit.read()
            if not more:
                raise Damaged("it breaks off within its head")
            self._held += more

    def exactly(self, size: int) -> bytes:
        """Return so many bytes."""
        pieces, have = [memoryview(self._bytes)[self._at :]], self.held
        while have < size:
            more = self._unit.read()
            if not more:
                self._held = b"".join(pieces)
                raise Damaged(f"it says that it has {size} bytes, and has {have}")
            pieces.append(memoryview(more))
            have += len(more)
        keep = len(pieces[-1]) - (have - size)
        pieces[-1], left = pieces[-1][:keep], pieces[-1][keep:]
        self._held = bytes(left)
        return b"".join(pieces)

    def drop(self, size: int) -> None:
        """Leave out so many bytes."""
        left = size - len(self._held)
        self._held = self._held[size:]
        while left > 0:
            more = self._unit.read()
            if not more:
                raise Damaged(f"it says that it has {size} bytes, and has {size - left}")
            self._held = more[left:]
            left -= len(more)

    def rest(self, size: int) -> bytes:
        """Return the next bytes, at most so many, without taking them."""
        while len(self._held) < size and (more := self._unit.read()):
            self._held += more
        return self._held[:size]

    def is_at_end(self, *, after: int) -> bool:
        """Tell whether so many bytes are all that there are."""
        return len(self.rest(after + 1)) == after


def _head(text: _Text, offset: int) -> Head:
    raw = text.head()
    version, *lines = _LINE.split(_FOLDED.sub(b" ", raw).strip())
    if not _VERSION.match(version):
        raise Damaged("no record begins there")
    pairs = (line.decode("utf-8", "replace").partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
    digits = headers.get("content-length", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise Damaged("it does not say how long it is")
    return Head(headers.get("warc-type", "").lower(), headers, int(digits), offset, raw)

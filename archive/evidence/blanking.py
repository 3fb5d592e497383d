"""Taking a captured page out of its WARC file: a note of the same length is written over its record.

All other records stay where they are, and the file stays one that every tool reads: the note is a `metadata` record
that refers to the one that was there, and a gzip member of its own if that was one. It is made as long as is needed by
blanks in its block, which deflate's stored blocks keep as they are, byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
import os
import struct
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.evidence.opening import open_warc
from archive.evidence.scan import Cut, Junk, Record, scan

# The first words of the note's block, by which it is known; see also `archive.evidence.reading`.
MARK = b"removed: "
_GZIP_MAGIC = b"\x1f\x8b"
# Deflate, no name, no time, most densely packed, made on Unix.
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
_GZIP_TRAILER = struct.Struct("<II")  # checksum and length of what was packed
_MOST_STORED = 65535
# Of a shorter rest of the note, the digest would leave no room for what is to be said.
_LEAST_WITH_DIGEST = 400
_END = b"\r\n\r\n"


class NotBlanked(ArchiveError):
    """A record can't be blanked out; the message says why."""


@dataclass(frozen=True, slots=True)
class Note:
    """What stands in the place of a record. at: as `archive.clock.to_text` gives it; sha256: of the page, in hex."""

    at: str
    sha256: str
    reason: str


def is_note(kind: str, start: bytes) -> bool:
    """Tell whether a record of that WARC-Type, whose block begins so, is what `blank` leaves."""
    return kind == "metadata" and start.startswith(MARK)


def record_at(path: Path, offset: int) -> Record:
    """Return the record that begins there; NotBlanked if none does, or the file can't be read.

    path: of a WARC file, which may lie in a pack of that folder.
    """
    try:
        with open_warc(path.parent, path.name) as file:
            found = next(scan(file, file.seek(0, os.SEEK_END), start=offset), None)
    except OSError as error:
        raise NotBlanked(f"{path} can't be read: {error}") from None
    if found is None or isinstance(found, Junk | Cut):
        raise NotBlanked(f"{path.name} has no whole record at byte {offset}")
    return found


def blank(path: Path, offset: int, note: Note) -> int:
    """Write a note over the record that begins at `offset` of a WARC file, and return how many bytes it takes.

    They are on the disk when this returns. A record that is a note already is left as it is. Raises NotBlanked.
    """
    found = record_at(path, offset)
    if is_note(found.kind, found.start) and not found.problems:
        return found.length
    try:
        with path.open("r+b") as file:
            is_packed = _begins_packed(file, offset)
            made = _fitting(found, note, is_packed=is_packed)
            file.seek(offset)
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NotBlanked(f"{path} can't be written: {error}") from None
    return found.length


def blanked_member(found: Record, note: Note) -> bytes | None:
    """Return the gzip member that is to stand in a record's place; None if a note is what stands there already.

    Raises NotBlanked.
    """
    is_done = is_note(found.kind, found.start) and not found.problems
    return None if is_done else _fitting(found, note, is_packed=True)


def _begins_packed(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    return file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC


def _fitting(found: Record, note: Note, *, is_packed: bool) -> bytes:
    """Return the note at the length of the record that was found, with as much in it as there is room for."""
    make = _packed if is_packed else _plain
    address = [("WARC-Target-URI", uri)] if (uri := found.headers.get("warc-target-uri")) else []
    origin = [("WARC-Refers-To", old)] if (old := found.headers.get("warc-record-id")) else []
    facts = f"removed: {note.at}\r\npayload-digest: sha256:{note.sha256}\r\n"
    reason = " ".join(note.reason.split())
    for fields, text in (
        ([*address, *origin], f"{facts}reason: {reason}\r\n"),
        ([*address, *origin], facts),
        (origin, facts),
        ([], f"removed: {note.at}\r\n"),
    ):
        made = make(_head(note.at, fields), text.encode(), found.length)
        if made is not None:
            return made
    raise NotBlanked(f"the record of {found.length} bytes is too short for a note in its place")


def _head(at: str, fields: list[tuple[str, str]]) -> bytes:
    """Return the first lines of the note: all that do not hang on how long it is."""
    lines = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid4()}>"),
        ("WARC-Date", at),
        *fields,
        ("Content-Type", "application/warc-fields"),
    ]
    return b"WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines).encode()


def _rest(text: bytes, length: int) -> bytes | None:
    """Return the rest of the note at that length: its last two headers, its block with blanks, and its end.

    None if there is not as much room.
    """
    is_short = length < _LEAST_WITH_DIGEST
    for space in (b"", b" "):  # where one blank more would need one digit more, a header's value ends in one
        fixed = len(_last_headers(text, space, is_short=is_short)) - len(str(len(text)))
        for digits in range(1, 12):
            blanks = length - fixed - digits - len(text) - len(_END)
            if blanks >= 0 and len(str(len(text) + blanks)) == digits:
                block = text + b" " * blanks
                return _last_headers(block, space, is_short=is_short) + block + _END
    return None


def _last_headers(block: bytes, space: bytes, *, is_short: bool) -> bytes:
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest())
    first = b"" if is_short else b"WARC-Block-Digest: sha1:%s\r\n" % digest
    return first + b"Content-Length: %d%s\r\n\r\n" % (len(block), space)


def _plain(head: bytes, text: bytes, length: int) -> bytes | None:
    """Return the note as a record of `length` bytes; None if it does not fit in."""
    rest = _rest(text, length - len(head))
    return None if rest is None else head + rest


def _packed(head: bytes, text: bytes, length: int) -> bytes | None:
    """Return the note as a gzip member of `length` bytes; None if it does not fit in.

    Its first lines are packed; the rest is stored, so that its length is known beforehand: 5 bytes for each of
    deflate's stored blocks, and what is in them.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(head) + packer.flush(zlib.Z_SYNC_FLUSH)
    room = length - len(_GZIP_HEAD) - len(packed) - _GZIP_TRAILER.size
    blocks = -(-room // (_MOST_STORED + 5))
    rest = _rest(text, room - 5 * blocks) if room > 0 else None
    if rest is None:
        return None
    whole = head + rest
    trailer = _GZIP_TRAILER.pack(zlib.crc32(whole), len(whole) & 0xFFFFFFFF)
    return _GZIP_HEAD + packed + _stored(rest, blocks) + trailer


def _stored(data: bytes, blocks: int) -> bytes:
    """Return data as so many of deflate's stored blocks, the last of which ends the stream."""
    made = bytearray()
    for number in range(blocks):
        part = data[number * _MOST_STORED : (number + 1) * _MOST_STORED]
        made += struct.pack("<BHH", number == blocks - 1, len(part), len(part) ^ 0xFFFF) + part
    return bytes(made)

"""Reading a capture back: one WARC record at an offset, checked against the hash of its row, and its body unpacked.

Of a revisit record the head is read, and the body from the record that it names (see `archive.evidence.revisit`).
warcio's own reader was tried first. It takes a damaged gzip member for one that was never packed, prints what is
wrong to standard error, and bounds neither a line nor what a packed body comes to; here a record is no more to be
trusted than the site that it came from.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.evidence.blanking import is_note
from archive.evidence.opening import unpacked_record
from archive.evidence.packs import PackDamaged
from archive.evidence.revisit import Original, is_file_beside, place_of_original, stands_for_another
from archive.text.terminal import one_line

Headers = tuple[tuple[str, str], ...]

# More than twice what a crawl takes in (DOWNLOAD_MAXSIZE), packed or unpacked.
MAX_BYTES = 64 * 1024 * 1024
_MAX_HEAD = 64 * 1024
_CHUNK = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/[\d.]{1,5} (\d{3})(?: |\r\n|$)")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r\n")
# What nobody packs three times over, save whoever builds a bomb.
_MAX_ENCODINGS = 2


class Trouble(StrEnum):
    """What can be wrong with a stored capture, in words."""

    MISSING = "the WARC file is missing"
    DAMAGED = "the WARC record is damaged"
    ALTERED = "the WARC record does not hold what was captured"
    TOO_LARGE = "the page is too large"
    PACKED = "the page can't be unpacked"
    REMOVED = "the page was removed on purpose"


class CaptureUnreadable(ArchiveError):
    """A capture's bytes can't be had; `trouble` says of which kind it is, the message is the sentence."""

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        super().__init__(trouble, sentence)
        self.trouble = trouble

    def __str__(self) -> str:
        """Return the sentence."""
        return str(self.args[1])


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it was received: the body still content-encoded; headers in their order, as text."""

    url: str
    status: int
    headers: Headers
    body: bytes = field(repr=False)


def read_response(folder: Path, warc_file: str, offset: int, payload_sha256: str) -> StoredResponse:
    """Return the response that lies at `offset` (bytes) of `folder`/`warc_file`, packed (.gz) or not.

    Of a revisit, the new answer with the body of its original. payload_sha256: what the body must hash to. Raises
    CaptureUnreadable.
    """
    head, response = _response_at(folder, warc_file, offset)
    if stands_for_another(head):
        response = replace(response, body=_original(folder, head, f"{warc_file} at byte {offset}")[1].body)
    _require_hash(response, payload_sha256, f"{warc_file} at byte {offset}")
    return response


def find_original(folder: Path, warc_file: str, offset: int, payload_sha256: str) -> Original:
    """Return the record that holds the payload of the capture that lies there: its own, or what its revisit names.

    Raises CaptureUnreadable where `read_response` does.
    """
    head, response = _response_at(folder, warc_file, offset)
    if stands_for_another(head):
        where = f"{warc_file} at byte {offset}"
        warc_file, offset = _place(head, where)
        head, response = _original(folder, head, where)
    if head.get("warc-type") != "response":  # a 304 holds no page
        raise CaptureUnreadable(Trouble.ALTERED, f"{warc_file} at byte {offset} holds no page")
    _require_hash(response, payload_sha256, f"{warc_file} at byte {offset}")
    return Original(
        head.get("warc-record-id", ""), response.url, head.get("warc-date", ""), warc_file, offset
    )


def content(response: StoredResponse, *, limit: int = MAX_BYTES) -> bytes:
    """Return a response's body as a browser sees it: no longer chunked, nor packed by any known Content-Encoding.

    An encoding that nobody knows is left as it is, as crawls do. limit: bytes that it may come to. Raises
    CaptureUnreadable for what can't be unpacked, or comes to more.
    """
    body = response.body
    if any("chunked" in value.lower() for value in _values(response.headers, "transfer-encoding")):
        body = _dechunked(body)
    encodings = [
        encoding.strip().lower()
        for value in _values(response.headers, "content-encoding")
        for encoding in value.split(",")
    ]
    if len(encodings) > _MAX_ENCODINGS:
        raise CaptureUnreadable(Trouble.PACKED, f"{response.url} is packed {len(encodings)} times over")
    for encoding in reversed(encodings):  # the last one was put on last
        if encoding not in _DECODERS:
            break
        try:
            body = _decoded(body, encoding, response.url, limit)
        except CaptureUnreadable as error:
            # Some archives keep the header of a body that they have unpacked.
            if error.trouble is Trouble.PACKED and body.lstrip().startswith(b"<"):
                break
            raise
    return body


# -- the record -----------------------------------------------------------------------------------------------


def _response_at(folder: Path, warc_file: str, offset: int) -> tuple[dict[str, str], StoredResponse]:
    """Return the headers of the record there, their names in lower case, and the answer in it."""
    where = one_line(f"{warc_file} at byte {offset}")
    if not is_file_beside(warc_file) or offset < 0:
        raise CaptureUnreadable(Trouble.MISSING, f"{where} is no place in a WARC file beside the archive")
    try:
        with closing(_pieces(folder, warc_file, offset)) as pieces:
            head, block = _record(pieces, where)
    except FileNotFoundError:
        raise CaptureUnreadable(Trouble.MISSING, f"there is no {folder / warc_file}") from None
    except PackDamaged as error:
        raise CaptureUnreadable(Trouble.DAMAGED, f"{where} is damaged: {error}") from None
    except (OSError, ValueError) as error:  # ValueError: a name that can't be encoded
        raise CaptureUnreadable(Trouble.MISSING, f"{folder / warc_file} can't be read: {error}") from None
    except zlib.error as error:
        raise CaptureUnreadable(Trouble.DAMAGED, f"{where} is damaged: {error}") from None
    return head, _response(head, block, where)


def _original(folder: Path, head: dict[str, str], where: str) -> tuple[dict[str, str], StoredResponse]:
    """Return the record that a revisit stands for, as `_response_at` does. head: of the revisit, which lies there."""
    warc_file, offset = _place(head, where)
    try:
        found, response = _response_at(folder, warc_file, offset)
    except CaptureUnreadable as error:
        raise CaptureUnreadable(error.trouble, f"{where} has its page elsewhere: {error}") from None
    if found.get("warc-type") != "response":
        raise CaptureUnreadable(
            Trouble.DAMAGED,
            f"{where} has its page elsewhere: {warc_file} at byte {offset}, which holds none itself",
        )
    return found, response


def _place(head: dict[str, str], where: str) -> tuple[str, int]:
    place = place_of_original(head)
    if place is None:
        raise CaptureUnreadable(
            Trouble.DAMAGED, f"{where} has its page elsewhere, and names no place in a WARC file beside it"
        )
    return place


def _require_hash(response: StoredResponse, payload_sha256: str, where: str) -> None:
    if hashlib.sha256(response.body).hexdigest() != payload_sha256:
        raise CaptureUnreadable(
            Trouble.ALTERED,
            f"{where} holds another page of {one_line(response.url)} than was captured (its hash differs)",
        )


def _pieces(folder: Path, warc_file: str, offset: int) -> Generator[bytes, None, None]:
    """Yield the record that begins there in pieces, out of the file or of the pack that holds it. Raises OSError."""
    try:
        file = (folder / warc_file).open("rb")
    except FileNotFoundError:
        record = unpacked_record(folder, warc_file, offset)
        if record is None:
            raise
        yield record
        return
    with file:
        file.seek(offset)
        yield from _unpacked_member(file)


def _unpacked_member(file: BinaryIO) -> Iterator[bytes]:
    """Yield the record at the file's position in pieces: of its gzip member, or as it stands if it's in none."""
    piece = file.read(_CHUNK)
    if not piece.startswith(_GZIP_MAGIC):
        while piece:
            yield piece
            piece = file.read(_CHUNK)
        return
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while piece and not member.eof:
        yield member.decompress(piece, _CHUNK)
        piece = member.unconsumed_tail or file.read(_CHUNK)


def _record(pieces: Iterable[bytes], where: str) -> tuple[dict[str, str], bytes]:
    """Return a record's own headers, their names in lower case, and its block."""
    held, begin, end = bytearray(), 0, None
    head: dict[str, str] = {}
    for piece in pieces:
        searched = max(0, len(held) - len(_END_OF_HEAD))
        held += piece
        if end is None:
            at = held.find(_END_OF_HEAD, searched)
            if at < 0 and len(held) > _MAX_HEAD:
                break
            if at < 0:
                continue
            head = _warc_head(bytes(held[:at]), where)
            begin = at + len(_END_OF_HEAD)
            end = begin + _length(head, where)
        if len(held) >= end:
            return head, bytes(held[begin:end])
    problem = "no WARC record begins there" if end is None else "the record breaks off"
    raise CaptureUnreadable(Trouble.DAMAGED, f"{where} is damaged: {problem}")


def _warc_head(lines: bytes, where: str) -> dict[str, str]:
    version, _, fields = lines.partition(b"\r\n")
    if not version.startswith(b"WARC/"):
        raise CaptureUnreadable(Trouble.DAMAGED, f"{where} is damaged: no WARC record begins there")
    return {name.lower(): value for name, value in _header_lines(fields)}


def _length(head: dict[str, str], where: str) -> int:
    digits = head.get("content-length", "")
    if not (digits.isascii() and digits.isdigit()):
        raise CaptureUnreadable(
            Trouble.DAMAGED, f"{where} is damaged: the record does not say how long it is"
        )
    if len(digits) > len(str(MAX_BYTES)) or int(digits) > MAX_BYTES:
        raise CaptureUnreadable(Trouble.TOO_LARGE, f"{where} holds more than {MAX_BYTES // 1024**2} MB")
    return int(digits)


def _response(head: dict[str, str], block: bytes, where: str) -> StoredResponse:
    if is_note(head.get("warc-type", ""), block):
        raise CaptureUnreadable(Trouble.REMOVED, f"{where}: the page was removed on purpose; see `custody`")
    lines, _, body = block.partition(_END_OF_HEAD)
    status = _STATUS_LINE.match(lines)
    if head.get("warc-type") not in {"response", "revisit"} or status is None:
        raise CaptureUnreadable(Trouble.DAMAGED, f"{where} is no HTTP response")
    fields = lines.partition(b"\r\n")[2]
    return StoredResponse(head.get("warc-target-uri", ""), int(status[1]), _header_lines(fields), body)


def _header_lines(lines: bytes) -> Headers:
    pairs = (line.partition(":") for line in lines.decode("latin-1").split("\r\n"))
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


# -- the body -------------------------------------------------------------------------------------------------


def _values(headers: Headers, name: str) -> list[str]:
    return [value for header, value in headers if header.lower() == name]


def _dechunked(body: bytes) -> bytes:
    """Return a chunked body's bytes; the body as it is where it's not chunked, whatever its headers say."""
    joined, at = bytearray(), 0
    while size := _CHUNK_SIZE.match(body, at):
        begin, length = size.end(), int(size[1], 16)
        joined += body[begin : begin + length]
        at = begin + length
        if not length or at >= len(body):  # the end, or as far as it was received
            return bytes(joined)
        if body[at : at + 2] != b"\r\n":
            return body
        at += 2
    return bytes(joined) if at and at >= len(body) else body


class _TooLarge(Exception):
    """A body unpacks to more than the limit."""


def _decoded(body: bytes, encoding: str, url: str, limit: int) -> bytes:
    try:
        return _joined(_DECODERS[encoding](body), limit)
    except _TooLarge:
        raise CaptureUnreadable(
            Trouble.TOO_LARGE, f"{url}: its {len(body)} bytes unpack to more than {limit // 1024**2} MB"
        ) from None
    except ImportError as error:
        raise CaptureUnreadable(
            Trouble.PACKED, f"{url} is packed with {encoding}, and {error.name} is not installed"
        ) from None
    except Exception as error:  # noqa: BLE001 - each library has its own, and a body is a stranger's
        raise CaptureUnreadable(
            Trouble.PACKED, f"{url} says that it is packed with {encoding}, and is not: {error}"
        ) from None


def _joined(pieces: Iterable[bytes], limit: int) -> bytes:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > limit:
            raise _TooLarge
    return bytes(held)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """Yield what a body holds as far as it goes: sites send bodies without an end, or with a wrong checksum."""
    with gzip.GzipFile(fileobj=BytesIO(body)) as file:
        is_begun = False
        while True:
            try:
                piece = file.read1(_CHUNK)
            except (OSError, EOFError, zlib.error):
                if is_begun:
                    return
                raise
            if not piece:
                return
            is_begun = True
            yield piece


def _inflate(body: bytes) -> Iterator[bytes]:
    """Yield what a deflated body holds, with zlib's frame or, as some servers send it, without."""
    stream = zlib.decompressobj()
    try:
        piece = stream.decompress(body, _CHUNK)
    except zlib.error:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        piece = stream.decompress(body, _CHUNK)
    yield piece
    while stream.unconsumed_tail and not stream.eof:
        yield stream.decompress(stream.unconsumed_tail, _CHUNK)


def _unbrotli(body: bytes) -> Iterator[bytes]:
    import brotli  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with Scrapy; the archive does without

    stream = brotli.Decompressor()
    piece: bytes = stream.process(body, output_buffer_limit=_CHUNK)
    while piece:
        yield piece
        piece = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_CHUNK)


def _unzstd(body: bytes) -> Iterator[bytes]:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - as below
    else:
        from backports import zstd  # noqa: PLC0415 - comes with Scrapy; the archive does without

    with zstd.ZstdFile(BytesIO(body)) as file:
        try:
            while piece := file.read(_CHUNK):
                yield piece
        except EOFError:  # as far as it was received
            return


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}

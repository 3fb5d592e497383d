"""A page's body as it was sent, gzipped: the crawl's own process looks at its beginning, a worker unpacks it.

Unpacking takes a millisecond a page, and what is sent to a worker is a fourth as long.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from archive.evidence.reading import CaptureUnreadable, StoredResponse, Trouble, content
from crawler.errors import ExtractionError, PackedTooWell

_GZIP = zlib.MAX_WBITS | 16
_MAGIC = b"\x1f\x8b\x08"
_NAMES = frozenset({b"gzip", b"x-gzip"})


@dataclass(frozen=True, slots=True)
class Packed:
    """A gzipped body. limit: the bytes that it may unpack to."""

    data: bytes = field(repr=False)
    limit: int

    def head(self, size: int) -> bytes:
        """Return the first `size` bytes; nothing if they can't be unpacked."""
        try:
            return zlib.decompressobj(_GZIP).decompress(self.data, size)
        except zlib.error:
            return b""

    def unpacked(self) -> bytes:
        """Return the whole body, or as much of it as was sent.

        Raises PackedTooWell if it is longer than the limit, ExtractionError if it is not gzipped at all.
        """
        stream = zlib.decompressobj(_GZIP)
        try:
            whole = stream.decompress(self.data, self.limit)
        except zlib.error:
            whole = b""
        if stream.eof and not stream.unused_data:
            return whole
        return self._piece_by_piece()

    def _piece_by_piece(self) -> bytes:
        """Unpack what is damaged, broken off or of several parts, as far as it goes."""
        response = StoredResponse("it", 200, (("Content-Encoding", "gzip"),), self.data)
        try:
            return content(response, limit=self.limit)
        except CaptureUnreadable as error:
            if error.trouble is Trouble.TOO_LARGE:
                raise PackedTooWell(
                    f"its body of {len(self.data)} bytes unpacks to more than allowed"
                ) from error
            raise ExtractionError(str(error)) from error


def is_gzipped(encoding: bytes, body: bytes) -> bool:
    """Tell whether a body is gzipped once and nothing else: by its Content-Encoding, and by its first bytes."""
    return encoding.strip().lower() in _NAMES and body.startswith(_MAGIC)

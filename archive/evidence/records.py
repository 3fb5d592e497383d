"""One WARC record as its bytes come by: its head, its digests, and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

_MAX_HEAD = 64 * 1024
_MAX_HTTP_HEAD = 256 * 1024
_KEPT = 4 * 1024  # of a block's beginning
_KEPT_METADATA = 16 * 1024 * 1024  # of what is told of captures, and of texts that came without a page
_TOLD = frozenset({"metadata", "resource"})  # see `archive.evidence.facts`
_END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/[\d.]{1,5} (\d{3})(?: |\r\n|$)")
_CHUNKED = re.compile(rb"^transfer-encoding:[^\r\n]*chunked", re.IGNORECASE | re.MULTILINE)
_ALGORITHMS = frozenset({"md5", "sha1", "sha256", "sha512"})
_END = b"\r\n\r\n"  # of a record
_MAGIC = b"WARC/"


class Malformed(Exception):
    """What comes by is no WARC record; the words say why."""


@dataclass(frozen=True, slots=True)
class Head:
    """A record's own headers, their names in lower case; nothing of one that was not read yet."""

    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    length: int = 0


class RecordReader:
    """Takes a record's bytes in, piece by piece."""

    def __init__(self) -> None:
        self.head = Head()
        self._start = bytearray()
        self.status: int | None = None
        self.payload_bytes: int | None = None
        self._held = bytearray()  # of the record's head; then of an HTTP head
        self._has_head = False
        self._left = 0
        self._tail = bytearray()
        self._head_length = 0
        self._block: Any = None
        self._payload: Any = None
        self._is_chunked = self._is_http_response = self._has_http_head = False
        self._digests: dict[str, Any] = {}

    @property
    def start(self) -> bytes:
        """Return the first bytes of the block; of a `metadata` or `resource` record all of it, up to 16 MB."""
        return bytes(self._start)

    @property
    def is_complete(self) -> bool:
        """Tell whether the whole record came by, and the blank lines that end it."""
        return self._has_head and not self._left and len(self._tail) >= len(_END)

    @property
    def length(self) -> int:
        """Return how many bytes, unpacked, belong to a record that is complete."""
        return self._head_length + self.head.length + len(_END)

    @property
    def payload_sha256(self) -> str | None:
        """Return the hash of a response's body; None for any other record, and for one without an HTTP head."""
        return self._payload.hexdigest() if self._payload is not None else None

    def feed(self, data: bytes) -> bool:
        """Take the next bytes in, and tell whether the record is complete. Raises Malformed."""
        if not self._has_head:
            self._held += data
            at = self._held.find(_END_OF_HEAD)
            if at < 0:
                if len(self._held) > _MAX_HEAD or not _MAGIC.startswith(self._held[: len(_MAGIC)]):
                    raise Malformed("no WARC record begins there")
                return False
            self._begin(bytes(self._held[:at]))
            self._head_length = at + len(_END_OF_HEAD)
            data = bytes(self._held[self._head_length :])
            self._held.clear()
        if self._left:
            block = data[: self._left]
            self._left -= len(block)
            self._take(block)
            data = data[len(block) :]
        if data:
            self._tail += data[: len(_END) + 1 - len(self._tail)]
        return self.is_complete

    def ends_well(self, *, is_alone: bool) -> bool:
        """Tell whether the lines that end a record stand where it says; is_alone: and nothing behind them."""
        return self._left > 0 or bytes(self._tail) == _END or (not is_alone and self._tail.startswith(_END))

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong with what a record holds, when all of it has come by."""
        if not self._has_head:
            return ("no WARC record begins there",)
        if self._left:
            came = self.head.length - self._left
            return (f"it says that it has {self.head.length} bytes, and has {came}",)
        found = self._wrong_digests()
        if (
            self._is_http_response
            and self.status is None
            and (self.head.length or self.head.kind != "revisit")
        ):
            found.append("it is no HTTP response")
        return tuple(found)

    def _begin(self, lines: bytes) -> None:
        version, _, fields = lines.partition(b"\r\n")
        if not version.startswith(_MAGIC):
            raise Malformed("no WARC record begins there")
        pairs = (line.partition(":") for line in fields.decode("utf-8", "replace").split("\r\n"))
        headers = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
        digits = headers.get("content-length", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
            raise Malformed("it does not say how long it is")
        self.head = Head(headers.get("warc-type", ""), headers, int(digits))
        self._has_head, self._left = True, int(digits)
        self._block = _hasher(headers.get("warc-block-digest"))
        is_http = headers.get("content-type", "").lower().startswith("application/http")
        self._is_http_response = self.head.kind in {"response", "revisit"} and is_http

    def _take(self, block: bytes) -> None:
        if self._block is not None:
            self._block.update(block)
        kept = _KEPT_METADATA if self.head.kind in _TOLD else _KEPT
        if len(self._start) < kept:
            self._start += block[: kept - len(self._start)]
        if not self._is_http_response:
            return
        if self._has_http_head:
            self._take_payload(block)
        elif len(self._held) <= _MAX_HTTP_HEAD:
            self._held += block
            at = self._held.find(_END_OF_HEAD)
            if at >= 0:
                self._begin_payload(bytes(self._held[:at]))
                self._take_payload(bytes(self._held[at + len(_END_OF_HEAD) :]))
                self._held.clear()

    def _begin_payload(self, lines: bytes) -> None:
        status = _STATUS_LINE.match(lines)
        self.status = int(status[1]) if status else None
        self._is_chunked = _CHUNKED.search(lines) is not None
        self._has_http_head = True
        if self.head.kind == "revisit":  # its payload is that of another record
            return
        self._payload, self.payload_bytes = hashlib.sha256(), 0
        given = self.head.headers.get("warc-payload-digest")
        if given is not None and not given.lower().startswith("sha256:"):
            self._digests["payload"] = _hasher(given)

    def _take_payload(self, body: bytes) -> None:
        if self._payload is None:
            return
        self._payload.update(body)
        self.payload_bytes = (self.payload_bytes or 0) + len(body)
        if (other := self._digests.get("payload")) is not None:
            other.update(body)

    def _wrong_digests(self) -> list[str]:
        headers = self.head.headers
        payload = self._digests.get("payload", self._payload)
        # of a chunked body, tools are not of one mind about what the payload is
        return [
            f"its {name} is not that of what it holds"
            for name, made in (
                ("WARC-Block-Digest", self._block),
                ("WARC-Payload-Digest", None if self._is_chunked else payload),
            )
            if made is not None and name.lower() in headers and not _agrees(headers[name.lower()], made)
        ]


def _hasher(digest: str | None) -> Any:
    """Return a new hash of the kind that a digest is of; None for one that nobody knows."""
    algorithm = (digest or "").partition(":")[0].lower().replace("-", "")
    return hashlib.new(algorithm, usedforsecurity=False) if algorithm in _ALGORITHMS else None


def _agrees(digest: str, made: Any) -> bool:
    value = digest.partition(":")[2].strip()
    packed = base64.b32encode(made.digest()).decode()
    return value.lower() == made.hexdigest() or value.upper().rstrip("=") == packed.rstrip("=")

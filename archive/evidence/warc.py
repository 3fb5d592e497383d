"""Captures as WARC records, so that every tool of web archiving reads them.

One file a run, made when the first response comes: `warc/SOURCE-YYYYMMDDhhmmss-PID.warc.gz` beside the archive; when it
has a gigabyte, the run goes on in `...-PID-2.warc.gz`.
Each exchange is a `response` record (headers and body as received, the body still content-encoded) and its
`request` record, each a gzip member of its own, so that one record can be read without the others. Where an earlier
record holds the same payload already, a `revisit` record takes the place of the `response`; see `archive.evidence.revisit`.

What another program captured (`scrapy importwarc`) lies in a file of its own kind, of the same name: its first record
says so, and each exchange is the other's `response` record, byte for byte where it can be, followed by a `metadata`
record that refers to it (WARC-Refers-To) and says which file it was taken from (`imported-from`, `imported-offset`).

Behind a visit's exchanges stands a `metadata` record of what else is known of it, so that the database can be made anew
from these files: see `archive.evidence.facts`.

warcio wrote the records at first; it copies each body three times over, and took as long as all of SQLite.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit, urlunsplit

from archive import __version__
from archive.clock import to_text
from archive.evidence import facts
from archive.evidence.facts import Fact
from archive.evidence.revisit import Original, fields_of
from archive.models import RawResponse, RecordOrigin, StoredCapture
from archive.syncing import sync_path

Fields = Iterable[tuple[str, str]]

# Larger ones are unwieldy: this is the size that the WARC guidelines recommend, give or take the last record.
MAX_FILE = 1_000_000_000
# A body that the server has compressed does not get smaller: packing it again would cost more than all else here.
_PACKED, _PLAIN = 0, 6
# A payload of fewer bytes is written again: to save so little, no record is made to hang on another. One of more takes
# more room than what a revisit record says, in any case.
_NEVER_BELOW, _SURELY_LARGER = 512, 8 * 1024
# Of a short record, a window and tables of this size see all; the usual ones take four times as long to set up.
_SHORT, _SHORT_WINDOW, _SHORT_TABLES = 4 * 1024, 12 | 16, 5
_HTTP_ANSWER = "application/http; msgtype=response"


class Earlier(Protocol):
    """Knows what earlier captures hold."""

    def holding(self, payload_sha256: str, payload_bytes: int) -> Original | None:
        """Return a record that holds this payload; None if none does."""

    def last_page(self, url: str) -> Original | None:
        """Return the record with the page that was captured last at an address; None if there is none."""


class WarcFile:
    """The WARC files of one run, the last one open for appending; belongs to one thread. path: the last one's."""

    def __init__(
        self, folder: Path, source_id: str, started_at: datetime, *, about: Mapping[str, str] | None = None,
        copies: bool = False, max_file: int = MAX_FILE, first: Fact | None = None,
    ) -> None:  # fmt: skip
        """Name the file; nothing is written before the first response.

        about: fields of the warcinfo record besides those that every file has. copies: it's for what other programs
        captured, and holds no requests. max_file: bytes from which on the next file is begun. first: what each file tells
        before its first response.
        """
        stamp = started_at.strftime("%Y%m%d%H%M%S")
        self._stem = f"{source_id}-{stamp}-{os.getpid()}"
        self.path = folder / f"{self._stem}.warc.gz"
        self._about, self._max_file = dict(about or {}), max_file
        self._source_id = source_id
        self._copies = copies
        self._first = first
        self._answers: list[str] = []  # the ids of the responses since the last fact
        self._started_at = started_at
        self._file: BinaryIO | None = None
        self._is_named = False

    @property
    def is_begun(self) -> bool:
        """Tell whether anything was written."""
        return self._file is not None

    def tell(self, fact: Fact, *, of_answers: int = 0) -> None:
        """Append a fact. of_answers: so many of the last responses it is about. Not lasting before `sync`."""
        answers = self._answers[-of_answers:] if of_answers else []
        self._answers.clear()
        self._append(_member(_fact(fact, answers), _PLAIN))

    def add_text(self, uri: str, at: str, content: bytes) -> None:
        """Append a text that came without a page, as the JSON that it came in. Not lasting before `sync`."""
        fields = [("WARC-Target-URI", uri), ("WARC-Date", at)]
        self._append(_member(_record("resource", _new_id(), "application/json", fields, content), _PLAIN))

    def add(
        self, response: RawResponse, earlier: Earlier | None = None, *, title_hint: str | None = None
    ) -> StoredCapture:
        """Append an exchange and return where it lies. Not lasting before `sync`.

        earlier: of what it knows, no payload is written again; without it, every one is. title_hint: what the page is
        called where it is listed, which the extraction takes into account.
        """
        sha256 = hashlib.sha256(response.body).hexdigest()
        if response.origin is not None:
            record_id, members = _copied(response, response.origin, sha256)
            self._answers.append(record_id)
            offset = self._append(members)
            return StoredCapture(response, sha256, self.path.name, offset)
        date, answer_id = to_text(response.fetched_at), _new_id()
        answer = _answer(response, sha256, _facts(response, date, title_hint), answer_id, earlier)
        self._answers.append(answer_id)
        question = _member(_question(response, date, answer_id), _PLAIN)
        offset = self._append(answer + question)  # which may begin the next file
        return StoredCapture(response, sha256, self.path.name, offset)

    def sync(self) -> None:
        """Return when every record so far is on the disk."""
        if self._file is None:
            return
        os.fsync(self._file.fileno())
        if not self._is_named:  # a synced file that has no name yet is lost all the same
            sync_path(self.path.parent)
            sync_path(self.path.parent.parent)
            self._is_named = True

    def close(self) -> None:
        """Sync and close the file."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _append(self, members: bytes) -> int:
        if self._file is not None and self._file.tell() >= self._max_file:
            self.close()
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file, self._is_named = self._open_new(), False
            self._write(self._file, _member(self._warcinfo(), _PLAIN))
            if self._first is not None:
                self._write(self._file, _member(_fact(self._first, ()), _PLAIN))
        offset = self._file.tell()
        self._write(self._file, members)
        return offset

    def _open_new(self) -> BinaryIO:
        """Make the file; the next one, or that of another run of one process in the same second, gets a number."""
        for number in range(2, 1000):
            try:
                return self.path.open("xb", buffering=0)
            except FileExistsError:
                self.path = self.path.with_name(f"{self._stem}-{number}.warc.gz")
        return self.path.open("xb", buffering=0)

    @staticmethod
    def _write(file: BinaryIO, members: bytes) -> None:
        offset, rest = file.tell(), memoryview(members)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(offset)  # a full disk: no reader gets past half a record
            file.seek(offset)
            raise

    def _warcinfo(self) -> bytes:
        note = "captures of other programs, copied from their WARC files; no requests are known"
        info = (
            ({"description": note} if self._copies else {})
            | {
                "software": f"conflict-archive/{__version__}",
                "format": "WARC File Format 1.1",
                "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                "isPartOf": self._source_id,
                "robots": "obey",
            }
            | self._about
        )
        fields = [("WARC-Filename", self.path.name), ("WARC-Date", to_text(self._started_at))]
        return _record(
            "warcinfo", _new_id(), "application/warc-fields", fields, _lines(info.items()).encode()
        )


def _fact(fact: Fact, answers: Iterable[str]) -> bytes:
    """Return the `metadata` record that tells a fact. answers: the ids of the records that it is about."""
    fields = [("WARC-Target-URI", fact.uri)] if fact.uri else []
    fields += [("WARC-Date", fact.at), *(("WARC-Concurrent-To", answer) for answer in answers)]
    block = _lines(facts.fields_of(fact)).encode()
    return _record("metadata", _new_id(), facts.CONTENT_TYPE, fields, block)


def _answer(
    response: RawResponse, sha256: str, fields: list[tuple[str, str]], record_id: str, earlier: Earlier | None
) -> bytes:
    """Return the record of an answer, as a gzip member: a `response`, or a `revisit` where that takes less room."""
    length = len(response.body)
    if earlier is not None and response.status == HTTPStatus.NOT_MODIFIED and not length:
        # the standard has no WARC-Payload-Digest for these: nothing was received that could be hashed
        fields += fields_of(earlier.last_page(response.url), is_not_modified=True)
        return _member(_record("revisit", record_id, _HTTP_ANSWER, fields, _http_head(response)), _PLAIN)
    original = earlier.holding(sha256, length) if earlier is not None and length >= _NEVER_BELOW else None
    fields.append(("WARC-Payload-Digest", f"sha256:{sha256}"))
    short = None
    if original is not None:
        named = [*fields, *fields_of(original, is_not_modified=False)]
        short = _member(_record("revisit", record_id, _HTTP_ANSWER, named, _http_head(response)), _PLAIN)
        if length >= _SURELY_LARGER:
            return short
    record = _record("response", record_id, _HTTP_ANSWER, fields, _http_head(response) + response.body)
    is_packed = any(name.lower() == "content-encoding" for name, _ in response.response_headers)
    full = _member(record, _PACKED if is_packed else _PLAIN)
    return full if short is None or len(full) <= len(short) else short


def _facts(response: RawResponse, date: str, title_hint: str | None) -> list[tuple[str, str]]:
    """Return the headers that say what was answered, when, from where, and what it was called where it is listed."""
    found = [("WARC-Target-URI", response.url), ("WARC-Date", date)]
    if response.ip_address:
        found.append(("WARC-IP-Address", response.ip_address))
    if title_hint:
        found.append((facts.TITLE_HINT, " ".join(title_hint.split())))
    return found


def _http_head(response: RawResponse) -> bytes:
    status = f"{response.protocol} {response.status} {response.reason}".rstrip()
    return _http(status, response.response_headers)


def _question(response: RawResponse, date: str, answer_id: str) -> bytes:
    """Return the `request` record that led to the response."""
    parts = urlsplit(response.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    fields = [("WARC-Target-URI", response.url), ("WARC-Date", date), ("WARC-Concurrent-To", answer_id)]
    block = _http(
        f"{response.request_method} {target} HTTP/1.1", [("Host", parts.netloc), *response.request_headers]
    )
    return _record("request", _new_id(), "application/http; msgtype=request", fields, block)


def _copied(response: RawResponse, origin: RecordOrigin, sha256: str) -> tuple[str, bytes]:
    """Return the id of another program's record; and the record, as it is or made anew, and the note of its origin, as members."""
    record_id, date = origin.record_id or _new_id(), to_text(response.fetched_at)
    member = origin.record
    if member is None:
        record_id = _new_id() if origin.payload_from else record_id
        fields = [
            ("WARC-Target-URI", response.url),
            ("WARC-Date", date),
            ("WARC-Payload-Digest", f"sha256:{sha256}"),
        ]
        block = origin.head + response.body
        member = _member(_record("response", record_id, _HTTP_ANSWER, fields, block), _PLAIN)
    note = [("imported-from", origin.file), ("imported-offset", str(origin.offset))]
    note += [("imported-record-id", origin.record_id)] if origin.record_id else []
    note += [("payload-of", origin.payload_from)] if origin.payload_from else []
    fields = [("WARC-Target-URI", response.url), ("WARC-Date", date), ("WARC-Refers-To", record_id)]
    told = _record("metadata", _new_id(), "application/warc-fields", fields, _lines(note).encode())
    return record_id, member + _member(told, _PLAIN)


def _record(kind: str, record_id: str, content_type: str, fields: Fields, block: bytes) -> bytes:
    """Return a whole record (WARC 1.1, section 4), not packed."""
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    head = _lines(
        [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            *fields,
            ("WARC-Block-Digest", f"sha1:{digest}"),
            ("Content-Type", content_type),
            ("Content-Length", str(len(block))),
        ]
    )
    return b"".join((b"WARC/1.1\r\n", head.encode("utf-8", "replace"), b"\r\n", block, b"\r\n\r\n"))


def _http(first: str, headers: Fields) -> bytes:
    """Return the head of an HTTP message, with the blank line that ends it; its bytes are those that were received."""
    return f"{first}\r\n{_lines(headers)}\r\n".encode("latin-1", "replace")


def _lines(fields: Fields) -> str:
    return "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields)


def _one_line(value: str) -> str:
    """Return a header's value, which no line break must cut in two."""
    return value if value.isprintable() else value.replace("\r", " ").replace("\n", " ")


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _member(record: bytes, level: int) -> bytes:
    """Return a record as a gzip member."""
    if len(record) <= _SHORT:
        packer = zlib.compressobj(level, zlib.DEFLATED, _SHORT_WINDOW, _SHORT_TABLES)
    else:
        packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(record) + packer.flush()

"""Captures as WARC records, so that every tool of web archiving reads them.

One file a run, made when the first response comes: `warc/SOURCE-YYYYMMDDhhmmss-PID.warc.gz` beside the archive.
Each exchange is a `response` record (headers and body as received, the body still content-encoded) and its
`request` record, each a gzip member of its own, so that one record can be read without the others.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

from warcio.recordbuilder import RecordBuilder
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import __version__
from archive.clock import to_text
from archive.models import RawResponse, StoredCapture

# A body that the server has compressed does not get smaller: packing it again would cost more than all else here.
_PACKED, _PLAIN = 0, 6


class WarcFile:
    """The WARC file of one run, open for appending; belongs to one thread."""

    def __init__(self, folder: Path, source_id: str, started_at: datetime) -> None:
        """Name the file; nothing is written before the first response."""
        stamp = started_at.strftime("%Y%m%d%H%M%S")
        self.path = folder / f"{source_id}-{stamp}-{os.getpid()}.warc.gz"
        self._source_id = source_id
        self._file: BinaryIO | None = None
        self._records = RecordBuilder(warc_version="1.1")

    def add(self, response: RawResponse) -> StoredCapture:
        """Append an exchange and return where it lies. Not lasting before `sync`."""
        sha256 = hashlib.sha256(response.body).hexdigest()
        answer = self._response(response, sha256)
        question = self._request(response, answer)
        is_packed = any(name.lower() == "content-encoding" for name, _ in response.response_headers)
        members = _member(answer, _PACKED if is_packed else _PLAIN) + _member(question, _PLAIN)
        return StoredCapture(response, sha256, self.path.name, self._append(members))

    def sync(self) -> None:
        """Return when every record so far is on the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close the file."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _append(self, members: bytes) -> int:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb", buffering=0)
            self._write(self._file, _member(self._warcinfo(), _PLAIN))
        offset = self._file.tell()
        self._write(self._file, members)
        return offset

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

    def _warcinfo(self) -> ArcWarcRecord:
        info = {
            "software": f"conflict-archive/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self._source_id,
            "robots": "obey",
        }
        return self._records.create_warcinfo_record(self.path.name, info)

    def _response(self, response: RawResponse, sha256: str) -> ArcWarcRecord:
        headers = {"WARC-Date": to_text(response.fetched_at), "WARC-Payload-Digest": f"sha256:{sha256}"}
        if response.ip_address:
            headers["WARC-IP-Address"] = response.ip_address
        return self._records.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            length=len(response.body),
            http_headers=StatusAndHeaders(
                f"{response.status} {response.reason}".rstrip(),
                list(response.response_headers),
                protocol=response.protocol,
            ),
            warc_headers_dict=headers,
        )

    def _request(self, response: RawResponse, answer: ArcWarcRecord) -> ArcWarcRecord:
        parts = urlsplit(response.url)
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return self._records.create_warc_record(
            response.url,
            "request",
            http_headers=StatusAndHeaders(
                f"{response.request_method} {target} HTTP/1.1",
                [("Host", parts.netloc), *response.request_headers],
                is_http_request=True,
            ),
            warc_headers_dict={
                "WARC-Date": to_text(response.fetched_at),
                "WARC-Concurrent-To": answer.rec_headers.get_header("WARC-Record-ID"),
            },
        )


def _member(record: ArcWarcRecord, level: int) -> bytes:
    """Return a record as a gzip member; warcio's own writer packs everything at the highest level."""
    plain = BytesIO()
    WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(plain.getbuffer()) + packer.flush()

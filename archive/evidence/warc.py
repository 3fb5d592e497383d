"""Captures as WARC records, so that every tool of web archiving reads them.

One file a run, made when the first response comes: `warc/SOURCE-YYYYMMDDhhmmss-PID.warc.gz` beside the archive.
Each exchange is a `response` record (headers and body as received, the body still content-encoded) and its
`request` record, each a gzip member of its own, so that one record can be read without the others.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import __version__
from archive.clock import to_text
from archive.models import RawResponse, StoredCapture


class WarcFile:
    """The WARC file of one run, open for appending; belongs to one thread."""

    def __init__(self, folder: Path, source_id: str, started_at: datetime) -> None:
        """Name the file; nothing is written before the first response."""
        stamp = started_at.strftime("%Y%m%d%H%M%S")
        self.path = folder / f"{source_id}-{stamp}-{os.getpid()}.warc.gz"
        self._started_at = started_at
        self._source_id = source_id
        self._file: BinaryIO | None = None
        self._writer: WARCWriter | None = None

    def add(self, response: RawResponse) -> StoredCapture:
        """Append an exchange and return where it lies. Not lasting before `sync`."""
        writer, file = self._open()
        offset = file.tell()
        sha256 = hashlib.sha256(response.body).hexdigest()
        record = writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            length=len(response.body),
            http_headers=StatusAndHeaders(
                f"{response.status} {response.reason}".rstrip(),
                list(response.response_headers),
                protocol=response.protocol,
            ),
            warc_headers_dict=self._provenance(response, sha256),
        )
        try:
            writer.write_request_response_pair(self._request(response, writer), record)
        except BaseException:
            file.truncate(offset)  # a full disk: no reader gets past half a record
            file.seek(offset)
            raise
        return StoredCapture(response, sha256, self.path.name, offset)

    def sync(self) -> None:
        """Return when every record so far is on the disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close the file."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _open(self) -> tuple[WARCWriter, BinaryIO]:
        if self._writer is None or self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb")
            self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
            self._writer.write_record(self._warcinfo(self._writer))
        return self._writer, self._file

    def _warcinfo(self, writer: WARCWriter) -> object:
        info = {
            "software": f"conflict-archive/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self._source_id,
            "robots": "obey",
        }
        return writer.create_warcinfo_record(self.path.name, info)

    @staticmethod
    def _provenance(response: RawResponse, sha256: str) -> dict[str, str]:
        headers = {"WARC-Date": to_text(response.fetched_at), "WARC-Payload-Digest": f"sha256:{sha256}"}
        if response.ip_address:
            headers["WARC-IP-Address"] = response.ip_address
        return headers

    @staticmethod
    def _request(response: RawResponse, writer: WARCWriter) -> object:
        parts = urlsplit(response.url)
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return writer.create_warc_record(
            response.url,
            "request",
            http_headers=StatusAndHeaders(
                f"{response.request_method} {target} HTTP/1.1",
                [("Host", parts.netloc), *response.request_headers],
                is_http_request=True,
            ),
        )

"""WARC files of other programs, as tests make them: written by warcio, packed in every way that there is."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.sites.herald import page, paragraphs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HTML = "text/html; charset=utf-8"


class _Writer(WARCWriter):
    """warcio leaves its temporary files to the garbage collector."""

    @classmethod
    def _create_temp_file(cls):
        return BytesIO()


@dataclass(frozen=True)
class Rec:
    """A record to be written. kind: its WARC-Type."""

    url: str
    body: bytes
    date: str = "2025-03-01T10:00:00Z"
    kind: str = "response"
    status: str = "200 OK"
    content_type: str | None = HTML
    headers: tuple[tuple[str, str], ...] = ()
    warc: tuple[tuple[str, str], ...] = ()


def story(number: int, *, edition: int = 0) -> bytes:
    """Return the page of report `number`; its text is another in another edition."""
    text = paragraphs(number)
    if edition:
        text[1] = f"Correction {edition}: the toll of incident {number} has risen to {40 + edition}."
    return page(number, body="".join(f"<p>{each}</p>" for each in text))


def records(recs: Iterable[Rec], *, gzipped: bool = True, version: str = "1.0") -> list[bytes]:
    """Return each record as warcio writes it, after a warcinfo record."""
    out = BytesIO()
    writer = _Writer(out, gzip=gzipped, warc_version=version)
    pieces, done = [], 0

    def cut() -> None:
        nonlocal done
        pieces.append(out.getvalue()[done:])
        done = len(out.getvalue())

    writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "test"}))
    cut()
    for rec in recs:
        headers = [*rec.headers]
        if rec.content_type:
            headers.insert(0, ("Content-Type", rec.content_type))
        http = (
            StatusAndHeaders(rec.status, headers, protocol="HTTP/1.1")
            if rec.kind in {"response", "revisit"}
            else None
        )
        record = writer.create_warc_record(
            rec.url, rec.kind, payload=BytesIO(rec.body), http_headers=http,
            warc_headers_dict={"WARC-Date": rec.date, **dict(rec.warc)},
            warc_content_type="" if http else "text/plain",
        )  # fmt: skip
        writer.write_record(record)
        cut()
    return pieces


def warc(recs: Iterable[Rec], *, gzipped: bool = True, version: str = "1.0") -> bytes:
    """Return a whole file."""
    return b"".join(records(recs, gzipped=gzipped, version=version))


def zst(recs: Iterable[Rec], *, dictionary: bytes | None = None, packed: bool = False) -> bytes:
    """Return a file of Zstandard frames; dictionary: in a skippable frame at its beginning, packed or not."""
    known = zstd.ZstdDict(dictionary) if dictionary else None
    frames = [zstd.compress(record, zstd_dict=known) for record in records(recs, gzipped=False)]
    if dictionary is None:
        return b"".join(frames)
    held = zstd.compress(dictionary) if packed else dictionary
    return struct.pack("<II", 0x184D2A5D, len(held)) + held + b"".join(frames)


def trained(recs: Iterable[Rec]) -> bytes:
    """Return a dictionary made of these records."""
    return zstd.train_dict(records(recs, gzipped=False), 4096).dict_content


def chunked(body: bytes) -> bytes:
    """Return a body as chunks of three lengths."""
    pieces = [body[:7], body[7:1000], body[1000:]]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"

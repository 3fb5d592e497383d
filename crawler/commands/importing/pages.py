"""A record's page as it is handed to a worker, as it is stored, and with the payload of another for a revisit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from archive.evidence.foreign import Answer
from archive.evidence.reading import CaptureUnreadable, StoredResponse, Trouble, content, read_response
from archive.models import Extraction, RawResponse, RecordOrigin
from archive.tables.imports import Original
from crawler.commands.importing.sorting import Candidate
from crawler.errors import ExtractionError, PackedTooWell
from crawler.extraction.page import Hints, KnownTemplate
from crawler.extraction.remote import read_report

MAX_PAGE = 25 * 1024 * 1024
_PACKING = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class ForeignPage:
    """A page for a worker. payload: as it was received, packed as the headers say."""

    url: str
    headers: tuple[tuple[str, str], ...]
    payload: bytes = field(repr=False)
    content_type: str | None
    fetched_at: datetime
    hints: Hints
    template: KnownTemplate | None
    teach: bool


def extract_foreign(page: ForeignPage) -> Extraction:
    """Unpack a page and extract it as it's to be stored, in a worker; raises CrawlerError for what can't be unpacked."""
    try:
        payload = content(StoredResponse(page.url, 200, page.headers, page.payload), limit=MAX_PAGE)
    except CaptureUnreadable as error:
        if error.trouble is Trouble.TOO_LARGE:
            raise PackedTooWell(str(error)) from None
        raise ExtractionError(str(error)) from None
    return read_report(
        payload,
        url=page.url,
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        hints=page.hints,
        template=page.template,
        teach=page.teach,
    )


def as_response(candidate: Candidate, answer: Answer, file: str, file_id: int) -> RawResponse:
    """Return the exchange to store. answer: the record's own, or that which a revisit stands for."""
    headers = candidate.head.headers
    origin = RecordOrigin(
        file=file,
        file_id=file_id,
        offset=candidate.head.offset,
        record_id=headers.get("warc-record-id"),
        payload_digest=headers.get("warc-payload-digest"),
        head=answer.head if answer.head.endswith(_CRLF * 2) else _head_of(answer),
        record=_kept_as_it_is(candidate, answer),
    )
    return RawResponse(
        url=candidate.url,
        status=answer.status,
        reason=answer.reason,
        request_method="GET",
        request_headers=(),
        response_headers=answer.headers,
        body=answer.body,
        fetched_at=candidate.captured_at,
        protocol=answer.protocol,
        ip_address=headers.get("warc-ip-address"),
        origin=origin,
    )


def with_payload(candidate: Candidate, original: Original, folder: Path) -> Answer:
    """Return a revisit's answer with the payload of its original. Raises CaptureUnreadable if that can't be had."""
    stored = read_response(folder, original.warc_file, original.warc_offset, original.payload_sha256)
    packing = tuple((name, value) for name, value in stored.headers if name.lower() in _PACKING)
    own = candidate.answer
    if own is None:
        plain = Answer(stored.status, "OK", "HTTP/1.1", stored.headers, b"", stored.body)
    else:
        kept = tuple((name, value) for name, value in own.headers if name.lower() not in _PACKING)
        plain = replace(own, headers=(*kept, *packing), body=stored.body)
    return replace(plain, head=_head_of(plain))


def _head_of(answer: Answer) -> bytes:
    """Return an answer's head made anew, its lines ended as they have to be."""
    lines = [f"{answer.protocol} {answer.status} {answer.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1", "replace")


def _kept_as_it_is(candidate: Candidate, answer: Answer) -> bytes | None:
    """Return the record as a gzip member, to be written as it is; None where our readers could not read it back."""
    head = candidate.head.raw
    if candidate.is_revisit or not head.endswith(_CRLF * 2) or not answer.head.endswith(_CRLF * 2):
        return None
    if head.count(b"\n") != head.count(_CRLF) or b"\r\n\r\n" in head[:-4] or head[:1] != b"W":
        return None
    if candidate.head.headers.get("warc-type") != "response" or b"\n\r\n" in answer.head[:-4]:
        return None
    if candidate.member is not None:
        return candidate.member
    record = head + answer.head + answer.body + _CRLF * 2
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(record) + packer.flush()

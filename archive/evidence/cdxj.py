"""An index of WARC files as CDXJ, the form that pywb and other replay tools look captures up in.

A line is a sort-friendly URL (SURT), a timestamp of 14 digits and a JSON object; the lines are sorted by their bytes.
The SURT is that of the `surt` library's default form, as far as addresses of reports need it: host reversed, without
"www.", default port and fragment, in lower case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from archive.errors import ArchiveError
from archive.evidence.blanking import record_at
from archive.evidence.opening import pack_at
from archive.evidence.packs import ENDING, PackDamaged
from archive.evidence.records import Malformed, RecordReader
from archive.evidence.revisit import place_of_original
from archive.evidence.scan import Record, scan

_WWW = re.compile(r"^www\d*\.")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ANSWERS = ("response", "revisit")
_MIME = re.compile(rb"\r\nContent-Type:[ \t]*([\w.+-]+/[\w.+-]+)", re.IGNORECASE)


def index_lines(path: Path) -> Iterator[str]:
    """Yield the index lines of one WARC file, in its own order; records that are damaged have none. Raises OSError."""
    with path.open("rb") as file:
        is_pack = path.name.endswith(ENDING)
        for piece in _kept_records(path, file) if is_pack else scan(file, path.stat().st_size):
            if isinstance(piece, Record) and piece.kind in _ANSWERS and not piece.problems:
                yield _line(piece, path)


def _kept_records(path: Path, file: BinaryIO) -> Iterator[Record]:
    """Yield the records of a pack as they are kept, each with the place of its frame."""
    pack = pack_at(path)
    for packed in (packed for held in pack.files.values() for packed in held.records):
        reader = RecordReader()
        problems: tuple[str, ...] = ("no WARC record is there",)
        with suppress(Malformed, PackDamaged):
            if reader.feed(pack.kept(file, packed)):
                problems = reader.problems()
        yield Record(
            packed.begin, packed.size, reader.head.kind, reader.head.headers, reader.status,
            reader.payload_sha256, reader.payload_bytes, reader.start, problems,
        )  # fmt: skip


def surt(url: str) -> str:
    """Return the key under which a URL is sorted: "com,example)/news/1?a=b"; the URL itself where it can't be made."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    labels = ",".join(reversed(_WWW.sub("", host).split(".")))
    shown = f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
    path = parts.path.lower().rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{labels}{shown}){path}{'?' + query if query else ''}"


def _line(record: Record, path: Path) -> str:
    url = record.headers.get("warc-target-uri", "")
    stamp = re.sub(r"\D", "", record.headers.get("warc-date", ""))[:14]
    told = {
        "url": url,
        "mime": _mime(record),
        "status": str(record.status or "-"),
        "digest": _digest(record, path.parent),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": path.name,
    }
    return f"{surt(url)} {stamp} {json.dumps(told, ensure_ascii=False)}"


def _mime(record: Record) -> str:
    if record.kind == "revisit":  # by this word replay tools know one
        return "warc/revisit"
    mime = _MIME.search(record.start)
    return mime[1].decode().lower() if mime else "unk"


def _digest(record: Record, folder: Path) -> str:
    """Return the digest of a record's payload; of a revisit, that of its original, by which replay tools find it."""
    given = record.headers.get("warc-payload-digest")
    if given is not None or record.kind != "revisit":
        return given or f"sha256:{record.payload_sha256}"
    place = place_of_original(record.headers)  # a 304 has no digest of its own
    try:
        found = record_at(folder / place[0], place[1]) if place is not None else None
    except ArchiveError:
        found = None
    return "-" if found is None or found.kind != "response" else _digest(found, folder)

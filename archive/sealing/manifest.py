"""A seal's manifest: the hashes of all that an archive holds, as a small JSON document."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from archive import __version__
from archive.errors import SealUnreadable
from archive.evidence.opening import open_warc, warc_size
from archive.sealing.merkle import root_of

FORMAT = "conflict-archive seal 1"
Part = Literal["captures", "custody", "revisions"]
PARTS: tuple[Part, ...] = ("captures", "custody", "revisions")

# What of a row is a leaf. The two chained tables have a hash that covers all of the row; a revision's text is covered by
# its content_sha256. A later extraction may correct a revision, so that only the newest seal vouches for its text.
_LEAVES: dict[Part, str] = {
    "captures": "select id, hash from captures where id <= ? order by id",
    "custody": "select id, hash from custody where id <= ? order by id",
    "revisions": "select id, article_id, number, capture_id, seen_at, extractor_version, content_sha256"
    " from revisions where id <= ? order by id",
}
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_HASH = "sha256:"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was written, byte for byte, and what it says."""

    data: bytes
    plain: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Return the hash that signatures and timestamps are about, as "sha256:" and hex."""
        return _HASH + hashlib.sha256(self.data).hexdigest()

    @property
    def sealed_at(self) -> str:
        """Return when it was made, in the archive's text form."""
        return str(self.plain["sealed_at"])

    def part(self, name: Part) -> tuple[int, int, str]:
        """Return how many rows of a table it covers, the last one's id, and their Merkle root."""
        told = self.plain[name]
        return int(told["count"]), int(told["last_id"]), str(told["root"])

    def files(self) -> dict[str, tuple[int, str]]:
        """Return the WARC files that it covers: for each name its length in bytes and its hash."""
        return {str(file["name"]): (int(file["bytes"]), str(file["sha256"])) for file in self.plain["warc"]}


def make_manifest(
    conn: sqlite3.Connection, folder: Path, *, sealed_at: str, before: Manifest | None, rehash: bool = False
) -> Manifest:
    """Return the manifest of an archive as `conn` sees it now, in one transaction, with its WARC files in `folder`.

    before: that of the seal before, which this one names, and whose hashes of WARC files are taken over where their
    lengths are the same (`archive verify` reads them all), unless `rehash`. Raises OSError.
    """
    conn.execute("begin")
    try:
        told: dict[str, Any] = {part: _summary(conn, part) for part in PARTS}
        names = [str(name) for (name,) in conn.execute("select distinct warc_file from captures order by 1")]
    finally:
        conn.rollback()
    known = before.files() if before and not rehash else {}
    plain = {
        "format": FORMAT,
        "sealed_at": sealed_at,
        "software": f"conflict-archive/{__version__}",
        **told,
        "warc": [_file(folder, name, known) for name in names if warc_size(folder, name) is not None],
        "previous": before.sha256 if before else None,
    }
    data = _JSON.encode(plain).encode() + b"\n"
    return Manifest(data, plain)


def read_manifest(data: bytes, where: str) -> Manifest:
    """Return the manifest in `data`. Raises SealUnreadable, naming `where` it is from, for what is none."""
    try:
        plain = json.loads(data)
        manifest = Manifest(data, plain)
        if plain["format"] != FORMAT:
            raise SealUnreadable(f"{where} is of another format than this version reads: {plain['format']!r}")
        for part in PARTS:
            manifest.part(part)
        manifest.files()
    except (ValueError, KeyError, TypeError):
        raise SealUnreadable(f"{where} is no manifest of a seal, or is damaged") from None
    return manifest


def leaves_of(conn: sqlite3.Connection, part: Part, last_id: int) -> Iterator[tuple[int, bytes]]:
    """Yield the id and the leaf of each row of a table up to `last_id`, in the order of ids."""
    for row in conn.execute(_LEAVES[part], [last_id]):
        yield row[0], leaf_of(part, tuple(row))


def leaf_of(part: Part, row: tuple[Any, ...]) -> bytes:
    """Return a row's leaf: a chained row's hash as it's written, else the JSON array of a revision's columns."""
    return _JSON.encode(list(row)).encode() if part == "revisions" else str(row[1]).encode()


def named(root: bytes) -> str:
    """Return a hash as manifests write it."""
    return _HASH + root.hex()


def _summary(conn: sqlite3.Connection, part: Part) -> dict[str, Any]:
    count = last = 0
    head: bytes | None = None

    def leaves() -> Iterator[bytes]:
        nonlocal count, last, head
        for last, head in leaves_of(conn, part, (1 << 63) - 1):  # noqa: B007 - the last ones are what is told
            count += 1
            yield head

    root = named(root_of(leaves()))
    told: dict[str, Any] = {"count": count, "last_id": last, "root": root}
    return told if part == "revisions" else told | {"head": head.decode() if head else None}


def _file(folder: Path, name: str, known: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """Return what a manifest says of a WARC file: of as many bytes as it has now, while it may grow."""
    size = warc_size(folder, name) or 0
    if name in known and known[name][0] == size:
        return {"name": name, "bytes": size, "sha256": known[name][1]}
    digest, left = hashlib.sha256(), size
    with open_warc(folder, name) as file:
        while left and (piece := file.read(min(left, 1 << 20))):
            digest.update(piece)
            left -= len(piece)
    return {"name": name, "bytes": size - left, "sha256": _HASH + digest.hexdigest()}

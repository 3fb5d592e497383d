"""Whether an archive is still what its seals say that it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import SealUnreadable
from archive.sealing import authority, opentimestamps
from archive.sealing.manifest import PARTS, Manifest, Part, leaves_of, named, read_manifest
from archive.sealing.merkle import Tree
from archive.sealing.signature import Signature, holds
from archive.tables.seals import SealRow, every


@dataclass(frozen=True, slots=True)
class Checked:
    """A seal, and what is wrong: with it, or with what has become of the archive since; nothing if all holds."""

    row: SealRow
    problems: tuple[str, ...]


def check_seals(conn: sqlite3.Connection, *, roots: Path | None = None) -> list[Checked]:
    """Return every seal of an archive, the oldest first, with what is wrong.

    roots: certificates of the authorities that are trusted; see `authority.check`. A seal vouches for the captures and
    the custody log up to where they were; for revisions only the newest one does, as a later extraction may correct
    them. One pass over each table, however many seals there are.
    """
    seals = every(conn)
    manifests: list[tuple[SealRow, Manifest | None, list[str]]] = []
    for row in seals:
        try:
            manifests.append((row, read_manifest(row.manifest, f"the seal of {row.sealed_at}"), []))
        except SealUnreadable as error:
            manifests.append((row, None, [str(error)]))
    before: Manifest | None = None
    for row, manifest, problems in manifests:
        problems.extend(_of_itself(row, manifest, before, roots))
        before = manifest or before
    readable = [(manifest, problems) for _, manifest, problems in manifests if manifest is not None]
    for part in PARTS:
        _compare(conn, part, readable[-1:] if part == "revisions" else readable)
    return [Checked(row, tuple(problems)) for row, _, problems in manifests]


def _of_itself(
    row: SealRow, manifest: Manifest | None, before: Manifest | None, roots: Path | None
) -> Iterator[str]:
    if manifest is None:
        return
    if manifest.sha256 != row.sha256:
        yield "its manifest was changed: the hash is another"
    if manifest.plain.get("previous") != (before.sha256 if before else None):
        yield "it does not name the seal before it: one was taken out or changed"
    try:
        if row.signature and not holds(manifest.data, Signature(row.signature, row.public_key or "")):
            yield "its signature is not one of this manifest by this key"
        if row.authority_token is not None:
            authority.check(row.authority_token, manifest.data, roots=roots)
    except SealUnreadable as error:
        yield str(error)
    if row.opentimestamps is not None and not opentimestamps.is_stamp_of(row.opentimestamps, manifest.data):
        yield "its OpenTimestamps file is about something else"


def _compare(conn: sqlite3.Connection, part: Part, manifests: Sequence[tuple[Manifest, list[str]]]) -> None:
    """Add to each manifest's problems if a table's beginning is not what it says."""
    waiting = sorted(manifests, key=lambda told: told[0].part(part)[0], reverse=True)
    tree = Tree()
    rows = leaves_of(conn, part, (1 << 63) - 1)
    while waiting:
        manifest, problems = waiting.pop()
        count, _, root = manifest.part(part)
        while tree.size < count and (row := next(rows, None)) is not None:
            tree.add(row[1])
        if tree.size < count:
            problems.append(f"{part}: it covers {count} rows, and there are {tree.size}")
        elif named(tree.root()) != root:
            problems.append(f"{part}: a row of the first {count} was changed, taken out or put in since")

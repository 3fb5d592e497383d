"""Sealing an archive: its manifest, signed and timestamped as far as that can be had, kept in it and beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.clock import Clock, to_text
from archive.errors import ArchiveUnreadable, NotTimestamped
from archive.open import reading, translated_errors
from archive.sealing import authority, opentimestamps
from archive.sealing.manifest import Manifest, make_manifest, read_manifest
from archive.sealing.signature import sign
from archive.store import Store
from archive.tables.published import require_archive
from archive.tables.seals import SealRow, newest

FOLDER = "seals"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a seal is to have: a key's file that signs it, an authority and who vouches for it, calendars.

    rehash: that WARC files are hashed anew which the seal before has with the same length.
    """

    key: Path | None = None
    authority: str | None = None
    roots: Path | None = None
    calendars: Sequence[str] = ()
    rehash: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that was made, its manifest, the file that it lies in, and what could not be had of its timestamps."""

    row: SealRow
    manifest: Manifest
    file: Path
    lacking: tuple[str, ...] = ()


def seal(path: Path, wishes: Wishes, *, clock: Clock) -> Sealed:
    """Seal the archive at `path`. A timestamp that can't be had is told, and the seal stands without it.

    Raises InvalidInput for a key or certificates that can't be used, and ArchiveUnreadable.
    """
    require_archive(path)
    with reading(path) as conn:
        last = newest(conn)
        before = read_manifest(last.manifest, f"the seal of {last.sealed_at}") if last else None
        try:
            manifest = make_manifest(
                conn, path.absolute().parent / "warc", sealed_at=to_text(clock()), before=before,
                rehash=wishes.rehash,
            )  # fmt: skip
        except OSError as error:
            raise ArchiveUnreadable(f"a WARC file can't be read: {error}") from None
    row, lacking = _signed_and_stamped(manifest, wishes)
    with translated_errors(path), Store(path, clock=clock, create=False) as store:
        row = replace(row, id=store.save_seal(row))
    return Sealed(row, manifest, _write(path.absolute().parent / FOLDER, row), tuple(lacking))


def _signed_and_stamped(manifest: Manifest, wishes: Wishes) -> tuple[SealRow, list[str]]:
    row, lacking = SealRow(manifest.sealed_at, manifest.sha256, manifest.data), []
    if wishes.key is not None:
        signed = sign(manifest.data, wishes.key)
        row = replace(row, signature=signed.signature, public_key=signed.public_key)
    if wishes.authority is not None:
        try:
            token = authority.ask(wishes.authority, manifest.data, roots=wishes.roots)
            moment = to_text(token.moment)
            row = replace(
                row, authority=wishes.authority, authority_moment=moment, authority_token=token.data
            )
        except NotTimestamped as error:
            lacking.append(f"no timestamp of RFC 3161: {error}")
    if wishes.calendars:
        try:
            ots, failures = opentimestamps.stamp(manifest.data, wishes.calendars)
            row = replace(row, opentimestamps=ots)
            lacking += (f"a calendar gave nothing: {failure}" for failure in failures)
        except NotTimestamped as error:
            lacking.append(f"no OpenTimestamps: {error}")
    return row, lacking


def seal_files(row: SealRow) -> dict[str, bytes]:
    """Return a seal as files, by their names: the manifest first, then what vouches for it."""
    stem = f"{row.sealed_at.replace(':', '').replace('-', '')}-{row.sha256.removeprefix('sha256:')[:8]}"
    signature = f"ed25519 {row.public_key} {row.signature}\n".encode() if row.signature else None
    parts: dict[str, bytes | None] = {
        ".json": row.manifest,
        ".sig": signature,
        ".tsr": row.authority_token,
        ".json.ots": row.opentimestamps,
    }
    return {stem + suffix: data for suffix, data in parts.items() if data is not None}


def _write(folder: Path, row: SealRow) -> Path:
    """Write a seal's files, to be given away, and return the manifest's; the archive has all of it as well."""
    files = seal_files(row)
    try:
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            _write_file(folder / name, data)
    except OSError as error:
        raise ArchiveUnreadable(
            f"the seal is in the archive, but its files can't be written to {folder}: {error.strerror or error}"
        ) from None
    return folder / next(iter(files))


def _write_file(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

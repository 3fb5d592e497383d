"""Bytes from one file to another, so that they are on the disk and known to be the same."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import BackupFailed
from archive.locking import held
from archive.progress import Progress
from archive.syncing import sync_path

_CHUNK = 1 << 20
_GZIP = zlib.MAX_WBITS | 16


def sha256_of(path: Path, length: int | None = None, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a file, or of its first `length` bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _pieces(file, length):
            digest.update(piece)
            if progress is not None:
                progress.advance(len(piece))
    return digest.hexdigest()


def same_until(one: Path, other: Path, length: int) -> int:
    """Return how many of the first `length` bytes of two files are the same, counted from their beginning."""
    same = 0
    with one.open("rb") as mine, other.open("rb") as theirs:
        while same < length:
            want = min(_CHUNK, length - same)
            a, b = mine.read(want), theirs.read(want)
            if a != b or not a:
                return same + next(
                    (at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
                )
            same += len(a)
    return same


def append(source: Path, target: Path, begin: int, end: int, progress: Progress) -> None:
    """Make `target`, which holds `begin` good bytes, go on with the source's bytes up to `end`; sync it.

    Whatever it holds beyond `begin` is cut off. An OSError names the file that it's about.
    """
    with source.open("rb") as file, target.open("r+b" if target.exists() else "xb") as copy:
        try:
            copy.truncate(begin)
            copy.seek(begin)
            file.seek(begin)
            for piece in _pieces(file, end - begin):
                copy.write(piece)
                progress.advance(len(piece))
            copy.flush()
            os.fsync(copy.fileno())
        except OSError as error:
            raise named(error, target) from error
    forget_cached(target)


def named(error: OSError, path: Path) -> OSError:
    """Return the error with the file that it's about: a failed write does not know its name."""
    return error if error.filename else OSError(error.errno, error.strerror, str(path))


def forget_cached(path: Path) -> None:
    """Have the next reader of a synced file read the disk, where the system can do that: the copy is what is checked."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def write_whole(path: Path, text: str) -> None:
    """Write a small file, and return when it's on the disk under its name."""
    with path.open("w", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise named(error, path) from error
    sync_path(path.parent)


def move(source: Path, target: Path) -> None:
    """Give a file of the same folder another name, for good, in place of whatever has that name."""
    source.replace(target)
    sync_path(target.parent)


def end_of_records(path: Path, begin: int) -> int:
    """Return where the last whole gzip member at or after byte `begin` ends; the file's size if it's damaged.

    A crawl that is at work may have written half a record when its file is looked at.
    """
    with path.open("rb") as file:
        size, whole = os.fstat(file.fileno()).st_size, begin
        file.seek(begin)
        member, fed = zlib.decompressobj(_GZIP), begin
        try:
            while piece := file.read(_CHUNK):
                fed += len(piece)
                while piece:
                    member.decompress(piece, _CHUNK)
                    piece = member.unconsumed_tail
                    if member.eof:
                        piece = member.unused_data
                        whole, member = fed - len(piece), zlib.decompressobj(_GZIP)
        except zlib.error:
            return size
    return min(whole, size)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, or raise BackupFailed: two backups would write over each other."""
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder))
        except BlockingIOError:
            raise BackupFailed(
                f"another program is writing to {folder}: try again when that is done"
            ) from None
        yield


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = length
    while piece := file.read(_CHUNK if left is None else min(_CHUNK, left)):
        yield piece
        if left is not None:
            left -= len(piece)

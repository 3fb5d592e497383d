"""The files that an import reads: those that it's given, those of a folder, those inside a WACZ, standard input."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archive.errors import InvalidInput
from archive.evidence.opening import open_packed, pack_at
from archive.evidence.packs import is_pack

STDIN = "-"
_ENDINGS = (".warc", ".warc.gz", ".warc.zst")
_WACZ = ".wacz"
_ZIP_MAGIC = b"PK\x03\x04"
# A WARC file in a WACZ is stored as it is; what shrinks so much is a bomb.
_MOST_UNPACKED, _MOST_RATIO = 1024 * 1024 * 1024, 100


@dataclass(frozen=True, slots=True)
class Input:
    """A WARC file. name: as it is told; path: as the archive remembers it; size: in bytes, None if nobody knows.

    member: its name inside the WACZ, or the pack of ours (`archive compact`), at `file`. file: None for standard input.
    """

    name: str
    path: str
    size: int | None
    file: Path | None
    member: str | None = None
    is_packed: bool = False

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it for reading; raises OSError or InvalidInput if that can't be done."""
        if self.file is None:
            yield sys.stdin.buffer
        elif self.member is None:
            with self.file.open("rb", buffering=0) as file:
                yield cast("BinaryIO", file)
        elif self.is_packed:  # as it was: a pack itself holds the bodies otherwise than they were received
            with open_packed(self.file, self.member) as held:
                yield held
        else:
            with _zip(self.file) as archive, archive.open(self.member) as entry:
                yield cast("BinaryIO", entry)


def find_inputs(names: Iterable[str]) -> Iterator[Input | InvalidInput]:
    """Yield the WARC files that the names stand for, in order; an error, with its sentence, for what can't be read."""
    for name in names:
        if name == STDIN:
            yield Input(STDIN, STDIN, None, None)
            continue
        path = Path(name)
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.name.endswith((*_ENDINGS, _WACZ)))
            for each in found:
                yield from _inputs(each)
            if not found:
                yield InvalidInput(f"{name} has no file whose name ends in {', '.join((*_ENDINGS, _WACZ))}")
        else:
            yield from _inputs(path)


def _inputs(path: Path) -> Iterator[Input | InvalidInput]:
    try:
        with path.open("rb") as file:
            is_zip = file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
        size, whole = path.stat().st_size, str(path.resolve())
        held = pack_at(path).files if is_pack(path) else None
    except (OSError, ValueError) as error:  # ValueError: a name that holds a NUL
        yield InvalidInput(f"{path} can't be read: {getattr(error, 'strerror', None) or error}")
        return
    if held is not None:
        for name, kept in held.items():
            yield Input(f"{path}#{name}", f"{whole}#{name}", kept.size, path, name, is_packed=True)
        return
    if not is_zip:
        yield Input(str(path), whole, size, path)
        return
    try:
        with _zip(path) as archive:
            entries = [each for each in archive.infolist() if each.filename.endswith(_ENDINGS)]
    except InvalidInput as error:
        yield error
        return
    if not entries:
        yield InvalidInput(f"{path} is a zip archive without a WARC file")
    for entry in entries:
        yield _in_zip(path, whole, entry)


def _in_zip(path: Path, whole: str, entry: zipfile.ZipInfo) -> Input | InvalidInput:
    name = f"{path}#{entry.filename}"
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > _MOST_UNPACKED and ratio > _MOST_RATIO:
        return InvalidInput(f"{name} unpacks to {ratio:.0f} times its size: not read")
    return Input(name, f"{whole}#{entry.filename}", entry.file_size, path, entry.filename)


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:  # RuntimeError: it needs a password
        raise InvalidInput(f"{path} can't be read as a WACZ: {error}") from None

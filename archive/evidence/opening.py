"""A WARC file by its name, whether it lies in the folder or in a pack there: the one place that knows the difference.

What is in a pack is given byte for byte as the file was, so that whoever reads WARC files needs to know nothing of
packs. A capture's row names its file and a place in it for good.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archive.errors import ArchiveError
from archive.evidence.packs import ENDING, Held, Pack, PackDamaged, Packed, is_pack
from archive.locking import held

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_OURS = re.compile(r"(?P<source>.+)-\d{14}-\d+(?:-\d+)?\.warc\.(?:gz|zst)")


def open_warc(folder: Path, name: str, *, zeros: bool = False) -> BinaryIO:
    """Open a WARC file to read it, from the folder or out of a pack.

    zeros: what can't be had out of a pack any more is given as so many zeros, for whoever looks what is damaged. Raises
    OSError; FileNotFoundError if it's in neither.
    """
    path = _beside(folder, name)
    try:
        return path.open("rb")
    except FileNotFoundError:
        found = find(folder, name)
        if found is None:
            raise
        return cast("BinaryIO", io.BufferedReader(_View(*found, zeros=zeros), 1 << 20))


def open_packed(path: Path, name: str) -> BinaryIO:
    """Open a WARC file out of the pack at `path`, to read it as it was. Raises OSError."""
    pack = pack_at(path)
    if name not in pack.files:
        raise FileNotFoundError(f"there is no {name} in {path}")
    return cast("BinaryIO", io.BufferedReader(_View(pack, pack.files[name], zeros=False), 1 << 20))


def warc_size(folder: Path, name: str) -> int | None:
    """Return a WARC file's length in bytes, wherever it lies; None if there is none of that name."""
    try:
        path = _beside(folder, name)
        if path.is_file():
            return path.stat().st_size
        found = find(folder, name)
    except (OSError, ValueError):  # ValueError: a name that holds a NUL
        return None
    return found[1].size if found else None


def warc_names(folder: Path) -> list[str]:
    """Return the names of all `.warc.gz` in the folder and in its packs, sorted. Raises OSError for a damaged pack."""
    names = {path.name for path in folder.glob("*.warc.gz")}
    for path in packs_in(folder):
        names.update(pack_at(path).files)
    return sorted(names)


def unpacked_record(folder: Path, name: str, offset: int) -> bytes | None:
    """Return the record of a WARC file in a pack, unpacked; None if no pack holds the file, or none begins there.

    Raises OSError.
    """
    found = find(folder, name)
    packed = found[1].at(offset) if found else None
    if found is None or packed is None or packed.offset != offset:
        return None
    with found[0].path.open("rb") as file:
        return found[0].record(file, packed)


def find(folder: Path, name: str) -> tuple[Pack, Held] | None:
    """Return the pack that holds a WARC file, and what it tells of it; None if none does.

    A pack is named for its first file, so that the one looked for is mostly the last that comes before. Raises OSError.
    """
    own = _source_of(name)
    of_source = [path for path in packs_in(folder) if _source_of(path.name) == own]
    key = name.removesuffix(".gz")
    before = [path for path in of_source if path.name.removesuffix(".zst") <= key]
    damaged: OSError | None = None
    for path in (*reversed(before), *(path for path in of_source if path not in before)):
        try:
            pack = pack_at(path)
        except PackDamaged as error:  # another one may hold it
            damaged = error
            continue
        if name in pack.files:
            return pack, pack.files[name]
    if damaged is not None:
        raise damaged
    return None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the right to rewrite WARC files of a folder that are finished. Raises ArchiveError if another has it.

    Whoever only adds files, or reads, needs it not. The lock is the kernel's, and ends with the process.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder))
        except BlockingIOError:
            why = "another program is rewriting files there: try again when that is done"
            raise ArchiveError(f"{folder}: {why}") from None
        except OSError as error:
            raise ArchiveError(f"{folder} can't be locked: {error.strerror or error}") from None
        yield


def packs_in(folder: Path) -> list[Path]:
    """Return the packs in a folder, sorted by name; not what other programs wrote."""
    try:
        state = folder.stat()
    except (OSError, ValueError):
        return []
    return list(_packs(folder, state.st_ino, state.st_mtime_ns))


def pack_at(path: Path) -> Pack:
    """Return the pack in a file. Raises PackDamaged and OSError."""
    state = path.stat()
    return _pack(path, state.st_ino, state.st_size, state.st_mtime_ns)


# A crawl's worth of captures is read back one by one: the index and the dictionary of their pack once is enough. Both
# hang on what the file is now, so that a file that is replaced is read anew.
@functools.lru_cache(maxsize=4)
def _pack(path: Path, _inode: int, _size: int, _modified_ns: int) -> Pack:
    return Pack(path)


@functools.lru_cache(maxsize=4)
def _packs(folder: Path, _inode: int, _modified_ns: int) -> tuple[Path, ...]:
    return tuple(path for path in sorted(folder.glob(f"*{ENDING}")) if path.is_file() and is_pack(path))


def _source_of(name: str) -> str:
    found = _OURS.fullmatch(name)
    return found["source"] if found else name.rpartition(".warc.")[0]


def _beside(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise FileNotFoundError(f"{name} is no name of a file")
    return folder / name


class _View(io.RawIOBase):
    """A WARC file that lies in a pack, byte for byte."""

    def __init__(self, pack: Pack, held: Held, *, zeros: bool) -> None:
        self._pack, self._held, self._zeros = pack, held, zeros
        self._file = pack.path.open("rb")
        self._at = 0
        self._member: tuple[Packed, bytes] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._held.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        filled = 0
        for piece in self._pieces(len(view)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def _load(self, packed: Packed) -> bytes:
        try:
            return self._pack.member(self._file, packed)
        except PackDamaged:
            if self._zeros:
                return bytes(packed.length)
            raise

    def close(self) -> None:
        self._file.close()
        super().close()

    def _pieces(self, wanted: int) -> Iterator[bytes]:
        while wanted > 0 and (packed := self._held.at(self._at)) is not None:
            if self._member is None or self._member[0] is not packed:
                self._member = packed, self._load(packed)
            begin = self._at - packed.offset
            piece = self._member[1][begin : begin + wanted]
            self._at += len(piece)
            wanted -= len(piece)
            yield piece

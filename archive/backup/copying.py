"""One file that only grows, and its copy: the copy is brought up to date, and never made worse than it is."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.backup.files import (
    append,
    end_of_records,
    forget_cached,
    named,
    same_until,
    sha256_of,
)
from archive.backup.manifest import Entry
from archive.errors import BackupFailed
from archive.progress import Progress
from archive.syncing import sync_path

Deed = Literal["copied", "extended", "there", "mended", "kept"]

# A record is written within milliseconds: what is half a record after so many looks, and did not grow, stays one.
_LOOKS = 5
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a file: its entry, what was done, how many bytes were written, what is wrong (a sentence).

    "kept" is a copy that is better than its source.
    """

    entry: Entry
    deed: Deed
    written: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A file and where its copy is; name: as the manifest has it; known: what the last manifest says of the copy."""

    source: Path
    copy: Path
    name: str
    known: Entry | None = None


def bring_up_to_date(pair: Pair, *, begin: int = 0, full: bool = False, progress: Progress) -> Copied:
    """Copy what the copy lacks, and check it.

    begin: a byte of the source at which a record begins, the further on the less is read to find the last whole one.
    full: don't trust that a file of the same size and time is the same.
    """
    found = pair.source.stat()
    if not full and pair.known is not None and _looks_same(pair.known, found, pair.copy):
        progress.advance(found.st_size)
        return Copied(pair.known, "there")
    length = _settled_length(pair.source, begin)
    if not pair.copy.exists():
        pair.copy.parent.mkdir(parents=True, exist_ok=True)
        append(pair.source, pair.copy, 0, length, progress)
        sync_path(pair.copy.parent)
        return _checked(pair, length, found.st_mtime_ns, "copied", length)
    held = pair.copy.stat().st_size
    same = same_until(pair.source, pair.copy, min(length, held))
    progress.advance(same)
    if same == held == length:
        return _checked(pair, length, found.st_mtime_ns, "there", 0)
    if same == held:
        append(pair.source, pair.copy, held, length, progress)
        return _checked(pair, length, found.st_mtime_ns, "extended", length - held)
    return _told_apart(pair, same, (length, held), found.st_mtime_ns, progress)


def _told_apart(
    pair: Pair, same: int, lengths: tuple[int, int], modified_ns: int, progress: Progress
) -> Copied:
    """Deal with a copy that is no beginning of its source; lengths: of the source, and of the copy."""
    length, held = lengths
    good = pair.known.size if pair.known is not None else 0
    if pair.known is None or same >= good:
        # A run that broke off left something behind what is known to be good; a shorter source was cut short.
        if same == length:
            return _kept(pair, held, f"{pair.source} was cut short: the backup keeps its {held} bytes")
        append(pair.source, pair.copy, same, length, progress)
        return _checked(pair, length, modified_ns, "extended", length - same)
    if sha256_of(pair.copy, good) == pair.known.sha256:
        if length > good:  # what came after lies where the database says
            append(pair.source, pair.copy, good, length, progress)
        why = "was cut short" if same == length else f"was altered (at byte {same})"
        return _kept(pair, max(length, good), f"{pair.source} {why}: the backup keeps it as it was")
    if length >= good and sha256_of(pair.source, good) == pair.known.sha256:
        append(pair.source, pair.copy, same, length, progress)
        return _checked(pair, length, modified_ns, "mended", length - same)
    return _kept(
        pair,
        held,
        f"{pair.source} and its copy both differ from what the last backup wrote: both are left as they are",
    )


def _looks_same(known: Entry, source: os.stat_result, copy: Path) -> bool:
    expected = (known.size, known.modified_ns)
    if (source.st_size, source.st_mtime_ns) != expected or not copy.exists():
        return False
    found = copy.stat()
    return (found.st_size, found.st_mtime_ns) == expected


def _settled_length(source: Path, begin: int) -> int:
    """Return up to where the source is to be copied: to the end of a whole record, if it's being written to."""
    if not source.name.endswith(".warc.gz"):
        return source.stat().st_size
    sizes = set()
    for _ in range(_LOOKS):
        size = source.stat().st_size
        length = end_of_records(source, min(begin, size))
        if length == size:
            return length
        sizes.add(size)
        time.sleep(_LOOK_SECONDS)
    return length if len(sizes) > 1 else size


def _checked(pair: Pair, length: int, modified_ns: int, deed: Deed, written: int) -> Copied:
    """Return the copy's entry once it's read back and found to be what the source is."""
    forget_cached(pair.copy)
    sha256 = sha256_of(pair.copy)
    if sha256 != sha256_of(pair.source, length):
        raise BackupFailed(f"{pair.copy} does not hold what was written to it: is its disk failing?")
    _set_time(pair.copy, modified_ns)
    return Copied(Entry(pair.name, length, sha256, modified_ns), deed, written)


def _kept(pair: Pair, length: int, trouble: str) -> Copied:
    entry = Entry(pair.name, length, sha256_of(pair.copy, length), pair.copy.stat().st_mtime_ns)
    return Copied(entry, "kept", trouble=trouble)


def _set_time(path: Path, modified_ns: int) -> None:
    try:
        os.utime(path, ns=(modified_ns, modified_ns))
    except OSError as error:
        raise named(error, path) from error

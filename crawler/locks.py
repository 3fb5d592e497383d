"""One crawl of a source at a time: a lock per source and archive.

The lock is the kernel's (flock), so it ends with the process that holds it, however that dies: none goes stale.
What the file says of its holder is for people.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from archive.clock import Clock, to_text, utc_now
from archive.errors import ArchiveError
from crawler.errors import CrawlerError

# More than a holder's description ever takes; whatever else is in the file is not ours.
_MAX_BYTES = 4096


class SourceLocked(CrawlerError):
    """Another process crawls the source into the same archive; the message says which, and since when."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock. since: when it was taken, as the archive writes instants."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        """Return the holder as part of a sentence."""
        where = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"process {self.pid}{where} since {self.since}"


class SourceLock:
    """The right to crawl a source into an archive; a context manager that takes and frees it."""

    def __init__(self, archive: Path, source_id: str, *, clock: Clock = utc_now) -> None:
        """Name the lock; nothing is touched before `acquire`.

        archive: its file, under whatever name it's reached. The lock is `<archive>.locks/<source_id>.lock`.
        """
        real = archive.resolve()
        self.source_id = source_id
        self.path = real.with_name(f"{real.name}.locks") / f"{quote(source_id, safe='')}.lock"
        self._archive = real
        self._clock = clock
        self._file: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock. Raises SourceLocked if another crawl has it, ArchiveError if it can't be made."""
        if self._file is not None:
            raise ValueError(f"the lock of {self.source_id} is held already, by this very process")
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sign(file)
        except BlockingIOError:
            holder = _holder(file)
            os.close(file)
            raise SourceLocked(
                f"{self.source_id} is being crawled by {holder or 'another process'}"
            ) from None
        except OSError as error:  # a full disk, a file system without locks
            os.close(file)
            raise self._unusable(error) from error
        self._file = file

    def release(self) -> None:
        """Free the lock, if it's held. Its file stays: to remove it would take it from whoever waits for it."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # what it says is for people; freeing it matters
            os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = None

    def _open(self) -> int:
        """Open the file, which whoever may write to the archive may open too (SQLite does so with its own)."""
        try:
            mode = self._archive.stat().st_mode & 0o666 if self._archive.exists() else 0o644
            folder = self.path.parent
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                # who may read a file may enter its folder; a group that is handed down stays so
                folder.chmod(mode | (mode & 0o444) >> 2 | (folder.stat().st_mode & stat.S_ISGID))
            is_new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
        except OSError as error:
            raise self._unusable(error) from error
        if is_new:
            with contextlib.suppress(PermissionError):  # another user was faster, and has set it
                os.fchmod(file, mode)
        return file

    def _sign(self, file: int) -> None:
        me = Holder(os.getpid(), socket.gethostname(), to_text(self._clock()))
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(asdict(me)).encode() + b"\n", 0)

    def _unusable(self, error: OSError) -> ArchiveError:
        return ArchiveError(f"{self.source_id} can't be locked: {self.path}: {error.strerror or error}")


def _holder(file: int) -> Holder | None:
    """Return what the file says of its holder; None where it says nothing that can be read."""
    try:
        said = json.loads(os.pread(file, _MAX_BYTES, 0))
        return Holder(int(said["pid"]), str(said["host"]), str(said["since"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None

"""Locks between programs, on files and folders; the kernel lets go of a lock with the process that has it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_held(lock: Path) -> bool:
    """Tell whether somebody holds the lock of a file. Raises OSError; FileNotFoundError if there is no such file."""
    handle = os.open(lock, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def held(path: Path, *, waits: bool = False, makes: bool = False) -> Iterator[None]:
    """Hold the lock of a folder or a file. Raises BlockingIOError if another has it, and OSError.

    waits: until nobody else has it. makes: the file, if there is none.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT if makes else os.O_RDONLY, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)

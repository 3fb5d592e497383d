"""Whether another program holds a lock; the kernel lets go of a lock with the process that has it."""

from __future__ import annotations

import fcntl
import os
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

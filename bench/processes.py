"""What /proc says of the processes that a crawl has started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def children() -> dict[int, list[int]]:
    """Return the children of every process of the system."""
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(stat.parent.name))
    return found


def workers(crawl: int) -> list[int]:
    """Return the extraction workers of a crawl: what its children (the fork server, a tracker) have forked."""
    of_all = children()
    return [worker for child in of_all.get(crawl, []) for worker in of_all.get(child, [])]


def members(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, *fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == session and state != "Z":
                found.append(int(stat.parent.name))
    return found


def end_session(session: int, patience: float = 10.0) -> bool:
    """Wait so many seconds for a session's processes to end by themselves; kill them, and return False, if they don't."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if not members(session):
            return True
        time.sleep(0.05)
    for pid in members(session):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return False

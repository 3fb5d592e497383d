"""Waiting until the disk has what was written."""

from __future__ import annotations

import os
from pathlib import Path


def sync_path(path: Path) -> None:
    """Return when a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

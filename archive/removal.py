"""Removing captured pages for good, as a court may order: from the WARC file, the texts and the search index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.clock import Clock, to_text
from archive.evidence.blanking import Note, blank, record_at
from archive.removals import Capture
from archive.store import Store


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done. log_is_left: what was deleted may still lie in the archive's -wal file, which somebody reads."""

    captures: tuple[Capture, ...]
    log_is_left: bool


def check(capture: Capture, warc_folder: Path) -> None:
    """Raise NotBlanked if a capture's record can't be found where its row says."""
    if not capture.is_removed:
        record_at(warc_folder / capture.warc_file, capture.warc_offset)


def remove(path: Path, captures: Sequence[Capture], reason: str, clock: Clock) -> Removed:
    """Remove captures of the archive at `path`, one after the other; return what was done.

    The tombstone is committed after the page is gone from its file. Killed in between, the file's own note tells what
    happened, and the same again finishes it. Raises NotBlanked, with what came before it done.
    """
    with Store(path, clock=clock, create=False) as store:
        done = tuple(_remove(store, capture.id, reason, to_text(clock())) for capture in captures)
        log_is_left = store.purge()
    return Removed(done, log_is_left)


def _remove(store: Store, capture_id: int, reason: str, at: str) -> Capture:
    with store.removal(capture_id, reason) as capture:
        if not capture.is_removed:
            note = Note(at, capture.payload_sha256, reason)
            blank(store.warc_folder / capture.warc_file, capture.warc_offset, note)
    return capture

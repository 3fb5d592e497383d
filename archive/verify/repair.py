"""Mending what can be made anew or was never whole: the search index, and a record that a crash cut short."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from archive.clock import Clock
from archive.errors import ArchiveError
from archive.evidence.scan import Cut, Junk, Record, scan
from archive.store import Store
from archive.verify import report
from archive.verify.report import Report


class _NotCut(Exception):
    """The record is whole by now: it was being written when it was looked at."""


def repair(path: Path, found: Report, clock: Clock) -> list[str]:
    """Mend what a check of the archive at `path` found and can be mended; return a sentence for each thing done.

    Each is noted in the custody log. Nothing else is touched: what a row names is evidence, damaged or not.
    """
    done = []
    with Store(path, clock=clock, create=False) as store:
        if found.has_bad_index:
            store.rebuild_search()
            done.append("the search index was made anew from the reports")
        cuts = [(cut, _cut_off(store, cut)) for cut in found.cuts if not cut.is_named]
    done += [
        f"{length} bytes of a broken record were cut off {cut.warc_file} at byte {cut.offset}"
        for cut, length in cuts
        if length
    ]
    return done


def _cut_off(store: Store, cut: report.Cut) -> int:
    """Cut a broken record, and all behind it, off its file, if it is broken still; return how many bytes that were."""
    path = store.warc_folder / cut.warc_file
    length = path.stat().st_size - cut.offset
    reason = f"{length} bytes of a broken record were cut off at byte {cut.offset}"
    try:
        with store.repair(cut.warc_file, reason), path.open("r+b") as file:
            _require_cut(file, cut, cut.offset + length)
            file.truncate(cut.offset)
            os.fsync(file.fileno())
    except _NotCut:
        return 0
    except OSError as error:
        raise ArchiveError(f"{path} can't be mended: {error}") from None
    return length


def _require_cut(file: BinaryIO, cut: report.Cut, size: int) -> None:
    piece = next(scan(file, size, start=cut.offset), None)
    is_broken = isinstance(piece, Junk) or (isinstance(piece, Record) and bool(piece.problems))
    if not (isinstance(piece, Cut) or (cut.is_mixed and is_broken)):
        raise _NotCut

"""Removing captured pages for good, as a court may order: from the WARC file, the texts and the search index."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.clock import Clock, to_text
from archive.evidence.blanking import NotBlanked, Note, blank, blanked_member, record_at
from archive.evidence.opening import alone_in, find, open_warc
from archive.evidence.packing import NotPacked, write_pack
from archive.evidence.revisit import place_of_original, stands_for_another
from archive.store import Store
from archive.syncing import sync_path
from archive.tables.custody import State, file_state
from archive.tables.removals import Capture


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done. log_is_left: what was deleted may still lie in the archive's -wal file, which somebody reads."""

    captures: tuple[Capture, ...]
    log_is_left: bool


def check(capture: Capture, warc_folder: Path) -> None:
    """Raise NotBlanked if a capture's record can't be found where its row says."""
    if not capture.is_removed:
        record_at(warc_folder / capture.warc_file, capture.warc_offset)


def referring(capture: Capture, copies: Iterable[Capture], warc_folder: Path) -> list[int]:
    """Return the ids of those copies whose records have their page in that of the capture."""
    place = capture.warc_file, capture.warc_offset
    return [copy.id for copy in copies if not copy.is_removed and _original_of(copy, warc_folder) == place]


def remove(path: Path, captures: Sequence[Capture], reason: str, clock: Clock) -> Removed:
    """Remove captures of the archive at `path`, one after the other; return what was done.

    Those go first whose page lies in the record of another one, so that none ever refers to what is not there. The
    tombstone is committed after the page is gone from its file. Killed in between, the file's own note tells what
    happened, and the same again finishes it. Raises NotBlanked, with what came before it done.
    """
    with Store(path, clock=clock, create=False) as store, alone_in(store.warc_folder):
        ordered = sorted(captures, key=lambda each: _original_of(each, store.warc_folder) is None)
        together = [capture.id for capture in ordered]
        done = tuple(_remove(store, each, reason, to_text(clock()), together) for each in together)
        log_is_left = store.purge()
    return Removed(done, log_is_left)


def _remove(store: Store, capture_id: int, reason: str, at: str, together: Collection[int]) -> Capture:
    folder = store.warc_folder
    with store.removal(capture_id, reason, lambda name: _states(folder, name), together=together) as capture:
        if not capture.is_removed:
            # nobody else writes now; since they were looked at, a crawl may have captured the page once more
            if left := referring(capture, store.captures(capture.copies), store.warc_folder):
                raise NotBlanked(
                    f"the page of capture {capture.id} is that of capture {', '.join(map(str, left))} too: --all-copies removes both"
                )
            _blank(folder, capture, Note(at, capture.payload_sha256, reason))
    return capture


def _original_of(capture: Capture, warc_folder: Path) -> tuple[str, int] | None:
    """Return where the page of a capture lies, if its own record does not hold it; None as well if that can't be read."""
    try:
        headers = record_at(warc_folder / capture.warc_file, capture.warc_offset).headers
    except NotBlanked:
        return None
    return place_of_original(headers) if stands_for_another(headers) else None


def _blank(folder: Path, capture: Capture, note: Note) -> None:
    found = None if (folder / capture.warc_file).exists() else find(folder, capture.warc_file)
    if found is None:
        blank(folder / capture.warc_file, capture.warc_offset, note)
        return
    path, record = found[0].path, record_at(folder / capture.warc_file, capture.warc_offset)
    member = blanked_member(record, note)
    if member is None:
        return
    # All of the pack is written anew: its dictionary may hold the page's words.
    beside = path.with_name(f"{path.name}.part")
    try:
        replaced = {capture.warc_file: {capture.warc_offset: member}}
        write_pack(folder, list(found[0].files), beside, replaced=replaced)
        beside.replace(path)
        sync_path(folder)
    except (OSError, NotPacked) as error:
        raise NotBlanked(f"{path} can't be written without the page: {error}") from None


def _states(folder: Path, name: str) -> Mapping[str, State]:
    """Return what a WARC file is now, wherever it lies, and the pack that it lies in."""
    if (state := file_state(folder / name)) is not None:
        return {name: state}
    found = find(folder, name)
    if found is None:
        return {}
    digest = hashlib.sha256()
    with open_warc(folder, name) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    files: dict[str, State] = {name: {"bytes": found[1].size, "sha256": digest.hexdigest()}}
    if (pack := file_state(found[0].path)) is not None:
        files[found[0].path.name] = pack
    return files

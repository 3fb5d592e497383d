"""Are the WARC files as they were written, and does each capture's record hold what its row says?"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from archive.evidence.blanking import is_note
from archive.evidence.opening import open_warc, packs_in, warc_names, warc_size
from archive.evidence.packs import PackDamaged
from archive.evidence.scan import Cut, Junk, Piece, Record, scan
from archive.tables.custody import file_state
from archive.tables.removals import removed_ids
from archive.text.counting import counted
from archive.verify import report
from archive.verify.filestates import states
from archive.verify.report import Findings
from archive.verify.revisits import Originals

# Whoever falsifies a row needs not keep to the types of its columns.
_ROWS = """
select id, cast(url as text) as url, cast(status as integer) as status, cast(fetched_at as text) as fetched_at,
    cast(payload_sha256 as text) as payload_sha256, cast(payload_bytes as integer) as payload_bytes,
    cast(warc_file as text) as warc_file, cast(warc_offset as integer) as warc_offset
from captures order by 7, 8, 1
"""
_ENDS = """
select cast(warc_file as text), max(cast(warc_offset as integer)), count(*) from captures group by 1
"""
_OURS = b"software: conflict-archive/"
_OF_TEXTS = re.compile(
    r"import-\d{14}-\d+(?:-\d+)?\.warc\.gz"
)  # of `archive import`, which makes no captures
_READABLE = (".warc", ".warc.gz")
_ANSWERS = ("response", "revisit")
# What `archive.evidence.warc` calls its files.
_OUR_NAME = re.compile(r".+-\d{14}-\d+(?:-\d+)?\.warc\.gz")


class Files:
    """The WARC files that lie in one folder, next to what the rows of one archive say of them."""

    def __init__(self, conn: sqlite3.Connection, folder: Path, files: Findings, captures: Findings) -> None:
        """conn: its rows are `sqlite3.Row`. files, captures: what is wrong with which of them goes there."""
        self.cuts: list[report.Cut] = []
        self._conn = conn
        self._folder = folder
        self._files = files
        self._captures = captures
        self._states = states(conn)
        self._removed = removed_ids(conn)
        self._originals = Originals(folder)
        self._read = self._revisits = self._removed_count = self._orphans = 0

    def look(self) -> str:
        """Look whether the files are there and as long as they were, without reading them; return a summary."""
        named = {str(name): (last, rows) for name, last, rows in self._conn.execute(_ENDS)}
        self._files.progress.begin(self._files.name, len(named))
        for name, (last, rows) in named.items():
            self._files.progress.advance(1)
            size = self._size(name)
            if size is None:
                self._missing(name, rows)
            elif name in self._states:
                self._check_size(name, size)
            elif size <= last:
                self._files.damage(f"{name} has {size} bytes, and its last capture lies behind them")
        for name in self._packs():
            self._check_pack(name, is_read=False)
        self._tell_unnamed(named.keys())
        return f"{counted(len(named), 'file')}, their lengths"

    def read(self) -> tuple[str, str]:
        """Read every file from one end to the other; return a summary of the files and one of the captures."""
        total = sum(self._size(name) or 0 for name in self._listed())
        self._files.progress.begin(self._files.name, total)
        names = set()
        rows = groupby(self._conn.execute(_ROWS), key=lambda row: str(row["warc_file"]))
        for name, of_file in rows:
            names.add(name)
            self._read_file(name, of_file)
        unnamed = [name for name in self._listed() if name not in names]
        for name in unnamed:
            if name.endswith(_READABLE):
                self._read_file(name, iter(()))
        for name in self._packs():
            self._check_pack(name, is_read=True)
        self._tell_unnamed(names)
        if self._orphans:
            self._files.note(
                f"{counted(self._orphans, 'response')} in them that no row names: a crash leaves such"
            )
        files = f"{counted(len(names), 'file')}, {total / 1e6:,.1f} MB, every record"
        captures = f"{self._read} pages as they were hashed"
        if self._revisits:
            captures += f", {counted(self._revisits, 'revisit')} among them"
        return files, captures + (
            f", {self._removed_count} removed on purpose" if self._removed_count else ""
        )

    # -- one file ------------------------------------------------------------------------------------------

    def _read_file(self, name: str, rows: Iterator[sqlite3.Row]) -> None:
        size = self._size(name)
        if size is None:
            self._missing(name, sum(1 for _ in rows))
            return
        digest = hashlib.sha256()

        def on_bytes(data: bytes) -> None:
            digest.update(data)
            self._files.progress.advance(len(data))

        reading = _Reading(name, self, rows)
        try:
            with open_warc(self._folder, name, zeros=True) as file:
                for piece in scan(file, size, on_bytes=on_bytes):
                    reading.take(piece)
        except OSError as error:
            self._files.damage(f"{name} can't be read: {error}")
        reading.finish(size)
        if (
            name in self._states
            and self._check_size(name, size)
            and digest.hexdigest() != self._states[name].sha256
        ):
            self._files.damage(
                f"{name} is not what it was: its SHA-256 is not that of {self._states[name].entry}"
            )

    def was_repaired(self, name: str) -> bool:
        """Tell whether a file's end was cut off by a repair, as the custody log says."""
        return name in self._states and self._states[name].was_repaired

    def vouches(self, name: str) -> bool:
        """Tell whether the custody log says what a file is: it was whole then, and has not grown since."""
        return name in self._states

    def damage(self, sentence: str) -> None:
        """Note what is wrong with a file."""
        self._files.damage(sentence)

    def note(self, sentence: str) -> None:
        """Note what is worth knowing of a file."""
        self._files.note(sentence)

    def orphan(self) -> None:
        """Count a response that no row names."""
        self._orphans += 1

    def capture(self, row: sqlite3.Row, record: Record | None, name: str) -> None:
        """Compare a capture with the record at its place."""
        where = f"capture {row['id']} ({name} at byte {row['warc_offset']})"
        is_blank = record is not None and is_note(record.kind, record.start)
        if row["id"] in self._removed:
            self._removed_count += 1
            if not is_blank:
                self._captures.damage(f"{where} is said to be removed, and its page is still there")
        elif is_blank:
            self._captures.damage(
                f"{where} was blanked out, and no entry of the custody log says why: `archive remove` finishes it"
            )
        elif problem := _problem(row, record, self._originals):
            self._captures.damage(f"{where}: {problem}")
        else:
            self._read += 1
            self._revisits += record is not None and record.kind == "revisit"

    # -- inside --------------------------------------------------------------------------------------------

    def _missing(self, name: str, rows: int) -> None:
        self._files.damage(
            f"{name} is missing, which {counted(rows, 'capture')} {'lies' if rows == 1 else 'lie'} in"
        )

    def _check_size(self, name: str, size: int) -> bool:
        state = self._states[name]
        if size != state.size:
            self._files.damage(f"{name} has {size} bytes, and had {state.size} by {state.entry}")
        return size == state.size

    def _listed(self) -> list[str]:
        """Return the names of the files that there are, packs left out, and of those in packs."""
        packs = self._packs()
        try:
            loose = {path.name for path in self._folder.iterdir() if path.is_file()}
        except FileNotFoundError:
            return []
        return sorted((loose | self._packed()) - set(packs))

    def _packs(self) -> list[str]:
        """Return the names of the packs that are there, or were."""
        there = {path.name for path in packs_in(self._folder)}
        return sorted(there | {name for name, state in self._states.items() if state.is_pack})

    def _packed(self) -> set[str]:
        try:
            return set(warc_names(self._folder))
        except PackDamaged:  # told where the pack itself is looked at
            return set()

    def _check_pack(self, name: str, *, is_read: bool) -> None:
        """Look whether a pack is what the custody log says: as long, and if it's read, byte for byte."""
        path = self._folder / name
        state = self._states.get(name)
        size = warc_size(self._folder, name)
        found = file_state(path) if is_read and size is not None else None
        if state is None:
            self._files.note(
                f"no entry of the custody log tells of the pack {name}: `archive compact` finishes it"
            )
        elif size is None:
            self._files.damage(f"the pack {name} is missing")
        elif self._check_size(name, size) and found is not None and found["sha256"] != state.sha256:
            self._files.damage(
                f"the pack {name} is not what it was: its SHA-256 is not that of {state.entry}"
            )

    def _tell_unnamed(self, names: Any) -> None:
        for name in self._listed():
            if name not in names and not _OF_TEXTS.fullmatch(name):
                self._files.note(f"no row names the file {name}")

    def _size(self, name: str) -> int | None:
        return warc_size(self._folder, name)


class _Reading:
    """Goes through one file's records and the rows of its captures side by side."""

    def __init__(self, name: str, files: Files, rows: Iterator[sqlite3.Row]) -> None:
        self._name = name
        self._files = files
        self._rows = rows
        self._next = next(rows, None)
        self._is_first = True
        self._is_ours = False
        self._open: tuple[int, bool] | None = (
            None  # a response, whether a row names it, that waits for its request
        )
        self._has_ended = False

    def take(self, piece: Piece) -> None:
        """Look at the next piece of the file."""
        if self._has_ended:
            return
        self._pass_rows(piece.offset)
        if self._is_lost_end(piece):
            self._has_ended = True
            self._take_cut(
                Cut(piece.offset, piece.kind if isinstance(piece, Record) else ""),
                f"the end of {self._name} is broken from byte {piece.offset} on",
            )
        elif isinstance(piece, Junk):
            self._files.damage(
                f"{self._name} has {piece.length} bytes at {piece.offset} that are no WARC record"
            )
            self._claim(piece.offset, None)
        elif isinstance(piece, Cut):
            self._take_cut(
                piece, f"the last record of {self._name} breaks off: it begins at byte {piece.offset}"
            )
        else:
            self._take_record(piece)
        self._is_first = False

    def finish(self, size: int) -> None:
        """Look at what is left when the file has ended at so many bytes."""
        self._close(None)
        self._pass_rows(size + 1)
        while self._next is not None:
            self._claim(self._next["warc_offset"], None)

    def _take_record(self, record: Record) -> None:
        if self._is_first and record.kind != "warcinfo":
            self._files.damage(f"{self._name} does not begin with a warcinfo record")
        elif self._is_first:
            self._is_ours = record.start.startswith(_OURS)
        self._close(record)
        is_named = self._claim(record.offset, record)
        if record.problems and not is_named:
            what = f"the {record.kind or 'record'} at byte {record.offset} of {self._name}"
            self._files.damage(f"{what} is damaged: {', '.join(record.problems)}")
        is_page = record.kind in _ANSWERS or is_note(record.kind, record.start)
        if record.kind in _ANSWERS and not is_named:
            self._files.orphan()
        if is_page and self._is_ours:
            self._open = record.offset, is_named

    def _is_lost_end(self, piece: Piece) -> bool:
        """Tell whether what is broken is what a power cut left of an end that was not synced yet.

        Its pieces reach the disk in any order: whole records may lie behind what was lost. Nothing there was ever told
        as stored; no row and no entry of the custody log may say otherwise.
        """
        is_whole = isinstance(piece, Cut) or (isinstance(piece, Record) and not piece.problems)
        is_free = self._next is None and not self._files.vouches(self._name)
        return not is_whole and is_free and _OUR_NAME.fullmatch(self._name) is not None

    def _take_cut(self, cut: Cut, sentence: str) -> None:
        is_named = self._claim(cut.offset, None)
        is_request = self._open is not None and self._open[1] and cut.kind in {"", "request"}
        self._files.cuts.append(report.Cut(self._name, cut.offset, is_named, self._has_ended))
        if is_named or is_request:
            self._files.damage(sentence)
        else:
            self._files.note(
                f"{sentence}, and no row names it (it is being written, or a crash left it; --repair cuts it off)"
            )
        self._open = None

    def _close(self, following: Record | None) -> None:
        """Look whether a response of ours is followed by its request."""
        if self._open is None:
            return
        offset, is_named = self._open
        self._open = None
        if following is not None and (following.kind == "request" or not following.kind):
            return  # one without a kind is damaged, and told as such
        sentence = f"the request of the response at byte {offset} of {self._name} is missing"
        if is_named and not (following is None and self._files.was_repaired(self._name)):
            self._files.damage(sentence)
        else:
            self._files.note(sentence)

    def _pass_rows(self, offset: int) -> None:
        """Tell of captures that lie before a record begins: none begins at their place."""
        while self._next is not None and self._next["warc_offset"] < offset:
            self._claim(self._next["warc_offset"], None)

    def _claim(self, offset: int, record: Record | None) -> bool:
        """Hand a record to the captures at its place; tell whether there are any."""
        is_named = False
        while self._next is not None and self._next["warc_offset"] == offset:
            self._files.capture(self._next, record, self._name)
            self._next = next(self._rows, None)
            is_named = True
        return is_named


def _problem(row: sqlite3.Row, record: Record | None, originals: Originals) -> str | None:
    """Return what is wrong with a capture's record, or with that which it refers to; None for nothing."""
    if record is None:
        return "no whole record begins there"
    if record.problems:
        return f"its record is damaged: {', '.join(record.problems)}"
    headers = record.headers
    if record.kind == "revisit":
        if problem := originals.problem(row, record):
            return problem
    elif record.payload_sha256 != row["payload_sha256"] or record.payload_bytes != row["payload_bytes"]:
        return "its record holds another page than was captured (the hash differs)"
    for what, held, said in (
        ("address", headers.get("warc-target-uri", "").strip("<>"), row["url"]),
        ("time", headers.get("warc-date", "")[:19], row["fetched_at"][:19]),
        ("status", record.status, row["status"]),
    ):
        if held != said:
            return f"its record has another {what}: {held}, and the row says {said}"
    return None

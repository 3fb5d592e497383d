"""Making a published copy: read at one instant of an archive, written beside its place, checked, and put there whole."""

from __future__ import annotations

import glob
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive import __version__, searchindex
from archive.clock import Clock, to_text
from archive.errors import ArchiveUnreadable, InvalidInput, NotPublished
from archive.open import connect, translated_errors
from archive.publishing.checking import check
from archive.publishing.copying import Copying
from archive.publishing.redacting import Redactor
from archive.publishing.rules import Rules
from archive.publishing.tables import COPIED
from archive.publishing.tally import Tally
from archive.schema import open_for_writing
from archive.syncing import sync_path
from archive.tables import rows
from archive.tables.published import publication
from archive.text.normalise import Normaliser

Progress = Callable[[str, int], None]

_BESIDE = ("-wal", "-shm", "-journal")
_LEFT = re.compile(r"(\d{1,10})\.(?:part|whole)(?:-wal|-shm|-journal)?", re.ASCII)
_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. out: where the copy is to be; force: also in the place of an earlier published copy."""

    rules: Rules
    redactor: Redactor
    out: Path
    force: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the counts, the copy's size in bytes, and how long it took in seconds."""

    tally: Tally
    size: int
    seconds: float


def make(path: Path, wish: Wish, clock: Clock, tell: Progress) -> Made:
    """Publish the archive at `path`. tell: is told the stage, and how many reports were looked at.

    Raises ArchiveUnreadable and ArchiveTooNew for the archive, InvalidInput and NotFound for what is wished, NotPublished for
    what would hold what is to be left out or can't be written. Nothing is left behind then.
    """
    began = time.monotonic()
    out = wish.out
    _require_free(path, out, force=wish.force)
    with _scratch(out) as (part, whole):
        tally = _fill(path, part, wish, clock, tell)
        tell("vacuum", 0)
        with _told(out), closing(sqlite3.connect(part, isolation_level=None)) as conn:
            conn.execute("vacuum into ?", [str(whole)])
        tell("check", 0)
        with _told(out), closing(_read(whole)) as conn:
            check(conn, wish.redactor)
        with _told(out):
            _put(whole, out, force=wish.force)
    return Made(tally, out.stat().st_size, time.monotonic() - began)


def rehearse(path: Path, wish: Wish, clock: Clock, tell: Progress) -> Made:
    """Do all of it but for the search index, in `out`, which is thrown away; raises as `make`."""
    began = time.monotonic()
    with _scratch(wish.out) as (part, _):
        tally = _fill(path, part, wish, clock, tell)
        tell("check", 0)
        with _told(wish.out), closing(_read(part)) as conn:
            check(conn, wish.redactor)
        size = part.stat().st_size
    return Made(tally, size, time.monotonic() - began)


def _fill(path: Path, part: Path, wish: Wish, clock: Clock, tell: Progress) -> Tally:
    with closing(connect(path, upgrade=False)) as source, translated_errors(path):
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        source.execute("begin")  # from the first reading on, all of it is of one instant
        _require_present(source, path)
        with _told(wish.out), closing(_new(part, wish.out)) as target:
            target.execute(
                "pragma foreign_keys = off"
            )  # captures come last, as the schema wants them in a row
            for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -65536"):
                target.execute(f"pragma {pragma}")
            copying = Copying(source, target, wish.rules, wish.redactor, lambda n: tell("reports", n))
            copying.copy()
            searchindex.catch_up(target, Normaliser())
            target.execute("insert into articles_fts (articles_fts) values ('optimize')")
            _sign(target, wish, copying.tally, clock)
            target.commit()
            return copying.tally


def _sign(target: sqlite3.Connection, wish: Wish, tally: Tally, clock: Clock) -> None:
    """Write down in the copy what it is."""
    (as_of,) = target.execute("select max(started_at) from runs").fetchone()
    rows.insert(target, "publications", {
        "id": 1, "made_at": to_text(clock()), "version": __version__, "as_of": as_of, "rules": wish.rules.in_words(),
        "left_out": json.dumps(tally.left_out(), ensure_ascii=False),
    })  # fmt: skip


def _require_present(source: sqlite3.Connection, path: Path) -> None:
    """Raise ArchiveUnreadable for an archive of an earlier version: it's only read here, and so not brought up to date."""
    if publication(source) is not None:
        raise ArchiveUnreadable(f"{path} is a published copy itself: publish the archive that it was made of")
    for table, columns in COPIED.items():
        there = {name for _, name, *_ in source.execute(f"pragma table_info({table})")}
        if columns.keys() - there:
            raise ArchiveUnreadable(
                f"{path} was written by an earlier version of this program: `archive stats` brings it up to date"
            )


def _require_free(path: Path, out: Path, *, force: bool) -> None:
    if not out.parent.is_dir():
        raise InvalidInput(f"--out {out}: there is no folder {out.parent}")
    if not out.exists():
        _require_no_journal(out)
        return
    if path.exists() and out.samefile(path):
        raise InvalidInput(f"--out {out} is the archive itself")
    if not force:
        raise InvalidInput(
            f"--out {out} is there already: --force puts the new copy in the place of an earlier one"
        )
    try:
        with closing(connect(out, upgrade=False)) as conn:
            is_ours = publication(conn) is not None
    except (ArchiveUnreadable, sqlite3.DatabaseError):
        is_ours = False
    if not is_ours:
        raise InvalidInput(f"--out {out} is no published copy, and so not replaced: name another file")


def _require_no_journal(out: Path) -> None:
    """Raise InvalidInput if what another database of that name left would be taken for this one's, texts and all."""
    for ending in _BESIDE:
        beside = out.with_name(out.name + ending)
        if beside.exists():
            raise InvalidInput(
                f"--out {out}: {beside.name} is there, of another database: delete it, or name another file"
            )


@contextmanager
def _scratch(out: Path) -> Iterator[tuple[Path, Path]]:
    """Give the names of two files beside `out`, which are gone afterwards, with what SQLite puts beside them."""
    _clear(out)
    names = [out.with_name(f".{out.name}.{os.getpid()}.{ending}") for ending in ("part", "whole")]
    try:
        yield names[0], names[1]
    finally:
        for name in names:
            for ending in ("", *_BESIDE):
                name.with_name(name.name + ending).unlink(missing_ok=True)


def _new(part: Path, out: Path) -> sqlite3.Connection:
    try:
        return open_for_writing(part, create=True, timeout=_PATIENCE)
    except ArchiveUnreadable as error:
        raise NotPublished(
            f"{out} can't be made: {error.__context__ or error}; nothing is left of it"
        ) from error


def _clear(out: Path) -> None:
    """Delete what a run left that was killed, or met a power cut."""
    for path in out.parent.glob(f".{glob.escape(out.name)}.*"):
        found = _LEFT.fullmatch(path.name.removeprefix(f".{out.name}."))
        if found and not _is_alive(int(found[1])):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's
        return True
    return True


def _read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _put(whole: Path, out: Path, *, force: bool) -> None:
    """Put a finished file in its place, all of it or nothing, also if the power fails."""
    sync_path(whole)
    if force:
        for ending in _BESIDE:  # of the copy before: SQLite would read it as this one's
            out.with_name(out.name + ending).unlink(missing_ok=True)
        whole.replace(out)
    else:
        try:
            os.link(whole, out)  # fails where somebody else was first
        except FileExistsError:
            raise InvalidInput(f"--out {out} is there already, since a moment") from None
        except OSError:  # a file system without such links
            whole.rename(out)
    sync_path(out.absolute().parent)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Turn what the system says of writing the copy into a sentence."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        raise NotPublished(f"{out} can't be made: {error}; nothing is left of it") from error

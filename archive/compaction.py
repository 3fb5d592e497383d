"""Keeping the WARC files of runs that have ended as packs, a fraction of their size (see `archive.evidence.packs`).

No row of the archive is changed by it: a capture goes on naming its `X.warc.gz`, which a pack gives back byte for byte.
A pack is written beside, synced, and read back whole; then it gets its name, then the custody log its entry, and only
then are the old files deleted. Killed at any moment, nothing is lost, and the same again goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from archive.clock import Clock, to_text
from archive.errors import ArchiveError
from archive.evidence.opening import alone_in, pack_at, packs_in
from archive.evidence.packing import Made, NotPacked, write_pack
from archive.evidence.packs import ENDING, Pack, PackDamaged
from archive.evidence.recoding import is_zlib
from archive.locking import is_held
from archive.store import Store
from archive.syncing import sync_path
from archive.tables.custody import State, file_state

# A month of a source, or as much of it as makes a file that can still be copied: older pages help too little.
MOST_BYTES = 1_000_000_000
_PART = ".part"
_NAME = re.compile(r"(?P<source>.+)-(?P<month>\d{6})\d{8}-\d+(?:-\d+)?\.warc\.gz")
# A run that was killed never ends; nobody has written to its file for so long, and nobody holds its source's lock.
_SETTLED_SECONDS = 3600
_FILES = """
select cast(c.warc_file as text) as name, min(r.source_id) as source_id, max(c.fetched_at) as last,
    sum(r.finished_at is null) as open
from captures c join runs r on r.id = c.run_id group by 1 order by 1
"""
# The length and the hash of each file, by the custody log's last word on it.
Vouched = dict[str, tuple[object, object]]
_STATES = "select details from custody where details is not null order by id"


@dataclass(frozen=True, slots=True)
class Group:
    """WARC files that are to become one pack. month: YYYY-MM, "" if their names tell none."""

    source_id: str
    month: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a group. made: None where it stays as it is, and `why` then says why."""

    group: Group
    made: Made | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be compacted. source_id: None is every source; older_than: days since a file's last capture.

    ended_months: only files that were begun in a month that is over.
    """

    source_id: str | None = None
    older_than: int = 0
    ended_months: bool = False


def compact(path: Path, wish: Wish, clock: Clock, tell: Callable[[Done], object] = lambda _: None) -> None:
    """Compact the WARC files of the archive at `path`; each group is told as it's done.

    Raises ArchiveError, with what came before it done; a file that can't be compacted is told, and stays.
    """
    folder = path.absolute().parent / "warc"
    if not folder.is_dir():
        return
    if not is_zlib():
        raise ArchiveError(
            f"this Python has another library in the place of zlib ({zlib.ZLIB_RUNTIME_VERSION}): it reads packs, "
            "and can't make any; use one that was built with zlib"
        )
    with alone_in(folder), Store(path, clock=clock, create=False) as store:
        try:
            _clear(folder)
            vouched = store.read(_vouched)
            _finish(store, folder, vouched, tell)
            now = clock()
            for group in store.read(lambda conn: _groups(conn, path, wish, now)):
                tell(_compact(store, folder, group, vouched))
        except OSError as error:
            raise ArchiveError(f"the WARC files can't be compacted: {error}; nothing is lost") from None


# -- what there is ------------------------------------------------------------------------------------------------


def _groups(conn: sqlite3.Connection, path: Path, wish: Wish, now: datetime) -> list[Group]:
    """Return the groups of files that nobody writes to any more, and that are old enough."""
    before, today = to_text(now - timedelta(days=wish.older_than)), to_text(now)
    folder = path.absolute().parent / "warc"
    found = []
    for name, source_id, last, is_open in conn.execute(_FILES).fetchall():
        file = folder / name
        if wish.source_id not in {None, source_id} or last > before or file.name != name:
            continue
        if (
            not name.endswith(".warc.gz")
            or not file.is_file()
            or (is_open and _is_at_work(path, source_id, file))
        ):
            continue
        match = _NAME.fullmatch(name)
        month = f"{match['month'][:4]}-{match['month'][4:]}" if match else ""
        if wish.ended_months and month >= today[:7]:
            continue
        found.append((source_id, match["source"] if match else name, month, name, file.stat().st_size))
    groups = []
    for (source_id, _, month), files in groupby(sorted(found), key=lambda told: told[:3]):
        groups += [Group(source_id, month, names) for names in _split(list(files))]
    return groups


def _split(files: Sequence[tuple[str, str, str, str, int]]) -> Iterator[tuple[str, ...]]:
    names: list[str] = []
    total = 0
    for *_, name, size in files:
        if names and total + size > MOST_BYTES:
            yield tuple(names)
            names, total = [], 0
        names.append(name)
        total += size
    yield tuple(names)


def _is_at_work(path: Path, source_id: str, file: Path) -> bool:
    """Tell whether a run that has not ended may write to its file still, rather than having been killed."""
    real = path.resolve()
    lock = real.with_name(f"{real.name}.locks") / f"{quote(source_id, safe='')}.lock"
    if time.time() - file.stat().st_mtime < _SETTLED_SECONDS:
        return True
    with contextlib.suppress(FileNotFoundError):
        return is_held(lock)
    return False


def _vouched(conn: sqlite3.Connection) -> Vouched:
    """Return the length and the hash of each file that the custody log tells of, by its last word on it."""
    found: Vouched = {}
    for (details,) in conn.execute(_STATES):
        files = json.loads(details).get("files")
        if isinstance(files, dict):
            found |= {
                name: (state.get("bytes"), state.get("sha256")) for name, state in files.items() if state
            }
    return found


def _is_as_vouched(vouched: Vouched, name: str, state: State) -> bool:
    """Tell whether a file is what the custody log says; True if it says nothing of it."""
    found = (state.get("bytes"), state.get("sha256"))
    return vouched.get(name, found) == found


# -- one pack -----------------------------------------------------------------------------------------------------


def _compact(store: Store, folder: Path, group: Group, vouched: Vouched) -> Done:
    target = folder / (group.names[0].removesuffix(".warc.gz") + ENDING)
    if target.exists():
        return Done(group, why=f"there is a file {target.name} already")
    states: dict[str, State] = {}
    for name in group.names:
        state = file_state(folder / name)
        if state is None or not _is_as_vouched(vouched, name, state):
            return Done(group, why=f"{name} is not what the custody log says: see `archive verify`")
        states[name] = state
    beside = target.with_name(target.name + _PART)
    try:
        made = write_pack(folder, group.names, beside)
        _require_held(Pack(beside), states)
    except NotPacked as error:
        return Done(group, why=str(error))
    if made.after >= made.before:
        beside.unlink()
        return Done(group, why="it would not get smaller")
    beside.replace(target)
    sync_path(folder)
    _commit(store, folder, target, group.source_id, states)
    return Done(group, made)


def _require_held(pack: Pack, states: Mapping[str, State]) -> None:
    """Raise NotPacked unless a pack gives back files of these lengths and hashes."""
    for name, state in states.items():
        held = pack.files[name]
        if (held.size, held.sha256) != (state["bytes"], state["sha256"]):
            raise NotPacked(f"{name} was written to meanwhile: nothing was changed")


def _commit(
    store: Store, folder: Path, target: Path, source_id: str | None, states: Mapping[str, State]
) -> None:
    """Note in the custody log that the pack stands for the files, and delete those."""
    pack = file_state(target)
    if pack is None:
        raise ArchiveError(f"{target} is gone: somebody else has moved it; nothing was deleted")
    store.note_compacted(source_id, {**states, target.name: pack}, len(states))
    _delete(folder, states)


def _delete(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    sync_path(folder)


# -- what a run that was killed left ------------------------------------------------------------------------------


def _clear(folder: Path) -> None:
    """Delete what was being written when a run was killed."""
    for path in folder.glob(f"*{ENDING}{_PART}"):
        path.unlink()


def _finish(store: Store, folder: Path, vouched: Vouched, tell: Callable[[Done], object]) -> None:
    """Finish with packs whose files are there still, or of which the custody log does not tell yet."""
    for path in packs_in(folder):
        try:
            pack = pack_at(path)
        except PackDamaged as error:
            tell(Done(Group("", "", (path.name,)), why=f"{error}: see `archive verify`"))
            continue
        loose = [name for name in pack.files if (folder / name).exists()]
        if path.name in vouched and not loose:
            continue
        group = Group("", "", tuple(pack.files))
        other = _differs(folder, pack, loose)
        if not _is_as_vouched(vouched, path.name, file_state(path) or {}):
            tell(Done(group, why=f"{path.name} is not what the custody log says: see `archive verify`"))
        elif other is not None:
            tell(
                Done(
                    group,
                    why=f"{other} and what {path.name} holds of it are not the same: see `archive verify`",
                )
            )
        elif path.name in vouched:
            _delete(folder, loose)
        else:
            states: dict[str, State] = {
                name: {"bytes": held.size, "sha256": held.sha256} for name, held in pack.files.items()
            }
            _commit(store, folder, path, None, states)


def _differs(folder: Path, pack: Pack, loose: Sequence[str]) -> str | None:
    """Return the first file that is not what a pack gives back, having read all of that; None for none."""
    for name, held in pack.files.items():
        digest = hashlib.sha256()
        with pack.path.open("rb") as file:
            for packed in held.records:
                digest.update(pack.member(file, packed))
        is_same = digest.hexdigest() == held.sha256
        if not is_same or (name in loose and (file_state(folder / name) or {}).get("sha256") != held.sha256):
            return name
    return None

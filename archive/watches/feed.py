"""The Atom file of a watch: made of what is in the table, so that each match is in it once, whatever was interrupted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archive.errors import NotDelivered
from archive.text import atom
from archive.watches.model import Match, Watch

ENTRIES = 200  # in a file; older ones leave it
_SUMMARY = 500  # characters
_READABLE = 0o644  # a feed is for others to read


def path_of(watch: Watch, archive: Path) -> Path:
    """Return where the file is; a relative path is one beside the archive."""
    return archive.absolute().parent / watch.target


def write(watch: Watch, matches: Sequence[Match], archive: Path, now: str) -> None:
    """Replace the file by one of these matches, the newest first. Raises NotDelivered."""
    path = path_of(watch, archive)
    text = atom.write(atom.Feed(
        id=atom.stable_id(f"watch {archive.absolute().name} {watch.name}"),
        title=f"{watch.name}: {watch.query}", author="conflict-archive",
        updated=max((match.matched_at for match in matches), default=now),
        entries=tuple(map(_entry, matches)),
    ))  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise NotDelivered(f"{path} can't be written: {error.strerror or error}") from None


def _entry(match: Match) -> atom.Entry:
    summary = match.standfirst or match.body
    return atom.Entry(
        id=atom.stable_id(f"revision {match.url} {match.number} {match.seen_at}"), title=match.title, author=match.source_name,
        via=match.url, updated=match.matched_at, published=match.published_at, language=match.language,
        summary=summary[:_SUMMARY] + "…" * (len(summary) > _SUMMARY),
    )  # fmt: skip


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole: who reads it sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), _READABLE)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

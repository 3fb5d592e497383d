"""The custody log: what was done to captures and texts, when, and by which version of this program; only ever added to.

It is a chain of its own (see `archive.tables.chain`), rather than one with the captures: so either can be recomputed with one
query. Each entry names the last capture there was when it was written (`captures_hash`), which ties the two together:
whoever takes captures off the end of theirs is told on by the log.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from archive import __version__
from archive.clock import to_text
from archive.tables import chain
from archive.tables.reextraction import Applied, Reread


class Action(StrEnum):
    """What an entry is about."""

    CHAINED = (
        "chained"  # captures of an archive that had no chain were hashed: nothing vouches for what was before
    )
    CAPTURED = "captured"  # a run has ended: how many captures it made, and its WARC files as they were then
    IMPORTED = "imported"  # a text came without a page: the hash is that of the line it came in
    REEXTRACTED = "reextracted"  # rows were brought to what a later extraction makes of their captures
    REMOVED = "removed"  # a captured page was blanked out, and the texts made of it: hash and reason stay
    SEALED = "sealed"  # what there was is written down in a seal: the hash is its manifest's
    REPAIRED = "repaired"  # what a crash had broken was mended
    COMPACTED = (
        "compacted"  # WARC files were put into a pack that gives each back: what they were, what it is
    )
    REBUILT = "rebuilt"  # the database was derived anew from the WARC files and this log


def note(
    conn: sqlite3.Connection, action: Action, at: str, *, details: Mapping[str, Any] | None = None,
    **columns: str | int | None,
) -> int:  # fmt: skip
    """Add an entry, and return its id.

    at: as `archive.clock.to_text` gives it. columns: of the table, besides those that every entry has. details: more
    that nobody filters by.
    """
    row = {
        "at": at,
        "action": action.value,
        "version": __version__,
        **columns,
        "details": json.dumps(details, ensure_ascii=False, sort_keys=True) if details else None,
        "captures_hash": chain.head(conn, "captures").hash,
    }
    return chain.append(conn, "custody", row)


def note_captured(conn: sqlite3.Connection, run_id: int, source_id: str, at: str, folder: Path) -> None:
    """Note that a run has ended, if it made captures, and what its WARC files in `folder` are now."""
    counts = Counter(
        str(name) for (name,) in conn.execute("select warc_file from captures where run_id = ?", [run_id])
    )
    if counts:
        files = {name: state for name in sorted(counts) if (state := file_state(folder / name))}
        note(
            conn, Action.CAPTURED, at, source_id=source_id, run_id=run_id, items=counts.total(),
            details={"files": files},
        )  # fmt: skip


def note_import(conn: sqlite3.Connection, key: str, source_id: str, line_sha256: str | None, at: str) -> None:
    """Note that the text of the article with that url_key came without a page."""
    (article_id,) = conn.execute("select id from articles where url_key = ?", [key]).fetchone()
    note(
        conn,
        Action.IMPORTED,
        at,
        source_id=source_id,
        article_id=article_id,
        items=1,
        sha256=line_sha256,
    )


def note_reextraction(
    conn: sqlite3.Connection, source_id: str, written: Iterable[tuple[Reread, Applied]], at: str
) -> None:
    """Note what a re-extraction wrote of a source, if it wrote anything; and of which captures, for `archive rebuild`.

    Each capture is told with the template and the dates that it was read with, and the address of a report that was found.
    """
    done = [(reread, applied) for reread, applied in written if applied is not Applied.NOTHING]
    if done:
        counts = Counter(applied.value for _, applied in done)
        versions = sorted({reread.extraction.extractor_version for reread, _ in done})
        told = [_way(reread, applied) for reread, applied in done]
        details = {**counts, "extractor_version": ", ".join(versions), "captures": told}
        note(conn, Action.REEXTRACTED, at, source_id=source_id, items=counts.total(), details=details)


def _way(reread: Reread, applied: Applied) -> dict[str, int | str]:
    """Return how a capture was read anew: all that is needed to do it again."""
    page = reread.page
    told = {
        "capture": page.capture_id,
        "template": reread.extraction.template_id or reread.template_id,
        "path": reread.extraction.path,
        "url": reread.url if applied is Applied.FOUND else None,
        "published": to_text(page.published_hint) if page.published_hint else None,
        "modified": to_text(page.modified_hint) if page.modified_hint else None,
    }
    return {name: value for name, value in told.items() if value is not None}


State = Mapping[str, int | str]


def file_state(path: Path) -> State | None:
    """Return a file's length in bytes and SHA-256, as an entry's details have them; None if there is none."""
    try:
        with path.open("rb") as file:
            return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except (OSError, ValueError):  # ValueError: a name that holds a NUL
        return None

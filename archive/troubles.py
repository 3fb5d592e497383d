"""What the system says when an archive can't be written, as a sentence that says how to go on."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

_KEPT = "what was stored before is kept, and the next crawl goes on from there"
_ERRNOS = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EFBIG: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
}
_SENTENCES = {
    sqlite3.SQLITE_FULL: f"{{path}} can't be written, its disk is full: make room; {_KEPT}",
    sqlite3.SQLITE_READONLY: f"{{path}} can't be written, this user may only read it or its folder: {_KEPT}",
    sqlite3.SQLITE_BUSY: f"{{path}} is locked by another program for too long: try again when that is done; {_KEPT}",
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged ({error}): `archive verify --repair` makes the search index anew if it's that; else go back "
        "to a backup (`archive restore`), or save what is left with `sqlite3 {path} .recover`"
    ),
    sqlite3.SQLITE_NOTADB: "{path} is not an SQLite database",
    sqlite3.SQLITE_CANTOPEN: "{path} can't be opened: {error}; does its folder exist, and may this user write there?",
    sqlite3.SQLITE_IOERR: f"{{path}} can't be written, its disk fails ({{error}}): {_KEPT}",
}


def is_environment(error: BaseException) -> bool:
    """Tell whether an error is the disk's or another program's doing, not a single row's."""
    return isinstance(error, OSError) or _code(error) in _SENTENCES


def sentence(path: Path, error: BaseException) -> str:
    """Return what is wrong with writing to the archive at `path`, or to the WARC file that an OSError names."""
    text = _SENTENCES.get(_code(error), "a write to {path} failed: {error}")
    if isinstance(error, OSError):
        about = error.filename or f"{path} (or its WARC file)"
        if _code(error) == 0:
            text = f"{{path}} can't be written ({{error}}): {_KEPT}"
        return text.format(path=about, error=error.strerror or error)
    return text.format(path=path, error=str(error) or repr(error))


def _code(error: BaseException) -> int:
    """Return SQLite's primary result code, or the one that an OSError comes to; 0 for any other."""
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0, 0)
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF

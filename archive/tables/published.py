"""Is this an archive, or a copy of one that was made to be published (`archive publish`)?"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveUnwritable

_HAS_TABLE = "select 1 from sqlite_master where type = 'table' and name = 'publications'"
_ROW = "select made_at, version, as_of, rules, left_out from publications"


@dataclass(frozen=True, slots=True)
class Publication:
    """What a published copy says of itself.

    made_at: when; version: by which version of this program; as_of: the last look of the archive that it was made of
    (all UTC). rules: what was left out, in words; left_out: how much, by name.
    """

    made_at: str
    version: str
    as_of: str | None
    rules: str
    left_out: Mapping[str, int]

    @property
    def sentence(self) -> str:
        """Return what is to be said of the copy wherever it's shown."""
        return f"a published copy, made on {self.made_at[:10]}; parts were left out"


def publication(conn: sqlite3.Connection) -> Publication | None:
    """Return what a published copy says of itself; None for an archive, of whatever version."""
    if conn.execute(_HAS_TABLE).fetchone() is None:
        return None
    row = conn.execute(_ROW).fetchone()
    if row is None:
        return None
    made_at, version, as_of, rules, left_out = row
    return Publication(str(made_at), str(version), as_of, str(rules), json.loads(left_out))


def require_archive(path: Path) -> None:
    """Raise ArchiveUnwritable if what is at `path` is a published copy: it has no evidence, and nothing may be added.

    It's looked at without changing anything, also its way of keeping a journal. What can't be read is left to whoever opens it.
    """
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            found = publication(conn)
    except sqlite3.DatabaseError:
        return
    if found is not None:
        raise ArchiveUnwritable(
            f"{path} is a published copy, made on {found.made_at[:10]}: it has no captured pages, and nothing can be added to "
            "it; use the archive that it was made of"
        )

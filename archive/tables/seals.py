"""The table `seals`: SQL on one connection."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from archive.tables import rows


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal as the archive has it: its manifest's bytes and hash, and who signed and timestamped it, if anybody did.

    sealed_at, authority_moment: in the archive's text form. public_key, signature: hex. authority: an address.
    """

    sealed_at: str
    sha256: str
    manifest: bytes
    public_key: str | None = None
    signature: str | None = None
    authority: str | None = None
    authority_moment: str | None = None
    authority_token: bytes | None = None
    opentimestamps: bytes | None = None
    id: int = 0

    @property
    def vouched(self) -> str:
        """Return who vouches for it besides the archive: "signed and timestamped", one of the two, or ""."""
        words = {"signed": self.signature, "timestamped": self.authority_token or self.opentimestamps}
        return " and ".join(word for word, there in words.items() if there)


_COLUMNS = tuple(SealRow.__dataclass_fields__)
_SELECT = f"select {', '.join(_COLUMNS)} from seals"  # noqa: S608 - our own column names


def add(conn: sqlite3.Connection, seal: SealRow) -> int:
    """Write a seal, and return its id."""
    row: dict[str, Any] = {name: getattr(seal, name) for name in _COLUMNS if name != "id"}
    return rows.insert(conn, "seals", row | {"manifest": seal.manifest.decode()})


def every(conn: sqlite3.Connection) -> list[SealRow]:
    """Return all seals, the oldest first."""
    return [_read(row) for row in conn.execute(f"{_SELECT} order by id")]


def newest(conn: sqlite3.Connection) -> SealRow | None:
    """Return the last seal, or None."""
    row = conn.execute(f"{_SELECT} order by id desc limit 1").fetchone()
    return _read(row) if row else None


def _read(row: sqlite3.Row | tuple[Any, ...]) -> SealRow:
    values = dict(zip(_COLUMNS, tuple(row), strict=True))
    return SealRow(**values | {"manifest": str(values["manifest"]).encode()})

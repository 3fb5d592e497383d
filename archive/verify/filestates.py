"""What the custody log says that each WARC file, and each pack, is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.evidence.packs import ENDING

_STATES = "select id, at, action, details from custody where details is not null order by id"


@dataclass(frozen=True, slots=True)
class State:
    """What the custody log says that a WARC file is. entry: the row, and when it was written."""

    entry: str
    size: int
    sha256: str
    was_repaired: bool
    is_pack: bool


def states(conn: sqlite3.Connection) -> dict[str, State]:
    """Return what the custody log says of each WARC file, the last word on it."""
    found = {}
    for entry_id, at, action, details in conn.execute(_STATES):
        entry = f"entry {entry_id} of the custody log of {at}"
        for name, state in _files_of(details).items():
            if isinstance(state, dict) and isinstance(state.get("bytes"), int):
                sha256, is_repaired = str(state.get("sha256")), action == "repaired"
                found[name] = State(entry, state["bytes"], sha256, is_repaired, name.endswith(ENDING))
    return found


def _files_of(details: str) -> Mapping[str, Any]:
    try:
        files = json.loads(details).get("files", {})
    except (ValueError, TypeError, AttributeError):  # the chain tells that the row was changed
        return {}
    return files if isinstance(files, dict) else {}

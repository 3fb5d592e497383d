"""The custody file as a rebuild takes it: its entries in order, each after the captures that it came after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from archive.tables.custodyfile import BadLine, read


class CustodyLog:
    """The entries of a custody file that are what their hash says."""

    def __init__(self, path: Path | None, complain: Callable[[str], None]) -> None:
        """path: of the file; None for a log that is lost. complain: is told of each line that can't be used."""
        self.entries: list[Mapping[str, Any]] = []
        if path is None:
            return
        for line in read(path):
            if isinstance(line, BadLine):
                complain(f"{path.name}: {line}, and is left out")
            elif not _is_sound(line):
                complain(f"{path.name}: entry {line.row['id']} is not what its hash says, and is left out")
            else:
                self.entries.append(line.row)
        self.entries.sort(key=lambda row: int(row["id"]))

    def heads(self) -> dict[int, str]:
        """Return the captures' hashes that the entries name, by the number of the entry."""
        return {row["id"]: row["captures_hash"] for row in self.entries if row.get("captures_hash")}

    def after(
        self, last_id_of: Callable[[str | None], int | None]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield each entry with the capture that it came after, 0 for none. last_id_of: of a hash."""
        after = 0
        for row in self.entries:
            found = last_id_of(row.get("captures_hash"))
            after = max(after, found or 0)
            yield after, row


def _is_sound(line: Any) -> bool:
    try:
        return bool(line.is_sound)
    except (TypeError, ValueError):
        return False

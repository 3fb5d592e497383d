"""How the sources are: one verdict each, with what it stands on. See `rhythm` for when a source is silent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from archive.filters import require_source
from archive.health.facts import gather
from archive.health.verdict import Health, Verdict, judge

__all__ = ["Health", "Verdict", "health"]

_ORDER = tuple(Verdict)


def health(connection: sqlite3.Connection, now: datetime, sources: Sequence[str] = ()) -> list[Health]:
    """Return the verdict on each source (or on those of the given ids) as of `now`, the worst first.

    now: aware; what the archive saw later is left out, as far as it still knows what was before. connection:
    from `archive.open`. Raises NotFound for a source that the archive doesn't have.
    """
    for source in sources:
        require_source(connection, source)
    ids = dict.fromkeys(sources) or [
        row[0] for row in connection.execute("select id from sources order by id")
    ]
    found = [judge(gather(connection, source, now), now) for source in ids]
    return sorted(found, key=lambda one: (_ORDER.index(one.verdict), one.source_id))

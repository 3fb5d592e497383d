"""Which articles a reader asks for, by source, language and day: shared by search and export."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from archive.clock import day_end, day_start
from archive.errors import InvalidInput, NotFound

# A condition on `articles` that `Filters.parameters` fills; an article without a date is in no range of days.
CONDITION = """
    (:source is null or articles.source_id = :source)
    and (:language is null or articles.language = :language)
    and (:since is null or articles.published_at >= :since)
    and (:until is null or articles.published_at < :until)
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What limits a search or an export; None does not limit.

    source: a source's id. since, until: UTC days of publication, both included. language: ISO 639-1.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None
    language: str | None = None

    def parameters(self) -> dict[str, str | None]:
        """Return the SQL parameters of CONDITION.

        Raises InvalidInput where `since` is after `until`.
        """
        if self.since and self.until and self.since > self.until:
            raise InvalidInput(f"since {self.since} is after until {self.until}")
        return {
            "source": self.source,
            "language": self.language.lower() if self.language else None,
            "since": day_start(self.since) if self.since else None,
            # nothing is after the last day that there is
            "until": day_end(self.until) if self.until and self.until != date.max else None,
        }

    def check_source(self, connection: sqlite3.Connection) -> None:
        """Raise NotFound where the archive has no such source: an empty answer would hide a slip of the pen."""
        if self.source is not None:
            require_source(connection, self.source)


def require_source(connection: sqlite3.Connection, source: str) -> None:
    """Raise NotFound, with the ids that there are, unless the archive has the source of that id."""
    ids = [row[0] for row in connection.execute("select id from sources order by id")]
    if source not in ids:
        shown = ", ".join(ids[:12]) + (", ..." if len(ids) > 12 else "")
        raise NotFound(f"no source {source!r} in this archive: it has {shown or 'none yet'}")

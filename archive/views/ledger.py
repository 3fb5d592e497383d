"""The ledger of edits, as a reader asks for it: the table `changes`, newest first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from archive.clock import day_end, day_start
from archive.errors import InvalidInput
from archive.filters import require_source

# The conditions are only there where they limit, so that each way of asking is one walk along an index.
_CHANGES = """
select changes.*, articles.title, articles.url, sources.name as source_name from (
    select * from changes {where} order by seen_at desc, id desc {limit}
) as changes
join articles on articles.id = changes.article_id
join sources on sources.id = changes.source_id
order by changes.seen_at desc, changes.id desc
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit: which revision of which article it made, and what changed.

    title, url: of the article as it is now. kinds: see `archive.changes.model.Kind`. details: the changes one by one,
    as the table has them.
    """

    article_id: int
    number: int
    source_id: str
    source_name: str
    seen_at: str
    is_substantive: bool
    kinds: tuple[str, ...]
    summary: str
    title: str
    url: str
    details: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which edits a reader asks for; None does not limit. since, until: UTC days on which an edit was seen, included."""

    source: str | None = None
    since: date | None = None
    until: date | None = None
    substantive: bool = False
    kind: str | None = None
    article: int | None = None
    limit: int | None = None


def edits(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[Edit]:
    """Yield the edits that are asked for, the newest first.

    Raises NotFound for a source that the archive doesn't have, InvalidInput where `since` is after `until`.
    """
    if wanted.source is not None:
        require_source(connection, wanted.source)
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise InvalidInput(f"since {wanted.since} is after until {wanted.until}")
    conditions = {
        "source_id = :source": wanted.source,
        "seen_at >= :since": wanted.since and day_start(wanted.since),
        # nothing is after the last day that there is
        "seen_at < :until": wanted.until and wanted.until != date.max and day_end(wanted.until),
        "is_substantive = 1": wanted.substantive,
        "kinds like :kind": wanted.kind and f'%"{wanted.kind}"%',
        "article_id = :article": wanted.article,
        # an edit that a later extraction took back is none
        "kinds <> '[]'": True,
    }
    where = " and ".join(condition for condition, value in conditions.items() if value)
    query = _CHANGES.format(where=f"where {where}", limit="limit :limit" if wanted.limit is not None else "")
    values = {
        condition.rpartition(":")[2]: value for condition, value in conditions.items() if ":" in condition
    }
    for row in connection.execute(query, values | {"limit": wanted.limit}):
        yield _edit(row)


def _edit(row: sqlite3.Row) -> Edit:
    return Edit(
        article_id=row["article_id"],
        number=row["number"],
        source_id=row["source_id"],
        source_name=row["source_name"],
        seen_at=row["seen_at"],
        is_substantive=bool(row["is_substantive"]),
        kinds=tuple(json.loads(row["kinds"])),
        summary=row["summary"],
        title=row["title"],
        url=row["url"],
        details=tuple(json.loads(row["details"])),
    )

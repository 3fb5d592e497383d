"""What happened to reports after they were published, in one ledger: edits, deletions, moves, and returns; the newest first."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from archive.changes.summary import order
from archive.clock import day_end, day_start
from archive.errors import InvalidInput
from archive.filters import require_source
from archive.views.gone import in_words

What = Literal["all", "edits", "deletions"]
WHATS: Final[tuple[What, ...]] = ("all", "edits", "deletions")

_MOST_TOLD = 12  # changes of one edit
_CURSOR = re.compile(r"(?a:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ),([0-3]),(\d{1,18}))")
# Their place among what was seen in the same second.
_RANKS = {"restored": 0, "moved": 1, "gone": 2, "edit": 3}

# The conditions are only there where they limit, and each state is asked for by itself: so each is one walk along an index.
_EDITS = """
select changes.id, changes.seen_at as at, changes.article_id, changes.number, changes.is_substantive, changes.summary,
    changes.details, articles.title, articles.language, articles.url, articles.source_id, sources.name as source_name,
    (select max(number) from revisions where article_id = changes.article_id and number < changes.number) as before
from (select * from changes {by} where {where} order by seen_at desc, id desc limit :limit) as changes
join articles on articles.id = changes.article_id
join sources on sources.id = articles.source_id
"""
_STATES = """
select states.id, states.since as at, states.article_id, states.how, states.detail, states.until,
    articles.title, articles.language, articles.url, articles.source_id, sources.name as source_name
from article_states as states indexed by article_states_state
cross join articles on articles.id = states.article_id
join sources on sources.id = articles.source_id
where states.state = :state and {where}
order by states.since desc, states.id desc limit :limit
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a report. at: when it was seen; title, url, language: of the report as it is now.

    what: "edit", "gone", "moved" or "restored". told: what happened, in sentences. Of an edit, number is the revision that it
    made and before the one it was made of (None where that is not there any more). until: when a look showed otherwise, of
    what is over by now.
    """

    id: int
    at: str
    what: str
    article_id: int
    source_id: str
    source_name: str
    title: str
    language: str | None
    url: str
    told: tuple[str, ...]
    is_substantive: bool
    number: int | None = None
    before: int | None = None
    until: str | None = None

    @property
    def cursor(self) -> str:
        """Return what `Asked.before` takes to go on behind this one."""
        return f"{self.at},{_RANKS[self.what]},{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a reader asks for; None does not limit. since, until: UTC days, included.

    small: also edits that don't change what a report says. before: the `cursor` of the last event of the page before.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None
    what: What = "all"
    small: bool = False
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the newest first; next: the cursor of the last one, None if there are no more."""

    events: tuple[Event, ...]
    next: str | None


def events(connection: sqlite3.Connection, wanted: Wanted, most: int) -> Page:
    """Return at most so many of the events that are asked for.

    Raises NotFound for a source that the archive doesn't have, InvalidInput where `since` is after `until` or `before`
    is no cursor.
    """
    if wanted.source is not None:
        require_source(connection, wanted.source)
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise InvalidInput(f"since {wanted.since} is after until {wanted.until}")
    found: list[Event] = []
    if wanted.what != "deletions":
        found += _edits(connection, wanted, most + 1)
    if wanted.what != "edits":
        for state in ("gone", "moved", "restored"):
            found += _states(connection, wanted, state, most + 1)
    found.sort(key=lambda event: (event.at, _RANKS[event.what], event.id), reverse=True)
    shown = found[:most]
    return Page(tuple(shown), shown[-1].cursor if len(found) > most else None)


def told(details: Sequence[dict[str, Any]], summary: str) -> tuple[str, ...]:
    """Return what an edit changed, the substantive first; of very many changes the first ones."""
    ordered = sorted(details, key=lambda detail: order(detail["kind"]))
    sentences = list(dict.fromkeys(str(detail["sentence"]) for detail in ordered)) or [summary]
    if len(sentences) <= _MOST_TOLD:
        return tuple(sentences)
    return (*sentences[: _MOST_TOLD - 1], f"and {len(sentences) - _MOST_TOLD + 1} more")


def _edits(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Event]:
    # an edit that a later extraction took back is none
    conditions, values = ["kinds <> '[]'", *_since("seen_at", "id", "edit", wanted)], _values(wanted)
    if not wanted.small:
        conditions.append("is_substantive = 1")
    if wanted.source:
        conditions.append("source_id = :source")
    by = "indexed by changes_substantive" if not wanted.small and not wanted.source else ""
    query = _EDITS.format(where=" and ".join(conditions), by=by)
    return [
        Event(
            what="edit", told=told(json.loads(row["details"]), row["summary"]), number=row["number"],
            before=row["before"], **_common(row, is_substantive=bool(row["is_substantive"])),
        )
        for row in connection.execute(query, values | {"limit": limit})
    ]  # fmt: skip


def _states(connection: sqlite3.Connection, wanted: Wanted, state: str, limit: int) -> list[Event]:
    conditions = ["1", *_since("states.since", "states.id", state, wanted)]
    if wanted.source:
        conditions.append("articles.source_id = :source")
    query = _STATES.format(where=" and ".join(conditions))
    values = _values(wanted) | {"limit": limit, "state": state}
    return [
        Event(what=state, told=_happened(state, row), until=row["until"], **_common(row, is_substantive=True))
        for row in connection.execute(query, values)
    ]


def _happened(state: str, row: sqlite3.Row) -> tuple[str, ...]:
    if state == "restored":
        return ("there again, after it was gone",)
    how = in_words(row["how"])
    said = f"deleted: {how}" if state == "gone" else f"moved: {how}"
    return (said, row["detail"]) if state == "moved" and row["detail"] else (said,)


def _common(row: sqlite3.Row, *, is_substantive: bool) -> dict[str, Any]:
    names = ("id", "at", "article_id", "source_id", "source_name", "title", "language", "url")
    return {name: row[name] for name in names} | {"is_substantive": is_substantive}


def _since(at: str, row_id: str, what: str, wanted: Wanted) -> list[str]:
    """Return the conditions on the time of one kind of event."""
    found = [f"{at} >= :since"] if wanted.since else []
    if wanted.until and wanted.until != date.max:  # nothing is after the last day that there is
        found.append(f"{at} < :until")
    if wanted.before is not None:
        rank = _cursor(wanted.before)[1]
        found.append(f"{at} < :at" if _RANKS[what] > rank else f"{at} <= :at")
        if _RANKS[what] == rank:
            found.append(f"({at} < :at or {row_id} < :id)")
    return found


def _values(wanted: Wanted) -> dict[str, object]:
    at, _, row_id = _cursor(wanted.before) if wanted.before is not None else (None, 0, None)
    until = wanted.until and wanted.until != date.max
    return {
        "source": wanted.source,
        "since": day_start(wanted.since) if wanted.since else None,
        "until": day_end(wanted.until) if wanted.until and until else None,
        "at": at,
        "id": row_id,
    }


def _cursor(text: str) -> tuple[str, int, int]:
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise InvalidInput(f"before={text!r} is no place in the ledger: take it from the link to older ones")
    return found[1], int(found[2]), int(found[3])

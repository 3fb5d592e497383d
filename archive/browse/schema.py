"""The tables and columns of an archive beside the box for SQL, for whoever writes a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.browse.cells import KEYS
from archive.browse.compat import is_table_allowed

# What queries may call besides SQLite's own: how it's written, and what it does.
FUNCTIONS = {
    "archive_match('…')": "what to look for in articles_fts: `where articles_fts match archive_match('shelling')` finds every form of a word",
    "archive_within('…', source_id, language, published_at, kind, conflict)": "1 if a report is within the limits of a search (source:, lang:, since: …), else 0",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. points_to: the table whose row it names, if it does."""

    name: str
    description: str
    points_to: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and what is in its columns."""

    name: str
    description: str
    columns: tuple[Column, ...]


async def visible_tables(
    datasette: Any, actor: Mapping[str, Any] | None, database: str, metadata: Mapping[str, Any]
) -> list[Table]:
    """Return the tables that an actor may see, those of texts first. metadata: as `Presentation.metadata` gives it."""
    described = {name: each for name, each in metadata["tables"].items() if each.get("columns")}
    allowed = [name for name in described if await is_table_allowed(datasette, actor, database, name)]
    return [_table(name, described[name]) for name in sorted(allowed, key=_rank)]


_FIRST = ("articles", "sources", "revisions", "changes", "captures")


def _rank(name: str) -> tuple[int, str]:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST), name


def _table(name: str, described: Mapping[str, Any]) -> Table:
    columns = (Column(column, text, KEYS.get(column)) for column, text in described["columns"].items())
    return Table(name, described.get("description", ""), tuple(columns))

"""The state of an archive in one look."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from archive.browse.compat import Response, front_page
from archive.browse.web import Asked, archives, page

_NEWEST = """
select articles.id, articles.title, articles.language, articles.published_at, articles.published_at_precision,
    articles.source_id, sources.name as source_name
from articles join sources on sources.id = articles.source_id
order by articles.id desc limit 12
"""


async def front(request: Any, datasette: Any) -> Any:
    """Show the archive where it is all that is opened, else Datasette's own list of databases."""
    files = [name for name, database in datasette.databases.items() if not database.is_memory]
    if list(archives(datasette)) == files and len(files) == 1:
        return await home(request, datasette)
    return await front_page(datasette, request)


@page("articles", "sources")
async def home(asked: Asked) -> Response:
    """Show the archive's home."""
    return await asked.answer("archive_home.html", {"newest": await asked.read(_newest)})


def _newest(connection: sqlite3.Connection) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(_NEWEST)]

"""What is said differently to Datasette 0.65 and to its coming 1.0; nothing else of the plugin knows of versions.

The hooks that 1.0 renames or drops (`get_metadata`, `canned_queries`) are the ones of `archive.browse` that say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import datasette as package
from datasette.utils import LimitedWriter, WriteLimitExceeded, sqlite_timelimit
from datasette.utils.asgi import AsgiStream, Forbidden, NotFound, Response
from datasette.views.index import IndexView

__all__ = [
    "AsgiStream",
    "Forbidden",
    "LimitedWriter",
    "NotFound",
    "Response",
    "WriteLimitExceeded",
    "front_page",
    "inline_scripts",
    "require_tables",
    "sqlite_timelimit",
]

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# The one inline script of 0.65 that is not the same on every page.
_ALLOW_FACET = "DATASETTE_ALLOW_FACET = {{ datasette_allow_facet }};"


async def require_tables(
    datasette: Any, actor: Mapping[str, Any] | None, database: str, tables: Iterable[str]
) -> None:
    """Raise Forbidden unless whoever asks may see these tables of a database."""
    for table in tables:
        await datasette.ensure_permissions(
            actor, [("view-table", (database, table)), ("view-database", database), "view-instance"]
        )


async def front_page(datasette: Any, request: Any) -> Any:
    """Return Datasette's own front page, which lists its databases."""
    request.scope = {**request.scope, "url_route": {"kwargs": {"format": None}}}
    return await IndexView(datasette).get(request)


def inline_scripts() -> list[str]:
    """Return the scripts that stand in Datasette's own pages, as they reach the browser."""
    folder = Path(package.__file__).parent / "templates"
    found = [
        script
        for page in sorted(folder.glob("*.html"))
        for script in _SCRIPT.findall(page.read_text("utf-8"))
    ]
    either = [_ALLOW_FACET.replace("{{ datasette_allow_facet }}", value) for value in ("true", "false")]
    return [script for script in found if "{{" not in script and "{%" not in script] + either

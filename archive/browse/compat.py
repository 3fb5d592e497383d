"""What is said differently to Datasette 0.65 and to its coming 1.0; nothing else of the plugin knows of versions.

The hooks that 1.0 renames or drops (`get_metadata`, `canned_queries`) are the ones of `archive.browse` that say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import datasette as package
from datasette.utils import LimitedWriter, WriteLimitExceeded, await_me_maybe, sqlite_timelimit, tilde_decode
from datasette.utils.asgi import AsgiStream, Forbidden, NotFound, Response
from datasette.views.index import IndexView

__all__ = [
    "AsgiStream",
    "Forbidden",
    "LimitedWriter",
    "NotFound",
    "Response",
    "WriteLimitExceeded",
    "database_of",
    "front_page",
    "inline_scripts",
    "is_table_allowed",
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


def database_of(datasette: Any, path: str) -> str | None:
    """Return the name of the database that an address's path is of; None if it is of none."""
    base = str(datasette.setting("base_url")).rstrip("/")
    route = tilde_decode(path.removeprefix(base).lstrip("/").partition("/")[0].partition(".")[0])
    return next((name for name, each in datasette.databases.items() if each.route == route), None)


async def is_table_allowed(
    datasette: Any, actor: Mapping[str, Any] | None, database: str, table: str
) -> bool:
    """Tell whether an actor may see a table, by its own permission; those of its database and the whole are not asked.

    table: as SQLite spells it, so that nothing need be looked up: it's asked for dozens of tables a page.
    """
    # Imported with this module, it would load our own plugin, of which this module is a part, half made.
    from datasette.plugins import pm  # noqa: PLC0415

    allowed = None
    for check in pm.hook.permission_allowed(
        datasette=datasette, actor=actor, action="view-table", resource=(database, table)
    ):
        said = await await_me_maybe(check)
        allowed = allowed if said is None else bool(said)
    return allowed is not False


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

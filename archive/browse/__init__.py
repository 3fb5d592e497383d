"""The Datasette plugin: `datasette archive.db` is enough to browse an archive, no metadata file is needed.

Datasette loads this module through the entry point `conflict_archive` and calls the functions below, whose
names and arguments are its hooks'. Which databases are archives is seen once at start, by their tables, so
that the file may have any name and other databases beside it stay as they are.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from pluggy import HookimplMarker

from archive.browse import cells, permissions, schema, security, spreadsheets
from archive.browse.compat import database_of
from archive.browse.match import register
from archive.browse.presentation import Presentation, load_presentation
from archive.browse.routes import NAVIGATION, ROUTES
from archive.browse.web import publications, static_address
from archive.tables.published import publication

hookimpl = HookimplMarker("datasette")  # datasette's own is the same, but untyped

ARCHIVE_TABLES = frozenset({"sources", "runs", "leads", "captures", "articles", "articles_fts", "revisions"})


@hookimpl
def startup(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Find which of the opened databases are archives; where all are, suggest no further facets."""

    async def find_archives() -> None:
        found = [name for name, database in datasette.databases.items() if await _is_archive(database)]
        # kept on the instance, because two Datasettes in one process serve different files
        datasette.conflict_archives = dict.fromkeys(found, load_presentation())
        told = {name: await datasette.databases[name].execute_fn(publication) for name in found}
        datasette.conflict_publications = {name: each for name, each in told.items() if each is not None}
        if found and found == _files(datasette):
            # Trying each column as a facet takes seconds a page from some ten thousand reports on, and
            # the useful facets are there already. Datasette has no public way to say so from a plugin.
            datasette._settings["suggest_facets"] = False  # noqa: SLF001

    return find_archives


def _files(datasette: Any) -> list[str]:
    """Return the names of the databases that Datasette opened, without those of its own in memory."""
    return [name for name, database in datasette.databases.items() if not database.is_memory]


async def _is_archive(database: Any) -> bool:
    try:
        return set(await database.table_names()) >= ARCHIVE_TABLES
    except sqlite3.DatabaseError:
        return False  # not a database, or a damaged one: Datasette itself says so right after


def _archives(datasette: Any) -> dict[str, Presentation]:
    """Return what to show of each archive; nothing before `startup`, as Datasette asks for metadata earlier."""
    archives: dict[str, Presentation] = getattr(datasette, "conflict_archives", {})
    return archives


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Add the pages of `archive.browse.pages`."""
    return list(ROUTES)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[security.App], security.App]:
    """Add the headers of `archive.browse.security` to every answer; see there for the setting `content_security_policy`.

    And defuse the CSV of archives: see `archive.browse.spreadsheets`.
    """
    settings = datasette.plugin_config("conflict-archive") or {}
    policy = security.policy_of(settings.get("content_security_policy", True))

    async def is_archive(path: str) -> bool:
        await datasette.invoke_startup()  # which the first request would wait for, too late for this
        return database_of(datasette, path) in _archives(datasette)

    return lambda app: security.guarded(spreadsheets.guarded(app, is_archive), policy)


@hookimpl
def permission_allowed(
    datasette: Any, actor: dict[str, Any] | None, action: str, resource: Any
) -> Callable[[], Awaitable[bool | None]] | None:
    """Deny what would show a denied table by another way: see `archive.browse.permissions`."""
    database = resource[0] if isinstance(resource, tuple) else resource
    archive = _archives(datasette).get(database) if isinstance(database, str) else None
    if archive is None:
        return None

    async def inner() -> bool | None:
        return await permissions.is_allowed(datasette, actor, action, resource, archive.queries())

    return inner


@hookimpl
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """List the archive's pages in Datasette's own menu."""
    if not _archives(datasette):
        return []
    return [{"href": str(datasette.urls.path(path)), "label": label} for path, label in NAVIGATION]


@hookimpl
def get_metadata(datasette: Any) -> dict[str, Any]:
    """Describe each archive, its tables and columns; title the whole where nothing but one archive is open."""
    databases = {name: archive.metadata() for name, archive in _archives(datasette).items()}
    for name, told in publications(datasette).items():
        databases[name]["description"] += f" This is {told.sentence}."
    files = _files(datasette)
    only = databases.get(files[0]) if len(files) == 1 else None
    instance = {key: only[key] for key in ("title", "description", "license", "source")} if only else {}
    return {**instance, "databases": databases}


@hookimpl
def canned_queries(datasette: Any, database: str) -> dict[str, dict[str, Any]]:
    """Give each archive the queries of `queries.toml`."""
    archive = _archives(datasette).get(database)
    return archive.queries() if archive else {}


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Provide the SQL functions of `archive.browse.match`, after Datasette's own, of which one is replaced."""
    try:
        is_archive = conn.execute("select 1 from sqlite_master where name = 'search_pending'").fetchone()
    except sqlite3.DatabaseError:  # not a database, or a damaged one: Datasette itself says so right after
        is_archive = None
    register(conn, is_archive=is_archive is not None)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Provide the filters with which a row's page shows a whole report, and JSON."""
    env.filters["archive_paragraphs"] = cells.paragraphs
    env.filters["archive_data"] = cells.data
    env.filters["archive_time"] = cells.moment
    env.globals["archive_navigation"] = NAVIGATION


@hookimpl
def render_cell(
    row: Any, value: object, column: str, table: str | None, database: str, datasette: Any
) -> Markup | None:
    """Show a value of an archive for people: see `archive.browse.cells`; None leaves it to Datasette."""
    if database not in _archives(datasette):
        return None
    if column in cells.KEYS and isinstance(value, str | int):
        return cells.key(value, str(datasette.urls.table(database, cells.KEYS[column])))
    if not isinstance(value, str):
        return None
    if table is None and column == "title" and "article_id" in row.keys():  # noqa: SIM118 (as below)
        return cells.title(value, row["article_id"], str(datasette.urls.table(database, "articles")))
    return cells.text(value, column, table, day_only=_known_to_the_day(row, column))


def _known_to_the_day(row: Any, column: str) -> bool:
    precision = "published_at_precision"
    # a sqlite3.Row is no mapping: its `in` looks at the values
    return column == "published_at" and precision in row.keys() and row[precision] == "day"  # noqa: SIM118


@hookimpl
def extra_css_urls(database: str | None, datasette: Any) -> list[str]:
    """Add the plugin's few rules of style to an archive's pages, and to those of no database, which lead to it."""
    if database not in _archives(datasette) and (database is not None or not _archives(datasette)):
        return []
    return [str(datasette.urls.static_plugins("conflict_archive", "archive.css"))]


@hookimpl
def extra_template_vars(database: str | None, view_name: str, datasette: Any, request: Any) -> dict[str, Any]:
    """Tell our templates whether they show one row of an archive, which columns hold JSON, and what a query can name."""
    archive = _archives(datasette).get(database) if database else None
    common = {
        "archive_row": view_name == "row" and archive is not None,
        "archive_json": cells.DATA,
        "is_archive": bool(_archives(datasette)),
    }
    if archive is None or database is None:
        return common
    actor = request.actor if request else None
    return common | {
        # awaited where a template asks for it: most pages don't
        "archive_tables": functools.partial(
            schema.visible_tables, datasette, actor, database, archive.metadata()
        ),
        "archive_functions": schema.FUNCTIONS,
        "archive_static": functools.partial(static_address, datasette),
    }

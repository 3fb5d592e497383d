"""What the pages have in common: which archive is asked for, a reading of it, and an answer from a template.

A page is a function of what was asked; what it shows is read by the modules that the command line reads with, on one of
Datasette's own read-only connections and within its time limit, away from the event loop.
"""

from __future__ import annotations

import functools
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import quote

from archive.browse.compat import NotFound as NoPage
from archive.browse.compat import Response, require_tables, sqlite_timelimit
from archive.browse.security import PAGE
from archive.clock import from_text
from archive.errors import ArchiveError, InvalidInput, NotFound
from archive.tables.published import Publication

T = TypeVar("T")
_TOO_LONG = (
    "this takes longer than the {limit:,} ms that this Datasette gives to a question: ask for less, or start it with "
    "--setting sql_time_limit_ms 5000"
)


@dataclass(frozen=True)
class Asked:
    """What a browser asked a page for. database: the name of the archive in Datasette."""

    datasette: Any
    request: Any
    database: str

    @property
    def publication(self) -> Publication | None:
        """Return what a published copy says of itself; None for an archive."""
        return publications(self.datasette).get(self.database)

    def as_of(self, now: datetime) -> datetime:
        """Return the instant that the archive is looked at; a published copy's is when it was made: it gets no older."""
        return from_text(self.publication.made_at) if self.publication else now

    def value(self, name: str, default: str = "") -> str:
        """Return a parameter of the address, without the spaces around it."""
        return str(self.request.args.get(name) or default).strip()

    def values(self, name: str) -> list[str]:
        """Return all values of a parameter that may be given several times."""
        return [str(value).strip() for value in self.request.args.getlist(name) if str(value).strip()]

    def part(self, name: str) -> str:
        """Return a part of the address's path, as the route names it."""
        return str(self.request.url_vars[name])

    def path(self, path: str) -> str:
        """Return the address of a page of ours of the same archive, under Datasette's base URL."""
        chosen = self.value("db")
        joint = "&" if "?" in path else "?"
        return str(self.datasette.urls.path(path)) + (f"{joint}db={quote(chosen, safe='')}" if chosen else "")

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return what a reader of the archive finds.

        Raises InvalidInput if that takes longer than Datasette's limit, and what the reader raises.
        """
        limit = self.datasette.setting("sql_time_limit_ms")

        def limited(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, limit):
                return job(connection)

        try:
            return await self.datasette.databases[self.database].execute_fn(limited)  # type: ignore[no-any-return]
        except sqlite3.OperationalError as error:
            if str(error) != "interrupted":
                raise
            raise InvalidInput(_TOO_LONG.format(limit=limit)) from None

    async def answer(self, template: str, values: Mapping[str, Any], *, status: int = 200) -> Response:
        """Return a page made of a template, which may count on `asked`, `archive_path` and `static`."""
        common = {
            "asked": self,
            "database": self.database,
            "archive_path": self.path,
            "publication": self.publication,
            "static": functools.partial(static_address, self.datasette),
        }
        html = await self.datasette.render_template(template, {**common, **values}, request=self.request)
        return Response.html(html, status=status, headers={"content-security-policy": PAGE})


Page = Callable[[Asked], Awaitable[Response]]


def page(*tables: str) -> Callable[[Page], Callable[..., Awaitable[Response]]]:
    """Make a page a view of Datasette, for whoever may see these tables.

    What the archive says of a bad or unknown value becomes a page that says it (400 or 404).
    """

    def decorate(function: Page) -> Callable[..., Awaitable[Response]]:
        @functools.wraps(function)
        async def view(request: Any, datasette: Any) -> Response:
            asked = Asked(datasette, request, _database(datasette, request))
            await require_tables(datasette, request.actor, asked.database, tables)
            try:
                return await function(asked)
            except ArchiveError as error:
                status = 404 if isinstance(error, NotFound) else 400
                return await asked.answer("archive_problem.html", {"problem": str(error)}, status=status)

        del view.__wrapped__  # Datasette would give what that one's arguments are named after
        return view

    return decorate


def archives(datasette: Any) -> Sequence[str]:
    """Return the names of the opened databases that are archives; none before Datasette has started."""
    return list(getattr(datasette, "conflict_archives", {}))


def publications(datasette: Any) -> Mapping[str, Publication]:
    """Return what those of the opened databases say of themselves that are published copies."""
    found: Mapping[str, Publication] = getattr(datasette, "conflict_publications", {})
    return found


def _database(datasette: Any, request: Any) -> str:
    """Return the archive that is asked for, the first without a wish."""
    found = archives(datasette)
    wanted = request.args.get("db") or (found[0] if found else None)
    if wanted not in found:
        raise NoPage("none of the opened databases is this archive")
    return str(wanted)


def static_address(datasette: Any, name: str) -> str:
    """Return the address of a file of ours, another one when the file is another."""
    path = datasette.urls.static_plugins("conflict-archive", name)
    return f"{path}?{_version(name)}"


@functools.cache
def _version(name: str) -> str:
    content = files("archive.browse").joinpath("static", name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]

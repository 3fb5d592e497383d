"""Pages of results that stay as they are while a crawl adds reports: later ones look at the reports of the first."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from archive.errors import InvalidInput
from archive.search.model import Order

_TOKEN = re.compile(r"([a-z]+)\.(\d{1,18})\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins. newest: the id of the last report that the first page could show."""

    order: Order
    newest: int
    offset: int


def begin(connection: sqlite3.Connection, order: Order, page: str | None) -> Start:
    """Return where the page begins that a token asks for; without one, the first."""
    if page is None:
        newest = connection.execute("select coalesce(max(id), 0) from articles").fetchone()[0]
        return Start(order, newest, 0)
    found = _TOKEN.fullmatch(page)
    if found is None or found[1] not in set(Order):
        raise InvalidInput(f"{page!r} is not the name of a page of results")
    return Start(Order(found[1]), int(found[2]), int(found[3]))


def token(start: Start, offset: int) -> str:
    """Return the name of the page that begins at `offset`."""
    return f"{start.order}.{start.newest}.{offset}"

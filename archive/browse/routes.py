"""The addresses of the plugin's pages. Datasette's own begin with the name of a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from archive.browse.pages import changes, exports, feed, home, replay, report, reports, sources

View = Callable[..., Awaitable[Any]]

ROUTES: Final[tuple[tuple[str, View], ...]] = (
    (r"^/$", home.front),
    (r"^/-/archive$", home.home),
    (r"^/-/reports$", reports.reports),
    (r"^/-/reports\.atom$", feed.atom),
    (r"^/-/reports\.(?P<form>csv|jsonl)$", exports.export),
    (r"^/-/changes$", changes.ledger),
    (r"^/-/changes\.atom$", changes.atom),
    (r"^/-/sources$", sources.catalogue),
    (r"^/-/sources/(?P<source>[^/]+)$", sources.source),
    (r"^/-/report/(?P<id>[0-9]{1,18})$", report.report),
    (r"^/-/report/(?P<id>[0-9]{1,18})/diff$", report.diff),
    (r"^/-/replay/(?P<id>[0-9]{1,19})$", replay.replay),
    (r"^/-/replay/(?P<id>[0-9]{1,19})/page$", replay.framed),
    (r"^/-/replay/(?P<id>[0-9]{1,19})/payload$", replay.payload),
)
# What a page's header leads to, and Datasette's own menu.
NAVIGATION: Final[tuple[tuple[str, str], ...]] = (
    ("/-/archive", "Archive"),
    ("/-/reports", "Search"),
    ("/-/sources", "Sources"),
    ("/-/changes", "Changes"),
)

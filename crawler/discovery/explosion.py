"""Parameter explosion: a path that has ever new queries, none of which names another report.

A query may be the identity (`newse.php?nid=12`), so no single address can be told from a trap: only many of them.
In an identity one parameter does the counting, and the others have a few values (a language, a section). Where
several parameters multiply (sorting x filter x page, month x year), or the path names the report already, ever
new queries are ever the same pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RULE = "trap-parameters"
MAX_NAME_SETS = 20  # of parameter names, on paths of one shape
MAX_QUERIES = 20  # on one path that names a report by itself
WINDOW = 200  # queries with the same names that are looked at together
_MAX_FACTOR = 8  # queries for each value of the parameter that counts: a report in so many languages or views
_MAX_TRACKED = 2_000  # paths, shapes: what a site can make us remember
_MAX_HELD = 20_000  # queries in all windows; beyond, all begin anew
_NUMBER = re.compile(r"\d+")
_ID = re.compile(r"\d{3}")
_SCRIPT_ENDS = (".php", ".asp", ".aspx", ".jsp", ".cgi")


@dataclass(slots=True)
class _Names:
    """The queries with one set of names, of the present window."""

    refused: bool = False
    queries: set[str] = field(default_factory=set)


class ParameterGuard:
    """Refuses addresses whose query is one too many for their path. Bounded in memory; asked for each address once.

    It holds what it has seen, so a crawl has one for each source. What it let through once it may refuse later.
    """

    def __init__(self) -> None:
        self._shapes: dict[str, dict[frozenset[str], _Names]] = {}
        self._paths: dict[str, set[int]] = {}
        self._held = 0

    def rule(self, url: str) -> str | None:
        """Return RULE for a canonical URL that is one too many, else None. Never raises."""
        path, _, query = url.partition("?")
        if not query:
            return None
        if _names_report(path) and not self._is_among_few(path, query):
            return RULE
        return None if self._is_explained(_shape(path), query) else RULE

    def _is_among_few(self, path: str, query: str) -> bool:
        """Tell whether a report's path has few queries, this one included."""
        queries = self._paths.get(path)
        if queries is None:
            if len(self._paths) < _MAX_TRACKED:
                self._paths[path] = {hash(query)}
            return True
        if len(queries) < MAX_QUERIES:
            queries.add(hash(query))
        return hash(query) in queries

    def _is_explained(self, shape: str, query: str) -> bool:
        """Tell whether a query may be one of a few views, or of the many values of one parameter."""
        if shape not in self._shapes and len(self._shapes) >= _MAX_TRACKED:
            return True
        known = self._shapes.setdefault(shape, {})
        names = frozenset(map(_name, query.split("&")))
        if names not in known and len(known) >= MAX_NAME_SETS:
            return False
        seen = known.setdefault(names, _Names())
        if not seen.refused and query not in seen.queries:
            self._hold(seen, query)
        return not seen.refused

    def _hold(self, seen: _Names, query: str) -> None:
        """Add a query to a window, and judge the window when it is full."""
        if self._held >= _MAX_HELD:
            for known in self._shapes.values():
                for names in known.values():
                    names.queries.clear()
            self._held = 0
        seen.queries.add(query)
        self._held += 1
        if len(seen.queries) == WINDOW:
            seen.refused = _multiplies(seen.queries)
            seen.queries.clear()
            self._held -= WINDOW


def _shape(path: str) -> str:
    """Return a path with its numbers and slugs taken out, so that all reports of a section have one shape."""
    segments = _NUMBER.sub("0", path).split("/")
    return "/".join("-" if segment.count("-") > 1 else segment for segment in segments)


def _names_report(path: str) -> bool:
    """Tell whether a path ends in a report's id or slug; a script such as archive2024.php does not."""
    last = path.rstrip("/").rpartition("/")[2]
    return not last.endswith(_SCRIPT_ENDS) and (last.count("-") > 1 or _ID.search(last) is not None)


def _multiplies(queries: set[str]) -> bool:
    """Tell whether no parameter has about as many values as there are queries."""
    values: dict[str, set[str]] = {}
    for query in queries:
        for part in query.split("&"):
            values.setdefault(_name(part), set()).add(part)
    return len(queries) > _MAX_FACTOR * max(map(len, values.values()))


def _name(part: str) -> str:
    """Return a parameter's name; the number of a report may be in it (`?article46716`) and is its value."""
    return _NUMBER.sub("0", part.partition("=")[0])

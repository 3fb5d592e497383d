"""The search: a box, a form for those who don't know the query language, what was found, and ways to narrow it."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archive.browse.asking import Search, asked_search, is_from_form
from archive.browse.charts import Slot, Timeline, timeline
from archive.browse.compat import Response
from archive.browse.hits import row_of
from archive.browse.languages import language_name
from archive.browse.web import Asked, page
from archive.errors import ArchiveError, InvalidInput, NotFound
from archive.search import CAP, Order, Results, search
from archive.text import highlight

_PAGE = 20
_SHOWN = 10  # values of a facet; the form has all
# Where an address is longer, a page full of such links would be too large.
_LONGEST_LINK = 600
# Stepping through the index, as SQLite reads all of it for `distinct`.
_LANGUAGES = """
with recursive found(language) as (
    select min(language) from articles where language is not null
    union all
    select (select min(language) from articles where language > found.language) from found where found.language is not null
) select language from found where language is not null limit 200
"""
SORTS = {
    Order.RELEVANCE: "best first",
    Order.RECENT: "best first, new ones are better",
    Order.NEWEST: "newest first",
    Order.OLDEST: "oldest first",
}


@dataclass(frozen=True)
class Choices:
    """What the form offers: labels by their values."""

    sources: Mapping[str, str]
    languages: Mapping[str, str]
    kinds: Mapping[str, str]
    conflicts: Mapping[str, str]


@dataclass(frozen=True)
class Value:
    """A value of a facet. href: the address of the search narrowed to it; None where there is none."""

    label: str
    count: int
    href: str | None


@dataclass(frozen=True)
class Facet:
    """values: the most frequent; more: how many others there are."""

    title: str
    values: tuple[Value, ...]
    more: int


@dataclass(frozen=True)
class Chip:
    """A limit that holds, and the address of the search without it."""

    label: str
    href: str


@page("articles", "sources")
async def reports(asked: Asked) -> Response:
    """Show what a search finds; the newest reports where nothing is asked for."""
    wanted, problem, status = Search(), "", 200
    try:
        wanted = asked_search(asked)
        if is_from_form(asked):
            return Response.redirect(
                asked.path("/-/reports") if not wanted.parameters() else _own(asked, wanted)
            )
        found = await asked.read(lambda connection: _find(connection, wanted))
    except ArchiveError as error:
        problem, status, found = str(error), 404 if isinstance(error, NotFound) else 400, None
    choices = await asked.read(_choices)
    values = {"wanted": wanted, "problem": problem, "found": found, "choices": choices, "sorts": SORTS}
    values |= {"chips": list(_chips(wanted, choices)), "typed": asked.value("q")}
    if found is not None:
        values |= _shown(wanted, found, choices)
    return await asked.answer("archive_reports.html", values, status=status)


def command_to_watch(query: str) -> str:
    """Return the command that follows a search; `--` goes before what would be taken for an option."""
    return f"archive watch add {'-- ' if query.startswith('-') else ''}{shlex.quote(query)}"


def _own(asked: Asked, wanted: Search) -> str:
    return str(asked.datasette.urls.path("/-/reports")) + wanted.address()


def _find(connection: sqlite3.Connection, wanted: Search) -> Results:
    results = search(
        connection, wanted.parsed(), related=wanted.related, limit=_PAGE, order=wanted.order, page=wanted.page, facets=True,
        marks=(highlight.START, highlight.END),
    )  # fmt: skip
    if _offset(results) >= CAP:
        raise InvalidInput(f"pages end at {CAP:,} reports: export them, or ask for less")
    return results


def _offset(results: Results) -> int:
    return int(results.page.rpartition(".")[2])


def _choices(connection: sqlite3.Connection) -> Choices:
    sources = connection.execute("select id, name, kind, conflict from sources order by name, id").fetchall()
    languages = [row[0] for row in connection.execute(_LANGUAGES)]
    named = sorted((language_name(code), code) for code in languages)
    return Choices(
        sources={row[0]: row[1] for row in sources},
        languages={code: name for name, code in named if code},
        kinds=_parts(row[2] for row in sources),
        conflicts=_parts(row[3] for row in sources),
    )


def _parts(values: Iterator[str | None]) -> dict[str, str]:
    """Return each of the names that stand in a column, several in one with commas between."""
    names = {part.strip() for value in values for part in (value or "").split(",")} - {""}
    return {name: name for name in sorted(names)}


def _shown(wanted: Search, results: Results, choices: Choices) -> dict[str, Any]:
    """Return what the template shows of results."""
    query = wanted.query()
    is_linked = len(wanted.address()) <= _LONGEST_LINK
    first = wanted.first()
    chart = timeline(results.facets.days) if results.facets else None
    return {
        "query": query,
        "rows": [row_of(hit) for hit in results],
        "begin": _offset(results),
        "cap": CAP,
        "facets": list(_facets(first, results, choices, is_linked=is_linked)),
        "is_linked": is_linked,
        "chart": chart,
        "slots": list(_slots(first, chart, is_linked=is_linked)) if chart else [],
        "next": replace(wanted, page=results.next_page).address() if results.next_page else None,
        "this": replace(wanted, page=results.page).address(),
        "file": first.address(),
        "command": command_to_watch(query) if query else None,
        "order": SORTS[results.order],
        "synonyms": replace(first, synonyms=not wanted.synonyms).address(),
        "related": replace(first, related=not wanted.related).address(),
    }


def _facets(wanted: Search, results: Results, choices: Choices, *, is_linked: bool) -> Iterator[Facet]:
    if results.facets is None or not results.facets.counted:
        return
    narrowed = {
        "source": (results.facets.sources, choices.sources),
        "lang": (results.facets.languages, choices.languages),
    }
    for name, title in (("source", "Sources"), ("lang", "Languages")):
        counts, labels = narrowed[name]
        yield _facet(title, counts, [
            Value(labels.get(value, value) or "unknown", count, _narrowed(wanted, name, value, is_linked=is_linked))
            for value, count in counts[:_SHOWN]
        ])  # fmt: skip
    months = results.facets.months
    yield _facet("Months", months, [
        Value(value or "without a date", count, wanted.between(value, value).address() if value and is_linked else None)
        for value, count in months[:_SHOWN]
    ])  # fmt: skip


def _narrowed(wanted: Search, name: str, value: str, *, is_linked: bool) -> str | None:
    """Return the address of the search within a value; None where it's unknown, or all that is wanted already."""
    if not value or not is_linked or wanted.values(name) == [value]:
        return None
    return wanted.within(name, value).address()


def _facet(title: str, counts: Sequence[tuple[str, int]], values: Sequence[Value]) -> Facet:
    return Facet(title, tuple(values), max(0, len(counts) - len(values)))


def _slots(wanted: Search, chart: Timeline, *, is_linked: bool) -> Iterator[tuple[Slot, str | None]]:
    """Give each stretch of the timeline with the address of the search within it, where it has a report."""
    for slot in chart.slots:
        href = wanted.between(slot.name, slot.name).address() if is_linked and slot.total else None
        yield slot, href


def _chips(wanted: Search, choices: Choices) -> Iterator[Chip]:
    labels = {"source": choices.sources, "lang": choices.languages}
    for name, value in wanted.limits:
        yield Chip(labels.get(name, {}).get(value, value), wanted.without(name, value).address())
    if wanted.since:
        yield Chip(f"since {wanted.since}", wanted.between("", wanted.until).address())
    if wanted.until:
        yield Chip(f"until {wanted.until}", wanted.between(wanted.since, "").address())

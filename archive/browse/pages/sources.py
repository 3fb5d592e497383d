"""The catalogue of sources, and what is known of one: its health, its coverage, its runs, its template."""

from __future__ import annotations

import asyncio
import functools
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlencode

from archive.browse import calendar
from archive.browse.compat import Response
from archive.browse.web import Asked, page
from archive.clock import utc_now
from archive.errors import InvalidInput, NotFound
from archive.health import Health, health
from archive.health.words import instant, percent, span
from archive.views import learned
from archive.views import sources as reading
from archive.views.coverage import Coverage, coverage
from archive.views.failures import FailureCount, summary
from archive.views.learned import Learned

T = TypeVar("T")
_MOST_RUNS, _MOST_ENDPOINTS, _MOST_REASONS = 20, 40, 20
_KINDS = 12  # of blocks that a layout keeps, and drops
_LIMITS = ("conflict", "kind", "language")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Template:
    """What was learned of a source, how many versions of it there are, and how its last texts were found, in words."""

    learned: Learned
    versions: int
    recent: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables say of a source."""

    line: reading.SourceLine
    runs: list[reading.Run]
    endpoints: list[reading.Endpoint]
    template: Template | None


@page("sources", "runs", "endpoints", "leads", "articles")
async def catalogue(asked: Asked) -> Response:
    """List the sources."""
    limits = {name: asked.value(name) or None for name in _LIMITS}
    now = asked.as_of(utc_now())
    lines, choices = await asked.read(
        lambda connection: (reading.catalogue(connection, now, **limits), reading.choices(connection))
    )
    return await asked.answer(
        "archive_sources.html",
        {"lines": lines, "choices": choices, "limits": limits, "most": reading.MOST_COUNTED, "source_path": source_path},
    )  # fmt: skip


@page("sources", "runs", "endpoints", "leads", "articles", "site_templates", "revisions", "captures")
async def source(asked: Asked) -> Response:
    """Show one source."""
    source_id, now = unquote(asked.part("source")), asked.as_of(utc_now())
    known = await asked.read(functools.partial(_known, source_id, now))
    year = _year(asked, known.line, now)
    verdict, covered, reasons = await asyncio.gather(
        _attempt(asked, lambda c: health(c, now, [source_id])[0]),
        _attempt(asked, functools.partial(_covered, source_id, year, now.date())),
        _attempt(asked, lambda c: summary(c, source_id)),
    )
    return await asked.answer("archive_source.html", {
        "known": known, "line": known.line, "year": year, "this_year": now.year, "verdict": _health(verdict, now),
        "calendar": _calendar(asked, source_id, covered), "reasons": _reasons(reasons), "most_endpoints": _MOST_ENDPOINTS,
        "kinds": _KINDS, "place": learned.place, "source_path": source_path,
    })  # fmt: skip


def source_path(source_id: str) -> str:
    """Return the path of a source's page."""
    return f"/-/sources/{quote(source_id, safe='')}"


def _known(source_id: str, now: datetime, connection: sqlite3.Connection) -> Known:
    line = reading.line(connection, source_id, now)
    return Known(
        line,
        reading.runs(connection, source_id, _MOST_RUNS),
        reading.endpoints(connection, source_id, _MOST_ENDPOINTS),
        _template(connection, source_id),
    )


def _template(connection: sqlite3.Connection, source_id: str) -> Template | None:
    try:
        versions = learned.versions(connection, source_id)
    except NotFound:
        return None
    recent = learned.recent_in_words(learned.recent_paths(connection, source_id))
    return Template(versions[-1], len(versions), recent)


def _year(asked: Asked, line: reading.SourceLine, now: datetime) -> int:
    """Return the year that is asked for, else that of the last report, else the present one."""
    wanted = asked.value("year")
    if not wanted:
        return int(line.last_report_at[:4]) if line.last_report_at else now.year
    if not _YEAR.fullmatch(wanted) or int(wanted) > now.year:
        raise InvalidInput(f"year={wanted!r} is not a year up to now: write {now.year}")
    return int(wanted)


async def _attempt(asked: Asked, job: Callable[[sqlite3.Connection], T]) -> T | str:
    """Return what a reader finds; or the sentence that says that it takes too long: the rest is shown without it."""
    try:
        return await asked.read(job)
    except InvalidInput as error:
        return str(error)


def _covered(source_id: str, year: int, today: date, connection: sqlite3.Connection) -> Coverage:
    return coverage(
        connection, source_id, today=today, since=date(year, 1, 1), until=date(year, 12, 31), by="day"
    )


def _calendar(asked: Asked, source_id: str, found: Coverage | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"problem": found}
    address = functools.partial(_day_path, asked, source_id)
    return {
        "found": found,
        "figure": calendar.figure(found, address),
        "width": calendar.width(found),
        "height": calendar.height(),
        "stretches": calendar.stretches(found),
        "address": address,
    }


def _day_path(asked: Asked, source_id: str, day: str) -> str:
    name = source_id if re.fullmatch(r"[\w-]+", source_id) else f'"{source_id}"'
    return asked.path(f"/-/reports?{urlencode({'q': f'source:{name} since:{day} until:{day}'}, safe=':')}")


def _reasons(found: list[FailureCount] | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"problem": found}
    rest = found[_MOST_REASONS:]
    return {
        "shown": found[:_MOST_REASONS],
        "rest": sum(one.urls for one in rest),
        "all": sum(one.urls for one in found),
    }


def _health(found: Health | str, now: datetime) -> dict[str, Any]:
    """Return a verdict and its figures, in words."""
    if isinstance(found, str):
        return {"problem": found}
    figures, lately = found.figures, found.facts.lately
    usual = figures.usual_interval
    expected = figures.expected_week
    told = [
        ("last run", _moment(figures.last_run_at)),
        ("last run that read something", _moment(figures.last_success_at)),
        ("newest report", _moment(figures.last_report_at)),
        ("crawled every", span(usual) if usual else "not known yet"),
        ("reports in the last week", str(figures.week)),
        ("usual in a week", "not known yet" if expected is None else f"{expected:.0f}"),
        ("pages that were a report", percent(figures.page_yield.share)),
        ("before that", percent(figures.page_yield_before.share)),
        ("addresses that failed lately", percent(lately.share("failed", "gone"))),
        ("that were refused", percent(lately.share("blocked"))),
    ]
    return {"one": found, "told": told, "as_of": instant(now)}


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else instant(moment)

"""The ledger of what happened to reports after they were published, and its feed."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from archive.browse import feeds
from archive.browse.compat import Response
from archive.browse.web import Asked, page
from archive.clock import parse_day
from archive.errors import InvalidInput
from archive.text.atom import Entry, Feed, stable_id
from archive.views.events import WHATS, Event, Wanted, events

_PAGE = 50
_TABLES = ("changes", "article_states", "articles", "sources", "revisions")
_SOURCES = "select id, name from sources order by name collate nocase, id"


@page(*_TABLES)
async def ledger(asked: Asked) -> Response:
    """Show a page of the ledger."""
    wanted = _wanted(asked)
    found, sources = await asked.read(
        lambda c: (events(c, wanted, _PAGE), [tuple(row) for row in c.execute(_SOURCES)])
    )
    return await asked.answer("archive_changes.html", {
        "page": found, "wanted": wanted, "sources": sources, "whats": WHATS,
        "older": found.next and f"/-/changes{_address(replace(wanted, before=found.next))}",
        "first": wanted.before and f"/-/changes{_address(replace(wanted, before=None))}",
        "switch": f"/-/changes{_address(replace(wanted, small=not wanted.small, before=None))}",
        "feed": f"/-/changes.atom{_address(replace(wanted, before=None))}",
        "diff": _diff,
    })  # fmt: skip


@page(*_TABLES)
async def atom(asked: Asked) -> Response:
    """Show the newest of the ledger as an Atom feed."""
    wanted = replace(_wanted(asked), before=None)
    found = await asked.read(functools.partial(events, wanted=wanted, most=_PAGE))
    entries = tuple(_entry(asked, event) for event in found.events)
    feed = Feed(
        id=stable_id(f"changes {asked.database} {_address(wanted)}"),
        title=f"Edits and deletions · {asked.database}",
        author=asked.database,
        updated=feeds.updated(entries),
        itself=feeds.absolute(asked, f"/-/changes.atom{_address(wanted)}"),
        link=feeds.absolute(asked, f"/-/changes{_address(wanted)}"),
        entries=entries,
    )
    return feeds.answer(asked, feed)


def _entry(asked: Asked, event: Event) -> Entry:
    return Entry(
        id=stable_id(f"{event.what} {event.number or ''} {event.at} {event.url}"),
        title=f"{_WORDS[event.what]}: {event.title}",
        link=feeds.absolute(asked, _diff(event) or f"/-/report/{event.article_id}"),
        via=event.url,
        author=event.source_name,
        language=event.language,
        updated=event.at,
        published=None,
        summary="; ".join(event.told),
    )


_WORDS = {"edit": "Edited", "gone": "Deleted", "moved": "Moved", "restored": "There again"}


def _diff(event: Event) -> str | None:
    """Return the path of the page that compares the two texts of an edit; None of what is none, or has but one."""
    if event.number is None or event.before is None:
        return None
    return f"/-/report/{event.article_id}/diff?first={event.before}&last={event.number}"


def _wanted(asked: Asked) -> Wanted:
    what = asked.value("what", "all")
    if what not in WHATS:
        raise InvalidInput(f"what={what!r} is none of {', '.join(WHATS)}")
    return Wanted(
        source=asked.value("source") or None,
        since=_day(asked, "since"),
        until=_day(asked, "until"),
        what=what,
        small=asked.value("small") == "1",
        before=asked.value("before") or None,
    )


def _day(asked: Asked, name: str) -> date | None:
    text = asked.value(name)
    return parse_day(text, name) if text else None


def _address(wanted: Wanted) -> str:
    """Return the part of an address behind the path that asks for the same."""
    values = {
        "source": wanted.source,
        "since": wanted.since,
        "until": wanted.until,
        "what": wanted.what if wanted.what != "all" else None,
        "small": 1 if wanted.small else None,
        "before": wanted.before,
    }
    given = urlencode({name: value for name, value in values.items() if value})
    return f"?{given}" if given else ""

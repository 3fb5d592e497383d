"""Reports of the same day that name a place which a report names: what others said of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any as AnyValue

from archive.search import Hit, search
from archive.text.highlight import END, START
from archive.text.names import Name, Names
from archive.text.query.model import Any, Query, Word

# What a report is about, it names early; a place in its last paragraph is mostly background.
_FIRST = 600
_MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Nearby:
    """places: those that were looked for, by their best-known spelling. hits: the best first, without the report itself."""

    places: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()


def nearby(
    connection: sqlite3.Connection, article: Mapping[str, AnyValue], places: Sequence[Name], limit: int
) -> Nearby:
    """Return at most `limit` reports of a report's own day (UTC) that name one of its places in any spelling.

    article: its row. places: see `places_of`. A report without a date has none.
    """
    if not places or article["published_at"] is None:
        return Nearby()
    day = date.fromisoformat(str(article["published_at"])[:10])
    spellings = dict.fromkeys(spelling for place in places for spelling in place.spellings)
    words = Any(tuple(Word(spelling, is_phrase=True) for spelling in spellings))
    found = search(
        connection, Query("", words), since=day, until=day, limit=limit + 1, related=False, marks=(START, END)
    )
    hits = tuple(hit for hit in found.hits if hit.id != article["id"])[:limit]
    return Nearby(tuple(place.spellings[0] for place in places), hits)


def places_of(article: Mapping[str, AnyValue], names: Names) -> tuple[Name, ...]:
    """Return the places that a report names in its dateline, headline, standfirst and first sentences, a few at most.

    Only those of the list of names are known.
    """
    body = str(article["body"] or "")
    told = (article["dateline"], article["title"], article["standfirst"], body[:_FIRST].rpartition(" ")[0])
    return names.places_in("\n".join(str(each) for each in told if each))[:_MOST_PLACES]

"""A date as it was found on a page, and how far its place is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from crawler.extraction.dates.stamps import Reading, make_local

LONGEST_TEXT = 120  # characters of a candidate's words that are kept

# Above the headline or without one, in the head of the site, and elsewhere.
Place = Literal["below", "above", "head"]


class Trust(IntEnum):
    """How far an origin is believed; lower goes first."""

    JSON_LD = 0  # datePublished of the page's own article
    META = 1
    META_OTHER = 2  # names that leave open what they date, and moments of creation
    TIME_MARKED = 3  # a time element that is called the publication's
    JSON_LD_OTHER = 4
    TEXT_MARKED = 5  # visible words that are called the publication's
    TIME = 6
    TEXT = 7
    URL = 8
    HINT = 9  # what the feed, sitemap or listing said
    GUESS = 10  # told from the moment of the fetch: "2 hours ago", "24 January"


# What only the eye is told: a calendar, a teaser's date or that of an event may stand in the same place.
VISIBLE = frozenset({Trust.TEXT_MARKED, Trust.TIME, Trust.TEXT, Trust.GUESS})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that a page gives: what it says, where it was found, how far that is trusted, the page's words.

    reading: None where the words are no date. place: of one that is shown to people, in respect to the headline.
    """

    reading: Reading | None
    origin: str
    trust: Trust
    text: str
    place: Place = "below"


@dataclass(frozen=True, slots=True)
class Finds:
    """The candidates for when a page was published, and for when it was last changed."""

    published: tuple[Candidate, ...]
    modified: tuple[Candidate, ...]


def whole_day(year: int, month: int, day: int) -> Reading | None:
    """Return the reading of a mere day, or None where there is no such day."""
    local = make_local(year, month, day)
    return None if local is None else Reading(local, None, "day")

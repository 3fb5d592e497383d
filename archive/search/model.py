"""What a search gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.search.facets import Facets
from archive.searchindex import State
from archive.text.query import Query

# Matches are counted up to here; where there are more, only the newest of them are ranked.
CAP = 10_000
RANKED = 1_000


class Order(StrEnum):
    """How results are sorted: the best first; the best first, where new ones are better; by day of publication."""

    RELEVANCE = "relevance"
    RECENT = "recent"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Hit:
    """A report that was found.

    rank: SQLite's bm25, where a lower (more negative) number is a better match; 0 where the order is by day. marked_title
    and snippet (of the body, about 32 words) have the matched words between the marks that the caller asked for, and are
    otherwise as stored: to put them into a page or on a terminal, take archive.text.highlight's marks.
    """

    id: int
    source_id: str
    source_name: str
    published_at: str | None
    published_at_precision: str | None
    language: str | None
    title: str
    url: str
    state: str
    rank: float
    marked_title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits, and what is to be known of the rest; to loop over it gives the hits.

    match: what the index was asked for. related: words of one family with those that were typed, which it was asked for too. total: how many reports match, at least CAP if `is_capped`. ranked: how many of
    them were compared for the order, None for all. is_by_day_instead: they are too many to be ranked as was asked. page: the
    name of this page for `search`, under which it shows the same however many reports are added; next_page: of the next,
    None on the last. index: how the search index stands.
    """

    hits: tuple[Hit, ...]
    query: Query
    match: str | None
    order: Order
    total: int
    is_capped: bool
    ranked: int | None
    is_by_day_instead: bool
    page: str
    next_page: str | None
    index: State
    facets: Facets | None
    related: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def notes(self) -> list[str]:
        """Return what a reader has to know of these results, a sentence each."""
        notes = notes_of(self.query, self.index)
        if self.related:
            notes.append(family_note(self.related))
        if self.ranked is not None:
            notes.append(
                f"of more than {CAP:,} matches, the {self.ranked:,} that were archived last were compared"
            )
        if self.is_by_day_instead:
            notes.append(
                f"more than {CAP:,} reports have this phrase or beginning, so that they are not ranked: the newest first"
            )
        return notes


def family_note(related: Sequence[str]) -> str:
    """Return what is to be said where words of one family were searched for as well."""
    return f"few reports have these words: others of the same family are searched for as well: {', '.join(related)}"


def notes_of(query: Query, index: State) -> list[str]:
    """Return what a reader has to know of how a query was understood, and of what the index does not have."""
    notes = []
    if query.problem is not None:
        notes.append(f"no search expression ({query.problem}), so its words are searched for")
    if query.also:
        notes.append(f"also searched for {', '.join(query.also)}")
    if not index.is_current:
        notes.append(
            "the search index was made by another version of this program: `archive reindex` makes it anew"
        )
    if index.pending:
        notes.append(
            f"{index.pending:,} of {index.reports:,} reports wait to be indexed: `archive reindex` does it"
        )
    return notes

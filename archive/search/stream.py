"""All that a search finds, in the order in which it was archived: in steps, so that neither memory nor a lock grows with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive import searchindex
from archive.filters import Filters
from archive.matching import Matching
from archive.search import showing, wanting
from archive.search.model import Hit, family_note, notes_of
from archive.text.normalise import Normaliser
from archive.text.query import Query

_IDS = 100_000  # that are looked through in one step
_ROWS = 200  # that are held at once: about a megabyte

_OF_LIMITS = "select articles.id from articles where articles.id > :above and articles.id <= :up_to and {where} order by articles.id"
_OF_WORDS = """
select articles_fts.rowid from articles_fts
where articles_fts match :match and articles_fts.rowid > :above and articles_fts.rowid <= :up_to
order by articles_fts.rowid
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is wanted, and of which reports. newest: the id of the last that there was at the beginning."""

    query: Query
    wanted: Matching
    newest: int
    index: searchindex.State

    def notes(self) -> list[str]:
        """Return what a reader has to know of it, a sentence each."""
        notes = notes_of(self.query, self.index)
        return [*notes, family_note(self.wanted.related)] if self.wanted.related else notes

    def steps(self) -> Iterator[tuple[int, int]]:
        """Give the bounds that `ids` is to be asked for, one after the other."""
        for after in range(0, self.newest, _IDS):
            yield after, min(self.newest, after + _IDS)

    def ids(self, connection: sqlite3.Connection, step: tuple[int, int]) -> list[int]:
        """Return the ids of the reports that match, of those with ids above the first bound and up to the second."""
        wanted = self.wanted
        statement = _OF_WORDS if wanted.match is not None else _OF_LIMITS.format(where=wanted.condition)
        parameters = wanted.parameters | {"match": wanted.match, "above": step[0], "up_to": step[1]}
        return [row[0] for row in connection.execute(statement, parameters)]

    def hits(self, connection: sqlite3.Connection, marks: tuple[str, str] = ("[", "]")) -> Iterator[Hit]:
        """Give every report that matches as `archive.search.search` does, without a rank; it is read while it is asked for."""
        for step in self.steps():
            for some in portions(self.ids(connection, step)):
                found = [(article, 0.0) for article in some]
                yield from showing.hits(connection, self.wanted, self.query, found, marks)


def begin(
    connection: sqlite3.Connection, query: Query, filters: Filters | None = None, *, related: bool = False
) -> Stream:
    """Return what is to be streamed: what is archived from now on is not in it.

    related: as for `archive.search.search`, so that it is what that finds. Raises InvalidInput and NotFound as `archive.search.search` does.
    """
    newest = connection.execute("select coalesce(max(id), 0) from articles").fetchone()[0]
    wanted = wanting.wanted(connection, query, filters or Filters(), Normaliser(), newest, related=related)
    return Stream(query, wanted, newest, searchindex.state(connection))


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Give these ids in portions that can be held at once."""
    for at in range(0, len(ids), _ROWS):
        yield ids[at : at + _ROWS]

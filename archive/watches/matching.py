"""Which new revisions a watch wants.

They are put into a small index of their own in memory, with the same words and keys as the archive's: so that a watch
costs as much as what is new, and finds it whatever waits to be indexed. It's the revision's text that counts, which for an
earlier one that was imported later is not the one that the article shows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

from archive.errors import NotFound
from archive.matching import index_expression
from archive.searchindex import with_keys
from archive.text import query as queries
from archive.text.folding import folded_words
from archive.text.forms import COLUMNS
from archive.text.names import Names, load_names
from archive.text.normalise import Normaliser
from archive.watches import rows
from archive.watches.model import Watch

_BATCH = 500  # revisions that are looked at together
_NEW = """
select r.id, a.source_id, r.language, r.published_at, r.title, r.standfirst, r.body, r.author
from revisions r join articles a on a.id = r.article_id where r.id > ? order by r.id limit ?
"""
_INDEX = f"""
create virtual table fresh using fts5({", ".join(COLUMNS)},
    content="", tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'")
"""
_PUT_IN = f"insert into fresh (rowid, {', '.join(COLUMNS)}) values (?, {', '.join('?' * len(COLUMNS))})"  # noqa: S608


class Watcher:
    """Asks watches of new revisions."""

    def __init__(self) -> None:
        self._normaliser = Normaliser()
        self._names: Names | None = None

    def note_new(self, conn: sqlite3.Connection, watches: Sequence[Watch], now: str) -> int:
        """Write down, for each watch, the new revisions that it wants, each once; return how many matches there were."""
        beginning = {watch: rows.looked_up_to(conn, watch) for watch in watches}
        found = 0
        last = min(beginning.values(), default=0)
        while batch := conn.execute(_NEW, [last, _BATCH]).fetchall():
            last = batch[-1][0]
            with closing(self._index(batch)) as index:
                for watch in watches:
                    matched = [each for each in self._matched(conn, index, watch) if each > beginning[watch]]
                    rows.note_matches(conn, watch, matched, last, now)
                    found += len(matched)
        return found

    def _index(self, batch: Sequence[Sequence[object]]) -> sqlite3.Connection:
        """Return a database in memory in which these revisions can be searched for."""
        index = sqlite3.connect(":memory:")
        index.execute(_INDEX)
        index.executemany(_PUT_IN, map(self._indexed, batch))
        return index

    def _indexed(self, row: Sequence[object]) -> list[object]:
        revision, *values = row
        source, language, published_at, title, standfirst, body, author = (
            None if value is None else str(value) for value in values
        )
        texts = (title, standfirst, body, author, folded_words(title, standfirst, body))
        *forms, folded = (self._normaliser.text(text, language) for text in texts)
        return [revision, *forms, with_keys(folded, source, language, published_at)]

    def _matched(self, conn: sqlite3.Connection, index: sqlite3.Connection, watch: Watch) -> Iterator[int]:
        try:
            expression = self.expression(conn, watch)
        except NotFound:  # of a kind or conflict that no source has any more, or not yet
            return
        for (revision,) in index.execute(
            "select rowid from fresh where fresh match ? order by rowid", [expression]
        ):
            yield int(revision)

    def expression(self, conn: sqlite3.Connection, watch: Watch) -> str:
        """Return what an index is to match. Raises NotFound for a source, kind or conflict that the archive doesn't have."""
        parsed = queries.parse(watch.query)
        if watch.synonyms:
            self._names = self._names or Names(load_names(), self._normaliser)
            parsed = self._names.widened(parsed)
        return index_expression(conn, parsed, watch.filters, self._normaliser)

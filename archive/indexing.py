"""The part of the store that brings the search index up to date beside crawls and searches."""

from __future__ import annotations

import time

from archive import searchindex
from archive.transactions import Transactions

_BATCH = 250  # reports; a crawl that wants to write waits for one batch
_SHARE = 0.2  # of the time of a batch, in which others get their turn: SQLite has no queue


class Indexing(Transactions):
    """A writing connection that can index what waits."""

    def begin_reindex(self, *, is_anew: bool) -> bool:
        """Empty the index if it is of another version of the normaliser (or `is_anew`); return whether it was."""
        if not is_anew and searchindex.state(self._conn).is_current:
            return False
        with self.savepoint():
            searchindex.begin_anew(self._conn)
        self._conn.commit()  # not `commit`, which indexes what waits
        return True

    def waiting(self) -> int:
        """Return how many reports wait to be indexed."""
        return searchindex.state(self._conn).pending

    def index_some(self) -> int:
        """Index and commit a batch of those that came last, then let others write; return how many, 0 if none waits."""
        began = time.monotonic()
        self._conn.execute("begin immediate")
        done = searchindex.catch_up(self._conn, self._normaliser, most=_BATCH)
        self._conn.commit()
        self._log.keep_small()
        if done:
            time.sleep(_SHARE * (time.monotonic() - began))
        return done

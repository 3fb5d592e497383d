"""The SQL functions with which the canned search takes whatever a person types."""

from __future__ import annotations

import functools
import sqlite3

from archive.errors import InvalidInput
from archive.text.normalise import Normaliser
from archive.text.query import Query, Reported, accepts, compile_match, parse

_NOTHING = '""'  # valid, and matches no report
_REMEMBERED = 64  # queries; each row of a result asks for its own again


class Matcher:
    """The functions of one connection."""

    def __init__(self) -> None:
        self._normaliser = Normaliser()
        self.match = functools.lru_cache(_REMEMBERED)(self._match)
        self._parsed = functools.lru_cache(_REMEMBERED)(_parse)

    def within(self, typed: object, *report: object) -> int:
        """Return 1 if a report is within the limits of what was typed (source:, lang:, since: ...), else 0.

        report: source, language, published_at, and its source's kind and conflict.
        """
        query = self._parsed(_text(typed))
        if query is None:
            return 0
        source, language, published_at, kind, conflict = (
            None if value is None else str(value) for value in report
        )
        reported = Reported(source or "", language, published_at, kind, conflict)
        return int(all(accepts(limit, reported) for limit in query.limits))

    def _match(self, typed: object) -> str:
        """Return an FTS5 query for `articles_fts`, as `archive.text.query` has it, in the forms of the index.

        What holds no word, or far too many, matches nothing. Never raises: it is called from SQL, where `typed` may
        be of any type and null.
        """
        query = self._parsed(_text(typed))
        return (compile_match(query, self._normaliser) if query else None) or _NOTHING


def register(conn: sqlite3.Connection, *, is_archive: bool) -> None:
    """Give a connection the functions; in an archive, Datasette's own search box asks for words in the index's forms."""
    matcher = Matcher()
    conn.create_function("archive_match", 1, matcher.match, deterministic=True)
    conn.create_function("archive_within", 6, matcher.within, deterministic=True)
    if is_archive:
        conn.create_function("escape_fts", 1, matcher.match, deterministic=True)


def _parse(typed: str) -> Query | None:
    try:
        return parse(typed)
    except InvalidInput:
        return None


def _text(typed: object) -> str:
    return "" if typed is None else str(typed)

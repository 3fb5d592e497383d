"""The SQL function with which the canned search takes whatever a person types."""

from __future__ import annotations

from archive.errors import InvalidInput
from archive.text.query import parse

_NOTHING = '""'  # valid, and matches no report


def archive_match(typed: object) -> str:
    """Return an FTS5 query for `articles_fts`, as `archive.text.query` has it: valid syntax stays, else words.

    What holds no word, or far too many, matches nothing. Never raises: it is called from SQL, where `typed` may
    be of any type and null.
    """
    try:
        return parse("" if typed is None else str(typed)).match
    except InvalidInput:
        return _NOTHING

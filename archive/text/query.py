"""What a user types into a search, as an expression that FTS5 accepts.

The language is FTS5's: AND OR NOT, "a phrase", prefix*, NEAR(a b, 5), title:word. What is not a sentence of
that language (`C++`, an open quote) is searched for word by word instead.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import dataclass

from archive.errors import InvalidInput

# The columns of `articles_fts`, which a query may name before a colon.
COLUMNS = ("title", "standfirst", "body", "author", "folded_words")
MAX_CHARACTERS = 2_000

_OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR"})
# FTS5's NOT stands between two terms by itself; most people write AND NOT, as other search engines want it.
_AND_NOT = re.compile(r"\bAND\s+NOT\b")
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160)), " ")


@dataclass(frozen=True, slots=True)
class Query:
    """match: what to give to FTS5. by_words: it was no valid expression, so its words are searched for."""

    match: str
    by_words: bool


def parse(text: str) -> Query:
    """Return what to search for when a user types `text`.

    Where the syntax is broken, all words that are not operators must be there, in any order. Raises
    InvalidInput for a text without any word, and for more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"the query has {len(text):,} characters: {MAX_CHARACTERS:,} are the most")
    cleaned = text.encode("utf-8", "replace").decode().translate(_UNPRINTABLE).strip()
    if not _has_word(cleaned):
        raise InvalidInput(f"the query {text!r} has no word to search for")
    for expression in (cleaned, _AND_NOT.sub("NOT", cleaned)):
        if _is_expression(expression):
            return Query(expression, by_words=False)
    return Query(_all_words(cleaned), by_words=True)


def _all_words(text: str) -> str:
    """Return the words as one FTS5 phrase each, side by side, which means that all of them are wanted."""
    words = [word for word in text.replace('"', " ").split() if _has_word(word)]
    wanted = [word for word in words if word.strip("()") not in _OPERATORS] or words
    return " ".join(f'"{word}"' for word in wanted)


def _has_word(text: str) -> bool:
    """Say whether the index's tokenizer finds anything in it (the `categories` of `articles_fts`)."""
    categories = map(unicodedata.category, text)
    return any(category[0] in "LN" or category in {"Co", "Mn", "Mc"} for category in categories)


def _is_expression(text: str) -> bool:
    """Let FTS5 itself judge, on an empty table: any error is then one of syntax, never one of the archive."""
    if text.startswith("*"):  # FTS5's own diagnostics, such as *reads
        return False
    with closing(sqlite3.connect(":memory:")) as judge:
        judge.execute(f"create virtual table articles_fts using fts5({', '.join(COLUMNS)})")
        try:
            judge.execute("select 1 from articles_fts where articles_fts match ?", [text]).fetchone()
        except sqlite3.OperationalError:
            return False
    return True

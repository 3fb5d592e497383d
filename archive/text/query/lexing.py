"""The pieces that a typed query falls into."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from archive.text.query.model import COLUMNS, LIMITS, All, Any, Near, Node, Word

_NAMES = {name: name for name in (*COLUMNS, *LIMITS)} | {"language": "lang"}
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160)), " ")
_PIECE = re.compile(
    r"""
    (?P<near>NEAR\s*\((?P<inside>[^()]*)\))
    | (?P<open>\() | (?P<close>\))
    | (?P<phrase>"(?P<straight>[^"]*)"|“(?P<curly>[^“”"]*)”|«(?P<angled>[^«»"]*)»)
    | (?P<unclosed>")
    | (?P<field>(?P<name>[A-Za-z_]+):(?!//))
    | (?P<word>[^\s()"“”«»]+)
    | (?P<stray>[“”«»])
    """,
    re.VERBOSE,
)


class Malformed(Exception):
    """A text is no query; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """kind: open, close, phrase, field, near, word, and, or, not. text: a phrase's inside, a field's name, a word."""

    kind: str
    text: str


def clean(text: str) -> str:
    """Return a text without what can't be printed."""
    return text.encode("utf-8", "replace").decode().translate(_UNPRINTABLE).strip()


def is_part(char: str) -> bool:
    """Say whether the index's tokenizer takes a character for a part of a word (its `categories`)."""
    category = unicodedata.category(char)
    return category[0] in "LN" or category in {"Co", "Mn", "Mc"}


def tokens(text: str) -> list[str]:
    """Return the words in a text, as the index's tokenizer sees them."""
    return "".join(char if is_part(char) else " " for char in text).split()


def typed_words(node: Node | None) -> Iterator[str]:
    """Give the words that a query wants, as they were typed."""
    if isinstance(node, All | Any):
        for each in node.nodes:
            yield from typed_words(each)
    elif isinstance(node, Near):
        for word in node.words:
            yield from tokens(word.text)
    elif isinstance(node, Word):
        yield from tokens(node.text)


def pieces(text: str) -> Iterator[Piece]:
    """Give the pieces of a cleaned text; raises Malformed for a quote that is not closed and a field that there isn't."""
    for found in _PIECE.finditer(text):
        kind = str(found.lastgroup)
        if kind == "unclosed":
            raise Malformed("a quote is not closed")
        if kind == "phrase":
            yield Piece("phrase", found["straight"] or found["curly"] or found["angled"] or "")
        elif kind == "near":
            yield Piece("near", found["inside"])
        elif kind == "field":
            yield from _field(found["name"], text[found.end() :])
        elif kind == "word" and found[0] in {"AND", "OR", "NOT"}:
            yield Piece(found[0].lower(), found[0])
        elif kind != "stray":
            yield Piece(kind, found[0])


def _field(name: str, after: str) -> Iterator[Piece]:
    known = _NAMES.get(name.lower())
    if known is not None:
        yield Piece("field", known)
    elif after[:1].strip() and is_part(after[0]):
        raise Malformed(f"there is no field {name!r}: it has {', '.join((*COLUMNS, *LIMITS))}")
    else:
        yield Piece("word", name)

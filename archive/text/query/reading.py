"""Reading a typed query: from its pieces to a tree."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date

from archive.errors import InvalidInput
from archive.text.query.lexing import Malformed, Piece, clean, pieces, tokens
from archive.text.query.limits import is_limit, only_limits
from archive.text.query.model import (
    COLUMNS,
    LIMITS,
    MAX_CHARACTERS,
    All,
    Any,
    Limit,
    Near,
    Negated,
    Node,
    Query,
    Word,
)

_DEEPEST = 20  # brackets in brackets; FTS5 has a limit of its own
_DAY = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")
_DISTANCE = re.compile(r"^(.*?)(?:,\s*(\d{1,6})\s*)?$", re.DOTALL)
_OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR"})


def parse(text: str) -> Query:
    """Return what to search for when a user types `text`.

    Where it is no query, all words that are not operators must be there, in any order, and `problem` says why. Raises
    InvalidInput for a text with neither a word nor a limit, and for more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"the query has {len(text):,} characters: {MAX_CHARACTERS:,} are the most")
    cleaned = clean(text)
    if not tokens(cleaned):
        raise InvalidInput(f"the query {text!r} has no word to search for")
    try:
        tree = _Reader(list(pieces(cleaned))).read()
        return _query(text, tree)
    except Malformed as problem:
        return Query(text, _by_words(cleaned), problem=str(problem))


def _by_words(text: str) -> Node:
    words = [word for word in re.split(r'[\s()"“”«»]+', text) if tokens(word)]
    wanted = [word for word in words if word not in _OPERATORS] or words
    return All(tuple(Word(word) for word in wanted))


def _query(text: str, tree: Node | None) -> Query:
    """Part what the index is asked for from what limits the reports."""
    nodes = tree.nodes if isinstance(tree, All) else (tree,) if tree is not None else ()
    limits = tuple(node for node in nodes if only_limits(node))
    words = tuple(node for node in nodes if node not in limits)
    if not nodes:
        raise Malformed("it has no word to search for")
    for node in words:
        _require_words(node)
    if words and all(isinstance(node, Negated) for node in words):
        raise Malformed("NOT leaves nothing to search for")
    return Query(text, All(words) if words else None, limits)


def _require_words(node: Node) -> None:
    if is_limit(node):
        raise Malformed(
            f"{', '.join(f'{name}:' for name in LIMITS)} can't stand in one bracket or OR with words"
        )
    if isinstance(node, Negated):
        _require_words(node.node)
    if isinstance(node, All | Any):
        for each in node.nodes:
            _require_words(each)
        if isinstance(node, Any) and any(isinstance(each, Negated) for each in node.nodes):
            raise Malformed("NOT has nothing before it to take something from")
        if all(isinstance(each, Negated) for each in node.nodes):
            raise Malformed("NOT has nothing before it to take something from")


class _Reader:
    """Reads pieces by recursive descent: OR binds loosest, then AND (which may be left out), then NOT."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self._pieces = found
        self._at = 0

    def read(self) -> Node | None:
        node = self._any(0)
        if self._at < len(self._pieces):
            raise Malformed("a bracket is closed that was not opened")
        return node

    def _peek(self) -> str | None:
        return self._pieces[self._at].kind if self._at < len(self._pieces) else None

    def _take(self) -> Piece:
        self._at += 1
        return self._pieces[self._at - 1]

    def _any(self, depth: int) -> Node | None:
        if depth > _DEEPEST:
            raise Malformed(f"more than {_DEEPEST} brackets stand in each other")
        nodes = [self._all(depth)]
        while self._peek() == "or":
            self._take()
            nodes.append(self._all(depth))
        kept = tuple(node for node in nodes if node is not None)
        return Any(kept) if len(kept) > 1 else kept[0] if kept else None

    def _all(self, depth: int) -> Node | None:
        nodes = [self._one(depth)]
        while self._peek() not in {None, "or", "close"}:
            if self._peek() == "and":
                self._take()
            nodes.append(self._one(depth))
        kept: list[Node] = []
        for node in nodes:
            kept += node.nodes if isinstance(node, All) else [] if node is None else [node]
        return All(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None

    def _one(self, depth: int) -> Node | None:
        kind = self._peek()
        if kind is None or kind in {"and", "or", "close"}:
            name = f"before {self._pieces[self._at].text}" if kind else "at the end"
            raise Malformed(f"a word is missing {name}")
        piece = self._take()
        if kind == "not":
            node = self._one(depth + 1) if depth <= _DEEPEST else None
            return Negated(node) if node is not None else None
        if kind == "open":
            node = self._any(depth + 1)
            if self._peek() != "close":
                raise Malformed("a bracket is not closed")
            self._take()
            return node
        if kind == "field":
            return self._field(piece.text, depth)
        return near(piece.text) if kind == "near" else _word(piece)

    def _field(self, name: str, depth: int) -> Node | None:
        if self._peek() not in {"word", "phrase"} and not (name in COLUMNS and self._peek() == "open"):
            raise Malformed(f"nothing stands behind {name}:")
        if name in COLUMNS:
            return _in_column(self._one(depth), name)
        return _limit(name, self._take().text)


def _word(piece: Piece) -> Word | None:
    if not tokens(piece.text):
        return None
    is_prefix = piece.kind == "word" and piece.text.endswith("*")
    return Word(piece.text.rstrip("*"), is_phrase=piece.kind == "phrase", is_prefix=is_prefix)


def near(inside: str) -> Node | None:
    """Return what stands between the brackets of NEAR."""
    found = _DISTANCE.match(inside)
    text, distance = (found[1], found[2]) if found else (inside, None)
    words = tuple(
        word for piece in pieces(text) if piece.kind in {"word", "phrase"} and (word := _word(piece))
    )
    if not words:
        return None
    return Near(words, int(distance or 10)) if len(words) > 1 else words[0]


def _in_column(node: Node | None, column: str) -> Node | None:
    match node:
        case Word():
            return Word(node.text, node.is_phrase, node.is_prefix, node.column or column)
        case Near():
            return Near(
                tuple(Word(w.text, w.is_phrase, w.is_prefix, column) for w in node.words), node.distance
            )
        case All() | Any():
            return type(node)(tuple(n for each in node.nodes if (n := _in_column(each, column))))
        case Negated():
            inner = _in_column(node.node, column)
            return Negated(inner) if inner else None
        case _:
            return node


def _limit(name: str, text: str) -> Limit:
    if name in {"since", "until"}:
        return Limit(name, (text,), _day(name, text))
    values = tuple(value.strip().lower() for value in text.split(",") if value.strip())
    if not values:
        raise Malformed(f"nothing stands behind {name}:")
    return Limit(name, values)


def _day(name: str, text: str) -> date:
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            year, month, day = (int(part) if part else None for part in found.groups())
            assert year is not None  # noqa: S101 - the expression has it
            if name == "since":
                return date(year, month or 1, day or 1)
            month = month or 12
            return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        pass
    raise Malformed(f"{name}:{text} is not a day: write {name}:2026-01-31, or a month, or a year")

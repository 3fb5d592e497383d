"""Text from strangers, made fit for a terminal: nothing in it is a command, and lines fit the width."""

from __future__ import annotations

import re
import unicodedata

# Escape sequences whole, so that no "[31m" is left behind; the lengths keep the match linear.
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    "|(?:\x1b[\\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x9c]{0,256}(?:\x07|\x1b\\\\|\x9c)"
)
# C0 and C1 but newline, tab and the two marks of archive.text.highlight; embeddings, overrides and isolates,
# with which a text could show its neighbours in another order. Joiners stay: Persian and Arabic need them.
_CONTROL = re.compile("[\x00-\x01\x04-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Return `text` without control characters, escape sequences and direction overrides.

    Newlines and tabs stay, and so do the marks of `archive.text.highlight`.
    """
    return _CONTROL.sub("", _SEQUENCE.sub("", _LINE_ENDS.sub("\n", text)))


def one_line(text: str) -> str:
    """Return `clean(text)` on one line, with single spaces."""
    return " ".join(clean(text).split())


def display_width(text: str) -> int:
    """Return how many columns a terminal uses for `text` (after Unicode's East Asian Width, UAX #11)."""
    return sum(map(_columns, text))


def wrap(text: str, width: int | None, indent: str = "") -> str:
    """Return `text` in lines of at most `width` columns, each after `indent`; None leaves lines as they are.

    Breaks are at white space; a word that is wider than a line is cut.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        lines += [line] if width is None else _wrapped(line, max(1, width - len(indent)))
    return "\n".join(indent + line if line else "" for line in lines)


def _wrapped(line: str, width: int) -> list[str]:
    lines, current, used = [], "", 0
    for word in line.split():
        for piece in _pieces(word, width):
            columns = display_width(piece)
            if current and used + 1 + columns > width:
                lines.append(current)
                current, used = piece, columns
            else:
                current, used = (f"{current} {piece}", used + 1 + columns) if current else (piece, columns)
    return [*lines, current]


def _pieces(word: str, width: int) -> list[str]:
    """Cut a word that is wider than a line."""
    pieces, current, used = [], "", 0
    for character in word:
        columns = _columns(character)
        if current and used + columns > width:
            pieces.append(current)
            current, used = "", 0
        current, used = current + character, used + columns
    return [*pieces, current]


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

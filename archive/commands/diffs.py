"""A word diff on a terminal or a pipe, in any script.

What a stranger wrote is made safe first; then what was removed and added is set apart: by colour on a terminal, else as
`[-removed-]` and `{+added+}`. A line of text holds nothing but text, and one of a script that runs from right to left
begins with a mark that says so, or a number at its beginning would turn it round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from archive.changes.texts import Piece, Status
from archive.commands.common import Paper
from archive.text import terminal

# Around what changed, in colour; none is left in a text that was cleaned, and none takes a column.
_REMOVED, _REMOVED_END, _ADDED, _ADDED_END = "\x0e", "\x0f", "\x10", "\x11"
_PLAIN = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
_COLOURED = {"removed": (_REMOVED, _REMOVED_END), "added": (_ADDED, _ADDED_END)}
# Not by colour alone: what was removed is struck out too, what was added is bold.
_CODES = {_REMOVED: "\x1b[31;9m", _ADDED: "\x1b[32;1m", _REMOVED_END: "\x1b[0m", _ADDED_END: "\x1b[0m"}
_RLM = "\u200f"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LEFT_TO_RIGHT = re.compile("[A-Za-z\u00c0-\u052f]")
_AROUND = 25  # words that are shown on each side of a change
_WHOLE = 80  # words of a paragraph that is shown as a whole

Words = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DiffPaper:
    """What a diff is printed on. full: whole paragraphs, and those that did not change."""

    paper: Paper
    full: bool

    def text(self, words: Words, indent: str) -> str:
        """Return a text with what changed set apart, wrapped and indented."""
        marks = _COLOURED if self.paper.bold else _PLAIN
        line = _joined(_safe(words if self.full else _shortened(list(words))), marks)
        lead = _RLM if _runs_right_to_left(line) else ""
        width = None if self.paper.width is None else self.paper.width - len(indent)
        lines = terminal.wrap(line, width).split("\n")
        return "\n".join(indent + lead + shown for shown in _coloured(lines))

    def pieces(self, pieces: Sequence[Piece], indent: str) -> Iterator[str]:
        """Yield the paragraphs of a diff; those that did not change are counted, unless all are wanted."""
        for is_same, group in groupby(
            pieces, key=lambda piece: piece.status is Status.SAME and not self.full
        ):
            found = list(group)
            if is_same:
                yield f"{indent}… {len(found)} paragraph{'' if len(found) == 1 else 's'} unchanged …\n"
                continue
            for piece in found:
                yield from self._piece(piece, indent)

    def _piece(self, piece: Piece, indent: str) -> Iterator[str]:
        if piece.status is Status.MOVED:
            yield f"{indent}(moved: paragraph {piece.new_place}, before {piece.place})"
        elif piece.status is Status.CHANGED and not piece.regions:
            yield f"{indent}(only its breaks or its spaces changed)"
        yield self.text(piece.words(), indent) + "\n"


def _safe(words: Words) -> Iterator[tuple[str, str]]:
    """Yield words that hold no commands and no line ends; the space behind them stays."""
    for status, text in words:
        shown = terminal.one_line(text)
        if shown:
            yield status, shown + (" " if text[-1:].isspace() else "")


def _shortened(words: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Leave out the middle of long stretches: of what is the same, and of what came or went as a whole."""
    for number, (status, text) in enumerate(words):
        parts = text.split()
        if len(parts) <= _WHOLE:
            yield status, text
            continue
        head = [] if status == "same" and number == 0 else parts[:_AROUND]
        tail = [] if status == "same" and number == len(words) - 1 and number else parts[-_AROUND:]
        left = len(parts) - len(head) - len(tail)
        yield status, f"{' '.join(head)} (… {left:,} words …) {' '.join(tail)} ".lstrip()


def _joined(words: Words, marks: dict[str, tuple[str, str]]) -> str:
    """Return one line; where a word was replaced, the two stand side by side, and the space behind them."""
    line, gap = "", ""
    before = "same"
    for status, text in words:
        shown = text.rstrip()
        if not (before == "removed" and status == "added"):
            line += gap
            gap = ""
        elif marks is _COLOURED:  # colours alone would not keep two words apart
            line += " "
        start, end = marks.get(status, ("", ""))
        line += start + shown + end
        gap = " " if shown != text or gap else ""
        before = status
    return line


def _coloured(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with marks turned into colours, which end and begin again with each line."""
    reached = ""
    for line in lines:
        shown = reached + line
        for mark in re.findall(f"[{_REMOVED}{_REMOVED_END}{_ADDED}{_ADDED_END}]", line):
            reached = mark if mark in {_REMOVED, _ADDED} else ""
        closed = shown + (_ADDED_END if reached else "")
        yield "".join(_CODES.get(character, character) for character in closed)


def _runs_right_to_left(text: str) -> bool:
    return len(_RIGHT_TO_LEFT.findall(text)) > len(_LEFT_TO_RIGHT.findall(text))

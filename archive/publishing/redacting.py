"""Texts without what is to be left out of them, and where each of their parts went."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.publishing.escapes import Finder, Span, spans

_AROUND = 40  # characters about an example
_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is to be left out of texts. number: its place in the configuration, by which alone it's named.

    again: also what the replacement makes of its neighbours is looked at; not of an expression that is replaced by something,
    which may match that.
    leaves_out_reports: a report that has it is not published.
    """

    number: int
    finder: Finder = field(repr=False)
    replace: str = field(repr=False)
    again: bool = True
    leaves_out_reports: bool = False


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place of a text, and what stands there instead."""

    start: int
    end: int
    replace: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what was to be left out. cuts: in their order; new_ends: where each ends now."""

    text: str
    cuts: tuple[_Cut, ...] = ()
    new_ends: tuple[int, ...] = ()

    def moved(self, place: int) -> int:
        """Return where a place of the original text is now.

        A place inside of what was taken out is behind what stands there instead, so that this belongs to what began
        before it.
        """
        number = (
            bisect_left(self.cuts, place, key=lambda cut: cut.start) - 1
        )  # the last that begins before it
        if number < 0:
            return place
        return self.new_ends[number] + max(0, place - self.cuts[number].end)

    def original(self, start: int, end: int) -> Span:
        """Return which places of the original a stretch of the text stands for, replacements as a whole."""
        number = bisect_right(self.new_ends, start)
        first = self._before(number, start)
        if number < len(self.cuts) and self._new_start(number) <= start:
            first = self.cuts[number].start
        number = bisect_left(self.new_ends, end)
        last = self._before(number, end)
        if number < len(self.cuts) and self._new_start(number) < end:
            last = self.cuts[number].end
        return first, last

    def _new_start(self, number: int) -> int:
        return self.new_ends[number] - len(self.cuts[number].replace)

    def _before(self, number: int, place: int) -> int:
        """Return the original of a place between the cuts before a number and that one."""
        return place + self.cuts[number - 1].end - self.new_ends[number - 1] if number else place


@dataclass(slots=True)
class Found:
    """What was taken out: places by a pattern's number, and those patterns of which a report is not to be published."""

    places: Counter[int] = field(default_factory=Counter)
    barred: set[int] = field(default_factory=set)


class Redactor:
    """Takes what some patterns find out of texts; `found` is what they found since it was last set.

    examples: of each pattern so many places are kept, with what stands around them: for the operator's eyes.
    """

    def __init__(self, patterns: Sequence[Pattern] = (), *, examples: int = 0) -> None:
        self._patterns = tuple(patterns)
        self._most_examples = examples
        self.found = Found()
        self.examples: dict[int, list[str]] = {}

    def redact(self, text: str) -> Redacted:
        """Return a text without what the patterns find in it, and note what that was."""
        cuts: list[_Cut] = []
        for pattern in self._patterns:
            found = _merged(spans(pattern.finder, text))
            if found:
                self._note(pattern, len(found))
                self._keep_example(pattern.number, text, found[0])
                cuts += [_Cut(start, end, pattern.replace) for start, end in found]
        if not cuts:
            return Redacted(text)
        made = _applied(text, _joined(cuts))
        for _ in range(_MOST_ROUNDS):
            more = list(self._again(made))
            if not more:
                return made
            made = _applied(text, _joined([*made.cuts, *more]))
        return _applied(text, [_Cut(0, len(text), made.cuts[0].replace)])  # no text of a reporter's

    def text(self, text: str) -> str:
        """Return a text without what the patterns find in it."""
        return self.redact(text).text

    def finds(self, text: str) -> int | None:
        """Return the number of a pattern that finds something in a text; None if none does. Nothing is noted."""
        for pattern in self._patterns:
            if spans(pattern.finder, text):
                return pattern.number
        return None

    def left_in(self, text: str) -> int | None:
        """Return the number of a pattern that finds in a redacted text what is none of the replacements."""
        replacements = [pattern.replace for pattern in self._patterns]
        for pattern in self._patterns:
            for start, end in spans(pattern.finder, text):
                if pattern.again or not any(
                    word and word in text[max(0, start - len(word) - _AROUND) : end + len(word) + _AROUND]
                    for word in replacements
                ):
                    return pattern.number
        return None

    def note_address(self, number: int) -> None:
        """Note that a pattern was found in an address."""
        for pattern in self._patterns:
            if pattern.number == number:
                self._note(pattern, 1)

    def _note(self, pattern: Pattern, places: int) -> None:
        self.found.places[pattern.number] += places
        if pattern.leaves_out_reports:
            self.found.barred.add(pattern.number)

    def _keep_example(self, number: int, text: str, span: Span) -> None:
        kept = self.examples.setdefault(number, []) if self._most_examples else []
        if len(kept) < self._most_examples:
            start, end = span
            kept.append(
                f"…{text[max(0, start - _AROUND) : start]}»{text[start:end]}«{text[end : end + _AROUND]}…"
            )

    def _again(self, made: Redacted) -> Iterator[_Cut]:
        """Give what is found in a redacted text, as places of the original: words that stand together only now.

        Each goes beyond one replacement, so that there are fewer letters or fewer replacements afterwards.
        """
        for pattern in self._patterns:
            if not pattern.again:
                continue
            for span in spans(pattern.finder, made.text):
                start, end = made.original(*span)
                number = bisect_right(made.cuts, start, key=lambda cut: cut.start) - 1
                if number < 0 or made.cuts[number].end < end:  # else it's a replacement itself
                    yield _Cut(start, end, pattern.replace)


def _applied(text: str, cuts: Sequence[_Cut]) -> Redacted:
    parts: list[str] = []
    new_ends: list[int] = []
    reached = length = 0
    for cut in cuts:
        parts += [text[reached : cut.start], cut.replace]
        length += cut.start - reached + len(cut.replace)
        new_ends.append(length)
        reached = cut.end
    return Redacted("".join([*parts, text[reached:]]), tuple(cuts), tuple(new_ends))


def _joined(cuts: Sequence[_Cut]) -> list[_Cut]:
    """Return cuts in their order, those that overlap as one, which has the replacement of the first."""
    joined: list[_Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, -cut.end)):
        if joined and cut.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = _Cut(last.start, max(last.end, cut.end), last.replace)
        else:
            joined.append(cut)
    return joined


def _merged(found: Sequence[Span]) -> list[Span]:
    return [(cut.start, cut.end) for cut in _joined([_Cut(start, end, "") for start, end in found])]

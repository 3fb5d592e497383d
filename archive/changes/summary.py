"""Changes in words, for one line of a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archive.changes.model import Change, Kind

_EXCERPT = 80  # characters of a paragraph
_SIDE = 120  # of a headline, a number with what it counts
_LONGEST = 1_000  # of a summary
_ARROW = "→"
_LRM = "\u200e"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ORDER = tuple(Kind)
_LABELLED = {
    Kind.HEADLINE: "headline", Kind.PLACE: "place", Kind.PERSON: "person", Kind.NAME: "name",
    Kind.ATTRIBUTION: "attribution", Kind.NEGATION: "negation", Kind.AUTHOR: "author", Kind.STANDFIRST: "standfirst",
    Kind.WORDS: "words",
}  # fmt: skip
_DONE = {Kind.REMOVED: "removed", Kind.ADDED: "added", Kind.MOVED: "moved"}


def summary(changes: Sequence[Change]) -> str:
    """Return the changes in one line of at most a thousand characters, the substantive ones first."""
    if not changes:
        return "no words changed"
    told = list(dict.fromkeys(map(sentence, sorted(changes, key=lambda change: order(change.kind)))))
    shown: list[str] = []
    for number, one in enumerate(told):
        rest = len(told) - number
        if sum(map(len, shown)) + 2 * len(shown) + len(one) > _LONGEST - 20:
            shown.append(f"and {rest} more")
            break
        shown.append(one)
    return "; ".join(shown)


def sentence(change: Change) -> str:
    """Return one change in words: "at least 7 → at least 12 killed"."""
    if change.kind in _DONE:
        text = change.before or change.after or ""
        unit = change.unit or "paragraph"
        return (
            f"{'an' if unit[0] in 'aeiou' else 'a'} {unit} was {_DONE[change.kind]}: “{_cut(text, _EXCERPT)}”"
        )
    if change.kind is Kind.TYPO:
        return "typo"
    if change.field == "published_at":
        return f"published: {_arrow(*map(_moment, (change.before, change.after)))}"
    if change.kind in {Kind.NUMBER, Kind.HARM, Kind.DATE}:
        return _arrow(*_without_common_end(change.before, change.after))
    return f"{_LABELLED[change.kind]}: {_arrow(change.before, change.after)}"


def order(kind: str) -> int:
    """Return the place of a kind among all: what tells most comes first."""
    return _ORDER.index(Kind(kind))


def kinds(changes: Iterable[Change]) -> list[str]:
    """Return the kinds of changes, each once, the substantive ones first."""
    found = {change.kind for change in changes}
    return [kind.value for kind in _ORDER if kind in found]


def _moment(text: str | None) -> str | None:
    """Return an instant, as the archive writes it, for people."""
    return text and f"{text[:10]} {text[11:16]} UTC"


def _without_common_end(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Leave out of `before` the words that both end in, of which nothing is told: 7 → 12 killed."""
    if not before or not after:
        return before, after
    words, others = before.split(), after.split()
    common = 0
    while common < min(len(words), len(others)) - 1 and words[-1 - common] == others[-1 - common]:
        common += 1
    return " ".join(words[: len(words) - common]), after


def _arrow(before: str | None, after: str | None) -> str:
    """Return "before → after", left to right also where the words run from right to left."""
    one, other = _cut(before or "(nothing)", _SIDE), _cut(after or "(nothing)", _SIDE)
    if _RIGHT_TO_LEFT.search(one + other):
        return f"{_LRM}{one}{_LRM} {_ARROW} {_LRM}{other}{_LRM}"
    return f"{one} {_ARROW} {other}"


def _cut(text: str, most: int) -> str:
    line = " ".join(text[: 4 * most].split())
    if len(line) <= most:
        return line
    return (line[:most].rpartition(" ")[0] or line[:most]) + "…"

"""Letters that a text writes by their numbers, as addresses and markup do: `%D9%85`, `&#1605;`, `\\u0645`.

A name stands in an address that a body quotes as well; so what is looked for is looked for in the letters too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final, Protocol
from urllib.parse import unquote_to_bytes

Span = tuple[int, int]

_ESCAPES: Final = re.compile(
    r"(?P<bytes>(?:%[0-9a-f]{2})+)|(?P<mark>&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});)|(?P<unit>(?:\\u[0-9a-f]{4})+)",
    re.IGNORECASE | re.ASCII,
)
_ENCODINGS: Final = ("utf-8", "cp1256", "cp1251")
_MOST_LEVELS: Final = 3  # %25D9%2585 is escaped twice


class Finder(Protocol):
    """Whatever tells where a text has what is to be left out."""

    def spans(self, text: str) -> list[Span]:
        """Return the places; they may overlap."""


def spans(finder: Finder, text: str) -> list[Span]:
    """Return where a text has what is looked for, also by the numbers of its letters; a run of numbers counts as a whole."""
    found = finder.spans(text)
    for form, places in _forms(text):
        found += [(places[start][0], places[end - 1][1]) for start, end in finder.spans(form)]
    return found


def _forms(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Give a text with its escapes as letters, by each encoding, and for each letter the place of what it was made of."""
    if not any(sign in text for sign in "%&\\") or _ESCAPES.search(text) is None:
        return
    seen = {text}
    for encoding in _ENCODINGS if "%" in text else _ENCODINGS[:1]:
        form, places = text, [(place, place + 1) for place in range(len(text))]
        for _ in range(_MOST_LEVELS):
            form, places = _decoded(form, places, encoding)
            if form in seen:
                break
            seen.add(form)
            yield form, places


def _decoded(text: str, places: list[Span], encoding: str) -> tuple[str, list[Span]]:
    parts: list[str] = []
    made: list[Span] = []
    reached = 0
    for match in _ESCAPES.finditer(text):
        start, end = match.span()
        letters = _letters(match, encoding)
        parts += [text[reached:start], letters]
        made += places[reached:start]
        made += [(places[start][0], places[end - 1][1])] * len(letters)
        reached = end
    return "".join([*parts, text[reached:]]), made + places[reached:]


def _letters(match: re.Match[str], encoding: str) -> str:
    if match["bytes"]:
        return unquote_to_bytes(match[0]).decode(encoding, "replace")
    if match["unit"]:
        units = b"".join(bytes.fromhex(part) for part in re.split(r"\\u", match[0], flags=re.IGNORECASE)[1:])
        return units.decode("utf-16-be", "replace")
    return html.unescape(match[0])

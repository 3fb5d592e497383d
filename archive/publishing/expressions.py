"""Where a text matches a regular expression that an operator wrote, in bounded time.

An expression is tried on the text as it is; with accents composed, spaces made plain and what is not seen left out; and on
its bare letters, without marks: whichever way an outlet wrote it. Texts come from strangers, and an expression that is
harmless on most may take years on one: after a while the search is given up, and nothing is published.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

import regex

from archive.errors import InvalidInput, NotPublished
from archive.publishing.letters import is_unseen, seen

Span = tuple[int, int]

SECONDS = 5.0  # that one expression may take for one text
_CLUSTER = regex.compile(r"\X", regex.DOTALL)


class Expression:
    """Finds what matches a regular expression, large and small letters alike. named: the key that it stands in."""

    def __init__(self, expression: str, *, named: str, seconds: float | None = None) -> None:
        """Read the expression. Raises InvalidInput, with `named`, for one that is wrong. seconds: else SECONDS."""
        self._named = named
        self._seconds = SECONDS if seconds is None else seconds
        try:
            self._pattern = regex.compile(
                unicodedata.normalize("NFC", expression), regex.IGNORECASE | regex.VERSION0
            )
            if self._pattern.fullmatch("", timeout=self._seconds):
                raise InvalidInput(f"{named} matches nothing at all, and so every place of every text")
        except regex.error as error:
            raise InvalidInput(f"{named} is no regular expression: {error}") from None
        except (OverflowError, RecursionError, TimeoutError) as error:
            raise InvalidInput(f"{named} can't be used: {error or 'it takes too long'}") from None

    def spans(self, text: str) -> list[Span]:
        """Return where it matches. Raises NotPublished if that takes too long."""
        found = list(self._matches(text))
        for form, make in _forms(text):
            if self._matches_somewhere(form):
                found += self._placed(text, make)
        return found

    def _placed(self, text: str, make: Callable[[str], str]) -> list[Span]:
        """Return which places of a text the matches in a form of it stand for; all of it where that can't be told."""
        clusters = [(match[0], match.span()) for match in _CLUSTER.finditer(text)]
        made = [make(cluster) for cluster, _ in clusters]
        at = [span for part, (_, span) in zip(made, clusters, strict=True) for _ in part]
        matches = list(self._matches("".join(made)))
        return [(at[start][0], at[end - 1][1]) for start, end in matches] or [(0, len(text))]

    def _matches_somewhere(self, text: str) -> bool:
        return next(self._matches(text), None) is not None

    def _matches(self, text: str) -> Iterator[Span]:
        try:
            for match in self._pattern.finditer(text, timeout=self._seconds):
                if match.end() > match.start():
                    yield match.span()
        except TimeoutError:
            raise NotPublished(
                f"{self._named} takes more than {self._seconds:g} seconds for one text of {len(text):,} characters: "
                "write it so that there is one way only to match (no repetition inside a repetition)"
            ) from None


@lru_cache(maxsize=8)  # each expression asks for those of the same text
def _forms(text: str) -> tuple[tuple[str, Callable[[str], str]], ...]:
    """Return other forms of a text, each with what makes it; none that is the text itself."""
    if text.isascii():
        return ()
    plain, bare = _plain(text), _bare(text)
    forms = ((plain, _plain), (bare, _bare)) if plain != bare else ((plain, _plain),)
    return tuple((form, make) for form, make in forms if form != text)


def _plain(text: str) -> str:
    """Return a text with marks composed, without what is not seen; any space is a space, but for line ends."""
    return unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_SPACES)


def _bare(text: str) -> str:
    """Return a text without marks and without what is not seen."""
    return seen(unicodedata.normalize("NFKD", text)).translate(_SPACES)


class _Plain(dict[int, str | None]):
    """For `str.translate`: takes out what is not seen, and leaves marks."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        self[code] = None if is_unseen(char) and not unicodedata.combining(char) else char
        return self[code]


class _Spaces(dict[int, str]):
    """For `str.translate`: makes any space a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if char.isspace() and char not in "\n\r\u2028\u2029" else char
        return self[code]


_PLAIN, _SPACES = _Plain(), _Spaces()

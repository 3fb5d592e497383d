"""A paragraph as it is read for what it says: its tokens, their plain forms, its language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from archive.changes.tokens import Tokens, is_word, plain

# What ends a stretch of words that belong together.
BOUNDARIES = frozenset('.,;:!?…؟،؛。，、()[]{}«»“”„"—–|/\n')

_LONGEST_PHRASE = 6
_Span = Callable[[int], tuple[int, int]]


@dataclass(frozen=True)
class Passage:
    """Tokens with the language that they are read in ("" for one that the tables don't know)."""

    tokens: Tokens
    language: str

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Return the words in small letters, without vowel marks."""
        return tuple(map(plain, self.tokens.words))

    def __len__(self) -> int:
        return len(self.tokens)

    def is_boundary(self, index: int) -> bool:
        """Tell whether token `index` ends a stretch of words, or is outside of the passage."""
        return not 0 <= index < len(self) or self.tokens.words[index] in BOUNDARIES

    def is_word(self, index: int) -> bool:
        """Tell whether there is a word or number at `index`."""
        return 0 <= index < len(self) and is_word(self.tokens.words[index])

    def phrase_at(self, index: int, phrases: Mapping[tuple[str, ...], str]) -> tuple[int, str] | None:
        """Return the length and the meaning of the longest phrase that begins at `index`, if one does."""
        return self._longest(phrases, lambda length: (index, index + length))

    def phrase_before(self, index: int, phrases: Mapping[tuple[str, ...], str]) -> tuple[int, str] | None:
        """Return the length and the meaning of the longest phrase that ends right before `index`, if one does."""
        return self._longest(phrases, lambda length: (index - length, index))

    def _longest(self, phrases: Mapping[tuple[str, ...], str], span: _Span) -> tuple[int, str] | None:
        for length in range(_LONGEST_PHRASE, 0, -1):
            start, end = span(length)
            meaning = phrases.get(self.plain[start:end]) if start >= 0 else None
            if meaning is not None:
                return length, meaning
        return None

    def stretch(self, start: int, step: int, most: int) -> Iterator[int]:
        """Yield the places of the words from `start` on, forwards or backwards, up to a boundary."""
        index = start
        for _ in range(most):
            if self.is_boundary(index):
                return
            yield index
            index += step

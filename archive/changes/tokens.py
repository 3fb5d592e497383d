"""Texts as words: what is compared, in any script.

A token is a word, a number, a sign of punctuation, or a single character where a script writes no spaces (Han,
kana, Thai, Lao, Khmer, Burmese). Numbers keep their inner signs (1,200; 3.5), names lose theirs (Kiev'de).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# Scripts that put no spaces between words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CYRILLIC = "\u0400-\u052f"
_ARABIC_OR_HEBREW = re.compile("[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_APOSTROPHES = "'’ʼ‘`´"
_IN_NUMBERS = ".,٫٬'’\u00a0\u202f\u2009"

_UNSEEN = dict.fromkeys(
    map(ord, "\u0640\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
)  # tatweel, joiners, marks
# What is written for one another, in Arabic, Persian, Cyrillic and with keyboards that lack a letter.
_ALIKE = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ё": "е", "ґ": "г"}
                       | dict.fromkeys("’ʼ‘`´", "'") | {"\u0307": None})  # fmt: skip
_LONGEST_SENTENCE = 60  # tokens on either side of one
_KEPT = 40  # letters of words that are remembered; a text has few others
_ENDS = ".!?…؟。！？۔।"
_UNSPACED_ENDS = "。！？"
# Words that a full stop shortens.
_SHORTENED = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "st",
        "gen",
        "col",
        "lt",
        "sgt",
        "maj",
        "capt",
        "prof",
        "no",
        "vs",
        "sr",
        "sra",
        "mme",
        "г",
        "ул",
        "им",
        "тыс",
        "млн",
        "млрд",
        "тис",
        "см",
        "р",
        "ст",
        "м",
        "sn",
        "av",
    ]
)
_CLOSING = "\"'”’»)]”"


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    marks = _marks()
    letter = rf"(?:[^\W_]|[{marks}])"
    return re.compile(
        rf"\d+(?:[{_IN_NUMBERS}]\d+)*"
        rf"|[{_UNSPACED}][{marks}]*"
        rf"|(?:(?![{_UNSPACED}]){letter}|(?<=[{_CYRILLIC}])[{_APOSTROPHES}](?=[{_CYRILLIC}])|[\u200c\u200d])+"
        rf"|\S"
    )


def _marks() -> str:
    """Return the combining marks of the basic plane as a character class: `re` has none of its own."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0xFFFF):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: spans[i] is where words[i] stands in it."""

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    _folded: list[str] = field(default_factory=list, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def folded(self) -> Sequence[str]:
        """Return the words as `fold` has them."""
        if not self._folded and self.words:
            self._folded.extend(map(fold, self.words))
        return self._folded

    def slice(self, start: int, end: int) -> str:
        """Return the text from one token up to another, without the space around it."""
        if start >= end:
            return ""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]]

    def is_joined(self, index: int) -> bool:
        """Tell whether nothing stands between a token and the one before."""
        return index > 0 and self.spans[index - 1][1] == self.spans[index][0]

    def sentence(self, index: int) -> tuple[int, int]:
        """Return the tokens from the first to past the last of the sentence around a token, of a long one those near it."""
        start = end = min(index, len(self.words) - 1)
        while start > 0 and index - start < _LONGEST_SENTENCE and not self.ends_sentence(start - 1):
            start -= 1
        last = min(len(self.words) - 1, index + _LONGEST_SENTENCE)
        while end < last and not self.ends_sentence(end):
            end += 1
        return start, end + 1

    def ends_sentence(self, index: int) -> bool:
        """Tell whether a sentence ends with token `index`: a full stop, or what closes a quotation behind one."""
        if self.words[index] in _CLOSING and index and self.words[index - 1] in _ENDS:
            return not self._goes_on(index)
        if self.words[index] not in _ENDS:
            return False
        following = self.words[index + 1] if index + 1 < len(self.words) else ""
        if following in _CLOSING and following and self.is_joined(index + 1):
            return False
        return not self._goes_on(index)

    def _goes_on(self, index: int) -> bool:
        """Tell whether a sentence goes on behind a full stop: in small letters, or as the next part of initials."""
        if index + 1 >= len(self.words):
            return False
        following = self.words[index + 1]
        is_joined = self.is_joined(index + 1) and self.words[index] not in _UNSPACED_ENDS
        if following in _ENDS or following[0].islower() or is_joined:
            return True
        before = self.words[index - 1] if index else ""
        is_initial = len(before) == 1 and before.isupper()
        return self.words[index] == "." and (is_initial or before.lower() in _SHORTENED)


def tokenize(text: str) -> Tokens:
    """Return a text's tokens."""
    found = list(_pattern().finditer(text))
    return Tokens(text, tuple(match[0] for match in found), tuple(match.span() for match in found))


def plain(word: str) -> str:
    """Return a word in small letters, without vowel marks, stretching and what can't be seen; accents stay."""
    if word.isascii():
        return word.lower()
    return _plain(word) if len(word) <= _KEPT else _plain.__wrapped__(word)


def fold(word: str) -> str:
    """Return `plain(word)` without accents on Latin and Greek letters."""
    if word.isascii():
        return word.lower()
    return _fold(word) if len(word) <= _KEPT else _fold.__wrapped__(word)


@lru_cache(maxsize=16_384)
def _plain(word: str) -> str:
    kept = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold()).translate(_UNSEEN)
    if _ARABIC_OR_HEBREW.search(kept):
        kept = _without_marks(kept)
    return kept.translate(_ALIKE) or word


@lru_cache(maxsize=16_384)
def _fold(word: str) -> str:
    kept = plain(word)
    if kept[0] >= "\u0400":  # й, ї and が are letters of their own
        return kept.replace("\u0301", "") or kept
    return _without_marks(unicodedata.normalize("NFKD", kept)) or kept


def _without_marks(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) != "Mn")


def is_word(word: str) -> bool:
    """Tell whether a token is a word or a number, not punctuation."""
    return word[0].isalnum() or word[-1].isalnum()


def paragraphs(text: str) -> list[str]:
    """Return the lines of a text that hold anything: a paragraph, an item of a list, a row of a table."""
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]


def sentences(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a text begin and end, in tokens."""
    start = 0
    for index in range(len(tokens)):
        if tokens.ends_sentence(index):
            yield start, index + 1
            start = index + 1
    if start < len(tokens):
        yield start, len(tokens)

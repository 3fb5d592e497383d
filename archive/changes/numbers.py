"""The numbers of a passage: in digits of any script or in words, with how exact they are and what they count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from archive.changes.lexicon.harm import bare_forms, harm_of
from archive.changes.lexicon.numbers import NumberWords, number_words
from archive.changes.reading import Passage

_THOUSANDS = re.compile(r"\d{1,3}(?:[.,٬'’\u00a0\u202f\u2009]\d{3})+")
_MARKS = re.compile(r"[^\d]")
_MOST_DIGITS = 15
_PREFIXED = re.compile(r"[وفبلك](\d+)")  # لـ7, و12
_AND = {"en": "and", "fr": "et", "es": "y", "tr": "", "ar": "", "ru": "", "uk": ""}
_SPACED_THOUSANDS = frozenset({"ru", "uk", "fr"})
_CONJUNCTIONS = frozenset(
    {"and", "or", "et", "ou", "y", "o", "ve", "и", "или", "і", "й", "та", "але", "while"}
)
_NOUN = 4  # words behind a number in which its noun is looked for
_VERB = 4  # words before it in which what was done is


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a text has it.

    start, end: the tokens from what was done, or its qualifier, to what it counts; said_start, said_end: of the number
    and its qualifier; core_start, core_end: of the number itself. value: a number, or a label for a vague one ("10+"). qualifier: "at least" ..., "" if it stands for itself. harm: what was
    done to those it counts. noun: the word that follows. is_weak: an article or "no", which is a number only in a
    number's place.
    """

    start: int
    end: int
    said_start: int
    said_end: int
    core_start: int
    core_end: int
    value: float | str
    qualifier: str
    harm: str | None
    noun: str
    is_weak: bool = False


def numbers(passage: Passage) -> list[Number]:
    """Return the numbers of a passage in order, the weak ones too."""
    return list(_Reader(passage).found())


def value_of_digits(word: str) -> float | str | None:
    """Return the value of a token of digits, in whatever script; the digits themselves if there are too many."""
    if not word[0].isdecimal():
        return None
    if _THOUSANDS.fullmatch(word):
        word = _MARKS.sub("", word)
    digits = "".join(str(unicodedata.decimal(character, ".")) for character in word)
    if len(digits) > _MOST_DIGITS or digits.count(".") > 1:
        return digits
    return float(digits) if "." in digits else int(digits)


class _Reader:
    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._words: NumberWords = number_words(passage.language)
        self._is_arabic = passage.language == "ar"

    def found(self) -> Iterator[Number]:
        index = 0
        while index < len(self._passage):
            read = self._core(index)
            if read is None:
                index += 1
                continue
            value, end, is_weak = read
            yield self._whole(index, end, value, is_weak)
            index = end

    # -- the number itself --------------------------------------------------------------------------------

    def _core(self, index: int) -> tuple[float | str, int, bool] | None:
        """Return the value of the number that begins at `index`, where it ends, and whether it is a weak one."""
        word = self._form(index)
        digits = self._digits(index)
        if digits is not None:
            value, end = digits
            return (*self._multiplied(value, end), False)
        if word in self._words.values or word in self._words.multipliers:
            total, end = self._in_words(index)
            if end > index + 1 or word not in self._words.weak:
                return total, end, False
            return (total, end, True) if self._is_weak(index, word) else None
        if word in self._words.vague:
            return self._vague(index, word)
        if word in self._words.duals:
            return 2, index + 1, False
        return (self._words.weak[word], index + 1, True) if self._is_weak(index, word) else None

    def _is_weak(self, index: int, word: str) -> bool:
        """Tell whether a word is a weak number, and no part of another number (a dozen) or of its qualifier."""
        if (
            word not in self._words.weak
            or self._form(index + 1) in self._words.vague | self._words.multipliers
        ):
            return False
        starts = range(max(0, index - 2), index + 1)
        phrases = ((start, self._passage.phrase_at(start, self._words.before)) for start in starts)
        return not any(found and start + found[0] > index for start, found in phrases)

    def _form(self, index: int) -> str:
        """Return a word as the tables have it: in Arabic without what may be written into it."""
        word = self._passage.plain[index] if index < len(self._passage) else ""
        if not self._is_arabic:
            return word
        tables = (self._words.values, self._words.multipliers, self._words.vague, self._words.duals)
        return next((form for form in bare_forms(word) if any(form in table for table in tables)), word)

    def _digits(self, index: int) -> tuple[float | str, int] | None:
        word = self._passage.tokens.words[index]
        prefixed = _PREFIXED.fullmatch(self._passage.plain[index])
        value = value_of_digits(prefixed[1] if prefixed else word)
        if value is None:
            return None
        end = index + 1
        while self._passage.language in _SPACED_THOUSANDS and self._is_group(end) and isinstance(value, int):
            value, end = value * 1000 + int(self._passage.tokens.words[end]), end + 1
            if value > 10**_MOST_DIGITS:
                break
        return value, end

    def _is_group(self, index: int) -> bool:
        """Tell whether a token is the next three digits of a number that is written with spaces (1 200)."""
        tokens = self._passage.tokens
        if index >= len(tokens) or not re.fullmatch(r"[0-9]{3}", tokens.words[index]):
            return False
        gap = tokens.text[tokens.spans[index - 1][1] : tokens.spans[index][0]]
        return len(gap) == 1 and gap.isspace() and len(tokens.words[index - 1]) <= 3

    def _multiplied(self, value: float | str, end: int) -> tuple[float | str, int]:
        factor = self._words.multipliers.get(self._form(end))
        if factor and factor >= 100 and not isinstance(value, str):
            return value * factor, end + 1
        return value, end

    def _in_words(self, index: int) -> tuple[float, int]:
        """Add up number words: twenty-five, two hundred and six, خمسة وعشرون, quatre-vingt-dix."""
        total = current = 0
        end = index
        following: int | None = index
        while following is not None:
            word = self._form(following)
            value, factor = self._words.values.get(word), self._words.multipliers.get(word)
            if factor and (current or value is None):
                current = max(1, current) * factor
                if factor >= 1000:
                    total, current = total + current, 0
            elif value is not None and (following == index or self._adds(current, value, total)):
                current = current * value if (current, value) == (4, 20) else current + value
            else:
                break
            end = following + 1
            following = self._next_part(end)
        return total + current, end

    def _adds(self, current: int, value: int, total: int) -> bool:
        """Tell whether a number word goes on the number before it, rather than being another one."""
        if self._passage.language == "fr" and (current, value) == (4, 20):
            return True
        if current == 0:
            return total > 0 and value < 1000
        if self._is_arabic and current < 10:
            return value == 10 or value in range(20, 100, 10)
        tail = current % 100
        if tail == 0:
            return value < 100
        teens = self._passage.language == "fr" and tail in {60, 80}
        return (
            tail % 10 == 0
            and tail >= (10 if self._passage.language in {"tr", "fr"} else 20)
            and value < (20 if teens else 10)
        )

    def _next_part(self, end: int) -> int | None:
        """Return where a number in words may go on: behind a hyphen or an "and"."""
        tokens = self._passage.tokens
        if (
            end < len(tokens)
            and tokens.words[end] in {"-", "‑"}
            and tokens.is_joined(end)
            and end + 1 < len(tokens)
        ):
            return end + 1
        if end < len(tokens) and _AND.get(self._passage.language) == self._passage.plain[end]:
            return end + 1 if self._goes_on_behind_and(end) else None
        return end if end < len(tokens) else None

    def _goes_on_behind_and(self, end: int) -> bool:
        """Tell two hundred and six, treinta y cinco, vingt et un from two and six."""
        before, behind = self._form(end - 1), self._form(end + 1)
        value = self._words.values.get(behind)
        if value is None:
            return False
        if before in self._words.multipliers:
            return self._words.multipliers[before] >= 100
        tens = self._words.values.get(before, 0)
        return self._passage.language in {"es", "fr"} and tens in range(20, 100, 10) and value < 12

    def _vague(self, index: int, word: str) -> tuple[str, int, bool]:
        """Read dozens, tens of thousands, عشرات الآلاف."""
        label, end = self._words.vague[word], index + 1
        following = end + 1 if self._form(end) in {"of", "de"} else end
        if following < len(self._passage) and not self._passage.is_boundary(following):
            behind = self._form(following)
            factor = self._words.multipliers.get(behind, 0)
            if behind in self._words.vague and self._words.vague[behind].startswith("1000"):
                factor = 1000
            if factor >= 1000:
                return f"{label}*{factor}", following + 1, False
        return label, end, False

    # -- what stands around it ----------------------------------------------------------------------------

    def _whole(self, start: int, end: int, value: float | str, is_weak: bool) -> Number:
        passage, qualifier, first, last = self._passage, "", start, end
        if before := passage.phrase_before(start, self._words.before):
            length, qualifier = before
            first = start - length
        place = end + 1 if passage.language == "tr" and not passage.is_word(end) else end
        behind = passage.phrase_at(place, self._words.behind)
        if behind and not qualifier:
            qualifier, last = behind[1], place + behind[0]
        noun, harm, until = self._counted(last)
        if passage.plain[start] in self._words.duals:
            harm = harm_of(passage.plain[start], passage.language)
        said = (first, last)
        if harm is None:
            harm, first = self._done(first)
        return Number(first, until, *said, start, end, value, qualifier, harm, noun, is_weak)

    def _counted(self, start: int) -> tuple[str, str | None, int]:
        """Return the noun behind a number, what was done to it, and where that ends."""
        passage, until, noun = self._passage, start, ""
        for index in passage.stretch(start, 1, _NOUN):
            word = passage.plain[index]
            if word in _CONJUNCTIONS or self._is_number(index) or (self._is_arabic and self._joins(word)):
                break
            if passage.is_word(index) and not noun and len(word) > 2:
                noun, until = word, index + 1
            if harm := harm_of(word, passage.language):
                return noun, harm, index + 1
        return noun, None, until

    def _done(self, first: int) -> tuple[str | None, int]:
        """Return what was done to those that a number counts, if a verb before it says so, and where that begins."""
        for place in self._passage.stretch(first - 1, -1, _VERB):
            word = self._passage.plain[place]
            if harm := harm_of(word, self._passage.language):
                return harm, place if first - place <= 2 else first
            if word in _CONJUNCTIONS or self._is_number(place):
                break
        return None, first

    def _is_number(self, index: int) -> bool:
        word = self._form(index)
        return word[:1].isdecimal() or (word in self._words.values and word not in self._words.weak)

    @staticmethod
    def _joins(word: str) -> bool:
        """Tell whether a word begins with the Arabic "and" (and not with a و of its own)."""
        return word.startswith("و") and len(word) >= 4 and harm_of(word[1:], "ar") is not None

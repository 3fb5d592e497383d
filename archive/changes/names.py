"""The names of a passage, as far as letters tell: capitals, and in scripts without them what stands before.

Whether a capitalised word at the beginning of a sentence is a name can't be seen there; it is taken for one if it
stands capitalised within a sentence elsewhere in either text, or is followed by another capitalised word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from archive.changes.lexicon import names as words
from archive.changes.lexicon.harm import bare_forms, harm_of
from archive.changes.lexicon.moments import days, months
from archive.changes.lexicon.numbers import number_words
from archive.changes.lexicon.speech import stance_of
from archive.changes.reading import BOUNDARIES, Passage
from archive.changes.tokens import fold

PLACE, PERSON, NAME = "place", "person", "name"
_LINKS = frozenset(
    [
        "al",
        "el",
        "ad",
        "ar",
        "as",
        "ash",
        "at",
        "an",
        "bin",
        "ibn",
        "abu",
        "umm",
        "de",
        "del",
        "la",
        "le",
        "du",
        "von",
        "van",
        "der",
        "ben",
        "bint",
        "d",
        "l",
    ]
)
_OPENING = frozenset("\"'«“„‘([—–-•*:")
_MOST_CAPITALS = 0.6  # of a line's words; beyond, capitals are its style


@dataclass(frozen=True, slots=True)
class Name:
    """A name: its tokens, what it is a name of as far as that can be told, and its words without their endings."""

    start: int
    end: int
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capitals:
    """How words are written within the sentences of both texts: in capitals, or in small letters."""

    capital: frozenset[str]
    small: frozenset[str]

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> Capitals:
        """Gather the words of all passages."""
        capital: set[str] = set()
        small: set[str] = set()
        for passage in passages:
            for index, word in enumerate(passage.tokens.words):
                if word[0].islower():
                    small.add(passage.plain[index])
                elif word[0].isupper() and not _opens(passage, index):
                    capital.add(passage.plain[index])
        return cls(frozenset(capital), frozenset(small))


def names(passage: Passage, capitals: Capitals) -> list[Name]:
    """Return the names of a passage, in order."""
    if passage.language == "ar":
        return list(_after_cues(passage))
    return list(_capitalised(passage, capitals))


def _capitalised(passage: Passage, capitals: Capitals) -> Iterator[Name]:
    tokens = passage.tokens.words
    if _is_all_capitals(passage):
        return
    index = 0
    while index < len(passage):
        if not _is_name(passage, index, capitals):
            index += 1
            continue
        end = index + 1
        while end < len(passage) and (further := _next_part(passage, end)):
            end = further
        yield Name(
            index,
            end,
            _label(passage, index),
            tuple(passage.plain[place] for place in range(index, end) if tokens[place][0].isalnum()),
        )
        index = end


def _is_all_capitals(passage: Passage) -> bool:
    """Tell whether capitals are a line's style: that of a headline (no full stop), or of shouting."""
    long = [word for word in passage.tokens.words if len(word) > 3 and word[0].isalpha()]
    if len(long) <= 3:
        return False
    if sum(map(str.isupper, long)) > _MOST_CAPITALS * len(long):
        return True
    is_sentence = passage.tokens.ends_sentence(len(passage) - 1)
    return not is_sentence and sum(word[0].isupper() for word in long) > _MOST_CAPITALS * len(long)


def _is_name(passage: Passage, index: int, capitals: Capitals) -> bool:
    word, plain = passage.tokens.words[index], passage.plain[index]
    if not word[0].isupper() or _is_common(plain, passage.language):
        return False
    if not _opens(passage, index):
        return len(word) > 1
    if passage.language == "tr" and _has_ending(passage, index):
        return True
    if plain in capitals.small:
        return False
    return plain in capitals.capital or _is_followed(passage, index)


def _has_ending(passage: Passage, index: int) -> bool:
    """Tell whether an apostrophe parts a word from its ending, which Turkish does with names only."""
    tokens = passage.tokens
    return index + 1 < len(tokens) and tokens.words[index + 1] in {"'", "’"} and tokens.is_joined(index + 1)


def _is_followed(passage: Passage, index: int) -> bool:
    following = passage.tokens.words[index + 1 : index + 2]
    return (
        bool(following)
        and following[0][0].isupper()
        and not _is_common(passage.plain[index + 1], passage.language)
    )


@lru_cache(maxsize=4_096)
def _is_common(plain: str, language: str) -> bool:
    """Tell whether a word, capitalised or not, is none of a name's."""
    if plain in words.no_names(language) or plain in days(language) or plain in months(language):
        return True
    if harm_of(plain, language) or stance_of(plain, language):
        return True
    numbers = number_words(language)
    return plain in numbers.values or plain in numbers.vague


def _opens(passage: Passage, index: int) -> bool:
    """Tell whether a sentence begins with token `index`, be it behind an opening quotation mark."""
    while index > 0 and passage.tokens.words[index - 1] in _OPENING:
        index -= 1
    return index == 0 or passage.tokens.ends_sentence(index - 1)


def _next_part(passage: Passage, index: int) -> int:
    """Return where a name goes on that reaches up to `index`: past a capitalised word, or a link and one; 0 if it ends."""
    tokens = passage.tokens
    for place in (index, index + 1, index + 2):
        if place >= len(passage):
            return 0
        word, plain = tokens.words[place], passage.plain[place]
        if word[0].isupper() and not _is_common(plain, passage.language):
            return place + 1
        is_link = plain in _LINKS or (word in {"-", "’", "'"} and tokens.is_joined(place))
        if not is_link:
            return 0
    return 0


def _label(passage: Passage, index: int) -> str:
    if passage.plain[index] in words.person_cues(passage.language):
        return PERSON
    before = passage.plain[index - 1] if index else ""
    before_that = passage.plain[index - 2] if index > 1 else ""
    is_of = before in {"of", "de", "d", "'", "’"} and before_that in words.place_nouns(passage.language)
    if before in {".", "-"} or is_of:  # г. Киев; the city of Goma
        before = before_that
    if before in words.place_cues(passage.language):
        return PLACE
    behind = next(
        (place for place in range(index, len(passage)) if not passage.tokens.words[place][0].isupper()), 0
    )
    if passage.language == "tr" and passage.plain[behind : behind + 1] == ("'",):
        ending = passage.plain[behind + 1 : behind + 2]
        return PLACE if ending and ending[0] in {"da", "de", "ta", "te", "dan", "den", "tan", "ten"} else NAME
    return PERSON if before in words.person_cues(passage.language) else NAME


def _after_cues(passage: Passage) -> Iterator[Name]:
    """Yield the Arabic names that a word before them, or the list of places, gives away."""
    index = 0
    while index < len(passage):
        forms = bare_forms(passage.plain[index])
        place = next((form for form in forms if form in words.arabic_places()), None)
        if place is not None:
            yield Name(index, index + 1, PLACE, (_bare(place),))
        elif any(form in words.place_nouns("ar") for form in forms):
            if passage.is_word(index + 1):
                yield Name(index + 1, index + 2, PLACE, (_bare(passage.plain[index + 1]),))
            index += 1
        elif any(form in words.person_cues("ar") for form in forms):
            end = index + 1
            while end < len(passage) and end < index + 4 and passage.tokens.words[end] not in BOUNDARIES:
                if stance_of(passage.plain[end], "ar") or passage.plain[end] in _AR_BREAKS:
                    break
                end += 1
            if end > index + 1:
                yield Name(index + 1, end, PERSON, tuple(map(_bare, passage.plain[index + 1 : end])))
            index = end - 1
        index += 1


# What no name has inside.
_AR_BREAKS = frozenset(
    [
        "ان",
        "انه",
        "انها",
        "بان",
        "في",
        "من",
        "علي",
        "عن",
        "الي",
        "مع",
        "خلال",
        "بعد",
        "قبل",
        "الذي",
        "التي",
        "قد",
    ]
)


def _bare(word: str) -> str:
    return min(bare_forms(word), key=len)


# Endings that make an adjective, a people or a case of a place's name.
_ENDINGS = frozenset({"n", "s", "an", "ian", "i", "ese", "ish", "ic"})
_CONFUSED = (
    frozenset({"niger", "nigeria"}),
    frozenset({"iran", "iraq"}),
    frozenset({"iran", "irak"}),
    frozenset({"dominica", "dominican"}),
)


def is_same_name(one: Name, other: Name) -> bool:
    """Tell whether two names are one: inflected, or with a first name or an office more."""
    small, large = sorted((one.words, other.words), key=len)
    if any(word in words.TELLING for word in set(large) - set(small)):
        return False
    return bool(small) and all(any(_is_same_word(word, another) for another in large) for word in small)


def is_confused(one: str, other: str) -> bool:
    """Tell whether two names look alike and are two countries'."""
    return any({one, other} == pair for pair in _CONFUSED)


def _is_same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if is_confused(one, other):
        return False
    short, long = sorted((fold(one), fold(other)), key=len)
    common = next(
        (place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if "\u0400" <= short[:1] < "\u0530":  # Slavic cases change the last letters of both
        return common >= max(4, len(short) - 2) and len(long) - common <= 3
    return common == len(short) and len(short) >= 4 and long[common:] in _ENDINGS | {""}

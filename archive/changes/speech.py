"""Who says what a passage says, and whether they say, claim, confirm or deny it.

A speaker is a stretch of words beside a verb of saying, or behind a phrase such as "according to". No sentence is
parsed: where the subject stands far from its verb, or is a pronoun, nobody is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.changes.lexicon.harm import bare_forms
from archive.changes.lexicon.speech import (
    determiners,
    go_on,
    nobody,
    source_follows,
    source_precedes,
    stance_of,
)
from archive.changes.reading import Passage
from archive.changes.tokens import fold

_MOST = 7  # words of a speaker
_STEM = 5  # letters by which inflected words are told apart
_BREAKS = {
    "ar": frozenset(["عن", "خلال", "بعد", "اثر", "عقب", "قبل"])
}  # in Arabic, what is told of begins behind these
_COMMAS = frozenset(",،")
_VERB_FIRST = frozenset({"ar", "ru", "uk"})  # the subject often stands behind its verb


@dataclass(frozen=True, slots=True)
class Attribution:
    """A speaker: the tokens from start to end, with the verb or phrase at `cue`. who: the stems of the words that
    name it; empty if it's nobody in particular.
    """

    start: int
    end: int
    cue: tuple[int, int]
    stance: str
    who: frozenset[str]


def attributions(passage: Passage) -> list[Attribution]:
    """Return who is said to have said something, in the passage's order."""
    return list(_found(passage))


def _found(passage: Passage) -> Iterator[Attribution]:
    if not passage.language:
        return
    index, reached = 0, 0
    while index < len(passage):
        cue = _cue(passage, index)
        if cue is None:
            index += 1
            continue
        length, stance, is_phrase, is_behind = cue
        places = _trimmed(passage, _speaker(passage, index, index + length, reached, (is_phrase, is_behind)))
        who = frozenset(stem for place in places for stem in _stems(passage, place))
        if who:
            reached = max(places[-1] + 1, index + length)
            yield Attribution(places[0], places[-1] + 1, (index, index + length), stance, who)
        index += length


def _cue(passage: Passage, index: int) -> tuple[int, str, bool, bool] | None:
    """Return the length of what says that somebody speaks, its stance, and if it's a phrase; and one behind its source."""
    word = passage.plain[index]
    if found := passage.phrase_at(index, source_follows(passage.language)):
        return (*found, True, False)
    if passage.language == "ar" and word[:1] == "و":
        following = passage.plain[index + 1 : index + 2]
        known = source_follows("ar")
        for phrase in ((word[1:], *following), (word[1:],)):
            if phrase in known:
                return len(phrase), known[phrase], True, False
    if found := passage.phrase_at(index, source_precedes(passage.language)):
        return (*found, True, True)
    stance = stance_of(word, passage.language)
    if stance is None or (index and passage.plain[index - 1] in determiners(passage.language)):
        return None
    return 1, stance, False, False


def _speaker(passage: Passage, start: int, end: int, reached: int, kind: tuple[bool, bool]) -> Sequence[int]:
    """Return the places of the words that name who speaks."""
    is_phrase, is_behind = kind
    right = _cut(passage, list(passage.stretch(end, 1, _MOST)))
    left = [place for place in passage.stretch(start - 1, -1, _MOST) if place >= reached][::-1]
    if is_phrase:
        return left if is_behind else right
    left_names, right_names = _names_somebody(passage, left), _names_somebody(passage, right)
    if passage.language in _VERB_FIRST and right_names and not (left_names and passage.language != "ar"):
        return right
    if left_names:
        return left
    apposition = _before_the_comma(passage, left[0] if left else start, reached)
    if (
        apposition
        and _names_somebody(passage, apposition)
        and passage.tokens.words[apposition[0] - 1] in _COMMAS
    ):
        return apposition  # "The governor, Ivan Petrov, said"
    if right_names and passage.is_boundary((left or [start])[0] - 1):
        return right
    return apposition


def _trimmed(passage: Passage, places: Sequence[int]) -> Sequence[int]:
    """Leave out what stands behind a speaker's name and is none of it: an auxiliary, a day."""
    end = len(places)
    while end and not any(_stems(passage, places[end - 1])):
        end -= 1
    return places[:end]


def _before_the_comma(passage: Passage, start: int, reached: int) -> Sequence[int]:
    """Return the words before a comma: "The mayor, Ivan Petrov, said"."""
    if start - 1 < max(1, reached) or passage.tokens.words[start - 1] not in _COMMAS:
        return ()
    return [place for place in passage.stretch(start - 2, -1, _MOST) if place >= reached][::-1]


def _cut(passage: Passage, places: list[int]) -> list[int]:
    """Leave out what is said, if it begins right behind the speaker; and what is no name of the speaker's."""
    ends = go_on(passage.language) | _BREAKS.get(passage.language, frozenset())
    for number, place in enumerate(places):
        word = passage.plain[place]
        if word in ends or (stance_of(word, passage.language) and number):
            return places[:number]
    return places


def _names_somebody(passage: Passage, places: Sequence[int]) -> bool:
    return any(any(_stems(passage, place)) for place in places)


def _stems(passage: Passage, place: int) -> Iterator[str]:
    """Yield what tells a speaker's word from others, whatever its ending: nothing of small words."""
    word = passage.plain[place]
    if not passage.is_word(place) or word in nobody(passage.language) or word[0].isdecimal():
        return
    if stance_of(word, passage.language):
        return
    if passage.language == "ar":
        word = min(bare_forms(word), key=len)
    if len(word) > 1:
        yield stem(word)


def stem(word: str) -> str:
    """Return the beginning of a word, by which its inflected forms are the same."""
    folded = fold(word)
    return folded[:_STEM] if len(folded) > _STEM else folded.rstrip("аяуюыиіоеьй") or folded


def is_same_speaker(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two sets of stems name the same speaker, one of them perhaps in more words."""
    return one <= other or other <= one

"""A light stemmer of folded Ukrainian: endings of nouns, adjectives and the past, and the vowels that change before them."""

from __future__ import annotations

import re

from archive.text.stems.endings import by_last_letter

_ENDINGS = sorted(
    "ого ому ими их ої ою ій им ий ами ями ах ях ам ям ом ем єм ові еві єві ів їв ов ев єв ей ею єю"  # noqa: SIM905
    " ють уть ить ать ять а я у ю і ї о е и є ь й".split(),
    key=len,
    reverse=True,
)
_LEAST = 3
_BY_LETTER = by_last_letter((ending, _LEAST) for ending in _ENDINGS)
_PAST = re.compile("(?<=....[аяуюи])(?:ла|ло|ли|ти|вши|в)$")  # загинув, загинули
_REFLEXIVE = re.compile("(?<=....)(?:ся|сь)$")
_FLEETING = re.compile("(?<=..)(?:ок|ек)$")  # будинок, будинку
_AGENT = re.compile("(?<=..)ец$")  # продавець, продавця
_CLOSED = re.compile("і(?=[бвгджзклмнпрстфхцчшщ]{1,2}$)")  # обстріл keeps its vowel, школа and шкіл do not


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    bare = _REFLEXIVE.sub("", word)
    if bare.endswith("їв"):  # Київ, Києва
        bare = bare[:-2] + "єв"
    bare = _PAST.sub("", bare)
    while shorter := _shortened(bare):
        bare = shorter
    bare = _FLEETING.sub("к", bare)
    bare = _AGENT.sub("ц", bare)
    if bare.endswith("ц"):  # атака, атаці
        bare = bare[:-1] + "к"
    return _CLOSED.sub("о", bare.replace("нн", "н"))


def _shortened(word: str) -> str | None:
    for ending, least in _BY_LETTER.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None

"""A light stemmer of folded Ukrainian: endings of nouns, adjectives and the past, and the vowels that change before them."""

from __future__ import annotations

import re

_ENDINGS = sorted(
    [
        "ого",
        "ому",
        "ими",
        "их",
        "ої",
        "ою",
        "ій",
        "им",
        "ий",
        "ами",
        "ями",
        "ах",
        "ях",
        "ам",
        "ям",
        "ом",
        "ем",
        "єм",
        "ові",
        "еві",
        "єві",
        "ів",
        "їв",
        "ов",
        "ев",
        "єв",
        "ей",
        "ею",
        "єю",
        "ють",
        "уть",
        "ить",
        "ать",
        "ять",
        "а",
        "я",
        "у",
        "ю",
        "і",
        "ї",
        "о",
        "е",
        "и",
        "є",
        "ь",
        "й",
    ],
    key=len,
    reverse=True,
)
_LEAST = 3
_PAST = re.compile("(?<=...[аяуюи])(?:ла|ло|ли|ти|вши|в)$")  # загинув, загинули
_REFLEXIVE = re.compile("(?<=....)(?:ся|сь)$")
_FLEETING = re.compile("(?<=..)(?:ок|ек)$")  # будинок, будинку
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
    if bare.endswith("ц"):  # атака, атаці
        bare = bare[:-1] + "к"
    return _CLOSED.sub("о", bare.replace("нн", "н"))


def _shortened(word: str) -> str | None:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return None

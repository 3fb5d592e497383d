"""A light stemmer of folded Turkish (ı is i, ş is s ...): plural, case, possession, and the commonest verb endings.

What a name gets behind an apostrophe (Halep'te) is a word of its own to the index, and needs no stemming.
"""

from __future__ import annotations

from archive.text.stems.endings import KEPT, by_last_letter

_LONG = [
    "larinin",
    "lerinin",
    "larinda",
    "lerinde",
    "larindan",
    "lerinden",
    "larina",
    "lerine",
    "larini",
    "lerini",
    "larin",
    "lerin",
    "lari",
    "leri",
    "lar",
    "ler",
    "sinda",
    "sinde",
    "sunda",
    "indan",
    "inden",
    "unda",
    "unde",
    "undan",
    "unden",
    "inda",
    "inde",
    "ndan",
    "nden",
    "nda",
    "nde",
    "nin",
    "nun",
    "sina",
    "sine",
    "suna",
    "sini",
    "sunu",
    "yla",
    "yle",
    "dan",
    "den",
    "tan",
    "ten",
    "mis",
    "mus",
]
_SHORT = "ina ine una une ini unu in un da de ta te ya ye yi yu si su la le li lu ki im um".split()  # noqa: SIM905
_STEPS = ((_LONG, 3), (_SHORT, 4), (["an", "en"], 5), (["s"], 4), (["i", "u", "a", "e"], 3))
_BY_LETTER = by_last_letter((ending, least) for endings, least in _STEPS for ending in endings)
_LAST = {"b": "p", "g": "k", "d": "t"}  # kitap, kitabi; cocuk, cocugu


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    bare = word
    while bare not in KEPT and (shorter := _shortened(bare)):
        bare = shorter
    return bare[:-1] + _LAST.get(bare[-1], bare[-1]) if len(bare) >= 4 else bare


def _shortened(word: str) -> str | None:
    for ending, least in _BY_LETTER.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None

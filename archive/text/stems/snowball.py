"""Snowball's stemmers of folded words, with the forms of our field that they miss."""

from __future__ import annotations

import re
from collections.abc import Callable

import Stemmer

from archive.text.stems.endings import KEPT

_ENGLISH = {
    "struck": "strike", "fought": "fight", "fled": "flee", "freed": "free", "slain": "slay", "women": "woman", "men": "man", "children": "child",
}  # fmt: skip
# The past of "to perish" has two stems in Snowball, and both are what a toll is told in.
_RUSSIAN = {
    "погибл": "погиб",
    "погибш": "погиб",
    "убил": "уби",
    "убит": "уби",
    "детск": "детск",
    "дет": "дет",
}


_RUSSIAN_ENDINGS = (("ирова", 3), ("ова", 4), ("ен", 3), ("ян", 4), ("ат", 4), ("ят", 4), ("я", 4))
# Vowels that are left out before an ending, and sounds that change: беженец, справок, дорожный; применён, применить
_RUSSIAN_CHANGES = tuple(
    (re.compile(f"(?:{change})$"), to)
    for change, to in (
        (r"(?<=...)ец", "ц"), (r"(?<=...)[оеё]к", "к"), (r"(?<=..[бпвмф])л", ""), (r"(?<=...)йт", ""),
        (r"(?<=...н)ец", "ц"), (r"(?<=..)жд", "д"),
    )
)  # fmt: skip


def stemmers() -> dict[str, Callable[[str], str]]:
    """Return the stemmers by language; each has a state of its own, and is for one thread."""
    english, french, spanish, russian = (
        Stemmer.Stemmer(name, 0).stemWord for name in ("english", "french", "spanish", "russian")
    )
    return {
        "en": lambda word: word if word in KEPT else english(_ENGLISH.get(word, word)),
        "fr": lambda word: word if word in KEPT else french(_singular(word)),
        "es": lambda word: word if word in KEPT else _spanish(spanish(word)),
        "ru": lambda word: _russian(russian(word)),
    }


def _singular(word: str) -> str:
    """Take the s off "détenus", which Snowball leaves behind a vowel, and the second e off "réfugiée"."""
    bare = word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
    return bare[:-1] if bare.endswith("ee") else bare


def _spanish(stem: str) -> str:
    """Join "ataque" and "atacar", of which one is written with qu."""
    return stem[:-2] + "c" if stem.endswith("qu") else stem


def _russian(stem: str) -> str:
    """Join "раненые" with "ранены", "обстреляли" with "обстрел", and "беженец" with "беженца"."""
    stem = _RUSSIAN.get(stem, stem)
    for ending, least in _RUSSIAN_ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= least:
            stem = stem[: -len(ending)]
            break
    for pattern, to in _RUSSIAN_CHANGES:
        stem = pattern.sub(to, stem)
    return stem

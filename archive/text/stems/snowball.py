"""Snowball's stemmers of folded words, with the forms of our field that they miss."""

from __future__ import annotations

from collections.abc import Callable

import snowballstemmer

_ENGLISH = {
    "struck": "strike", "fought": "fight", "fled": "flee", "slain": "slay", "women": "woman", "men": "man", "children": "child",
    "taliban": "taliban",
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


def stemmers() -> dict[str, Callable[[str], str]]:
    """Return the stemmers by language; each has a state of its own, and is for one thread."""
    english, french, spanish, russian = (
        snowballstemmer.stemmer(name).stemWord for name in ("english", "french", "spanish", "russian")
    )
    return {
        "en": lambda word: english(_ENGLISH.get(word, word)),
        "fr": french,
        "es": lambda word: _spanish(spanish(word)),
        "ru": lambda word: _russian(russian(word)),
    }


def _spanish(stem: str) -> str:
    """Join "ataque" and "atacar", of which one is written with qu."""
    return stem[:-2] + "c" if stem.endswith("qu") else stem


def _russian(stem: str) -> str:
    """Join "раненые" with "ранены", and "обстреляли" with "обстрел"."""
    stem = _RUSSIAN.get(stem, stem)
    for ending, least in (("ен", 3), ("ян", 4), ("я", 4)):
        if stem.endswith(ending) and len(stem) - len(ending) >= least:
            return stem[: -len(ending)]
    return stem

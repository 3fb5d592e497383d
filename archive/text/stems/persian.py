"""A light stemmer of folded Persian: plurals, and what is written on behind them."""

from __future__ import annotations

from archive.text.stems.endings import by_last_letter

_ENDINGS = (("هايشان", 2), ("هايي", 2), ("هاي", 2), ("ها", 2), ("ترين", 3), ("گان", 3), ("ات", 4), ("ان", 4),
            ("ي", 4), ("ه", 4))  # fmt: skip
_WHOLE = {
    "طالبان": "طالبان",
    "حملات": "حمله",
    "زنان": "زن",
    "مردان": "مرد",
    "لبنان": "لبنان",
    "تهران": "تهران",
}
_BY_LETTER = by_last_letter(_ENDINGS)


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    bare = _WHOLE.get(word, word)
    while bare not in _WHOLE and (shorter := _shortened(bare)):
        bare = shorter
    return bare


def _shortened(word: str) -> str | None:
    for ending, least in _BY_LETTER.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None

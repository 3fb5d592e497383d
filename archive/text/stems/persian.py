"""A light stemmer of folded Persian: plurals, and what is written on behind them."""

from __future__ import annotations

_ENDINGS = (("هايشان", 2), ("هايي", 2), ("هاي", 2), ("ها", 2), ("ترين", 3), ("گان", 3), ("اي", 4), ("ات", 4), ("ان", 4),
            ("ي", 4), ("ه", 4))  # fmt: skip
_WHOLE = {"طالبان": "طالبان", "حملات": "حمله", "لبنان": "لبنان", "تهران": "تهران"}


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    bare = _WHOLE.get(word, word)
    while bare not in _WHOLE and (shorter := _shortened(bare)):
        bare = shorter
    return bare


def _shortened(word: str) -> str | None:
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return None

"""A light stemmer of folded Persian: plurals, what is written on behind them, and verbs by person.

The list of plurals and verbs that no rule finds, and of words that only look like plurals, is `persian.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.text.stems.endings import Endings, listed

_ENDINGS = Endings(
    ("هايشان هايمان هايتان هايش هايم هايي هاي ها يي", 2), ("ترين گاني گان", 3), ("ي يي", 3), ("تر يان شان مان ات ان ين ه", 4),
)  # fmt: skip
_KEPT = frozenset({"خانه", "نامه"})  # a house is no khan
_PERSONS = ("", "م", "ي", "يم", "يد", "ند")
_BEFORE = ("", "ن", "مي", "نمي")


def _lists() -> dict[str, str]:
    """Return what `persian.txt` says: what each word is taken for."""
    plurals, verbs = listed("persian.txt")
    named = {word: past for past, present in reversed(verbs) for word in _conjugated(past, present)}
    return named | {word: one for one, *others in reversed(plurals) for word in (one, *others)}


def _conjugated(past: str, present: str) -> Iterator[str]:
    """Give the forms of a verb by person; three letters or more, since shorter words are not stemmed."""
    for person in _PERSONS:
        yield from (before + past + person for before in _BEFORE)
    yield from (past + "ه", past + "ن", "ن" + past + "ه", past + "گان")
    for person in (*_PERSONS[1:], "د"):
        yield from (before + present + person for before in ("ب", "ن", "مي", "نمي"))
        if len(present) > 2 or person in {"د", "ند"}:
            yield present + person


_LISTED = {word: stem for word, stem in _lists().items() if len(word) > 2}


def stem(word: str) -> str:
    """Return what is left of a folded word without its endings."""
    bare = _LISTED.get(word, word)
    while bare not in _LISTED and (shorter := _ENDINGS.off(bare)):
        bare = shorter
    return _ended(_LISTED.get(bare, bare))


def _ended(word: str) -> str:
    """Take an ه off what the list has, as it is off every other word: حمله, حمل."""
    return word[:-1] if len(word) >= 4 and word[-1] == "ه" and word not in _KEPT else word

"""A light stemmer of folded Persian: plurals, what is written on behind them, and verbs by person.

The list of plurals and verbs that no rule finds, and of words that only look like plurals, is `persian.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.text.letters import fold
from archive.text.stems.endings import longest_first, shortened

_ENDINGS = longest_first(
    ("هايشان هايمان هايتان هايش هايم هايي هاي ها يي", 2), ("ترين گاني گان", 3), ("ي يي", 3), ("تر يان شان مان ات ان ين ه", 4),
)  # fmt: skip
_KEPT = frozenset({"خانه", "نامه"})  # a house is no khan
_PERSONS = ("", "م", "ي", "يم", "يد", "ند")
_BEFORE = ("", "ن", "مي", "نمي")


def _lists() -> dict[str, str]:
    """Return what `persian.txt` says: what each word is taken for."""
    nouns: dict[str, str] = {}
    verbs: dict[str, str] = {}
    is_verb = False
    for line in Path(__file__).with_name("persian.txt").read_text(encoding="utf-8").splitlines():
        if not line or line[0] == "#":
            continue
        if line[0] == "[":
            is_verb = line == "[verbs]"
            continue
        one, *others = [fold(word.strip(":")) for word in line.split()]
        for word in _conjugated(one, others[0]) if is_verb else (one, *others):
            (verbs if is_verb else nouns).setdefault(word, one)
    return verbs | nouns


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
    while bare not in _LISTED and (shorter := shortened(bare, _ENDINGS)):
        bare = shorter
    return _ended(_LISTED.get(bare, bare))


def _ended(word: str) -> str:
    """Take an ه off what the list has, as it is off every other word: حمله, حمل."""
    return word[:-1] if len(word) >= 4 and word[-1] == "ه" and word not in _KEPT else word

"""An Arabic word without what is written in one with it."""

from __future__ import annotations

from collections.abc import Iterator

from archive.text.stems import arabic

_BEHIND = ("هما", "هم", "ها", "هن", "نا", "كم", "ون", "ين", "ان", "ات", "وا", "ه", "ت", "ي")


def bare_forms(folded: str) -> Iterator[str]:
    """Give a folded word without article, without particle, and without an ending or pronoun; each of three letters or more."""
    bare = arabic.without_article(folded)
    starts = [bare]
    if bare == folded and (short := arabic.without_particle(folded)):
        starts.append(short)
    for start in starts:
        yield start
        for ending in _BEHIND:
            if start.endswith(ending) and len(start) - len(ending) >= 3:
                yield start[: -len(ending)]

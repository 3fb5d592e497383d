"""Words of one family with a word that was typed, so that `hunting` finds `hunter` and `вывозить` finds `вывезти`.

The index is not made with any of this: a search asks for the stems of such words beside that of the word itself, as far
as the index has them. So there may be many, and most may be no words at all: what no report has is never asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.text.relatives import arabic, suffixes

SHORTEST = 3  # letters of a word that is looked at


def related(folded: str, language: str) -> Iterator[str]:
    """Give words that may be of one family with a folded word of a language, the nearest first; some are no words.

    language: one of `archive.text.stems.STEMMED`; of any other there are none.
    """
    if len(folded) < SHORTEST:
        return
    yield from suffixes.related(folded, language)
    if language in {"ar", "fa"}:  # Persian has Arabic plurals: عقیده, عقاید
        yield from arabic.related(folded)

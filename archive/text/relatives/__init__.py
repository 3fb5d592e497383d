"""Words of one family with a word that was typed, so that `hunting` finds `hunter` and `вывозить` finds `вывезти`.

The index is not made with any of this: a search asks for the stems of such words beside that of the word itself, as far
as the index has them. So there may be many, and most may be no words at all: what no report has is never asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archive.text.relatives import arabic
from archive.text.relatives.suffixes import Suffixes

SHORTEST = {"latin": 4, "cyrillic": 4, "arabic": 3}  # letters of a word that has relatives, by script


class Relatives:
    """Makes relatives; stem: returns a folded word of a language as the index holds it. For one thread."""

    def __init__(self, stem: Callable[[str, str], str]) -> None:
        self._stem = stem
        self._by_language: dict[str, Suffixes] = {}

    def of(self, folded: str, language: str) -> Iterator[str]:
        """Give words that may be of one family with a folded word, the nearest first; some are no words.

        language: one of `archive.text.stems.STEMMED`.
        """
        if language not in self._by_language:
            self._by_language[language] = Suffixes(language, lambda word: self._stem(word, language))
        yield from self._by_language[language].related(folded)
        if language == "ar":
            yield from arabic.related(folded)
        elif (
            language == "fa"
        ):  # it has Arabic plurals and nouns, without hamza, and with ت: عقاید, وکلا, وزارت
            for word in arabic.related(folded):
                yield word
                if word.endswith("ه"):
                    yield word[:-1] + "ت"
                elif word.endswith("اء"):
                    yield word[:-1]

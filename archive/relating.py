"""Words of one family with those that were typed, as far as the search index has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from archive.text import keys, stems
from archive.text.letters import script
from archive.text.normalise import Normaliser
from archive.text.relatives import related
from archive.text.stems import STEMMED, arabic

MOST = 8  # stems that are searched for beside a word
_MOST_LOOKED_UP = 400  # stems of which the index is asked whether it has them
_IS_THERE = "select 1 from articles_fts where articles_fts match ? limit 1"
_IS_LATELY = "select 1 from articles_fts where articles_fts match ? and rowid > ? limit 1"
# A word's language is looked for among so many of the reports that were archived last: of a common word in the wrong one,
# the index would look at every report.
_LATEST = 50_000


class Family:
    """Finds the relatives of the words of one query; `found` says which they were."""

    def __init__(self, connection: sqlite3.Connection, normaliser: Normaliser) -> None:
        self._connection = connection
        self._normaliser = normaliser
        self._there: dict[str, bool] = {}
        self.found: dict[str, None] = {}
        newest = connection.execute("select coalesce(max(id), 0) from articles").fetchone()[0]
        self._since = max(0, newest - _LATEST)

    def __call__(self, folded: str, languages: Sequence[str]) -> list[str]:
        """Return at most MOST stems that the index has, of words of one family with a folded word."""
        codes = self._languages(folded, languages)
        typed = {self._normaliser.stem(folded, code) for code in languages}
        typed |= {folded, arabic.without_article(folded)}
        found: dict[str, str] = {}
        for stem, word in self._candidates(folded, codes):
            if len(found) == MOST:
                break
            if stem not in typed and stem not in found and self._is_there(stem):
                found[stem] = word
        self.found |= dict.fromkeys(found.values())
        return list(found)

    def _candidates(self, folded: str, codes: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Give stems with the words that they are of, each stem once, as many as may be looked up."""
        seen: set[str] = set()
        for code in codes:
            for word in related(folded, code):
                stem = self._normaliser.stem(word, code)
                if stem in seen:
                    continue
                if len(seen) >= _MOST_LOOKED_UP:
                    return
                seen.add(stem)
                yield stem, word

    def _languages(self, folded: str, languages: Sequence[str]) -> list[str]:
        """Return of which languages a word may be: those whose reports have it, or else all of its script."""
        written = script(folded)
        codes = [code for code in languages if code in STEMMED and stems.script_of(code) == written]
        if len(codes) < 2:
            return codes
        having = [code for code in codes if self._is_in(self._normaliser.stem(folded, code), code)]
        return having or codes

    def _is_in(self, stem: str, language: str) -> bool:
        match = f'"{stem}" AND {keys.expression([keys.of_language(language)])}'
        return self._connection.execute(_IS_LATELY, [match, self._since]).fetchone() is not None

    def _is_there(self, stem: str) -> bool:
        if stem not in self._there:
            row = self._connection.execute(_IS_THERE, [f'"{stem}"']).fetchone()
            self._there[stem] = row is not None
        return self._there[stem]

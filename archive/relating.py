"""Words of one family with those that were typed, as far as the search index has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from archive.text import keys, stems
from archive.text.letters import fold, script
from archive.text.normalise import Normaliser
from archive.text.query import Query
from archive.text.query.lexing import typed_words
from archive.text.relatives import SHORTEST, Relatives
from archive.text.stems import STEMMED, arabic
from archive.text.stems.endings import KEPT

MOST = 12  # words that are searched for beside one; an Arabic one with the particles before it
_MOST_LOOKED_UP = 600  # stems of a language of which the index is asked whether it has them
_MOST_WORDS = 8  # of a query that have relatives, and by which its language is told
# A stem that more reports have than _RARE is looked for in a language among the reports that were archived last: where it is
# common in another language, the index would look at each report that has it.
_RARE = 2_000
_LATEST = 5_000
_COUNT = "select count(*) from (select 1 from articles_fts where articles_fts match ? limit ?)"
_IS_THERE = "select 1 from articles_fts where articles_fts match ? and rowid > ? limit 1"


class Family:
    """Finds the relatives of the words of one query; `found` says which they were, in the forms of the index."""

    def __init__(self, connection: sqlite3.Connection, normaliser: Normaliser, query: Query) -> None:
        self._connection = connection
        self._normaliser = normaliser
        self._relatives = Relatives(normaliser.stem)
        words = dict.fromkeys(map(fold, typed_words(query.words)))
        self._words = [word for word in words if len(word) >= 3][:_MOST_WORDS]
        self._by_script: dict[str | None, list[str]] = {}
        self._there: dict[tuple[str, str], bool] = {}
        self._asked: set[str] = set()
        self.found: dict[str, None] = {}
        newest = connection.execute("select coalesce(max(id), 0) from articles").fetchone()[0]
        self._since = max(0, newest - _LATEST)

    def __call__(self, folded: str, languages: Sequence[str]) -> list[str]:
        """Return the stems that the index has of at most MOST words of one family with a folded word."""
        if folded in KEPT or len(folded) < SHORTEST.get(script(folded) or "", 99):
            return []
        self._asked.add(folded)
        if len(self._asked) > _MOST_WORDS:
            return []
        codes = self._languages(folded, languages)
        typed = {self._normaliser.stem(folded, code) for code in languages}
        found: list[str] = []
        named = 0
        for code, forms in self._candidates(folded, codes, typed):
            if there := [stem for stem in forms if self._is_there(stem, code)]:
                found += there
                self.found[there[0]] = None
                named += 1
            if named == MOST:
                break
        return found

    def _candidates(
        self, folded: str, codes: Sequence[str], typed: set[str]
    ) -> Iterator[tuple[str, list[str]]]:
        """Give words with their languages, by their stems, each stem once, as many as may be looked up."""
        for code in codes:
            seen = set(typed)
            for word in self._relatives.of(folded, code):
                if word in KEPT:  # Hama is no relative of Hamas
                    continue
                spelt = arabic.with_particles(word) if code == "ar" else (word,)
                forms = dict.fromkeys(self._normaliser.stem(each, code) for each in spelt)
                if next(iter(forms)) in seen:
                    continue
                if len(seen) >= _MOST_LOOKED_UP:
                    break
                fresh = [form for form in forms if form not in seen]
                seen.update(fresh)
                yield code, fresh

    def _languages(self, folded: str, languages: Sequence[str]) -> list[str]:
        """Return of which languages a word may be: of those of its script, those whose reports have most words of the query."""
        written = script(folded)
        codes = [code for code in languages if code in STEMMED and stems.script_of(code) == written]
        if len(codes) < 2:
            return codes
        if written not in self._by_script:
            words = {folded, *(word for word in self._words if script(word) == written)}
            votes = {
                code: sum(self._is_in(self._normaliser.stem(word, code), code) for word in words)
                for code in codes
            }
            most = max(votes.values())
            self._by_script[written] = [code for code in codes if votes[code] == most]
        return self._by_script[written]

    def _is_in(self, stem: str, language: str) -> bool:
        """Say whether reports in a language have a stem, of a common one whether the latest reports do."""
        count = self._connection.execute(_COUNT, [f'"{stem}"', _RARE + 1]).fetchone()[0]
        since = 0 if count <= _RARE else self._since
        return self._connection.execute(_IS_THERE, [_in(stem, language), since]).fetchone() is not None

    def _is_there(self, stem: str, language: str) -> bool:
        """Say whether reports in a language have a stem; what none has at all is soon told."""
        known = self._there.get((stem, language))
        if known is None:
            row = self._connection.execute(_IS_THERE, [f'"{stem}"', 0]).fetchone()
            known = row is not None and self._is_in(stem, language)
            self._there[stem, language] = known
        return known


def _in(stem: str, language: str) -> str:
    return f'"{stem}" AND {keys.expression([keys.of_language(language)])}'

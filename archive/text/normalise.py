"""Words as the search index holds them: folded, and stemmed by the report's language.

A normalised text has the words of the text itself, in number and order, a space between what white space parts, so that
SQLite's `snippet` and `highlight`, which look at the original, mark the right ones. What is indexed beyond them (pairs of letters of scripts without spaces) stands
behind the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from archive.text import keys, stems, unspaced
from archive.text.forms import COLUMNS, Forms
from archive.text.letters import MARKS, fold, script
from archive.text.stems import Stemmer, normaliser_version

# Letters and digits, with the marks on them; SQLite takes no other character of these scripts for a part of a word.
# (An underscore parts words for SQLite and not for Python; that is seen to where it occurs.)
WORDS = re.compile(rf"(\w+(?:[{MARKS}]+\w*)*)")

# Words that are remembered for each language, so that a common one is stemmed once; all are forgotten at that number.
_MOST = 200_000
_LONGEST = 40  # letters of a word that is stemmed; longer is no word
_SHORTEST = 3


class _Forms(dict[str, str]):
    """The forms of the words of one language, made when they are first asked for."""

    def __init__(self, language: str | None, stemmers: dict[str, Stemmer]) -> None:
        super().__init__()
        self._language = language
        self._stemmers = stemmers

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST:
            self.clear()
        form = self._form(word)
        if len(word) <= _LONGEST:
            self[word] = form
        return form

    def _form(self, word: str) -> str:
        if "_" in word:
            return "_".join(part and self[part] for part in word.split("_"))
        if max(word) >= unspaced.FIRST and unspaced.RUN.search(word):
            return unspaced.RUN.sub(unspaced.PLACEHOLDER, word)
        folded = fold(word)
        if not _SHORTEST <= len(folded) <= _LONGEST:
            return folded
        language = stems.language_of_word(script(folded) or "other", self._language)
        stemmer = self._stemmers.get(language or "")
        return stemmer(folded) if stemmer else folded


class _Pieces(dict[str, str]):
    """What stands between white space, a word with the comma behind it as a rule, with its words in their forms.

    Most pieces of a text are known, and looking one up takes a fourth of the time that finding its words does.
    """

    def __init__(self, forms: _Forms) -> None:
        super().__init__()
        self._forms = forms

    def __missing__(self, piece: str) -> str:
        if len(self) >= _MOST:
            self.clear()
        if piece.isalnum():  # it is one word
            form = self._forms[piece]
        else:
            parts = WORDS.split(piece)
            parts[1::2] = map(self._forms.__getitem__, parts[1::2])
            form = "".join(parts)
        if len(piece) <= _LONGEST:
            self[piece] = form
        return form


class Normaliser:
    """Normalises texts, and remembers the forms of common words. For one thread."""

    def __init__(self) -> None:
        self._stemmers = dict(stems.stemmers())
        self._forms: dict[str | None, _Forms] = {}
        self._pieces: dict[str | None, _Pieces] = {}

    def text(self, text: str | None, language: str | None) -> str | None:
        """Return what is to be indexed of a text in a language (ISO 639-1; None if it isn't known)."""
        if not text:
            return text
        text = keys.without(text)
        pieces = self._pieces.get(language)
        if pieces is None:
            pieces = self._pieces[language] = _Pieces(self._of(language))
        normalised = " ".join(map(pieces.__getitem__, text.split()))
        if unspaced.PLACEHOLDER not in normalised:
            return normalised
        return " ".join((normalised, *_unspaced_words(text)))

    def forms(self, columns: Mapping[str, Any]) -> Forms:
        """Return what is to be indexed of a report. columns: its row's, as far as they are indexed, and its language."""
        language = columns["language"]
        texts = {text for name in COLUMNS if (text := columns[name])}
        made = {text: self.text(text, language) or "" for text in texts}
        same = {text: text for text in texts}
        return Forms(
            normaliser_version(), language, {text: same.get(form, form) for text, form in made.items()}
        )

    def stem(self, folded: str, language: str) -> str:
        """Return a folded word as it stands in the index of a report in `language`."""
        return self._of(language)[folded]

    def _of(self, language: str | None) -> _Forms:
        code = language.lower() if language else None
        if code not in self._stemmers and code is not None:
            # all that are not stemmed differ in their script only
            code = next((one for one in stems.UNSTEMMED if _alike(one, code)), "de")
        if code not in self._forms:
            self._forms[code] = _Forms(code, self._stemmers)
        return self._forms[code]


class GivenForms(Normaliser):
    """A normaliser that is given forms which were made elsewhere, until it is told to forget them."""

    def __init__(self) -> None:
        super().__init__()
        self._given: dict[str | None, dict[str, str]] = {}

    def take(self, forms: Forms) -> None:
        """Take these for their texts; those of another version are left."""
        if forms.version == normaliser_version():
            self._given.setdefault(forms.language, {}).update(forms.by_text)

    def forget(self) -> None:
        """Forget what was given."""
        self._given.clear()

    def text(self, text: str | None, language: str | None) -> str | None:
        """Return what is to be indexed of a text: what was given for it, or what this one makes of it."""
        given = self._given.get(language)
        form = given.get(text) if given and text else None
        return super().text(text, language) if form is None else form


def _alike(one: str, other: str) -> bool:
    return stems.script_of(one) == stems.script_of(other)


def _unspaced_words(text: str) -> Iterator[str]:
    for run in unspaced.RUN.findall(text):
        yield from unspaced.pairs(run)

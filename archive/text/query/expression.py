"""From a query's tree to an expression that FTS5 takes, in the forms that the index holds.

Nothing of what was typed gets into it but letters, digits and their marks, between quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from archive.text import unspaced
from archive.text.folding import folded_words
from archive.text.letters import APOSTROPHE, fold, script
from archive.text.normalise import Normaliser
from archive.text.query.lexing import tokens
from archive.text.query.model import All, Any, Near, Negated, Node, Query, Word
from archive.text.stems import STEMMED, UNSTEMMED, arabic, completed

_APOSTROPHES = re.compile("['’ʼ`]")
_ELISIONS = frozenset(["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"])
_JOINERS = re.compile("[-‐‑\u200c]")
# What stands behind an apostrophe in a Ukrainian word that ends there: сім'я, сім'ї. No other ending is as short.
_BEHIND_APOSTROPHE = ("я", "ї", "ю", "єю", "ям", "ях")
_PERSIAN_ENDINGS = frozenset({"ها", "هاي", "هايي", "اند", "ام", "ايم", "است", "اش", "شان"})
_PERSIAN_BEGINNINGS = frozenset({"مي", "نمي"})
_MOST_WIDENED = 40  # words of a query; more are asked for in fewer forms
_NOTHING = '""'

Sequence_ = tuple[str, ...]
# Gives the stems of words of one family with a folded word that was typed, of those languages that it may be of.
Family = Callable[[str, Sequence_], Iterable[str]]


def compile_match(
    query: Query, normaliser: Normaliser, languages: Iterable[str] = (), family: Family | None = None
) -> str | None:
    """Return the expression that `articles_fts` is to match; None where a query is limits only.

    languages: of the reports that are searched, where they are known: words are stemmed as theirs alone. family: what else
    to search for beside a word, where it is not in quotes, a beginning, in NEAR or behind NOT.
    """
    if query.words is None:
        return None
    wanted = tuple(code for code in languages if code) or (*STEMMED, *UNSTEMMED)
    is_wide = _size(query.words) <= _MOST_WIDENED
    return _Compiler(normaliser, wanted, is_wide=is_wide, family=family if is_wide else None).of(query.words)


def _size(node: Node) -> int:
    if isinstance(node, All | Any):
        return sum(map(_size, node.nodes))
    return _size(node.node) if isinstance(node, Negated) else 1


class _Compiler:
    def __init__(
        self, normaliser: Normaliser, languages: Sequence[str], *, is_wide: bool, family: Family | None = None
    ) -> None:
        self._normaliser = normaliser
        self._languages = languages
        self._is_wide = is_wide
        self._family = family

    def of(self, node: Node) -> str:
        """Return a node's expression, in brackets if it's more than one phrase."""
        match node:
            case All():
                return self._all(node)
            case Any():
                return _either(self.of(each) for each in node.nodes)
            case Near():
                return self._near(node)
            case Word():
                return self._word(node)
            case _:
                return _NOTHING

    def _all(self, node: All) -> str:
        wanted = [self.of(each) for each in node.nodes if not isinstance(each, Negated)]
        strict = _Compiler(self._normaliser, self._languages, is_wide=self._is_wide)
        unwanted = [strict.of(each.node) for each in node.nodes if isinstance(each, Negated)]
        expression = wanted[0] if len(wanted) == 1 else f"({' AND '.join(wanted)})"
        return f"({expression} NOT {_either(unwanted)})" if unwanted else expression

    def _word(self, word: Word) -> str:
        if word.is_prefix:
            phrases = self._prefixes(tokens(word.text))
        else:
            spellings = self._sequences(tokens(word.text)) if word.is_phrase else self._spellings(word.text)
            phrases = list(map(_phrase, spellings))
            if self._family and not word.is_phrase:
                phrases += map(_phrase, self._relatives(word.text))
        return _in_column(_either(phrases), word.column)

    def _near(self, near: Near) -> str:
        parts = [tokens(word.text) for word in near.words]
        nears = {
            f"NEAR({' '.join(_phrase(self._forms(part, code)) for part in parts)}, {near.distance})": None
            for code in self._languages
        }
        return _in_column(_either(nears), near.words[0].column)

    def _spellings(self, text: str) -> list[Sequence_]:
        """Return the ways in which a word that was typed may stand in a text, each as words side by side."""
        parts = tokens(text)
        found = self._sequences(parts)
        for others in _parted(text, parts):
            found += self._sequences(others)
        if len(parts) == 1 and self._is_wide and script(fold(parts[0])) == "arabic":
            bare = arabic.without_particle(fold(parts[0]))
            found += self._sequences([bare]) if bare and "ar" in self._languages else []
        return found

    def _relatives(self, text: str) -> Iterator[Sequence_]:
        """Give stems of words of one family with what was typed, where that is one word or may be read as one."""
        parts = tokens(text)
        if self._family:
            for each in (parts, *_parted(text, parts)):
                if len(each) == 1:
                    yield from ((stem,) for stem in self._family(fold(each[0]), tuple(self._languages)))

    def _sequences(self, parts: Sequence[str]) -> list[Sequence_]:
        """Return words side by side, as they stand in the index in each language."""
        found = dict.fromkeys(self._forms(parts, code) for code in self._languages)
        if self._is_wide and "ar" in self._languages and script(fold(parts[0])) == "arabic":
            for first in arabic.with_particles(fold(parts[0])):
                found[self._forms([first, *parts[1:]], "ar")] = None
        return list(found)

    def _forms(self, parts: Sequence[str], language: str) -> Sequence_:
        forms: list[str] = []
        for part in parts:
            normal = self._normaliser.text(part, language) or part
            if unspaced.PLACEHOLDER in normal or unspaced.RUN.search(normal):
                forms += (pair for run in unspaced.RUN.findall(part) for pair in unspaced.pairs(run))
                forms += tokens(unspaced.RUN.sub(" ", fold(part)))
            else:
                forms.append(normal)
        return tuple(forms)

    def _prefixes(self, parts: Sequence[str]) -> list[str]:
        """Return phrases whose last word is the beginning of one.

        The index holds stems, which may be shorter than what was typed: so the stems of words that may follow from it
        are wanted as well.
        """
        *before, last = parts
        folded = fold(last)
        if unspaced.RUN.search(folded):
            return [_phrase(each) for each in self._sequences(parts)]
        starts = [folded]
        if script(folded) == "arabic":
            starts = [*arabic.with_particles(folded), arabic.without_article(folded)]
        heads = dict.fromkeys(self._forms(before, code) if before else () for code in self._languages)
        phrases = [f"{_phrase((*head, start))} *" for head in heads for start in starts]
        for code in self._languages:
            head = self._forms(before, code) if before else ()
            for word in (folded, *completed(folded, code)):
                stem = self._normaliser.stem(word, code)
                if not stem.startswith(folded):
                    # a stemmer may change the last vowel, which is no shorter word
                    phrases.append(_phrase((*head, stem)) + ("" if folded.startswith(stem) else " *"))
        return phrases


def _parted(text: str, parts: Sequence[str]) -> list[list[str]]:
    """Return other ways to read a word with signs in it: without an elision or ending, in one piece, without marks."""
    found = _apostrophes(text, parts)
    if len(parts) < 2:
        return found + [[word] for word in (folded_words(text) or "").split()]
    if _APOSTROPHES.search(text) and script(fold(parts[-1])) == "latin":
        if parts[0].lower() in _ELISIONS:
            found.append(list(parts[1:]))
        elif len(parts[-1]) <= 5:
            found.append(list(parts[:-1]))
    if _JOINERS.search(text):
        found.append(["".join(parts)])
    if fold(parts[0]) in _PERSIAN_BEGINNINGS:
        found.append(list(parts[1:]))
    if fold(parts[-1]) in _PERSIAN_ENDINGS:
        found.append(list(parts[:-1]))
    return found + [[word] for word in (folded_words(text) or "").split()]


def _apostrophes(text: str, parts: Sequence[str]) -> list[list[str]]:
    """Return a Cyrillic word with its apostrophe as a letter and as a sign, which parts the word for the index."""
    if not parts or not _APOSTROPHES.search(text) or script(fold(parts[-1])) != "cyrillic":
        return []
    if APOSTROPHE in parts[0]:
        parts = parts[0].split(APOSTROPHE)
    found = [list(parts), [APOSTROPHE.join(parts)]]
    if parts[-1].lower() in _BEHIND_APOSTROPHE:
        found += [[*parts[:-1], ending] for ending in _BEHIND_APOSTROPHE]
    return found


def _phrase(words: Sequence_) -> str:
    return f'"{" ".join(words)}"'


def _either(expressions: Iterable[str]) -> str:
    each = list(dict.fromkeys(expressions)) or [_NOTHING]
    return each[0] if len(each) == 1 else f"({' OR '.join(each)})"


def _in_column(expression: str, column: str | None) -> str:
    return expression if column is None else f"({column} : {expression})"

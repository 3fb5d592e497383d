"""Places and armed groups that reporters spell in many ways, from `names.toml`: whoever searches for one finds all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from archive.text import stems, unspaced
from archive.text.letters import fold, script
from archive.text.normalise import Normaliser
from archive.text.query.lexing import tokens
from archive.text.query.model import All, Any, Negated, Node, Query, Word
from archive.text.stems import STEMMED, UNSTEMMED

_LONGEST = 8  # words of a name
# And, so, in, to, as: written as one word with what follows, which the stemmer leaves on short words.
_CLITICS = tuple("وفبلك")
_MIN_AFTER_CLITIC = 3


@dataclass(frozen=True, slots=True)
class Name:
    """One thing. spellings: all ways to write it, the one it's best known by first. kind: places, groups or terms."""

    spellings: tuple[str, ...]
    kind: str
    conflict: str


def load_names() -> tuple[Name, ...]:
    """Read `names.toml`."""
    text = files("archive.text").joinpath("names.toml").read_text(encoding="utf-8")
    return tuple(
        Name(tuple(spellings), kind, conflict)
        for conflict, kinds in tomllib.loads(text).items()
        for kind, names in kinds.items()
        for spellings in names
    )


class Names:
    """Finds the other spellings of the names in a query."""

    def __init__(self, names: Sequence[Name], normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._spelt: dict[tuple[str, ...], dict[Name, None]] = {}
        for name in names:
            for spelling in name.spellings:
                for key in self._keys(tokens(spelling)):
                    self._spelt.setdefault(key, {})[name] = None
        self._places: dict[tuple[str, ...], dict[Name, None]] = {}
        for name in names:
            for spelling in name.spellings if name.kind == "places" else ():
                for key in self._strict_keys(tokens(spelling)):
                    self._places.setdefault(key, {})[name] = None
        self._beginnings = {key[0] for key in self._places}
        self._most_words = max(map(len, self._places), default=0)

    def widened(self, query: Query) -> Query:
        """Return the query with every name in it spelt in each way, and `also` saying which those are."""
        if query.words is None:
            return query
        also: dict[str, None] = {}
        words = self._node(query.words, also)
        return replace(query, words=words, also=tuple(also))

    def places_in(self, text: str) -> tuple[Name, ...]:
        """Return the places that a text names, in its order; where names overlap, the longest from the left.

        Stricter than a search, where people choose their words: a name in Latin letters has to stand there as it is
        ("said" is no form of Saida), and a word of a name has a capital where its script has capitals.
        """
        words = tokens(text)
        found: dict[Name, None] = {}
        at = 0
        while at < len(words):
            lengths = range(self._most_words, 0, -1) if self._may_begin(words[at]) else ()
            for length in lengths:
                names = self._places_of(words[at : at + length])
                if names:
                    found |= names
                    at += length - 1
                    break
            at += 1
        return tuple(found)

    def _may_begin(self, word: str) -> bool:
        return any(
            key[0] in self._beginnings for words in _readings([word]) for key in self._strict_keys(words)
        )

    def _places_of(self, words: Sequence[str]) -> dict[Name, None]:
        found: dict[Name, None] = {}
        if not all(word[0].islower() for word in words):
            for read in _readings(words):
                for key in self._strict_keys(read):
                    found |= self._places.get(key, {})
        return found

    def _strict_keys(self, words: Sequence[str]) -> set[tuple[str, ...]]:
        folded = tuple(map(fold, words))
        return {folded} if all(script(word) == "latin" for word in folded) else self._keys(words)

    def _keys(self, words: Sequence[str]) -> set[tuple[str, ...]]:
        """Return the forms of a name in each language; an abbreviation has to be typed in capitals."""
        if len(words) == 1 and words[0].isascii() and words[0].isupper():
            return {(words[0],)}
        folded = [fold(word) for word in words]
        if any(unspaced.RUN.search(word) for word in folded):
            return {tuple(folded)}
        written = {stems.script_of(code) for code in (*STEMMED, *UNSTEMMED)} & {*map(script, folded)}
        codes = [code for code in (*STEMMED, *UNSTEMMED) if stems.script_of(code) in written] or ["en"]
        return {tuple(self._normaliser.stem(word, code) for word in folded) for code in codes}

    def _node(self, node: Node, also: dict[str, None]) -> Node:
        if isinstance(node, Word):
            return self._word(node, also)
        if isinstance(node, Any):
            return Any(tuple(self._node(each, also) for each in node.nodes))
        if isinstance(node, Negated):
            return Negated(self._node(node.node, also))
        return All(tuple(self._row(node.nodes, also))) if isinstance(node, All) else node

    def _word(self, word: Word, also: dict[str, None]) -> Node:
        names = {} if word.is_prefix else self._of(tokens(word.text))
        return self._either(word, (word,), names, also)

    def _row(self, nodes: Sequence[Node], also: dict[str, None]) -> Iterator[Node]:
        """Look for names of several words among those that stand side by side, the longest first."""
        at = 0
        while at < len(nodes):
            for end in range(min(len(nodes), at + _LONGEST), at + 1, -1):
                row = nodes[at:end]
                if all(isinstance(each, Word) and not each.is_phrase and not each.is_prefix for each in row):
                    words = [each for each in row if isinstance(each, Word)]
                    names = self._of([token for each in words for token in tokens(each.text)])
                    if names and len({each.column for each in words}) == 1:
                        yield self._either(All(tuple(words)), words, names, also)
                        at = end
                        break
            else:
                yield self._node(nodes[at], also)
                at += 1

    def _of(self, words: Sequence[str]) -> dict[Name, None]:
        if not 0 < len(words) <= 2 * _LONGEST:
            return {}
        found: dict[Name, None] = {}
        for key in self._keys(words):
            found |= self._spelt.get(key, {})
        return found

    def _either(
        self, node: Node, words: Sequence[Word], names: dict[Name, None], also: dict[str, None]
    ) -> Node:
        typed = {fold(token) for word in words for token in tokens(word.text)}
        spellings = dict.fromkeys(
            spelling
            for name in names
            for spelling in name.spellings
            if {fold(token) for token in tokens(spelling)} != typed
        )
        if not spellings:
            return node
        also |= spellings
        column = words[0].column
        return Any((node, *(Word(each, is_phrase=True, column=column) for each in spellings)))


def _readings(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the words of what may be a name, and again without an Arabic "and" or "in" at their beginning."""
    yield words
    if words[0].startswith(_CLITICS) and len(words[0]) > _MIN_AFTER_CLITIC:
        yield [words[0][1:], *words[1:]]

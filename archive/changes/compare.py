"""What changed between two revisions of a report, told: `compare` gives the changes, `summary` a sentence of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archive.changes import lines
from archive.changes.alike import figure
from archive.changes.edits import Loose, Reader
from archive.changes.lexicon.languages import language_of
from archive.changes.model import SUBSTANTIVE, Change, Field, Figure, Kind, Text
from archive.changes.names import Capitals
from archive.changes.numbers import numbers
from archive.changes.reading import Passage
from archive.changes.sequences import Budget, Region
from archive.changes.texts import Piece, Status, diff
from archive.changes.tokens import Tokens, fold, is_word, tokenize
from archive.changes.windows import windows
from archive.changes.wording import word_regions

# In a crawl a comparison may take a third of a second, however long and strange the texts.
STEPS = 1_000_000
_MOST = 500  # changes that are told of one edit
_MOST_READ = (
    60_000  # tokens of changed sentences that are read; of a text that changes more, passages are told
)
_MOST_WORDS = 200_000  # tokens in which capitals and numbers are looked up


def compare(before: Text, after: Text, *, steps: int = STEPS) -> tuple[Change, ...]:
    """Return what changed from one text to the other, in the order of fields and of the text; nothing if nothing did.

    The way back gives the same changes, reversed. Never raises, in bounded time. steps: see `sequences.Budget`.
    """
    if _rank(before) > _rank(after):
        found = [change.reversed() for change in _Comparison(after, before, steps).changes()]
    else:
        found = _Comparison(before, after, steps).changes()
    if len(found) > _MOST:  # what changes the report is not to be lost among what does not
        found.sort(key=lambda change: not change.is_substantive)
    return tuple(found[:_MOST])


def _rank(text: Text) -> tuple[object, ...]:
    return (
        len(text.body),
        text.body,
        text.title,
        text.standfirst or "",
        text.author or "",
        text.published_at or "",
    )


class _Comparison:
    def __init__(self, before: Text, after: Text, steps: int) -> None:
        self._before, self._after = before, after
        self._steps = steps
        self._pieces: tuple[Piece, ...] = ()
        self._loose: list[Loose] = []
        self._language = ""
        self._capitals = Capitals(frozenset(), frozenset())
        self._read_tokens = 0

    def changes(self) -> list[Change]:
        """Return all changes."""
        if self._before == self._after:
            return []
        if self._before.body != self._after.body:
            self._pieces = diff(self._before.body, self._after.body, steps=self._steps)
        self._learn()
        found = [*self._title(), *self._published(), *self._author(), *self._standfirst(), *self._body()]
        found += self._explained()
        if not found and self._before.body != self._after.body:
            found.append(Change(Kind.TYPO, "body", None, None, unit="white space"))
        return _once(found)

    def _learn(self) -> None:
        """Learn the language, and which words are written in capitals."""
        changed = [piece for piece in self._pieces if piece.status is not Status.SAME]
        texts = [tokens for piece in self._pieces for tokens in (piece.before, piece.after) if tokens]
        declared = self._after.language or self._before.language
        titles = [tokenize(self._before.title), tokenize(self._after.title)]
        self._language = language_of(declared, texts or titles)
        if changed or titles[0].text != titles[1].text:
            self._capitals = Capitals.of(
                Passage(tokens, self._language) for tokens in _upto(texts, _MOST_WORDS)
            )

    # -- beside the body ----------------------------------------------------------------------------------

    def _title(self) -> Iterator[Change]:
        before, after = (" ".join(text.title.split()) for text in (self._before, self._after))
        if before == after:
            return
        inner = list(self._read_line("title", before, after))
        if inner and all(change.kind is Kind.TYPO for change in inner):
            yield Change(Kind.TYPO, "title", before or None, after or None)
            return
        yield Change(Kind.HEADLINE, "title", before or None, after or None)
        yield from (change for change in inner if change.kind in lines.TOLD_OF_TITLES)

    def _published(self) -> Iterator[Change]:
        before, after = self._before.published_at, self._after.published_at
        if before and after and before != after and not lines.is_refined(before, after):
            yield Change(Kind.DATE, "published_at", before, after)

    def _author(self) -> Iterator[Change]:
        before, after = self._before.author or "", self._after.author or ""
        if _folded(before) != _folded(after):
            yield Change(Kind.AUTHOR, "author", before or None, after or None)
        elif before != after:
            yield Change(Kind.TYPO, "author", before, after)

    def _standfirst(self) -> Iterator[Change]:
        """Compare what stands above the text and is no part of it."""
        before, after = (lines.above(text) for text in (self._before, self._after))
        if before == after:
            return
        if before and after:
            yield from self._read_line("standfirst", before, after)
        elif lines.is_in(before or after, self._after.body if before else self._before.body):
            return  # a paragraph is called a standfirst now, or no longer
        else:
            yield Change(Kind.STANDFIRST, "standfirst", before or None, after or None)

    def _read_line(self, where: Field, before: str, after: str) -> Iterator[Change]:
        one, two = tokenize(before), tokenize(after)
        regions = word_regions(one, two, Budget(self._steps))
        if not regions:
            yield Change(Kind.TYPO, where, before, after)
        yield from self._read(where, one, two, regions)

    # -- the body -----------------------------------------------------------------------------------------

    def _body(self) -> Iterator[Change]:
        for piece in self._pieces:
            before, after = piece.before, piece.after
            if piece.status is Status.SAME:
                continue
            if before is None or after is None:
                yield from self._gone_or_come(piece)
                continue
            if piece.status is Status.MOVED:
                yield Change(Kind.MOVED, "body", before.text, after.text, unit="paragraph")
            if lines.is_stamp(before) and lines.is_stamp(after):
                yield Change(Kind.WORDS, "body", before.text, after.text)
            elif piece.regions:
                yield from self._read("body", before, after, piece.regions)
            elif piece.status is Status.CHANGED:
                yield Change(
                    Kind.TYPO,
                    "body",
                    None,
                    None,
                    contexts=(before.text[:300], after.text[:300]),
                    unit="paragraph breaks",
                )

    @staticmethod
    def _gone_or_come(piece: Piece) -> Iterator[Change]:
        tokens = piece.before or piece.after
        if tokens is None:
            return
        before, after = (tokens.text, None) if piece.before else (None, tokens.text)
        if not any(map(is_word, tokens.words)):
            yield Change(Kind.TYPO, "body", before, after)
        elif lines.is_stamp(tokens):
            yield Change(Kind.WORDS, "body", before, after)
        else:
            kind = Kind.REMOVED if piece.before else Kind.ADDED
            yield Change(kind, "body", before, after, unit="paragraph")

    def _read(
        self, where: Field, before: Tokens, after: Tokens, regions: Sequence[Region]
    ) -> Iterator[Change]:
        for window in windows(before, after, regions, self._language):
            self._read_tokens += len(window.before) + len(window.after)
            reader = Reader(window, where, self._capitals)
            reader.read(thoroughly=self._read_tokens <= _MOST_READ)
            self._loose += reader.loose
            yield from reader.changes

    # -- what is on one side only -------------------------------------------------------------------------

    def _explained(self) -> Iterator[Change]:
        """Yield the mentions that came or went; not those that went elsewhere, or are elsewhere still."""
        if not self._loose:
            return
        gone = Counter(loose.key for loose in self._loose if loose.is_gone)
        come = Counter(loose.key for loose in self._loose if not loose.is_gone)
        both = gone & come
        moved = {True: both.copy(), False: both.copy()}
        elsewhere = _Elsewhere(self._pieces, self._language)
        for loose in self._loose:
            if moved[loose.is_gone][loose.key] > 0:
                moved[loose.is_gone][loose.key] -= 1
                yield replace(loose.change, kind=Kind.WORDS)
            else:
                kind = Kind.WORDS if elsewhere.has(loose) else loose.change.kind
                yield replace(loose.change, kind=kind)


class _Elsewhere:
    """What the texts say in their other paragraphs."""

    def __init__(self, pieces: Sequence[Piece], language: str) -> None:
        self._pieces = pieces
        self._language = language
        self._words: dict[bool, set[str]] = {}
        self._numbers: dict[bool, set[Figure | None]] = {}

    def has(self, loose: Loose) -> bool:
        """Tell whether what went from one place is there in the text after; or what came was there before."""
        (kind, key), is_gone = loose.key, loose.is_gone
        if kind is Kind.NUMBER:
            return key in self._in_new_paragraphs(is_gone)
        if kind is Kind.NAME and isinstance(key, str):
            return bool(key) and set(key.split()) <= self._all_words(is_gone)
        return False

    def _all_words(self, is_after: bool) -> set[str]:
        if is_after not in self._words:
            texts = [
                tokens for piece in self._pieces if (tokens := piece.after if is_after else piece.before)
            ]
            passages = (Passage(tokens, self._language) for tokens in _upto(texts, _MOST_WORDS))
            self._words[is_after] = {word for passage in passages for word in passage.plain}
        return self._words[is_after]

    def _in_new_paragraphs(self, is_after: bool) -> set[Figure | None]:
        if is_after not in self._numbers:
            status = Status.ADDED if is_after else Status.REMOVED
            texts = [piece.after or piece.before for piece in self._pieces if piece.status is status]
            self._numbers[is_after] = {
                figure(one)
                for tokens in _upto([text for text in texts if text], _MOST_WORDS)
                for one in numbers(Passage(tokens, self._language))
            }
        return self._numbers[is_after]


def _upto(texts: Iterable[Tokens], most: int) -> Iterator[Tokens]:
    """Yield texts until they hold more tokens than that."""
    total = 0
    for tokens in texts:
        total += len(tokens)
        if total > most:
            return
        yield tokens


def _folded(text: str) -> list[str]:
    return [fold(word) for word in tokenize(text).words if is_word(word)]


def _once(found: Iterable[Change]) -> list[Change]:
    """Leave out what is told twice: a number that changed in the headline and in the text alike."""
    seen: dict[tuple[object, ...], str | None] = {}
    kept = []
    for change in found:
        key = (change.kind, change.figures or (fold(change.before or ""), fold(change.after or "")))
        if change.kind in SUBSTANTIVE and change.unit is None:
            harms = {seen.get(key), change.harm}
            if key in seen and (len(harms) == 1 or None in harms):  # of those that count nothing else
                continue
            seen[key] = change.harm
        kept.append(change)
    return kept

"""What an edit did to a few sentences: which numbers, names, speakers and days changed, and what else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from archive.changes import alike
from archive.changes.lexicon.harm import auxiliaries, harm_of, negations
from archive.changes.matching import Matched, Mention, matched, touched
from archive.changes.model import Change, Field, Kind
from archive.changes.moments import moments
from archive.changes.names import Capitals, is_same_name, names
from archive.changes.numbers import numbers
from archive.changes.reading import Passage
from archive.changes.sequences import Region
from archive.changes.speech import attributions, is_same_speaker
from archive.changes.windows import Window

_LONG = 1_500  # tokens of a region; what is longer was rewritten, and is not read word by word
_SENTENCE = 3  # words that a sentence has at least
_FEW = 4  # words that may stand in a name's place
_CONTEXT = 300  # characters
_KINDS = {"place": Kind.PLACE, "person": Kind.PERSON, "name": Kind.NAME}

M = TypeVar("M", bound=Mention)
_Sides = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Loose:
    """A change of a mention that is on one side of the window only: it may stay, or have gone, elsewhere in the text.

    key: what it mentions, the same wherever it stands. is_gone: it is in the text before.
    """

    change: Change
    key: tuple[object, ...]
    is_gone: bool


@dataclass(slots=True)
class Reader:
    """Reads one window. changes: what is sure; loose: what the rest of the texts may explain."""

    window: Window
    where: Field
    capitals: Capitals
    changes: list[Change] = field(default_factory=list)
    loose: list[Loose] = field(default_factory=list)
    _told: set[int] = field(default_factory=set)
    _told_after: set[int] = field(default_factory=set)
    _same: set[int] = field(default_factory=set)
    _same_after: set[int] = field(default_factory=set)

    def read(self, *, thoroughly: bool = True) -> None:
        """Find out what the edit did; if not thoroughly, then which passages went and came only."""
        longest = _LONG if thoroughly else _SENTENCE
        regions = [region for region in self.window.regions if not self._is_rewritten(region, longest)]
        if not thoroughly:
            return
        slips = frozenset(region for region in regions if self._is_slip(region))
        self.window = replace(self.window, slips=slips)
        regions = [region for region in regions if region not in slips]
        for region in regions:
            self._whole_sentences(region)
        self._attributions()
        self._moments()
        self._numbers()
        self._names()
        for region in regions:
            self._rest(region)
        for region in sorted(slips, key=lambda region: (region.start, region.other_start)):
            self._note(Kind.TYPO, region, (region.start, region.end), (region.other_start, region.other_end))

    # -- whole passages -----------------------------------------------------------------------------------

    def _is_rewritten(self, region: Region, longest: int) -> bool:
        """Tell of a region that is too long to be read."""
        if max(region.end - region.start, region.other_end - region.other_start) < longest:
            return False
        self._gone_and_come((region.start, region.end), (region.other_start, region.other_end), "passage")
        return True

    def _whole_sentences(self, region: Region) -> None:
        """Tell of the sentences that were removed, or added, with nothing in their place."""
        before = _whole_sentences(self.window.before, region.start, region.end)
        after = _whole_sentences(self.window.after, region.other_start, region.other_end)
        if before and not self._has_words(self.window.after, region.other_start, region.other_end):
            self._gone_and_come(before, (0, 0), "sentence")
        elif after and not self._has_words(self.window.before, region.start, region.end):
            self._gone_and_come((0, 0), after, "sentence")

    def _gone_and_come(self, gone: tuple[int, int], come: tuple[int, int], unit: str) -> None:
        if removed := self.window.before.tokens.slice(*gone):
            self.changes.append(Change(Kind.REMOVED, self.where, removed, None, unit=unit))
        if added := self.window.after.tokens.slice(*come):
            self.changes.append(Change(Kind.ADDED, self.where, None, added, unit=unit))
        self._tell(range(*gone), range(*come))

    @staticmethod
    def _has_words(passage: Passage, start: int, end: int) -> bool:
        return any(map(passage.is_word, range(start, end)))

    # -- what is mentioned --------------------------------------------------------------------------------

    def _attributions(self) -> None:
        here, there = attributions(self.window.before), attributions(self.window.after)
        for pair in self._pairs(here, there, alike.speakers, alike.speech):
            before, after = pair.before, pair.after
            if before and after and alike.is_same_attribution(before, after):
                continue
            spans = [range(*alike.speech(one)) if one else range(0) for one in (before, after)]
            if before and after and is_same_speaker(before.who, after.who):  # said, and claimed now
                sides = self._texts(alike.speech(before), alike.speech(after))
            else:
                sides = self._texts(_span(before), _span(after))
            self._changed(Kind.ATTRIBUTION, sides, pair, alike.who(before) or alike.who(after))
            self._tell(*spans)

    def _moments(self) -> None:
        here, there = moments(self.window.before), moments(self.window.after)
        for pair in self._pairs(here, there, lambda one, other: float(one.key == other.key), _span):
            before, after = pair.before, pair.after
            if before and after and before.key != after.key:
                self._changed(Kind.DATE, self._texts(_span(before), _span(after)), pair, "")
            if before and after:
                self._tell(range(*_span(before)), range(*_span(after)))

    def _numbers(self) -> None:
        here, there = numbers(self.window.before), numbers(self.window.after)
        for pair in self._pairs(here, there, alike.numbers, alike.said):
            before, after = pair.before, pair.after
            if not before and not after:
                continue
            if any(one and one.is_weak for one in (before, after)) and not (before and after):
                continue
            if before and after and alike.is_same_number(before, after):
                self._same.update(range(*alike.said(before)))
                self._same_after.update(range(*alike.said(after)))
                continue
            self._tell(range(*alike.said(before)), range(*alike.said(after)))
            sides = self._texts(_span(before), _span(after))
            self._changed(Kind.NUMBER, sides, pair, alike.figure(before) or alike.figure(after))
            if before and after:
                self._tell(range(*_span(before)), range(*_span(after)))

    def _names(self) -> None:
        here, there = names(self.window.before, self.capitals), names(self.window.after, self.capitals)
        for pair in self._pairs(here, there, alike.names, _span):
            before, after = pair.before, pair.after
            one = before or after
            if one is None or (before and after and is_same_name(before, after)):
                continue
            other = self.window.after if before else self.window.before
            if not (before and after) and set(one.words) <= set(other.plain):
                continue  # written in small letters there, or named in another place of the sentence
            kind = _KINDS[alike.label(before, after)]
            if before and after and alike.is_spelling(before, after):
                kind = Kind.TYPO
            self._changed(kind, self._texts(_span(before), _span(after)), pair, " ".join(one.words))
            self._tell(range(*_span(before)), range(*_span(after)))

    def _pairs(
        self,
        before: Sequence[M],
        after: Sequence[M],
        likeness: Callable[[M, M], float],
        span: Callable[[M], tuple[int, int]],
    ) -> list[Matched[M]]:
        """Return the mentions that the edit touches, in pairs, without those that were told of already."""
        free = [one for one in before if self._told.isdisjoint(range(*span(one)))]
        free_after = [one for one in after if self._told_after.isdisjoint(range(*span(one)))]
        return list(matched(*touched(self.window, free, free_after, span), likeness))

    def _changed(self, kind: Kind, sides: _Sides, pair: Matched[M], key: object) -> None:
        """Note a change; of what is on one side only, the rest of the texts may know more."""
        is_gone = pair.after is None
        change = Change(kind, self.where, *sides, self._contexts(_start(pair.before), _start(pair.after)))
        if kind is Kind.NUMBER:
            change = replace(change, **alike.of_numbers(pair.before, pair.after))
        if pair.before and pair.after:
            self.changes.append(change)
            return
        if kind in _KINDS.values():
            change = self._with_its_place(change, pair)
        self.loose.append(
            Loose(change, (Kind.NAME if kind in _KINDS.values() else kind, key), is_gone=is_gone)
        )

    def _with_its_place(self, change: Change, pair: Matched[M]) -> Change:
        """Return a change of a name that came or went with the few words that stand, or stood, in its place."""
        of_after = pair.before is None
        start, end = _span(pair.after or pair.before)
        number = self.window.last_region(start, of_after=of_after)
        region = self.window.regions[number]
        if number < 0 or self.window.side(region, of_after=of_after)[1] < end:
            return change
        first, last = self.window.side(region, of_after=not of_after)
        if not 0 < last - first <= _FEW or not (self._told if of_after else self._told_after).isdisjoint(
            range(first, last)
        ):
            return change
        if of_after:
            self._tell(range(first, last), ())
            return replace(change, before=self.window.before.tokens.slice(first, last))
        self._tell((), range(first, last))
        return replace(change, after=self.window.after.tokens.slice(first, last))

    def _contexts(self, before: int | None, after: int | None) -> tuple[str, str]:
        """Return the sentences around two tokens."""
        one, other = (
            passage.tokens.slice(*passage.tokens.sentence(place))[:_CONTEXT]
            if place is not None and len(passage)
            else ""
            for passage, place in ((self.window.before, before), (self.window.after, after))
        )
        return one, other

    def _texts(self, before: tuple[int, int], after: tuple[int, int]) -> _Sides:
        return (
            self.window.before.tokens.slice(*before) or None,
            self.window.after.tokens.slice(*after) or None,
        )

    def _tell(self, before: Iterable[int], after: Iterable[int]) -> None:
        self._told.update(before)
        self._told_after.update(after)

    def _is_slip(self, region: Region) -> bool:
        """Tell whether nothing but the spelling, or the punctuation, of a region changed."""
        before, after = (
            [passage.plain[place] for place in range(start, end) if passage.is_word(place)]
            for passage, start, end in (
                (self.window.before, region.start, region.end),
                (self.window.after, region.other_start, region.other_end),
            )
        )
        return alike.reads_the_same(before, after, self.window.before.language)

    # -- what is left -------------------------------------------------------------------------------------

    def _rest(self, region: Region) -> None:
        """Tell of the words of a region that nothing was said about."""
        here = _words_left(self.window.before, range(region.start, region.end), self._told, self._same)
        there = _words_left(
            self.window.after, range(region.other_start, region.other_end), self._told_after, self._same_after
        )
        if not here and not there and self._is_told(region):
            return
        kind = self._kind_of_rest(here, there)
        spans = self._clipped(region, here, there)
        self._note(kind, region, *(self._with_the_next(*spans) if kind is Kind.NEGATION else spans))

    def _note(self, kind: Kind, region: Region, gone: tuple[int, int], come: tuple[int, int]) -> None:
        before, after = self._texts(gone, come)
        contexts = self._contexts(region.start, region.other_start)
        self.changes.append(Change(kind, self.where, before, after, contexts))

    def _is_told(self, region: Region) -> bool:
        return not self._told.isdisjoint(range(region.start, region.end)) or not self._told_after.isdisjoint(
            range(region.other_start, region.other_end)
        )

    def _kind_of_rest(self, here: Sequence[int], there: Sequence[int]) -> Kind:
        before = [self.window.before.plain[place] for place in here]
        after = [self.window.after.plain[place] for place in there]
        language = self.window.before.language
        if alike.reads_the_same(before, after, language):
            return Kind.TYPO
        harms = [{harm_of(word, language) for word in words} - {None} for words in (before, after)]
        if all(harms) and harms[0].isdisjoint(harms[1]):
            return Kind.HARM
        deny = negations(language)
        if any(word in deny for word in before) != any(word in deny for word in after) and all(
            len([word for word in words if word not in deny | auxiliaries(language)]) <= 1
            for words in (before, after)
        ):
            return Kind.NEGATION
        return Kind.WORDS

    def _with_the_next(
        self, before: tuple[int, int], after: tuple[int, int]
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return two stretches with the word behind them, which is what is denied."""
        end, new_end = (
            self.window.counterpart(after[1], of_after=True) if before == (0, 0) else before[1],
            self.window.counterpart(before[1], of_after=False) if after == (0, 0) else after[1],
        )
        if (
            end is None
            or new_end is None
            or end >= len(self.window.before)
            or new_end >= len(self.window.after)
        ):
            return before, after
        start = end if before == (0, 0) else before[0]
        new_start = new_end if after == (0, 0) else after[0]
        return (start, end + 1), (new_start, new_end + 1)

    @staticmethod
    def _clipped(
        region: Region, here: Sequence[int], there: Sequence[int]
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return a region's tokens on both sides, from the first word that is left to the last one."""
        if not here and not there:
            return (region.start, region.end), (region.other_start, region.other_end)
        before = (here[0], here[-1] + 1) if here else (0, 0)
        after = (there[0], there[-1] + 1) if there else (0, 0)
        return before, after


def _whole_sentences(passage: Passage, start: int, end: int) -> tuple[int, int] | None:
    """Return the whole sentences between two tokens, if there are any of some words."""
    tokens = passage.tokens
    first = start
    while first < end and not (first == 0 or tokens.ends_sentence(first - 1)):
        first += 1
    last = end
    while last > first and not (last == len(tokens) or tokens.ends_sentence(last - 1)):
        last -= 1
    if sum(map(passage.is_word, range(first, last))) < _SENTENCE:
        return None
    return first, last


def _words_left(passage: Passage, places: range, *told: set[int]) -> list[int]:
    return [place for place in places if passage.is_word(place) and not any(place in done for done in told)]


def _start(mention: Mention | None) -> int | None:
    return mention.start if mention else None


def _span(mention: Mention | None) -> tuple[int, int]:
    return (mention.start, mention.end) if mention else (0, 0)

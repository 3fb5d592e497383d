"""The records of a comparison, and the words in which it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

Field = Literal["title", "standfirst", "body", "author", "published_at"]

REMOVED_TITLE = "[removed]"  # of a text that was blanked on purpose


class Kind(StrEnum):
    """What an edit did; SUBSTANTIVE says which of them change what a report says."""

    HEADLINE = "headline"  # the title reads otherwise, by more than its spelling
    NUMBER = "number"  # a figure, its qualifier (at least, about) or what it counts
    DATE = "date"  # the date of publication, or a day or time that the text names
    PLACE = "place"
    PERSON = "person"
    NAME = "name"  # a name of which it can't be told whether it is a place's, a person's or another
    ATTRIBUTION = "attribution"  # who says it; or that they claim or deny it rather than say it
    HARM = "harm"  # killed, wounded, missing, displaced, detained, abducted: one for another
    NEGATION = "negation"  # a "not" came or went
    REMOVED = "removed"  # a paragraph or a whole sentence
    ADDED = "added"  # a paragraph or a whole sentence
    MOVED = "moved"  # a paragraph, to another place
    AUTHOR = "author"
    STANDFIRST = "standfirst"
    WORDS = "words"  # other words
    TYPO = "typo"  # spelling, punctuation, case, white space; where paragraphs begin


SUBSTANTIVE = frozenset({
    Kind.HEADLINE, Kind.NUMBER, Kind.DATE, Kind.PLACE, Kind.PERSON, Kind.NAME, Kind.ATTRIBUTION, Kind.HARM,
    Kind.NEGATION, Kind.REMOVED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """What a revision says, as the archive has it. Paragraphs of `body` are apart by a blank line.

    language: ISO 639-1, as far as known. published_at: the archive's text form of an instant.
    """

    title: str
    body: str
    standfirst: str | None = None
    author: str | None = None
    published_at: str | None = None
    language: str | None = None

    @property
    def is_removed(self) -> bool:
        """Tell whether we blanked it on purpose: what it said can't be compared any more."""
        return self.title == REMOVED_TITLE and not self.body


@dataclass(frozen=True, slots=True)
class Figure:
    """A number's value (or a label for a vague one: "10+" for tens), and its qualifier: "at least" ..., or ""."""

    value: float | str
    qualifier: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an edit did.

    before, after: the words that changed, in their text's own spelling; None where there are none. field: where.
    contexts: the sentences that they stand in, before and after. unit: "paragraph", "sentence" or "passage", for what was
    removed, added or moved. figures: of numbers, what is said before and after; harm: what was done to those
    whom they count ("killed").
    """

    kind: Kind
    field: Field
    before: str | None
    after: str | None
    contexts: tuple[str, str] = ("", "")
    unit: str | None = None
    figures: tuple[Figure | None, Figure | None] | None = None
    harm: str | None = None

    @property
    def is_substantive(self) -> bool:
        """Tell whether it changes what the report says."""
        return self.kind in SUBSTANTIVE

    def reversed(self) -> Change:
        """Return the change of the edit that goes the other way."""
        turned = {Kind.REMOVED: Kind.ADDED, Kind.ADDED: Kind.REMOVED}.get(self.kind, self.kind)
        one, other = self.contexts
        figures = self.figures and self.figures[::-1]
        return replace(
            self, kind=turned, before=self.after, after=self.before, contexts=(other, one), figures=figures
        )

    @property
    def context(self) -> str:
        """Return the sentence that it stands in: after the edit, if it's there still."""
        return self.contexts[1] or self.contexts[0]

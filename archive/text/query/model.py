"""What a query is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MAX_CHARACTERS = 2_000

# The columns of `articles_fts`, which a query may name before a colon.
COLUMNS = ("title", "standfirst", "body", "author", "folded_words")
LIMITS = ("source", "lang", "since", "until", "kind", "conflict")


@dataclass(frozen=True, slots=True)
class Word:
    """Something typed without a space, or between quotes; several words of a text stand side by side.

    is_prefix: any word that begins so. column: the only one that it is looked for in.
    """

    text: str
    is_phrase: bool = False
    is_prefix: bool = False
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Words that stand within `distance` words of each other."""

    words: tuple[Word, ...]
    distance: int


@dataclass(frozen=True, slots=True)
class Limit:
    """Which reports are wanted at all: `name` is one of LIMITS; any of `values`; `day` of since (first) and until (last)."""

    name: str
    values: tuple[str, ...] = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Each of `nodes`; a Negated among them is not to be there."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of `nodes`."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """What is not to be there."""

    node: Node


Node = Word | Near | Limit | All | Any | Negated


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for.

    typed: the text. words: what the index is asked for, None for any report; limits: what holds for every report that is
    wanted. problem: why the text is no query, in which case its words are searched for; None if it is one. also: other
    spellings of names that were added, for the user.
    """

    typed: str
    words: Node | None
    limits: tuple[Node, ...] = ()
    problem: str | None = None
    also: tuple[str, ...] = ()

    @property
    def by_words(self) -> bool:
        """Tell whether the text was no query, so that its words are searched for."""
        return self.problem is not None

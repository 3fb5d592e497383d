"""What an address asks the search for, and the addresses that ask for a little more or less.

The box holds a text in the query language; limits stand beside it in the address (`source=`, `lang=` ...), so that each can be
taken off again. Together they are one query, which finds the same on the command line.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from archive.browse.web import Asked
from archive.errors import InvalidInput
from archive.search import Order
from archive.search.nearby import places_of
from archive.text import query as queries
from archive.text.names import Name, Names, load_names
from archive.text.normalise import Normaliser
from archive.text.query import Query
from archive.text.query.lexing import Malformed, clean, pieces, tokens

LIMITS = ("source", "lang", "kind", "conflict")
DAYS = ("since", "until")
# What the form asks apart, and what becomes of it: a part of the text.
_PARTS = ("words", "phrase", "without")
_OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR"})
_DAY = re.compile(r"\d{4}(-\d\d?){0,2}", re.ASCII)
_BARE = re.compile(r"[\w,.-]+")
# A normaliser is for one thread; names are looked up in no time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Search:
    """text: of the box. limits: values by the names of LIMITS. since, until: days, months or years, "" for none.

    page: the name of a page of results; None for the first. also: hidden parameters that every address keeps (`db`).
    """

    text: str = ""
    limits: tuple[tuple[str, str], ...] = ()
    since: str = ""
    until: str = ""
    order: Order = Order.RELEVANCE
    synonyms: bool = True
    related: bool = True
    page: str | None = None
    also: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """Return what is wanted of one of LIMITS."""
        return [value for each, value in self.limits if each == name]

    def query(self) -> str:
        """Return all of it as one line in the query language, "" for any report.

        Raises InvalidInput for a text without a word, and for one that is too long.
        """
        limits = list(self._limits())
        if not limits or not self.text:
            return " ".join([self.text, *limits]).strip()
        return " ".join([_as_part(self.text), *limits])

    def parsed(self) -> Query:
        """Return what to search for, with other spellings of names if they are wanted."""
        line = self.query()
        if not line:
            return Query("", None)
        found = queries.parse(line)
        if self.text and (problem := queries.parse(self.text).problem):
            found = replace(found, problem=problem)
        if not self.synonyms:
            return found
        with _ONE_AT_A_TIME:
            return _names().widened(found)

    def address(self) -> str:
        """Return the address of this search, relative to any page or file of results."""
        return f"?{urlencode(self.parameters(), quote_via=quote)}"

    def parameters(self) -> list[tuple[str, str]]:
        """Return what stands in the address, without what is so by itself."""
        found = [("q", self.text), *self.limits, ("since", self.since), ("until", self.until)]
        found.append(("sort", "" if self.order is Order.RELEVANCE else self.order.value))
        found += [
            ("synonyms", "" if self.synonyms else "0"),
            ("related", "" if self.related else "0"),
            ("page", self.page or ""),
            *self.also,
        ]
        return [(name, value) for name, value in found if value]

    def first(self) -> Search:
        """Return the same from its first page on."""
        return replace(self, page=None)

    def within(self, name: str, value: str) -> Search:
        """Return this search, narrowed to a value of one of LIMITS."""
        others = tuple(each for each in self.limits if each[0] != name)
        return replace(self.first(), limits=(*others, (name, value)))

    def without(self, name: str, value: str) -> Search:
        """Return this search without one limit."""
        return replace(self.first(), limits=tuple(each for each in self.limits if each != (name, value)))

    def between(self, since: str, until: str) -> Search:
        """Return this search for other days."""
        return replace(self.first(), since=since, until=until)

    def _limits(self) -> Iterator[str]:
        for name in LIMITS:
            if values := ",".join(self.values(name)):
                yield f"{name}:{values}" if _BARE.fullmatch(values) else f'{name}:"{values}"'
        yield from (f"{name}:{getattr(self, name)}" for name in DAYS if getattr(self, name))


def asked_search(asked: Asked) -> Search:
    """Return what the parameters of an address ask for; raises InvalidInput for a day or an order that is none."""
    order = asked.value("sort", Order.RELEVANCE.value)
    if order not in set(Order):
        raise InvalidInput(f"sort={order!r} is no order: it is one of {', '.join(Order)}")
    limits = [(name, _plain(value)) for name in LIMITS for value in asked.values(name)]
    days = {name: _day(name, asked.value(name)) for name in DAYS}
    chosen = asked.value("db")
    return Search(
        text=_joined(clean(asked.value("q")), _parts(asked)),
        limits=tuple(dict.fromkeys(each for each in limits if each[1])),
        order=Order(order),
        synonyms=asked.value("synonyms") != "0",
        related=asked.value("related") != "0",
        page=asked.value("page") or None,
        also=(("db", chosen),) if chosen else (),
        **days,
    )


def is_from_form(asked: Asked) -> bool:
    """Say whether an address is what the form makes: with parts of a query, or with parameters that say nothing."""
    args: Mapping[str, str] = asked.request.args
    return any(not asked.value(name) or name in _PARTS for name in args)


def _parts(asked: Asked) -> list[str]:
    """Return what the form asks for, in the query language."""
    parts = [*map(_word, asked.value("words").split())]
    if phrase := " ".join(tokens(asked.value("phrase"))):
        parts.append(f'"{phrase}"')
    unwanted = [f"NOT {word}" for each in asked.value("without").split() if (word := _word(each))]
    if unwanted and not any(parts) and not asked.value("q"):
        raise InvalidInput("reports without a word can't be searched for alone: say what they are to have")
    return [part for part in parts + unwanted if part]


def _word(typed: str) -> str:
    """Return a word that means itself and is no operator, as words side by side if it is more than one."""
    found = tokens(typed)
    if len(found) > 1:
        return f'"{" ".join(found)}"'
    return found[0].lower() if found and found[0] in _OPERATORS else "".join(found)


def _joined(text: str, parts: list[str]) -> str:
    if not text or not parts:
        return text or " ".join(parts)
    return " ".join([_as_part(text), *parts])


def _as_part(text: str) -> str:
    """Return a text so that more can follow it: in brackets, or by its words where it is no query."""
    if queries.parse(text).problem is not None:
        return " ".join(word.lower() if word in _OPERATORS else word for word in tokens(clean(text)))
    try:
        is_either = any(piece.kind == "or" for piece in pieces(clean(text)))
    except Malformed:  # parse said that it is none
        is_either = True
    return f"({text})" if is_either else text


def _plain(value: str) -> str:
    return " ".join(re.sub(r'[\s"“”«»,]+', " ", clean(value)).split())


def _day(name: str, text: str) -> str:
    if not text:
        return ""
    is_day = _DAY.fullmatch(text) is not None
    if not is_day or queries.parse(f"{name}:{text}").problem is not None:
        raise InvalidInput(f"{name}={text!r} is not a day: write 2026-01-31, or a month (2026-01), or a year")
    return text


def places_named(article: Mapping[str, Any]) -> tuple[Name, ...]:
    """Return the places that a report (its row) names early."""
    with _ONE_AT_A_TIME:
        return places_of(article, _names())


@functools.cache
def _names() -> Names:
    return Names(load_names(), Normaliser())

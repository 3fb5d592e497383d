"""From the addresses of reports to the regular expression that they share: an `article_pattern` for the catalogue.

Addresses of the same make (`segments.Shape.family`) are generalised together, segment by segment, as far as no
address that is known to be something else is caught. The way is that of wrapper induction by example and
counter-example (Kushmerick 2000, "Wrapper induction: efficiency and expressiveness"), on URLs instead of pages.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from archive.urls import canonical_url, url_key
from crawler.discovery.unknown.segment_patterns import (
    LEVELS,
    Level,
    Member,
    escape,
    family_pattern,
    host_pattern,
    member_of,
)

_MOST_FAMILIES = 12


@dataclass(frozen=True, slots=True)
class Family:
    """Addresses of one make: their part of the pattern, how many of the given it covers, and one of them.

    exceptions: the negatives that it would match, which the whole pattern leaves out by name.
    """

    pattern: str
    count: int
    example: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Induced:
    """A pattern, what it was made of, and how far it reaches.

    covered: how many of the `total` given addresses it matches. missed: those that it doesn't, at most 20.
    contradicted: the same page (by its url_key) was given as a report and as something else; taken for the latter.
    """

    pattern: str
    families: tuple[Family, ...]
    covered: int
    total: int
    missed: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()


def induce(
    accepted: Iterable[str],
    negatives: Collection[str] = (),
    *,
    least: int = 1,
    most_exceptions: int | None = None,
) -> Induced | None:
    """Return the pattern that the `accepted` addresses share, or None if there is nothing to learn from.

    It matches, as `re.search` does, every accepted address as given and in its canonical form, of families of
    at least `least` members (of the twelve largest), and none of `negatives`. A family that can be told from its
    negatives only by naming more than `most_exceptions` of them is left out. The pattern is anchored, takes http and
    https, with and without `www.`, and a query only where the identity is in it. What is no http(s) URL is
    left out. Its matching takes time linear in the address's length.
    """
    no = {canonical: url_key(canonical) for url in negatives if (canonical := _canonical(url))}
    keys = frozenset(no.values())
    given = {canonical: url_key(canonical) for url in accepted if (canonical := _canonical(url))}
    contradicted = tuple(url for url, key in given.items() if key in keys)
    members = [member_of(url) for url, key in given.items() if key not in keys]
    if not members:
        return None
    host = host_pattern({member.shape.host for member in members})
    families = _families(host, _grouped(members, least), no, most_exceptions)
    if not families:
        return None
    pattern = _joined(host, families)
    missed = [url for url in given if not re.search(pattern, url)]
    return Induced(
        pattern, tuple(families), len(given) - len(missed), len(given), tuple(missed[:20]), contradicted
    )


def _joined(host: str, families: list[Family]) -> str:
    bodies = [family.pattern for family in families]
    body = bodies[0] if len(bodies) == 1 else f"(?:{'|'.join(bodies)})"
    exceptions = sorted({url for family in families for url in family.exceptions})
    return f"^https?://{_but_for(exceptions)}{host}{body}$"


def _canonical(url: str) -> str | None:
    try:
        return canonical_url(url)
    except ValueError:
        return None


def _grouped(members: Sequence[Member], least: int) -> list[list[Member]]:
    groups: dict[object, list[Member]] = defaultdict(list)
    for member in members:
        groups[member.family].append(member)
    return sorted((group for group in groups.values() if len(group) >= least), key=len, reverse=True)


def _families(
    host: str, groups: list[list[Member]], negatives: Collection[str], most_exceptions: int | None
) -> list[Family]:
    """Return the families of some groups, the largest first; what a larger one matches anyway adds to its count."""
    families: list[Family] = []
    for group in groups:
        patterns = [re.compile(f"^https?://{host}{family.pattern}$") for family in families]
        covering = next(
            (place for place, pattern in enumerate(patterns) if all(pattern.search(m.url) for m in group)), -1
        )
        if covering >= 0:
            wider = families[covering]
            families[covering] = replace(wider, count=wider.count + len(group))
        elif len(families) < _MOST_FAMILIES and (family := _family(host, group, negatives, most_exceptions)):
            families.append(family)
    return families


def _family(
    host: str, group: list[Member], negatives: Collection[str], most_exceptions: int | None
) -> Family | None:
    """Return a group's family: the most general pattern that catches no negative, or the best with exceptions.

    None if it needs too many.
    """
    tried: list[tuple[Level, list[str]]] = []
    for level in LEVELS:
        compiled = re.compile(f"^https?://{host}{family_pattern(group, level)}$")
        tried.append((level, sorted(url for url in negatives if compiled.search(url))))
        if not tried[-1][1]:
            break
    level, caught = min(tried, key=lambda attempt: len(attempt[1]))  # the most general of the best
    if most_exceptions is not None and len(caught) > most_exceptions:
        return None
    return Family(family_pattern(group, level), len(group), group[0].url, tuple(caught))


def _but_for(exceptions: list[str]) -> str:
    """Return a lookahead that excludes some canonical addresses; it stands after the scheme."""
    if not exceptions:
        return ""
    addresses = dict.fromkeys(url.split("://", 1)[1].removeprefix("www.").rstrip("/") for url in exceptions)
    return rf"(?!(?:www\.)?(?:{'|'.join(map(escape, addresses))})/?$)"

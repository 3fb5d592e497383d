"""Which sources `scrapy crawlall` crawls, and which of them share a host."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.errors import BadOption
from crawler.sources.loader import Catalogue
from crawler.sources.model import SourceEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say: of each that is given, a source must have one of the values; case doesn't matter."""

    conflicts: Sequence[str] = ()
    kinds: Sequence[str] = ()
    languages: Sequence[str] = ()
    names: Sequence[str] = ()


def select(catalogue: Catalogue, own: Collection[str], wanted: Wanted) -> list[SourceEntry]:
    """Return the sources that are wanted, in the catalogue's order.

    own: ids of the user's own sources (SOURCES_DIR). The others that are private, such as the demo, are for
    trying things out, and are crawled only by name.
    Raises UnknownSource for a name, and BadOption for a value that no source has, or if nothing is left.
    """
    named = {catalogue.get(name).id for name in _split(wanted.names)}
    pool = [entry for entry in catalogue.entries.values()
            if entry.id in named or (not named and (not entry.private or entry.id in own))]  # fmt: skip
    found = pool
    for option, values, has in (
        ("--conflict", wanted.conflicts, conflicts),
        ("--kind", wanted.kinds, lambda entry: (entry.kind,)),
        ("--lang", wanted.languages, lambda entry: entry.languages),
    ):
        keep = _matching(pool, option, _split(values), has)
        found = [entry for entry in found if entry.id in keep]
    if not found:
        raise BadOption(_nothing(wanted))
    return found


def conflicts(entry: SourceEntry) -> tuple[str, ...]:
    """Return the conflicts and regions that a source reports on."""
    return tuple(_split([entry.conflict]))


def hosts(entry: SourceEntry) -> frozenset[str]:
    """Return the hosts that a crawl of the source asks, without `www.`."""
    urls = (entry.homepage, *entry.feeds, *entry.sitemaps, *entry.listings)
    names = {(urlsplit(url).hostname or "").rstrip(".") for url in urls} | {*entry.domains}
    return frozenset(name.lower().removeprefix("www.") for name in names)


def _matching(
    pool: Iterable[SourceEntry], option: str, values: Sequence[str],
    has: Callable[[SourceEntry], Sequence[str]],
) -> set[str]:  # fmt: skip
    """Return the ids of those that have one of the values; all, if there are none."""
    known = {value.casefold(): value for entry in pool for value in has(entry)}
    for value in values:
        if value.casefold() not in known:
            raise BadOption(f"no source has {option} {value!r}{_hint(value, known)}")
    asked = {value.casefold() for value in values}
    return {entry.id for entry in pool
            if not asked or any(value.casefold() in asked for value in has(entry))}  # fmt: skip


def _hint(value: str, known: dict[str, str]) -> str:
    near = difflib.get_close_matches(value.casefold(), known, n=1)
    meant = f"; did you mean {known[near[0]]!r}? There are: " if near else "; there are: "
    return meant + ", ".join(sorted(known.values(), key=str.casefold))


def _nothing(wanted: Wanted) -> str:
    said = {"--source": wanted.names, "--conflict": wanted.conflicts, "--kind": wanted.kinds,
            "--lang": wanted.languages}  # fmt: skip
    options = " ".join(f"{option} {' '.join(values)}" for option, values in said.items() if values)
    if not options:
        return "the catalogue has no source that is not private: name those to crawl with --source"
    return f"no source is all of {options}; of each alone there are some"


def _split(values: Iterable[str]) -> list[str]:
    """Return the values one by one; commas may stand between them."""
    return [part for value in values for part in map(str.strip, value.split(",")) if part]

"""A catalogue entry as TOML text for a person to review: every key with what it was guessed from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from archive.urls import canonical_url
from crawler.discovery.unknown.entries import UNKNOWN, Learned, name_of, readable
from crawler.discovery.unknown.survey import Endpoint, Found
from crawler.sources.model import SourceEntry

_MOST_NOTES = 30


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the draft's comments say beyond what the survey found.

    seen_on: the day of the survey. languages: where they come from. trials: a sentence for each report tried.
    """

    seen_on: date
    languages: str
    trials: tuple[str, ...] = ()


def draft(entry: SourceEntry, found: Found, learned: Learned, remarks: Remarks) -> str:
    """Return the TOML text of an entry, with comments; `crawler.sources.loader.load_file` reads it."""
    lines = [
        f"# Drafted by `scrapy newsource` from a look at {found.homepage} on {remarks.seen_on}.",
        f"# Review it, keep it as {entry.id}.toml in a folder of SOURCES_DIR, and try it with `scrapy checksource {entry.id}`.",
        *_tried(found),
        "",
        _line("id", entry.id),
        _line("name", entry.name, name_of(found)[1]),
        _line("homepage", entry.homepage),
        _line("languages", list(entry.languages), remarks.languages),
        _line("conflict", UNKNOWN, "say which conflict or region it reports on"),
        *([_line("country", entry.country, "guessed from the host's ending")] if entry.country else []),
        _line("kind", UNKNOWN, "say what it is: independent, state media, monitor, wire ..."),
        *_endpoints("feeds", found.feeds),
        *_endpoints("sitemaps", found.sitemaps),
        *_endpoints("listings", found.listings),
        *_pattern(entry, learned),
        *([_line("private", True, "it is at a private address")] if entry.private else []),
        _line("verified", False),
        *_list("examples", [(url, "") for url in entry.examples]),
        *_comments(remarks.trials),
    ]
    return "\n".join(lines) + "\n"


def _tried(found: Found) -> list[str]:
    if not found.notes:
        return []
    notes = found.notes[:_MOST_NOTES]
    return ["#", "# Tried in vain, or left out:", *_comments(f"  {note}" for note in notes)]


def _endpoints(key: str, endpoints: Iterable[Endpoint]) -> list[str]:
    return _list(key, [(canonical_url(each.url), f"{each.why}; {_content(each)}") for each in endpoints])


def _content(endpoint: Endpoint) -> str:
    dates = [lead.published_hint or lead.modified_hint for lead in endpoint.leads]
    known = [moment for moment in dates if moment]
    newest = f", the newest of {max(known):%Y-%m-%d}" if known else ""
    return f"{len(endpoint.leads)} addresses seen{newest}"


def _pattern(entry: SourceEntry, learned: Learned) -> list[str]:
    induced = learned.induced
    said = [
        f"Matches {induced.covered} of the {induced.total} addresses seen that look like reports, none of {len(learned.others)} others:",
        *(f"  {family.count} such as {readable(family.example)}" for family in induced.families),
        *(f"  not matched: {readable(url)}" for url in induced.missed[:5]),
    ]
    return [*_comments(said), _line("article_pattern", entry.article_pattern)]


def _list(key: str, items: list[tuple[str, str]]) -> list[str]:
    if not items:
        return []
    inner = [f"    {_value(text)}," + (f"  # {_plain(why)}" if why else "") for text, why in items]
    return [f"{key} = [", *inner, "]"]


def _line(key: str, value: object, why: str = "") -> str:
    return f"{key} = {_value(value)}" + (f"  # {_plain(why)}" if why else "")


def _comments(sentences: Iterable[str]) -> list[str]:
    return [f"# {_plain(sentence)}" for sentence in sentences]


def _plain(text: str) -> str:
    """Return a stranger's text fit for a comment: one line, nothing that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)[:500].rstrip()


def _value(value: object) -> str:
    """Return a value as TOML: JSON does for what is used here, but patterns are easier to read in single quotes."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return "".join(map(_visible, json.dumps(value, ensure_ascii=False)))


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"

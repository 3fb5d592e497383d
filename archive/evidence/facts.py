"""What a WARC file holds besides the exchanges, so that the database can be made anew from it (`archive rebuild`).

Each fact is a `metadata` record of the type application/warc-fields, whose block has one field `fact-NAME` with a JSON
object in one line. Of a visit, the standard's own fields stand before it: `via`, the feed, sitemap or listing that led to
the page, and `hopsFromSeed`; the record is WARC-Concurrent-To the visit's responses. What is learned of a site's pages
has a WARC-Target-URI of its own (`urn:conflict-archive:template:SOURCE:VERSION`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from archive.evidence.scan import Record

Name = Literal["run", "visit", "template", "run-end"]
CONTENT_TYPE = "application/warc-fields"
# A field of a response record's own head, so that it goes where the page goes when that is removed.
TITLE_HINT = "X-Title-Hint"
_PREFIX = "fact-"
_NAMES: tuple[Name, ...] = get_args(Name)


class BadFact(Exception):
    """A record says that it is a fact, and none can be read from it; the words say why."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact to be written, or that was read.

    at: when it was so, as `archive.clock.to_text` gives it. told: the JSON object. uri: what it is about. via: the
    address that led there.
    """

    name: Name
    at: str
    told: Mapping[str, Any]
    uri: str | None = None
    via: str | None = None


def fields_of(fact: Fact) -> list[tuple[str, str]]:
    """Return the fields of a fact's block."""
    standard = [("via", fact.via), ("hopsFromSeed", "L")] if fact.via else []
    told = json.dumps(fact.told, separators=(",", ":"))
    return [*standard, (f"{_PREFIX}{fact.name}", told)]


def read_fact(record: Record) -> Fact | None:
    """Return the fact that a record holds; None for any other record. Raises BadFact."""
    if record.kind != "metadata" or record.headers.get("content-type") != CONTENT_TYPE:
        return None
    fields = dict(_fields(record.start))
    for name in _NAMES:
        if (text := fields.get(f"{_PREFIX}{name}")) is not None:
            if record.problems:
                raise BadFact(record.problems[0])
            uri, at = record.headers.get("warc-target-uri"), record.headers.get("warc-date", "")
            return Fact(name, at, _object(text), uri, fields.get("via"))
    return None


def _fields(block: bytes) -> Sequence[tuple[str, str]]:
    lines = block.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _object(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFact(f"it holds no JSON: {error}") from None
    if not isinstance(told, dict):
        raise BadFact("it holds no JSON object")
    return told

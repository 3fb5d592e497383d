"""A site's template: where its reports stand, and which kinds of block are theirs; as JSON between runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crawler.errors import ExtractionError

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a site's pages say of the blocks under a chain of labels.

    kept, dropped: characters of those that are the report's, and of those that are not; a long block counts no more
    than `learn.MAX_WEIGHT`. blocks, pages: how many there were, on how many pages. example: the first words of
    one of the more frequent sort.
    """

    kept: float
    dropped: float
    blocks: int
    pages: int
    example: str


@dataclass(frozen=True, slots=True)
class Standfirst:
    """Where a site shows a standfirst, outside the report's container: its label and its parent's; on how many pages."""

    label: str
    parent: str
    pages: int


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a site lays out reports.

    name: the container's label. path: the labels from the root to the container. pages: how many had it.
    standfirsts: the most frequent first. kinds: for each chain of labels, from a block's element up, what is known of it.
    """

    name: str
    path: tuple[str, ...]
    pages: int
    standfirsts: tuple[Standfirst, ...]
    kinds: Mapping[tuple[str, ...], Evidence] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """What is known of a site: its vocabulary of class names, the texts that its pages repeat, its layouts.

    pages: how many it was learned from. repeats: the first words of texts that stand on several pages, with the
    number of those pages. layouts: the most frequent first.
    """

    pages: int
    vocabulary: frozenset[str] = field(repr=False)
    repeats: Mapping[str, int] = field(repr=False)
    layouts: tuple[Layout, ...]


def to_json(template: Template) -> str:
    """Return a template as the document that the archive keeps."""
    document = {
        "format": _FORMAT,
        "pages": template.pages,
        "vocabulary": sorted(template.vocabulary),
        "repeats": [{"text": text, "pages": pages} for text, pages in template.repeats.items()],
        "layouts": [_layout_out(layout) for layout in template.layouts],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def from_json(document: str) -> Template:
    """Return the template in a document; raises ExtractionError for what `to_json` did not make."""
    try:
        plain = json.loads(document)
        return _FORMATS[plain["format"]](plain)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ExtractionError(
            "a site's template can't be read: it is damaged, or a later version's"
        ) from None


def _template_in(plain: dict[str, Any]) -> Template:
    return Template(
        pages=plain["pages"],
        vocabulary=frozenset(plain["vocabulary"]),
        repeats={row["text"]: row["pages"] for row in plain["repeats"]},
        layouts=tuple(map(_layout_in, plain["layouts"])),
    )


# A document says how it is written: a later version reads the earlier ones.
_FORMATS = {_FORMAT: _template_in}


def _layout_out(layout: Layout) -> dict[str, Any]:
    return {
        "name": layout.name,
        "pages": layout.pages,
        "path": list(layout.path),
        "standfirsts": [asdict(standfirst) for standfirst in layout.standfirsts],
        "kinds": [
            {
                "chain": " < ".join(chain),
                "kept": round(evidence.kept, 1),
                "dropped": round(evidence.dropped, 1),
                "blocks": evidence.blocks,
                "pages": evidence.pages,
                "example": evidence.example,
            }
            for chain, evidence in layout.kinds.items()
        ],
    }


def _layout_in(plain: dict[str, Any]) -> Layout:
    return Layout(
        name=plain["name"],
        path=tuple(plain["path"]),
        pages=plain["pages"],
        standfirsts=tuple(Standfirst(**row) for row in plain["standfirsts"]),
        kinds={
            tuple(row["chain"].split(" < ")): Evidence(
                row["kept"], row["dropped"], row["blocks"], row["pages"], row["example"]
            )
            for row in plain["kinds"]
        },
    )

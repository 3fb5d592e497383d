"""What the crawler learned of each site, for a person to read: its template's document taken apart.

The document is made by `crawler.extraction.templates.model`. What is missing in one, or of another kind than it
should be, is left out here: a template that can't be shown in full is shown in part.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archive.errors import NotFound
from archive.filters import require_source
from archive.tables import templates

# How many of a source's last texts tell whether its template still fits.
RECENT_TEXTS = 50

_VERSIONS = """
select source_id, version, learned_at, replaced_at, page_count, score, template from site_templates
where (:source is null or source_id = :source) and (:source is not null or replaced_at is null)
order by source_id, version
"""

# What a more general kind says weighs as much as so many characters; the extraction's own number.
_PRIOR = 100.0
# What a label says of a block's shape behind its colon, in words.
_SHAPES = {"links": " (mostly links)", "short": " (short)"}
# A long text stands in a template as its first words and a hash of the whole.
_DIGEST = re.compile(r" #[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of block, by its element's label, its parent's ... (a tag with its class names and id; and its shape).

    kept, dropped: characters that spoke for and against it, a long block's not in full. is_kept: whether its blocks are
    taken for the report's; where little is known of it, more general kinds weigh in. example: its first words.
    """

    labels: tuple[str, ...]
    kept: float
    dropped: float
    blocks: int
    pages: int
    example: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a site lays out reports, and on how many of the pages it was seen.

    path: labels from the page's root to the element that holds the report. standfirsts: outside that, each the label
    of its element and of the one around it. kinds: the most specific that are known, with the most evidence first.
    """

    name: str
    pages: int
    path: tuple[str, ...]
    standfirsts: tuple[tuple[str, str], ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """A version of a source's template.

    score: see `archive.models.SiteTemplate`. repeats: texts that stand on several pages and so are none of a
    report, with the number of pages. document: the JSON as stored, or None if it is none.
    """

    source_id: str
    version: int
    learned_at: str
    replaced_at: str | None
    page_count: int
    score: float | None
    layouts: tuple[Layout, ...]
    repeats: tuple[tuple[str, int], ...]
    document: Any


def in_use(conn: sqlite3.Connection) -> list[Learned]:
    """Return the template in use of each source that has one, by source."""
    return [_learned(row) for row in conn.execute(_VERSIONS, {"source": None})]


def versions(conn: sqlite3.Connection, source_id: str) -> list[Learned]:
    """Return all versions of a source's template, oldest first.

    Raises NotFound for a source that the archive doesn't have, or that nothing was learned of yet.
    """
    require_source(conn, source_id)
    found = [_learned(row) for row in conn.execute(_VERSIONS, {"source": source_id})]
    if not found:
        raise NotFound(
            f"nothing was learned of {source_id} yet: a template is made when enough of its pages are read"
        )
    return found


def recent_paths(conn: sqlite3.Connection, source_id: str) -> dict[str, int]:
    """Return how the last texts of a source were found: "template", "mixed", "single", and how many so."""
    paths = templates.recent_paths(conn, source_id, RECENT_TEXTS)
    return {path: paths.count(path) for path in ("template", "mixed", "single")}


def recent_in_words(recent: Mapping[str, int]) -> str:
    """Return what `recent_paths` counted, for people."""
    total = sum(recent.values())
    if not total:
        return "none yet"
    return (
        f"{recent['template']} of {total} by the template alone ({share(recent['template'], total)}), "
        f"{recent['mixed']} with help, {recent['single']} without it"
    )


def share(part: int, whole: int) -> str:
    """Return a part in per cent, rounded down; a dash of nothing."""
    return f"{100 * part // whole} %" if whole else "-"


def place(labels: Sequence[str]) -> str:
    """Return what a kind of block is, and in which elements it stands, for people."""
    label, _, shape = labels[0].partition(":")
    return " in ".join((label + _SHAPES.get(shape, f" ({shape})" if shape else ""), *labels[1:]))


def _learned(row: Any) -> Learned:
    source_id, version, learned_at, replaced_at, page_count, score, text = row
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    plain = document if isinstance(document, dict) else {}
    return Learned(
        source_id=source_id,
        version=version,
        learned_at=learned_at,
        replaced_at=replaced_at,
        page_count=page_count,
        score=score,
        layouts=tuple(map(_layout, _objects(plain, "layouts"))),
        repeats=tuple(_repeats(plain)),
        document=document,
    )


def _repeats(plain: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for row in _objects(plain, "repeats"):
        yield _DIGEST.sub(" …", _text(row, "text")), int(_number(row, "pages"))


def _layout(plain: Mapping[str, Any]) -> Layout:
    return Layout(
        name=_text(plain, "name"),
        pages=int(_number(plain, "pages")),
        path=tuple(map(str, _list(plain, "path"))),
        standfirsts=tuple(
            (_text(row, "label"), _text(row, "parent")) for row in _objects(plain, "standfirsts")
        ),
        kinds=_most_specific([_kind(kind) for kind in _objects(plain, "kinds")]),
    )


def _kind(plain: Mapping[str, Any]) -> Kind:
    return Kind(
        labels=tuple(_text(plain, "chain").split(" < ")),
        kept=_number(plain, "kept"),
        dropped=_number(plain, "dropped"),
        blocks=int(_number(plain, "blocks")),
        pages=int(_number(plain, "pages")),
        example=_text(plain, "example"),
        is_kept=False,
    )


def _judged(kind: Kind, kinds: Mapping[tuple[str, ...], Kind]) -> Kind:
    """Return a kind with what the extraction makes of it (see `crawler.extraction.templates.apply.judge`)."""
    share = 0.5
    for length in range(1, len(kind.labels) + 1):
        known = kinds.get(kind.labels[:length])
        if known is not None:
            share = (known.kept + _PRIOR * share) / (known.kept + known.dropped + _PRIOR)
    return replace(kind, is_kept=share > 0.5)


def _most_specific(kinds: list[Kind]) -> tuple[Kind, ...]:
    """Leave out a kind that others are cases of, so that each block counts once."""
    general = {kind.labels[:length] for kind in kinds for length in range(1, len(kind.labels))}
    specific = [kind for kind in kinds if kind.labels not in general]
    by_labels = {kind.labels: kind for kind in kinds}
    judged = (_judged(kind, by_labels) for kind in specific)
    return tuple(sorted(judged, key=lambda kind: (-(kind.kept + kind.dropped), kind.labels)))


def _list(plain: Mapping[str, Any], key: str) -> list[Any]:
    value = plain.get(key)
    return value if isinstance(value, list) else []


def _objects(plain: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return [value for value in _list(plain, key) if isinstance(value, dict)]


def _text(plain: Mapping[str, Any], key: str) -> str:
    value = plain.get(key)
    return value if isinstance(value, str) else ""


def _number(plain: Mapping[str, Any], key: str) -> float:
    value = plain.get(key)
    return value if isinstance(value, int | float) and abs(value) < 1e15 else 0

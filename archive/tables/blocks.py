"""A report's blocks as JSON that stands off from its body.

A block of the body is `{"kind", "start", "end"}`: its text is `body[start:end]`, or in SQL
`substr(body, start + 1, end - start)`. Any other has its `text`, and as `offset` the number of the body's characters
that come before it. `url` and `at` stand where a block has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archive.clock import from_text, to_text
from archive.errors import ArchiveUnreadable
from archive.models import BlockKind, TextBlock

# No report has more; a page made of a million empty paragraphs would cost fifty times its own size.
_MOST = 20_000
# How far behind the last block the next one is looked for: past what separates them, and blocks that are not there.
_GAP = 16
# Blocks that may be missing from the body before far ones are given up; each costs a search through all of it.
_MISSES = 100


def to_json(blocks: Iterable[TextBlock], body: str) -> str | None:
    """Return the blocks of a report with that body as a JSON array; None for no blocks.

    A block that claims to be in the body, but isn't found there behind the one before, is written with its text and
    `"in_body": true`. Takes time in proportion to the texts.
    """
    finder = _Finder(body)
    rows = [_row(block, finder) for _, block in zip(range(_MOST), blocks, strict=False)]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else None


def from_json(text: str | None, body: str) -> tuple[TextBlock, ...]:
    """Return the blocks that `to_json` wrote for a report with that body. Raises ArchiveUnreadable for other text."""
    try:
        return tuple(_block(row, body) for row in json.loads(text)) if text else ()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveUnreadable(f"a report's blocks are not as this program writes them: {error!r}") from None


@dataclass(slots=True)
class _Finder:
    """Where in a body its blocks stand, asked for in their order."""

    body: str
    reached: int = 0
    misses: int = 0

    def find(self, text: str) -> int | None:
        """Return where `text` begins, behind all that was found before; None if it isn't there."""
        near = self.reached + _GAP + len(text)
        start = self.body.find(text, self.reached, near)
        if start < 0 and self.misses < _MISSES:
            start = self.body.find(text, self.reached)
        if start < 0:
            self.misses += 1
            return None
        self.reached = start + len(text)
        return start


def _row(block: TextBlock, finder: _Finder) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": str(block.kind)}
    offset = finder.reached
    start = finder.find(block.text) if block.in_body else None
    if start is not None:
        row |= {"start": start, "end": start + len(block.text)}
    else:
        row |= {"offset": offset, "text": block.text}
        if block.in_body:
            row["in_body"] = True
    if block.url is not None:
        row["url"] = block.url
    if block.at is not None:
        row["at"] = to_text(block.at)
    return row


def _block(row: dict[str, Any], body: str) -> TextBlock:
    stands_off = "start" in row
    return TextBlock(
        kind=BlockKind(row["kind"]),
        text=body[row["start"] : row["end"]] if stands_off else row["text"],
        in_body=stands_off or row.get("in_body", False),
        url=row.get("url"),
        at=from_text(row["at"]) if "at" in row else None,
    )

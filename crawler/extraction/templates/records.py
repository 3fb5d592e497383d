"""What learning gives back; apart from the rest, so that the crawl's own process need not import that."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LearnedTemplate:
    """A template that was learned: its document as JSON, from how many pages, and its cross-validated score.

    score: F1 of the characters that it chooses on pages that it was not learned from, against what each of them told
    by itself; None where there were too few to tell.
    """

    document: str = field(repr=False)
    pages: int
    score: float | None

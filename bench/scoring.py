"""Scores of extracted reports against reference texts: the measures of the article extraction benchmark.

Body: precision and recall of runs of four words, averaged over pages, and their F1; "exact" is the share of pages
whose words are all and only the reference's. Titles: equal after folding, and the mean F1 of their words. Dates:
the same instant to the minute, and the same day in UTC.
"""

from __future__ import annotations

import re
import statistics
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

Half = Literal["development", "report"]

# Chinese and Japanese characters and Hangul syllables count one by one.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_GRAM = 4


@dataclass(frozen=True, slots=True)
class Text:
    """What a reference, or an extraction, says a page's report is; `date` is aware."""

    body: str
    title: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of a set of pages, each 0 to 1; None where no reference tells."""

    pages: int
    f1: float
    precision: float
    recall: float
    exact: float
    title_equal: float | None
    title_words: float | None
    minute: float | None
    day: float | None


def half_of(url: str) -> Half:
    """Return the half of the pages that `url` belongs to: by its host, so that no site is in both."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return "development" if zlib.crc32(host.encode()) % 2 else "report"


def score(pairs: Sequence[tuple[Text, Text]]) -> Score:
    """Return the scores of (reference, extracted) pairs; there must be one at least."""
    bodies = [body_counts(reference.body, found.body) for reference, found in pairs]
    precision = _mean(hit / (hit + wrong) for hit, wrong, _ in bodies if hit + wrong) or 0.0
    recall = _mean(hit / (hit + missed) for hit, _, missed in bodies if hit + missed) or 0.0
    titles = [(a.title, b.title or "") for a, b in pairs if a.title]
    dates = [(a.date, b.date) for a, b in pairs if a.date]
    return Score(
        pages=len(pairs),
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        precision=precision,
        recall=recall,
        exact=_mean(_words(a.body) == _words(b.body) for a, b in pairs) or 0.0,
        title_equal=_mean(_folded(a) == _folded(b) for a, b in titles),
        title_words=_mean(word_f1(a, b) for a, b in titles),
        minute=_mean(b is not None and abs((a - b).total_seconds()) < 60 for a, b in dates),
        day=_mean(b is not None and a.astimezone(UTC).date() == b.astimezone(UTC).date() for a, b in dates),
    )


def body_counts(reference: str, found: str) -> tuple[int, int, int]:
    """Return how many runs of four words both texts have, only `found` has, and only `reference` has."""
    a, b = _runs(reference), _runs(found)
    return (a & b).total(), (b - a).total(), (a - b).total()


def body_f1(reference: str, found: str) -> float:
    """Return the F1 of one page's runs of four words."""
    hit, wrong, missed = body_counts(reference, found)
    return 2 * hit / (2 * hit + wrong + missed) if hit else 0.0


def word_f1(reference: str, found: str) -> float:
    """Return the F1 of the words of two titles."""
    a, b = Counter(_words(_folded(reference))), Counter(_words(_folded(found)))
    both = (a & b).total()
    return 2 * both / (a.total() + b.total()) if both else 0.0


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _words(text)
    count = max(1, len(words) - _GRAM + 1) if words else 0
    return Counter(tuple(words[start : start + _GRAM]) for start in range(count))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None

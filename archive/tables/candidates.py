"""The dates that a page gave, chosen or not, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, get_args

from archive.clock import from_text, to_text
from archive.errors import ArchiveUnreadable
from archive.models import DateCandidate, Via

# A page that is nothing but dates is no evidence of any: the first ones are.
_MOST = 100
_LISTS = frozenset(get_args(Via))
_LONGEST = 300  # characters of a date's own words


def to_json(candidates: Sequence[DateCandidate]) -> str | None:
    """Return the candidates as a JSON array of objects with the record's fields; None for none.

    Moments are the archive's `YYYY-MM-DDTHH:MM:SSZ`. At most 100 are written, the chosen ones among them.
    """
    numbers = range(len(candidates))
    kept = sorted(sorted(numbers, key=lambda number: candidates[number].verdict != "chosen")[:_MOST])
    rows = [
        {
            "role": candidate.role,
            "moment": to_text(candidate.moment) if candidate.moment else None,
            "precision": candidate.precision,
            "origin": candidate.origin,
            "text": candidate.text[:_LONGEST],
            "verdict": candidate.verdict,
        }
        for candidate in (candidates[number] for number in kept)
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else None


def from_json(text: str | None) -> tuple[DateCandidate, ...]:
    """Return the candidates that `to_json` wrote. Raises ArchiveUnreadable for other text."""
    try:
        return tuple(map(_candidate, json.loads(text))) if text else ()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveUnreadable(f"a report's dates are not as this program writes them: {error!r}") from None


def came_with_the_lead(published_from: str | None, text: str | None) -> bool:
    """Tell whether one of a report's dates was given by a feed, sitemap or listing, rather than by its page alone.

    published_from: the origin of the chosen one; text: the candidates as JSON. Raises ArchiveUnreadable.
    """
    origins = [each.origin for each in from_json(text) if each.role == "published"]
    return any(part in _LISTS for origin in (*origins, published_from or "") for part in origin.split("+"))


def _candidate(row: dict[str, Any]) -> DateCandidate:
    moment = from_text(row["moment"]) if row["moment"] else None
    return DateCandidate(row["role"], moment, row["precision"], row["origin"], row["text"], row["verdict"])

"""The dates of a report: whether its lead gave one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.models import DateCandidate
from archive.tables.candidates import came_with_the_lead, to_json

_MOMENT = datetime(2026, 1, 24, 15, 4, tzinfo=UTC)


def dates(*origins: str) -> str | None:
    """Return candidates for the publication from these origins, as the archive has them."""
    return to_json(
        [DateCandidate("published", _MOMENT, "minute", origin, "x", "chosen") for origin in origins]
    )


@pytest.mark.parametrize(
    ("origin", "candidates", "came"),
    [("text", dates("text", "url"), False), ("text", dates("text", "feed"), True), ("feed", None, True),
     ("json-ld:datePublished+sitemap", None, True), (None, None, False), ("text", None, False)],
)  # fmt: skip
def test_a_date_came_with_the_lead_or_is_the_pages_alone(
    origin: str | None, candidates: str | None, *, came: bool
) -> None:
    assert came_with_the_lead(origin, candidates) is came


def test_what_a_list_says_of_a_change_is_no_date_of_publication() -> None:
    changed = to_json([DateCandidate("modified", _MOMENT, "minute", "sitemap", "x", "chosen")])
    assert not came_with_the_lead("text", changed)

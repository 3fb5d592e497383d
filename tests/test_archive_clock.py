"""Instants as the archive writes them: read back as they were, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.clock import from_text, to_text

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES))  # noqa: DTZ001 - hypothesis adds it
def test_an_instant_is_read_back_to_the_second(moment: datetime) -> None:
    text = to_text(moment)
    assert (len(text), text[-1]) == (20, "Z")
    assert from_text(text) == moment.replace(microsecond=0)
    assert from_text(text).tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        to_text(datetime(2026, 1, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-24",
        "2026-01-24T15:04:11",
        "2026-01-24T15:04:11+00:00",
        "2026-01-24 15:04:11Z",
        "2026-W04-6T15:04:11Z",
        "2026-02-30T15:04:11Z",
        "2026-01-24T25:04:11Z",
        "2026-01-24T15:04:11.5Z",
        "",
    ],
)
def test_other_forms_are_no_instant(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        from_text(text)

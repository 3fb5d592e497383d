"""Retry-After: seconds and dates, and what strangers send instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.manners.retry_after import LONGEST, retry_after

NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), (" 120 ", 120), ("0", 0), ("0060", 60), ("30.0", 30), ("1.9", 1),
     ("Sun, 01 Nov 2026 06:05:00 GMT", 300), ("Sunday, 01-Nov-26 06:05:00 GMT", 300), ("Sun Nov  1 06:05:00 2026", 300),
     ("Sun, 01 Nov 2026 08:05:00 +0200", 300), ("Sun, 01 Nov 2026 05:00:00 GMT", 0)],
)  # fmt: skip
def test_seconds_and_dates(value: str, seconds: int) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["9" * 9, "9" * 60, "Sun, 01 Nov 2099 06:00:00 GMT", "604801"])
def test_absurd_ones_are_capped(value: str) -> None:
    assert retry_after(value, NOW) == LONGEST == timedelta(days=7)


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1e9", "5 minutes", "9" * 100, "Sun, 99 Foo 2026", "١٢٠x", ","]
)
def test_garbage_is_ignored(value: str | None) -> None:
    assert retry_after(value, NOW) is None


@given(st.text(max_size=80))
def test_nothing_makes_it_fail_or_exceed_its_bounds(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or timedelta() <= found <= LONGEST


@given(st.integers(0, 4_000_000_000))
def test_a_date_is_against_the_clock(timestamp: int) -> None:
    moment = datetime.fromtimestamp(timestamp, UTC)
    found = retry_after(format_datetime(moment, usegmt=True), NOW)
    assert found == min(max(moment - NOW, timedelta()), LONGEST)

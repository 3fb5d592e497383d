"""The delay between two requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.manners.pace import asked_delay, lengthened


def test_the_slower_of_crawl_delay_and_request_rate_counts() -> None:
    assert asked_delay(None, None) == 0
    assert asked_delay(10.0, None) == 10
    assert asked_delay(None, (1, 5)) == 5
    assert asked_delay(10.0, (30, 60)) == 10
    assert asked_delay(1.0, (2, 60)) == 30


def test_nonsense_asks_for_nothing() -> None:
    assert asked_delay(float("nan"), (0, 5)) == 0
    assert asked_delay(float("inf"), None) == 0
    assert asked_delay(-3.0, (1, -5)) == 0


@given(st.floats(0, 600), st.floats(0, 2), st.floats(0, 1))
def test_jitter_only_lengthens(delay: float, jitter: float, number: float) -> None:
    assert delay <= lengthened(delay, jitter, lambda: number) <= delay * (1 + jitter)

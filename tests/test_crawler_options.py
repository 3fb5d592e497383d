"""A crawl's options: read, or refused in one sentence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadOption
from crawler.options import CrawlOptions


def test_options_are_read() -> None:
    given = {"since": "2026-01-01", "until": "2026-01-31", "limit": "50"}
    assert CrawlOptions.parse(given) == CrawlOptions(date(2026, 1, 1), date(2026, 1, 31), 50)


@pytest.mark.parametrize("given", [{}, {"since": "", "until": "", "limit": ""}])
def test_what_is_not_given_is_no_limit(given: dict[str, str]) -> None:
    assert CrawlOptions.parse(given) == CrawlOptions()


def test_a_single_day_is_a_range() -> None:
    day = date(2026, 1, 24)
    assert CrawlOptions.parse({"since": "2026-01-24", "until": "2026-01-24"}) == CrawlOptions(day, day)


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "many", "٣", "1_000", " 5", "9" * 5000])
def test_a_limit_is_a_whole_number(limit: str) -> None:
    with pytest.raises(BadOption, match=r"^-a limit=.* is not a whole number of at least 1$"):
        CrawlOptions.parse({"limit": limit})


@given(st.dictionaries(st.sampled_from(["since", "until", "limit", "x"]), st.text()))
def test_any_text_is_read_or_refused_in_one_sentence(given: dict[str, str]) -> None:
    try:
        CrawlOptions.parse(given)
    except BadOption as error:
        assert str(error).startswith("-a ")  # noqa: PT017 - most texts are refused, not all

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.moments import plausible, w3c_moment


@pytest.mark.parametrize(("text", "parts"), [
    ("2026", (2026, 1, 1)),
    ("2026-03", (2026, 3, 1)),
    ("2026-03-04", (2026, 3, 4)),
    ("2026-3-4", (2026, 3, 4)),
    (" 2026-03-04\n", (2026, 3, 4)),
    ("2026-03-04T05:06Z", (2026, 3, 4, 5, 6)),
    ("2026-03-04T05:06:07Z", (2026, 3, 4, 5, 6, 7)),
    ("2026-03-04t05:06:07z", (2026, 3, 4, 5, 6, 7)),
    ("2026-03-04T05:06:07", (2026, 3, 4, 5, 6, 7)),
    ("2026-03-04 05:06:07 +0300", (2026, 3, 4, 2, 6, 7)),
    ("2026-03-04T05:06:07+03:00", (2026, 3, 4, 2, 6, 7)),
    ("2026-03-04T05:06:07-05:30", (2026, 3, 4, 10, 36, 7)),
    ("2026-03-04T05:06:07+03", (2026, 3, 4, 2, 6, 7)),
    ("2026-03-04T05:06:60Z", (2026, 3, 4, 5, 6, 59)),
])  # fmt: skip
def test_w3c_dates_of_every_length(text: str, parts: tuple[int, ...]) -> None:
    assert w3c_moment(text) == datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [
    "", "x", "24.01.2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00Z", "2026-01-01T00:00:00+99:00", "0000-00-00",
    "9999-12-31", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1994-12-31", "1970-01-01", "2026-01-01" * 9,
    "2026-01-24T",
])  # fmt: skip
def test_no_date_or_none_of_ours(text: str) -> None:
    assert w3c_moment(text) is None


def test_fractions_are_kept_or_dropped_but_read() -> None:
    moment = w3c_moment("2026-03-04T05:06:07.1234567+00:00")
    assert moment is not None
    assert moment.replace(microsecond=0) == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_plausible_is_in_utc() -> None:
    moment = plausible(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=3))))
    assert moment is not None
    assert (moment.tzinfo, moment.year) == (UTC, 2025)


@given(st.text(max_size=40) | st.text(alphabet="0123456789-:TZ+. W", max_size=40))
def test_any_text_is_an_aware_moment_or_none(text: str) -> None:
    moment = w3c_moment(text)
    assert moment is None or (moment.tzinfo is UTC and 1995 <= moment.year <= 2100)

"""Hours of the day in which a source may be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.manners.hours import Window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "is_open"),
    [("08-18", None, "2026-11-01T08:00", True), ("08-18", None, "2026-11-01T18:00", False),
     ("08-18", None, "2026-11-01T17:59:59", True), ("08-18", None, "2026-11-01T07:59:59", False),
     ("22-06", None, "2026-11-01T23:00", True), ("22-06", None, "2026-11-01T05:59", True),
     ("22-06", None, "2026-11-01T06:00", False), ("22-06", None, "2026-11-01T12:00", False),
     ("18-24", None, "2026-11-01T23:59", True), ("18-24", None, "2026-11-01T00:00", False),
     ("00-24", None, "2026-11-01T12:00", True), ("07-07", None, "2026-11-01T12:00", True),
     ("08-18", "Asia/Damascus", "2026-11-01T05:30", True), ("08-18", "Asia/Kabul", "2026-11-01T03:29", False),
     ("08-18", "Asia/Kabul", "2026-11-01T03:30", True)],
)  # fmt: skip
def test_when_it_is_open(hours: str, zone: str | None, moment: str, is_open: bool) -> None:
    assert Window.parse(hours, zone).is_open(at(moment)) is is_open


def test_when_it_closes() -> None:
    night = Window.parse("22-06", None)
    assert night.closes_at(at("2026-11-01T23:00")) == at("2026-11-02T06:00")
    assert night.closes_at(at("2026-11-01T05:00")) == at("2026-11-01T06:00")
    assert Window.parse("18-24", None).closes_at(at("2026-11-01T20:00")) == at("2026-11-02T00:00")
    assert Window.parse("00-24", None).closes_at(at("2026-11-01T20:00")) is None


def test_a_clock_that_is_put_back_in_the_night() -> None:
    berlin = Window.parse("22-06", "Europe/Berlin")
    assert berlin.closes_at(at("2026-10-24T22:00")) == at(
        "2026-10-25T05:00"
    )  # 06:00 there, an hour later than the day before
    assert berlin.is_open(at("2026-10-25T04:59"))
    assert not berlin.is_open(at("2026-10-25T05:00"))


@pytest.mark.parametrize("text", ["", "8-18", "24-06", "22-25", "22:00-06:00", "aa-bb"])
def test_other_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not hours of the day"):
        Window.parse(text, None)


def test_it_can_be_said() -> None:
    assert str(Window.parse("22-06", "Asia/Damascus")) == "22:00 to 06:00 Asia/Damascus"
    assert str(Window.parse("18-24", None)) == "18:00 to 24:00 UTC"


ZONES = st.sampled_from([None, "Asia/Kabul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.integers(0, 23), st.integers(0, 24), ZONES, MOMENTS)
def test_it_closes_within_a_day_and_a_bit_and_not_before_it_says(
    start: int, end: int, zone: str | None, moment: datetime
) -> None:
    window = Window.parse(f"{start:02}-{end:02}", zone)
    closes = window.closes_at(moment)
    if closes is None:
        assert window.is_open(moment)
        return
    assert moment < closes <= moment + timedelta(hours=26)
    if window.is_open(moment) and zone != "Australia/Lord_Howe":
        assert not window.is_open(closes)

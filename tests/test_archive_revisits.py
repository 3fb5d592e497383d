from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.tables.revisits import USUAL_AGES, next_revisit, read_age, read_ages

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGES = read_ages(USUAL_AGES)


def test_ages_are_hours_and_days() -> None:
    assert read_ages(["1h", "6h", "90d"]) == (HOUR, 6 * HOUR, 90 * DAY)
    assert read_ages([]) == ()


@pytest.mark.parametrize("text", ["", "h", "1", "0h", "-1h", "1.5h", "1w", "1 h", "99999d", "١h"])
def test_anything_else_is_no_age(text: str) -> None:
    with pytest.raises(ValueError, match="is no age such as 6h"):
        read_age(text)


@pytest.mark.parametrize("texts", [["6h", "1h"], ["1d", "24h"]])
def test_ages_rise(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="more than the one before"):
        read_ages(texts)


@pytest.mark.parametrize(
    ("published", "first_seen", "now", "due"),
    [
        (NOON, NOON, NOON, NOON + HOUR),
        (NOON, NOON, NOON + HOUR, NOON + 6 * HOUR),
        (None, NOON, NOON + 5 * DAY, NOON + 7 * DAY),
        # a mere day, or a date in another zone: counted from when it was found
        (NOON - 12 * HOUR, NOON, NOON, NOON + HOUR),
        (NOON + 3 * HOUR, NOON, NOON, NOON + HOUR),
        # found late
        (NOON - 2 * DAY, NOON, NOON, NOON + DAY),
        (NOON - 91 * DAY, NOON, NOON, None),
        (NOON, NOON, NOON + 90 * DAY, None),
    ],
)
def test_the_next_age_is_the_one_ahead(
    published: datetime | None, first_seen: datetime, now: datetime, due: datetime | None
) -> None:
    assert next_revisit(AGES, published=published, first_seen=first_seen, now=now) == due


@given(
    st.lists(st.timedeltas(min_value=HOUR, max_value=1000 * DAY), max_size=9, unique=True),
    st.none() | st.timedeltas(-9000 * DAY, 9 * DAY).map(lambda age: NOON + age),
    st.timedeltas(timedelta(0), 2000 * DAY),
)
def test_looks_lie_ahead_and_end(ages: list[timedelta], published: datetime | None, later: timedelta) -> None:
    now, looks = NOON + later, 0
    while now is not None and looks <= len(ages):
        due = next_revisit(sorted(ages), published=published, first_seen=NOON, now=now)
        assert due is None or due > now
        now, looks = due, looks + 1  # type: ignore[assignment]
    assert looks <= len(ages) + 1

"""When a report is looked at again: at set ages, closer together while it is young, when most edits are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

# The ages at which a report is looked at again unless its source's entry says otherwise.
USUAL_AGES = ("1h", "6h", "1d", "3d", "7d", "30d", "90d")
_AGE = re.compile(r"([1-9]\d{0,3})([hd])")
# A report that was found within a day of its date is as old as our knowledge of it: many dates are mere days, and
# others are in a zone that nobody declared.
_FRESH = timedelta(days=1)


def read_age(text: str) -> timedelta:
    """Return the age that `text` names ("6h", "3d"). Raises ValueError for anything else."""
    match = _AGE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no age such as 6h (hours) or 3d (days)")
    count = int(match[1])
    return timedelta(hours=count) if match[2] == "h" else timedelta(days=count)


def read_ages(texts: Iterable[str]) -> tuple[timedelta, ...]:
    """Return the ages that `texts` name. Raises ValueError unless each is more than the one before."""
    ages = tuple(map(read_age, texts))
    if any(later <= earlier for earlier, later in pairwise(ages)):
        raise ValueError("each age has to be more than the one before")
    return ages


def next_revisit(
    ages: Sequence[timedelta], *, published: datetime | None, first_seen: datetime, now: datetime
) -> datetime | None:
    """Return when a report that was looked at `now` is to be looked at next; None if it's older than all `ages`.

    All moments are aware. A report that came to light long after its publication is as old as that.
    """
    is_old = published is not None and first_seen - published > _FRESH
    born = published if is_old and published is not None else first_seen
    return next((born + age for age in ages if born + age > now), None)

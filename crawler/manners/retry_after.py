"""The header Retry-After: how long a server asks to be left alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# What asks for more is a mistake, or a ban, which is noticed as such by the time that this is over.
LONGEST = timedelta(days=7)
_LONGEST_VALUE = 64  # characters; an HTTP date has 29
_SECONDS = re.compile(r"(\d+)(?:\.\d*)?")
_MOST_DIGITS = 9  # thirty years


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return how long from `now` (aware) a Retry-After header asks to wait: none to LONGEST.

    value: seconds, or an HTTP date (RFC 9110, 10.2.3); None, and what is neither, gives None.
    """
    if value is None or len(value) > _LONGEST_VALUE:
        return None
    text = value.strip()
    seconds = _SECONDS.fullmatch(text)
    if seconds is not None:
        digits = seconds[1].lstrip("0")
        return min(timedelta(seconds=int(digits or "0")), LONGEST) if len(digits) <= _MOST_DIGITS else LONGEST
    moment = _http_date(text)
    return None if moment is None else min(max(moment - now, timedelta()), LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        # "-0000", and the older forms of a date, name no zone: HTTP knows only GMT
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

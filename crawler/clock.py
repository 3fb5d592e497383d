"""The process's clock: the real one, or one that began at an instant of the user's choice."""

from __future__ import annotations

import time
from datetime import timedelta

from archive.clock import Clock, from_text, utc_now
from crawler.errors import BadOption


def clock_from(start: str) -> Clock:
    """Return a clock that shows `start` (YYYY-MM-DDTHH:MM:SSZ) now and goes on from there; "" is the real time.

    Raises BadOption for anything else.
    """
    if not start:
        return utc_now
    try:
        began = from_text(start)
    except ValueError:
        raise BadOption(f"NOW={start!r} is not an instant such as 2026-11-01T06:00:00Z") from None
    since = time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - since)

"""Hours of the day: when a source may be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Self
from zoneinfo import ZoneInfo

_HOURS = re.compile(r"(\d{2})-(\d{2})")
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end` of each day, on the clocks of `zone`; one that ends before it starts is a night.

    The end is no part of it. A start that is the end means the whole day.
    """

    start: time
    end: time
    zone: tzinfo = UTC

    @classmethod
    def parse(cls, hours: str, time_zone: str | None) -> Self:
        """Return the window of a catalogue entry's `hours` ("22-06", "00-24") in an IANA zone, or UTC.

        Raises ValueError for other text.
        """
        match = _HOURS.fullmatch(hours)
        if match is None or int(match[1]) > 23 or int(match[2]) > 24:
            raise ValueError(f"{hours!r} is not hours of the day such as 22-06")
        start, end = (time(int(hour) % 24) for hour in match.groups())
        return cls(start, end, ZoneInfo(time_zone) if time_zone else UTC)

    def is_open(self, moment: datetime) -> bool:
        """Tell whether an aware datetime lies within."""
        if self.start == self.end:
            return True
        here = moment.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= here < self.end
        return here >= self.start or here < self.end

    def closes_at(self, moment: datetime) -> datetime | None:
        """Return the first end after an aware datetime, in UTC; None if the window never closes."""
        if self.start == self.end:
            return None
        today = moment.astimezone(self.zone).date()
        for day in (today, today + _DAY):
            end = datetime.combine(day, self.end, self.zone).astimezone(UTC)
            if end > moment:
                return end
        return moment.astimezone(UTC) + _DAY  # a day of 25 hours

    def __str__(self) -> str:
        """Return it for a sentence: "22:00 to 06:00 Asia/Damascus"."""
        end = "24:00" if self.end == _MIDNIGHT else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M} to {end} {self.zone}"

"""How often a source publishes, learned from its own reports, and when a pause is longer than its pauses are.

The rule. Reports of one hour are one appearance. The rate of appearances has a value for each weekday (UTC),
drawn towards the mean as if the source had been watched for one average day more, so that one quiet Friday
proves nothing. With these rates time is measured not in hours but in the appearances to be expected in it (the
time-rescaling theorem: Brown et al., Neural Computation 14, 2002): a free weekend is then as short as it should
be, and the mean pause is 1 for every source.

A source is silent when the pause since its last report, measured so, is longer than `limit`:

- twice the expected interval at most, if no pause of its own was longer than three and a half: a source that
  publishes every day is missed on the second day. One that is very regular is missed earlier, but not before one
  and a half intervals;
- its own longest pause, if that was longer: some sources publish in bursts, and of intervals at random one in
  seven is longer than twice the mean, so a bare "twice" would cry wolf every week.

Against false alarms: the longest pause counts for more the fewer pauses were seen (a factor 1 + 4/n: the next
of n + 1 pauses is the longest with a chance of 1/(n + 1)); a single pause more than twice as long as any other
was an outage, the source's or ours, and is no habit; nothing shorter than a day and a half is called silence
(nights), and nothing shorter than three days before two weeks were seen (weekends). Pauses are measured as we
saw them too: a source whose sitemap comes once a week looks silent until then, and that is its habit.

The pause ends with our last look, not with now: what we did not look at is not silent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_FEWEST_PAUSES = 4
_SHORTEST_HISTORY = 2.0  # days; below, nothing is known of its nights
_TWO_WEEKS = 14.0
_SHORTEST_SILENCE = timedelta(hours=36)
_SHORTEST_SILENCE_OF_NEW = timedelta(days=3)
_ENOUGH_FOR_OUTLIERS = 10
# Expected appearances in its longest pause, from which on a source is one of bursts or of chance: of twenty
# intervals at random, the longest is 3.6 times the mean.
_BURSTS = 3.5


@dataclass(frozen=True, slots=True)
class Seen:
    """A report: when it was published (or, if nobody knows, first seen), and when we first saw it."""

    moment: datetime
    first_seen_at: datetime
    words: int = 0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was learned of a source.

    by_weekday: appearances a day to be expected, from Monday. pauses: how many were seen. longest: the longest
    pause that counts, in expected appearances. span: days from the first to the last appearance.
    """

    by_weekday: tuple[float, ...]
    pauses: int
    longest: float
    span: float

    def expected(self, start: datetime, end: datetime) -> float:
        """Return how many appearances are to be expected from `start` to `end`."""
        return self._until(_days(end)) - self._until(_days(start))

    @property
    def limit(self) -> float:
        """Return after how many expected appearances without one the source is silent."""
        habit = self.longest * (1 + 4 / self.pauses)
        return habit if self.longest > _BURSTS else max(1.5, min(2.0, habit))

    @property
    def interval(self) -> timedelta:
        """Return the mean time between two appearances."""
        return timedelta(days=self.span / self.pauses)

    def is_silent(self, last: datetime, looked_at: datetime) -> bool:
        """Tell whether the pause from the last report to our last look is longer than the source's are."""
        shortest = _SHORTEST_SILENCE if self.span >= _TWO_WEEKS else _SHORTEST_SILENCE_OF_NEW
        return looked_at - last > shortest and self.expected(last, looked_at) > self.limit

    def _until(self, day: float) -> float:
        weeks, rest = divmod(day, 7)
        whole = int(rest)
        return (
            weeks * sum(self.by_weekday)
            + sum(self.by_weekday[:whole])
            + (rest - whole) * self.by_weekday[min(whole, 6)]
        )


def learn(reports: Sequence[Seen], looks: Sequence[datetime]) -> Rhythm | None:
    """Return the rhythm of a source's reports; None if they are too few, or of too few days, to tell.

    reports: by moment. looks: when we looked for reports, in order.
    """
    appearances = _appearances([report.moment for report in reports])
    days = [_days(moment) for moment in appearances]
    pauses = len(days) - 1
    if pauses < _FEWEST_PAUSES or days[-1] - days[0] < _SHORTEST_HISTORY:
        return None
    rhythm = Rhythm(_rates(days), pauses, longest=0.0, span=days[-1] - days[0])
    silences = [rhythm.expected(before, after) for before, after in pairwise(appearances)]
    for number, silence in _as_we_saw_it(rhythm, appearances, reports, looks):
        silences[number] = max(silences[number], silence)
    return Rhythm(rhythm.by_weekday, pauses, _longest(silences), rhythm.span)


def _appearances(moments: Sequence[datetime]) -> list[datetime]:
    """Return the last moment of each hour that has one."""
    by_hour = {(moment - _MONDAY) // _HOUR: moment for moment in moments}
    return list(by_hour.values())


def _rates(days: Sequence[float]) -> tuple[float, ...]:
    """Return appearances a day by weekday, so that as many are expected as there were."""
    counts, exposure = [0] * 7, [0.0] * 7
    for day in days[1:]:
        counts[int(day % 7)] += 1
    for number in range(int(days[0]), int(days[-1]) + 1):
        exposure[number % 7] += min(number + 1.0, days[-1]) - max(float(number), days[0])
    mean = sum(counts) / sum(exposure)
    rates = [(count + mean) / (seen + 1) for count, seen in zip(counts, exposure, strict=True)]
    scale = sum(counts) / sum(rate * seen for rate, seen in zip(rates, exposure, strict=True))
    return tuple(rate * scale for rate in rates)


def _as_we_saw_it(
    rhythm: Rhythm, appearances: Sequence[datetime], reports: Sequence[Seen], looks: Sequence[datetime]
) -> list[tuple[int, float]]:
    """Return, for each look but those since the last report, after which appearance it was, and the pause seen."""
    found = sorted(reports, key=lambda report: report.first_seen_at)
    seen, newest, silences = 0, appearances[0], []
    for look in looks:
        while seen < len(found) and found[seen].first_seen_at <= look:
            newest = max(newest, found[seen].moment)
            seen += 1
        number = bisect_right(appearances, newest) - 1
        if seen and look > newest and number < len(appearances) - 1:
            silences.append((max(number, 0), rhythm.expected(newest, look)))
    return silences


def _longest(silences: Sequence[float]) -> float:
    *_, second, first = sorted(silences)
    return second if len(silences) >= _ENOUGH_FOR_OUTLIERS and first > 2 * second else first


def _days(moment: datetime) -> float:
    """Return days since a Monday, so that `% 7` is the weekday."""
    return (moment - _MONDAY) / _DAY

"""The numbers behind a verdict: what a source gave lately against what it used to give."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from archive.health.facts import RunFacts, SourceFacts
from archive.health.rhythm import Rhythm, Seen, learn

_WEEK = timedelta(days=7)
_BY_HAND = timedelta(minutes=5)  # somebody tries again at once; no schedule is so tight
_WEEKS = 8
_RUNS_FOR_INTERVAL = 20
_RECENT_REPORTS = 10
_EARLIER_REPORTS = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """How many of the pages fetched were a report."""

    pages: int
    reports: int

    @property
    def share(self) -> float | None:
        """Return the part of the pages that were; None if there were none."""
        return self.reports / self.pages if self.pages else None


@dataclass(frozen=True, slots=True)
class Bodies:
    """Median length of reports in words: of the last ten, and of those before. short: the shortest tenth of those."""

    now: float
    before: float
    short: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Shares are parts of 1; None stands for what nobody can tell yet.

    usual_interval: between two crawls. week, weeks: reports of the seven days before the last look, and of each of
    the (up to eight) weeks before these, the latest first. page_yield: of the last week's pages.
    """

    last_run_at: datetime | None
    last_success_at: datetime | None
    last_report: Seen | None
    last_found_at: datetime | None
    usual_interval: timedelta | None
    rhythm: Rhythm | None
    week: int
    weeks: tuple[int, ...]
    page_yield: Yield
    page_yield_before: Yield
    bodies: Bodies | None

    @property
    def last_report_at(self) -> datetime | None:
        """Return when the newest report appeared."""
        return self.last_report.moment if self.last_report else None

    @property
    def words(self) -> float | None:
        """Return the median length of the last ten reports."""
        return self.bodies.now if self.bodies else None

    @property
    def words_before(self) -> float | None:
        """Return the median length of the reports before these."""
        return self.bodies.before if self.bodies else None

    @property
    def expected_week(self) -> float | None:
        """Return how many reports a week brings, by the weeks before the last one; a week has each weekday once."""
        return statistics.fmean(self.weeks) if self.weeks else None


def measure(facts: SourceFacts) -> Figures:
    """Return the figures of a source."""
    looks = [run.started_at for run in reversed(facts.runs) if run.read_something and run.kind == "crawl"]
    success, reports = facts.last_success_at, facts.reports
    page_yield, before = yields(facts.runs, _WEEK, success) if success else (Yield(0, 0), Yield(0, 0))
    week, *weeks = _weeks(reports, success) if success else [0]
    return Figures(
        last_run_at=max((run.started_at for run in facts.runs if run.kind == "crawl"), default=None),
        last_success_at=success,
        last_report=reports[-1] if reports else None,
        last_found_at=max((report.first_seen_at for report in reports), default=None),
        usual_interval=_usual_interval(facts.runs),
        rhythm=learn(reports, looks),
        week=week,
        weeks=tuple(weeks),
        page_yield=page_yield,
        page_yield_before=before,
        bodies=_bodies(reports),
    )


def yields(runs: Sequence[RunFacts], length: timedelta, end: datetime) -> tuple[Yield, Yield]:
    """Return the yield of the runs of the last `length` before `end`, and of the earlier ones."""
    recent = [run for run in runs if run.started_at > end - length]
    return _yield(recent), _yield([run for run in runs if run.started_at <= end - length])


def newest_yields(runs: Sequence[RunFacts], pages: int) -> tuple[Yield, Yield]:
    """Return the yield of the newest runs that have `pages` pages together, and of the earlier ones."""
    seen = 0
    for number, run in enumerate(runs, start=1):
        seen += run.pages
        if seen >= pages:
            return _yield(runs[:number]), _yield(runs[number:])
    return _yield(runs), Yield(0, 0)


def _yield(runs: Sequence[RunFacts]) -> Yield:
    return Yield(sum(run.pages for run in runs), sum(run.reports for run in runs))


def _usual_interval(runs: Sequence[RunFacts]) -> timedelta | None:
    """Return the median time between two of the last crawls; None as long as there were not three."""
    starts = [run.started_at for run in runs if run.kind == "crawl"][: _RUNS_FOR_INTERVAL + 1]
    gaps = [later - earlier for later, earlier in pairwise(starts)]
    seconds = [gap.total_seconds() for gap in gaps if gap > _BY_HAND]
    return timedelta(seconds=statistics.median(seconds)) if len(seconds) > 1 else None


def _weeks(reports: Sequence[Seen], end: datetime) -> list[int]:
    """Return the number of reports in each of the last weeks before `end`, the latest first.

    A week before the first report that we know of may be one that we know too little of, and is left out.
    """
    if not reports:
        return [0]
    known = min(1 + _WEEKS, max(1, int((end - reports[0].moment) / _WEEK)))
    counts = [0] * known
    for report in reports:
        number = int((end - report.moment) / _WEEK) if report.moment <= end else 0
        if number < known:
            counts[number] += 1
    return counts


def _bodies(reports: Sequence[Seen]) -> Bodies | None:
    words = [report.words for report in sorted(reports, key=lambda report: report.first_seen_at)]
    earlier, recent = words[:-_RECENT_REPORTS], words[-_RECENT_REPORTS:]
    if len(earlier) < _EARLIER_REPORTS:
        return None
    return Bodies(
        statistics.median(recent), statistics.median(earlier), statistics.quantiles(earlier, n=10)[0]
    )

"""Rules about what a source gives: are there reports, are they whole, are they as many as usual.

Each returns its sentence, or None where it has nothing to say.
"""

from __future__ import annotations

import math
from datetime import timedelta

from archive.health.case import Case
from archive.health.figures import Yield, newest_yields
from archive.health.words import error_of, instant, percent, span
from archive.text.counting import counted

_DAY = timedelta(days=1)
_HALF = 0.5
# Yield is looked at over the last 6 pages (all lost: seen the same day) and the last 20 (half lost).
_PAGES = (6, 20)
_FEWEST_PAGES_BEFORE = 20
_CHANCE = 0.001
_FEWEST_WEEKS, _FEWEST_EXPECTED = 3, 10
_QUIET = 0.75  # of the pause after which a source is silent


def failing(case: Case) -> str | None:
    """Most of what was found could not be fetched."""
    return case.most_leads(("failed", "gone"), "could not be fetched")


def layout(case: Case) -> str | None:
    """The pages are no reports any more, or much shorter ones: the extraction, or the site, has changed."""
    runs = [run for run in case.facts.runs if run.pages]
    small, large = _PAGES
    recent, before = newest_yields(runs, small)
    for pages in (small, large) if _is_lower(recent, before) else ():
        recent, before = newest_yields(runs, pages)
        if _is_lower(recent, before) and _is_no_chance(recent, before):
            return (
                f"of the last {recent.pages} pages fetched, {recent.reports} were a report"
                f" ({percent(recent.share)}); before, {percent(before.share)} of {before.pages} were"
            )
    bodies = case.figures.bodies
    if bodies is not None and bodies.now < min(_HALF * bodies.before, bodies.short):
        return (
            f"the last ten reports have {bodies.now:.0f} words (median); before, they had {bodies.before:.0f}"
        )
    return None


def _is_lower(recent: Yield, before: Yield) -> bool:
    if recent.share is None or before.share is None or before.pages < _FEWEST_PAGES_BEFORE:
        return False
    return recent.share < _HALF * before.share


def _is_no_chance(recent: Yield, before: Yield) -> bool:
    """Tell whether so low a yield comes by chance less than once in a thousand times (Hoeffding's inequality)."""
    if recent.share is None or before.share is None:
        return False
    return math.exp(-2 * recent.pages * (before.share - recent.share) ** 2) < _CHANCE


def silent(case: Case) -> str | None:
    """There was no report for longer than there ever was none; see `archive.health.rhythm`."""
    figures = case.figures
    report, looked_at, rhythm = figures.last_report, figures.last_success_at, figures.rhythm
    if (
        report is None
        or looked_at is None
        or rhythm is None
        or not rhythm.is_silent(report.moment, looked_at)
    ):
        return None
    pause = rhythm.expected(report.moment, looked_at)
    return (
        f"no new report for {span(looked_at - report.moment)}, from {instant(report.moment)} to our last look: {pause:.1f}"
        f" times its usual pause for these weekdays ({span(rhythm.interval)} on average; its longest was"
        f" {rhythm.longest:.1f} times){_found_since(case)}"
    )


def fewer(case: Case) -> str | None:
    """The last week brought less than half of the worst week before: a part of the site may be missed."""
    figures = case.figures
    expected, weeks = figures.expected_week, figures.weeks
    if expected is None or len(weeks) < _FEWEST_WEEKS or expected < _FEWEST_EXPECTED:
        return None
    if figures.week >= _HALF * min(weeks):
        return None
    return (
        f"{counted(figures.week, 'report')} in the last seven days; the {len(weeks)} weeks before brought"
        f" {expected:.0f} each, and none less than {min(weeks)}"
    )


def too_new(case: Case) -> str | None:
    """Too little is known of it."""
    if case.figures.rhythm is not None:
        return None
    reports = len(case.facts.reports)
    if not reports:
        return f"no report of it yet; it was first crawled {instant(case.facts.runs[-1].started_at)}"
    first = case.facts.reports[0].moment
    return f"{counted(reports, 'report')} since {instant(first)}: too few, or of too few days, to know its rhythm"


def quiet(case: Case) -> str | None:
    """There is no report for a while, or no answer for hours; both happen."""
    figures = case.figures
    if case.is_unread:
        return f"the last run could read nothing{error_of(case.active)}; {case.last_read}"
    report, looked_at, rhythm = figures.last_report, figures.last_success_at, figures.rhythm
    if report is None or looked_at is None or rhythm is None:
        return None
    pause = rhythm.expected(report.moment, looked_at)
    if pause <= _QUIET * rhythm.limit or looked_at - report.moment <= _DAY:
        return None
    return (
        f"no new report since {instant(report.moment)}: {pause:.1f} times its usual pause for these weekdays, which is"
        f" within its habits (silent after {rhythm.limit:.1f})"
    )


def fine(case: Case) -> str:
    """Tell what a healthy source gives."""
    figures = case.figures
    report = figures.last_report
    last = f"last new report {instant(report.moment)}" if report else "no report yet"
    if figures.expected_week is None:
        return f"{last}; {counted(figures.week, 'report')} in the last seven days"
    return f"{last}; {counted(figures.week, 'report')} in the last seven days, {figures.expected_week:.0f} expected"


def _found_since(case: Case) -> str:
    """Tell of reports that were found after the last one appeared, though they are older."""
    report, found = case.figures.last_report, case.figures.last_found_at
    if report is None or found is None or found - report.first_seen_at < _DAY:
        return ""
    return f"; older reports were found until {instant(found)}"

"""Rules about reaching a source: was it crawled, does it refuse us, can what it lists be read.

Each returns its sentence, or None where it has nothing to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from archive.health.case import Case
from archive.health.facts import EndpointFacts
from archive.health.words import ago, error_of, instant, names, span
from archive.text.counting import counted

_DAY = timedelta(days=1)
# A scheduler that missed three turns is dead; one turn, or a late one, is a busy machine.
_MISSED_TURNS = 3
_SHORTEST_ABSENCE = timedelta(hours=6)
# A site that is down for an evening is no dead feed; one that fails three times over half a day is.
_FAILURES, _FAILING_FOR = 3, timedelta(hours=12)
_DEAD_AFTER = timedelta(days=3)
_FROZEN_AFTER = timedelta(days=28)


# -- was it crawled at all --------------------------------------------------------------------------------


def not_crawled(case: Case) -> str | None:
    """No run for several of its usual intervals, or none that asked the site for anything: our fault, not its."""
    figures = case.figures
    if figures.last_run_at is None:
        return None
    usual = figures.usual_interval
    limit = max(_MISSED_TURNS * (usual or _DAY), _SHORTEST_ABSENCE)
    if case.now - figures.last_run_at > limit:
        habit = (
            f"before, it was crawled every {span(usual)}"
            if usual
            else "before, there were too few for a habit"
        )
        return f"the last run began {ago(figures.last_run_at, case.now)}; {habit}"
    success = figures.last_success_at
    since = [run for run in case.facts.runs if success is None or run.started_at > success]
    start = success or since[-1].started_at
    if any(run.requests for run in since) or case.facts.pauses or case.now - start <= max(limit, _DAY):
        return None
    endings = Counter(run.finish_reason or "not finished" for run in since)
    told = ", ".join(f"{reason} {number}" for reason, number in endings.most_common())
    return (
        f"{counted(len(since), 'run')} since {instant(start)}, and none asked the site for anything ({told})"
    )


def never_crawled(case: Case) -> str | None:
    """There is no crawl of it."""
    if case.figures.last_run_at is not None:
        return None
    if case.facts.imported:
        return f"no crawl of it is in this archive, only {counted(case.facts.imported, 'imported report')}"
    return "no crawl of it is in this archive"


# -- does it refuse us ------------------------------------------------------------------------------------


def blocked(case: Case) -> str | None:
    """It refuses us."""
    facts = case.facts
    reason = facts.pause_reason or "no reason was recorded"
    if facts.paused_until is not None and facts.paused_until > case.now:
        return f"it refused us ({reason}); paused until {instant(facts.paused_until)}"
    if facts.pauses:
        return (
            f"it refused us {counted(facts.pauses, 'time')} in a row ({reason}), and has not answered since"
        )
    refused = case.refusing("blocked")
    if refused or (facts.runs and facts.runs[0].finish_reason == "blocked"):
        return f"the last run was refused{error_of(refused)}; {case.last_read}"
    return case.most_leads(("blocked",), "were refused (401, 403, 429, 451 or a challenge)")


def robots(case: Case) -> str | None:
    """robots.txt keeps us out."""
    forbidden = case.refusing("robots")
    if forbidden:
        return f"robots.txt forbids {names(forbidden)}; {case.last_read}"
    return case.most_leads(("robots",), "are forbidden by robots.txt")


# -- is there anything to be read -------------------------------------------------------------------------


def feed_dead(case: Case) -> str | None:
    """What it is discovered by fails, has become empty, or is frozen while the rest goes on."""
    active = case.active
    if case.is_unread and _is_lasting(case):
        told = (
            f"none of its {len(active)} feeds, sitemaps and listings" if len(active) > 1 else "nothing of it"
        )
        return f"{told} can be read: {names(active)}{error_of(active)}; {case.last_read}"
    dead = [endpoint for endpoint in active if _died(endpoint, case.now)]
    if dead:
        return f"{names(dead)} gave reports once, and can't be read any more{error_of(dead)}"
    frozen = _frozen(active)
    if frozen:
        since = max(endpoint.last_new_at for endpoint in frozen if endpoint.last_new_at)
        return f"{names(frozen)} can be read, but lists nothing new since {instant(since)}, while others do"
    return _lists_nothing(case)


def _is_lasting(case: Case) -> bool:
    success = case.figures.last_success_at
    if success is None or case.now - success > _DEAD_AFTER:
        return True
    return case.now - success > _FAILING_FOR and min(e.failures for e in case.active) >= _FAILURES


def _died(endpoint: EndpointFacts, now: datetime) -> bool:
    if endpoint.is_read or endpoint.last_new_at is None or endpoint.failures < _FAILURES:
        return False
    return endpoint.last_read_at is None or now - endpoint.last_read_at > _DEAD_AFTER


def _frozen(active: Sequence[EndpointFacts]) -> list[EndpointFacts]:
    """Return feeds and listings that gave nothing for weeks; of sitemaps, the old ones never do."""
    newest = max((e.last_new_at for e in active if e.last_new_at), default=None)
    if newest is None:
        return []
    return [
        endpoint
        for endpoint in active
        if endpoint.kind != "sitemap"
        and endpoint.is_read
        and endpoint.last_new_at
        and newest - endpoint.last_new_at > _FROZEN_AFTER
    ]


def _lists_nothing(case: Case) -> str | None:
    """Tell of a source whose feeds are read, in full, but have become empty, or lead to no report any more."""
    looks = [run for run in case.facts.runs if run.read_something and run.kind == "crawl"]
    recent, earlier = looks[:_FAILURES], looks[_FAILURES:]
    if len(recent) < _FAILURES or not any(run.found for run in earlier) or any(run.found for run in recent):
        return None
    if not case.active or any(endpoint.outcome != "read" for endpoint in case.active):
        return None  # what has not changed lists nothing new, and that is no wonder
    if all(endpoint.kind == "sitemap" for endpoint in case.active):
        return None  # a news sitemap holds two days; after two of silence it is empty, and the source silent
    last = next(run for run in earlier if run.found)
    return (
        f"{names(case.active)} can be read, but lists no report at all any more; the last run that found any"
        f" ({last.found}) began {instant(last.started_at)}"
    )

"""One verdict a source, with the sentence that says what was seen. Pure: facts in, words out.

The rules are asked from the worst on, and what explains a silence is asked before silence itself: a source that
refuses us, or whose pages fail, is not silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.health import output, reach
from archive.health.case import Case
from archive.health.facts import SourceFacts
from archive.health.figures import Figures, measure


class Verdict(StrEnum):
    """How a source is, in words; the worst first."""

    NOT_CRAWLED = "not crawled lately"
    BLOCKED = "blocked"
    ROBOTS = "robots refused"
    FEED_DEAD = "feed dead"
    FAILING = "failing"
    LAYOUT = "layout changed"
    SILENT = "silent"
    FEWER = "far fewer"
    NEVER_CRAWLED = "never crawled"
    TOO_NEW = "too new to tell"
    QUIET = "quiet"
    FINE = "fine"


_NO_ALARM = frozenset({Verdict.TOO_NEW, Verdict.QUIET, Verdict.FINE})


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on a source: the sentence for it, whether it is no cause for alarm, and the figures."""

    source_id: str
    name: str
    verdict: Verdict
    sentence: str
    is_fine: bool
    facts: SourceFacts
    figures: Figures


def judge(facts: SourceFacts, now: datetime) -> Health:
    """Return the verdict on a source at `now`, and what it stands on."""
    case = Case(facts, measure(facts), now)
    verdict, sentence = next((word, said) for word, rule in _RULES if (said := rule(case)) is not None)
    # a source whose reports were imported is crawled by nobody on purpose
    is_fine = verdict in _NO_ALARM or (verdict is Verdict.NEVER_CRAWLED and facts.imported > 0)
    return Health(facts.source_id, facts.name, verdict, sentence, is_fine, facts, case.figures)


_RULES: tuple[tuple[Verdict, Callable[[Case], str | None]], ...] = (
    (Verdict.NEVER_CRAWLED, reach.never_crawled),
    (Verdict.NOT_CRAWLED, reach.not_crawled),
    (Verdict.BLOCKED, reach.blocked),
    (Verdict.ROBOTS, reach.robots),
    (Verdict.FEED_DEAD, reach.feed_dead),
    (Verdict.FAILING, output.failing),
    (Verdict.LAYOUT, output.layout),
    (Verdict.SILENT, output.silent),
    (Verdict.FEWER, output.fewer),
    (Verdict.TOO_NEW, output.too_new),
    (Verdict.QUIET, output.quiet),
    (Verdict.FINE, output.fine),
)

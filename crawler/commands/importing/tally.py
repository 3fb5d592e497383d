"""What became of every record of an import: what went in equals what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from archive.evidence.foreign import TOO_LARGE
from archive.models import Outcome

BROKEN = "broken"
LOCKED_OUT = "its source is being crawled"
NO_DATE = "no date"
NO_HTTP = "no HTTP answer"
NO_ORIGINAL = "a revisit without its original"
NO_REPORT = "no report by its address"
NO_SOURCE = "of no source"
NOT_HTML = "content type"
NOT_MATCHED = "not --url-pattern"
OTHER_SOURCE = "of another source"
ROBOTS_TXT = "robots.txt"
STATUS = "status"
TOO_EARLY, TOO_LATE = "before --since", "after --until"

# What became of pages that were taken for reports, in the order in which it is told.
OUTCOMES: dict[str, str] = {
    Outcome.STORED: "new reports",
    Outcome.CHANGED: "known reports with another text: a revision",
    Outcome.UNCHANGED: "known reports with the same text",
    Outcome.DUPLICATE: "led to a report that is archived at its own address",
    Outcome.NOT_ARTICLE: "held no report",
    Outcome.FAILED: "could not be extracted",
    Outcome.KNOWN: "archived already: same address, date and bytes",
}
_REASONS: dict[str, str] = {
    NO_REPORT: "pages of a source, and no report by their address",
    NO_SOURCE: "pages of hosts that no source has (--unknown takes them)",
    OTHER_SOURCE: "pages of other sources than --source",
    STATUS: "answers with another status than 200",
    NOT_HTML: "answers of another content type than HTML",
    ROBOTS_TXT: "robots.txt",
    TOO_LARGE: "larger than a page may be",
    NO_HTTP: "responses that hold no HTTP answer",
    NO_DATE: "records without a date that can be read",
    NO_ORIGINAL: "revisits whose original is neither here nor in the archive",
    TOO_EARLY: "captured before --since",
    TOO_LATE: "captured after --until",
    NOT_MATCHED: "addresses that --url-pattern does not match",
    LOCKED_OUT: "left for the next run: their source is being crawled",
    BROKEN: "broken records, skipped",
}
_MOST_TOLD = 10


@dataclass(slots=True)
class Tally:
    """Counts records by what became of them.

    files: those that were read to their end; resumed, done_before: of them those that were begun before, and those
    that were not read again since nothing is left in them. problems: files that can't be read, a sentence each.
    """

    counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    files: int = 0
    resumed: int = 0
    done_before: int = 0
    problems: list[str] = field(default_factory=list)
    learned: int = 0
    is_stopped: bool = False

    @property
    def records(self) -> int:
        """Return how many records were read."""
        return sum(self.counts.values())

    @property
    def pages(self) -> int:
        """Return how many of them were taken for reports."""
        return sum(self.counts[outcome] for outcome in OUTCOMES)

    def as_json(self, seconds: float) -> dict[str, Any]:
        """Return the counts for a program."""
        told = [*OUTCOMES, *_REASONS]
        return {
            "records": self.records,
            "outcomes": {what: self.counts[what] for what in told if self.counts[what]} | self._kinds(),
            "sources": dict(self.sources),
            "files": self.files,
            "resumed": self.resumed,
            "done_before": self.done_before,
            "problems": self.problems,
            "seconds": round(seconds, 3),
        }

    def lines(self, seconds: float) -> list[str]:
        """Return the summary. seconds: how long it took."""
        rate = f", {self.pages / seconds:.1f} pages a second" if self.pages and seconds else ""
        lines = [f"{_many(self.records, 'record')} in {self._files()}{rate}"]
        lines += self._table(OUTCOMES)
        lines += self._table(_REASONS)
        lines += self._sum_of("records that are no responses", self._kinds())
        lines += [f"    by source: {_listed(self.sources)}"] if self.sources else []
        return lines

    def _files(self) -> str:
        told = [_many(self.files, "file")]
        told += [f"{self.resumed} of them begun before"] if self.resumed else []
        told += [f"{_many(self.done_before, 'file')} read before"] if self.done_before else []
        return ", ".join(told)

    def _table(self, words: dict[str, str]) -> list[str]:
        details = {STATUS: self.statuses, Outcome.NOT_ARTICLE: self.reasons}
        return [
            f"{self.counts[what]:>9,}  {says}{_details(details.get(what))}"
            for what, says in words.items()
            if self.counts[what]
        ]

    def _kinds(self) -> dict[str, int]:
        return {kind: count for kind, count in self.counts.items() if kind not in {*OUTCOMES, *_REASONS}}

    @staticmethod
    def _sum_of(says: str, counts: dict[str, int] | Counter[str]) -> list[str]:
        total = sum(counts.values())
        return [f"{total:>9,}  {says}{_details(Counter(counts))}"] if total else []


def _details(counts: Counter[str] | None) -> str:
    return f" ({_listed(counts)})" if counts else ""


def _listed(counts: Counter[str]) -> str:
    told = [f"{name} {count:,}" for name, count in counts.most_common(_MOST_TOLD)]
    rest = sum(counts.values()) - sum(count for _, count in counts.most_common(_MOST_TOLD))
    return ", ".join([*told, f"others {rest:,}"] if rest else told)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def tell_broken(name: str, broken: Iterable[tuple[int, str]], say: Callable[[str], None]) -> None:
    """Say where a file is broken: a sentence for each of the first places."""
    told = 0
    for told, (offset, problem) in enumerate(broken, start=1):
        if told <= _MOST_TOLD:
            say(f"{name} at byte {offset}: skipped, since {problem}")
    if told > _MOST_TOLD:
        say(f"{name}: {told - _MOST_TOLD} more places are broken")

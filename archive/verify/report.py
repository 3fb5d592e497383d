"""What a check of an archive found: a verdict and a line for each, and examples of whatever is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from archive.progress import Progress
from archive.tables.chain import Head


class Mode(StrEnum):
    """How much is looked at."""

    QUICK = "quick"  # no page and no text is read
    DEFAULT = "default"  # all but what needs the extraction, and SQLite's own check is its quick one
    FULL = "full"


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    DAMAGED = "damaged"
    SKIPPED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """How one check came out.

    summary: what was looked at, and how much of it. damage: how many things are wrong; examples: the first of them, a
    sentence each. notes: what is worth knowing, and no damage.
    """

    name: str
    verdict: Verdict
    summary: str
    damage: int = 0
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A WARC file whose last record breaks off; offset: where it begins. is_named: a capture's row names it.

    is_mixed: whole records may lie behind what is broken there.
    """

    warc_file: str
    offset: int
    is_named: bool
    is_mixed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """How an archive is: its checks in their order, the ends of its chains, and what could be mended.

    published: what a published copy says of itself; None for an archive.
    """

    mode: Mode
    checks: tuple[Check, ...]
    captures: Head = field(default_factory=Head)
    custody: Head = field(default_factory=Head)
    cuts: tuple[Cut, ...] = ()
    has_bad_index: bool = False
    published: str | None = None

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong."""
        return all(check.verdict is not Verdict.DAMAGED for check in self.checks)


class Findings:
    """Collects what a check finds: all of it is counted, and the first few are kept."""

    def __init__(self, name: str, progress: Progress, examples: int) -> None:
        """name: of the check. examples: how many sentences of each kind to keep."""
        self.name = name
        self.progress = progress
        self.count = 0
        self._most = examples
        self._examples: list[str] = []
        self._notes: list[str] = []
        self._left_out = 0

    def damage(self, sentence: str) -> None:
        """Note something that is wrong."""
        self.count += 1
        if len(self._examples) < self._most:
            self._examples.append(sentence)

    def note(self, sentence: str) -> None:
        """Note something that is worth knowing."""
        if len(self._notes) < self._most:
            self._notes.append(sentence)
        else:
            self._left_out += 1

    def done(self, summary: str) -> Check:
        """Return how the check came out."""
        notes = [*self._notes, f"and {self._left_out} more such notes"] if self._left_out else self._notes
        verdict = Verdict.DAMAGED if self.count else Verdict.OK
        return Check(self.name, verdict, summary, self.count, tuple(self._examples), tuple(notes))

    def skipped(self, why: str) -> Check:
        """Return that the check was not made, and why."""
        return Check(self.name, Verdict.SKIPPED, why)


def guarded(findings: Findings, check: Callable[[Findings], str | Check]) -> Check:
    """Make a check, and return how it came out. What SQLite can't read is damage, and so is what makes no sense.

    check: returns how it came out, or only its summary.
    """
    made: str | Check = "not all of it could be read"
    try:
        made = check(findings)
    except sqlite3.DatabaseError as error:
        findings.damage(f"the database can't be read on: {error}")
    except (ValueError, TypeError, LookupError) as error:
        findings.damage(f"a row holds what was never written so: {error}")
    finally:
        findings.progress.end()
    return findings.done(made) if isinstance(made, str) else made

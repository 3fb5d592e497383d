"""What a re-extraction tells: a few lines a source with examples of what changed, or a line of JSON a capture."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from archive.text.terminal import one_line
from crawler.commands.reextracting.findings import Finding, Kind

# Words that are shown before and from the first difference on.
_CONTEXT = 4
_SHOWN = 14
_LONGEST = 160  # characters of one side: some languages have no spaces
_REASONS = 5
_WORDS = {
    Kind.UNCHANGED: "unchanged",
    Kind.CHANGED: "changed",
    Kind.FOUND: "found: a report where there was none",
    Kind.KNOWN: "found, and archived at its address already",
    Kind.LOST: "no report in it any more; the archive keeps what it has",
    Kind.NONE: "no report, as before",
    Kind.UNREADABLE: "could not be read",
    Kind.FAILED: "could not be extracted",
}
_EXAMPLES_OF = (Kind.CHANGED, Kind.FOUND, Kind.LOST, Kind.UNREADABLE, Kind.FAILED)


class Tally:
    """Counts what became of one source's captures, and keeps the first few findings of each kind."""

    def __init__(self, source_id: str, *, examples: int) -> None:
        """Begin with nothing; examples: how many findings to keep of each kind and column."""
        self.source_id = source_id
        self.counts: Counter[Kind] = Counter()
        self.columns: Counter[str] = Counter()
        self.reasons: dict[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
        self.paths: Counter[str] = Counter()
        self.doubled = 0
        self.skipped = 0
        self.learned_from = 0
        self._most = examples
        self._kept: Counter[str] = Counter()
        self._examples: dict[Kind, list[Finding]] = {kind: [] for kind in _EXAMPLES_OF}

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.counts[finding.kind] += 1
        self.columns.update(finding.changed.keys())
        self.doubled += finding.is_doubled
        if finding.reason:
            self.reasons[finding.kind][finding.reason] += 1
        if finding.reread:
            self.paths[finding.reread.extraction.path] += 1
        if finding.kind in self._examples:
            self._keep(finding)

    def _keep(self, finding: Finding) -> None:
        """Keep a finding if there are few examples of its kind; of changes, if there are few of one of its columns."""
        what = [*finding.changed] or [finding.kind.value]
        if any(self._kept[name] < self._most for name in what):
            self._kept.update(what)
            self._examples[finding.kind].append(finding)

    @property
    def read(self) -> int:
        """Return how many captures were read anew."""
        return self.counts.total()

    def lines(self) -> Iterator[str]:
        """Yield what to tell a person: a line, one for each kind that occurred, and the examples."""
        yield f"{self.source_id}: {_captures(self.read)} read again"
        for kind in Kind:
            if self.counts[kind]:
                yield f"  {self.counts[kind]:>6}  {_WORDS[kind]}{self._why(kind)}"
        if self.doubled:
            yield f"  {self.doubled:>6}  revisions that say the same as the one before them now; both are kept"
        if self.skipped:
            yield f"  {self.skipped:>6}  left out: read by this version of the extraction already (see --force)"
        if self.learned_from:
            yield f"  {self.learned_from:>6}  captures taught what the site's pages look like, which nothing had before"
        for kind in _EXAMPLES_OF:
            for finding in self._examples[kind]:
                yield from _example(finding)

    def as_json(self) -> dict[str, Any]:
        """Return the totals as the source's line of JSON."""
        return {
            "source": self.source_id,
            "result": "total",
            "read": self.read,
            "skipped": self.skipped,
            "doubled": self.doubled,
            "learned_from": self.learned_from,
            "columns": dict(self.columns),
            "paths": dict(self.paths),
        } | {kind.value: self.counts[kind] for kind in Kind}

    def _why(self, kind: Kind) -> str:
        counts = self.columns if kind is Kind.CHANGED else self.reasons[kind]
        most = len(counts) if kind is Kind.CHANGED else _REASONS
        told = [f"{one_line(reason)} {count}" for reason, count in counts.most_common(most)]
        told += ["..."] if len(counts) > most else []
        return f" ({', '.join(told)})" if told else ""


class Report:
    """Writes what is told, source by source."""

    def __init__(self, write: Callable[[str], None], *, as_json: bool, examples: int) -> None:
        """write: takes a line. as_json: a line of JSON for each capture that is not as it was, and each source."""
        self._write = write
        self._as_json = as_json
        self._examples = examples

    def begin(self, source_id: str) -> Tally:
        """Return the tally of a source whose captures are about to be read."""
        return Tally(source_id, examples=self._examples)

    def note(self, tally: Tally, finding: Finding) -> None:
        """Count a finding, and write it if it's told by itself."""
        tally.add(finding)
        if self._as_json and finding.kind not in {Kind.UNCHANGED, Kind.NONE}:
            self._write(json.dumps(_json(tally.source_id, finding), ensure_ascii=False))

    def end(self, tally: Tally) -> None:
        """Write what became of a source's captures; nothing if it has none."""
        if self._as_json:
            self._write(json.dumps(tally.as_json(), ensure_ascii=False))
        elif tally.read or tally.skipped:
            for line in tally.lines():
                self._write(line)


def first_difference(before: object, after: object) -> tuple[str, str]:
    """Return two values from a few words before their first differing words, each cut to a line."""
    old, new = (_words(value) for value in (before, after))
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        same = min(len(old), len(new))
    begin = max(0, same - _CONTEXT)
    return _cut(old, begin), _cut(new, begin)


def _words(value: object) -> list[str]:
    return [] if value is None else one_line(str(value)).split()


def _cut(words: list[str], begin: int) -> str:
    if not words:
        return "(nothing)"
    shown = " ".join(words[begin : begin + _CONTEXT + _SHOWN])
    more = len(words) > begin + _CONTEXT + _SHOWN or len(shown) > _LONGEST
    return f"{'…' if begin else ''}{shown[:_LONGEST]}{'…' if more else ''}" if shown else "(ends here)"


def _example(finding: Finding) -> Iterator[str]:
    stored = finding.page.stored
    where = f"article {stored.article['id']}" if stored else f"capture {finding.page.capture_id}"
    if stored and not stored.is_newest:
        where += f", revision {stored.revision['number']}"
    yield f"\n  {finding.kind}  {where}  {one_line(finding.page.url)}"
    if finding.kind is Kind.FOUND and finding.reread and finding.reread.extraction.article:
        yield f"    {one_line(finding.reread.extraction.article.title)}"
    elif finding.detail:
        yield f"    {one_line(finding.detail)}"
    for column, (before, after) in finding.changed.items():
        old, new = first_difference(before, after)
        yield f"    {column}\n      - {old}\n      + {new}"


def _json(source_id: str, finding: Finding) -> dict[str, Any]:
    line: dict[str, Any] = {"source": source_id, "result": finding.kind.value, "url": finding.page.url,
                            "capture_id": finding.page.capture_id}  # fmt: skip
    if stored := finding.page.stored:
        line |= {"article_id": stored.article["id"], "revision": stored.revision["number"]}
    line |= {name: text for name, text in (("reason", finding.reason), ("detail", finding.detail)) if text}
    if finding.changed:
        line["columns"] = {
            column: {"before": old, "after": new} for column, (old, new) in finding.changed.items()
        }
    if finding.is_doubled:
        line["doubled"] = True
    if finding.kind is Kind.FOUND and finding.reread and finding.reread.extraction.article:
        line["title"] = finding.reread.extraction.article.title
    return line


def _captures(count: int) -> str:
    return f"{count} capture" if count == 1 else f"{count} captures"

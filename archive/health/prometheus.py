"""Verdicts as metrics, in Prometheus' text format 0.0.4, for node_exporter's textfile collector."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from archive.errors import InvalidInput
from archive.health.verdict import Health, Verdict

_PREFIX = "conflict_archive_source"
_Value = Callable[[Health], float | None]


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


_METRICS: tuple[tuple[str, str, _Value], ...] = (
    ("fine", "1 if the source is no cause for alarm.", lambda one: one.is_fine),
    ("last_run_timestamp_seconds", "When its last crawl began.", lambda one: _seconds(one.figures.last_run_at)),
    ("last_success_timestamp_seconds", "When a feed, sitemap or listing of it was last read.",
     lambda one: _seconds(one.figures.last_success_at)),
    ("last_report_timestamp_seconds", "When its newest report appeared.",
     lambda one: _seconds(one.figures.last_report_at)),
    ("reports_last_week", "Reports of the seven days before it was last read.",
     lambda one: one.figures.week),
    ("reports_expected_week", "Reports that the weeks before let expect of a week.",
     lambda one: one.figures.expected_week),
    ("yield_ratio", "Part of the pages extracted in the last week that were a report.",
     lambda one: one.figures.page_yield.share),
    ("blocked_ratio", "Part of the addresses found lately that the site refused.",
     lambda one: one.facts.lately.share("blocked")),
    ("failed_ratio", "Part of the addresses found lately that could not be fetched.",
     lambda one: one.facts.lately.share("failed", "gone")),
    ("words_median", "Median length of the last ten reports, in words.",
     lambda one: one.figures.words),
)  # fmt: skip


def render(found: Sequence[Health], now: datetime) -> str:
    """Return the metrics of all sources; what is not known has no sample."""
    return "".join(f"{line}\n" for line in _lines(found, now))


def write(path: Path, text: str) -> None:
    """Put `text` in the file at `path`, which is at no time half written.

    Raises InvalidInput where it can't be written.
    """
    # the collector reads *.prom only, so it never sees the part
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(f"--prometheus {path} can't be written: {error.strerror}") from error


def _lines(found: Sequence[Health], now: datetime) -> Iterator[str]:
    yield from _head(f"{_PREFIX}_verdict", "1 for the verdict that the source has, 0 for the others.")
    for one in found:
        for verdict in Verdict:
            labels = _labels(source=one.source_id, verdict=verdict.value)
            yield f"{_PREFIX}_verdict{labels} {int(one.verdict is verdict)}"
    for name, words, value in _METRICS:
        yield from _head(f"{_PREFIX}_{name}", words)
        for one in found:
            number = value(one)
            if number is not None:
                yield f"{_PREFIX}_{name}{_labels(source=one.source_id)} {number:.15g}"
    yield from _head("conflict_archive_health_timestamp_seconds", "When these figures were made.")
    yield f"conflict_archive_health_timestamp_seconds {now.timestamp():.15g}"


def _head(name: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

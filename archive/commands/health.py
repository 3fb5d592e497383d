"""`archive health`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from archive.clock import to_text
from archive.commands.common import archive_path, clock, db_option, json_option, paper, print_json
from archive.commands.options import Instant
from archive.commands.tables import print_table
from archive.errors import InvalidInput
from archive.health import Health, health
from archive.health.prometheus import render, write
from archive.open import reading
from archive.text.terminal import one_line


@click.command("health", short_help="Is each source crawled, and does it give what it used to?")
@click.option("--source", "sources", metavar="ID", multiple=True, help="Only this source; may be repeated.")
@json_option
@click.option("--prometheus", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Also write metrics for node_exporter's textfile collector, NAME.prom in its folder.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 if any source is a cause for alarm.")
@click.option("--now", type=Instant(), help="As of this instant, instead of the present one.")
@db_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    as_json: bool,
    prometheus: Path | None,
    strict: bool,
    now: datetime | None,
) -> None:
    """Tell of each source whether it is crawled, and whether it gives what it used to; the worst first.

    The verdicts, from the worst on: not crawled lately, blocked, robots refused, feed dead, failing, layout
    changed, silent, far fewer, never crawled, too new to tell, quiet, fine. The last three are no cause for alarm.

    \b
    Examples:
      archive health
      archive health --strict --prometheus /var/lib/node_exporter/archive.prom

    --json prints a list of {"source_id", "name", "verdict", "is_fine", "sentence", "last_run_at",
    "last_run_ended", "last_success_at", "last_report_at", "last_found_at", "usual_interval_hours",
    "reports_last_week", "reports_expected_week", "hours_between_reports", "longest_pause", "silent_after",
    "pages", "yield", "yield_before", "words", "words_before", "blocked", "failed"}. Parts are of 1;
    longest_pause and silent_after are in usual pauses for the weekdays in question.
    """
    path, instant = archive_path(ctx), now or clock(ctx)()
    if prometheus is not None and prometheus.exists() and path.exists() and prometheus.samefile(path):
        raise InvalidInput(f"--prometheus {prometheus} is the archive itself")
    with reading(path) as connection:
        found = health(connection, instant, sources)
    if prometheus is not None:
        write(prometheus, render(found, instant))
    if as_json:
        print_json([as_row(one) for one in found])
    else:
        _print(found)
    if strict and not all(one.is_fine for one in found):
        ctx.exit(1)


def as_row(one: Health) -> dict[str, Any]:
    """Return a verdict and its figures as one flat JSON object."""
    facts, figures = one.facts, one.figures
    return {
        "source_id": one.source_id,
        "name": one.name,
        "verdict": one.verdict.value,
        "is_fine": one.is_fine,
        "sentence": one.sentence,
        "last_run_at": _text(figures.last_run_at),
        "last_run_ended": facts.runs[0].finish_reason if facts.runs else None,
        "last_success_at": _text(figures.last_success_at),
        "last_report_at": _text(figures.last_report_at),
        "last_found_at": _text(figures.last_found_at),
        "usual_interval_hours": _hours(figures.usual_interval),
        "reports_last_week": figures.week,
        "reports_expected_week": _round(figures.expected_week),
        **_of_rhythm(one),
        "pages": figures.page_yield.pages,
        "yield": _round(figures.page_yield.share),
        "yield_before": _round(figures.page_yield_before.share),
        "words": figures.words,
        "words_before": figures.words_before,
        "blocked": _round(facts.lately.share("blocked")),
        "failed": _round(facts.lately.share("failed", "gone")),
    }


def _of_rhythm(one: Health) -> dict[str, float | None]:
    rhythm = one.figures.rhythm
    if rhythm is None:
        return {"hours_between_reports": None, "longest_pause": None, "silent_after": None}
    return {
        "hours_between_reports": _hours(rhythm.interval),
        "longest_pause": _round(rhythm.longest),
        "silent_after": _round(rhythm.limit),
    }


def _print(found: Sequence[Health]) -> None:
    if not found:
        click.echo("No source was crawled yet.")
        return
    head = ("source", "verdict", "last run", "read", "report", "7 days", "usual", "yield", "failed", "words")
    print_table(head, [_cells(one) for one in found], right=range(5, 10))
    sheet = paper()
    click.echo()
    for one in found:
        click.echo(sheet.fit_line(f"{one.source_id}: {one.verdict.value}: {one.sentence}"))
    alarms = sum(not one.is_fine for one in found)
    sources = "1 source" if len(found) == 1 else f"{len(found)} sources"
    click.echo(f"\n{sources}, {alarms or 'none'} of them a cause for alarm.")


def _cells(one: Health) -> tuple[str, ...]:
    figures, lately = one.figures, one.facts.lately
    lost = lately.share("blocked", "failed", "gone")
    return (
        one_line(one.source_id),
        one.verdict.value,
        _day(figures.last_run_at),
        _day(figures.last_success_at),
        _day(figures.last_report_at),
        str(figures.week),
        "-" if figures.expected_week is None else f"{figures.expected_week:.0f}",
        _change(figures.page_yield_before.share, figures.page_yield.share, "{:.0%}"),
        "-" if lost is None else f"{lost:.0%}",
        _change(figures.words_before, figures.words, "{:.0f}"),
    )


def _change(before: float | None, now: float | None, form: str) -> str:
    """Return what a figure is now, after what it was before if that is another by a quarter or more."""
    if now is None:
        return "-"
    if before is None or abs(now - before) < before / 4:
        return form.format(now)
    return f"{form.format(before)} > {form.format(now)}"


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%m-%d %H:%M}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else _round(length.total_seconds() / 3600)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

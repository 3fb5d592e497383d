"""`archive stats`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import click

from archive.commands.common import archive_path, db_option, json_option, print_json, show_moment
from archive.open import reading
from archive.text.terminal import one_line
from archive.views.stats import Stats, stats

_LABEL_WIDTH = 12


@click.command("stats", short_help="What the archive holds, in numbers.")
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Tell what the archive holds, and how the last run of each source went.

    \b
    Example:
      archive stats --db archive.db

    --json prints {"totals", "sources": [...], "languages", "states", "origins", "leads", "last_runs": [...],
    "bytes", "publication"} (the last is null, but for a copy that `archive publish` made).
    """
    path = archive_path(ctx)
    with reading(path) as connection:
        found = stats(connection, path)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"{'archive':<{_LABEL_WIDTH}}{one_line(str(path))} ({_megabytes(found.bytes)})")
        if found.publication is not None:
            click.echo(
                f"{'published':<{_LABEL_WIDTH}}{found.publication.sentence} ({found.publication.rules})"
            )
        _print_totals(found)
        _print_sources(found)
        _print_runs(found)


def _print_totals(found: Stats) -> None:
    totals = found.totals
    first, last = totals["first_published_at"], totals["last_published_at"]
    dates = f"{str(first)[:10]} to {str(last)[:10]}" if first else "none"
    facts = {
        "articles": f"{totals['articles']} ({_listed(found.states)})" if found.states else "0",
        "origin": _listed(found.origins) or "none",
        "published": f"{dates}; {totals['articles_without_date']} without a date",
        "languages": _listed(found.languages) or "none",
        "captures": totals["captures"],
        "revisions": totals["revisions"],
        "runs": totals["runs"],
        "leads": f"{totals['leads']} ({_listed(found.leads)})",
    }
    for label, value in facts.items():
        click.echo(f"{label:<{_LABEL_WIDTH}}{one_line(str(value))}")


def _print_sources(found: Stats) -> None:
    click.echo(f"\nsources ({len(found.sources)})")
    _print_table(
        (str(row["articles"]), str(row["id"]), str(row["last_published_at"] or "no date")[:10],
         one_line(str(row["name"])))
        for row in found.sources
    )  # fmt: skip


def _print_runs(found: Stats) -> None:
    click.echo(f"\nlast runs ({len(found.last_runs)})")
    _print_table(
        (show_moment(str(row["started_at"])), str(row["source_id"]), _ending(row), _outcomes(row))
        for row in found.last_runs
    )


def _ending(run: Mapping[str, object]) -> str:
    return one_line(str(run["finish_reason"] or ("finished" if run["finished_at"] else "not finished")))


def _outcomes(run: Mapping[str, object]) -> str:
    outcomes = run["outcomes"]
    counts = _listed(outcomes) if isinstance(outcomes, dict) else ""
    return f"found {run['found']}: {counts or 'nothing'}"


def _print_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows in columns; the last one, which may be in any script, ends the line."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {line.rstrip()}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'unknown'} {count}" for name, count in counts.items() if count)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB"

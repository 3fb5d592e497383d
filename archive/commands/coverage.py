"""`archive coverage`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import click

from archive.commands.common import archive_path, clock, db_option, json_option, print_json
from archive.commands.options import Span
from archive.commands.tables import print_table
from archive.open import reading
from archive.text.terminal import one_line
from archive.views.coverage import By, Coverage, Period, coverage

_REASONS = 4  # shown of a period


@click.command("coverage", short_help="What of a source is archived, day by day, and what is missing.")
@click.option("--source", metavar="ID", required=True, help="The source.")
@click.option("--since", type=Span(), help="The first day, or a month or year from its first day on.")
@click.option("--until", type=Span(), help="The last day, or a month or year to its last day.")
@click.option(
    "--by", type=click.Choice(["day", "month"]), help="What a line is; by itself, a day up to two months."
)
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context,
    source: str,
    since: tuple[date, date] | None,
    until: tuple[date, date] | None,
    by: By | None,
    as_json: bool,
) -> None:
    """Tell day by day (or month by month) how many of a source's URLs are known, archived, failed, left out, waiting.

    A URL counts for the day of its report: as a feed, sitemap or the page gave it, else as its address says, else
    the day on which it was first seen. Days (UTC) without any URL are shown too. On a day that says "not crawled"
    nobody looked: that nothing is known of it proves nothing.

    \b
    Examples:
      archive coverage --source zamanalwasl-en --since 2026-01 --until 2026-03
      archive coverage --source dabanga-en --since 2026-01-20 --json

    --json prints {"source_id", "by", "since", "until", "periods": [...], "total", "earlier", "later"}; a period
    is {"period", "known", "archived", "failed": {reason: urls}, "skipped": {reason: urls}, "waiting",
    "by_first_seen", "days", "crawled"}; known is the sum of the next four.
    """
    with reading(archive_path(ctx)) as connection:
        found = coverage(
            connection,
            source,
            today=clock(ctx)().date(),
            since=since[0] if since else None,
            until=until[1] if until else None,
            by=by,
        )
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)


def _as_json(found: Coverage) -> dict[str, Any]:
    days = {"since": found.since.isoformat(), "until": found.until.isoformat()}
    return {**asdict(found), **days}


def _print(found: Coverage) -> None:
    head = (found.by, "known", "archived", "failed", "left out", "waiting", "crawled", "why")
    rows = [_cells(period, found.by) for period in (*found.periods, found.total)]
    print_table(head, rows, right=range(1, 6))
    click.echo()
    for line in _notes(found):
        click.echo(line)


def _cells(period: Period, by: By) -> tuple[str, ...]:
    failed, skipped = sum(period.failed.values()), sum(period.skipped.values())
    if by == "day" and period.days == 1:
        crawled = "yes" if period.crawled else "not crawled"
    else:
        crawled = f"{period.crawled} of {period.days} days" if period.crawled else "not crawled"
    why = "; ".join(filter(None, (_told("failed", period.failed), _told("left out", period.skipped))))
    counts = (period.known, period.archived, failed, skipped, period.waiting)
    return (period.period, *map(str, counts), crawled, one_line(why))


def _told(what: str, reasons: Mapping[str, int]) -> str:
    shown = [f"{reason} {urls}" for reason, urls in list(reasons.items())[:_REASONS]]
    rest = sum(list(reasons.values())[_REASONS:])
    if rest:
        shown.append(f"other reasons {rest}")
    return f"{what}: {', '.join(shown)}" if shown else ""


def _notes(found: Coverage) -> Iterator[str]:
    total = found.total
    if total.by_first_seen:
        yield f"{total.by_first_seen} of {total.known} {'is' if total.by_first_seen == 1 else 'are'} dated only by the day on which we first saw them."
    missed = total.days - total.crawled
    if missed:
        yield f"On {missed} of {total.days} days no run read a feed, sitemap or listing of {one_line(found.source_id)}."
    for number, when in ((found.earlier, f"before {found.since}"), (found.later, f"after {found.until}")):
        if number:
            yield f"{number} more {'is' if number == 1 else 'are'} dated {when}."

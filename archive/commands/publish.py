"""`archive publish`."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from archive.commands.common import archive_path, clock, db_option, json_option, print_json
from archive.publishing.making import Made, Wish, make, rehearse
from archive.publishing.redacting import Redactor
from archive.publishing.rules import Rules, load
from archive.text.counting import counted
from archive.text.terminal import one_line

_NAMES = {
    "sources": "sources", "reports": "reports", "revisions": "earlier revisions, or such as say the same now",
    "captures": "captures", "addresses of reports": "addresses of reports, which have one of the words or may hold a key",
    "addresses of feeds": "addresses of feeds that may hold a key",
    "addresses without a report": "addresses that gave no report are counted, not named",
}  # fmt: skip


@click.command("publish", short_help="Make a copy that everybody may see.")
@click.option("--redact", "config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="A TOML file that says which sources, columns and words are left out.")  # fmt: skip
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE",
              help="Where the copy is to be: a new file.")  # fmt: skip
@click.option(
    "--force", is_flag=True, help="Also in the place of an earlier published copy (of nothing else)."
)
@click.option("--dry-run", is_flag=True,
              help="Only tell what would be left out; a copy is made in the folder for temporary files, and deleted.")  # fmt: skip
@click.option("--show", type=click.IntRange(min=0), default=0, metavar="N",
              help="Show so many places that each pattern finds, as they stand in the archive.")  # fmt: skip
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context, config: Path | None, out: Path | None, force: bool, dry_run: bool, show: int, as_json: bool
) -> None:  # fmt: skip
    """Make a copy of the archive to be shown to others: what is not meant for everybody is not in it.

    \b
    Never published: captured pages and the names of their files, watches, what was learned of sites, seals, the custody
    log, settings of crawls, addresses that gave no report, and addresses that may hold a key. With --redact also:
      [sources]   leave_out = ["..."], or only = ["..."]
      [reports]   since = 2026-01-01, until = 2026-06-30, revisions = "newest"
      [columns]   leave_out = ["articles.author"]
      [[patterns]] words = ["..."], or match = "a regular expression"; replace, whole_words, leave_out_reports

    The archive is only read, at one instant, and a crawl may go on. Ids of reports stay, so that links stay true. The copy
    is no evidence: it says on each page that it is a published copy.

    \b
    Examples:
      archive publish --redact redact.toml --dry-run --show 3
      archive publish --redact redact.toml --out public.db

    --json prints {"out", "published": {...}, "left_out": {...}, "reports_changed", "revisions_merged", "patterns":
    [{"number", "places", "reports"}], "bytes", "seconds"}.
    """
    if (out is None) != dry_run:
        raise click.UsageError("name a file with --out, or ask for --dry-run (one of both)")
    path, rules = archive_path(ctx), load(config)
    redactor = Redactor(rules.patterns, examples=show)
    with _stoppable(), _display() as tell:
        if out is None:
            with tempfile.TemporaryDirectory(prefix="archive-publish-") as folder:
                made = rehearse(path, Wish(rules, redactor, Path(folder, "public.db")), clock(ctx), tell)
        else:
            made = make(path, Wish(rules, redactor, out, force), clock(ctx), tell)
    if as_json:
        print_json(_as_json(out, made, rules))
    else:
        _print(out, made, rules)
        _print_examples(redactor)


def _print(out: Path | None, made: Made, rules: Rules) -> None:
    tally = made.tally
    nouns = {"articles": "report", "revisions": "revision", "sources": "source", "captures": "capture"}
    kept = ", ".join(counted(tally.rows[name], noun) for name, noun in nouns.items())
    click.echo(f"published     {kept}")
    click.echo(f"rules         {rules.in_words()}")
    for name, words in _NAMES.items():
        if tally.out[name]:
            click.echo(
                f"{'left out' if name != 'addresses without a report' else 'unnamed':<14}{tally.out[name]:,} {words}"
            )
    click.echo(f"changed       {tally.changed:,} reports say less than in the archive")
    for pattern in rules.patterns:
        places, reports = tally.places[pattern.number], tally.reports[pattern.number]
        what = f"{places:,} {'place' if places == 1 else 'places'} in {reports:,} {'report' if reports == 1 else 'reports'}"
        click.echo(
            f"pattern {pattern.number:<6}{what}{', none of them published' if pattern.leaves_out_reports and reports else ''}"
        )
    looked_at = tally.rows["articles"] + tally.out["reports"]
    speed = f"{made.seconds:,.1f} s, {looked_at / max(made.seconds, 0.001):,.0f} reports a second"
    if out is None:
        click.echo(f"Nothing was written ({speed}).")
    else:
        click.echo(
            f"{one_line(str(out))}: {made.size / 1e6:,.2f} MB ({speed}). It is a published copy, and no evidence."
        )


def _print_examples(redactor: Redactor) -> None:
    for number, texts in sorted(redactor.examples.items()):
        for text in texts:
            click.echo(f"pattern {number}: {one_line(text)}")


def _as_json(out: Path | None, made: Made, rules: Rules) -> dict[str, Any]:
    tally = made.tally
    return {
        "out": None if out is None else str(out),
        "published": dict(tally.rows),
        "left_out": {name: count for name, count in tally.out.items() if count},
        "reports_changed": tally.changed,
        "revisions_merged": tally.merged,
        "patterns": [
            {
                "number": each.number,
                "places": tally.places[each.number],
                "reports": tally.reports[each.number],
            }
            for each in rules.patterns
        ],
        "bytes": made.size,
        "seconds": round(made.seconds, 3),
    }


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let whoever ends the program by a signal find nothing left behind."""

    def stop(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Display:
    """Tells on standard error how far it is, if that is a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __call__(self, stage: str, reports: int) -> None:
        if self._is_shown:
            words = (
                f"{reports:,} reports"
                if stage == "reports"
                else {"vacuum": "packing", "check": "checking"}[stage]
            )
            click.echo(f"\r\x1b[K{words}", nl=False, err=True)

    def end(self) -> None:
        """Leave the line empty."""
        if self._is_shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _display() -> Iterator[_Display]:
    display = _Display()
    try:
        yield display
    finally:
        display.end()

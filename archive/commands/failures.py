"""`archive failures`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click

from archive.commands.common import archive_path, db_option, json_option, print_json, show_moment
from archive.commands.tables import print_table
from archive.open import reading
from archive.text.terminal import one_line
from archive.views.failures import Failure, FailureCount, failures, summary


@click.command("failures", short_help="The pages that are not archived, and why.")
@click.option("--source", metavar="ID", help="Only leads of this source.")
@click.option(
    "--reason", metavar="WORDS", help="Only those with this outcome, or these words in their reason."
)
@click.option("--summary", "as_summary", is_flag=True, help="Count them by source and reason.")
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context, source: str | None, reason: str | None, as_summary: bool, as_json: bool
) -> None:
    """List the pages that failed or were left out, each with its reason.

    \b
    Examples:
      archive failures --source zamanalwasl-en
      archive failures --summary
      archive failures --reason 'HTTP 503'

    --json prints {"failures": [{"id", "source_id", "url", "via", "state", "outcome", "attempts",
    "first_seen_at", "last_attempt_at", "next_attempt_at", "last_error"}]}; with --summary, {"summary":
    [{"source_id", "state", "outcome", "reason", "urls", "last_at", "example"}]}. `archive retry` puts pages back.
    """
    with reading(archive_path(ctx)) as connection:
        if as_summary:
            counted = summary(connection, source, reason)
            print_json({"summary": [asdict(one) for one in counted]}) if as_json else _print_summary(counted)
            return
        found = failures(connection, source, reason)
        if as_json:
            print_json({"failures": [asdict(failure) for failure in found]})
        else:
            _print_failures(found)


def _print_summary(counted: Sequence[FailureCount]) -> None:
    if counted:
        rows = [
            (
                str(one.urls),
                one_line(one.source_id),
                _ending(one),
                show_moment(one.last_at)[:10],
                one_line(one.reason),
            )
            for one in counted
        ]
        print_table(("pages", "source", "ended", "last", "reason"), rows, right=(0,))
        click.echo()
    _print_total(sum(one.urls for one in counted))


def _ending(one: FailureCount) -> str:
    """Return what became of the lead, and whether it will be tried again."""
    outcome = one.outcome or "unknown"
    return f"{outcome}, to be tried again" if one.state == "waiting" else outcome


def _print_failures(found: Iterable[Failure]) -> None:
    count = 0
    for failure in found:
        count += 1
        reason = failure.last_error or failure.outcome or "no reason was recorded"
        click.echo(f"{failure.source_id}  {failure.state}: {failure.outcome or 'unknown'}  {_when(failure)}")
        click.echo(f"    {one_line(failure.url)}\n    {one_line(reason)}\n")
    _print_total(count)


def _print_total(count: int) -> None:
    click.echo(
        f"{count} {'page' if count == 1 else 'pages'} not archived."
        if count
        else "No page failed or was left out."
    )


def _when(failure: Failure) -> str:
    tried = f"last tried {show_moment(failure.last_attempt_at or failure.first_seen_at)}"
    if failure.attempts:
        tried = f"failed {failure.attempts} {'time' if failure.attempts == 1 else 'times'}, {tried}"
    return (
        f"{tried}, again after {show_moment(failure.next_attempt_at)}" if failure.next_attempt_at else tried
    )

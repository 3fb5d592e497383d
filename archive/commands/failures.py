"""`archive failures`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import click

from archive.commands.common import archive_path, db_option, json_option, print_json, show_moment
from archive.failures import Failure, failures
from archive.open import reading
from archive.text.terminal import one_line


@click.command("failures", short_help="The pages that are not archived, and why.")
@click.option("--source", metavar="ID", help="Only leads of this source.")
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, source: str | None, as_json: bool) -> None:
    """List the pages that failed or were left out, each with its reason.

    \b
    Example:
      archive failures --source zamanalwasl-en

    --json prints {"failures": [{"id", "source_id", "url", "via", "state", "outcome", "attempts",
    "first_seen_at", "last_attempt_at", "next_attempt_at", "last_error"}]}.
    """
    with reading(archive_path(ctx)) as connection:
        found = failures(connection, source)
        if as_json:
            print_json({"failures": [asdict(failure) for failure in found]})
        else:
            _print_failures(found)


def _print_failures(found: Iterable[Failure]) -> None:
    count = 0
    for failure in found:
        count += 1
        reason = failure.last_error or failure.outcome or "no reason was recorded"
        click.echo(f"{failure.source_id}  {failure.state}: {failure.outcome or 'unknown'}  {_when(failure)}")
        click.echo(f"    {one_line(failure.url)}\n    {one_line(reason)}\n")
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

"""`archive retry`."""

from __future__ import annotations

import click

from archive.commands.common import archive_path, clock, db_option
from archive.errors import NotFound
from archive.models import Outcome
from archive.open import reading, translated_errors
from archive.store import Store
from archive.text.terminal import one_line
from archive.views.failures import to_retry

_OUTCOMES = tuple(
    outcome.value
    for outcome in Outcome
    if outcome not in {Outcome.STORED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.KNOWN, Outcome.WAITING}
)


@click.command("retry", short_help="Have pages that failed tried again.")
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--source", metavar="ID", help="Only pages of this source.")
@click.option("--outcome", "outcomes", multiple=True, type=click.Choice(_OUTCOMES),
              help="Pages that ended so, given up or not; may be repeated. Without it, those that were given up.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@db_option
@click.pass_context
def command(
    ctx: click.Context, urls: tuple[str, ...], source: str | None, outcomes: tuple[str, ...], dry_run: bool
) -> None:
    """Put pages that failed or were left out back, for the next crawl of their source to try as if new.

    \b
    Examples:
      archive retry --source dabanga-en
      archive retry --outcome not_an_article --outcome robots --dry-run
      archive retry https://www.dabangasudan.org/en/all-news/article/a-page

    The exit code is 1 if there is none. `archive failures` lists them.
    """
    path = archive_path(ctx)
    with reading(path) as connection:
        found = to_retry(connection, source=source, outcomes=outcomes, urls=urls)
    for sentence in found.in_vain:
        click.echo(f"Note: {one_line(sentence)}", err=True)
    if not found.lead_ids:
        raise NotFound(f"there is nothing to put back: no page {_condition(urls, source, outcomes)}")
    count = len(found.lead_ids)
    if not dry_run:
        with translated_errors(path), Store(path, clock=clock(ctx), create=False) as store:
            count = store.put_back(found.lead_ids)
    pages = f"{count} {'page' if count == 1 else 'pages'}"
    click.echo(f"{pages} would be put back." if dry_run else f"{pages} put back, for the next crawl to try.")


def _condition(urls: tuple[str, ...], source: str | None, outcomes: tuple[str, ...]) -> str:
    parts = ["of these addresses" if urls else "", f"of {source}" if source else ""]
    ended = (
        f"ended as {' or '.join(outcomes)}"
        if outcomes
        else "can be tried again"
        if urls
        else "has failed for good"
    )
    return " ".join(filter(None, (*parts, ended)))

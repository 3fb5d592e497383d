"""`archive reindex`."""

from __future__ import annotations

import click

from archive.commands.common import archive_path, db_option
from archive.store import Store


@click.command("reindex", short_help="Put reports that wait into the search index, or make it anew.")
@click.option("--all", "is_anew", is_flag=True, help="Make the whole index anew, even if it is up to date.")
@db_option
@click.pass_context
def command(ctx: click.Context, is_anew: bool) -> None:
    """Put reports that wait into the search index, or make it anew.

    What a crawl stores is indexed as it comes. Reports wait where a large archive was brought up to a new version, or
    where another program changed them. An index that another version of this program made is made anew: meanwhile a search
    finds those that are done, the ones archived last first. It may be stopped at any time and goes on where it was, and
    crawls and searches go on beside it.

    \b
    Examples:
      archive reindex
      archive reindex --all
    """
    path = archive_path(ctx)
    with Store(path, create=False) as store:
        if store.begin_reindex(is_anew=is_anew):
            click.echo("The search index is made anew.")
        waiting = store.waiting()
        done = 0
        with click.progressbar(length=waiting, label="reports indexed") as bar:
            while batch := store.index_some():
                done += batch
                bar.update(batch)
        left = store.waiting()
    click.echo(f"{done:,} reports indexed.")
    if left:
        raise click.ClickException(
            f"{left:,} reports could not be indexed: another version of this program is at work"
        )

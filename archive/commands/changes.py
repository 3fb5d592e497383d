"""`archive changes`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

import click

from archive.changes.model import Kind
from archive.commands.common import (
    Day,
    archive_path,
    db_option,
    json_option,
    paper,
    print_json,
    show_moment,
)
from archive.open import reading, translated_errors
from archive.store import Store
from archive.tables.changelog import VERSION
from archive.text.terminal import one_line
from archive.views.events import told
from archive.views.ledger import Edit, Wanted, edits


@click.command("changes", short_help="What was edited in all reports, newest first.")
@click.option("--since", type=Day(), help="Seen on this UTC day or later.")
@click.option("--until", type=Day(), help="Seen on this UTC day or earlier.")
@click.option("--source", metavar="ID", help="Only reports of this source.")
@click.option("--substantive", is_flag=True, help="Only edits that change what a report says.")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="Only edits with a change of this kind."
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many edits.")
@click.option(
    "--recompute",
    is_flag=True,
    help="Compare all revisions anew, as this version of the program does; then stop.",
)
@json_option
@db_option
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - an option each
    ctx: click.Context,
    since: date | None,
    until: date | None,
    source: str | None,
    substantive: bool,
    kind: str | None,
    limit: int,
    recompute: bool,
    as_json: bool,
) -> None:
    """List the edits of all reports, the newest first, each with what changed.

    Substantive is an edit that changes a number, a place's or person's name, who says it, the headline or the date; that
    makes killed of wounded, or a denial of a statement; or that removes a paragraph or a sentence. Other words,
    additions, moved paragraphs and slips of the pen are not.

    \b
    Examples:
      archive changes --substantive --since 2026-01-01
      archive changes --source dabanga-en --kind number
      archive history 17                      shows an edit word by word

    --json prints {"changes": [{"article_id", "number", "source_id", "source_name", "seen_at", "is_substantive",
    "kinds": [...], "summary", "title", "url", "details": [{"kind", "field", "before", "after", "context", "unit",
    "figures": [{"value", "qualifier"}, ...], "harm", "is_substantive", "sentence"}]}]}.
    """
    path = archive_path(ctx)
    if recompute:
        with translated_errors(path), Store(path, create=False) as store:
            click.echo(f"{store.recompute_changes()} edits compared anew (version {VERSION}).")
        return
    wanted = Wanted(source, since, until, substantive, kind, limit=limit)
    with reading(path) as connection:
        found = list(edits(connection, wanted))
    if as_json:
        print_json({"changes": [asdict(edit) for edit in found]})
    else:
        _print_edits(found, limit)


def _print_edits(found: Iterable[Edit], limit: int) -> None:
    count = 0
    sheet = paper()
    for edit in found:
        count += 1
        weight = "substantive" if edit.is_substantive else "small"
        click.echo(
            f"{edit.article_id}  {show_moment(edit.seen_at)}  revision {edit.number}  {weight}  {one_line(edit.source_name)}"
        )
        click.echo(sheet.fit_line(edit.title, "    "))
        for line in told(edit.details, edit.summary):
            click.echo(f"    - {one_line(line)}")
        click.echo(f"    {one_line(edit.url)}\n")
    if not count:
        click.echo("No edit of that kind is known.")
    else:
        more = "; --limit shows more" if count == limit else ""
        click.echo(
            f"{count} edit{'' if count == 1 else 's'}{more}. `archive history ID` shows one word by word."
        )

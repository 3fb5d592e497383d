"""`archive compact`."""

from __future__ import annotations

from collections import Counter

import click

from archive.commands.common import archive_path, clock, db_option
from archive.compaction import Done, Wish, compact
from archive.errors import ArchiveError
from archive.filters import require_source
from archive.open import reading, translated_errors
from archive.tables.published import require_archive
from archive.text.terminal import one_line


@click.command("compact", short_help="Keep finished WARC files in a fraction of their room.")
@click.option("--source", "source_id", metavar="ID", help="Only files of this source.")
@click.option("--older-than", type=click.IntRange(min=0), default=0, show_default=True, metavar="DAYS",
              help="Only files whose last capture is older than that.")  # fmt: skip
@click.option("--ended-months", is_flag=True, help="Only files of months that are over.")
@db_option
@click.pass_context
def command(ctx: click.Context, source_id: str | None, older_than: int, ended_months: bool) -> None:
    """Put the WARC files of runs that have ended into packs: one .warc.zst for a month of a source.

    Pages of one site are nearly the same, so that a page is kept as what differs from another one. Everything else that
    reads captures goes on as before: a pack gives each WARC file back byte for byte, which is checked before the old
    file is deleted, and again by `archive verify`. The custody log tells what was done. The file of a run that is at
    work is left alone, and so is one that is damaged.

    The fewer files go into a pack, the less is gained: once a month is better than each day. The setting COMPACT_WARC has a
    crawl do it at its end.

    \b
    Examples:
      archive compact --ended-months
      archive compact --older-than 30
      archive compact --source zamanalwasl-en

    The exit code is 1 if a file could not be compacted that should have been.
    """
    path = archive_path(ctx)
    require_archive(path)
    with reading(path) as connection:
        if source_id is not None:
            require_source(connection, source_id)
    total: Counter[str] = Counter()
    trouble = []

    def tell(done: Done) -> None:
        if done.made is not None:
            total.update(files=len(done.group.names), before=done.made.before, after=done.made.after)
        elif done.why != "it would not get smaller":
            trouble.append(done.why)
        _print(done)

    with translated_errors(path):
        compact(path, Wish(source_id, older_than, ended_months), clock(ctx), tell)
    if total["files"]:
        click.echo(f"{total['files']} WARC files: {_sizes(total['before'], total['after'])}")
    elif not trouble:
        click.echo("There is nothing to compact.")
    if trouble:
        raise ArchiveError(f"{len(trouble)} of them stay as they are: {trouble[0]}")


def _print(done: Done) -> None:
    group = done.group
    what = f"{len(group.names)} file{'s' if len(group.names) > 1 else ''}"
    where = one_line(" ".join(filter(None, (group.source_id, group.month))) or group.names[0])
    if done.made is None:
        click.echo(f"{where}: {what} left as they are: {one_line(done.why)}")
        return
    counts = done.made.counts
    told = [f"{where}: {what}, {_sizes(done.made.before, done.made.after)}, {counts.records} records"]
    bodies = [f"{number} {one_line(kind)} bodies unpacked" for kind, number in sorted(counts.redone.items())]
    bodies += [
        f"{number} {one_line(kind)} bodies left packed" for kind, number in sorted(counts.left.items())
    ]
    click.echo(", ".join(told + bodies))


def _sizes(before: int, after: int) -> str:
    return f"{before / 1e6:,.2f} MB -> {after / 1e6:,.2f} MB ({after / before:.0%})"

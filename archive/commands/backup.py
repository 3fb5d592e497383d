"""`archive backup` and `archive restore`."""

from __future__ import annotations

from pathlib import Path

import click

from archive.backup.copying import Deed
from archive.backup.making import Made, make_backup
from archive.backup.restoring import restore
from archive.commands.bars import Bars
from archive.commands.common import archive_path, clock, db_option, show_moment
from archive.text.terminal import one_line

_MOST_TROUBLES = 10
_WORDS: dict[Deed, str] = {
    "copied": "copied",
    "extended": "grown",
    "mended": "mended",
    "there": "there already",
    "kept": "kept",
}


@click.command("backup", short_help="A checked copy, also while a crawl writes.")
@click.argument("folder", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="Compare and check every file and capture, not only what is new.")
@db_option
@click.pass_context
def command(ctx: click.Context, folder: Path, full: bool) -> None:
    """Copy the archive and its WARC files to the folder DEST, and check the copy.

    A crawl may be at work meanwhile. What DEST has already is not copied again, files that have grown are gone on with, and
    a backup that broke off is finished by the next run. Until a run ends well, what the last one brought can be
    restored. DEST is an archive itself: `archive --db DEST/archive.db search ...` reads it.

    \b
    Examples:
      archive backup /mnt/disk/archive
      archive backup --full /mnt/disk/archive

    The exit code is 1 if the backup could not be made, or if something is wrong with the archive's own files.
    """
    with Bars(10) as bars:
        made = make_backup(archive_path(ctx), folder, full=full, clock=clock(ctx), progress=bars)
    _print(made, folder)
    for trouble in made.troubles[:_MOST_TROUBLES]:
        click.echo(one_line(trouble), err=True)
    if len(made.troubles) > _MOST_TROUBLES:
        click.echo(f"and {len(made.troubles) - _MOST_TROUBLES} more", err=True)
    if made.troubles:
        ctx.exit(1)


def _print(made: Made, folder: Path) -> None:
    held = made.manifest
    is_new = "copied" if made.is_database_new else "as it was"
    click.echo(
        f"database    {is_new}: {held.reports} reports, {held.captures} captures, {_size(held.database.size)}"
    )
    deeds = ", ".join(f"{made.files[deed]} {words}" for deed, words in _WORDS.items() if made.files[deed])
    click.echo(f"WARC files  {deeds or 'none'}; {_size(made.written)} written")
    click.echo(f"checked     {made.checked} captures, read back from the copy")
    click.echo(f"{folder} holds the archive as of {show_moment(held.made_at)}")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"


@click.command("restore", short_help="An archive of a backup again.")
@click.argument("folder", metavar="BACKUP", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Put an archive that is there aside, and restore over it.")
@db_option
@click.pass_context
def restore_command(ctx: click.Context, folder: Path, force: bool) -> None:
    """Make the archive (--db FILE) of a backup, with its WARC files in warc/ beside it.

    The backup is checked before anything is written, and the archive after. An archive that is there already is not
    touched; with --force it's put aside, under a name that ends in .replaced-TIME, and so are WARC files of the same name
    that hold something else.

    \b
    Example:
      archive restore /mnt/disk/archive --db archive.db
    """
    path = archive_path(ctx)
    with Bars(10) as bars:
        done = restore(folder, path, force=force, clock=clock(ctx), progress=bars)
    held = done.manifest
    for aside in done.aside:
        click.echo(f"put aside: {one_line(str(aside))}", err=True)
    click.echo(
        f"{path} holds {held.reports} reports and {held.captures} captures as of {show_moment(held.made_at)}; "
        f"{held.warc_files} WARC {'file' if held.warc_files == 1 else 'files'}, {done.there} of them there already"
    )

"""`archive cdxj`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import click

from archive.commands.common import archive_path, db_option
from archive.errors import ArchiveUnreadable
from archive.evidence.cdxj import index_lines
from archive.evidence.opening import packs_in
from archive.tables.published import require_archive
from archive.text.counting import counted


@click.command("cdxj", short_help="Index the WARC files, for replay tools.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Without it warc/index.cdxj.",
)
@db_option
@click.pass_context
def command(ctx: click.Context, out: Path | None) -> None:
    """Write an index of all WARC files beside the archive, as CDXJ, which pywb and others look captures up in.

    It is made from the files alone, whole and anew each time; a file that is there before is replaced at the end.
    What `archive compact` has put into a .warc.zst is named there, for tools that read such files: pywb does not, and
    wants what `archive export --format warc` writes.

    \b
    Examples:
      archive cdxj
      archive cdxj --out /var/lib/pywb/indexes/index.cdxj
    """
    path = archive_path(ctx)
    folder = path.absolute().parent / "warc"
    require_archive(path)  # which may lie beside its archive
    target = out or folder / "index.cdxj"
    files = sorted([*folder.glob("*.warc.gz"), *packs_in(folder)])
    if not files:
        raise ArchiveUnreadable(f"there is no WARC file in {folder}")
    beside = target.with_name(target.name + ".part")
    try:
        lines = sorted(line for path in files for line in index_lines(path))
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise ArchiveUnreadable(f"the index can't be written: {error}") from None
    click.echo(f"{target}: {counted(len(lines), 'capture')} in {counted(len(files), 'WARC file')}")

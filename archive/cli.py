"""`archive`: the command line of everything that is done with an archive once it's there.

Exit codes: 0 done, 1 it can't be done (one sentence on standard error says why), 2 wrong usage.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from archive import __version__
from archive.commands import (
    backup,
    cdxj,
    changes,
    compact,
    coverage,
    export,
    failures,
    gone,
    health,
    history,
    importing,
    prove,
    publish,
    rebuild,
    reindex,
    remove,
    retry,
    seal,
    search,
    show,
    stats,
    templates,
    verify,
    watch,
)
from archive.commands.common import db_option
from archive.errors import ArchiveError, InvalidInput


class _Commands(click.Group):
    """A group whose commands tell what is wrong in one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; an error of the archive becomes click's, with its exit code."""
        try:
            return super().invoke(ctx)
        except ArchiveError as error:
            kind = click.UsageError if isinstance(error, InvalidInput) else click.ClickException
            raise kind(str(error)) from error


@click.group("archive", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@db_option
@click.version_option(__version__, prog_name="archive")
def cli() -> None:
    """Search, read, export and fill an archive of conflict reporting.

    \b
    Examples:
      archive stats
      archive search 'airstrike AND saraqeb'
      archive show 3
    """


for _module in (
    search, show, history, changes, gone, stats, health, coverage, failures, retry, templates, export, importing, verify,
    remove, seal, prove, cdxj, compact, backup, publish, rebuild, reindex, watch,
):  # fmt: skip
    cli.add_command(_module.command)
cli.add_command(backup.restore_command)


def main() -> None:
    """Run the command line; a character that the terminal's encoding lacks is escaped rather than fatal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="archive")


if __name__ == "__main__":
    main()

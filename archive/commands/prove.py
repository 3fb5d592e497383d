"""`archive prove`."""

from __future__ import annotations

from pathlib import Path

import click

from archive.commands.common import archive_path, clock, db_option, show_moment
from archive.open import reading
from archive.proving.bundle import prove
from archive.tables.published import require_archive
from archive.text.terminal import one_line


@click.command("prove", short_help="Write all that an outsider needs to check one report.")
@click.argument("article_id", metavar="ID", type=click.IntRange(min=1))
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="The zip to write; without it proof-ID.zip.")  # fmt: skip
@db_option
@click.pass_context
def command(ctx: click.Context, article_id: int, out: Path | None) -> None:
    """Write a zip that shows what the archive has of report ID to somebody who does not trust us: its pages as they were
    received, its texts, the rows about them, the seals that cover them, and a program of one file that checks it all.

    \b
    Examples:
      archive prove 58 --out saraqeb.zip
      unzip saraqeb.zip -d saraqeb && python3 saraqeb/verify.py
    """
    path = archive_path(ctx)
    file = out or Path(f"proof-{article_id}.zip")
    require_archive(path)
    with reading(path) as conn:
        proof = prove(conn, path.absolute().parent, article_id, file, clock=clock(ctx))
    click.echo(f"{file}: {one_line(proof.title)}")
    removed = f" ({proof.removed} removed)" if proof.removed else ""
    click.echo(f"  captures: {proof.captures}{removed}, revisions: {proof.revisions}")
    for seal in proof.seals:
        state = seal.vouched or "neither signed nor timestamped"
        click.echo(f"  in the seal of {show_moment(seal.sealed_at)}, {state}")

"""`archive export`."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from archive.commands.common import archive_path, db_option, filter_options
from archive.errors import InvalidInput
from archive.export import Writer, columns, rows, write_csv, write_jsonl
from archive.filters import Filters
from archive.open import reading
from archive.tables.published import require_archive
from archive.warcs import export_files, export_reports

_BOM = "\ufeff"


@click.command("export", short_help="Write reports as JSON lines or CSV.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "warc"]), default="jsonl", show_default=True,
              help="One JSON object a line, comma-separated values, or the captured pages as WARC.gz.")  # fmt: skip
@click.option("--query", help="Only reports that this search finds.")
@filter_options
@click.option("-o", "--out", default="-", metavar="FILE",
              help="Where to; - is standard output. For warc, a folder.  [default: -]")  # fmt: skip
@click.option("--bom", is_flag=True, help="Begin the CSV with a byte order mark, so that Excel sees UTF-8.")
@db_option
@click.pass_context
def command(
    ctx: click.Context,
    form: str,
    query: str | None,
    filters: Filters,
    out: str,
    bom: bool,
) -> None:
    """Write reports with every column, as JSON lines or CSV (UTF-8); or their captured pages, as WARC.gz.

    In CSV, a text that a spreadsheet could take for a formula (it begins with = + - or @, or with a tab or
    line end, also after white space) gets an apostrophe in front. To undo it, take the first apostrophe off
    each text that has such a character after its apostrophes. JSON lines hold every text as it is.

    With --format warc, each record is byte for byte what was written when it was captured, also where `archive compact`
    keeps it otherwise now. Without any filter every file of captures is written as it was; with one, the records of the
    reports that match.

    \b
    Examples:
      archive export --format csv --bom --since 2026-01-01 --out january.csv
      archive export --query 'title:قصف' | head -1
      archive export --format warc --source zamanalwasl-en --out pages/
    """
    if bom and form != "csv":
        raise click.UsageError("--bom is for --format csv: nothing else begins with a byte order mark")
    path = archive_path(ctx)
    if form == "warc":
        _export_warc(path, query, filters, out)
        return
    with reading(path) as connection:
        found = rows(connection, query, filters)
        with _written(out, archive=path) as stream:
            if form == "csv":
                stream.write(_BOM if bom else "")
                count = write_csv(found, stream, columns(connection))
            else:
                count = write_jsonl(found, stream)
    if out != "-":
        click.echo(f"{count} {'report' if count == 1 else 'reports'} written to {out}", err=True)


def _export_warc(path: Path, query: str | None, filters: Filters, out: str) -> None:
    if out == "-":
        raise click.UsageError("--format warc writes files: name a folder for them with --out")
    folder, target = path.absolute().parent / "warc", Path(out)
    require_archive(path)
    with reading(path) as connection:
        if query is None and filters == Filters():
            done = export_files(connection, folder, target)
        else:
            done = export_reports(connection, folder, target, rows(connection, query, filters))
    what = f"{done.files} WARC {'file' if done.files == 1 else 'files'}, {done.size / 1e6:,.2f} MB"
    pages = "" if done.captures is None else f", {done.captures} captures"
    click.echo(f"{what}{pages} written to {out}", err=True)


@contextmanager
def _written(out: str, archive: Path) -> Iterator[Writer]:
    """Open what to write to: a file appears only when it is whole, and never in the archive's place."""
    if out == "-":
        # in UTF-8 and with line ends as they are written, whatever the locale
        yield codecs.getwriter("utf-8")(sys.stdout.buffer)
        return
    target = Path(out)
    if target.exists() and target.samefile(archive):
        raise InvalidInput(f"--out {out} is the archive itself")
    # A device or a pipe is written to as it is; replacing /dev/null by a file would be a bad surprise.
    part = target if target.exists() and not target.is_file() else target.with_name(target.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        if part != target:
            part.replace(target)
    except OSError as error:
        raise InvalidInput(f"--out {out} can't be written: {error.strerror}") from error
    finally:
        if part != target:
            part.unlink(missing_ok=True)

"""`archive rebuild`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from archive.commands.bars import Bars
from archive.commands.common import archive_path, clock, db_option, json_option, print_json
from archive.errors import ArchiveError, InvalidInput
from archive.rebuilding.derivation import GROUP, installed
from archive.rebuilding.engine import Rebuild, Rebuilt, Sources
from archive.store import Store
from archive.syncing import sync_path
from archive.tables import custodyfile
from archive.text.counting import counted
from archive.text.terminal import one_line
from archive.troubles import sentence

_SQLITE = ("", "-wal", "-shm", "-journal")


@click.command("rebuild", short_help="The database anew, from WARC files and the custody log.")
@click.option("--from", "folder", metavar="FOLDER", required=True, type=click.Path(path_type=Path),
              help="The archive's folder of WARC files (warc/). They are read where they are, and not changed.")  # fmt: skip
@click.option("--custody", "log", metavar="FILE", type=click.Path(path_type=Path),
              help="The custody log; without it, the one *.custody.jsonl that lies beside FOLDER.")  # fmt: skip
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, folder: Path, log: Path | None, as_json: bool) -> None:
    """Derive a database (--db FILE, which must not exist) from an archive's WARC files and its custody log.

    Each visit is written again as it was written first, with the same ids, times and hashes; texts are extracted anew
    from the captured pages, by this version of the extraction, with the template that each was read with. FILE's folder
    must have the WARC files as warc/: where there is none, a link to FOLDER is made.

    \b
    Example:
      archive rebuild --from warc/ --db new.db

    --json prints {"archive", "files", "rows": {table: count}, "texts", "differing": {version: count}, "removed",
    "lost", "unusable", "taken_back", "crashed", "old", "imported", "dangling", "problems": [...]}.

    The exit code is 1 if something could not be derived. A rebuild that was stopped is begun anew.
    """
    path = archive_path(ctx)
    chosen = log or (_log_beside(folder) if folder.is_dir() else None)
    _require(path, folder, chosen)
    if (reader := installed()) is None:
        raise ArchiveError(f"no extraction is installed (entry point {GROUP}), so no text can be derived")
    part = path.with_name(path.name + ".part")
    for ending in _SQLITE:
        part.with_name(part.name + ending).unlink(missing_ok=True)
    try:
        with closing(reader), Bars(15) as bars:
            done = Rebuild(Sources(folder, chosen), reader, bars, clock(ctx)).run(part)
        _put_in_place(part, path, folder)
    except OSError as error:
        raise ArchiveError(sentence(path, error)) from error
    if as_json:
        print_json(_as_json(path, done))
    else:
        _print(path, done)
    if done.unusable or done.lost or done.dangling or done.imported or done.old:
        ctx.exit(1)


def _require(path: Path, folder: Path, log: Path | None) -> None:
    """Raise ArchiveError for what would write over something, or has nothing to read."""
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}")
    if not any(name.name.endswith((".warc.gz", ".warc", ".warc.zst")) for name in folder.iterdir()):
        raise InvalidInput(f"{folder} holds no WARC files")
    if log is not None and not log.is_file():
        raise InvalidInput(f"there is no custody log {log}")
    own = custodyfile.beside(path)
    is_its_own = log is not None and log.resolve() == own.resolve()  # which the new database goes on with
    for taken in (path, *([] if is_its_own else [own])):
        if taken.exists():
            raise InvalidInput(
                f"{taken} is there already: a rebuild writes over nothing, so name a new file with --db"
            )
    rest = path.with_name(path.name + "-wal")
    if rest.exists() and rest.stat().st_size:
        raise InvalidInput(f"{rest} is of a database that is no longer there: move it away first")
    beside = path.absolute().parent / "warc"
    if beside.exists() and beside.resolve() != folder.resolve():
        raise InvalidInput(
            f"{beside} is another folder than {folder}, and an archive reads its WARC files from warc/ beside it: name a "
            "file in another folder with --db"
        )


def _log_beside(folder: Path) -> Path | None:
    """Return the custody file beside the folder of WARC files; None if there is none, InvalidInput if there are two."""
    found = sorted(folder.resolve().parent.glob(f"*{custodyfile.ENDING}"))
    if len(found) > 1:
        raise InvalidInput(f"{found[0].parent} holds {len(found)} custody logs: name one with --custody")
    return found[0] if found else None


def _put_in_place(part: Path, path: Path, folder: Path) -> None:
    """Give the new database its name, with its custody log beside it, and the WARC files as warc/."""
    warc = path.absolute().parent / "warc"
    if not warc.exists():
        warc.symlink_to(folder.resolve(), target_is_directory=True)
    for ending in _SQLITE[1:]:
        for left in (part, path):  # an empty log; or what stayed of a database that was lost
            left.with_name(left.name + ending).unlink(missing_ok=True)
    part.replace(path)
    sync_path(path)
    sync_path(path.absolute().parent)
    Store(path, create=False).close()  # which makes the custody file of the table


def _as_json(path: Path, done: Rebuilt) -> dict[str, Any]:
    return {
        "archive": str(path), "files": done.files, "rows": dict(done.rows), "texts": done.texts,
        "differing": done.differing, "removed": done.removed, "lost": done.lost, "unusable": done.unusable,
        "taken_back": done.taken_back, "crashed": done.crashed, "old": done.old, "imported": done.imported,
        "dangling": len(done.dangling), "problems": done.sentences,
    }  # fmt: skip


def _print(path: Path, done: Rebuilt) -> None:
    rows = done.rows
    click.echo(
        f"read        {counted(done.files, 'WARC file')}; {counted(rows['custody'] - 1, 'entry', 'entries')} of the custody log"
    )
    click.echo("written     " + ", ".join(f"{count} {table}" for table, count in rows.items()))
    click.echo(
        f"texts       {done.texts} extracted, {done.texts - sum(done.differing.values())} of them as they were"
    )
    for version, count in sorted(done.differing.items()):
        click.echo(
            f"            {count} that version {one_line(version)} of the extraction made are other than they were"
        )
    for count, what in (
        (done.removed, "pages that were removed on purpose"),
        (done.lost, "reports could not be derived"),
        (done.imported, "texts that came without a page (`archive import`) are in no WARC file"),
        (done.unusable, "records or entries could not be used"),
        (done.taken_back, "visits were written and never stored (a crash)"),
        (done.crashed, "responses belong to no visit (a crash)"),
        (done.old, "responses are of a version that told nothing of visits: `scrapy importwarc` takes them in"),
        (len(done.dangling), "rows point to what is not there"),
    ):  # fmt: skip
        if count:
            click.echo(f"not there   {count} {what}")
    if not done.has_log:
        click.echo("not there   the custody log: removals and re-extractions are not known", err=True)
    for line in (*done.sentences, *done.dangling[:5]):
        click.echo(f"            {one_line(line)}", err=True)
    click.echo(f"{path} is rebuilt; `archive --db {path} verify` checks it")

"""`archive remove`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.commands.common import archive_path, clock, db_option, show_moment
from archive.errors import InvalidInput
from archive.open import reading, translated_errors
from archive.removal import check, referring, remove
from archive.tables import removals
from archive.tables.published import require_archive
from archive.tables.removals import Capture
from archive.text.counting import counted
from archive.text.terminal import one_line

_MOST_IDS = 50  # of one sentence: an error page may be that of thousands of addresses


@click.command("remove", short_help="Take captured pages out for good, as a court may order.")
@click.argument("capture_ids", metavar="CAPTURE_ID...", type=int, nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT",
              help="Why, for the custody log and the WARC file: the court, the date, the file number.")  # fmt: skip
@click.option(
    "--all-copies", is_flag=True, help="Remove every other capture of the same page, byte for byte, as well."
)
@click.option("--leave-copies", is_flag=True, help="Leave them, and the page with them.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@db_option
@click.pass_context
def command(
    ctx: click.Context, capture_ids: tuple[int, ...], reason: str, all_copies: bool, leave_copies: bool, yes: bool
) -> None:  # fmt: skip
    """Take captured pages out of an archive for good: a tombstone with hash, time and reason is what stays.

    The page is blanked out in its WARC file, where all other records stay as and where they are. The texts that were
    made of it, in revisions, report and search index, become "[removed]". The row of `captures` stays: it holds the
    address, times and hashes. `archive verify` then counts the page as removed on purpose.

    A page that was fetched again unchanged has several captures, and is gone only if all of them are removed: give all
    of them, or --all-copies; without, nothing is removed. --leave-copies removes what is named, and leaves the page.

    \b
    Examples:
      archive remove 17 --reason "Landgericht Berlin, 2026-03-04, 27 O 123/26"
      archive remove 17 --all-copies --reason "Landgericht Berlin, 2026-03-04, 27 O 123/26"
      archive remove 17 23 --yes --reason "at the family's request"

    `archive show ARTICLE_ID` tells the captures of a report. It can't be undone.
    """
    path, reason = archive_path(ctx), " ".join(reason.split())
    if not reason:
        raise InvalidInput("--reason is empty: say why, it is all that stays")
    if all_copies and leave_copies:
        raise InvalidInput("--all-copies and --leave-copies exclude each other")
    captures = _chosen(path, capture_ids, all_copies=all_copies, leave_copies=leave_copies)
    for capture in captures:
        check(capture, _warc_folder(path))
        _tell(capture)
    _tell_others(captures)
    if all(capture.is_removed for capture in captures):
        return
    if not yes:
        click.confirm("Remove for good?", abort=True)
    with translated_errors(path):
        done = remove(path, captures, reason, clock(ctx))
    _tell_done(done.captures)
    if done.log_is_left:
        click.echo(
            f"Note: somebody is reading the archive; until that ends, texts may be left in {path}-wal.",
            err=True,
        )


def _chosen(path: Path, capture_ids: Sequence[int], *, all_copies: bool, leave_copies: bool) -> list[Capture]:
    """Return the captures to remove. Raises InvalidInput where others hold their page, and nobody said what of those."""
    require_archive(path)
    with reading(path) as connection:
        chosen = {each: removals.find(connection, each) for each in dict.fromkeys(capture_ids)}
        for capture in list(chosen.values()):
            copies = [removals.find(connection, each) for each in capture.copies if each not in chosen]
            if all_copies:
                chosen |= {copy.id: copy for copy in copies}
            elif capture.is_removed:
                continue
            elif copies and not leave_copies:
                raise InvalidInput(
                    f"{counted(len(copies), 'other capture')} {'holds' if len(copies) == 1 else 'hold'} the page of "
                    f"capture {capture.id} too ({_ids(copies)}): --all-copies removes it from all of them, "
                    "--leave-copies from none of them"
                )
            elif bound := referring(capture, copies, _warc_folder(path)):
                raise InvalidInput(
                    f"the record of capture {capture.id} holds the page of capture {', '.join(map(str, bound))} too, "
                    "which can't be left without it: --all-copies removes all of them"
                )
    return list(chosen.values())


def _warc_folder(path: Path) -> Path:
    return path.absolute().parent / "warc"


def _tell(capture: Capture) -> None:
    articles = sorted({text.article_id for text in capture.texts})
    made = f"report {', '.join(map(str, articles))}" if articles else "no report was made of it"
    what = f"capture {capture.id}: {one_line(capture.url)}"
    if capture.is_removed:
        click.echo(f"{what} was removed before.")
        return
    click.echo(f"{what}\n    {show_moment(capture.fetched_at)}, {capture.payload_bytes} bytes, {made}")
    click.echo(f"    sha256:{one_line(capture.payload_sha256)}")


def _tell_others(captures: Sequence[Capture]) -> None:
    chosen = {capture.id for capture in captures}
    others = sorted({other for capture in captures for other in capture.also} - chosen)
    if others:
        click.echo(
            f"Other captures of the same reports, or with the same bytes, stay: {', '.join(map(str, others))}"
        )


def _tell_done(captures: Sequence[Capture]) -> None:
    """Say what was removed, and of which page that is not all."""
    removed = [capture for capture in captures if not capture.is_removed]
    texts = sum(len(capture.texts) for capture in removed)
    click.echo(f"{counted(len(removed), 'capture')} and {counted(texts, 'text')} removed.")
    gone = {capture.id for capture in captures}
    for capture in removed:
        if left := [str(each) for each in capture.copies if each not in gone]:
            click.echo(f"The page of capture {capture.id} is still there, in capture {', '.join(left)}.")


def _ids(captures: Sequence[Capture]) -> str:
    shown = ", ".join(str(capture.id) for capture in captures[:_MOST_IDS])
    return shown if len(captures) <= _MOST_IDS else f"{shown} ..."

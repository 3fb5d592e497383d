"""`archive verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archive.commands.bars import Bars
from archive.commands.common import archive_path, clock, db_option, json_option, print_json
from archive.errors import ArchiveError
from archive.open import reading, translated_errors
from archive.text.terminal import one_line
from archive.verify import Check, Mode, Report, Verdict, Wish, verify
from archive.verify.derivation import installed
from archive.verify.repair import repair

_DAMAGED, _UNUSABLE = 1, 2
_EXAMPLES = 5
_SAMPLE = 100


@click.command("verify", short_help="Is the archive as it was written?")
@click.option("--quick", "mode", flag_value=Mode.QUICK.value,
              help="Only what takes seconds: chains, references, lengths of WARC files. No page or text is read.")  # fmt: skip
@click.option("--full", "mode", flag_value=Mode.FULL.value,
              help="Everything: also SQLite's slow check, and a sample of texts extracted anew from their captures.")  # fmt: skip
@click.option("--sample", type=click.IntRange(min=1), default=_SAMPLE, show_default=True, metavar="N",
              help="How many texts --full extracts anew, chosen at random.")  # fmt: skip
@click.option("--repair", "repairs", is_flag=True,
              help="Mend what can be: the search index, and a record that a crash cut short. Then look again.")  # fmt: skip
@click.option("--examples", type=click.IntRange(min=0), default=_EXAMPLES, show_default=True, metavar="N",
              help="How many examples of each kind to show.")  # fmt: skip
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context, mode: str | None, sample: int, repairs: bool, examples: int, as_json: bool
) -> None:
    """Check everything in an archive that can be recomputed, and name what is not as it was written.

    \b
    The chains of captures and of the custody log, every record of every WARC file and the hashes of the captured
    pages, the hashes of the texts, the search index, references, the database file. It only reads, and may run while
    a crawl does.

    \b
    Examples:
      archive verify
      archive verify --quick --json
      archive verify --repair

    Of a copy that `archive publish` made, texts, index and database are checked, and nothing that is evidence.

    --json prints {"archive", "published", "mode", "is_clean", "captures_head", "custody_head", "repaired": [...], "checks":
    [{"name", "verdict", "summary", "damage", "examples", "notes"}]}.

    The exit code is 0 if nothing is wrong, 1 if something is, 2 if the archive can't be opened.
    """
    path, chosen = archive_path(ctx), Mode(mode or Mode.DEFAULT)
    wish = Wish(chosen, examples, sample, installed() if chosen is Mode.FULL else None)
    done: list[str] = []
    try:
        report = _verify(path, wish)
        if repairs:
            with translated_errors(path):
                done = repair(path, report, clock(ctx))
            report = _verify(path, wish) if done else report
    except ArchiveError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_UNUSABLE)
    if as_json:
        print_json(_as_json(path, report, done))
    else:
        _print(path, report, done, repairs=repairs)
    if not report.is_clean:
        ctx.exit(_DAMAGED)


def _verify(path: Path, wish: Wish) -> Report:
    with reading(path) as conn, Bars() as bars:
        return verify(path, conn, wish, bars)


def _as_json(path: Path, report: Report, done: list[str]) -> dict[str, Any]:
    return {
        "archive": str(path),
        "published": report.published,
        "mode": report.mode.value,
        "is_clean": report.is_clean,
        "captures_head": report.captures.hash,
        "custody_head": report.custody.hash,
        "repaired": done,
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.value,
                "summary": check.summary,
                "damage": check.damage,
                "examples": list(check.examples),
                "notes": list(check.notes),
            }
            for check in report.checks
        ],
    }


def _print(path: Path, report: Report, done: list[str], *, repairs: bool) -> None:
    for sentence in done:
        click.echo(f"Repaired: {one_line(sentence)}.")
    if repairs and not done:
        click.echo("There was nothing that can be repaired.")
    for check in report.checks:
        _print_check(check)
    click.echo()
    for name, head in (("captures", report.captures), ("custody", report.custody)):
        if head.hash is not None:
            click.echo(f"The chain of {name} ends with row {head.id}, {one_line(head.hash)}")
    wrong = sum(check.damage for check in report.checks)
    things = "1 thing is" if wrong == 1 else f"{wrong} things are"
    shown = one_line(str(path))
    whole = f"is {report.published}: sound, and no evidence" if report.published else "is as it was written"
    click.echo(f"{shown}: {things} not as written." if wrong else f"{shown} {whole}.")


def _print_check(check: Check) -> None:
    verdict = check.verdict.value if check.verdict is not Verdict.DAMAGED else f"DAMAGED ({check.damage})"
    click.echo(f"{check.name:<20} {verdict:<12} {one_line(check.summary)}".rstrip())
    for sentence in check.examples:
        click.echo(f"    {one_line(sentence)}")
    if check.damage > len(check.examples):
        click.echo(f"    ... and {check.damage - len(check.examples)} more (--examples N, --json)")
    for sentence in check.notes:
        click.echo(f"    note: {one_line(sentence)}")

"""`archive import`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import click

from archive.clock import Clock, to_text
from archive.commands.common import archive_path, clock, db_option
from archive.evidence.warc import WarcFile
from archive.importer import KEYS, ParsedLine, new_source, read_lines
from archive.models import Outcome
from archive.open import reading, translated_errors
from archive.preparing import Ready, made_ready
from archive.store import Store
from archive.text.terminal import one_line
from archive.watches import engine

_LINES_A_COMMIT = 500
_MAX_KEY_WARNINGS = 20


@click.command("import", short_help="Add reports that come as text.")
@click.option("--jsonl", "stream", type=click.File("rb"), required=True, metavar="FILE",
              help="One JSON object a line; - is standard input.")  # fmt: skip
@db_option
@click.pass_context
def command(ctx: click.Context, stream: BinaryIO) -> None:
    """Add reports that come as text, one JSON object a line.

    \b
    {"url": "https://...", "source": "my-source", "title": "...", "body": "..."} is needed; published_at
    (2026-01-24, or 2026-01-24T18:04:00+02:00; UTC without an offset), language, author, agency, standfirst,
    section, dateline, tags (a list), is_truncated, modified_at and seen_at may follow. Other keys are named once and left aside. A bad line is named
    and skipped. A source that the archive doesn't have is made. What was crawled is never overwritten. The custody
    log notes each text that is new or changed as imported, with the SHA-256 of its line.

    \b
    Example:
      archive import --jsonl reports.jsonl --db archive.db

    The exit code is 1 if there were lines and every one was bad.
    """
    path = archive_path(ctx)
    counts: Counter[str] = Counter()
    lines = _good_lines(stream, counts, clock(ctx))
    with translated_errors(path), Store(path, clock=clock(ctx)) as store:
        _import_all(store, lines, _known_sources(path), counts, clock(ctx))
    click.echo(
        f"imported {counts[Outcome.STORED]}, changed {counts[Outcome.CHANGED]}, "
        f"unchanged {counts[Outcome.UNCHANGED]}, already crawled {counts[Outcome.DUPLICATE]}, "
        f"skipped {counts['bad']} (bad lines)"
    )
    _ask_watches(path, clock(ctx))
    if counts["bad"] and counts.total() == counts["bad"]:
        ctx.exit(1)


def _ask_watches(path: Path, now: Clock) -> None:
    done = engine.run(
        path, now, lambda watch, error: click.echo(f"Watch {watch.name!r}: {one_line(error)}", err=True)
    )
    if done.matched:
        click.echo(f"watches: {done.matched} new matches, {done.delivered} delivered")


def _good_lines(stream: BinaryIO, counts: Counter[str], clock: Clock) -> Iterator[tuple[ParsedLine, Ready]]:
    """Yield the lines that can be imported; name the others, and keys without a meaning, on standard error."""
    name = getattr(stream, "name", "<stdin>")
    warned: set[str] = set()
    for ready in made_ready(read_lines(stream), clock()):
        where = f"{name}:{ready.line.number}"
        parsed = ready.parsed
        if parsed is None:
            counts["bad"] += 1
            click.echo(one_line(f"{where}: {ready.problem}; skipped"), err=True)
            continue
        for key in parsed.unknown_keys:
            if key not in warned and len(warned) < _MAX_KEY_WARNINGS:
                warned.add(key)
                known = ", ".join(KEYS)
                click.echo(
                    f"{where}: unknown key {ascii(key)[:60]} is left aside here and below (known: {known})",
                    err=True,
                )
        yield parsed, ready


def _import_all(
    store: Store,
    lines: Iterator[tuple[ParsedLine, Ready]],
    sources: set[str],
    counts: Counter[str],
    now: Clock,
) -> None:
    """Store the texts; each line that gives a new one, or a changed one, is kept in a WARC file too."""
    with closing(WarcFile(store.warc_folder, "import", now())) as warc:
        for number, (parsed, ready) in enumerate(lines, start=1):
            imported = parsed.imported
            if imported.source_id not in sources:
                store.save_source(new_source(imported))
                sources.add(imported.source_id)
            store.expect(ready.forms)
            outcome = store.import_article(imported, ready.columns)
            counts[outcome] += 1
            if outcome in {Outcome.STORED, Outcome.CHANGED}:
                warc.add_text(imported.url, to_text(now()), parsed.content)
            if number % _LINES_A_COMMIT == 0:
                warc.sync()
                store.commit()


def _known_sources(path: Path) -> set[str]:
    with reading(path) as connection:
        return {row["id"] for row in connection.execute("select id from sources")}

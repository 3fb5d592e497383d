"""`archive history`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from archive.changes.summary import order, sentence
from archive.commands.addresses import state_line
from archive.commands.common import (
    Paper,
    archive_path,
    db_option,
    json_option,
    paper,
    print_json,
    show_moment,
)
from archive.commands.diffs import DiffPaper
from archive.open import reading
from archive.tables.changelog import UNTOLD
from archive.text.terminal import one_line
from archive.views.history import History, Step, history, to_dict

_LARGEST_ID = 2**63 - 1
_PATHS = {"template": "read by template", "mixed": "read by template and page", "single": "read by page"}
_MOST_CHANGES = 30  # lines of what changed, before "and N more"


@click.command("history", short_help="How a report read over time, and what changed.")
@click.argument("article_id", metavar="ID", type=click.IntRange(1, _LARGEST_ID))
@click.option(
    "--from", "first", type=click.IntRange(1), help="Compare this revision (without it: the first) ..."
)
@click.option("--to", "last", type=click.IntRange(1), help="... with this one (without it: the newest).")
@click.option("--full", is_flag=True, help="Show whole paragraphs, those that did not change too.")
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context, article_id: int, first: int | None, last: int | None, full: bool, as_json: bool
) -> None:
    """Show each revision of a report: when it was seen, in which capture, how it was read, and what changed, word by word.

    On a terminal what was removed is red and struck out, what was added green and bold; elsewhere (and with
    $NO_COLOR) they are [-removed-] and {+added+}. A paragraph that stands elsewhere now is said to be moved.

    \b
    Examples:
      archive history 17
      archive history 17 --from 1 --to 3

    --json prints {"article", "revisions": [...], "states": [...], "steps": [{"from", "to", "seen_at", "is_substantive",
    "kinds", "summary", "changes": [...], "title", "standfirst", "author", "published_at" (those that changed),
    "paragraphs": [{"status", "before", "after", "words": [["same" | "removed" | "added", text], ...]}]}]}.
    """
    with reading(archive_path(ctx)) as connection:
        found = history(connection, article_id, first, last)
    if as_json:
        print_json(to_dict(found))
    else:
        for line in _lines(found, paper(), full=full, is_pair=first is not None or last is not None):
            click.echo(line)


def _lines(found: History, sheet: Paper, *, full: bool, is_pair: bool) -> Iterator[str]:
    article = found.article
    yield sheet.fit_line(str(article["title"]))
    count = len(found.revisions)
    yield f"\nid {article['id']}, {one_line(article['source_name'])}, {count} revision{'' if count == 1 else 's'}"
    yield one_line(article["url"])
    steps = {step.after["number"]: step for step in found.steps}
    shown = DiffPaper(sheet, full)
    for revision in found.revisions:
        number = revision["number"]
        if is_pair and number not in {found.steps[0].before["number"], found.steps[0].after["number"]}:
            continue
        yield f"\n{_revision_line(revision)}"
        if number in steps:
            yield from _step_lines(steps[number], shown)
    if found.states:
        yield "\naddress"
        yield from (f"  {state_line(state)}" for state in found.states)


def _revision_line(revision: Mapping[str, Any]) -> str:
    path = f"  {_PATHS[revision['extraction_path']]}" if revision["extraction_path"] else ""
    if revision["capture_id"] is None:
        return f"revision {revision['number']}  {show_moment(revision['seen_at'])}  imported as text"
    seen = f"revision {revision['number']}  {show_moment(revision['seen_at'])}  capture {revision['capture_id']}{path}"
    if not revision["warc_file"]:  # of a published copy
        return seen
    return (
        f"{seen}  "
        f"sha256 {revision['payload_sha256'][:16]}  {one_line(revision['warc_file'])}:{revision['warc_offset']}"
    )


def _step_lines(step: Step, shown: DiffPaper) -> Iterator[str]:
    if not step.is_told:
        yield f"  {UNTOLD}"
        return
    yield f"  {'substantive' if step.is_substantive else 'not substantive'}, against revision {step.before['number']}"
    changes = sorted(step.changes, key=lambda change: order(change.kind))
    told = list(dict.fromkeys(one_line(sentence(change)) for change in changes))
    yield from (f"  - {line}" for line in told[:_MOST_CHANGES])
    if len(told) > _MOST_CHANGES:
        yield f"  - and {len(told) - _MOST_CHANGES} more: --json has them all"
    for column, words in step.lines.items():
        yield f"  {column}"
        yield shown.text(words, "    ")
    if step.dates:
        yield f"  published\n    {show_moment(step.dates[0])} → {show_moment(step.dates[1])}"
    if any(piece.status.value != "same" for piece in step.pieces):
        yield "  text"
        yield from shown.pieces(step.pieces, "    ")

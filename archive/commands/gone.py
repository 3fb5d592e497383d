"""`archive gone`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date

import click

from archive.commands.common import (
    Day,
    Paper,
    archive_path,
    db_option,
    json_option,
    paper,
    print_json,
    show_moment,
)
from archive.open import reading
from archive.text.terminal import one_line
from archive.views.gone import Lost, count_missing, in_words, lost


@click.command("gone", short_help="Reports that the web lost, and we have.")
@click.option("--source", metavar="ID", help="Only reports of this source.")
@click.option("--since", type=Day(), help="First missed on this UTC day or later.")
@click.option("--missing", is_flag=True, help="Also those that were missed, but not for a day yet.")
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, source: str | None, since: date | None, missing: bool, as_json: bool) -> None:
    """List the reports that are not at their address any more: which, since when, and how; the latest first.

    A report is gone when its address answered 404 or 410, showed a page that says that there is none, or led to the
    homepage or a list, at two looks at least a day apart. Moved ones redirect to another address.

    \b
    Examples:
      archive gone --since 2026-01-01
      archive show 35                         the text that we have, and its captures

    --json prints {"gone": [{"article_id", "source_id", "source_name", "title", "url", "published_at",
    "published_at_precision", "last_seen_at", "state", "how", "detail", "since", "last_confirmed_at", "capture_id",
    "last_capture_id", "payload_sha256", "warc_file", "warc_offset" (of last_capture_id), "shown_by", "shown_sha256",
    "shown_warc_file", "shown_warc_offset" (the capture of the text)}], "missing"}.
    """
    with reading(archive_path(ctx)) as connection:
        found = lost(connection, source, since, missing=missing)
        waiting = count_missing(connection, source)
        if as_json:
            print_json({"gone": [asdict(one) for one in found], "missing": waiting})
        else:
            _print_lost(found, 0 if missing else waiting)


def _print_lost(found: Iterable[Lost], waiting: int) -> None:
    count = 0
    sheet = paper()
    for one in found:
        count += 1
        click.echo("\n".join(_lines(one, sheet)) + "\n")
    click.echo(
        f"{count} report{'' if count == 1 else 's'} no longer there."
        if count
        else "Nothing is known to be gone."
    )
    if waiting:
        what = "1 more was" if waiting == 1 else f"{waiting} more were"
        click.echo(f"{what} missed at the last look, and not for a day yet: --missing lists them.")


def _lines(one: Lost, sheet: Paper) -> Iterator[str]:
    yield f"{one.article_id}  {one.state}: {in_words(one.how)}  {one_line(one.source_name)}"
    yield sheet.fit_line(one.title, "    ")
    yield f"    {one_line(one.url)}"
    if one.state == "moved" and one.detail:
        yield f"    {one_line(one.detail)}"
    yield (
        f"    published {_published(one)}; last seen {show_moment(one.last_seen_at)}; "
        f"missed {show_moment(one.since)}, and last {show_moment(one.last_confirmed_at)}"
    )
    if one.last_capture_id:
        yield f"    not there: {_capture(one.last_capture_id, one.payload_sha256, one.warc_file, one.warc_offset)}"
    if one.shown_by:
        yield f"    the text:  {_capture(one.shown_by, one.shown_sha256, one.shown_warc_file, one.shown_warc_offset)}"


def _published(one: Lost) -> str:
    return show_moment(one.published_at, one.published_at_precision)


def _capture(capture_id: int, sha256: str | None, warc_file: str | None, offset: int | None) -> str:
    return f"capture {capture_id}  sha256 {(sha256 or '')[:16]}  {one_line(warc_file or '')}:{offset}"

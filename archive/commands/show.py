"""`archive show`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import click

from archive.clock import to_text
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
from archive.models import BlockKind, DateCandidate, TextBlock
from archive.open import reading
from archive.tables import blocks, candidates
from archive.text.terminal import one_line
from archive.views.show import Report, report

_LARGEST_ID = 2**63 - 1
_LABEL_WIDTH = 11
_PATHS = {"template": "read by template", "mixed": "read by template and page", "single": "read by page"}


@click.command("show", short_help="One report, with its captures and revisions.")
@click.argument("article_id", metavar="ID", type=click.IntRange(1, _LARGEST_ID))
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, article_id: int, as_json: bool) -> None:
    """Show one report: its text and what stands beside it, its dates, where it came from, captures and revisions.

    \b
    Example:
      archive show 3

    --json prints {"article", "source", "captures": [...], "revisions": [...], "states": [...]}, each with the columns
    of its table; of those, tags, date_candidates and blocks are JSON themselves. `archive history` shows what changed.
    """
    with reading(archive_path(ctx)) as connection:
        found = report(connection, article_id)
    if as_json:
        print_json(asdict(found))
    else:
        _print_report(found, paper())


def _print_report(found: Report, sheet: Paper) -> None:
    article = found.article
    click.echo(sheet.fit_line(str(article["title"])) + "\n")
    for label, value in _facts(found):
        click.echo(f"{label:<{_LABEL_WIDTH}}{one_line(value)}")
    for part in (article["standfirst"], article["body"]):
        if part:
            click.echo("\n" + sheet.fit(str(part)))
    for line in (*_beside(article, sheet), *_dates(article, sheet)):
        click.echo(line)
    click.echo(f"\ncaptures ({len(found.captures)})")
    for capture in found.captures:
        click.echo(f"  {_capture_line(capture)}")
    click.echo(f"revisions ({len(found.revisions)})")
    for revision in found.revisions:
        click.echo(f"  {_revision_line(revision)}")
    if found.states:
        click.echo(f"address ({len(found.states)})")
    for state in found.states:
        click.echo(f"  {state_line(state)}")


def _facts(found: Report) -> Iterator[tuple[str, str]]:
    article = found.article
    yield "id", str(article["id"])
    yield "source", f"{found.source['name']} ({article['source_id']})"
    yield "author", str(article["author"] or "not given")
    if article["agency"]:
        yield "agency", str(article["agency"])
    yield "published", _published(article)
    if article["modified_at"]:
        yield "modified", _moment(article["modified_at"])
    for label in ("dateline", "section"):
        if article[label]:
            yield label, str(article[label])
    if article["tags"]:
        yield "tags", _tags(str(article["tags"]))
    yield "language", str(article["language"] or "unknown")
    if article["is_truncated"]:
        yield "truncated", "the page shows the beginning only"
    yield (
        "state",
        f"{article['state']}; first seen {_moment(article['first_seen_at'])}, last {_moment(article['last_seen_at'])}",
    )
    yield "origin", "imported as text" if article["origin"] == "import" else "crawled"
    yield "url", str(article["url"])


def _beside(article: Mapping[str, object], sheet: Paper) -> Iterator[str]:
    """Give the blocks that are none of the body and no standfirst: captions, posts of other services ..."""
    found_blocks = blocks.from_json(_stored(article, "blocks"), str(article["body"]))
    others = [block for block in found_blocks if _is_beside(block)]
    if others:
        yield f"\nbeside the text ({len(others)})"
    for block in others:
        shown = " ".join(filter(None, (block.kind.replace("_", " "), block.url, block.text)))
        yield sheet.fit_line(shown, "  ")


def _tags(text: str) -> str:
    """Return a JSON array's texts with commas between; what is none, as it is."""
    try:
        tags = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return ", ".join(map(str, tags)) if isinstance(tags, list) else text


def _stored(article: Mapping[str, object], column: str) -> str | None:
    value = article[column]
    return None if value is None else str(value)


def _is_beside(block: TextBlock) -> bool:
    return not block.in_body and block.kind is not BlockKind.STANDFIRST


def _dates(article: Mapping[str, object], sheet: Paper) -> Iterator[str]:
    found = candidates.from_json(_stored(article, "date_candidates"))
    if found:
        yield f"\ndates ({len(found)})"
    for candidate in found:
        yield sheet.fit_line(_date_line(candidate), "  ")


def _date_line(candidate: DateCandidate) -> str:
    moment = (
        show_moment(to_text(candidate.moment), candidate.precision) if candidate.moment else "not an instant"
    )
    return (
        f"{candidate.role} {moment}, from {candidate.origin}, written {candidate.text!r}: {candidate.verdict}"
    )


def _published(article: Mapping[str, object]) -> str:
    if article["published_at"] is None:
        return "no date"
    precision = str(article["published_at_precision"] or "second")
    finding = f"to the {precision}, from {article['published_at_from'] or 'an unknown place'}"
    if article["published_at_text"]:
        finding += f", written {article['published_at_text']!r}"
    return f"{show_moment(str(article['published_at']), precision)} ({finding})"


def _moment(value: object) -> str:
    return show_moment(None if value is None else str(value))


def _capture_line(capture: Mapping[str, object]) -> str:
    seen = f"{capture['id']}  {_moment(capture['fetched_at'])}  {capture['status']}"
    if not capture["warc_file"]:  # of a published copy
        return f"{seen}  not published" + (
            f"  sha256 {str(sha)[:16]}" if (sha := capture["payload_sha256"]) else ""
        )
    return (
        f"{seen}  {capture['payload_bytes']} bytes  "
        f"sha256 {str(capture['payload_sha256'])[:16]}  {one_line(str(capture['warc_file']))}:{capture['warc_offset']}"
    )


def _revision_line(revision: Mapping[str, object]) -> str:
    capture = f"capture {revision['capture_id']}" if revision["capture_id"] else "no capture"
    path = f"  {_PATHS[str(revision['extraction_path'])]}" if revision["extraction_path"] else ""
    return f"{revision['number']}  {_moment(revision['seen_at'])}  {capture}{path}  {one_line(str(revision['title']))}"

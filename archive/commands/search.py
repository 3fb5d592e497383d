"""`archive search`."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import (
    Paper,
    archive_path,
    db_option,
    filter_options,
    json_option,
    paper,
    print_json,
    show_moment,
)
from archive.filters import Filters
from archive.open import reading
from archive.search import Hit, search
from archive.text import highlight
from archive.text import query as queries
from archive.text.terminal import one_line


@click.command("search", short_help="Find reports, the best match first.")
@click.argument("query")
@filter_options
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Hits at most.")
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context,
    query: str,
    filters: Filters,
    limit: int,
    as_json: bool,
) -> None:
    """Find reports, the best match first.

    QUERY is words that must all be there. AND, OR and NOT (in capitals), "a phrase", begin*, NEAR(two words, 5)
    and title:word narrow it. What is no such expression is searched for word by word.

    \b
    Examples:
      archive search 'airstrike AND saraqeb' --since 2026-01-01
      archive search 'قصف OR غارة' --lang ar --json

    --json prints {"query", "searched_for", "by_words", "hits": [{"id", "source_id", "source_name",
    "published_at", "published_at_precision", "language", "title", "url", "state", "rank" (lower is better),
    "snippet" (plain), "snippet_html" (escaped, the words in <b>)}]}.
    """
    parsed = queries.parse(query)
    with reading(archive_path(ctx)) as connection:
        hits = search(
            connection, parsed, source=filters.source, since=filters.since, until=filters.until, language=filters.language, limit=limit,
            marks=(highlight.START, highlight.END),
        )  # fmt: skip
    if parsed.by_words:
        click.echo(
            f"Note: no search expression, so its words are searched for: {one_line(parsed.match)}", err=True
        )
    if as_json:
        print_json({"query": query, "searched_for": parsed.match, "by_words": parsed.by_words,
                    "hits": [_as_json(hit) for hit in hits]})  # fmt: skip
    else:
        _print_hits(hits, limit, paper())


def _as_json(hit: Hit) -> dict[str, object]:
    row = asdict(hit)
    del row["marked_title"]
    row["snippet"] = highlight.render(hit.snippet, "", "")
    row["snippet_html"] = highlight.as_html(hit.snippet)
    return row


def _print_hits(hits: list[Hit], limit: int, sheet: Paper) -> None:
    """Print each field on a line of its own: beside right-to-left text, columns would change places."""
    for hit in hits:
        click.echo(_heading(hit))
        click.echo(sheet.fit_line(hit.marked_title, "    "))
        click.echo(sheet.fit_line(hit.snippet, "    "))
        click.echo(f"    {one_line(hit.url)}\n")
    count = len(hits)
    if not count:
        click.echo("No report matches.")
    elif count == limit:
        click.echo(f"The best {count} {'report' if count == 1 else 'reports'}; --limit shows more.")
    else:
        click.echo(f"{count} {'report' if count == 1 else 'reports'}.")


def _heading(hit: Hit) -> str:
    """Return id, day, language and source; the code before the name, so that the line runs left to right."""
    parts = [str(hit.id), show_moment(hit.published_at, "day"), hit.language or "--", hit.source_name]
    if hit.state != "live":
        parts.append(f"({hit.state})")
    return "  ".join(map(one_line, parts))

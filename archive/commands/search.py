"""`archive search`."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click
from click.core import ParameterSource

from archive.commands.common import (
    Paper,
    archive_path,
    db_option,
    filter_options,
    paper,
    print_json,
    show_moment,
)
from archive.export import harmless
from archive.filters import Filters
from archive.open import reading
from archive.search import CAP, Facets, Hit, Order, Results, search, stream, widened
from archive.text import highlight
from archive.text import query as queries
from archive.text.normalise import Normaliser
from archive.text.terminal import one_line

_CSV = (
    "id",
    "published_at",
    "language",
    "source_id",
    "source_name",
    "title",
    "url",
    "state",
    "rank",
    "snippet",
)
_SHOWN_FACETS = 8
_AT_ONCE = 200  # hits that are printed in one go


@click.command("search", short_help="Find reports, the best match first.")
@click.argument("query")
@filter_options
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Hits at most.")
@click.option("--sort", "order", type=click.Choice([each.value for each in Order]), default=Order.RELEVANCE.value, show_default=True,
              help="recent: the best first, but new ones are better; newest, oldest: by day of publication.")  # fmt: skip
@click.option(
    "--synonyms", is_flag=True, help="Search for other spellings of places and armed groups as well."
)
@click.option(
    "--related/--no-related", default=True, show_default=True,
    help="Where few reports match, search for words of the same family as well (hunter for hunting).",
)  # fmt: skip
@click.option("--facets", is_flag=True, help="Count the matches by source, language and month.")
@click.option("--all", "is_all", is_flag=True,
              help="Every match, in the order in which it was archived, as JSON lines or CSV.")  # fmt: skip
@click.option("--page", metavar="NAME", help="The next page, by the name that the one before gave for it.")
@click.option("--json", "form", flag_value="json", help="Print one JSON object, in UTF-8.")
@click.option("--csv", "form", flag_value="csv", help="Print the hits as CSV.")
@db_option
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    ctx: click.Context, query: str, filters: Filters, limit: int, order: str, synonyms: bool, related: bool, facets: bool,
    is_all: bool, page: str | None, form: str | None,
) -> None:  # fmt: skip
    """Find reports, the best match first.

    QUERY is words that must all be there, in any of their forms. AND, OR and NOT (in capitals), brackets, "a phrase",
    begin*, NEAR(two words, 5) and title:word narrow it, and so do source:ID, lang:ar, since:2020-01-31, until:2020,
    kind:monitor and conflict:Syria. Where fewer than ten reports match, words of the same family are searched for as well, and
    named in a note; not those of what stands in quotes, and none with --no-related. What is no such expression is searched for word by word.

    \b
    Examples:
      archive search 'airstrike AND saraqeb since:2026-01'
      archive search 'قصف OR غارة' --lang ar --json
      archive search 'deir ez-zor kind:monitor' --synonyms --sort newest
      archive search 'barrel bomb*' --all --csv > barrel-bombs.csv

    --json prints {"query", "searched_for", "by_words", "notes", "order", "total", "is_capped" (there are more than
    `total`), "next_page", "facets" (with --facets), "hits": [{"id", "source_id", "source_name", "published_at",
    "published_at_precision", "language", "title", "url", "state", "rank" (lower is better), "snippet" (plain),
    "snippet_html" (escaped, the words in <b>)}]}. With --all, it prints each of the hits on a line of its own, with a rank of 0.
    """
    if is_all:
        _check_all(ctx, form)
        _stream(archive_path(ctx), query, filters, synonyms=synonyms, related=related, form=form)
        return
    with reading(archive_path(ctx)) as connection:
        results = search(
            connection, queries.parse(query), source=filters.source, since=filters.since, until=filters.until,
            language=filters.language, limit=limit, order=order, page=page, synonyms=synonyms, related=related, facets=facets,
            marks=(highlight.START, highlight.END),
        )  # fmt: skip
    _print_notes(results.notes())
    if form == "json":
        print_json(_as_json(query, results))
    elif form == "csv":
        _print_text(_as_csv(results, is_first=True))
    else:
        _print_hits(results, is_first=page is None, sheet=paper())


def _check_all(ctx: click.Context, form: str | None) -> None:
    if form is None:
        raise click.UsageError("--all is for --json and --csv")
    for name in ("limit", "order", "page", "facets"):
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = {"order": "sort"}.get(name, name)
            raise click.UsageError(
                f"--{option} is not for --all, which prints every match as it was archived"
            )


def _stream(
    path: Path, query: str, filters: Filters, *, synonyms: bool, related: bool, form: str | None
) -> None:
    """Print every match while it is read."""
    parsed = queries.parse(query)
    if synonyms:
        parsed = widened(parsed, Normaliser())
    with reading(path) as connection:
        found = stream.begin(connection, parsed, filters, related=related)
        _print_notes(found.notes())
        if form == "csv":
            _print_text(_as_csv([], is_first=True))
        hits = found.hits(connection, (highlight.START, highlight.END))
        while some := list(itertools.islice(hits, _AT_ONCE)):
            if form == "csv":
                _print_text(_as_csv(some, is_first=False))
            else:
                _print_text("".join(f"{json.dumps(_hit(hit), ensure_ascii=False)}\n" for hit in some))


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        click.echo(f"Note: {one_line(note)}.", err=True)


def _print_text(text: str) -> None:
    click.echo(text.encode("utf-8", "replace"), nl=False)


def _as_json(query: str, results: Results) -> dict[str, object]:
    facets = results.facets
    return {
        "query": query, "searched_for": results.match, "by_words": results.query.by_words, "notes": results.notes(),
        "order": results.order, "total": results.total, "is_capped": results.is_capped, "next_page": results.next_page,
        **({"facets": {name: dict(getattr(facets, name)) for name in ("sources", "languages", "months")}} if facets else {}),
        "hits": [_hit(hit) for hit in results],
    }  # fmt: skip


def _hit(hit: Hit) -> dict[str, object]:
    row = asdict(hit)
    del row["marked_title"]
    row["snippet"] = highlight.render(hit.snippet, "", "")
    row["snippet_html"] = highlight.as_html(hit.snippet)
    return row


def _as_csv(hits: Iterable[Hit], *, is_first: bool) -> str:
    """Return a header, if it's the first text, and a line for each hit, safe for a spreadsheet as `archive export` has it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if is_first:
        writer.writerow(_CSV)
    for hit in hits:
        row = _hit(hit)
        writer.writerow([harmless(cell) if isinstance(cell := row[name], str) else cell for name in _CSV])
    return out.getvalue()


def _print_hits(results: Results, *, is_first: bool, sheet: Paper) -> None:
    """Print each field on a line of its own: beside right-to-left text, columns would change places."""
    for hit in results:
        click.echo(_heading(hit))
        click.echo(sheet.fit_line(hit.marked_title, "    "))
        click.echo(sheet.fit_line(hit.snippet, "    "))
        click.echo(f"    {one_line(hit.url)}\n")
    if results.facets is not None:
        _print_facets(results.facets)
    click.echo(_summary(results, is_first=is_first))


def _summary(results: Results, *, is_first: bool) -> str:
    count, total = len(results), results.total
    if not total:
        return "No report matches."
    reports = "report" if total == 1 else "reports"
    said = f"More than {CAP:,} reports match" if results.is_capped else f"{total:,} {reports}"
    if is_first and results.next_page is None:
        return f"{said}."
    first = {Order.NEWEST: "the newest", Order.OLDEST: "the oldest"}.get(results.order, "the best")
    shown = f"{first} {count} are shown" if is_first else f"{count} are shown"
    more = f"; the next page: --page {results.next_page}" if results.next_page else ""
    return f"{said}, {shown}{more}."


def _print_facets(facets: Facets) -> None:
    for name in ("sources", "languages", "months"):
        counts = getattr(facets, name)
        shown = ", ".join(
            f"{one_line(value) or 'unknown'} {reports:,}" for value, reports in counts[:_SHOWN_FACETS]
        )
        more = f" and {len(counts) - _SHOWN_FACETS} more" if len(counts) > _SHOWN_FACETS else ""
        click.echo(f"{name}: {shown}{more}")
    if facets.is_capped:
        how = "published" if facets.by_day else "archived"
        click.echo(f"(counted among the {facets.counted:,} that were {how} last)")


def _heading(hit: Hit) -> str:
    """Return id, day, language and source; the code before the name, so that the line runs left to right."""
    parts = [str(hit.id), show_moment(hit.published_at, "day"), hit.language or "--", hit.source_name]
    if hit.state != "live":
        parts.append(f"({hit.state})")
    return "  ".join(map(one_line, parts))

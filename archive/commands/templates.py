"""`archive templates`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from archive.commands.common import (
    Paper,
    archive_path,
    db_option,
    json_option,
    paper,
    print_json,
    show_moment,
)
from archive.commands.tables import print_table
from archive.errors import NotFound
from archive.open import reading
from archive.text.counting import counted
from archive.text.terminal import one_line
from archive.views import learned
from archive.views.learned import Kind, Layout, Learned

_SHOWN = 15  # kinds of blocks, and repeated texts, before "and N more"


@click.command("templates", short_help="What was learned of each site's pages.")
@click.argument("source", required=False)
@click.option("--version", type=click.IntRange(1), help="An earlier version of the source's template.")
@json_option
@db_option
@click.pass_context
def command(ctx: click.Context, source: str | None, version: int | None, as_json: bool) -> None:
    """Show what was learned of the sites: where on a page the report is, and which blocks are kept and dropped.

    Without SOURCE, a line for each source; "fast" are those of its last 50 texts (since the first template) that a template alone found.
    With SOURCE, its template in words: for each layout where the report is, each kind of block (an element, in which
    it is ...) with the characters that spoke for and against it on the pages that it was learned from, and an
    example; then the texts that are on several pages and so are part of no report.

    \b
    Examples:
      archive templates
      archive templates zamanalwasl-en
      archive templates zamanalwasl-en --version 1 --json

    --json prints {"templates": [{"source_id", "version", "learned_at", "replaced_at", "page_count", "score",
    "layouts", "recent": {"template", "mixed", "single"}}]}; with SOURCE, the same of one template, with all of
    its layouts, kinds and repeats, and the "document" as it is stored.
    """
    if source is None and version is not None:
        raise click.UsageError("--version is for one source: write archive templates SOURCE --version N")
    with reading(archive_path(ctx)) as connection:
        if source is None:
            found = [
                (template, learned.recent_paths(connection, template.source_id))
                for template in learned.in_use(connection)
            ]
            print_json({"templates": [_summary(*each) for each in found]}) if as_json else _print_all(found)
            return
        known = learned.versions(connection, source)
        recent = learned.recent_paths(connection, source)
    template = _chosen(known, version)
    if as_json:
        print_json(asdict(template) | {"recent": recent})
    else:
        for line in _in_words(template, known, recent, paper()):
            click.echo(line)


def _chosen(known: Sequence[Learned], version: int | None) -> Learned:
    if version is None:
        return known[-1]
    for template in known:
        if template.version == version:
            return template
    there = ", ".join(str(template.version) for template in known)
    raise NotFound(f"no version {version} of the template of {known[0].source_id}: there is {there}")


def _summary(template: Learned, recent: Mapping[str, int]) -> dict[str, Any]:
    whole = asdict(template)
    del whole["document"], whole["repeats"]
    return whole | {"layouts": [layout.name for layout in template.layouts], "recent": recent}


def _print_all(found: Sequence[tuple[Learned, Mapping[str, int]]]) -> None:
    if not found:
        click.echo("Nothing was learned yet: a template is made when enough of a source's pages are read.")
        return
    head = ("source", "version", "learned", "pages", "layouts", "score", "fast", "of texts", "layout")
    rows = [
        (
            one_line(template.source_id),
            str(template.version),
            show_moment(template.learned_at)[:10],
            str(template.page_count),
            str(len(template.layouts)),
            _score(template.score),
            learned.share(recent["template"], sum(recent.values())),
            str(sum(recent.values())),
            one_line(template.layouts[0].name) if template.layouts else "",
        )
        for template, recent in found
    ]
    print_table(head, rows, right=(1, 3, 4, 5, 6, 7))


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.3f}"


def _in_words(
    template: Learned, known: Sequence[Learned], recent: Mapping[str, int], sheet: Paper
) -> Iterator[str]:
    yield f"{template.source_id}: version {template.version} of {len(known)}"
    yield f"learned     {show_moment(template.learned_at)}, from {counted(template.page_count, 'page')}"
    yield f"in use      {'until ' + show_moment(template.replaced_at) if template.replaced_at else 'now'}"
    if template.score is None:
        yield "score       none: too few pages to hold one back"
    else:
        yield f"score       {template.score:.3f}, reading each page by what the others teach (1 is best)"
    yield f"last texts  {learned.recent_in_words(recent)}"
    for layout in template.layouts:
        yield ""
        yield from _layout_lines(layout, sheet)
    if template.repeats:
        yield "\non several pages, so part of no report"
        for text, pages in template.repeats[:_SHOWN]:
            yield sheet.fit_line(f"{counted(pages, 'page')}: {text}", "  ")
        yield from _more(len(template.repeats))


def _layout_lines(layout: Layout, sheet: Paper) -> Iterator[str]:
    yield sheet.fit_line(f"layout {layout.name}, on {counted(layout.pages, 'page')}")
    yield sheet.fit_line(f"the report is in {' > '.join(layout.path)}", "  ")
    for label, parent in layout.standfirsts:
        yield sheet.fit_line(f"a standfirst is {label} in {parent}", "  ")
    kept = [kind for kind in layout.kinds if kind.is_kept]
    dropped = [kind for kind in layout.kinds if not kind.is_kept]
    for word, kinds in (("kept", kept), ("dropped", dropped)):
        yield f"  {word}{'' if kinds else ': nothing'}"
        for kind in kinds[:_SHOWN]:
            yield from _kind_lines(kind, sheet)
        yield from _more(len(kinds), "    ")


def _kind_lines(kind: Kind, sheet: Paper) -> Iterator[str]:
    evidence = f"{counted(kind.blocks, 'block')} on {counted(kind.pages, 'page')}"
    weights = f"{kind.kept:,.0f} characters for it, {kind.dropped:,.0f} against"
    yield sheet.fit_line(f"{learned.place(kind.labels)}: {evidence}, {weights}", "    ")
    if kind.example:
        yield sheet.fit_line(f"“{kind.example}”", "        ")


def _more(total: int, indent: str = "  ") -> Iterator[str]:
    if total > _SHOWN:
        yield f"{indent}and {total - _SHOWN} more: --json has them all"

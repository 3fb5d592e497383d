"""`archive watch`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import click

from archive.clock import to_text
from archive.commands.common import (
    archive_path,
    clock,
    db_option,
    filter_options,
    json_option,
    print_json,
    show_moment,
)
from archive.commands.tables import print_table
from archive.errors import InvalidInput
from archive.filters import Filters
from archive.open import reading
from archive.search import Order, search
from archive.store import Store
from archive.text import query as queries
from archive.text.terminal import one_line
from archive.watches import command as programs
from archive.watches import engine, feed, rows, webhook
from archive.watches.matching import Watcher
from archive.watches.model import Destination, Standing, Watch

_NAME = re.compile(r"[\w][\w .-]{0,79}")
_TIMES = click.FloatRange(0.1, 600)


@click.group("watch", short_help="Saved searches: be told of new reports that match.")
def command() -> None:
    """Saved searches: be told of new reports that match.

    At the end of each crawl (and of `scrapy importwarc` and `archive import`), each watch is asked of the revisions that came in since: new
    reports, and new texts of known ones. Each match is delivered once; what can't be delivered is kept and tried again at
    the end of a later crawl, after 5 minutes, 10, 20 ... up to a day. `archive watch run` does it by hand.

    \b
    Examples:
      archive watch add 'barrel bomb' --source sohr-ar
      archive watch add 'القصف OR غارة' --synonyms --to webhook --url https://hooks.example.org/archive
      archive watch list
    """


@command.command("add", short_help="Save a search.")
@click.argument("query")
@filter_options
@click.option("--name", help="What it is called; without it, the query.")
@click.option(
    "--synonyms", is_flag=True, help="Search for other spellings of places and armed groups as well."
)
@click.option("--to", "destination", type=click.Choice([each.value for each in Destination]), default=Destination.FEED.value,
              show_default=True, help="An Atom file, a program's standard input, or an HTTP POST.")  # fmt: skip
@click.option("--file", metavar="FILE", help="Of a feed; without it feeds/NAME.atom beside the archive.")
@click.option(
    "--run",
    "program",
    metavar="COMMAND",
    help="To be run for --to command; it gets JSON, and no shell sees it.",
)
@click.option("--url", help="To post JSON to, for --to webhook.")
@click.option("--secret-env", metavar="VARIABLE", help="The environment variable with the key that the body of a webhook is signed with.")  # fmt: skip
@click.option(
    "--allow-private", is_flag=True, help="The webhook may be at a private address, such as this machine."
)
@click.option(
    "--timeout", type=_TIMES, default=30.0, show_default=True, help="Seconds that a delivery may take."
)
@db_option
@click.pass_context
def add(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    ctx: click.Context, query: str, filters: Filters, name: str | None, synonyms: bool, destination: str, file: str | None,
    program: str | None, url: str | None, secret_env: str | None, allow_private: bool, timeout: float,
) -> None:  # fmt: skip
    """Save a search, for what comes from now on.

    QUERY and limits are those of `archive search`. A command gets one JSON object on its standard input: {"watch", "query",
    "is_test", "matches": [{"article_id", "revision_id", "number" (of the revision, 1 for a new report), "url", "title",
    "source_id", "source_name", "language", "published_at", "published_at_precision", "seen_at", "matched_at",
    "standfirst", "body"}]}, and has taken it if it ends with 0. A webhook gets the same as the body of a POST, and has taken
    it if it answers 2xx; with --secret-env the header X-Archive-Signature has "sha256=" and the HMAC-SHA256 of the body.
    """
    parsed = queries.parse(query)
    if parsed.problem is not None:
        click.echo(
            f"Note: no search expression ({one_line(parsed.problem)}), so its words are searched for.",
            err=True,
        )
    called = _named(query) if name is None else name
    if not _NAME.fullmatch(called):
        raise InvalidInput(
            "--name is to be 1 to 80 letters, digits, spaces, dots and dashes, a letter or digit first"
        )
    kind = Destination(destination)
    watch = Watch(
        name=called, query=query, destination=kind, target=_target(kind, called, file, program, url), filters=filters,
        synonyms=synonyms, secret_variable=secret_env, allow_private=allow_private, timeout=timeout,
    )  # fmt: skip
    path = archive_path(ctx)
    with reading(path) as connection:
        Watcher().expression(connection, watch)  # a limit that the archive has nothing of is told now
    with Store(path, create=False) as store:
        now = to_text(clock(ctx)())
        with store.savepoint():
            identity = store.read(lambda conn: rows.add(conn, watch, now))
        if kind is Destination.FEED:
            feed.write(
                watch, store.read(lambda conn: rows.newest(conn, rows.by_name(conn, called), 1)), path, now
            )
    click.echo(f"Watch {identity}, {called!r}: {_goes(watch, path)}")


def _target(kind: Destination, name: str, file: str | None, program: str | None, url: str | None) -> str:
    given = {Destination.FEED: file, Destination.COMMAND: program, Destination.WEBHOOK: url}
    option = {Destination.FEED: "--file", Destination.COMMAND: "--run", Destination.WEBHOOK: "--url"}
    for other, value in given.items():
        if other is not kind and value is not None:
            raise InvalidInput(f"{option[other]} is for --to {other}, and this goes to a {kind}")
    if kind is Destination.FEED:
        return file or f"feeds/{'-'.join(name.split())}.atom"
    wanted = given[kind]
    if wanted is None:
        raise InvalidInput(f"--to {kind} needs {option[kind]}")
    if kind is Destination.COMMAND:
        return programs.target_of(wanted)
    webhook.check(wanted)
    return wanted


def _named(query: str) -> str:
    """Return a name made of a query."""
    words = re.findall(r"[\w.-]+", query)
    return " ".join(words).strip(" .-")[:80].strip() or "watch"


def _goes(watch: Watch, path: Path) -> str:
    if watch.destination is Destination.FEED:
        return f"its feed is {feed.path_of(watch, path)}"
    if watch.destination is Destination.COMMAND:
        return f"{' '.join(json.loads(watch.target))} will be run"
    return f"{watch.target} will be told"


@command.command("list", short_help="List the watches, and how they stand.")
@json_option
@db_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """List the watches, and how they stand.

    --json prints {"watches": [{"name", "query", "source", "language", "since", "until", "synonyms", "to", "target",
    "created_at", "matched", "waiting", "next_attempt_at", "last_error", "last_delivered_at"}]}.
    """
    with reading(archive_path(ctx)) as connection:
        standings = [rows.standing(connection, watch) for watch in rows.all_watches(connection)]
    if as_json:
        print_json({"watches": [_as_json(each) for each in standings]})
    elif not standings:
        click.echo("No watch yet: `archive watch add 'barrel bomb'`.")
    else:
        head = ("name", "query", "goes to", "matches", "waiting", "last delivered", "last error")
        print_table(head, [_row(each) for each in standings], right=(3, 4))


def _as_json(standing: Standing) -> dict[str, object]:
    watch = standing.watch
    limits = {name: None if value is None else str(value) for name, value in asdict(watch.filters).items()}
    told = {name: value for name, value in asdict(standing).items() if name != "watch"}
    return {"name": watch.name, "query": watch.query, **limits, "synonyms": watch.synonyms, "to": watch.destination,
            "target": watch.target, **told}  # fmt: skip


def _row(standing: Standing) -> tuple[str, ...]:
    watch = standing.watch
    limits = [f"{name}:{value}" for name, value in asdict(watch.filters).items() if value is not None]
    target = " ".join(json.loads(watch.target)) if watch.destination is Destination.COMMAND else watch.target
    delivered = show_moment(standing.last_delivered_at) if standing.last_delivered_at else "-"
    again = f" (again {show_moment(standing.next_attempt_at)})" if standing.next_attempt_at else ""
    error = f"{standing.last_error}{again}" if standing.last_error else "-"
    texts = (watch.name, " ".join([watch.query, *limits]), f"{watch.destination} {target}")
    return (*map(one_line, texts), str(standing.matched), str(standing.waiting), delivered, one_line(error))


@command.command("remove", short_help="Forget a watch and its matches.")
@click.argument("name")
@db_option
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Forget a watch and its matches, those that wait included. A feed's file stays where it is."""
    with Store(archive_path(ctx), create=False) as store, store.savepoint():
        watch = store.read(lambda conn: rows.by_name(conn, name))
        store.read(lambda conn: rows.remove(conn, watch))
    click.echo(f"Watch {name!r} is removed.")


@command.command("test", short_help="Show what a watch would find, and try its delivery.")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 100), default=3, show_default=True, help="Reports at most.")
@click.option("--dry-run", is_flag=True, help="Only show them.")
@db_option
@click.pass_context
def test(ctx: click.Context, name: str, limit: int, dry_run: bool) -> None:
    """Show the newest reports in the archive that a watch would have found, and try its delivery with them.

    A command or webhook is told that it is a test ("is_test": true); a feed's file is only shown to be writable, as what is
    in it are matches. Nothing is noted as delivered.
    """
    path = archive_path(ctx)
    with reading(path) as connection:
        watch = rows.by_name(connection, name)
        limits = watch.filters
        hits = search(
            connection, watch.query, source=limits.source, since=limits.since, until=limits.until, language=limits.language,
            limit=limit, order=Order.NEWEST, synonyms=watch.synonyms, related=False,
        )  # fmt: skip
        now = to_text(clock(ctx)())
        found = [match for hit in hits for match in rows.of_article(connection, hit.id, now)]
        shown = rows.newest(connection, watch, feed.ENTRIES)
    for each in found:
        click.echo(
            f"{each.article_id}  {each.source_id}  {show_moment(each.published_at)}  {one_line(each.title)}"
        )
    if not found:
        click.echo("No report in the archive matches.")
    if not dry_run:
        engine.send(watch, shown if watch.destination is Destination.FEED else found, path, now, is_test=True)
        click.echo(f"Delivered as a test: {_goes(watch, path)}")


@command.command("run", short_help="Ask all watches of what is new, and deliver what waits.")
@click.option("--again", is_flag=True, help="Also what failed and is to be tried later.")
@db_option
@click.pass_context
def run(ctx: click.Context, again: bool) -> None:
    """Ask all watches of what came in since they were asked last, and deliver what waits. Exit code 1 if something can't be."""
    errors: list[str] = []

    def failed(watch: Watch, error: str) -> None:
        errors.append(error)
        click.echo(f"Watch {watch.name!r}: {one_line(error)}", err=True)

    done = engine.run(archive_path(ctx), clock(ctx), failed, again=again)
    click.echo(f"{done.matched} new matches, {done.delivered} delivered.")
    if errors:
        ctx.exit(1)

"""What the subcommands share: their options, which archive is meant, and how things are printed."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from archive.clock import Clock, parse_day, utc_now
from archive.errors import InvalidInput
from archive.filters import Filters
from archive.open import DEFAULT_NAME, ENVIRONMENT, locate
from archive.text import highlight, terminal

F = TypeVar("F", bound=Callable[..., object])

_META_DB = "archive.db"  # the key in click's ctx.meta, which a group shares with its subcommands


class Day(click.ParamType[date]):
    """A UTC day, written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that was written; anything else is wrong usage."""
        if isinstance(value, date):
            return value
        option = param.opts[0] if param else "day"
        try:
            return parse_day(str(value), option)
        except InvalidInput as error:
            raise click.UsageError(str(error), ctx) from None


def _remember_db(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_META_DB] = value


def db_option(command: F) -> F:
    """Add --db, which the group and each subcommand take; the one further right counts."""
    return click.option(
        "--db", metavar="FILE", expose_value=False, callback=_remember_db,
        help=f"The archive; without it ${ENVIRONMENT}, else {DEFAULT_NAME} in this directory.",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object, in UTF-8.")(command)


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --source, --since, --until and --lang, which reach the command as one `filters`."""

    @click.option("--source", metavar="ID", help="Only reports of this source.")
    @click.option("--since", type=Day(), help="Published on this UTC day or later.")
    @click.option(
        "--until",
        type=Day(),
        help="Published on this UTC day or earlier. A report without a date is in no range of days.",
    )
    @click.option("--lang", "language", metavar="CODE", help="Only reports in this language, such as ar.")
    @functools.wraps(command)
    def with_filters(
        *args: Any,
        source: str | None,
        since: date | None,
        until: date | None,
        language: str | None,
        **options: Any,
    ) -> None:
        command(*args, filters=Filters(source, since, until, language), **options)

    return with_filters


def archive_path(ctx: click.Context) -> Path:
    """Return which archive the command line, the environment or the directory means."""
    return locate(ctx.meta.get(_META_DB))


def clock(ctx: click.Context) -> Clock:
    """Return the clock: what was given as click's `obj`, which tests do, else the real one."""
    return cast("Clock", ctx.obj) if callable(ctx.obj) else utc_now


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed on. width: columns to wrap at; None: don't. bold: whether it shows escape sequences."""

    width: int | None
    bold: bool

    def fit(self, text: str, indent: str = "") -> str:
        """Return text from a stranger, safe to print, wrapped and indented, with its marks shown."""
        wrapped = terminal.wrap(terminal.clean(text), self.width, indent)
        start, end = ("\x1b[1m", "\x1b[0m") if self.bold else ("[", "]")
        return highlight.render(wrapped, start, end)

    def fit_line(self, text: str, indent: str = "") -> str:
        """Return `fit(text)` of a text that is to be one line, however long."""
        return self.fit(terminal.one_line(text), indent)


def paper() -> Paper:
    """Return what standard output is: a terminal is wrapped and bold (unless $NO_COLOR), a pipe is neither."""
    if not sys.stdout.isatty():
        return Paper(None, bold=False)
    return Paper(max(30, shutil.get_terminal_size().columns), bold=not os.environ.get("NO_COLOR"))


def print_json(value: object) -> None:
    """Print a value as JSON in UTF-8, whatever the locale."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo((text + "\n").encode("utf-8", "replace"), nl=False)


def show_moment(moment: str | None, precision: str | None = None) -> str:
    """Return the archive's `YYYY-MM-DDTHH:MM:SSZ` for a reader, no finer than its precision."""
    if moment is None:
        return "no date"
    if precision == "day":
        return moment[:10]
    return f"{moment[:10]} {moment[11:16] if precision == 'minute' else moment[11:19]} UTC"

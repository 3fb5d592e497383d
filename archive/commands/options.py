"""Kinds of values that options take, besides those of `common`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from archive.clock import from_text
from archive.errors import InvalidInput
from archive.views.coverage import parse_span


class Instant(click.ParamType[datetime]):
    """An instant in UTC as the archive writes it."""

    name = "YYYY-MM-DDTHH:MM:SSZ"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware datetime that was written; anything else is wrong usage."""
        if isinstance(value, datetime):
            return value
        try:
            return from_text(str(value))
        except ValueError:
            option = param.opts[0] if param else "instant"
            raise click.UsageError(
                f"{option}={str(value)!r} is not an instant: write 2026-11-01T06:00:00Z", ctx
            ) from None


class Span(click.ParamType[tuple[date, date]]):
    """A day, month or year in UTC: its first day and its last."""

    name = "YYYY[-MM[-DD]]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, date]:
        """Return the first and last day of what was written; anything else is wrong usage."""
        if isinstance(value, tuple):
            return value
        try:
            return parse_span(str(value), param.opts[0] if param else "day")
        except InvalidInput as error:
            raise click.UsageError(str(error), ctx) from None

"""Columns for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archive.text.terminal import display_width


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a heading and rows in columns; the last one, which may be in any script, ends the line.

    right: the numbers of the columns that are flush right.
    """
    widths = [max(map(display_width, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [
            _padded(cell, width, flush_right=number in right)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def _padded(cell: str, width: int, *, flush_right: bool) -> str:
    blank = " " * (width - display_width(cell))
    return blank + cell if flush_right else cell + blank

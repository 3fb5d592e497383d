"""All reports of a search as CSV or JSON lines, in the order in which they were archived.

They are read and sent in steps, so that neither memory nor a lock grows with them. Datasette's limits hold: `allow_csv_stream`,
`max_csv_mb`, and `sql_time_limit_ms` for each step.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import Any

from archive import export as exporting
from archive.browse.asking import asked_search
from archive.browse.compat import AsgiStream, LimitedWriter, WriteLimitExceeded
from archive.browse.web import Asked, page
from archive.errors import ArchiveError, InvalidInput
from archive.search import stream

_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}


@page("articles", "sources")
async def export(asked: Asked) -> Any:
    """Stream what a search finds."""
    if not asked.datasette.setting("allow_csv_stream"):
        raise InvalidInput("this Datasette gives no exports: start it with --setting allow_csv_stream on")
    form = asked.part("form")
    wish = asked_search(asked)
    found, names = await asked.read(
        lambda c: (stream.begin(c, wish.parsed(), related=wish.related), exporting.columns(c))
    )

    async def send(out: Any) -> None:
        limited = LimitedWriter(out, asked.datasette.setting("max_csv_mb"))
        try:
            async for text in _pieces(asked, form, found, names):
                await limited.write(text)
        except WriteLimitExceeded:
            await out.write(
                _cut_off(form, "this Datasette gives no more at once: --setting max_csv_mb 0 does")
            )
        except (ArchiveError, sqlite3.Error) as error:  # the answer has begun, so it has to be said inside
            await out.write(_cut_off(form, str(error)))

    headers = {"content-disposition": f'attachment; filename="reports.{form}"'}
    return AsgiStream(send, headers=headers, content_type=_TYPES[form])


async def _pieces(asked: Asked, form: str, found: stream.Stream, names: list[str]) -> AsyncIterator[str]:
    if form == "csv":
        yield _text(form, [], names)
    for step in found.steps():
        ids = await asked.read(lambda c: found.ids(c, step))  # noqa: B023 - awaited here
        for some in stream.portions(ids):
            rows = await asked.read(lambda c: exporting.rows_of(c, some))  # noqa: B023
            yield _text(form, rows, names, is_first=False)


def _text(form: str, rows: Sequence[exporting.Row], names: list[str], *, is_first: bool = True) -> str:
    out = io.StringIO(newline="")
    if form == "jsonl":
        exporting.write_jsonl(rows, out)
        return out.getvalue()
    exporting.write_csv(rows, out, names, header=is_first)
    return out.getvalue()


def _cut_off(form: str, why: str) -> str:
    """Return the last line of an export that is not whole."""
    said = f"cut off here: {why}"
    return (
        f"{json.dumps({'error': said})}\n" if form == "jsonl" else f'"{said.replace(chr(34), chr(39))}"\r\n'
    )

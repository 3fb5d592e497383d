"""Reports as JSON lines or CSV, one row at a time: memory use doesn't grow with the archive.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and reports come from strangers. Such a
text cell gets an apostrophe in front (after OWASP's "CSV Injection"); `restored` takes it off again.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from archive.filters import Filters
from archive.matching import matching
from archive.text import query as queries
from archive.text.normalise import Normaliser

Row = Mapping[str, str | int | float | None]

_SELECT = "select articles.*, sources.name as source_name from articles join sources on sources.id = articles.source_id"
_BY_ID = f"{_SELECT} where articles.id in (select value from json_each(?)) order by articles.id"  # noqa: S608 - ours
_IN_INDEX = "articles.id in (select rowid from articles_fts where articles_fts match :match)"

# What may stand before the dangerous character: white space and what is invisible. Cells that begin with
# apostrophes before it count too, so that taking one off is always right. The wide forms of the four
# characters are formulas to a Japanese or Chinese spreadsheet.
_BLANK = "[\\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_FORMULA = re.compile(f"'*(?:{_BLANK}*[=+\\-@\uff1d\uff0b\uff0d\uff20]|{_BLANK}*[\t\r\n])")


class Writer(Protocol):
    """Whatever takes text."""

    def write(self, text: str, /) -> object:
        """Take the next piece."""


def rows(
    connection: sqlite3.Connection, query: str | None = None, filters: Filters | None = None
) -> Iterator[Row]:
    """Return every column of each article that matches, with its `source_name`, in the order of their ids.

    query: as for `archive.search.search`; None is every article. Raises InvalidInput and NotFound as that does,
    before the first row is asked for.
    """
    parsed = None if query is None else queries.parse(query)
    wanted = matching(connection, parsed, filters or Filters(), Normaliser())
    words = "1" if wanted.match is None else _IN_INDEX
    statement = f"{_SELECT} where {words} and {wanted.condition} order by articles.id"
    return map(dict, connection.execute(statement, wanted.parameters | {"match": wanted.match}))


def columns(connection: sqlite3.Connection) -> list[str]:
    """Return the names of what `rows` yields, in its order."""
    return [column[0] for column in connection.execute(f"{_SELECT} limit 0").description]


def rows_of(connection: sqlite3.Connection, wanted: Sequence[int]) -> list[Row]:
    """Return the articles with these ids as `rows` does."""
    return list(map(dict, connection.execute(_BY_ID, [json.dumps(wanted)])))


def write_jsonl(articles: Iterable[Row], out: Writer) -> int:
    """Write each article as one line of JSON, not escaped to ASCII; return how many there were."""
    count = 0
    for article in articles:
        out.write(json.dumps(article, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(articles: Iterable[Row], out: Writer, names: list[str], *, header: bool = True) -> int:
    """Write a header (unless it stands there already) and each article as RFC 4180 says; return how many there were.

    out: opened with `newline=""`. An absent value is an empty cell. Text that a spreadsheet could run is made
    harmless as `harmless` says; numbers stay as they are.
    """
    writer = csv.writer(out)
    if header:
        writer.writerow(names)
    count = 0
    for article in articles:
        writer.writerow([_cell(article[name]) for name in names])
        count += 1
    return count


def harmless(text: str) -> str:
    """Return `text` with an apostrophe in front if a spreadsheet could take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(cell: str) -> str:
    """Return the text of which `harmless` made `cell`: without the apostrophe, if it put one there."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _cell(value: str | float | None) -> str | float | None:
    return harmless(value) if isinstance(value, str) else value

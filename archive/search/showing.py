"""What a reader sees of the reports that were found."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive.matching import Matching, Value
from archive.search.model import Hit
from archive.text import keys, unspaced
from archive.text.query import Query
from archive.text.query.model import All, Near, Negated, Node, Word
from archive.text.query.model import Any as Any_

_COLUMNS = """
select articles.id, articles.source_id, sources.name as source_name, articles.published_at,
    articles.published_at_precision, articles.language, articles.title, articles.url, articles.state,
"""
_MARKED = f"""{_COLUMNS}
    highlight(articles_fts, 0, :start, :end) as marked_title,
    snippet(articles_fts, 2, :start, :end, '…', 32) as snippet
from json_each(:ids) as wanted
cross join articles_fts on articles_fts.rowid = wanted.value
cross join articles on articles.id = wanted.value
cross join sources on sources.id = articles.source_id
where articles_fts match :match
order by wanted.key
"""
# The same in one look at the index. The plus keeps SQLite from a look for each.
_MARKED_AT_ONCE = f"""{_COLUMNS}
    highlight(articles_fts, 0, :start, :end) as marked_title,
    snippet(articles_fts, 2, :start, :end, '…', 32) as snippet
from articles_fts
cross join articles on articles.id = articles_fts.rowid
cross join sources on sources.id = articles.source_id
where articles_fts match :match and +articles_fts.rowid in (select value from json_each(:ids))
"""  # noqa: S608 - our own column names
_DAYS = "select distinct substr(published_at, 1, 10) from articles indexed by articles_facets where id in (select value from json_each(?))"
_PLAIN = f"""{_COLUMNS}
    articles.title as marked_title, substr(articles.body, 1, 200) || '…' as snippet
from json_each(:ids) as wanted
cross join articles on articles.id = wanted.value
cross join sources on sources.id = articles.source_id
order by wanted.key
"""
_BODY = "select body from articles where id = ?"
_MOST_DAYS = 100  # that an expression names
_BEFORE, _AROUND = 20, 70  # letters of a snippet of a script without spaces


def hits(
    connection: sqlite3.Connection, wanted: Matching, query: Query, found: Sequence[tuple[int, float]],
    marks: tuple[str, str],
) -> tuple[Hit, ...]:  # fmt: skip
    """Return these reports (id, rank) in their order, the words that were searched for between `marks`.

    The rank is not asked for again: for each row SQLite would look at all reports that have the words.
    """
    ranks = dict(found)
    parameters: dict[str, Value] = {
        "ids": json.dumps(list(ranks)),
        "match": wanted.match,
        "start": marks[0],
        "end": marks[1],
    }
    rows: list[dict[str, Any]] = []
    if wanted.match is not None and has_beginning(query.words):
        at_once = parameters | {"match": _of_their_days(connection, wanted.match, parameters["ids"])}
        rows = _rows(connection, _MARKED_AT_ONCE, at_once)
        left = ranks.keys() - {row["id"] for row in rows}  # whose day is not indexed yet
        parameters["ids"] = json.dumps(list(left))
    rows += _rows(connection, _PLAIN if wanted.match is None else _MARKED, parameters)
    places = {article: place for place, article in enumerate(ranks)}
    rows.sort(key=lambda row: places[row["id"]])
    runs = [run for text in _texts(query.words) for run in unspaced.RUN.findall(text)]
    if runs:
        rows = [row | _mark_runs(connection, row, runs, marks) for row in rows]
    return tuple(Hit(**row, rank=ranks[row["id"]]) for row in rows)


def has_beginning(node: Node | None) -> bool:
    """Tell whether words are wanted that begin with some letters: for each look at them SQLite puts together all that do."""
    if isinstance(node, All | Any_):
        return any(map(has_beginning, node.nodes))
    if isinstance(node, Negated):
        return has_beginning(node.node)
    return isinstance(node, Word) and node.is_prefix


def _of_their_days(connection: sqlite3.Connection, match: str, ids: Value) -> str:
    """Return what matches on the days of these reports alone, so that the index need not go through all that match."""
    days = [_of_day(row[0]) for row in connection.execute(_DAYS, [ids])]
    return f"({match} AND {keys.expression(days)})" if 0 < len(days) <= _MOST_DAYS else match


def _of_day(day: str | None) -> str:
    """Return the key that the index has of a report, which goes by its day."""
    return keys.of_report(None, None, day).split()[-1]


def _rows(
    connection: sqlite3.Connection, statement: str, parameters: Mapping[str, Value]
) -> list[dict[str, Any]]:
    cursor = connection.execute(statement, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _mark_runs(
    connection: sqlite3.Connection, row: dict[str, object], runs: Sequence[str], marks: tuple[str, str]
) -> dict[str, str]:
    """Mark stretches of scripts without spaces, which SQLite's tokenizer does not see the words of."""
    start, end = marks
    wanted = re.compile("|".join(map(re.escape, sorted(runs, key=len, reverse=True))))

    def mark(text: str) -> str:
        return wanted.sub(lambda found: f"{start}{found[0]}{end}", text)

    marked = {"marked_title": mark(str(row["marked_title"]))}
    body = str(connection.execute(_BODY, [row["id"]]).fetchone()[0])
    first = wanted.search(body)
    if first is not None and start not in str(row["snippet"]):
        begin = max(0, first.start() - _BEFORE)
        piece = body[begin : first.end() + _AROUND]
        before, after = "…" if begin else "", "…" if first.end() + _AROUND < len(body) else ""
        marked["snippet"] = f"{before}{mark(piece)}{after}"
    return marked


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, All | Any_):
        for each in node.nodes:
            yield from _texts(each)
    elif isinstance(node, Near):
        yield from (word.text for word in node.words)
    elif isinstance(node, Word):
        yield node.text

"""What a reader sees of the reports that were found."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence

from archive.matching import Matching
from archive.search.model import Hit
from archive.text import unspaced
from archive.text.query import Query
from archive.text.query.model import All, Any, Near, Node, Word

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
_PLAIN = f"""{_COLUMNS}
    articles.title as marked_title, substr(articles.body, 1, 200) || '…' as snippet
from json_each(:ids) as wanted
cross join articles on articles.id = wanted.value
cross join sources on sources.id = articles.source_id
order by wanted.key
"""
_BODY = "select body from articles where id = ?"
_BEFORE, _AROUND = 20, 70  # letters of a snippet of a script without spaces


def hits(
    connection: sqlite3.Connection, wanted: Matching, query: Query, found: Sequence[tuple[int, float]],
    marks: tuple[str, str],
) -> tuple[Hit, ...]:  # fmt: skip
    """Return these reports (id, rank) in their order, the words that were searched for between `marks`.

    The rank is not asked for again: for each row SQLite would look at all reports that have the words.
    """
    ranks = dict(found)
    parameters = {"ids": json.dumps(list(ranks)), "match": wanted.match, "start": marks[0], "end": marks[1]}
    statement = _PLAIN if wanted.match is None else _MARKED
    cursor = connection.execute(statement, parameters)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    runs = [run for text in _texts(query.words) for run in unspaced.RUN.findall(text)]
    if runs:
        rows = [row | _mark_runs(connection, row, runs, marks) for row in rows]
    return tuple(Hit(**row, rank=ranks[row["id"]]) for row in rows)


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
    if isinstance(node, All | Any):
        for each in node.nodes:
            yield from _texts(each)
    elif isinstance(node, Near):
        yield from (word.text for word in node.words)
    elif isinstance(node, Word):
        yield node.text

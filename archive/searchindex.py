"""The search index of an archive: what waits to be put into it, and putting it there.

`articles_fts` holds words in the forms that `archive.text.normalise` gives them, over the original texts. Triggers write down
which reports changed (`search_pending`), whoever changes them; `catch_up` takes what the index had of them out and puts in
what they say now. FTS5's own 'rebuild' would index the originals. SQL on one connection, in the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from archive.clock import to_text, utc_now
from archive.text import keys
from archive.text.forms import COLUMNS
from archive.text.normalise import Normaliser
from archive.text.stems import normaliser_version

# As many reports as are indexed while somebody waits for it: about a second.
FEW = 2_000

_BATCH = 500  # reports that are read at once
_LIMITED_BY = ("source_id", "language", "published_at")
_NAMES = ", ".join(COLUMNS)
_PLACES = ", ".join("?" for _ in COLUMNS)
_WAITING = f"""
select p.article_id, p.is_indexed, {", ".join(f"p.{name}" for name in (*_LIMITED_BY, *COLUMNS))},
    a.id, {", ".join(f"a.{name}" for name in (*_LIMITED_BY, *COLUMNS))}
from search_pending p left join articles a on a.id = p.article_id order by p.article_id desc limit ?
"""  # noqa: S608 - ours
_TAKE_OUT = f"insert into articles_fts (articles_fts, rowid, {_NAMES}) values ('delete', ?, {_PLACES})"  # noqa: S608
_PUT_IN = f"insert into articles_fts (rowid, {_NAMES}) values (?, {_PLACES})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class State:
    """How the index stands.

    pending: reports that it does not show as they are; reports: of so many (not counted where none is pending). version:
    the normaliser's.
    """

    pending: int
    reports: int
    version: str | None

    @property
    def is_current(self) -> bool:
        """Tell whether it was made by this version's normaliser."""
        return self.version == normaliser_version()


def state(conn: sqlite3.Connection) -> State:
    """Return how the index stands."""
    pending = _count(conn, "search_pending")
    return State(pending, _count(conn, "articles") if pending else 0, version(conn))


def version(conn: sqlite3.Connection) -> str | None:
    """Return the version of the normaliser that the index was made with."""
    row = conn.execute("select version from search_normalisers").fetchone()
    return str(row[0]) if row else None


def waiting(conn: sqlite3.Connection, most: int = FEW + 1) -> int:
    """Return how many reports wait, counted up to `most`."""
    row = conn.execute(f"select count(*) from (select 1 from search_pending limit {most})").fetchone()  # noqa: S608
    return int(row[0])


def catch_up(conn: sqlite3.Connection, normaliser: Normaliser, *, most: int | None = None) -> int:
    """Index what waits, at most so many reports, those with the highest ids first; return how many.

    Nothing is done where the index was made by another version of the normaliser: it would be of two kinds then.
    """
    if version(conn) != normaliser_version():
        return 0
    done = 0
    with _any_text(conn):
        while most is None or done < most:
            size = _BATCH if most is None else min(_BATCH, most - done)
            rows = conn.execute(_WAITING, [size]).fetchall()
            _index(conn, normaliser, [tuple(row) for row in reversed(rows)])
            done += len(rows)
            if len(rows) < size:
                break
    return done


def begin_anew(conn: sqlite3.Connection) -> None:
    """Empty the index, and have every report wait for this version's normaliser."""
    conn.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    conn.execute("delete from search_pending")
    conn.execute("delete from search_normalisers")
    conn.execute("insert into search_pending (article_id, is_indexed) select id, 0 from articles")
    conn.execute("insert into search_normalisers values (?, ?)", [normaliser_version(), to_text(utc_now())])


def fill(conn: sqlite3.Connection) -> None:
    """Begin anew, and index the reports of a small archive at once; those of a large one wait."""
    begin_anew(conn)
    if waiting(conn) <= FEW:
        catch_up(conn, Normaliser())


def _index(conn: sqlite3.Connection, normaliser: Normaliser, rows: Sequence[tuple[object, ...]]) -> None:
    """Take out and put in what rows of _WAITING say, in the order of their ids.

    FTS5 writes its buffer out whenever an id is smaller than the one before.
    """
    width = len(_LIMITED_BY) + len(COLUMNS)
    old = [(row[0], *_indexed(normaliser, row[2 : 2 + width])) for row in rows if row[1]]
    new = [(row[0], *_indexed(normaliser, row[3 + width :])) for row in rows if row[2 + width] is not None]
    conn.executemany(_TAKE_OUT, old)
    conn.executemany(_PUT_IN, new)
    if rows:  # in one go: these are all that wait from the lowest of their ids on
        conn.execute("delete from search_pending where article_id >= ?", [rows[0][0]])


def _indexed(normaliser: Normaliser, values: Sequence[object]) -> list[str | None]:
    """Return what the index holds in COLUMNS of a report. values: of _LIMITED_BY and of COLUMNS."""
    source, language, published_at, *texts = map(as_text, values)
    *forms, folded = (normaliser.text(text, language) for text in texts)
    return [*forms, with_keys(folded, source, language, published_at)]


def with_keys(folded: str | None, source: str | None, language: str | None, published_at: str | None) -> str:
    """Return what the index holds in its last column: the forms of `folded_words`, and the keys of `archive.text.keys`."""
    return f"{folded or ''} {keys.of_report(source, language, published_at)}".lstrip()


@contextmanager
def _any_text(conn: sqlite3.Connection) -> Iterator[None]:
    """Read text that is no UTF-8 as well: somebody may have put it there."""
    factory = conn.text_factory
    conn.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        yield
    finally:
        conn.text_factory = factory


def as_text(value: object) -> str | None:
    """Return what is in a column, whatever somebody has put there."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _count(conn: sqlite3.Connection, table: str) -> int:
    return int(conn.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608 - ours

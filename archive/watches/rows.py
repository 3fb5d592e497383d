"""The tables `watches` and `watch_matches`: SQL on one connection, in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from archive.errors import InvalidInput, NotFound
from archive.watches.model import Destination, Match, Standing, Watch, filters_of

_COLUMNS = "name, query, source_id, language, since, until, synonyms, destination, target, secret_variable, allow_private, timeout"
_TOLD = """r.article_id, r.number, a.url, r.title, a.source_id, s.name, r.language,
    r.published_at, a.published_at_precision, r.seen_at, r.standfirst, r.body"""
_FROM = "join articles a on a.id = r.article_id join sources s on s.id = a.source_id"
_MATCH = f"""
select m.id, m.revision_id, m.matched_at, {_TOLD}, m.attempts
from watch_matches m join revisions r on r.id = m.revision_id {_FROM} where m.watch_id = ?
"""  # noqa: S608 - ours
_ANY = f"select 0, r.id, ?, {_TOLD}, 0 from revisions r {_FROM}"  # noqa: S608 - ours
_STANDING = """
select count(m.id), coalesce(sum(m.delivered_at is null and m.id is not null), 0), min(m.next_attempt_at),
    (select last_error from watch_matches where watch_id = :id and last_error is not null and delivered_at is null
     order by id desc limit 1),
    max(m.delivered_at)
from watch_matches m where m.watch_id = :id
"""


def all_watches(conn: sqlite3.Connection) -> list[Watch]:
    """Return the watches, by name."""
    return [_watch(row) for row in conn.execute(f"select id, {_COLUMNS} from watches order by name")]  # noqa: S608


def by_name(conn: sqlite3.Connection, name: str) -> Watch:
    """Return a watch. Raises NotFound."""
    row = conn.execute(f"select id, {_COLUMNS} from watches where name = ?", [name]).fetchone()  # noqa: S608
    if row is None:
        names = [each.name for each in all_watches(conn)]
        raise NotFound(f"there is no watch {name!r}: there is {', '.join(names) or 'none yet'}")
    return _watch(row)


def add(conn: sqlite3.Connection, watch: Watch, now: str) -> int:
    """Store a watch that looks at what comes from now on; return its id. Raises InvalidInput for a name that is taken."""
    limits = watch.filters
    values = (
        watch.name, watch.query, limits.source, limits.language, *(day and day.isoformat() for day in (limits.since, limits.until)),
        watch.synonyms, watch.destination, watch.target, watch.secret_variable, watch.allow_private, watch.timeout,
    )  # fmt: skip
    places = ", ".join("?" * len(values))
    statement = f"""insert into watches ({_COLUMNS}, created_at, looked_up_to)
        values ({places}, ?, (select coalesce(max(id), 0) from revisions)) returning id"""  # noqa: S608 - ours
    try:
        return int(conn.execute(statement, [*values, now]).fetchone()[0])
    except sqlite3.IntegrityError as error:
        if "watches.name" not in str(error):
            raise
        raise InvalidInput(
            f"there is a watch {watch.name!r} already: remove it first, or give another --name"
        ) from None


def remove(conn: sqlite3.Connection, watch: Watch) -> None:
    """Forget a watch and what it found."""
    conn.execute("delete from watch_matches where watch_id = ?", [watch.id])
    conn.execute("delete from watches where id = ?", [watch.id])


def looked_up_to(conn: sqlite3.Connection, watch: Watch) -> int:
    """Return the id of the last revision that the watch was asked of."""
    return int(conn.execute("select looked_up_to from watches where id = ?", [watch.id]).fetchone()[0])


def note_matches(
    conn: sqlite3.Connection, watch: Watch, revisions: Iterable[int], last: int, now: str
) -> None:
    """Store which revisions matched, of all up to the id `last`."""
    conn.executemany(
        "insert or ignore into watch_matches (watch_id, revision_id, matched_at) values (?, ?, ?)",
        [(watch.id, revision, now) for revision in revisions],
    )
    conn.execute("update watches set looked_up_to = max(looked_up_to, ?) where id = ?", [last, watch.id])


def waiting(conn: sqlite3.Connection, watch: Watch, now: str | None, most: int) -> list[Match]:
    """Return matches that were not delivered, the first ones first, at most so many.

    now: only those that are to be tried by then; None for all.
    """
    due = "" if now is None else "and coalesce(m.next_attempt_at, '') <= ?"
    statement = f"{_MATCH} and m.delivered_at is null {due} order by m.id limit ?"
    values = [watch.id, *([] if now is None else [now]), most]
    return [Match(*row) for row in conn.execute(statement, values)]


def newest(conn: sqlite3.Connection, watch: Watch, most: int) -> list[Match]:
    """Return the matches that came last, delivered or not, the last one first."""
    return [Match(*row) for row in conn.execute(f"{_MATCH} order by m.id desc limit ?", [watch.id, most])]


def of_article(conn: sqlite3.Connection, article_id: int, now: str) -> list[Match]:
    """Return an article's newest revision as if it were a match of now; nothing for one without a revision."""
    statement = f"{_ANY} where r.article_id = ? order by r.number desc limit 1"
    return [Match(*row) for row in conn.execute(statement, [now, article_id])]


def note_delivered(conn: sqlite3.Connection, matches: Sequence[Match], now: str) -> None:
    """Store that these were delivered."""
    conn.executemany(
        "update watch_matches set delivered_at = ?, attempts = attempts + 1, next_attempt_at = null, last_error = null"
        " where id = ? and delivered_at is null",
        [(now, match.id) for match in matches],
    )


def note_failed(conn: sqlite3.Connection, matches: Sequence[Match], error: str, next_attempt_at: str) -> None:
    """Store that these could not be delivered, why, and when it is to be tried again."""
    conn.executemany(
        "update watch_matches set attempts = attempts + 1, last_error = ?, next_attempt_at = ? where id = ?",
        [(error, next_attempt_at, match.id) for match in matches],
    )


def standing(conn: sqlite3.Connection, watch: Watch) -> Standing:
    """Return how a watch stands."""
    created = conn.execute("select created_at from watches where id = ?", [watch.id]).fetchone()[0]
    return Standing(watch, created, *conn.execute(_STANDING, {"id": watch.id}).fetchone())


def _watch(row: Sequence[object]) -> Watch:
    (
        identity,
        name,
        query,
        source,
        language,
        since,
        until,
        synonyms,
        destination,
        target,
        secret,
        private,
        timeout,
    ) = row
    return Watch(
        name=str(name), query=str(query), destination=Destination(str(destination)), target=str(target),
        filters=filters_of(*(None if value is None else str(value) for value in (source, since, until, language))),
        synonyms=bool(synonyms), secret_variable=None if secret is None else str(secret), allow_private=bool(private),
        timeout=float(str(timeout)), id=int(str(identity)),
    )  # fmt: skip

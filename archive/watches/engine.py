"""Watches at work: what is new is looked at, and what they found is delivered.

Looking is one short transaction. Delivering holds no lock on the database: a slow webhook delays nobody but the next
delivery. A lock on a file keeps two crawls that end at once from delivering the same twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from archive.clock import Clock, to_text
from archive.errors import ArchiveUnwritable, NotDelivered
from archive.locking import held
from archive.store import Store
from archive.watches import command, feed, rows, webhook
from archive.watches.matching import Watcher
from archive.watches.model import Destination, Match, Watch

_TOGETHER = 100  # matches of one delivery
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)
Failed = Callable[[Watch, str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """How many new revisions matched, and how many matches were delivered."""

    matched: int
    delivered: int


def run(path: Path, clock: Clock, failed: Failed, *, again: bool = False) -> Done:
    """Ask all watches of the archive at `path` of what is new, and deliver what waits; tell `failed` what can't be.

    again: also what failed and was to be tried later. Raises ArchiveError if the archive can't be read or written.
    """
    with Store(path, clock=clock, create=False) as store:
        watches = store.read(rows.all_watches)
        if not watches:
            return Done(0, 0)
        with store.savepoint():
            matched = store.read(lambda conn: Watcher().note_new(conn, watches, to_text(clock())))
        store.commit()
        with _alone(path):
            delivered = sum(_deliver(store, watch, path, clock, failed, again=again) for watch in watches)
    return Done(matched, delivered)


def payload_of(watch: Watch, matches: list[Match], *, is_test: bool = False) -> bytes:
    """Return what a command or webhook is told, as JSON in UTF-8."""
    told = {
        "watch": watch.name,
        "query": watch.query,
        "is_test": is_test,
        "matches": [match.as_json() for match in matches],
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def send(watch: Watch, matches: list[Match], path: Path, now: str, *, is_test: bool = False) -> None:
    """Send matches where they go. Raises NotDelivered."""
    match watch.destination:
        case Destination.FEED:
            feed.write(watch, matches, path, now)
        case Destination.COMMAND:
            command.run(watch, payload_of(watch, matches, is_test=is_test))
        case Destination.WEBHOOK:
            webhook.post(watch, payload_of(watch, matches, is_test=is_test))


def _deliver(store: Store, watch: Watch, path: Path, clock: Clock, failed: Failed, *, again: bool) -> int:
    delivered = 0
    while True:
        now = to_text(clock())
        matches = store.read(lambda conn: rows.waiting(conn, watch, None if again else now, _TOGETHER))  # noqa: B023
        if not matches:
            return delivered
        # a feed shows those before as well
        shown = store.read(lambda conn: rows.newest(conn, watch, feed.ENTRIES))
        try:
            send(watch, shown if watch.destination is Destination.FEED else matches, path, now)
        except NotDelivered as error:
            failed(watch, str(error))
            later = to_text(clock() + pause_after(matches[0].attempts))
            with store.savepoint():
                reason = str(error)
                store.read(lambda conn: rows.note_failed(conn, matches, reason, later))  # noqa: B023
            store.commit()
            return delivered
        with store.savepoint():
            store.read(lambda conn: rows.note_delivered(conn, matches, now))  # noqa: B023
        store.commit()
        delivered += len(matches)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts that failed before: twice as long each time, a day at most."""
    return min(_FIRST_PAUSE * (1 << min(attempts, 20)), _LONGEST_PAUSE)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until nobody else delivers for this archive."""
    lock = path.absolute().with_name(f"{path.name}.watches.lock")
    with ExitStack() as stack:
        try:
            stack.enter_context(held(lock, waits=True, makes=True))
        except OSError as error:
            raise ArchiveUnwritable(f"{lock} can't be made: {error.strerror}") from None
        yield

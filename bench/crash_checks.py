"""What must hold for an archive at any moment, whatever was killed while it was written."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from archive.evidence.reading import CaptureUnreadable, read_response
from archive.open import reading
from archive.verify import Mode, Report, Wish, verify
from archive.verify.database import compare
from archive.verify.derivation import installed

# Texts that a full check extracts anew.
_SAMPLE = 20
_ANSWERS = re.compile(rb"\r\nWARC-Type: (?:response|revisit)\r\n")

# Each finds rows that no archive may have: the kind of violation, and SQL for a few words on each such row.
_NEVER = {
    "article without a capture": """
        select url from articles a where not exists
            (select 1 from revisions r join captures c on c.id = r.capture_id where r.article_id = a.id)""",
    "stored lead without a capture": """
        select url from leads where state = 'stored' and id not in (select lead_id from captures)""",
    "article twice": "select url_key from articles group by 1 having count(*) > 1",
    "capture twice": """
        select warc_file || ' ' || warc_offset from captures group by warc_file, warc_offset having count(*) > 1""",
    "revision twice": """
        select r.article_id || ' ' || r.number from revisions r join revisions s
            on s.article_id = r.article_id and s.number = r.number + 1 and s.content_sha256 = r.content_sha256""",
    "revisions not numbered 1, 2, 3 ...": """
        select a.url from articles a join revisions r on r.article_id = a.id group by a.id
            having count(*) <> a.revision_count or min(number) <> 1 or max(number) <> count(*)""",
    "article unlike its last revision": """
        select a.url from articles a join revisions r on r.article_id = a.id and r.number = a.revision_count
            where r.content_sha256 <> a.content_sha256 or r.body <> a.body""",
}


class Inspector:
    """Looks at one archive again and again: what was there once must stay."""

    def __init__(self, archive: Path) -> None:
        """Look at nothing yet; the archive needs not be there."""
        self._path = archive
        self._warc = archive.parent / "warc"
        self._read: set[tuple[str, int, str]] = set()
        self._articles: set[str] = set()

    def violations(self) -> list[tuple[str, str]]:
        """Return what is wrong now: a kind and a sentence each."""
        if not self._path.exists():
            return []
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            conn.execute("begin")  # all of it of one instant: a crawl may be at work
            if not conn.execute("select 1 from sqlite_master where name = 'revisions'").fetchone():
                return []
            return [*self._of_the_database(conn), *self._of_the_captures(conn)]

    def urls(self) -> set[str]:
        """Return the addresses of the archived reports; none where there is no archive yet."""
        if not self._path.exists():
            return set()
        with closing(sqlite3.connect(self._path)) as conn:
            return {str(url) for (url,) in conn.execute("select url from articles")}

    def captures(self) -> int:
        """Return how many captures there are; none where there is no archive yet."""
        if not self._path.exists():
            return 0
        with (
            closing(sqlite3.connect(self._path)) as conn,
            suppress(sqlite3.OperationalError),
        ):  # no such table yet
            return int(conn.execute("select count(*) from captures").fetchone()[0])
        return 0

    def _of_the_database(self, conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        for (said,) in conn.execute("pragma integrity_check(3)").fetchall():
            if said != "ok":
                yield "integrity", str(said)
        for row in conn.execute("pragma foreign_key_check").fetchmany(3):
            yield "foreign key", f"row {row[1]} of {row[0]} points to no {row[2]}"
        for kind, query in _NEVER.items():
            for (what,) in conn.execute(query).fetchmany(3):
                yield kind, str(what)
        articles = {str(key) for (key,) in conn.execute("select url_key from articles")}
        for key in sorted(self._articles - articles)[:3]:
            yield "article lost", key
        self._articles |= articles

    def _of_the_captures(self, conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        rows = {
            tuple(row) for row in conn.execute("select warc_file, warc_offset, payload_sha256 from captures")
        }
        for name, offset, _ in sorted(self._read - rows)[:3]:
            yield "capture lost", f"{name} at {offset}"
        for name, offset, sha256 in sorted(rows - self._read):
            try:
                read_response(self._warc, name, offset, sha256)
            except CaptureUnreadable as error:
                yield "capture unreadable", str(error)
            else:
                self._read.add((name, offset, sha256))


def orphans(archive: Path) -> tuple[int, int]:
    """Return how many responses lie in WARC files and in no row, and how many files end with half a record."""
    with closing(sqlite3.connect(archive)) as conn:
        known = Counter(str(name) for (name,) in conn.execute("select warc_file from captures"))
    unknown = torn = 0
    for path in sorted((archive.parent / "warc").glob("*.warc.gz")):
        responses, is_torn = _responses(path)
        unknown += responses - known[path.name]
        torn += is_torn
    return unknown, torn


def damage(archive: Path) -> list[str]:
    """Return what `archive verify --full` calls damaged, a sentence each; nobody may be writing."""
    found = verified(archive, Mode.FULL)
    return [f"{check.name}: {said}" for check in found.checks for said in check.examples if check.damage]


def verified(archive: Path, mode: Mode) -> Report:
    """Return what `archive verify` finds."""
    with reading(archive) as conn:
        deriver = installed() if mode is Mode.FULL else None
        return verify(archive, conn, Wish(mode, sample=_SAMPLE, deriver=deriver), _Silent())


def is_searchable(archive: Path) -> bool:
    """Tell whether the full-text index fits the articles; nobody may be writing."""
    with closing(sqlite3.connect(archive)) as conn, closing(sqlite3.connect(":memory:")) as copy:
        try:
            conn.backup(copy)
            compare(copy)
        except sqlite3.DatabaseError:
            return False
    return True


class _Silent:
    """Shows no progress."""

    def begin(self, name: str, length: int) -> None:
        """Show nothing."""

    def advance(self, steps: int) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""


def _responses(path: Path) -> tuple[int, bool]:
    """Return how many whole records of answers a WARC file has, and whether it ends with half a record."""
    count, held = 0, path.read_bytes()
    while held:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        record = member.decompress(held)
        if not member.eof:
            return count, True
        count += _ANSWERS.search(record.partition(b"\r\n\r\n")[0] + b"\r\n") is not None
        held = member.unused_data
    return count, False

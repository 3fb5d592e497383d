"""Which facts the WARC files tell, and in which order the captures were made: a temporary database, on the disk.

A record that was written and never committed (a crash, a full disk) looks like any other. What tells them apart is the
chain: each visit names the hash of the capture before it, so that from the last one back there is but one way.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.evidence.facts import TITLE_HINT, BadFact, Fact, read_fact
from archive.evidence.opening import open_warc
from archive.evidence.scan import Cut, Junk, Record, scan
from archive.rebuilding.told import InvalidFact, VisitFact, visit_of

_TABLES = """
create table visits (
    id integer primary key, first_id integer, last_id integer, previous_hash text, hash text, at text, is_good integer default 0,
    told text
);
create index visits_last on visits(last_id);
create index visits_hash on visits(hash);
create table facts (id integer primary key, name text, key, at text, told text);
create index facts_key on facts(name, key);
create table hints (warc_file text, warc_offset integer, title text, primary key (warc_file, warc_offset));
create table answers (warc_file text, warc_offset integer, at text, is_told integer default 0,
    primary key (warc_file, warc_offset));
create table texts (sha256 text primary key, warc_file text, warc_offset integer);
create table old (warc_file text primary key);
"""
_KEYS = {"run": ("run", "id"), "run-end": ("run", "id"), "template": ("id",)}

OnBytes = Callable[[int], None]


@dataclass(slots=True)
class Scanned:
    """What the WARC files came to. damaged: sentences, the first of them; damage: how many there were."""

    files: int = 0
    visits: int = 0
    damage: int = 0
    damaged: list[str] = field(default_factory=list)

    def complain(self, sentence: str) -> None:
        """Note a record that can't be read; it costs itself only."""
        self.damage += 1
        if len(self.damaged) < 10:
            self.damaged.append(sentence)


class Index:
    """The facts of a folder of WARC files."""

    def __init__(self) -> None:
        self.scanned = Scanned()
        self._conn = sqlite3.connect("", isolation_level=None)  # a file of its own, gone when it's closed
        self._conn.executescript(_TABLES)
        self._conn.execute("begin")

    def close(self) -> None:
        """Forget everything."""
        self._conn.close()

    # -- taking in ----------------------------------------------------------------------------------------

    def read(self, folder: Path, name: str, size: int, on_bytes: OnBytes) -> None:
        """Take in what a WARC file tells, of so many bytes, whether it lies in the folder or in a pack there."""
        self.scanned.files += 1
        has_facts = False
        try:
            with open_warc(folder, name, zeros=True) as file:
                for piece in scan(file, size, on_bytes=lambda data: on_bytes(len(data))):
                    if isinstance(piece, Junk | Cut):
                        self._complain_of(piece, name)
                    else:
                        has_facts |= self._take(piece, name)
        except OSError as error:
            self.scanned.complain(f"{name} can't be read: {error}")
        if not has_facts:
            self._conn.execute("insert or ignore into old values (?)", [name])

    def _complain_of(self, piece: Junk | Cut, name: str) -> None:
        what = "holds bytes of no record at" if isinstance(piece, Junk) else "breaks off in the record at"
        self.scanned.complain(f"{name} {what} byte {piece.offset}")

    def _take(self, record: Record, name: str) -> bool:
        """Take a record in, and tell whether it's a fact."""
        where = f"{name} at byte {record.offset}"
        if record.kind in {"response", "revisit"}:
            self._take_answer(record, name)
            return False
        if record.kind == "resource":
            sha256 = hashlib.sha256(record.start).hexdigest()
            row = [sha256, name, record.offset]
            self._conn.execute("insert or ignore into texts values (?, ?, ?)", row)
            return True
        try:
            fact = read_fact(record)
            if fact is None:
                if record.problems and record.kind in {"metadata", ""}:
                    self.scanned.complain(f"{where} is damaged: {record.problems[0]}")
                return False
            self._take_fact(fact)
        except (BadFact, InvalidFact) as error:
            self.scanned.complain(f"{where} tells nothing that can be used: {error}")
        return True

    def _take_answer(self, record: Record, name: str) -> None:
        at = record.headers.get("warc-date", "")
        row = [name, record.offset, at]
        self._conn.execute("insert or ignore into answers (warc_file, warc_offset, at) values (?, ?, ?)", row)
        if title := record.headers.get(TITLE_HINT.lower()):
            self._conn.execute("insert or ignore into hints values (?, ?, ?)", [name, record.offset, title])

    def _take_fact(self, fact: Fact) -> None:
        text = json.dumps(fact.told)
        if fact.name == "visit":
            visit = visit_of(fact.told, fact.at)
            self._conn.execute(
                "insert into visits (first_id, last_id, previous_hash, hash, at, told) values (?, ?, ?, ?, ?, ?)",
                [visit.first_id, visit.last_id, visit.previous_hash, visit.hash, fact.at, text],
            )
            self.scanned.visits += 1
            return
        key: Any = fact.told
        for name in _KEYS[fact.name]:
            key = key.get(name) if isinstance(key, dict) else None
        if type(key) is not int or abs(key) >= 2**63:
            raise InvalidFact("it has no id")
        self._conn.execute(
            "insert into facts (name, key, at, told) values (?, ?, ?, ?)", [fact.name, key, fact.at, text]
        )

    # -- the order ----------------------------------------------------------------------------------------

    def choose(self, heads: Mapping[int, str]) -> int:
        """Choose the visits that were stored, from the last one back; return how many were not.

        heads: hashes of captures that the custody log names, by the number of the entry; the last ones come first.
        """
        conn = self._conn
        at = self._last(heads)
        while at is not None:
            row_id, first_id, previous_hash = at
            conn.execute("update visits set is_good = 1 where id = ?", [row_id])
            at = conn.execute(
                "select id, first_id, previous_hash from visits where hash = ? and last_id < ? order by id desc limit 1",
                [previous_hash, first_id],
            ).fetchone()
            if at is None:  # what came before was lost, or is not told of
                at = conn.execute(
                    "select id, first_id, previous_hash from visits where last_id < ? order by last_id desc, at desc,"
                    " id desc limit 1",
                    [first_id],
                ).fetchone()
        (left,) = conn.execute("select count(*) from visits where not is_good").fetchone()
        return int(left)

    def _last(self, heads: Mapping[int, str]) -> Any:
        """Return the last visit: of those with the highest number, one that the custody log vouches for, or the latest."""
        found = self._conn.execute(
            "select id, first_id, previous_hash, hash from visits where last_id = (select max(last_id) from visits)"
            " order by at desc, id desc"
        ).fetchall()
        named = set(heads.values())
        vouched = [each for each in found if each[3] in named]
        return next(iter((*vouched, *found)), (None,) * 4)[:3] if found else None

    # -- giving out ---------------------------------------------------------------------------------------

    def visits(self) -> Iterator[VisitFact]:
        """Yield the visits that were stored, in the order in which they were."""
        cursor = self._conn.execute(
            "select v.told, v.at from visits v where v.is_good order by v.first_id, v.id"
        )
        for text, at in cursor:
            yield visit_of(json.loads(text), at)

    def good(self) -> int:
        """Return how many visits were stored."""
        return int(self._conn.execute("select count(*) from visits where is_good").fetchone()[0])

    def last_id_of(self, hash_: str | None) -> int | None:
        """Return the id of the capture with that hash, if it is the last of a visit; None for any other."""
        row = self._conn.execute(
            "select last_id from visits where hash = ? and is_good limit 1", [hash_]
        ).fetchone()
        return row and int(row[0])

    def fact(self, name: str, key: int) -> Mapping[str, Any] | None:
        """Return what was told last of a run or a template; None if nothing was."""
        row = self._conn.execute(
            "select told from facts where name = ? and key = ? order by at desc, id desc limit 1", [name, key]
        ).fetchone()
        told: Mapping[str, Any] | None = json.loads(row[0]) if row else None
        return told

    def source(self, source_id: str) -> Mapping[str, Any] | None:
        """Return what any run tells of a source, the latest first; None if none does."""
        found = self._conn.execute(
            "select told from facts where name in ('run', 'run-end') order by at desc, id desc"
        )
        for (text,) in found:
            source = json.loads(text).get("source")
            if isinstance(source, dict) and source.get("id") == source_id:
                return source
        return None

    def keys(self, name: str) -> list[int]:
        """Return of which runs, or templates, something is told."""
        return [
            row[0]
            for row in self._conn.execute(
                "select distinct key from facts where name = ? order by key", [name]
            )
        ]

    def title_hint(self, warc_file: str, warc_offset: int) -> str | None:
        """Return what a page was called where it was listed."""
        row = self._conn.execute(
            "select title from hints where warc_file = ? and warc_offset = ?", [warc_file, warc_offset]
        ).fetchone()
        return row and str(row[0])

    def text(self, sha256: str) -> tuple[str, int] | None:
        """Return where the text lies, file and offset, whose line has that SHA-256; None if it's in no file."""
        row = self._conn.execute(
            "select warc_file, warc_offset from texts where sha256 = ?", [sha256]
        ).fetchone()
        return row and (str(row[0]), int(row[1]))

    def untold(self) -> tuple[int, int]:
        """Return how many responses no visit tells of: in files that tell of visits, and in files that tell nothing."""
        told = self._conn
        for visit in self.visits():
            told.executemany(
                "update answers set is_told = 1 where warc_file = ? and warc_offset = ?",
                [(row["warc_file"], row["warc_offset"]) for row in visit.captures],
            )
        query = "select coalesce(sum(warc_file not in old), 0), coalesce(sum(warc_file in old), 0) from answers where not is_told"
        crashed, old = told.execute(query).fetchone()
        return int(crashed), int(old)

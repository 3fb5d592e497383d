"""Are the chains of captures and of the custody log whole? The first row that is not as it was is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from archive.tables import chain, custodyfile
from archive.tables.chain import Head, Table
from archive.tables.custody import Action
from archive.tables.custodyfile import Line
from archive.verify.report import Findings

Row = Mapping[str, Any]

# Rows that are compared with each other to see whether they changed places.
_MOST_COMPARED = 40
_MOST_HELD = 1000
_STEP = 1000
_GONE = "the last capture that entry {id} of the custody log of {at} names is not there: rows were taken away or changed"


class Walk:
    """Follows one table's chain from its first row on."""

    def __init__(self, conn: sqlite3.Connection, table: Table, findings: Findings) -> None:
        """conn: its rows are `sqlite3.Row`."""
        self.head = Head()
        self.rows = 0
        self.is_sound = True  # the row that was looked at last is what its hash says
        self._conn = conn
        self._table = table
        self._findings = findings
        self._changed: list[Row] = []
        self._held: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows in order, each looked at; what is wrong goes to the findings."""
        findings, table = self._findings, self._table
        last = self._conn.execute(f"select max(id) from {table}").fetchone()[0]  # noqa: S608 - ours
        findings.progress.begin(findings.name, last or 0)
        told = 0
        for found in self._conn.execute(f"select * from {table} order by id"):  # noqa: S608 - ours
            row = dict(found)
            self._look(row)
            self.rows += 1
            self.head = Head(row["id"], row["hash"])
            if row["id"] - told >= _STEP:
                findings.progress.advance(row["id"] - told)
                told = row["id"]
            yield row
        self._tell()

    def _look(self, row: Row) -> None:
        is_sound = _is_sound(row)
        if not is_sound:
            self._changed.append(row)
        # where this row or the one before was changed, that says all there is to say
        elif self.is_sound and row["previous_hash"] != self.head.hash:
            self._held.append((row["id"], self._broken(row)))
        self.is_sound = is_sound
        if len(self._changed) > _MOST_COMPARED or len(self._held) > _MOST_HELD:
            self._tell()

    def _broken(self, row: Row) -> str:
        table, before, after = self._table, self.head.id, row["id"]
        if not self.rows:
            return f"rows of {table} before row {after} are missing: it says that there was one before it"
        if row["previous_hash"] is None:
            return f"row {after} of {table} begins a chain anew behind row {before}"
        if after > before + 1:
            gone = f"row {before + 1} is" if after == before + 2 else f"rows {before + 1} to {after - 1} are"
            return f"{gone} missing from {table}: row {after} does not continue row {before}"
        return (
            f"row {after} of {table} does not continue row {before}: that is not the row that was there, or the order"
            " was changed"
        )

    def _tell(self) -> None:
        """Tell what was found so far, in the order of the rows; of two that changed places, once."""
        rows = {row["id"]: row for row in self._changed}
        for one, other in combinations(list(rows), 2):
            if one in rows and other in rows and _have_changed_places(rows[one], rows[other]):
                self._held.append((one, f"rows {one} and {other} of {self._table} have changed places"))
                del rows[one], rows[other]
        for row_id, row in rows.items():
            what = "has no hash" if row["hash"] is None else "was changed: its columns do not give its hash"
            self._held.append((row_id, f"row {row_id} of {self._table} {what}"))
        for _, sentence in sorted(self._held):
            self._findings.damage(sentence)
        self._changed, self._held = [], []


def check_captures(conn: sqlite3.Connection, findings: Findings) -> tuple[str, Head]:
    """Follow the chain of the captures, and look for those that the custody log names; return a summary and the end."""
    anchors: dict[str, tuple[int, str]] = {}
    named = "select captures_hash, id, at from custody where captures_hash is not null order by id"
    for captures_hash, entry, at in conn.execute(named):
        anchors.setdefault(captures_hash, (entry, at))
    walk = Walk(conn, "captures", findings)
    for row in walk:
        anchors.pop(row["hash"], None)
    for entry, at in anchors.values():
        findings.damage(_GONE.format(id=entry, at=at))
    return ("1 row" if walk.rows == 1 else f"{walk.rows} rows"), walk.head


def check_custody(conn: sqlite3.Connection, findings: Findings) -> tuple[str, Head]:
    """Follow the chain of the custody log, and look whether what it counts is there; return a summary and the end."""
    walk = Walk(conn, "custody", findings)
    for row in walk:
        if not walk.is_sound:
            continue
        if row["action"] == Action.CAPTURED:
            _check_run(conn, row, findings)
        elif row["action"] == Action.CHAINED:
            _check_chained(conn, row, findings)
    return ("1 entry" if walk.rows == 1 else f"{walk.rows} entries"), walk.head


def check_custody_file(conn: sqlite3.Connection, findings: Findings, path: Path) -> str:
    """Compare the custody log's file with the table, line by line; return a summary. Both are in order."""
    try:
        lines = _Lines(path)
    except FileNotFoundError:
        findings.note(f"there is no {path.name} yet: the next that writes to the archive makes it")
        return "the log is in the database only"
    except OSError as error:
        findings.damage(f"{path.name} can't be read: {error}")
        return "it can't be read"
    count = 0
    for found in conn.execute("select * from custody order by id"):
        row, line = dict(found), lines.next(findings)
        if line is None:
            findings.damage(f"{path.name} ends before entry {row['id']} of the custody log")
            break
        count += 1
        if line.data != _line_of(row):
            findings.damage(
                f"entry {row['id']} of the custody log is not what {path.name} has at byte {line.offset}"
            )
            if line.row["id"] != row["id"]:  # all that follows would be another's
                break
    if not findings.count and (rest := lines.rest()):
        entries = "1 entry" if rest == 1 else f"{rest} entries"
        findings.note(f"{path.name} has {entries} more than the table: a crash leaves such")
    return f"{count} entries, as in the table" if count != 1 else "1 entry, as in the table"


class _Lines:
    """The lines of a custody file, one after the other."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if it can't be read."""
        path.open("rb").close()
        self._name = path.name
        self._lines = custodyfile.read(path)

    def next(self, findings: Findings) -> Line | None:
        """Return the next entry; what is none is told as damage."""
        for line in self._lines:
            if isinstance(line, Line):
                return line
            findings.damage(f"{self._name}: {line}")
        return None

    def rest(self) -> int:
        """Return how many entries are left."""
        return sum(isinstance(line, Line) for line in self._lines)


def _line_of(row: Row) -> bytes | None:
    try:
        return custodyfile.line_of(row)
    except (TypeError, ValueError):  # what was never written so
        return None


def _check_run(conn: sqlite3.Connection, entry: Row, findings: Findings) -> None:
    (count,) = conn.execute("select count(*) from captures where run_id = ?", [entry["run_id"]]).fetchone()
    if count != entry["items"]:
        findings.damage(f"run {entry['run_id']} had {entry['items']} captures when it ended, and has {count}")


def _check_chained(conn: sqlite3.Connection, entry: Row, findings: Findings) -> None:
    try:
        span = json.loads(entry["details"])
        between = [int(span["first_id"]), int(span["last_id"])]
    except (ValueError, TypeError, LookupError):
        findings.damage(f"entry {entry['id']} of the custody log does not say which captures it is about")
        return
    (count,) = conn.execute("select count(*) from captures where id between ? and ?", between).fetchone()
    if count != entry["items"]:
        findings.damage(
            f"{entry['items']} captures were there when the chain was begun, and {count} are left of them"
        )


def _is_sound(row: Row) -> bool:
    try:
        return bool(chain.row_hash(row) == row["hash"])
    except (TypeError, ValueError):  # what was never written so
        return False


def _have_changed_places(one: Row, other: Row) -> bool:
    """Tell whether each of two rows is sound in the other's place."""
    places = ("id", "previous_hash", "hash")
    moved = (dict(one) | {"id": other["id"]}, dict(other) | {"id": one["id"]})
    swapped = (
        dict(one) | {name: other[name] for name in places},
        dict(other) | {name: one[name] for name in places},
    )
    return any(all(_is_sound(row) for row in pair) for pair in (moved, swapped))

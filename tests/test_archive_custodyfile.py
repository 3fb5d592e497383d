"""The custody log's file: ahead of the table after a crash, never behind it, and the proof of itself."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archive.errors import ArchiveUnwritable
from archive.open import reading
from archive.store import Store
from archive.tables import chain, custody, custodyfile
from archive.tables.custody import Action
from archive.tables.custodyfile import BadLine, Line
from archive.verify import Mode, Verdict, Wish, verify
from tests import keeping
from tests.tampering import unlocked


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keeping.make(tmp_path_factory.mktemp("made"), reports=1)


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path / "copy")
    return tmp_path / "copy" / made.name


def lines(path: Path) -> list[Line | BadLine]:
    return list(custodyfile.read(custodyfile.beside(path)))


def table(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("select id, hash from custody order by id").fetchall()


def said(path: Path) -> tuple[Verdict, tuple[str, ...]]:
    class Quiet:
        def begin(self, name: str, length: int) -> None: ...

        def advance(self, steps: int) -> None: ...

        def end(self) -> None: ...

    with reading(path) as conn:
        report = verify(path, conn, Wish(Mode.QUICK), Quiet())
    (check,) = (each for each in report.checks if each.name == "custody file")
    return check.verdict, check.examples + check.notes


def is_whole(path: Path) -> bool:
    found = [
        (line.row["id"], line.row["hash"]) for line in lines(path) if isinstance(line, Line) and line.is_sound
    ]
    return found == table(path)


def write(path: Path, times: int = 1) -> None:
    for _ in range(times):
        with Store(path, clock=lambda: keeping.NOW) as store:
            store.rebuild_search()


def test_each_line_is_the_entry_as_it_was_hashed(path: Path) -> None:
    write(path)
    assert is_whole(path)
    for line in lines(path):
        assert isinstance(line, Line)
        row = dict(line.row)
        assert row.pop("hash") == chain.row_hash(row)
        assert json.loads(line.data) == line.row
    assert said(path) == (Verdict.OK, ())


def test_an_archive_without_the_file_gets_it_when_it_is_next_written_to(path: Path) -> None:
    before = custodyfile.beside(path).read_bytes()
    custodyfile.beside(path).unlink()
    verdict, notes = said(path)
    assert (verdict, "makes it" in notes[0]) == (Verdict.OK, True)
    Store(path, create=False).close()
    assert custodyfile.beside(path).read_bytes() == before


def test_what_a_crash_left_in_the_file_is_moved_aside(path: Path) -> None:
    whole = custodyfile.beside(path).read_bytes()
    store = Store(path, clock=lambda: keeping.NOW)
    with suppress(ZeroDivisionError), store.savepoint():  # killed between the file and the commit
        custody.note(store._conn, Action.REPAIRED, "2026-01-24T18:00:00Z", reason="never committed")
        custodyfile.bring_up(store._conn, custodyfile.beside(path))
        raise ZeroDivisionError
    store.rollback()
    store.close()
    assert len(lines(path)) == 3
    verdict, notes = said(path)
    assert (verdict, "1 entry more than the table" in notes[0]) == (Verdict.OK, True)
    write(path)
    assert is_whole(path)
    assert custodyfile.beside(path).read_bytes().startswith(whole)
    aside = path.with_name("archive.db.custody.surplus.jsonl").read_text(encoding="utf-8")
    assert json.loads(aside)["reason"] == "never committed"


@pytest.mark.parametrize("cut", [1, 20])
def test_a_line_that_is_cut_short_is_written_anew(path: Path, cut: int) -> None:
    file = custodyfile.beside(path)
    file.write_bytes(file.read_bytes()[:-cut])
    write(path)
    assert is_whole(path)


def test_two_that_write_at_once_have_one_file(path: Path) -> None:
    one, other = (Store(path, clock=lambda: keeping.NOW) for _ in range(2))
    for store in (one, other, other, one):
        store.rebuild_search()
    one.close()
    other.close()
    assert is_whole(path)
    assert len(table(path)) == 6


def test_what_is_rolled_back_is_not_in_the_file(path: Path) -> None:
    with closing(Store(path, clock=lambda: keeping.NOW)) as store:
        run = store.begin_run(keeping.SOURCE, "test")
        store.finish_run(run, "finished", {}, {}, "{}")
        store.rollback()
    write(path)
    assert is_whole(path)


def test_a_changed_entry_is_named(path: Path) -> None:
    with unlocked(path) as conn:
        conn.execute("update custody set items = 7 where id = 1")
    verdict, examples = said(path)
    assert verdict is Verdict.DAMAGED
    assert examples[0].startswith(
        "entry 1 of the custody log is not what archive.db.custody.jsonl has at byte 0"
    )


def test_a_changed_or_shorter_file_is_named(path: Path) -> None:
    file = custodyfile.beside(path)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'"items":2', b'"items":3', 1))
    assert said(path)[0] is Verdict.DAMAGED
    file.write_bytes(whole.splitlines(keepends=True)[0])
    assert "ends before entry 2" in said(path)[1][0]
    file.write_bytes(b"no entry\n" + whole)
    assert "is no entry" in said(path)[1][0]


def test_a_file_that_can_not_be_written_is_said(path: Path) -> None:
    file = custodyfile.beside(path)
    file.unlink()
    file.mkdir()
    with pytest.raises(ArchiveUnwritable, match=r"custody\.jsonl"):
        Store(path, create=False)

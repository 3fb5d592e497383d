"""Chains of hashes: what is hashed, that they only grow, and that two writers make one chain."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.store import Store
from archive.tables import chain
from tests.tampering import unlocked

ROW = {"run_id": 1, "url": "https://x.example/é", "final_url": "https://x.example/", "status": 200,
       "content_type": None, "fetched_at": "2026-01-28T00:02:00Z", "payload_sha256": "ab", "payload_bytes": 3,
       "warc_file": "x.warc.gz", "warc_offset": 0}  # fmt: skip
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8"), max_size=8)
ROWS = st.dictionaries(st.sampled_from(["id", "url", "status", "previous_hash", "content_type"]), VALUES)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = new(tmp_path)
    with closing(sqlite3.connect(path)) as opened:
        yield opened


def new(folder: Path) -> Path:
    path = folder / "archive.db"
    with Store(path) as store:
        store._conn.execute(
            "insert into sources (id, name, homepage) values ('x', 'X', 'https://x.example/')"
        )
        store._conn.execute("insert into runs (source_id, started_at, version) values ('x', '', '')")
    return path


def stored(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    cursor = conn.execute("select * from captures order by id")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def is_whole(conn: sqlite3.Connection) -> bool:
    """Recompute the chain as an outsider would."""
    before = None
    for row in stored(conn):
        values = {name: value for name, value in row.items() if name != "hash" and value is not None}
        text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if row["hash"] != "sha256:" + hashlib.sha256(text.encode()).hexdigest():
            return False
        if row["previous_hash"] != before:
            return False
        before = row["hash"]
    return True


# -- what is hashed ---------------------------------------------------------------------------------------


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    row = {"url": 'é "\\ \n\x01\x7f\u2028😀', "id": 3, "content_type": None, "hash": "left out", "a": -1}
    assert chain.canonical(row) == '{"a":-1,"id":3,"url":"é \\"\\\\ \\n\\u0001\x7f\u2028😀"}'.encode()
    assert chain.row_hash({"id": 1}) == "sha256:" + hashlib.sha256(b'{"id":1}').hexdigest()


@given(one=ROWS, other=ROWS)
def test_no_two_different_rows_are_hashed_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    def said(row: dict[str, Any]) -> dict[str, Any]:
        return {name: (type(value), value) for name, value in row.items() if value is not None}

    assert (chain.canonical(one) == chain.canonical(other)) == (said(one) == said(other))


@given(row=ROWS, name=st.sampled_from(["id", "url"]), value=VALUES)
def test_a_changed_column_changes_what_is_hashed(row: dict[str, Any], name: str, value: Any) -> None:
    changed = row | {name: value}
    assert (chain.row_hash(row) == chain.row_hash(changed)) == (
        row.get(name) == value and type(row.get(name)) is type(value)
    )


@given(raw=st.binary(max_size=12), other=st.binary(max_size=12))
def test_bytes_that_are_no_text_stand_for_themselves(raw: bytes, other: bytes) -> None:
    one, two = ({"url": each.decode("utf-8", "surrogateescape")} for each in (raw, other))
    assert (chain.canonical(one) == chain.canonical(two)) == (raw == other)


@pytest.mark.parametrize("value", [b"blob", float("nan"), "\ud800"])
def test_what_no_row_of_ours_holds_can_not_be_hashed(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        chain.row_hash({"url": value})


# -- appending --------------------------------------------------------------------------------------------


def test_each_row_names_the_one_before(conn: sqlite3.Connection) -> None:
    assert chain.head(conn, "captures") == chain.Head(0, None)
    assert [chain.append(conn, "captures", ROW) for _ in range(3)] == [1, 2, 3]
    rows = stored(conn)
    assert [row["previous_hash"] for row in rows] == [None, rows[0]["hash"], rows[1]["hash"]]
    assert chain.head(conn, "captures") == chain.Head(3, rows[2]["hash"])
    assert is_whole(conn)


@pytest.mark.parametrize("value", [True, 1.5, b"x"])
def test_what_sqlite_would_give_back_otherwise_is_refused(conn: sqlite3.Connection, value: Any) -> None:
    with pytest.raises(TypeError, match=r"captures.status can't be chained"):
        chain.append(conn, "captures", ROW | {"status": value})


@given(text=st.text(st.characters(codec="utf-8"), max_size=30), number=st.integers(-(2**63), 2**63 - 1))
def test_what_was_hashed_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, text: str, number: int) -> None:  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "chain" / "archive.db"
    if not path.exists():
        path.parent.mkdir()
        new(path.parent)
    with closing(sqlite3.connect(path)) as conn:
        chain.append(conn, "captures", ROW | {"url": text, "content_type": text, "payload_bytes": number})
        assert is_whole(conn)
        conn.rollback()


def test_two_stores_write_one_chain_in_turn(tmp_path: Path) -> None:
    path = new(tmp_path)
    with Store(path) as one, Store(path) as two:
        for store in (one, two, two, one, two):
            with store.savepoint():
                chain.append(store._conn, "captures", ROW)
            store.commit()
    with closing(sqlite3.connect(path)) as conn:
        assert is_whole(conn)
        assert chain.head(conn, "captures").id == 5


def test_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    path, failed = new(tmp_path), []

    def write() -> None:
        try:
            for _ in range(20):
                with closing(sqlite3.connect(path, timeout=60)) as conn:
                    chain.append(conn, "captures", ROW)
                    chain.append(conn, "captures", ROW)
                    conn.commit()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with closing(sqlite3.connect(path)) as conn:
        assert chain.head(conn, "captures").id == 160
        assert is_whole(conn)


def test_no_stale_end_is_continued(tmp_path: Path) -> None:
    path = new(tmp_path)
    with closing(sqlite3.connect(path)) as stale, closing(sqlite3.connect(path)) as other:
        stale.execute("begin")
        assert chain.head(stale, "captures").id == 0
        chain.append(other, "captures", ROW)
        other.commit()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            chain.append(stale, "captures", ROW)
        stale.rollback()
        assert chain.append(stale, "captures", ROW) == 2
        assert is_whole(stale)


# -- it only grows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update captures set status = 404 where id = 1", "no row of it may be changed"),
        ("update or replace captures set id = 1 where id = 2", "no row of it may be changed"),
        ("delete from captures where id = 2", "no row of it may be deleted"),
        ("delete from captures", "no row of it may be deleted"),
        ("insert or replace into captures select * from captures where id = 2", "no row of it may be replaced"),
        ("replace into captures select * from captures where id = 1", "no row of it may be replaced"),
        ("delete from custody", "the table custody is append-only"),
        ("update custody set reason = 'x'", "the table custody is append-only"),
        ("insert into custody (at, action, version, hash) values ('', '', '', 'x')", "does not continue its chain"),
    ],
)  # fmt: skip
def test_a_row_stays_as_it_is(conn: sqlite3.Connection, statement: str, what: str) -> None:
    for _ in range(2):
        chain.append(conn, "captures", ROW)
    chain.append(conn, "custody", {"at": "", "action": "repaired", "version": "0"})
    conn.commit()
    with pytest.raises(sqlite3.IntegrityError, match=what):
        conn.execute(statement)
    assert is_whole(conn)


@pytest.mark.parametrize(
    "change",
    [{"hash": None}, {"previous_hash": None}, {"previous_hash": "sha256:00"}, {"id": -5}, {"id": 1}],
)
def test_a_row_that_does_not_continue_the_chain_is_refused(
    conn: sqlite3.Connection, change: dict[str, Any]
) -> None:
    for _ in range(2):
        chain.append(conn, "captures", ROW)
    last = stored(conn)[-1]
    row = last | {"id": 3, "previous_hash": last["hash"], "hash": "sha256:ab"} | change
    names = ", ".join(row)
    statement = f"insert into captures ({names}) values ({', '.join('?' * len(row))})"  # noqa: S608 - a test's own
    with pytest.raises(sqlite3.IntegrityError, match=r"does not continue its chain|may be replaced"):
        conn.execute(statement, list(row.values()))


def test_the_triggers_can_be_dropped_which_is_what_verify_is_for(tmp_path: Path) -> None:
    path = new(tmp_path)
    with closing(sqlite3.connect(path)) as conn:
        chain.append(conn, "captures", ROW)
        conn.commit()
    with unlocked(path) as conn:
        conn.execute("update captures set status = 404")
    with closing(sqlite3.connect(path)) as conn:
        assert not is_whole(conn)
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute("update captures set status = 200")


def test_the_readme_tells_how_to_recompute_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import hashlib.*?)```", readme, re.DOTALL)
    path = new(tmp_path)
    with closing(sqlite3.connect(path)) as conn:
        for number in range(3):
            chain.append(conn, "captures", ROW | {"warc_offset": number})
        conn.commit()
        last = chain.head(conn, "captures").hash
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == (f"captures end with {last}\n", "")
    with unlocked(path) as conn:
        conn.execute("update captures set status = 404 where id = 2")
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "AssertionError: 2" in ran.stderr

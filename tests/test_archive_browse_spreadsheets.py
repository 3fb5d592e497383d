"""Datasette's own CSV of an archive: no cell of it is a formula, and all else stays as it was."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.browse.spreadsheets import Defuser, defused
from archive.export import harmless, restored
from tests.browsing import Browser, plugin

__all__ = ["plugin"]  # a fixture that each test uses

HOSTILE = [
    "=HYPERLINK(\"https://evil.example\", \"a\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "\u200b=1", "＝1",
    '"=1"', "a\n=1", "a,=1", "'=1", "''", "-5", "+447700900123", "-3.5e10", "",
]  # fmt: skip
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def expected(cell: str) -> str:
    return cell if NUMBER.fullmatch(cell) else harmless(cell)


CELLS = (
    st.text(st.sampled_from("=+-@'\", \t\r\n\u200b＝ab1.e"))
    | st.text(st.characters(codec="utf-8"))
    | st.sampled_from(HOSTILE)
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=4), st.data())
def test_each_cell_is_harmless_and_can_be_had_back(rows: list[list[str]], data: st.DataObject) -> None:
    whole = written(rows).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    defuser = Defuser()
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    out = b"".join(defuser.take(piece) for piece in pieces) + defuser.take(b"", is_last=True)
    assert out.decode() == defused(whole.decode())
    assert read(out.decode()) == [[expected(cell) for cell in row] for row in read(whole.decode())]
    assert [
        [cell if NUMBER.fullmatch(cell) else restored(cell) for cell in row] for row in read(out.decode())
    ] == read(whole.decode())


def test_records_leave_as_they_come() -> None:
    defuser = Defuser()
    assert defuser.take(b'a,=1\r\nb,"') == b""
    assert defuser.take(b'=2\r\n"') == b""
    assert defuser.take(b"\r\n") == b"a,'=1\r\nb,\"'=2\r\n\"\r\n"
    assert defuser.take("-5,=é".encode()[:-1]) == b""
    assert defuser.take("é".encode()[1:], is_last=True) == "-5,'=é".encode()


@pytest.fixture
def browser(small_archive: Path) -> Iterator[Browser]:
    db = Database(small_archive)
    for number, title in enumerate(HOSTILE[:6], start=1):
        db["articles"].update(number, {"title": title})

    db.conn.execute("update sources set name = '=cmd'")
    db.conn.commit()
    db.close()
    browser = Browser(small_archive)
    yield browser
    browser.close()


@pytest.mark.parametrize(
    "url",
    [
        "/archive/articles.csv?_size=max",
        "/archive/articles.csv?_stream=on&_labels=on&_dl=1",
        "/archive.csv?sql=select+*+from+articles",
        "/archive.csv?sql=select+title+from+articles&_header=off&_stream=1",
        "/archive/latest.csv",
        "/archive/articles.csv?_trace=1&_labels=on",
    ],
)
def test_no_csv_of_an_archive_has_a_formula(browser: Browser, url: str) -> None:
    answer = browser.get(url)
    assert "content-length" not in answer.headers
    rows = read(answer.text)
    assert len(rows) >= 6
    for cell in (cell for row in rows for cell in row):
        assert NUMBER.fullmatch(cell) or harmless(cell) == cell or restored(cell) != cell, cell
    assert any("'=HYPERLINK" in cell for row in rows for cell in row)
    assert "<html>" not in answer.text


def test_csv_of_other_databases_and_other_answers_stay_as_they_are(
    small_archive: Path, tmp_path: Path
) -> None:
    other = Database(tmp_path / "other.db")
    other["notes"].insert({"text": "=1+1"})
    other.close()
    browser = Browser(small_archive, tmp_path / "other.db")
    assert "=1+1" in browser.get("/other/notes.csv").text
    assert "'=1+1" not in browser.get("/other/notes.csv").text
    assert "'" not in browser.get("/archive.json?sql=select+'%3D1'+as+a&_shape=array").text
    browser.close()

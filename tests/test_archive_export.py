from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidInput, NotFound
from archive.export import columns, harmless, restored, rows, write_csv, write_jsonl
from archive.filters import Filters
from archive.open import reading

# Written out here once more on purpose: what a spreadsheet takes for the begin of a formula.
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def exported(path, query=None, filters=None):
    with reading(path) as connection:
        return list(rows(connection, query, filters))


def test_every_column_of_articles_and_the_sources_name(small_archive):
    with reading(small_archive) as connection:
        table = [row["name"] for row in connection.execute("select name from pragma_table_info('articles')")]
        assert columns(connection) == [*table, "source_name"]
        assert all(list(row) == columns(connection) for row in rows(connection))


def test_queries_and_filters(small_archive):
    assert [row["id"] for row in exported(small_archive)] == [1, 2, 3, 4, 5, 6]
    for query, ids in (
        ("shelled", [2, 5]),
        ("source:ukrinform-en", [4, 5]),
        ("shells NOT lang:ar until:2026-01-25", [2]),
    ):
        assert [row["id"] for row in exported(small_archive, query)] == ids
    assert [row["id"] for row in exported(small_archive, "shelling")] == [2, 5]
    assert [
        row["id"]
        for row in exported(small_archive, "shelling", Filters(language="en", since=date(2026, 1, 26)))
    ] == [5]
    assert [row["id"] for row in exported(small_archive, filters=Filters(source="zamanalwsl-en"))] == [1, 2]


def test_what_makes_no_sense_is_said_before_the_first_row(small_archive):
    with reading(small_archive) as connection:
        with pytest.raises(InvalidInput):
            rows(connection, '"')
        with pytest.raises(NotFound):
            rows(connection, None, Filters(source="nowhere"))


def test_jsonl_holds_every_value_as_it_is(small_archive):
    out = io.StringIO()
    assert write_jsonl(exported(small_archive), out) == 6
    lines = out.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == exported(small_archive)
    assert "قصف جوي" in lines[2]


def test_csv_is_read_back_as_it_was(small_archive):
    out = io.StringIO(newline="")
    with reading(small_archive) as connection:
        assert write_csv(rows(connection), out, columns(connection)) == 6
    assert out.getvalue().startswith("id,source_id,")
    read = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert read[4]["title"] == "'=HYPERLINK shelling of Kherson"
    for row, written in zip(read, exported(small_archive), strict=True):
        assert {name: restored(cell) for name, cell in row.items()} == {
            name: "" if value is None else str(value) for name, value in written.items()
        }


def test_numbers_are_left_alone():
    out = io.StringIO(newline="")
    write_csv([{"a": -5, "b": "-5", "c": -0.5, "d": None}], out, ["a", "b", "c", "d"])
    assert out.getvalue() == "a,b,c,d\r\n-5,'-5,-0.5,\r\n"


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "  =1", "\n =1", "\xa0=1", "\ufeff=1", "\u200b@x", "＝1", "'=1",
     "''  =1", "\x00=1"],
)  # fmt: skip
def test_what_could_be_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == "'" + text
    assert restored(harmless(text)) == text


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'a", "'", "قصف", "  x"])
def test_what_could_not_is_left_alone(text):
    assert harmless(text) == text
    assert restored(text) == text


ODD = st.text(alphabet=st.sampled_from([*"=+-@'\",;\t\r\n a1", "\ufeff", "\xa0", "ب", "＝"]))


@given(st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), ODD), min_size=1, max_size=4))
def test_any_text_survives_csv_and_none_begins_a_formula(texts):
    out = io.StringIO(newline="")
    names = [f"column{number}" for number in range(len(texts))]
    write_csv([dict(zip(names, texts, strict=True))], out, names)
    header, read = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert header == names
    assert [restored(cell) for cell in read] == texts
    assert not any(cell.startswith(TRIGGERS) or cell.lstrip().startswith(TRIGGERS) for cell in read)


def test_rows_come_one_at_a_time(small_archive):
    class Stop(Exception):
        pass

    class OneLine:
        def write(self, text):
            raise Stop

    with reading(small_archive) as connection:
        found = rows(connection)
        with pytest.raises(Stop):
            write_jsonl(found, OneLine())
        assert next(found)["id"] == 2  # the others have not been read yet

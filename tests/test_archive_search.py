from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveUnreadable, InvalidInput, NotFound
from archive.open import connect, reading
from archive.search import search
from archive.store import Store
from archive.text.query import parse
from tests.searching import forms


@pytest.fixture
def archive(small_archive):
    with closing(connect(small_archive)) as connection:
        yield connection


def ids(hits):
    return [hit.id for hit in hits]


def test_a_hit_has_all_that_a_reader_needs(archive):
    [hit] = search(archive, "airstrike AND saraqeb")
    assert (hit.id, hit.source_id, hit.source_name) == (1, "zamanalwsl-en", "Zamanalwsl-En")
    assert (hit.published_at, hit.language, hit.state) == ("2026-01-24T16:04:11Z", "en", "live")
    assert hit.title == "Airstrike on Saraqeb kills five"
    assert hit.marked_title == "[Airstrike] on [Saraqeb] kills five"
    assert hit.snippet.startswith("Five civilians were killed in an [airstrike] on [Saraqeb].")
    assert hit.url == "https://zamanalwsl-en.example/news/1/"
    assert hit.rank < 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("shelling", [2, 5]),
        ("shelling NOT kherson", [2]),
        ("airstrike OR drone", [1, 6]),
        ('"drone strike"', [6]),
        ('"strike drone"', []),
        ("shell*", [2, 5]),
        ("title:idlib", [2]),
        ("title:rescuers", []),
        ("author:petrenko", [5]),
        ("NEAR(seven died, 3)", [2]),
        ("قصف", [3]),
        ("قصف AND سراقب", [3]),
        ("Обстріл", [4]),
        ("обстріл*", [4]),
        ("херсона", [4]),
        ("HYPERLINK", [5]),
    ],
)
def test_the_query_language(archive, query, expected):
    assert sorted(ids(search(archive, query))) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"open quote', []),
        ('"airstrike saraqeb', [1]),
        ("AND AND", []),
        ("airstrike AND", [1]),
        ("a*b(", []),
        ("kherson*(", [5]),
        ("C++", []),
        ("Saraqeb's", [1]),
        ("shelling, kherson!", [5]),
        ('سراقب"', [3]),
        ("*airstrike", [1]),
        ("unknown:airstrike", []),
        ("https://saraqeb", []),
        ("kherson\0", [5]),
    ],
)
def test_broken_syntax_is_searched_for_by_its_words(archive, query, expected):
    assert ids(search(archive, query)) == expected


@pytest.mark.parametrize("query", ["", "   ", "*", '"', '""', "+-()", "!?", "😀", "\0", "x" * 2_001])
def test_a_query_without_a_word_or_too_long_is_refused(archive, query):
    with pytest.raises(InvalidInput, match=r"^the query ") as caught:
        search(archive, query)
    assert "\n" not in str(caught.value)


def test_what_is_searched_for_can_be_told():
    assert not parse("airstrike AND saraqeb").by_words
    assert parse("C++ AND (").problem == "a word is missing at the end"
    assert (forms("C++ AND ("), forms("*reads")) == ('"c"', '("read" OR "reads")')
    assert forms("AND AND") == '("and" AND "and")'


def add(path, number, title, body, published_at=None):
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute(
            "insert into articles (id, source_id, url, url_key, title, body, published_at, word_count,"
            " content_sha256, first_seen_at, last_seen_at)"
            " values (?, 'dabanga-en', ?, ?, ?, ?, ?, 1, 'x', 'x', 'x')",
            [number, f"https://x.example/{number}", f"x/{number}", title, body, published_at],
        )


def test_a_word_in_the_title_counts_more_than_many_in_the_body(small_archive):
    add(small_archive, 10, "Other news", "Truce and truce and truce and a truce of truces.")
    add(
        small_archive, 11, "Truce holds", "Quiet on most of the fronts today, say the monitors of both sides."
    )
    with reading(small_archive) as connection:
        assert ids(search(connection, "truce")) == [11, 10]


def test_obfuscated_words_are_found_as_they_are_written_and_as_they_are_meant(small_archive):
    with closing(sqlite3.connect(small_archive)) as writer:
        writer.execute("update articles set body = ?, folded_words = ? where id = 1",
                       ["Many fata*lities, ش.هيد and قـصـف.", "fatalities شهيد قصف"])  # fmt: skip
        writer.commit()
    with reading(small_archive) as connection:
        for query in (
            "fatalities",
            "fatalit* AND many",
            "fata*lities",
            "ش.هيد",
            "شهيد",
            "folded_words:fatalities",
        ):
            assert ids(search(connection, query)) == [1], query
        assert ids(search(connection, "قصف")) == [3, 1]  # in a title and a body; in folded words
        (hit,) = search(connection, "fatalities")
        assert (hit.snippet, hit.marked_title) == (
            "Many fata*lities, ش.هيد and قـصـف.",
            "Airstrike on Saraqeb kills five",
        )


def test_order_is_the_same_every_time_and_ties_go_to_the_newer(small_archive):
    for number, day in ((10, "2026-01-01"), (11, "2026-01-03"), (12, None), (13, "2026-01-03")):
        add(small_archive, number, "Truce holds", "Quiet.", day and f"{day}T00:00:00Z")
    with reading(small_archive) as connection:
        assert ids(search(connection, "truce")) == [11, 13, 10, 12]
        assert ids(search(connection, "truce", limit=2)) == [11, 13]


def test_days_are_included_at_both_ends_and_the_undated_are_in_no_range(archive):
    words = "saraqeb OR market OR kherson OR khartoum OR قصف OR херсона"
    assert sorted(ids(search(archive, words))) == [1, 2, 3, 4, 5, 6]
    assert sorted(ids(search(archive, words, since=date(2026, 1, 25)))) == [2, 4, 5]
    assert sorted(ids(search(archive, words, until=date(2026, 1, 25)))) == [1, 2, 3]
    # 5 is of the first second of the 27th
    assert sorted(ids(search(archive, words, until=date(2026, 1, 26)))) == [1, 2, 3, 4]
    assert ids(search(archive, words, since=date(2026, 1, 27))) == [5]
    day = date(2026, 1, 24)
    assert sorted(ids(search(archive, words, since=day, until=day))) == [1, 3]
    assert sorted(ids(search(archive, words, since=date.min, until=date.max))) == [1, 2, 3, 4, 5]


def test_source_and_language(archive):
    assert ids(search(archive, "shelling", source="ukrinform-en")) == [5]
    assert ids(search(archive, "قصف OR shelling", language="AR")) == [3]
    with pytest.raises(NotFound, match="no source 'nowhere' in this archive: it has dabanga-en, "):
        search(archive, "shelling", source="nowhere")


def test_options_that_make_no_sense(archive):
    with pytest.raises(InvalidInput, match="since 2026-02-01 is after until 2026-01-01"):
        search(archive, "x", since=date(2026, 2, 1), until=date(2026, 1, 1))
    with pytest.raises(InvalidInput, match="limit 0"):
        search(archive, "x", limit=0)


def test_marks_are_the_callers(archive):
    [hit] = search(archive, "drone", marks=("<<", ">>"))
    assert "<<drone>> strike hit" in hit.snippet


def test_what_the_user_types_is_never_sql(archive):
    evil = "x') union select 1 --"
    assert search(archive, evil).hits == ()
    with pytest.raises(NotFound):
        search(archive, "x", source="' or 1=1 --")
    assert search(archive, "shelling", language="' or 1=1 --").hits == ()


def lock_and_search(writer, connection):
    writer.execute("begin exclusive")
    search(connection, '"open quote')


def test_an_error_of_the_archive_is_not_taken_for_one_of_the_query(small_archive):
    with closing(sqlite3.connect(small_archive)) as writer:
        with (
            pytest.raises(ArchiveUnreadable, match="locked"),
            reading(small_archive, timeout=0.05) as connection,
        ):
            lock_and_search(writer, connection)
        writer.rollback()
        writer.execute("delete from articles_fts_data")
        writer.commit()
    with pytest.raises(ArchiveUnreadable, match="damaged"), reading(small_archive) as connection:
        search(connection, "airstrike")


@pytest.fixture(scope="module")
def shared_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "archive.db"
    Store(path).close()
    return path


PIECES = [*'"*():^+-{},. \0\n', "AND", "OR", "NOT", "NEAR", "a", "ب", "title", "é", "\ud800", "C++", "2,000"]
ODD = st.lists(st.sampled_from(PIECES), max_size=30)


@settings(max_examples=200, deadline=None)
@given(query=st.one_of(st.text(), ODD.map("".join), ODD.map(" ".join)))
def test_no_string_raises_anything_but_invalid_input(shared_archive, query):
    with reading(shared_archive) as connection, suppress(InvalidInput):
        assert search(connection, query, synonyms=True).hits == ()

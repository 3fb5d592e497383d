from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.clock import utc_now
from archive.errors import ArchiveUnreadable, InvalidInput, NotFound
from archive.open import connect, reading
from archive.search import ranking, search
from archive.store import Store
from archive.text.query import Query, parse
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


def test_limits_in_the_query_are_those_of_the_options(archive):
    assert ids(search(archive, "shelling source:ukrinform-en")) == [5]
    assert sorted(ids(search(archive, "(shelling OR قصف) NOT source:ukrinform-en"))) == [2, 3]
    assert ids(search(archive, "lang:ar")) == [3]
    assert ids(search(archive, "conflict:Syria kind:independent since:2026-01-26")) == [5, 4]
    assert ids(search(archive, "saraqeb until:2026-01 since:2026-01-24", source="zamanalwsl-en")) == [1]
    assert ids(search(archive, "NOT since:2026 NOT lang:ar")) == [6]
    with pytest.raises(NotFound, match="no source 'nowhere'"):
        search(archive, "shelling source:nowhere")
    with pytest.raises(NotFound, match="has the kind 'blog': it has independent"):
        search(archive, "shelling kind:blog")


def test_results_by_day_have_the_undated_last(archive):
    words = "saraqeb OR market OR kherson OR khartoum OR قصف OR херсона"
    assert ids(search(archive, words, order="newest")) == [5, 4, 2, 1, 3, 6]
    assert ids(search(archive, words, order="oldest")) == [3, 1, 2, 4, 5, 6]
    assert ids(search(archive, "lang:en")) == [5, 2, 1, 6]
    assert sorted(ids(search(archive, words, order="recent"))) == [1, 2, 3, 4, 5, 6]
    with pytest.raises(
        InvalidInput, match="there is no order 'best': it is one of relevance, recent, newest, oldest"
    ):
        search(archive, words, order="best")


def test_recent_reports_come_first_when_asked(small_archive):
    now = utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
    add(small_archive, 10, "Truce", "A truce holds in the north.", "2001-01-01T00:00:00Z")
    add(small_archive, 11, "Other news", "A truce holds in the north of the country.", now)
    with reading(small_archive) as connection:
        assert ids(search(connection, "north truce")) == [10, 11]
        assert ids(search(connection, "north holds", order="recent")) == [11, 10]


def test_the_very_word_comes_before_other_forms_of_it(small_archive):
    add(small_archive, 10, "News", "They shelled the town today.", "2026-01-02T00:00:00Z")
    add(small_archive, 11, "News", "They shell the town today.", "2026-01-01T00:00:00Z")
    with reading(small_archive) as connection:
        assert ids(search(connection, "shell town")) == [11, 10]
        assert ids(search(connection, "shelled town")) == [10, 11]


def test_facets_and_totals(archive):
    results = search(archive, "lang:en OR lang:uk", limit=2, facets=True)
    assert (len(results), results.total, results.is_capped, results.order) == (2, 5, False, "newest")
    assert results.facets.sources == (("ukrinform-en", 2), ("zamanalwsl-en", 2), ("dabanga-en", 1))
    assert results.facets.languages == (("en", 4), ("uk", 1))
    assert results.facets.months == (("2026-01", 4), ("", 1))
    assert (results.facets.counted, results.facets.is_capped) == (5, False)
    assert search(archive, "shelling", facets=True).facets.sources == (
        ("ukrinform-en", 1),
        ("zamanalwsl-en", 1),
    )


def test_any_report_is_a_search_without_words(archive, monkeypatch):
    assert ids(search(archive, Query("", None))) == [5, 4, 2, 1, 3, 6]
    results = search(archive, Query("", None), limit=2, facets=True)
    assert (ids(results), results.order, results.page, results.next_page) == (
        [5, 4], "newest", "relevance.6.0", "relevance.6.2",
    )  # fmt: skip
    assert results.facets.days == (
        ("2026-01-24", 2), ("2026-01-25", 1), ("2026-01-26", 1), ("2026-01-27", 1),
    )  # fmt: skip
    assert ids(search(archive, Query("", None), order="oldest")) == [3, 1, 2, 4, 5, 6]
    assert ids(search(archive, Query("", None), order="oldest", limit=2, page="oldest.6.4")) == [5, 6]
    monkeypatch.setattr(ranking, "CAP", 2)
    capped = search(archive, "lang:en", limit=3)
    assert (ids(capped), capped.is_capped) == ([5, 2, 1], True)


def test_a_million_reports_are_not_sorted_for_twenty(archive):
    asked = []
    archive.set_trace_callback(asked.append)
    search(archive, Query("", None))
    archive.set_trace_callback(None)
    (ordered,) = (each for each in asked if "order by published_at desc" in each)
    plan = [row["detail"] for row in archive.execute(f"explain query plan {ordered}")]
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.parametrize("order", ["relevance", "newest", "oldest"])
def test_pages_stay_as_they_are_while_a_crawl_writes(small_archive, order):
    for number in range(10, 40):
        add(
            small_archive,
            number,
            f"Truce {number}",
            "The truce holds.",
            f"2026-01-{number - 9:02d}T00:00:00Z",
        )
    with reading(small_archive) as connection:
        whole = ids(search(connection, "truce", order=order, limit=100))
    seen, page = [], None
    for number in range(100, 110):
        with reading(small_archive) as connection:
            results = search(connection, "truce", order=order, limit=7, page=page)
        seen += ids(results)
        assert results.total == 30
        page = results.next_page
        if page is None:
            break
        add(small_archive, number, "Truce!", "A truce, a truce.", "2026-02-01T00:00:00Z")
    assert seen == whole


def test_a_page_that_is_none_is_refused(archive):
    for page in ("", "x", "relevance.1", "best.1.2", "relevance.-1.2", "relevance.1.2; drop table articles"):
        with pytest.raises(InvalidInput, match="is not the name of a page"):
            search(archive, "truce", page=page)


def test_of_very_many_matches_the_last_are_compared_and_it_says_so(small_archive, monkeypatch):
    monkeypatch.setattr(ranking, "CAP", 5)
    monkeypatch.setattr(ranking, "RANKED", 3)
    for number in range(10, 20):
        add(small_archive, number, "Truce", "The truce holds.", f"2026-01-{number - 9:02d}T00:00:00Z")
    with reading(small_archive) as connection:
        results = search(connection, "truce", limit=9)
        assert (ids(results), results.total, results.is_capped, results.ranked) == ([19, 18, 17], 5, True, 3)
        assert "matches, the 3 that were archived last were compared" in results.notes()[0]
        assert ids(search(connection, "truce", order="newest", limit=2)) == [19, 18]
        assert ids(search(connection, "truce since:2026-01-02 until:2026-01-03")) == [12, 11]


def test_chinese_is_marked_where_it_stands(small_archive):
    add(
        small_archive,
        10,
        "缅甸军方空袭村庄",
        "当地僧侣表示，军方战机周日晚间轰炸了一个村庄，空袭造成至少十五人死亡。" * 9,
    )
    with reading(small_archive) as connection:
        (hit,) = search(connection, "空袭")
        assert hit.marked_title == "缅甸军方[空袭]村庄"
        assert "村庄，[空袭]造成至少十五人死亡" in hit.snippet
        assert len(hit.snippet) < 120
        assert ids(search(connection, "title:空袭")) == [10]
        assert ids(search(connection, "title:轰炸")) == ids(search(connection, "袭空")) == []


def test_names_are_spelt_in_each_way_when_asked(archive):
    assert search(archive, "Saraqib").hits == ()
    results = search(archive, "Saraqib", synonyms=True)
    assert sorted(ids(results)) == [1, 3]
    assert results.notes()[0].startswith("also searched for Saraqeb, ")


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
        assert search(connection, query).hits == ()

"""Limits and days as keys in the search index: do they find what a look at every report would?"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.filters import Filters
from archive.matching import matching
from archive.models import ArticleText, ImportedArticle, PublishedDate, Source
from archive.open import connect
from archive.search import Order, ranking, search, showing
from archive.store import Store
from archive.text import keys
from archive.text.normalise import Normaliser
from archive.text.query import parse
from tests.searching import assert_index_fits

SOURCES = [
    Source("alpha", "Alpha", "https://a.example/", ("en",), "Syria", None, "monitor"),
    Source("Be-ta.2", "Beta", "https://b.example/", ("ar",), "Syria, Iraq", None, "agency"),
    Source("gamma", "Gamma", "https://c.example/", ("uk",), "Ukraine", None, "monitor"),
]
FIRST, DAYS = date(2019, 11, 20), 900
LANGUAGES = ("en", "ar", "uk", None)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 300 reports, archived in no order of days; every twentieth has no day."""
    made = tmp_path_factory.mktemp("limits") / "archive.db"
    chance = random.Random(5)
    with Store(made) as store:
        for source in SOURCES:
            store.save_source(source)
        for number in range(300):
            at = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(
                minutes=chance.randrange(DAYS * 24 * 60)
            )
            published = None if number % 20 == 0 else PublishedDate(at, "second", "meta", "x")
            text = ArticleText(
                f"Shelling {number}", "Shells fell.", language=chance.choice(LANGUAGES), published=published
            )
            source = chance.choice(SOURCES)
            store.import_article(ImportedArticle(source.id, f"{source.homepage}{number}", text, at))
    return made


@pytest.fixture(scope="module")
def archive(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        yield connection


limits = st.one_of(
    st.sampled_from(
        [
            "source:alpha",
            "source:be-ta.2",
            "kind:monitor",
            "conflict:syria",
            "conflict:iraq",
            "lang:en",
            "lang:ar",
        ]
    ),
    st.dates(FIRST - timedelta(days=400), FIRST + timedelta(days=DAYS + 400)).map(lambda day: f"since:{day}"),
    st.dates(FIRST - timedelta(days=400), FIRST + timedelta(days=DAYS + 400)).map(lambda day: f"until:{day}"),
    st.sampled_from(["since:2020", "until:2020", "since:2021-02", "until:2020-12"]),
)
expressions = st.recursive(
    limits,
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' OR '.join(some)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' AND '.join(some)})"),
    ),
    max_leaves=5,
)


@given(typed=expressions)
def test_limits_find_what_sql_finds(archive: sqlite3.Connection, typed: str) -> None:
    query = parse(typed)
    if query.words is not None:  # a limit inside "NOT" alone may be read as words
        return
    wanted = matching(archive, query, Filters(), Normaliser())
    condition = f"select id from articles where {wanted.condition}"  # noqa: S608
    by_sql = archive.execute(condition, wanted.parameters).fetchall()
    match = "select rowid from articles_fts where articles_fts match ? order by rowid"
    assert wanted.keys
    assert [row[0] for row in archive.execute(match, [wanted.keys])] == sorted(row[0] for row in by_sql)
    with_words = matching(archive, parse(f"shelling {typed}"), Filters(), Normaliser())
    if with_words.match and not parse(f"shelling {typed}").by_words:
        assert [row[0] for row in archive.execute(match, [with_words.match])] == sorted(
            row[0] for row in by_sql
        )


@given(
    first=st.dates(date(1990, 1, 1), date(2030, 1, 1)), days=st.integers(0, 4000), at=st.integers(-40, 4040)
)
def test_a_day_is_in_as_many_periods_as_its_range_has_of_it(first: date, days: int, at: int) -> None:
    last, day = first + timedelta(days=days), first + timedelta(days=at)
    periods = keys.of_days(first, last)
    mine = set(keys.of_report("x", "en", f"{day}T10:00:00Z").split())
    assert len(mine & set(periods)) == (first <= day <= last)
    assert len(periods) <= 2 * 30 + 2 * 11 + 12


def by_hand(archive: sqlite3.Connection, *, newest: bool) -> list[int]:
    direction = "desc" if newest else "asc"
    statement = (
        f"select id from articles order by published_at is null, published_at {direction}, id {direction}"  # noqa: S608
    )
    return [row[0] for row in archive.execute(statement)]


@pytest.mark.parametrize("cap", [5, 40, 200, 1000])
@pytest.mark.parametrize("typed", ["shelling", "since:2000 OR NOT since:2000"])
def test_the_order_of_days_is_right_however_many_match(
    archive: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, cap: int, typed: str
) -> None:
    monkeypatch.setattr(ranking, "CAP", cap)
    for order in (Order.NEWEST, Order.OLDEST):
        expected = by_hand(archive, newest=order is Order.NEWEST)
        assert [hit.id for hit in search(archive, typed, limit=25, order=order)] == expected[:25]
        assert [hit.id for hit in search(archive, typed, limit=300, order=order)] == expected


def test_a_beginning_that_too_many_have_comes_by_day(
    archive: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "CAP", 40)
    results = search(archive, "shel*", limit=5)
    assert results.order is Order.NEWEST
    assert [hit.id for hit in results] == by_hand(archive, newest=True)[:5]
    assert any("newest first" in note for note in results.notes())
    assert search(archive, "shelling", limit=5).order is Order.RELEVANCE


@pytest.mark.parametrize(
    "typed", ["shel*", "shel* since:2020 lang:en", "(shel* OR fell) NOT zz*", "title:shelling 1*"]
)
@pytest.mark.parametrize("order", list(Order))
def test_reports_of_a_beginning_are_shown_as_those_of_a_word(
    archive: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, typed: str, order: Order
) -> None:
    at_once = search(archive, typed, limit=150, order=order)
    assert at_once.hits
    assert all("[" in hit.marked_title for hit in at_once)
    monkeypatch.setattr(showing, "has_beginning", lambda _: False)
    assert search(archive, typed, limit=150, order=order, page=at_once.page).hits == at_once.hits


def test_a_slip_in_a_date_leaves_the_order_of_days_right(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        for number, day in ((8, "2399-12-31"), (9, "0999-01-01"), (10, "9999-13-01"), (11, "soon"), (12, "")):
            target.execute("update articles set published_at = ? where id = ?", [day, number])
        target.commit()
    monkeypatch.setattr(ranking, "CAP", 40)
    with closing(connect(copy)) as connection:
        newest = [hit.id for hit in search(connection, "shel*", limit=300)]
        oldest = [hit.id for hit in search(connection, "shelling", limit=300, order=Order.OLDEST)]
        dated = [article for article in by_hand(connection, newest=True) if article not in {11, 12}]
    assert [article for article in newest if article not in {11, 12}] == dated
    assert sorted(newest) == sorted(oldest) == list(range(1, 301))
    assert oldest[0] == 9


def test_a_report_of_a_beginning_is_shown_whose_new_day_is_not_indexed_yet(
    path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        with closing(connect(copy)) as connection:
            target.execute("update articles set published_at = '2031-05-06T00:00:00Z' where id = 8")
            target.commit()
            results = search(connection, "shel*", limit=300)
    assert results.index.pending == 1
    assert [hit.marked_title for hit in results if hit.id == 8] == ["[Shelling] 7"]
    assert len(results) == results.total


def test_a_text_cannot_pretend_to_be_of_another_source(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    forged = keys.of_report("alpha", "ar", "2020-01-01T00:00:00Z")
    with Store(path) as store:
        for source in SOURCES:
            store.save_source(source)
        text = ArticleText(
            f"Shelling {forged}", f"Shells fell. {forged} 中国{forged}", author=forged, language="en"
        )
        store.import_article(
            ImportedArticle("gamma", "https://c.example/1", text, datetime(2026, 1, 1, tzinfo=UTC))
        )
    with closing(connect(path)) as connection:
        assert len(search(connection, "shelling")) == 1
        for limit in ("source:alpha", "lang:ar", "since:2019"):
            assert len(search(connection, f"shelling {limit}")) == 0
            assert len(search(connection, limit)) == 0
    assert_index_fits(path)


def test_what_limits_a_report_may_change(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("update articles set language = 'fr' where id = 7")
        target.execute("update articles set published_at = '2031-05-06T00:00:00Z' where id = 8")
        target.execute("update articles set source_id = 'gamma' where id = 9")
        target.execute("delete from revisions where article_id = 10")
        target.execute("delete from articles where id = 10")
        target.commit()
    with closing(connect(copy)) as connection:
        assert [hit.id for hit in search(connection, "shelling lang:fr")] == [7]
        assert [hit.id for hit in search(connection, "shelling since:2031-05-06 until:2031-05-06")] == [8]
        assert [hit.marked_title for hit in search(connection, "shel* lang:fr")] == ["[Shelling] 6"]
        assert 9 in [hit.id for hit in search(connection, "shelling source:gamma", limit=300)]
        assert 10 not in [hit.id for hit in search(connection, "shelling", limit=300)]
    assert_index_fits(copy)

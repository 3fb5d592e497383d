"""Words of one family with those that were typed: what is searched for beside them, and what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import ArticleText, ImportedArticle, Source
from archive.open import connect
from archive.search import search, stream
from archive.search.wanting import FEW
from archive.store import Store
from archive.text.letters import fold
from archive.text.normalise import Normaliser
from archive.text.query import parse
from archive.text.relatives import Relatives
from archive.text.stems import STEMMED

REPORTS = {
    "prosecutor": (
        "ru",
        "Прокурор потребовал ареста",
        "Сторону обвинения в суде представлял прокурор города.",
    ),
    "hunter": ("en", "A hunter was killed", "The hunter had left the road. A mine exploded under him."),
    "hunting": ("en", "The season begins", "Hunting is allowed again from Monday on, the ministry said."),
    "cousin": ("en", "Nothing of the kind", "The hunger of the winter was forgotten."),
    "battle": ("ar", "مقاتلون في المدينة", "دخل المقاتلون المدينة ليلا."),
    "blast": ("tr", "Patlama", "Patlayıcı yüklü araç havaya uçtu."),
}
SOURCE = Source("demo", "Demo", "https://x.example/", ("en",), "Demo", None, "demo")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("related") / "archive.db"
    with Store(path) as store:
        store.save_source(SOURCE)
        for name, (language, title, body) in REPORTS.items():
            text = ArticleText(title, body, language=language)
            store.import_article(
                ImportedArticle("demo", f"https://x.example/{name}", text, datetime(2026, 2, 1, tzinfo=UTC))
            )
    with closing(connect(path)) as connection:
        yield connection


def found(archive: sqlite3.Connection, query: str, *, related: bool = True) -> list[str]:
    return [hit.url.rsplit("/", 1)[1] for hit in search(archive, query, related=related)]


@pytest.mark.parametrize(
    ("query", "report"),
    [("hunters mines", "hunter"), ("прокуратура", "prosecutor"), ("قتال", "battle"), ("patlatıldı", "blast")],
)
def test_another_word_of_the_family_is_found_unless_it_is_not_wanted(
    archive: sqlite3.Connection, query: str, report: str
) -> None:
    assert report in found(archive, query)
    if query != "hunters mines":
        assert found(archive, query, related=False) == []


def test_the_word_itself_comes_first_and_the_others_are_named_and_marked(archive: sqlite3.Connection) -> None:
    results = search(archive, "hunting")
    assert [hit.url.rsplit("/", 1)[1] for hit in results] == ["hunting", "hunter"]
    assert results.related == ("hunter",)
    assert (
        "few reports have these words: others of the same family are searched for as well: hunter"
        in results.notes()
    )
    assert "[hunter]" in results.hits[1].marked_title


@pytest.mark.parametrize("query", ['"hunting"', "hunting*", "NEAR(hunting Monday)"])
def test_a_phrase_a_beginning_and_near_mean_what_they_say(archive: sqlite3.Connection, query: str) -> None:
    assert found(archive, query) == ["hunting"]
    assert search(archive, query).related == ()


def test_not_takes_away_no_more_than_it_says(archive: sqlite3.Connection) -> None:
    assert found(archive, "killed NOT hunting") == ["hunter"]


def test_names_have_no_family(archive: sqlite3.Connection) -> None:
    assert search(archive, "Hamas OR Hama").related == ()


@given(
    st.text(alphabet="абвгдеєийіїклнорстьяЁabeginrstuçşıغقتلامةيوهـَ'", max_size=12), st.sampled_from(STEMMED)
)
def test_any_word_has_relatives_or_none(word: str, language: str) -> None:
    normaliser = Normaliser()
    assert all(Relatives(normaliser.stem).of(fold(word) or "a", language))


def test_where_enough_reports_have_the_word_itself_no_other_is_looked_for(tmp_path: Path) -> None:
    with Store(tmp_path / "archive.db") as store:
        store.save_source(SOURCE)
        for number in range(FEW + 1):
            word = "hunting" if number == FEW else "hunter"
            text = ArticleText(f"On {word}, part {number}", f"What is to be said of {word}.", language="en")
            store.import_article(
                ImportedArticle("demo", f"https://x.example/{number}", text, datetime(2026, 2, 1, tzinfo=UTC))
            )
    with closing(connect(tmp_path / "archive.db")) as connection:
        many, one = search(connection, "hunter"), search(connection, "hunting")
        streamed = stream.begin(connection, parse("hunting"), related=True)
        ids = streamed.ids(connection, (0, streamed.newest))
    assert many.related == ()
    assert (one.total, one.related) == (FEW + 1, ("hunter",))
    assert len(ids) == one.total

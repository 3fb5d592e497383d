"""Forms that are made where the text is: what the index holds is what the writer would have made itself, whatever it is given."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import ArticleText, Extraction, Outcome
from archive.tables.articles import text_columns
from archive.text.forms import COLUMNS, Forms
from archive.text.normalise import WORDS, GivenForms, Normaliser
from archive.text.stems import normaliser_version
from crawler.extraction.page import Hints
from crawler.extraction.remote import extract_remotely, read_report, to_be_stored
from tests.searching import assert_index_fits, matches
from tests.test_archive_store import TEXT, Bench

ARABIC = ArticleText(
    title="قصف جوي على سراقب", body="قتل خمسة مدنيين.\n\nوأصيب عشرة.", standfirst="الحصيلة", language="ar"
)
PAGE = b"""<html lang="en"><head><title>Strikes on two towns</title></head><body><article><h1>Strikes on two towns</h1>
<p>Five residents were killed when shells hit a market on Monday, rescuers and two doctors said.</p>
<p>The toll is expected to rise since many people are missing under the houses that have fallen.</p>
<p>Fata*lities were reported from a second town as well, where the power has been cut since Sunday.</p>
</article></body></html>"""


class Counting(GivenForms):
    """Notes what it has to make itself."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def text(self, text: str | None, language: str | None) -> str | None:
        if text and text not in self._given.get(language, {}):
            self.made.append(text)
        return super().text(text, language)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "archive.db")
    made.store._normaliser = Counting()
    yield made
    made.store.close()
    made.db.close()


def made_by(bench: Bench) -> list[str]:
    assert isinstance(bench.store._normaliser, Counting)
    return bench.store._normaliser.made


def as_sent(text: ArticleText) -> Extraction:
    """Return what comes back from a worker."""
    sent: Extraction = pickle.loads(  # noqa: S301 - our own
        pickle.dumps(to_be_stored(Extraction(text, extractor_version="1")))
    )
    return sent


@pytest.mark.parametrize(
    "text", [TEXT, ARABIC, replace(TEXT, body="A «B» — c_d.\t\n 战争 e\u0301"), replace(TEXT, language=None)]
)
def test_what_comes_with_a_report_is_used_and_is_what_the_writer_would_make(
    bench: Bench, text: ArticleText
) -> None:
    bench.visit(extraction=as_sent(text))
    assert made_by(bench) == []
    assert_index_fits(bench.store.path)
    bench.store.rebuild_search()  # by the writer
    assert_index_fits(bench.store.path)


def test_what_an_edit_takes_out_the_writer_makes_itself(bench: Bench) -> None:
    bench.visit(extraction=as_sent(TEXT))
    edited = replace(TEXT, body="Seven soldiers were wounded.")
    assert bench.visit(extraction=as_sent(edited)) is Outcome.CHANGED
    assert sorted(made_by(bench)) == sorted([TEXT.body])  # the title and the author are those of the edit
    assert_index_fits(bench.store.path)
    assert (matches(bench.db.conn, "civilian"), matches(bench.db.conn, "soldier")) == ([], [1])


@pytest.mark.parametrize(
    "wrong",
    [
        Forms(normaliser_version(), "ar", dict.fromkeys([TEXT.title, TEXT.body], "kherson")),
        Forms("an older one", "en", dict.fromkeys([TEXT.title, TEXT.body], "kherson")),
        Forms(normaliser_version(), "en", {TEXT.body + " ": "kherson", "": "kherson"}),
        None,
    ],
    ids=["of another language", "of another version", "of another text", "none"],
)
def test_what_does_not_fit_is_not_used(bench: Bench, wrong: Forms | None) -> None:
    bench.visit(extraction=replace(as_sent(TEXT), forms=wrong))
    assert made_by(bench) == [TEXT.title, TEXT.body, TEXT.author]
    assert matches(bench.db.conn, "kherson") == []
    assert_index_fits(bench.store.path)


def test_nothing_is_kept_behind_a_commit_or_a_rollback(bench: Bench) -> None:
    for end in (bench.store.commit, bench.store.rollback):
        bench.store.expect(as_sent(TEXT).forms)
        end()
        assert bench.store._normaliser._given == {}


def test_a_worker_sends_columns_and_forms_and_not_what_they_are_made_of() -> None:
    about = {
        "url": "https://x.example/news/1",
        "content_type": "text/html",
        "fetched_at": datetime(2026, 11, 20, tzinfo=UTC),
    }
    read = extract_remotely(PAGE, hints=Hints(), **about)  # type: ignore[arg-type]
    sent = read_report(PAGE, hints=Hints(), **about)  # type: ignore[arg-type]
    assert read.article is not None
    assert sent.article == replace(read.article, blocks=(), date_candidates=())
    assert sent.columns == text_columns(read.article)
    assert sent.forms == Normaliser().forms(sent.columns)
    assert sent.forms.by_text.keys() == {sent.columns[name] for name in COLUMNS if sent.columns[name]}
    assert to_be_stored(read, str(sent.columns["content_sha256"])).forms is None  # that text is indexed
    assert to_be_stored(Extraction(None, reason="empty")) == Extraction(None, reason="empty")


@given(
    st.text(st.sampled_from("ab é_'-.,\u0301\u200c\u00a0\t\n\u2028قصفًа战争"), max_size=60),
    st.sampled_from(["en", "ar", "ru", "ja"]),
)
def test_a_text_has_the_forms_of_its_words_in_their_order(text: str, language: str) -> None:
    """Piece by piece, nothing else comes out than word by word."""
    normaliser = Normaliser()
    parts = WORDS.split(text)
    parts[1::2] = [normaliser.stem(word, language) for word in parts[1::2]]
    whole = "".join(parts).split()
    assert (normaliser.text(text, language) or "").split()[: len(whole)] == whole

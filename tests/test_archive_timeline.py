"""Captures of one report that come in any order make the revisions that they would have made in the order of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.clock import to_text
from archive.models import ArticleText, Extraction, Lead, Outcome, RawResponse, Source, StoredCapture, Visit
from archive.store import Run, Store

URL = "https://herald.example/news/1"
SOURCE = Source("herald", "Herald", "https://herald.example/", ("en",), "Test", None, "independent")
START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "archive.db", clock=lambda: NOW)) as store:
        yield store


def see(store: Store, run: Run, day: int, text: str | None, outcome: Outcome | None = None) -> Outcome:
    """Record what a capture of that day said; None for a page that holds no report, or is gone."""
    at = START + timedelta(days=day)
    status = 404 if outcome is Outcome.GONE else 200
    response = RawResponse(URL, status, "", "GET", (), (), f"{day} {text}".encode(), at)
    article = ArticleText(title="Report", body=text) if text else None
    extraction = Extraction(article, extractor_version="1") if status == 200 else None
    visit = Visit(Lead(URL, "warc"), (response,), URL, extraction, outcome, "reason" if outcome else None)
    return store.record_visit(run, visit, [StoredCapture(response, f"{day}", "x.warc.gz", day)])


def told(store: Store) -> list[tuple[int, str, str]]:
    return store._conn.execute(
        "select number, body, seen_at from revisions order by article_id, number"
    ).fetchall()


def article(store: Store) -> dict[str, Any]:
    store._conn.row_factory = sqlite3.Row
    try:
        return dict(store._conn.execute("select * from articles").fetchone())
    finally:
        store._conn.row_factory = None


def day(number: int) -> str:
    return to_text(START + timedelta(days=number))


def test_an_older_capture_does_not_replace_the_newest_text(store: Store) -> None:
    run = store.begin_run(SOURCE, "1", kind="import")
    assert see(store, run, 9, "seven died") is Outcome.STORED
    assert see(store, run, 2, "five died") is Outcome.CHANGED
    assert told(store) == [(1, "five died", day(2)), (2, "seven died", day(9))]
    kept = article(store)
    assert (kept["body"], kept["state"], kept["revision_count"]) == ("seven died", "changed", 2)
    assert (kept["first_seen_at"], kept["last_seen_at"]) == (day(2), day(9))


def test_the_same_text_was_there_earlier_than_known(store: Store) -> None:
    run = store.begin_run(SOURCE, "1", kind="import")
    see(store, run, 9, "five died")
    assert see(store, run, 2, "five died") is Outcome.UNCHANGED
    assert told(store) == [(1, "five died", day(2))]
    assert article(store)["state"] == "live"
    (capture,) = store._conn.execute(
        "select c.fetched_at from revisions r join captures c on c.id = r.capture_id"
    ).fetchone()
    assert capture == day(2)


def test_a_text_that_came_back_is_a_revision_again(store: Store) -> None:
    run = store.begin_run(SOURCE, "1", kind="import")
    see(store, run, 1, "five died")
    see(store, run, 9, "five died")
    assert see(store, run, 4, "seven died") is Outcome.CHANGED
    assert [row[1:] for row in told(store)] == [
        ("five died", day(1)), ("seven died", day(4)), ("five died", day(9)),
    ]  # fmt: skip
    assert article(store)["state"] == "live"


def test_what_is_gone_today_stays_gone(store: Store) -> None:
    crawl = store.begin_run(SOURCE, "1")
    see(store, crawl, 20, None, Outcome.GONE)
    run = store.begin_run(SOURCE, "1", kind="import")
    assert see(store, run, 2, "five died") is Outcome.STORED
    see(store, run, 1, "three died")
    assert article(store)["state"] == "changed"  # one look is no proof that it is gone
    states = store._conn.execute("select state, since from article_states order by id").fetchall()
    assert states == [("live", day(2)), ("missing", day(20))]
    (lead,) = store._conn.execute("select outcome, last_attempt_at from leads").fetchall()
    assert lead == ("gone", day(20))


def test_an_imported_report_is_looked_at_again_by_its_age_today(store: Store) -> None:
    source = Source(**{f: getattr(SOURCE, f) for f in SOURCE.__slots__} | {"revisit": ("1h", "7d")})
    run = store.begin_run(source, "1", kind="import")
    see(store, run, 2, "five died")
    assert store._conn.execute("select state, next_attempt_at, first_seen_at, via from leads").fetchall() == [
        ("stored", None, day(2), "warc")
    ]


@settings(max_examples=60)
@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(texts: list[str], rng: Any) -> None:
    arrivals = list(enumerate(texts))
    in_time = [(day(number), text) for number, text in arrivals if not number or texts[number - 1] != text]
    rng.shuffle(arrivals)
    with closing(Store(Path(":memory:"), clock=lambda: NOW)) as store:
        run = store.begin_run(SOURCE, "1", kind="import")
        for number, text in arrivals:
            see(store, run, number, text)
        assert [(seen_at, body) for _, body, seen_at in told(store)] == in_time
        assert [number for number, *_ in told(store)] == list(range(1, len(in_time) + 1))
        kept = article(store)
        assert (kept["body"], kept["revision_count"]) == (texts[-1], len(in_time))
        assert (kept["first_seen_at"], kept["last_seen_at"]) == (day(0), day(len(texts) - 1))
        assert kept["state"] == ("live" if texts[0] == texts[-1] else "changed")

from __future__ import annotations

import pytest
from sqlite_utils import Database

from archive.errors import InvalidInput, NotFound
from archive.open import reading
from archive.store import Store
from archive.views.failures import failures, summary, to_retry


@pytest.fixture
def with_failures(small_archive):
    """Leads 1 to 6 are stored; 7 failed for good, 8 too old, 9 untried, 10 and 11 failed once, 12 robots."""
    db = Database(small_archive)
    base = {"via": "feed", "first_seen_at": "2026-01-28T00:00:00Z", "attempts": 0, "outcome": None,
            "last_attempt_at": None, "next_attempt_at": None, "last_error": None}  # fmt: skip
    once = {"state": "waiting", "attempts": 1, "next_attempt_at": "2026-01-30T00:00:00Z"}
    db["leads"].insert_all([
        base | {"source_id": "ukrinform-en", "url": "https://u.example/a", "url_key": "u.example/a", "state": "failed",
                "outcome": "failed", "attempts": 6, "last_attempt_at": "2026-01-29T00:00:00Z",
                "last_error": "the server closed the connection"},
        base | {"source_id": "dabanga-en", "url": "https://d.example/b", "url_key": "d.example/b", "state": "skipped",
                "outcome": "too_old", "last_error": "published before 2026-01-01"},
        base | {"source_id": "dabanga-en", "url": "https://d.example/c", "url_key": "d.example/c", "state": "waiting"},
        base | once | {"source_id": "dabanga-en", "url": "https://d.example/d", "url_key": "d.example/d",
                       "outcome": "gone", "last_error": "HTTP 404 Not Found",
                       "last_attempt_at": "2026-01-28T01:00:00Z"},
        base | once | {"source_id": "dabanga-en", "url": "https://d.example/e", "url_key": "d.example/e",
                       "outcome": "gone", "last_error": "HTTP 404 Not Found",
                       "last_attempt_at": "2026-01-28T02:00:00Z"},
        base | {"source_id": "dabanga-en", "url": "https://d.example/f", "url_key": "d.example/f", "state": "skipped",
                "outcome": "robots", "last_error": "robots.txt forbids it"},
    ])  # fmt: skip
    db.close()
    return small_archive


def test_each_lost_page_has_its_reason(with_failures):
    with reading(with_failures) as connection:
        found = list(failures(connection))
    assert [(failure.url, failure.outcome, failure.attempts, failure.last_error) for failure in found] == [
        ("https://d.example/b", "too_old", 0, "published before 2026-01-01"),
        ("https://d.example/f", "robots", 0, "robots.txt forbids it"),
        ("https://d.example/e", "gone", 1, "HTTP 404 Not Found"),
        ("https://d.example/d", "gone", 1, "HTTP 404 Not Found"),
        ("https://u.example/a", "failed", 6, "the server closed the connection"),
    ]


def test_of_one_source(with_failures):
    with reading(with_failures) as connection:
        assert [failure.source_id for failure in failures(connection, "ukrinform-en")] == ["ukrinform-en"]
        assert list(failures(connection, "zamanalwsl-ar")) == []
        with pytest.raises(NotFound, match="no source 'x'"):
            list(failures(connection, "x"))


@pytest.mark.parametrize(
    ("reason", "ids"),
    [
        ("gone", [11, 10]),
        ("too old", [8]),
        ("too_old", [8]),
        ("http 404", [11, 10]),
        ("CLOSED", [7]),
        ("%", []),
    ],
)
def test_of_one_reason(with_failures, reason, ids):
    with reading(with_failures) as connection:
        assert [failure.id for failure in failures(connection, reason=reason)] == ids


def test_summary_counts_by_reason(with_failures):
    with reading(with_failures) as connection:
        found = summary(connection)
        assert [(one.urls, one.source_id, one.state, one.outcome, one.reason) for one in found] == [
            (2, "dabanga-en", "waiting", "gone", "HTTP 404 Not Found"),
            (1, "dabanga-en", "skipped", "robots", "robots.txt forbids it"),
            (1, "dabanga-en", "skipped", "too_old", "too old"),
            (1, "ukrinform-en", "failed", "failed", "the server closed the connection"),
        ]
        assert (found[0].last_at, found[0].example) == ("2026-01-28T02:00:00Z", "https://d.example/e")
        assert [one.urls for one in summary(connection, "dabanga-en", "gone")] == [2]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({}, (7,)),
        ({"source": "ukrinform-en"}, (7,)),
        ({"source": "dabanga-en"}, ()),
        ({"outcomes": ["gone"]}, (10, 11)),
        ({"outcomes": ["gone", "robots"], "source": "dabanga-en"}, (10, 11, 12)),
        ({"outcomes": ["stored"]}, ()),
        ({"urls": ["http://www.d.example/b/?utm_source=x"]}, (8,)),
        ({"urls": ["https://d.example/d", "https://d.example/d#top"]}, (10,)),
        ({"urls": ["https://d.example/d"], "outcomes": ["robots"]}, ()),
        ({"urls": ["https://d.example/d"], "source": "ukrinform-en"}, ()),
    ],
)
def test_what_to_retry(with_failures, chosen, ids):
    with reading(with_failures) as connection:
        assert to_retry(connection, **chosen).lead_ids == ids


def test_why_there_is_nothing_to_retry(with_failures):
    urls = [
        "https://d.example/c",
        "https://d.example/zz",
        "https://ukrinform-en.example/news/4/",
        "https://d.example/b",
    ]
    with reading(with_failures) as connection:
        assert to_retry(connection, urls=urls).in_vain == (
            "https://d.example/c waits for the next run already",
            "https://d.example/zz is not known here",
            "https://ukrinform-en.example/news/4/ is archived",
        )
        assert to_retry(connection, urls=urls[-1:], outcomes=["gone"]).in_vain == (
            "https://d.example/b did not end so",
        )
        with pytest.raises(InvalidInput, match="'somewhere' is no address of a page"):
            to_retry(connection, urls=["somewhere"])
        with pytest.raises(NotFound, match="no source 'x'"):
            to_retry(connection, source="x")


def test_what_is_put_back_is_as_if_never_tried(with_failures):
    with Store(with_failures) as store:
        assert store.put_back([7, 10, 1]) == 2  # 1 is stored
    with Database(with_failures) as db:
        rows = list(db.query("select id, state, attempts, next_attempt_at from leads where id in (1, 7, 10)"))
    assert rows == [
        {"id": 1, "state": "stored", "attempts": 0, "next_attempt_at": None},
        {"id": 7, "state": "waiting", "attempts": 0, "next_attempt_at": None},
        {"id": 10, "state": "waiting", "attempts": 0, "next_attempt_at": None},
    ]
    with reading(with_failures) as connection:
        assert [failure.id for failure in failures(connection)] == [8, 12, 11]

from __future__ import annotations

import pytest
from sqlite_utils import Database

from archive.errors import NotFound
from archive.failures import failures
from archive.open import reading


@pytest.fixture
def with_failures(small_archive):
    db = Database(small_archive)
    base = {"via": "feed", "first_seen_at": "2026-01-28T00:00:00Z"}
    db["leads"].insert_all([
        base | {"source_id": "ukrinform-en", "url": "https://u.example/a", "url_key": "a", "state": "failed",
                "outcome": "failed", "attempts": 3, "last_attempt_at": "2026-01-29T00:00:00Z",
                "last_error": "the server closed the connection"},
        base | {"source_id": "dabanga-en", "url": "https://d.example/b", "url_key": "b", "state": "skipped",
                "outcome": "too_old", "attempts": 0, "last_attempt_at": None,
                "last_error": "published before 2026-01-01"},
        base | {"source_id": "dabanga-en", "url": "https://d.example/c", "url_key": "c", "state": "waiting",
                "outcome": None, "attempts": 0, "last_attempt_at": None, "last_error": None},
    ])  # fmt: skip
    db.close()
    return small_archive


def test_each_lost_page_has_its_reason(with_failures):
    with reading(with_failures) as connection:
        found = list(failures(connection))
    assert [(failure.url, failure.outcome, failure.attempts, failure.last_error) for failure in found] == [
        ("https://d.example/b", "too_old", 0, "published before 2026-01-01"),
        ("https://u.example/a", "failed", 3, "the server closed the connection"),
    ]


def test_of_one_source(with_failures):
    with reading(with_failures) as connection:
        assert [failure.source_id for failure in failures(connection, "ukrinform-en")] == ["ukrinform-en"]
        assert list(failures(connection, "zamanalwsl-ar")) == []
        with pytest.raises(NotFound, match="no source 'x'"):
            list(failures(connection, "x"))

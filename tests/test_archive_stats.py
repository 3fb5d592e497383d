from __future__ import annotations

from sqlite_utils import Database

from archive.models import Outcome
from archive.open import reading
from archive.store import Store
from archive.views.stats import stats


def test_counts_of_the_small_archive(small_archive):
    db = Database(small_archive)
    db["leads"].insert({"source_id": "dabanga-en", "url": "u", "url_key": "k", "via": "feed", "state": "failed",
                        "first_seen_at": "x"})  # fmt: skip
    db["runs"].insert({"source_id": "dabanga-en", "started_at": "2026-01-29T00:00:00Z", "version": "0",
                       "found": 3, "gone": 2, "failed": 1})  # fmt: skip
    db["articles"].update(1, {"state": "gone"})
    db.close()
    with reading(small_archive) as connection:
        found = stats(connection, small_archive)
    assert found.totals == {
        "articles": 6, "sources": 4, "captures": 6, "revisions": 6, "runs": 5, "leads": 7,
        "first_published_at": "2026-01-24T10:00:00Z", "last_published_at": "2026-01-27T00:00:00Z",
        "articles_without_date": 1,
    }  # fmt: skip
    assert found.languages == {"en": 4, "ar": 1, "uk": 1}
    assert found.states == {"live": 5, "gone": 1}
    assert found.origins == {"crawl": 6}
    assert found.leads == {"waiting": 0, "stored": 6, "failed": 1, "skipped": 0}
    assert [(row["id"], row["articles"]) for row in found.sources][:2] == [
        ("ukrinform-en", 2),
        ("zamanalwsl-en", 2),
    ]
    assert found.bytes == small_archive.stat().st_size


def test_the_last_run_of_each_source_has_every_outcome(small_archive):
    db = Database(small_archive)
    db["runs"].insert({"source_id": "dabanga-en", "started_at": "2026-01-29T00:00:00Z", "version": "0",
                       "found": 3, "gone": 2, "failed": 1})  # fmt: skip
    db.close()
    with reading(small_archive) as connection:
        runs = stats(connection, small_archive).last_runs
    assert [run["source_id"] for run in runs] == [
        "dabanga-en",
        "ukrinform-en",
        "zamanalwsl-ar",
        "zamanalwsl-en",
    ]
    assert runs[0]["started_at"] == "2026-01-29T00:00:00Z"
    assert set(runs[0]["outcomes"]) == {outcome.value for outcome in Outcome}
    assert {name: count for name, count in runs[0]["outcomes"].items() if count} == {"gone": 2, "failed": 1}


def test_an_empty_archive_has_counts_too(tmp_path):
    path = tmp_path / "archive.db"
    Store(path).close()
    with reading(path) as connection:
        found = stats(connection, path)
    assert found.totals["articles"] == 0
    assert found.totals["first_published_at"] is None
    assert (found.sources, found.languages, found.last_runs) == ((), {}, ())

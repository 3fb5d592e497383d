"""Reading captures anew, seen from the archive: which there are, and how their rows are corrected."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.clock import from_text
from archive.models import ArticleText, DateCandidate, Extraction, PublishedDate, SiteTemplate
from archive.open import connect
from archive.store import Store
from archive.tables import chain, reextraction
from archive.tables.reextraction import Applied, Reread, StoredPage
from tests.searching import assert_index_fits, matches
from tests.tampering import unlocked

SOURCE = "zamanalwsl-en"
BEFORE = ("seen_at", "number", "capture_id", "article_id")


@pytest.fixture
def path(small_archive: Path) -> Path:
    """The small archive, its texts hashed as the store does it, and the second report revised once."""
    with Store(small_archive) as store:
        conn = store._conn
        for page in pages(small_archive, all_revisions=True):
            reread = Reread(page, extraction(page, extractor_version="0"))
            reextraction.apply(conn, SOURCE, reread)
        second = conn.execute("select * from captures where id = 2")
        row = dict(zip([column[0] for column in second.description], second.fetchone(), strict=True))
        chain.append(
            conn, "captures", row | {"id": 7, "fetched_at": "2026-02-03T00:00:00Z", "warc_offset": 7}
        )
        again = replace(said(pages(small_archive)[1]), body="Nine people died.")
        sighting = reextraction.Sighting(
            f"https://{SOURCE}.example/news/2/", f"{SOURCE}.example/news/2", "2026-02-03T00:00:00Z", 7, "0"
        )
        reextraction.articles.save(conn, SOURCE, again, sighting)
    return small_archive


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


def pages(path: Path, *, source: str = SOURCE, **which: Any) -> list[StoredPage]:
    with closing(connect(path)) as conn:
        return reextraction.of_revisions(conn, reextraction.revision_ids(conn, source, **which))


def turned_down(path: Path, **which: Any) -> list[StoredPage]:
    with closing(connect(path)) as conn:
        return reextraction.of_captures(conn, reextraction.turned_down_ids(conn, SOURCE, **which))


def rows(path: Path, query: str, *values: object) -> list[dict[str, Any]]:
    with closing(connect(path)) as conn:
        return [dict(row) for row in conn.execute(query, values)]


def execute(path: Path, statement: str, *values: object) -> None:
    with unlocked(path) as conn:
        conn.execute(statement, values)
        conn.commit()


def said(page: StoredPage) -> ArticleText:
    """Return the text that the rows of a page hold."""
    assert page.stored is not None
    row = page.stored.article if page.stored.is_newest else page.stored.revision
    published = row["published_at"] and PublishedDate(
        from_text(row["published_at"]), row.get("published_at_precision") or "second",
        row.get("published_at_from") or "feed", row.get("published_at_text") or "",
    )  # fmt: skip
    return ArticleText(
        title=row["title"], body=row["body"], standfirst=row["standfirst"], author=row["author"],
        language=row["language"], published=published,
    )  # fmt: skip


def extraction(page: StoredPage, *, extractor_version: str = "9", **changed: Any) -> Extraction:
    return Extraction(replace(said(page), **changed), extractor_version=extractor_version)


def apply(path: Path, *rereads: Reread) -> list[Applied]:
    with Store(path) as store:
        return store.apply_rereads(SOURCE, rereads)


def found(path: Path, words: str) -> list[int]:
    with closing(sqlite3.connect(path)) as conn:
        return matches(conn, words)


# -- which captures ---------------------------------------------------------------------------------------


def test_the_newest_revision_of_each_report_is_read_anew(path: Path) -> None:
    assert [(page.capture_id, page.stored and page.stored.revision["number"]) for page in pages(path)] == [
        (1, 1),
        (7, 2),
    ]


def test_all_revisions_come_by_report_and_number(path: Path) -> None:
    found = pages(path, all_revisions=True)
    assert [page.capture_id for page in found] == [1, 2, 7]
    stored = [page.stored for page in found if page.stored]
    assert [each.is_newest for each in stored] == [True, False, True]
    assert [each.sha256_before for each in stored] == [None, None, stored[1].revision["content_sha256"]]


def test_since_is_the_day_of_the_fetch(path: Path) -> None:
    assert [page.capture_id for page in pages(path, since="2026-02-01T00:00:00Z")] == [7]
    assert [page.capture_id for page in pages(path, since="2026-02-03T00:00:00Z")] == [7]
    assert pages(path, since="2026-02-03T00:00:01Z") == []


def test_an_imported_report_has_no_page_to_read(path: Path) -> None:
    execute(path, "update revisions set capture_id = null where article_id = 1")
    assert [page.capture_id for page in pages(path)] == [7]


def test_the_last_page_of_a_lead_that_was_turned_down_is_read_anew(path: Path) -> None:
    execute(path, "update leads set state = 'skipped', outcome = 'not_an_article' where id = 2")
    assert [page.capture_id for page in turned_down(path)] == [7]
    assert turned_down(path)[0].stored is None
    assert turned_down(path, since="2026-02-04T00:00:00Z") == []


@pytest.mark.parametrize("change", ["status = 404", "content_type = 'application/pdf'"])
def test_what_is_no_page_is_not_read(path: Path, change: str) -> None:
    execute(path, "update leads set state = 'skipped', outcome = 'not_an_article' where id = 2")
    execute(path, f"update captures set {change} where id = 7")  # noqa: S608 - a test's own words
    assert turned_down(path) == []


def test_the_sources_are_those_of_the_archive(path: Path) -> None:
    with closing(connect(path)) as conn:
        assert reextraction.sources(conn) == ["dabanga-en", "ukrinform-en", "zamanalwsl-ar", "zamanalwsl-en"]


def test_all_versions_of_a_template_are_known_with_their_times(store: Store, path: Path) -> None:
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 9)]
    for version, learned_at in enumerate(times, start=1):
        store.save_template(SiteTemplate(SOURCE, version, learned_at, 5, 0.9, "{}"))
    store.commit()
    with closing(connect(path)) as conn:
        spans = reextraction.template_spans(conn, SOURCE)
    assert [(template.id, template.learned_at, replaced_at) for template, replaced_at in spans] == [
        (1, times[0], "2026-01-09T00:00:00Z"),
        (2, times[1], None),
    ]


# -- hints ------------------------------------------------------------------------------------------------


def test_a_feed_s_date_goes_with_the_page(path: Path) -> None:
    execute(
        path,
        "update leads set published_hint = '2026-01-20T00:00:00Z', modified_hint = '2026-01-21T00:00:00Z'",
    )
    page = pages(path)[0]
    assert (page.via, page.published_hint, page.modified_hint) == (
        "feed", datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 21, tzinfo=UTC)
    )  # fmt: skip


def test_a_change_that_was_listed_after_the_fetch_is_none_of_the_page(path: Path) -> None:
    execute(path, "update leads set modified_hint = '2026-01-28T00:02:01Z'")
    assert [page.modified_hint is None for page in pages(path, all_revisions=True)] == [True, True, False]


@pytest.mark.parametrize(
    ("origin", "is_kept"),
    [("text", False), ("json-ld:datePublished", False), ("feed", True), ("json-ld:datePublished+feed", True)],
)
def test_a_date_that_came_from_the_page_does_not_vouch_for_itself(path: Path, origin: str, *, is_kept: bool) -> None:  # fmt: skip
    execute(path, "update articles set published_at_from = ?", origin)
    execute(path, "update leads set published_hint = '2026-01-24T16:04:11Z'")
    assert (pages(path)[0].published_hint is not None) is is_kept


@pytest.mark.parametrize("role", ["published", "modified"])
def test_a_feed_s_date_that_the_page_gives_too_is_kept_as_evidence(path: Path, role: Any) -> None:
    page = pages(path)[0]
    moment = datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    candidate = DateCandidate(role, moment, "second", "feed", "Sat", "less trusted")
    apply(path, Reread(page, extraction(page, date_candidates=(candidate,))))
    execute(path, "update articles set published_at_from = 'text'")
    execute(path, "update leads set published_hint = '2026-01-24T16:04:11Z'")
    assert pages(path)[0].published_hint == (moment if role == "published" else None)


# -- comparing --------------------------------------------------------------------------------------------


def test_what_is_read_as_it_is_stored_is_no_change(path: Path) -> None:
    for page in pages(path, all_revisions=True):
        assert page.stored is not None
        assert reextraction.changes(page.stored, extraction(page)) == {}


def test_changes_are_told_by_column(path: Path) -> None:
    page = pages(path)[0]
    assert page.stored is not None
    now = extraction(page, body="Five people.", agency="AFP", tags=("Syria", "Idlib"), is_truncated=True)
    assert reextraction.changes(page.stored, now) == {
        "body": (page.stored.article["body"], "Five people."),
        "agency": (None, "AFP"),
        "tags": (None, '["Syria","Idlib"]'),
        "is_truncated": (0, 1),
    }


def test_a_page_without_a_report_changes_nothing(path: Path) -> None:
    page = pages(path)[0]
    assert page.stored is not None
    lost = Extraction(None, reason="soft_404", detail="gone")
    assert reextraction.changes(page.stored, lost) == {}
    before = rows(path, "select * from articles union all select * from articles")
    assert apply(path, Reread(page, lost)) == [Applied.NOTHING]
    assert rows(path, "select * from articles union all select * from articles") == before


# -- correcting -------------------------------------------------------------------------------------------


def test_report_and_revision_are_corrected_in_place(path: Path) -> None:
    page = pages(path)[0]
    before = rows(path, "select * from revisions where article_id = 1")
    moment = PublishedDate(datetime(2026, 1, 23, tzinfo=UTC), "day", "text", "23 January")
    assert apply(
        path,
        Reread(page, extraction(page, title="Strike", body="Drones.", published=moment), template_id=None),
    ) == [Applied.CORRECTED]
    (article,) = rows(path, "select * from articles where id = 1")
    (revision,) = rows(path, "select * from revisions where article_id = 1")
    for row in (article, revision):
        assert (row["title"], row["body"], row["published_at"]) == (
            "Strike",
            "Drones.",
            "2026-01-23T00:00:00Z",
        )
        assert row["content_sha256"] != before[0]["content_sha256"]
    assert (article["published_at_precision"], article["published_at_from"]) == ("day", "text")
    assert (article["state"], article["revision_count"], article["word_count"]) == ("live", 1, 1)
    assert article["first_seen_at"] == article["last_seen_at"] == "2026-01-28T00:02:00Z"
    assert {name: revision[name] for name in BEFORE} == {name: before[0][name] for name in BEFORE}
    assert (revision["extractor_version"], revision["extraction_path"]) == ("9", "single")


def test_search_finds_the_corrected_words_and_not_the_old_ones(path: Path) -> None:
    page = pages(path)[0]
    assert found(path, "Saraqeb") == [1]
    apply(path, Reread(page, extraction(page, title="Strike", body="Quadcopters over the town.")))
    assert (found(path, "Saraqeb"), found(path, "quadcopters")) == ([], [1])
    assert_index_fits(path)


def test_an_older_revision_is_corrected_without_its_report(path: Path) -> None:
    _, older, newest = pages(path, all_revisions=True)
    apply(path, Reread(older, extraction(older, title="Market shelled")))
    titles = rows(path, "select title, extractor_version from revisions where article_id = 2 order by number")
    assert [tuple(row.values()) for row in titles] == [("Market shelled", "9"), (said(newest).title, "0")]
    assert rows(path, "select title from articles where id = 2") == [{"title": said(newest).title}]


def test_what_is_unchanged_is_only_marked_as_read(path: Path) -> None:
    page = pages(path)[0]
    execute(
        path, "create trigger untouched before update on articles begin select raise(abort, 'touched'); end"
    )
    assert apply(path, Reread(page, extraction(page))) == [Applied.CONFIRMED]
    assert rows(path, "select extractor_version from revisions where article_id = 1") == [
        {"extractor_version": "9"}
    ]


def test_the_template_that_a_page_was_read_with_is_noted_also_where_it_did_not_fit(path: Path) -> None:
    with Store(path) as store:
        number = store.save_template(SiteTemplate(SOURCE, 1, datetime(2026, 1, 1, tzinfo=UTC), 5, 0.9, "{}"))
    first, second = pages(path)
    fits = replace(extraction(first), path="template", template_id=number)
    apply(
        path, Reread(first, fits, template_id=number), Reread(second, extraction(second), template_id=number)
    )
    query = (
        "select extraction_path, site_template_id from revisions where extractor_version = '9' order by id"
    )
    assert [tuple(row.values()) for row in rows(path, query)] == [("template", number), ("single", number)]


def test_two_revisions_that_become_one_text_are_both_kept(path: Path) -> None:
    _, older, newest = pages(path, all_revisions=True)
    apply(path, Reread(older, extraction(newest)), Reread(newest, extraction(newest)))
    hashes = rows(path, "select content_sha256 from revisions where article_id = 2")
    assert hashes[0] == hashes[1]
    assert rows(path, "select revision_count, state from articles where id = 2") == [
        {"revision_count": 2, "state": "changed"}
    ]


def test_the_ledger_of_edits_follows_what_is_corrected(path: Path) -> None:
    """Whichever of two revisions is read otherwise, what changed between them is told anew."""

    def told() -> str:
        (row,) = rows(path, "select summary from changes")
        return str(row["summary"])

    assert told().startswith("a paragraph was removed: “At least seven people died")
    _, older, newest = pages(path, all_revisions=True)
    apply(path, Reread(newest, extraction(newest, body="Eleven people died.")))
    assert told().endswith("a paragraph was added: “Eleven people died.”")
    apply(path, Reread(older, extraction(older, body="Ten people died.")))
    assert told() == "Ten → Eleven people died"
    _, older, _ = pages(path, all_revisions=True)
    apply(path, Reread(older, extraction(older, body="Eleven people died.")))
    assert (told(), rows(path, "select kinds from changes")) == ("no words changed", [{"kinds": "[]"}])


def test_a_batch_is_written_as_a_whole_or_not_at_all(path: Path) -> None:
    first, second = pages(path)
    wrong = Reread(second, extraction(second, title=None))
    with Store(path) as store, pytest.raises(TypeError):
        store.apply_rereads(SOURCE, [Reread(first, extraction(first, title="Half")), wrong])
    assert rows(path, "select count(*) as n from articles where title = 'Half'") == [{"n": 0}]


# -- reports found anew -----------------------------------------------------------------------------------


@pytest.fixture
def page(path: Path) -> StoredPage:
    """A page that was turned down, of a lead that is still to be tried again."""
    execute(path, "delete from revisions where article_id = 1")
    execute(path, "delete from articles where id = 1")
    execute(
        path, "update leads set state = 'waiting', outcome = 'not_an_article', attempts = 2,"
        " last_error = 'too_short: x', next_attempt_at = '2026-03-01T00:00:00Z' where id = 1"
    )  # fmt: skip
    return turned_down(path)[0]


NEW = Extraction(ArticleText("Hospital hit", "Two nurses were wounded."), extractor_version="9", path="mixed")
KEY = f"{SOURCE}.example/news/1"


def test_a_report_that_is_found_anew_is_stored_with_the_time_of_its_page(
    path: Path, page: StoredPage
) -> None:
    assert apply(path, Reread(page, NEW, page.url, KEY)) == [Applied.FOUND]
    (article,) = rows(path, "select * from articles where url_key = ?", KEY)
    assert (article["title"], article["origin"], article["state"]) == ("Hospital hit", "crawl", "live")
    assert article["first_seen_at"] == article["last_seen_at"] == "2026-01-28T00:02:00Z"
    (revision,) = rows(path, "select * from revisions where article_id = ?", article["id"])
    assert (revision["number"], revision["capture_id"], revision["extraction_path"]) == (1, 1, "mixed")
    (lead,) = rows(path, "select * from leads where id = 1")
    assert (lead["state"], lead["outcome"], lead["last_error"]) == ("stored", "stored", None)
    assert (lead["attempts"], lead["next_attempt_at"]) == (0, None)
    assert found(path, "nurses") == [article["id"]]
    assert turned_down(path) == []


def test_a_report_at_another_address_than_its_lead_says_so(path: Path, page: StoredPage) -> None:
    assert apply(path, Reread(page, NEW, "https://x.example/9/", "x.example/9")) == [Applied.FOUND]
    (lead,) = rows(path, "select * from leads where id = 1")
    assert lead["last_error"] == "the report is at https://x.example/9/"


@pytest.mark.parametrize("reread", [Reread, lambda page, now, *_: Reread(page, now)])
def test_a_report_that_is_archived_already_is_left_alone(path: Path, page: StoredPage, reread: Any) -> None:
    before = rows(path, "select * from articles")
    address = (f"https://{SOURCE}.example/news/2/", f"{SOURCE}.example/news/2")
    assert apply(path, reread(page, NEW, *address)) == [Applied.NOTHING]
    assert rows(path, "select * from articles") == before
    assert rows(path, "select outcome from leads where id = 1") == [{"outcome": "not_an_article"}]


def test_a_report_that_two_pages_hold_is_stored_once(path: Path, page: StoredPage) -> None:
    reread = Reread(page, NEW, page.url, KEY)
    assert apply(path, reread, reread) == [Applied.FOUND, Applied.NOTHING]

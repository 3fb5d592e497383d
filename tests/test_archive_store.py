"""The store: what a visit leaves behind, and what it must never touch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.clock import to_text
from archive.errors import ArchiveTooNew, ArchiveUnreadable
from archive.models import (
    ArticleText,
    BlockKind,
    DateCandidate,
    EndpointCheck,
    EndpointOutcome,
    Extraction,
    ImportedArticle,
    Lead,
    Outcome,
    PublishedDate,
    RawResponse,
    SiteTemplate,
    Source,
    StoredCapture,
    TextBlock,
    Visit,
)
from archive.store import Store
from archive.tables import blocks, candidates, leads
from archive.tables.leads import RETRY_AFTER, LeadStatus
from archive.urls import url_key
from tests.searching import assert_index_fits, matches

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("x", "X News", "https://x.example/", ("en", "ar"), "Syria", None, "independent")
URL = "https://x.example/news/1/"
LEAD = Lead(URL, via="feed", endpoint_url="https://x.example/feed")
TEXT = ArticleText(
    title="Strike kills five",
    body="Five civilians were killed.\n\nThe toll may rise.",
    author="A. Reporter",
    language="en",
    published=PublishedDate(
        NOW - timedelta(hours=1), "second", "json-ld:datePublished", "2026-01-24T17:00:00Z"
    ),
)


class Bench:
    """A store whose clock the test moves, and shorthands for visits."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.store = Store(path, clock=lambda: self.now)
        self.run = self.store.begin_run(SOURCE, "test")
        self.db = Database(path)

    def visit(
        self, lead: Lead = LEAD, url: str = URL, text: ArticleText | None = TEXT, **changes: object
    ) -> Outcome:
        response = RawResponse(url, 200, "OK", "GET", (), (("Content-Type", "text/html"),), b"<p>x", self.now)
        extraction = Extraction(text, extractor_version="1") if text else None
        made = Visit(lead, (response,), url=url, extraction=extraction)
        capture = StoredCapture(response, "ab" * 32, "x.warc.gz", 10)
        outcome = self.store.record_visit(self.run, replace(made, **changes), [capture])  # type: ignore[arg-type]
        self.store.commit()
        return outcome

    def one(self, sql: str) -> dict[str, object]:
        (row,) = self.db.query(sql)
        return row


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "archive.db")
    yield made
    made.store.close()
    made.db.close()


def test_a_new_report_leaves_capture_article_revision_and_a_stored_lead(bench: Bench) -> None:
    assert bench.visit() is Outcome.STORED
    article = bench.one("select * from articles")
    assert (article["url"], article["title"], article["state"]) == (URL, TEXT.title, "live")
    assert article["published_at"] == "2026-01-24T17:00:00Z"
    assert article["published_at_from"] == "json-ld:datePublished"
    assert article["word_count"] == 8
    lead = bench.one("select * from leads")
    assert (lead["state"], lead["outcome"], lead["attempts"]) == ("stored", "stored", 0)
    capture = bench.one("select * from captures")
    assert (capture["lead_id"], capture["run_id"], capture["warc_offset"]) == (lead["id"], bench.run.id, 10)
    revision = bench.one("select * from revisions")
    assert (revision["article_id"], revision["number"], revision["capture_id"]) == (
        article["id"],
        1,
        capture["id"],
    )


def test_the_same_text_again_is_only_seen_again(bench: Bench) -> None:
    bench.visit()
    bench.now += timedelta(days=1)
    assert bench.visit() is Outcome.UNCHANGED
    assert bench.one("select last_seen_at, revision_count, state from articles") == {
        "last_seen_at": "2026-01-25T18:00:00Z",
        "revision_count": 1,
        "state": "live",
    }
    assert bench.db["captures"].count == 2


def test_another_text_is_a_revision_and_the_first_one_stays(bench: Bench) -> None:
    bench.visit()
    corrected = replace(TEXT, body="Seven civilians were killed.\n\nThe toll may rise.")
    assert bench.visit(text=corrected) is Outcome.CHANGED
    assert bench.one("select body, state, revision_count from articles") == {
        "body": corrected.body,
        "state": "changed",
        "revision_count": 2,
    }
    bodies = [row["body"] for row in bench.db.query("select body from revisions order by number")]
    assert bodies == [TEXT.body, corrected.body]
    assert bench.visit() is Outcome.CHANGED  # the correction is taken back
    assert bench.one("select state, revision_count from articles") == {"state": "live", "revision_count": 3}


def test_search_follows_every_change(bench: Bench) -> None:
    def hits(word: str) -> int:
        return len(matches(bench.db.conn, word))

    bench.visit()
    assert (hits("five"), hits("seven")) == (1, 0)
    bench.visit(text=replace(TEXT, title="Strike kills seven", body="Seven were killed."))
    assert (hits("five"), hits("seven")) == (0, 1)
    assert_index_fits(bench.store.path)


def test_what_a_citation_needs_is_in_the_article_and_in_the_revision(bench: Bench) -> None:
    first, second = TEXT.body.split("\n\n")
    whole = replace(
        TEXT, agency="AFP", tags=("Syria", "Idlib", "Syria", "x" * 500), is_truncated=True,
        date_candidates=(DateCandidate("published", NOW, "second", "feed", "now", "chosen"),),
        blocks=(
            TextBlock(BlockKind.PARAGRAPH, first, in_body=True),
            TextBlock(BlockKind.EMBED, "A post", in_body=False, url="https://t.me/s/x/1"),
            TextBlock(BlockKind.PARAGRAPH, second, in_body=True),
        ),
    )  # fmt: skip
    bench.visit(text=whole)
    article, revision = bench.one("select * from articles"), bench.one("select * from revisions")
    for column in ("agency", "tags", "is_truncated", "date_candidates", "blocks"):
        assert article[column] == revision[column]
    assert (article["agency"], article["tags"], article["is_truncated"]) == ("AFP", '["Syria","Idlib"]', 1)
    assert candidates.from_json(str(article["date_candidates"])) == whole.date_candidates
    assert blocks.from_json(str(article["blocks"]), whole.body) == whole.blocks
    tags = bench.db.query("select value from articles join json_each(articles.tags)")
    assert [row["value"] for row in tags] == ["Syria", "Idlib"]


def test_what_a_page_does_not_have_is_null(bench: Bench) -> None:
    bench.visit()
    article = bench.one(
        "select agency, tags, is_truncated, folded_words, date_candidates, blocks from articles"
    )
    assert article == dict.fromkeys(article) | {"is_truncated": 0}


def test_a_revision_says_how_its_text_was_found(bench: Bench) -> None:
    template = SiteTemplate("x", 1, NOW, page_count=5, score=None, document="{}")
    template_id = bench.store.save_template(template)
    bench.visit(extraction=Extraction(TEXT, extractor_version="2", path="mixed", template_id=template_id))
    revision = bench.one("select extractor_version, extraction_path, site_template_id from revisions")
    assert revision == {"extractor_version": "2", "extraction_path": "mixed", "site_template_id": template_id}


def test_another_agency_alone_is_no_other_text(bench: Bench) -> None:
    bench.visit()
    assert bench.visit(text=replace(TEXT, agency="AFP", tags=("Syria",))) is Outcome.UNCHANGED
    assert bench.one("select agency, tags, revision_count from articles") == {
        "agency": None, "tags": None, "revision_count": 1,
    }  # fmt: skip


def test_obfuscated_words_are_stored_as_they_are_and_found_as_they_are_meant(bench: Bench) -> None:
    def hits(word: str) -> int:
        return len(matches(bench.db.conn, word))

    bench.visit(text=replace(TEXT, title="ق.ت.ل في إدلب", body="Many fata*lities, قـتـل خمسة."))
    assert bench.one("select body, folded_words from articles") == {
        "body": "Many fata*lities, قـتـل خمسة.",
        "folded_words": "قتل fatalities",
    }
    assert (hits("fatalities"), hits("قتل"), hits("lities"), hits("wounded")) == (1, 1, 1, 0)
    bench.visit(text=replace(TEXT, title="Strike", body="Many wou*nded."))
    assert (hits("fatalities"), hits("قتل"), hits("wounded")) == (0, 0, 1)
    assert_index_fits(bench.store.path)


def test_gone_is_tried_again_and_only_then_failed(bench: Bench) -> None:
    for number, wait in enumerate(RETRY_AFTER, start=1):
        gone = bench.visit(text=None, failure=Outcome.GONE, error="HTTP 404 Not Found")
        assert gone is Outcome.GONE
        lead = bench.one("select * from leads")
        assert (lead["state"], lead["attempts"], lead["last_error"]) == (
            "waiting",
            number,
            "HTTP 404 Not Found",
        )
        due = datetime.fromisoformat(str(lead["next_attempt_at"]))
        assert due == bench.now + wait
        bench.now = due
    bench.visit(text=None, failure=Outcome.GONE, error="HTTP 404 Not Found")
    assert bench.one("select state from leads") == {"state": "failed"}
    assert bench.visit() is Outcome.STORED  # it came back
    assert bench.one("select state from leads") == {"state": "stored"}


def test_a_redirect_to_a_known_report_is_a_duplicate(bench: Bench) -> None:
    bench.visit()
    old = Lead("https://x.example/old/1", via="listing")
    assert bench.visit(lead=old) is Outcome.DUPLICATE
    assert bench.db["articles"].count == 1
    lead = bench.one("select * from leads where url like '%old%'")
    assert (lead["state"], lead["last_error"]) == ("skipped", f"leads to the report at {URL}")


def test_an_article_whose_address_leads_elsewhere_has_moved(bench: Bench) -> None:
    bench.visit()
    assert bench.visit(url="https://x.example/new/1") is Outcome.STORED
    states = {row["url"]: row["state"] for row in bench.db.query("select url, state from articles")}
    assert states == {URL: "moved", "https://x.example/new/1": "live"}


def test_a_take_down_is_noticed_where_the_report_has_another_address(bench: Bench) -> None:
    listed = Lead("https://x.example/feed/view/1", via="feed")
    bench.visit(lead=listed)  # the page calls itself URL
    assert bench.visit(lead=listed) is Outcome.UNCHANGED  # no duplicate: nothing else leads there
    for state in ("live", "gone"):  # once is not enough
        bench.visit(lead=listed, text=None, failure=Outcome.GONE, error="HTTP 404 Not Found")
        assert bench.one("select url, state from articles") == {"url": URL, "state": state}
        bench.now += timedelta(days=1)


def test_an_old_address_that_dies_does_not_take_the_report_with_it(bench: Bench) -> None:
    old = Lead("https://x.example/old/1", via="listing")
    bench.visit(lead=old)
    bench.visit()  # its own address is a lead as well
    bench.visit(lead=old, text=None, failure=Outcome.GONE, error="HTTP 404 Not Found")
    assert bench.one("select state from articles") == {"state": "live"}


def test_what_is_not_committed_is_not_there(bench: Bench, tmp_path: Path) -> None:
    bench.visit()
    bench.store.record_visit(bench.run, Visit(Lead(URL + "2", "feed"), failure=Outcome.FAILED, error="x"), [])
    assert bench.db["leads"].count == 1
    bench.store.rollback()
    bench.store.commit()
    assert bench.db["leads"].count == 1


def test_a_savepoint_undoes_only_its_own(bench: Bench) -> None:
    with bench.store.savepoint():
        bench.store.add_leads(bench.run, [Lead("https://x.example/news/7", "feed")])
    with pytest.raises(ValueError, match="not an http"), bench.store.savepoint():
        bench.store.add_leads(bench.run, [Lead("https://x.example/news/8", "feed"), Lead("mailto:x", "feed")])
    bench.store.commit()
    assert bench.one("select url from leads") == {"url": "https://x.example/news/7"}


def test_a_sitemap_takes_over_the_leads_that_a_feed_found(bench: Bench) -> None:
    for kind, url in (("feed", LEAD.endpoint_url), ("sitemap", "https://x.example/sitemap.xml")):
        bench.store.check_endpoint("x", EndpointCheck(str(url), kind, NOW, "read", status=200))  # type: ignore[arg-type]
    bench.store.add_leads(bench.run, [LEAD])
    bench.store.add_leads(
        bench.run,
        [Lead(URL, "sitemap", "https://x.example/sitemap.xml", modified_hint=NOW)],
        listed_by="https://x.example/sitemap.xml",
    )
    bench.store.commit()
    row = bench.one(
        "select via, e.kind, l.modified_hint from leads l join endpoints e on e.id = l.endpoint_id"
    )
    assert row == {"via": "feed", "kind": "sitemap", "modified_hint": "2026-01-24T18:00:00Z"}


def test_a_modification_is_due_until_it_was_looked_at(bench: Bench) -> None:
    def status() -> LeadStatus:
        bench.store.commit()
        return leads.statuses(bench.db.conn, [url_key(URL)])[url_key(URL)]

    now = to_text(NOW)
    listed = replace(LEAD, modified_hint=NOW - timedelta(days=300))
    bench.visit(lead=listed)
    assert not status().is_due(listed, now)
    edited = replace(LEAD, modified_hint=NOW - timedelta(days=299))
    bench.store.add_leads(bench.run, [edited], listed_by="https://x.example/sitemap.xml")
    assert status().is_due(edited, now)
    bench.visit(lead=edited)
    assert not status().is_due(edited, now)


def test_what_a_sitemap_says_after_the_fetch_is_where_the_next_look_starts(bench: Bench) -> None:
    bench.visit()  # found by a feed, which says nothing of modifications
    listed = replace(LEAD, modified_hint=NOW - timedelta(days=300))
    bench.store.add_leads(bench.run, [listed], listed_by="https://x.example/sitemap.xml")
    bench.store.commit()
    status = leads.statuses(bench.db.conn, [url_key(URL)])[url_key(URL)]
    assert not status.is_due(listed, to_text(NOW))
    assert status.is_due(replace(LEAD, modified_hint=NOW - timedelta(days=299)), to_text(NOW))


def test_endpoint_failures_are_counted_in_a_row(bench: Bench) -> None:
    def look(error: str | None, *, failed: bool) -> dict[str, object]:
        outcome: EndpointOutcome = "failed" if failed else "read"
        bench.store.check_endpoint(
            "x", EndpointCheck("https://x.example/feed", "feed", NOW, outcome, error=error)
        )
        bench.store.commit()
        return bench.one("select failures, last_error from endpoints")

    assert look("HTTP 500", failed=True) == {"failures": 1, "last_error": "HTTP 500"}
    assert look("HTTP 500", failed=True) == {"failures": 2, "last_error": "HTTP 500"}
    assert look("broken, read in part", failed=False) == {"failures": 0, "last_error": "broken, read in part"}
    assert look(None, failed=False) == {"failures": 0, "last_error": None}


def test_an_import_never_replaces_what_was_crawled(bench: Bench) -> None:
    other = replace(TEXT, body="Another text.")
    assert bench.store.import_article(ImportedArticle("x", URL, TEXT)) is Outcome.STORED
    assert bench.store.import_article(ImportedArticle("x", URL, other)) is Outcome.CHANGED
    bench.store.commit()
    assert bench.one("select origin from articles") == {"origin": "import"}
    assert bench.visit() is Outcome.CHANGED
    assert bench.one("select origin, body from articles") == {"origin": "crawl", "body": TEXT.body}
    assert bench.store.import_article(ImportedArticle("x", URL, other)) is Outcome.DUPLICATE


def test_foreign_keys_are_enforced(bench: Bench) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        bench.store.add_leads(replace(bench.run, source_id="nobody"), [LEAD])


def test_the_run_has_its_figures(bench: Bench) -> None:
    counts = {"found": 2, "stored": 1, "gone": 1}
    bench.store.finish_run(bench.run, "finished", counts, {"vote": 3}, "{}")
    bench.store.commit()
    run = bench.one("select * from runs")
    assert (run["found"], run["stored"], run["gone"], run["finish_reason"]) == (2, 1, 1, "finished")
    assert bench.one("select * from refusals") == {"run_id": run["id"], "rule": "vote", "links": 3}


def test_files_that_are_no_archive_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnreadable, match="there is no archive at"):
        Store(tmp_path / "none.db", create=False)
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at " * 20)
    with pytest.raises(ArchiveUnreadable, match=r"text\.db is not an SQLite database"):
        Store(tmp_path / "text.db")
    other = Database(tmp_path / "other.db")
    other["recipes"].insert({"name": "soup"})
    other.close()
    with pytest.raises(ArchiveUnreadable, match="another kind"):
        Store(tmp_path / "other.db")
    with pytest.raises(ArchiveUnreadable, match="can't be opened"):
        Store(tmp_path / "no" / "folder.db")


def test_a_later_versions_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Store(path).close()
    db = Database(path)
    db["_sqlite_migrations"].insert(
        {"migration_set": "conflict-archive", "name": "999_later", "applied_at": "x"}
    )
    db.close()
    with pytest.raises(ArchiveTooNew, match="999_later"):
        Store(path)

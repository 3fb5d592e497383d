"""The main job as its user runs it: crawl the demo site, again, and again after it changed; then look.

Every crawl is a `scrapy crawl demo` of its own process, and every assertion reads the archive it left.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from archive.clock import to_text
from crawler.demo.expected import NEVER, ExpectedReport, expected_outcomes, expected_reports
from tests.searching import assert_index_fits

ROOT = Path(__file__).resolve().parent.parent
REREAD = "http://demo.conflict-archive.example/world/2026/01/19/gaza-tents-winter-storm-shelling/"


@dataclass(frozen=True)
class Crawled:
    """The archive after some crawls, and what the last one printed."""

    path: Path
    printed: str
    conn: sqlite3.Connection

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        return [dict(row) for row in self.conn.execute(sql, values)]

    def one(self, sql: str, *values: object) -> dict[str, object]:
        (row,) = self.rows(sql, *values)
        return row

    def record(self, name: str, offset: int) -> tuple[StatusAndHeaders, bytes]:
        """Return what warcio reads at a place in a WARC file: the record's own headers, and the body in it."""
        with (self.path.parent / "warc" / name).open("rb") as file:
            file.seek(offset)
            record = next(ArchiveIterator(file))
            return record.rec_headers, record.raw_stream.read()


def crawl(path: Path, edition: int, *, days: int = 0) -> Crawled:
    now = f"{datetime.now(UTC) + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M:%SZ}" if days else ""
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", path, "-s", f"DEMO_EDITION={edition}", "-s", f"NOW={now}"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    snapshot = path.with_name(f"{path.stem}-snapshot-{len(list(path.parent.glob('*-snapshot-*')))}.db")
    with sqlite3.connect(path) as source, sqlite3.connect(snapshot) as copy:
        source.backup(copy)
    source.close()
    conn = copy
    conn.row_factory = sqlite3.Row
    return Crawled(path, done.stdout, conn)


def falsify(path: Path) -> None:
    """Have a report look as an earlier extraction read it, with a line of the page's furniture; and its page as changed."""
    with sqlite3.connect(path) as conn:
        conn.execute(
            "update articles set content_sha256 = 'earlier', body = body || char(10) || '(71) (70)' where url = ?",
            [REREAD],
        )
        conn.execute(
            "update revisions set content_sha256 = 'earlier', extractor_version = '1', body = body || char(10) || '(71) (70)'"
            " where article_id = (select id from articles where url = ?)",
            [REREAD],
        )
        conn.execute(
            "update leads set modified_hint = '2020-01-01T00:00:00Z', etag = null, last_modified = null where url = ?",
            [REREAD],
        )
        conn.execute("update endpoints set payload_sha256 = null, etag = null, last_modified = null")
    conn.close()


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Crawled]]:
    path = tmp_path_factory.mktemp("demo") / "archive.db"
    made = {name: crawl(path, edition) for name, edition in (("first", 1), ("again", 1), ("later", 2))}
    falsify(path)
    made["reread"] = crawl(path, 2)
    made["next day"] = crawl(path, 2, days=1)
    yield made
    for crawled in made.values():
        crawled.conn.close()


@pytest.fixture(scope="module")
def first(crawls: dict[str, Crawled]) -> Crawled:
    return crawls["first"]


@pytest.fixture(scope="module")
def again(crawls: dict[str, Crawled]) -> Crawled:
    return crawls["again"]


@pytest.fixture(scope="module")
def later(crawls: dict[str, Crawled]) -> Crawled:
    return crawls["later"]


def is_optional(line: str, report: ExpectedReport) -> bool:
    """An embedded post's text and its sender's line, with whatever date follows the name."""
    return any(line.startswith(text) for text in report.optional)


REPORTS = expected_reports(1)
OUTCOMES = expected_outcomes(1)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.url.rstrip("/").rpartition("/")[2])
def test_every_report_is_archived_as_it_was_written(first: Crawled, report: ExpectedReport) -> None:
    article = first.one("select * from articles where url = ?", report.url)
    lines = [line for line in str(article["body"]).splitlines() if line and not is_optional(line, report)]
    assert lines == [line for paragraph in report.paragraphs for line in paragraph.splitlines()]
    expected = {
        "title": report.title,
        "author": report.author,
        "language": report.language,
        "section": report.section,
        "standfirst": report.standfirst,
        "dateline": report.dateline,
        "published_at": to_text(report.published),
        "published_at_precision": report.precision,
        "modified_at": report.modified and to_text(report.modified),
        "state": "live",
        "origin": "crawl",
        "revision_count": 1,
    }
    assert {column: article[column] for column in expected} == expected


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.url.rstrip("/").rpartition("/")[2])
def test_no_report_holds_boilerplate(first: Crawled, report: ExpectedReport) -> None:
    body = str(first.one("select body from articles where url = ?", report.url)["body"])
    assert [words for words in (*NEVER, *report.never) if words in body] == []


def test_nothing_else_is_archived(first: Crawled) -> None:
    assert {row["url"] for row in first.rows("select url from articles")} == {
        report.url for report in REPORTS
    }


@pytest.mark.parametrize("url", OUTCOMES, ids=lambda url: url.rstrip("/").rpartition("/")[2])
def test_every_odd_page_has_its_reason(first: Crawled, url: str) -> None:
    lead = first.one("select outcome, last_error from leads where url = ?", url)
    assert lead["outcome"] == OUTCOMES[url]
    assert lead["last_error"]


def test_what_went_in_came_out(crawls: dict[str, Crawled]) -> None:
    outcomes = ["stored", "changed", "unchanged", "duplicate", "not_an_article", "too_old", "too_new", "robots", "blocked", "gone", "failed", "known", "waiting"]  # fmt: skip
    for run in crawls["later"].rows("select * from runs"):
        assert run["found"] == sum(int(str(run[outcome])) for outcome in outcomes)
        assert run["finish_reason"] == "finished"


def test_no_vote_was_cast_and_no_trap_stepped_into(later: Crawled) -> None:
    for run in later.rows("select stats from runs"):
        stats = json.loads(str(run["stats"]))
        assert (stats["demo/votes"], stats["demo/traps"]) == ({}, [])
    rules = {row["rule"] for row in later.rows("select rule from refusals where run_id = 1")}
    assert {"source-deny", "media"} <= rules


def test_every_capture_is_in_the_warc_file_as_it_was_received(first: Crawled) -> None:
    captures = first.rows("select * from captures")
    assert len(captures) > len(REPORTS)
    for capture in captures:
        record, payload = first.record(str(capture["warc_file"]), int(str(capture["warc_offset"])))
        assert record.get_header("WARC-Target-URI") == capture["url"]
        if record.get_header("WARC-Type") == "revisit":  # the same bytes were received before
            offset = int(record.get_header("WARC-Refers-To-File-Offset"))
            assert (payload, offset < int(str(capture["warc_offset"]))) == (b"", True)
            record, payload = first.record(record.get_header("WARC-Refers-To-Filename"), offset)
            assert record.get_header("WARC-Type") == "response"
        assert hashlib.sha256(payload).hexdigest() == capture["payload_sha256"]


def test_the_crawl_learned_the_sites_templates_and_read_by_them(first: Crawled) -> None:
    versions = first.rows("select * from site_templates order by version")
    assert versions
    assert [version["version"] for version in versions] == list(range(1, len(versions) + 1))
    assert [version["replaced_at"] is None for version in versions] == [*[False] * (len(versions) - 1), True]
    paths = {row["extraction_path"]: row["n"] for row in first.rows(
        "select extraction_path, count(*) n from revisions group by 1")}  # fmt: skip
    assert paths["template"] >= 10
    by_template = first.rows("select site_template_id id from revisions where extraction_path <> 'single'")
    assert by_template
    assert {row["id"] for row in by_template} <= {version["id"] for version in versions}
    assert first.one("select count(*) n from template_lessons")["n"] >= 5  # type: ignore[operator]


def test_a_second_crawl_finds_nothing_new_and_fetches_no_report(again: Crawled) -> None:
    run = again.one("select * from runs order by id desc limit 1")
    assert (run["stored"], run["changed"], run["unchanged"]) == (0, 0, 0)
    assert "nothing new" in again.printed
    assert again.rows("select url from captures where run_id = ?", run["id"]) == []


def test_a_correction_is_a_revision(later: Crawled) -> None:
    before = {report.url: report for report in REPORTS}
    corrected = [report for report in expected_reports(2)
                 if report.url in before and report.paragraphs != before[report.url].paragraphs]  # fmt: skip
    assert len(corrected) == 1
    for report in corrected:
        article = later.one("select * from articles where url = ?", report.url)
        assert (article["state"], article["revision_count"], article["title"]) == ("changed", 2, report.title)
        change = later.one("select * from changes where article_id = ?", article["id"])
        assert (change["number"], change["is_substantive"]) == (2, 1)
        assert json.loads(str(change["kinds"])) == ["headline", "number", "words"]
        assert "At least seven → At least nine killed" in str(change["summary"])
        revisions = later.rows("select * from revisions where article_id = ? order by number", article["id"])
        assert [row["title"] for row in revisions] == [before[report.url].title, report.title]
        assert revisions[0]["capture_id"] != revisions[1]["capture_id"]


def test_what_only_a_later_extraction_reads_otherwise_is_no_edit(crawls: dict[str, Crawled]) -> None:
    article = crawls["reread"].one("select * from articles where url = ?", REREAD)
    assert (article["revision_count"], article["state"]) == (1, "live")
    lead = crawls["reread"].one("select * from leads where url = ?", REREAD)
    assert lead["outcome"] == "unchanged"
    captures = crawls["reread"].one("select count(*) n from captures where lead_id = ?", lead["id"])
    assert captures["n"] == 2  # it was fetched again


def test_a_report_taken_down_is_noticed_and_kept(crawls: dict[str, Crawled]) -> None:
    """Missing at first, and gone when a look a day later, which comes by itself, finds nothing either."""
    (url,) = {report.url for report in REPORTS} - {report.url for report in expected_reports(2)}
    for name, state, last in (("later", "live", "missing"), ("next day", "gone", "gone")):
        article = crawls[name].one("select id, state, body from articles where url = ?", url)
        assert article["state"] == state
        assert article["body"]
        states = crawls[name].rows(
            "select * from article_states where article_id = ? order by id", article["id"]
        )
        assert [row["state"] for row in states] == ["live", last]
        capture = crawls[name].one(
            "select status, url from captures where id = ?", states[1]["last_capture_id"]
        )
        assert (capture["status"], capture["url"]) == (410, url)
    done = subprocess.run(
        [sys.executable, "-m", "archive.cli", "gone", "--json", "--db", crawls["next day"].path],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert [(one["url"], one["how"]) for one in told["gone"]] == [(url, "410")]


def test_a_new_report_is_added(later: Crawled) -> None:
    new = {report.url for report in expected_reports(2)} - {report.url for report in REPORTS}
    assert new
    stored = {row["url"] for row in later.rows("select url from articles where first_seen_at > ?", "2")}
    assert new <= stored


@pytest.mark.parametrize("words", ["Saraqeb", "إدلب", "обстрел", "airstrike AND idlib"])
def test_the_archive_is_searchable(later: Crawled, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archive.cli", "search", words, "--json", "--db", later.path],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_the_database_is_sound(later: Crawled) -> None:
    assert later.one("pragma integrity_check") == {"integrity_check": "ok"}
    assert later.rows("pragma foreign_key_check") == []
    assert_index_fits(later.path)


@pytest.mark.slow
def test_a_crawl_that_cannot_store_ends_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("a file where the folder should be")
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", tmp_path / "archive.db"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"the crawl of demo ends: {tmp_path / 'warc'} can't be written (File exists)" in done.stderr
    assert "Traceback" not in done.stderr
    with sqlite3.connect(tmp_path / "archive.db") as conn:
        assert conn.execute("select count(*) from articles").fetchone() == (0,)
        assert conn.execute("select finish_reason, found = waiting + robots from runs").fetchone() == (
            "write_failed",
            1,
        )
    conn.close()


@pytest.mark.slow
def test_an_import_of_the_crawls_warc_files_makes_the_same_reports_and_revisions(
    crawls: dict[str, Crawled], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "importwarc", crawls["reread"].path.parent / "warc", "--db", tmp_path / "a.db"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    query = """
        select a.url_key, a.published_at, a.language, a.first_seen_at, r.number, r.seen_at, r.title, r.author, r.body
        from articles a join revisions r on r.article_id = a.id where a.url <> ? order by a.url_key, r.number
        """
    with sqlite3.connect(tmp_path / "a.db") as conn:
        imported = conn.execute(query, [REREAD]).fetchall()
    conn.close()
    assert imported == [tuple(row.values()) for row in crawls["reread"].rows(query, REREAD)]


@pytest.mark.slow
def test_an_import_of_a_pack_makes_the_captures_that_were_put_into_it(
    crawls: dict[str, Crawled], tmp_path: Path
) -> None:
    shutil.copytree(crawls["reread"].path.parent, tmp_path / "home")
    path = tmp_path / "home" / crawls["reread"].path.name
    for command in (
        ["-m", "scrapy", "importwarc", path.parent / "warc", "--db", tmp_path / "files.db"],
        ["-m", "archive.cli", "--db", path, "compact"],
        ["-m", "scrapy", "importwarc", path.parent / "warc", "--db", tmp_path / "packs.db"],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert list((path.parent / "warc").glob("*.warc.zst"))
    query = "select url, fetched_at, status, payload_sha256, payload_bytes from captures order by 1, 2, 4"
    captures = []
    for name in ("files.db", "packs.db"):
        with closing(sqlite3.connect(tmp_path / name)) as conn:
            captures.append(conn.execute(query).fetchall())
    assert captures[0]
    assert captures[0] == captures[1]


@pytest.mark.slow
def test_a_crawl_that_keeps_its_files_small_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    for edition in (1, 2):
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", path, "-s", f"DEMO_EDITION={edition}", "-s", "COMPACT_WARC=run"],
            cwd=ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "warc").glob("*.warc.zst"))) == 2
    assert not list((tmp_path / "warc").glob("*.warc.gz"))
    done = subprocess.run(
        [sys.executable, "-m", "archive.cli", "verify", "--full", "--db", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "texts, extracted anew" in done.stdout


def test_a_way_to_keep_files_small_that_nobody_knows_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", tmp_path / "archive.db", "-s", "COMPACT_WARC=weekly"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "COMPACT_WARC is 'weekly': month, run or nothing" in done.stderr

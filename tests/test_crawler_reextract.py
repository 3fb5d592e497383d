# ruff: noqa: S608 - the SQL is the tests' own words, with ids that they asked for
"""`scrapy reextract` on an archive that a real crawl of the demo site made: what it reads, tells and writes.

The crawl is shared. Each test falsifies a copy of the archive, as an older extraction would have left it, and has it
read anew.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from archive.errors import ArchiveUnreadable
from archive.models import ArticleText, SiteTemplate
from archive.open import reading
from archive.tables.articles import content_sha256
from archive.verify import Check, Mode, Verdict, Wish, verify
from archive.verify.derivation import installed
from crawler.commands.crawling.together import LOCKED
from crawler.commands.reextract import Command, reextract
from crawler.commands.reextracting.meter import Meter
from crawler.commands.reextracting.outlets import template_of_the_time
from crawler.commands.reextracting.report import first_difference
from crawler.extraction.article import EXTRACTOR_VERSION
from crawler.extraction.pool import WorkerPool
from crawler.locks import SourceLock
from crawler.sources.loader import load_catalogue
from tests.sites.crawling import assert_sound, rows, run, start
from tests.tampering import unlocked

NOTHING_WRITTEN = "\nNothing is written; --apply corrects what changed, and stores what was found.\n"
VOTES = "\n\nDid you like this report? 12 readers did."
ASK = "select * from {} order by id"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def total(self) -> dict[str, Any]:
        return self.lines()[-1]


Again = Callable[..., Done]


class Reader:
    """Runs the command in this process, with workers that have their libraries loaded."""

    def __init__(self) -> None:
        self.pool = WorkerPool(1)
        self.runner = asyncio.Runner()
        self.catalogue = load_catalogue()

    def run(self, folder: Path, *given: str) -> int:
        made, parser = Command(), ArgumentParser()
        made.settings = Settings()
        made.add_options(parser)
        options = parser.parse_args(given)
        return self.runner.run(reextract(folder / "archive.db", options, self.catalogue, self.pool))

    def close(self) -> None:
        self.pool.close()
        self.runner.close()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with closing(Reader()) as made:
        yield made


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """The demo site's archive, brought to what the extraction makes of it with all that was learned in the crawl."""
    folder = tmp_path_factory.mktemp("crawled")
    done = run(folder, "crawl", "demo")
    assert done.returncode == 0, done.stderr
    assert reader.run(folder, "--apply", "--force", "--examples", "0") == 0
    return folder


@pytest.fixture
def folder(crawled: Path, tmp_path: Path) -> Path:
    shutil.copy(crawled / "archive.db", tmp_path)
    shutil.copytree(crawled / "warc", tmp_path / "warc")
    return tmp_path


@pytest.fixture
def again(folder: Path, reader: Reader, capsys: pytest.CaptureFixture[str]) -> Again:
    def reextracted(*given: str) -> Done:
        capsys.readouterr()
        code = reader.run(folder, *given)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return reextracted


def execute(folder: Path, *statements: str) -> None:
    with unlocked(folder / "archive.db") as conn:
        for statement in statements:
            conn.execute(statement)
        conn.commit()


def snapshot(folder: Path, *tables: str) -> list[list[dict[str, Any]]]:
    return [[dict(row) for row in rows(folder, ASK.format(table))] for table in tables]


def older(folder: Path, where: str = "1", **columns: str) -> None:
    """Have revisions, and the reports that say the same, as an older extraction left them."""
    sets = "".join(f", {column} = {value}" for column, value in columns.items())
    execute(folder, f"update revisions set extractor_version = '0'{sets} where {where}")
    if columns and "site_template_id" not in columns:
        execute(
            folder,
            f"update articles set {sets[2:]} where id in (select article_id from revisions where {where})",
        )


def forget(folder: Path, article_id: int) -> dict[str, Any]:
    """Have a report's page as one in which no report was found; returns the report's row."""
    (row,) = rows(folder, "select * from articles where id = ?", article_id)
    execute(
        folder,
        "update leads set state = 'skipped', outcome = 'not_an_article', last_error = 'too_short: x' where id ="
        f" (select c.lead_id from revisions r join captures c on c.id = r.capture_id where r.article_id = {article_id})",
        f"delete from revisions where article_id = {article_id}",
        f"delete from articles where id = {article_id}",
    )
    return dict(row)


def revise(folder: Path, article_id: int) -> None:
    """Give a report a second revision that was read from the same page, in other words."""
    execute(
        folder,
        f"""insert into revisions (article_id, number, seen_at, capture_id, title, body, content_sha256, extractor_version)
            select article_id, 2, '2027-01-01T00:00:00Z', capture_id, title, 'Other words.', 'ab', '0'
            from revisions where article_id = {article_id}""",
        f"""update articles set revision_count = 2, state = 'changed', body = 'Other words.', content_sha256 = 'ab'
            where id = {article_id}""",
    )


def odd(folder: Path) -> int:
    """Return how many pages of the archive hold no report."""
    return len(rows(folder, "select 1 from leads where outcome = 'not_an_article'"))


# -- looking ----------------------------------------------------------------------------------------------


def test_what_this_extraction_has_read_is_left_out(folder: Path, again: Again) -> None:
    done = again()
    reports = len(snapshot(folder, "articles")[0])
    assert (done.code, done.err) == (0, "")
    assert (
        f"  {reports:>6}  left out: read by this version of the extraction already (see --force)\n"
        in done.out
    )
    assert done.out.startswith(
        f"demo: {odd(folder)} captures read again\n  {odd(folder):>6}  no report, as before ("
    )
    assert done.out.endswith(NOTHING_WRITTEN)


def test_force_reads_all_and_finds_it_unchanged(folder: Path, again: Again) -> None:
    total = again("--force", "--json").total()
    reports = len(snapshot(folder, "articles")[0])
    assert (total["read"], total["unchanged"], total["none"], total["skipped"]) == (
        reports + odd(folder),
        reports,
        odd(folder),
        0,
    )


def test_a_look_tells_what_would_change_and_writes_nothing(folder: Path, again: Again) -> None:
    older(folder, "article_id = 3", title="'Old ' || title", body=f"body || '{VOTES}'")
    older(folder, "article_id = 4", published_at="'2025-01-01T00:00:00Z'")
    before = snapshot(folder, "articles", "revisions", "leads")
    done = again("--examples", "2")
    assert done.code == 0
    assert "       2  changed (title 1, body 1, published_at 1)\n" in done.out
    (article,) = rows(folder, "select * from articles where id = 3")
    assert f"\n  changed  article 3  {article['url']}\n    title\n      - {article['title']}\n" in done.out
    last = " ".join(article["body"].removesuffix(VOTES).split()[-4:])
    assert (
        f"    body\n      - …{last} Did you like this report? 12 readers did.\n      + …{last}\n" in done.out
    )
    assert "    published_at\n      - 2025-01-01T00:00:00Z\n      + 20" in done.out
    assert done.out.endswith(NOTHING_WRITTEN)
    assert snapshot(folder, "articles", "revisions", "leads") == before


def test_a_line_of_json_has_both_texts_in_full(folder: Path, again: Again) -> None:
    (true,) = rows(folder, "select * from articles where id = 3")
    older(folder, "article_id = 3", body=f"body || '{VOTES}'")
    changed, total = again("--json").lines()
    assert changed == {
        "source": "demo", "result": "changed", "url": true["url"], "capture_id": changed["capture_id"],
        "article_id": 3, "revision": 1,
        "columns": {"body": {"before": true["body"] + VOTES, "after": true["body"]}},
    }  # fmt: skip
    assert {name: total[name] for name in ("result", "changed", "columns", "read")} == {
        "result": "total", "changed": 1, "columns": {"body": 1}, "read": 1 + odd(folder)
    }  # fmt: skip


def test_without_examples_only_the_counts_are_told(folder: Path, again: Again) -> None:
    older(folder, "article_id = 3", title="'Old'")
    done = again("--examples", "0")
    assert "       1  changed (title 1)\n" in done.out
    assert "article 3" not in done.out


def test_since_leaves_out_what_was_fetched_before(folder: Path, again: Again) -> None:
    older(folder, "article_id in (4, 5)")
    newer = "(select capture_id from revisions where article_id = 5)"
    execute(folder, f"update captures set fetched_at = '2026-01-01T00:00:00Z' where id not in {newer}")
    total = again("--json", "--since", "2026-01-02").total()
    assert (total["read"], total["skipped"]) == (1, 0)
    total = again("--json", "--since", "2026-01-01").total()
    assert total["read"] + total["skipped"] == len(snapshot(folder, "articles")[0]) + odd(folder)


# -- writing ----------------------------------------------------------------------------------------------


def test_apply_corrects_rows_to_what_the_pages_say(folder: Path, again: Again) -> None:
    true = snapshot(folder, "articles", "revisions", "leads", "captures", "runs")
    older(folder, "article_id % 12 = 0", title="'Old ' || title", content_sha256="'ab'", author="'Staff'")
    older(folder, "article_id % 12 = 1", body=f"body || '{VOTES}'", language="'xx'", modified_at="null")
    older(folder, "article_id % 12 = 2")
    done = again("--apply", "--examples", "0")
    assert done.code == 0
    assert "Nothing is written" not in done.out
    assert snapshot(folder, "articles", "revisions", "leads", "captures", "runs") == true
    assert_sound(folder)
    assert again("--json").total()["read"] == odd(folder)


def test_apply_goes_on_where_it_was(folder: Path, again: Again) -> None:
    older(folder, "article_id > 50")
    reports = len(snapshot(folder, "articles")[0])
    total = again("--apply", "--json").total()
    assert (total["skipped"], total["unchanged"]) == (50, reports - 50)


def test_a_newer_template_is_a_reason_to_read_again(folder: Path, again: Again) -> None:
    older_id = rows(folder, "select max(id) as id from site_templates")[0]["id"]
    execute(
        folder,
        "update site_templates set replaced_at = '2020-01-02T00:00:00Z', learned_at = '2020-01-01T00:00:00Z'",
        "insert into site_templates (source_id, version, learned_at, page_count, score, template)"
        " select source_id, version + 1, '2030-01-01T00:00:00Z', page_count, score, template from site_templates"
        f" where id = {older_id}",
    )
    total = again("--apply", "--json").total()
    assert (total["skipped"], total["changed"]) == (0, 0)
    used = rows(folder, "select distinct site_template_id as id from revisions")
    assert [row["id"] for row in used] == [older_id + 1]
    assert again("--json").total()["read"] == odd(folder)


@pytest.mark.slow
def test_a_site_of_which_nothing_was_learned_teaches_by_its_captures(folder: Path, again: Again) -> None:
    older(folder, site_template_id="null")
    execute(folder, "delete from site_templates", "delete from template_lessons")
    done = again("--examples", "0")
    assert re.search(
        r"\n +\d+  captures taught what the site's pages look like, which nothing had before\n", done.out
    )
    assert snapshot(folder, "site_templates", "template_lessons") == [[], []]
    total = again("--apply", "--json").total()
    (learned,) = rows(folder, "select * from site_templates")
    assert (learned["version"], learned["page_count"]) == (1, total["learned_from"])
    assert len(snapshot(folder, "template_lessons")[0]) >= learned["page_count"]
    assert total["paths"]["template"] > 0
    used = rows(folder, "select distinct site_template_id as id from revisions")
    assert [row["id"] for row in used] == [learned["id"]]
    total = again("--json").total()
    assert (total["read"], total["learned_from"]) == (odd(folder), 0)


def test_a_report_that_was_missed_is_found(folder: Path, again: Again) -> None:
    true = forget(folder, 5)
    (capture,) = rows(folder, "select * from captures where url = ? order by id desc limit 1", true["url"])
    done = again("--apply")
    assert "       1  found: a report where there was none\n" in done.out
    assert f"\n  found  capture {capture['id']}  {true['url']}\n    {true['title']}\n" in done.out
    (found,) = rows(folder, "select * from articles where url_key = ?", true["url_key"])
    assert dict(found) == true | {"id": found["id"]}
    assert found["first_seen_at"] == capture["fetched_at"]
    (lead,) = rows(folder, "select * from leads where url_key = ?", true["url_key"])
    assert (lead["state"], lead["outcome"], lead["last_error"]) == ("stored", "stored", None)
    assert_sound(folder)
    assert again("--json").total()["read"] == odd(folder)


def test_a_look_finds_a_missed_report_and_leaves_it(folder: Path, again: Again) -> None:
    true = forget(folder, 5)
    found, total = again("--json").lines()
    assert (found["result"], found["detail"], found["title"]) == (
        "found",
        f"the report is at {true['url']}",
        true["title"],
    )
    assert total["found"] == 1
    assert rows(folder, "select 1 from articles where url_key = ?", true["url_key"]) == []


def test_a_missed_report_that_is_archived_under_its_address_is_left_alone(folder: Path, again: Again) -> None:  # fmt: skip
    execute(
        folder,
        "update leads set state = 'skipped', outcome = 'not_an_article' where id ="
        " (select c.lead_id from revisions r join captures c on c.id = r.capture_id where r.article_id = 5)",
    )
    before = snapshot(folder, "articles", "revisions", "leads")
    done = again("--apply")
    assert "       1  found, and archived at its address already\n" in done.out
    assert snapshot(folder, "articles", "revisions", "leads") == before


def test_a_report_at_an_address_of_none_is_not_taken(folder: Path, again: Again) -> None:
    true = forget(folder, 5)
    execute(folder, f"update captures set url = 'http://other.example/about' where url = '{true['url']}'")
    total = again("--apply", "--json").total()
    assert (total["found"], total["none"]) == (0, odd(folder))


def test_a_report_that_is_lost_is_told_and_kept(folder: Path, again: Again) -> None:
    query = "select captures.* from leads join captures on captures.lead_id = leads.id where last_error like 'empty%'"
    page = rows(folder, query)[0]
    execute(
        folder,
        f"update captures set warc_offset = {page['warc_offset']}, payload_sha256 = '{page['payload_sha256']}'"
        " where id = (select capture_id from revisions where article_id = 3)",
    )
    older(folder, "article_id = 3")
    before = snapshot(folder, "articles", "revisions")
    done = again("--apply")
    assert re.search(
        r"\n {7}1  no report in it any more; the archive keeps what it has \(\w+ 1\)\n", done.out
    )
    assert "\n  lost  article 3  " in done.out
    assert snapshot(folder, "articles", "revisions") == before


# -- revisions --------------------------------------------------------------------------------------------


def test_only_the_newest_revision_is_read_unless_all_are_wanted(folder: Path, again: Again) -> None:
    revise(folder, 3)
    older(folder, "article_id = 3")
    assert again("--json").total()["read"] == 1 + odd(folder)
    assert again("--json", "--all-revisions").total()["read"] == 2 + odd(folder)


@pytest.mark.parametrize("given", [(), ("--all-revisions",)])
def test_a_false_edit_is_told_and_kept(folder: Path, again: Again, given: tuple[str, ...]) -> None:
    revise(folder, 3)
    done = again("--apply", *given)
    assert "       1  revisions that say the same as the one before them now; both are kept\n" in done.out
    found = rows(folder, "select number, seen_at, content_sha256, body from revisions where article_id = 3")
    assert [row["number"] for row in found] == [1, 2]
    assert found[0]["content_sha256"] == found[1]["content_sha256"]
    assert found[1]["seen_at"] == "2027-01-01T00:00:00Z"
    (article,) = rows(folder, "select * from articles where id = 3")
    assert (article["revision_count"], article["state"], article["body"]) == (2, "changed", found[0]["body"])
    older(folder, "article_id = 3")
    assert again("--json", "--all-revisions").total()["doubled"] == 0  # is told once


def test_an_edit_that_both_extractions_see_is_no_false_one(folder: Path, again: Again) -> None:
    revise(folder, 3)
    execute(
        folder,
        "update revisions set capture_id = (select capture_id from revisions where article_id = 4)"
        " where article_id = 3 and number = 2",
    )
    older(folder, "article_id = 3 and number = 1")
    total = again("--json", "--all-revisions").total()
    assert (total["doubled"], total["changed"]) == (0, 1)


# -- what is broken ---------------------------------------------------------------------------------------


def test_a_missing_warc_file_costs_its_captures_and_nothing_else(folder: Path, again: Again) -> None:
    older(folder, "article_id < 4", title="'Old'")
    execute(folder, "update captures set warc_file = 'gone.warc.gz' where id in"
                    " (select capture_id from revisions where article_id < 3)")  # fmt: skip
    done = again("--apply")
    assert done.code == 0
    assert "       2  could not be read (the WARC file is missing 2)\n" in done.out
    assert f"    there is no {folder / 'warc' / 'gone.warc.gz'}\n" in done.out
    titles = [row["title"] for row in rows(folder, "select title from articles where id < 4 order by id")]
    assert titles[:2] == ["Old", "Old"]
    assert titles[2] != "Old"


def test_a_damaged_record_and_another_page_are_told_apart(folder: Path, again: Again) -> None:
    older(folder, "article_id in (3, 4)")
    first, second = (
        rows(folder, "select c.* from captures c join revisions r on r.capture_id = c.id where r.article_id = ?", each)[0]
        for each in (3, 4)
    )  # fmt: skip
    with (folder / "warc" / first["warc_file"]).open("r+b") as file:
        file.seek(first["warc_offset"] + 200)
        file.write(bytes(40))
    execute(folder, f"update captures set payload_sha256 = 'ab' where id = {second['id']}")
    total, found = (done := again("--json", "--apply")).total(), done.lines()[:-1]
    assert total["unreadable"] == 2
    assert [line["reason"] for line in found] == [
        "the WARC record is damaged",
        "the WARC record does not hold what was captured",
    ]
    assert second["url"] in found[1]["detail"]


def test_a_bomb_costs_its_own_capture(folder: Path, again: Again) -> None:
    body = gzip.compress(bytes(80 * 1024 * 1024))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    warc = (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://x.example/\r\nContent-Length: %d\r\n\r\n"
    )
    (folder / "warc" / "bomb.warc").write_bytes(warc % len(head + body) + head + body)
    older(folder, "article_id in (3, 4)")
    execute(
        folder,
        "update captures set warc_file = 'bomb.warc', warc_offset = 0,"
        f" payload_sha256 = '{hashlib.sha256(body).hexdigest()}'"
        " where id = (select capture_id from revisions where article_id = 3)",
    )
    total = again("--json").total()
    assert (total["unreadable"], total["unchanged"]) == (1, 1)


# -- verifying --------------------------------------------------------------------------------------------


def verified(folder: Path) -> Check:
    with reading(folder / "archive.db") as conn:
        wish = Wish(Mode.FULL, sample=1000, deriver=installed())
        found = verify(folder / "archive.db", conn, wish, Meter(StringIO()))
    assert [check.name for check in found.checks[:-1] if check.verdict is Verdict.DAMAGED] == []
    return found.checks[-1]


def test_every_text_of_a_crawl_follows_from_its_capture(folder: Path) -> None:
    reports = len(snapshot(folder, "articles")[0])
    found = verified(folder)
    assert (found.verdict, found.summary) == (Verdict.OK, f"{reports} of {reports} texts, extracted anew")


def test_a_text_that_was_falsified_with_all_its_hashes_is_found(folder: Path) -> None:
    (row,) = rows(folder, "select * from revisions where article_id = 3")
    text = ArticleText(
        title=row["title"], body=row["body"] + VOTES, standfirst=row["standfirst"], author=row["author"]
    )
    for table, key in (("revisions", "article_id"), ("articles", "id")):
        execute(folder, f"update {table} set body = body || '{VOTES}', content_sha256 = '{content_sha256(text)}'"
                        f" where {key} = 3")  # fmt: skip
    (sentence,) = verified(folder).examples
    assert sentence.startswith(f"revision {row['id']} of article 3 is not what its capture says now: body '")
    assert "Did you like this report?" in sentence


def test_a_source_that_is_crawled_is_not_written_to(folder: Path, again: Again) -> None:
    older(folder, "article_id = 3", title="'Old'")
    with SourceLock(folder / "archive.db", "demo"):
        done = again("--apply")
        assert (done.code, done.out) == (LOCKED, "")
        assert done.err.startswith(f"demo is being crawled by process {os.getpid()} since ")
        assert done.err.endswith(": not read\n")
        assert done.err.count("\n") == 1
        assert again("--examples", "0").code == 0  # a look is no writing
    assert again("--apply", "--examples", "0").code == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--since", "soon"), "--since='soon' is not a date: write YYYY-MM-DD, for example 2026-11-01"),
        (("--source", "demmo"), "no source is called 'demmo'; did you mean demo? `scrapy list` shows all"),
        (("--source", "dabanga-en"), "the archive holds nothing of dabanga-en"),
        (("--examples", "-1"), "--examples -1 is less than none"),
    ],
)
def test_a_mistake_is_one_sentence(
    folder: Path, reader: Reader, given: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        reader.run(folder, *given)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("demo", "to read demo anew: --source demo"), ("--aply", "there is no option --aply: see -h")],
)
def test_a_name_or_an_unknown_option_is_refused(given: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Command().run([given], Namespace())
    assert str(caught.value) == sentence


@pytest.mark.parametrize("given", [(), ("--apply",)])
def test_a_broken_archive_is_one_sentence(tmp_path: Path, reader: Reader, given: tuple[str, ...]) -> None:
    with pytest.raises(ArchiveUnreadable, match=r"^no archive at "):
        reader.run(tmp_path, *given)
    (tmp_path / "archive.db").write_text("no archive at all, but some words" * 100)
    with pytest.raises(ArchiveUnreadable, match=r"archive\.db is not an SQLite database$"):
        reader.run(tmp_path, *given)


def test_a_source_that_left_the_catalogue_is_still_read(folder: Path, again: Again) -> None:
    true = forget(folder, 3)
    execute(
        folder,
        "pragma foreign_keys = off",
        *(f"update {table} set source_id = 'former' where source_id = 'demo'"
          for table in ("articles", "leads", "runs", "endpoints", "site_templates", "template_lessons")),
        "update sources set id = 'former' where id = 'demo'",
    )  # fmt: skip
    older(folder, "article_id = 4", title="'Old'")
    total = again("--apply", "--json", "--source", "former").total()
    assert (total["source"], total["changed"], total["found"]) == ("former", 1, 1)
    (found,) = rows(folder, "select * from articles where url_key = ?", true["url_key"])
    assert found["body"] == true["body"]


# -- stopping ---------------------------------------------------------------------------------------------


def multiplied(folder: Path, times: int) -> int:
    """Give the archive so many copies of each report, all read from the same pages; returns how many there are."""
    with closing(sqlite3.connect(folder / "archive.db")) as conn:
        conn.row_factory = sqlite3.Row
        articles = [dict(row) for row in conn.execute("select * from articles")]
        revisions = [dict(row) for row in conn.execute("select * from revisions")]
        for number in range(1, times):
            for table, made in (("articles", articles), ("revisions", revisions)):
                for row in made:
                    copy = row | {"id": row["id"] + number * len(articles)}
                    copy |= (
                        {"url_key": f"{row['url_key']}#{number}"}
                        if table == "articles"
                        else {"article_id": copy["id"]}
                    )
                    sql = f"insert into {table} ({', '.join(copy)}) values ({', '.join('?' * len(copy))})"
                    conn.execute(sql, [*copy.values()])
        conn.execute("update revisions set extractor_version = '0'")
        conn.commit()
    return len(articles) * times


def done_so_far(folder: Path) -> int:
    query = "select count(*) as n from revisions where extractor_version = ?"
    return int(rows(folder, query, EXTRACTOR_VERSION)[0]["n"])


def interrupted(folder: Path, signum: signal.Signals) -> tuple[int, str]:
    """Start the command, and send it a signal once it has written; returns its exit code and what it said."""
    before = done_so_far(folder)
    process = start(folder, "reextract", "--apply", "--db", str(folder / "archive.db"))
    while process.poll() is None and done_so_far(folder) == before:
        time.sleep(0.05)
    process.send_signal(signum)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def test_ctrl_c_ends_what_is_under_way_and_the_next_run_goes_on(folder: Path, again: Again) -> None:
    total = multiplied(folder, 6)

    def press() -> None:
        while not done_so_far(folder):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    done = again("--apply")
    pressing.join()
    assert done.code == 0
    assert done.err.splitlines() == [
        "stopping: what is under way is finished; once more stops at once",
        "stopped: the same command goes on where it was",
    ]
    written = done_so_far(folder)
    assert 0 < written < total
    assert f"demo: {written} captures read again\n" in done.out
    assert_sound(folder)
    execute(folder, f"update revisions set extractor_version = '{EXTRACTOR_VERSION}' where id % 20 > 0")
    left = total - done_so_far(folder)
    line = again("--apply", "--json").total()
    assert (line["skipped"], line["unchanged"]) == (total - left, left)
    assert done_so_far(folder) == total


@pytest.mark.slow
def test_a_run_that_is_killed_or_stopped_is_gone_on_with(folder: Path, again: Again) -> None:
    total = multiplied(folder, 15)
    interrupted(folder, signal.SIGKILL)
    killed_at = done_so_far(folder)
    assert 0 < killed_at < total
    assert_sound(folder)
    code, err = interrupted(folder, signal.SIGINT)
    assert (code, err.splitlines()) == (
        0,
        [
            "stopping: what is under way is finished; once more stops at once",
            "stopped: the same command goes on where it was",
        ],
    )
    assert killed_at < done_so_far(folder) < total
    assert_sound(folder)
    execute(folder, f"update revisions set extractor_version = '{EXTRACTOR_VERSION}' where id % 40 > 0")
    left = total - done_so_far(folder)
    line = again("--apply", "--json").total()
    assert (line["skipped"], line["unchanged"]) == (total - left, left)
    assert done_so_far(folder) == total


# -- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b c d e f g", "a b c d e X g", ("…b c d e f g", "…b c d e X g")),
        (None, "AFP", ("(nothing)", "AFP")),
        ("one", "", ("one", "(nothing)")),
        ("a b c d e f", "a b c d e", ("…b c d e f", "…b c d e")),
        (0, 1, ("0", "1")),
        ("x " * 40, "y " * 40, ("x " * 17 + "x…", "y " * 17 + "y…")),
        ("red\x1b[31m car", "red bus", ("red car", "red bus")),
    ],
)
def test_the_first_difference_is_shown_with_what_is_around_it(before: object, after: object, shown: tuple[str, str]) -> None:  # fmt: skip
    assert first_difference(before, after) == shown


@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_a_difference_is_two_short_lines_whatever_the_words(before: str, after: str) -> None:
    for side in first_difference(before, after):
        assert "\n" not in side
        assert 0 < len(side) <= 162


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_how_far_it_is_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for out, is_shown in ((Terminal(), True), (StringIO(), False)):
        with closing(Meter(out)) as meter:
            meter.begin("demo", 40)
            meter.advance(30)
            meter.end()
            meter.begin("other", 7)
        assert ("0/7" in out.getvalue()) is is_shown
        assert bool(out.getvalue()) is is_shown


def template(number: int, day: int) -> SiteTemplate:
    return SiteTemplate("demo", number, datetime(2026, 1, day, tzinfo=UTC), 5, None, "{}", number)


@pytest.mark.parametrize(
    ("fetched_at", "number"),
    [
        ("2026-01-01T00:00:00Z", 3),  # what the first one was learned from: the current one
        ("2026-01-05T00:00:00Z", 1),
        ("2026-01-10T00:00:00Z", 2),
        ("2026-01-19T23:59:59Z", 2),
        ("2027-01-01T00:00:00Z", 3),
    ],
)
def test_a_page_is_read_with_the_template_of_its_time(fetched_at: str, number: int) -> None:
    spans = [
        (template(1, 5), "2026-01-10T00:00:00Z"),
        (template(2, 10), "2026-01-20T00:00:00Z"),
        (template(3, 20), None),
    ]
    found = template_of_the_time(spans, fetched_at)
    assert found is not None
    assert found.id == number


def test_a_site_of_which_nothing_was_learned_has_no_template() -> None:
    assert template_of_the_time([], "2026-01-01T00:00:00Z") is None

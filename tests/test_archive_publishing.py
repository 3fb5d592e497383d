# ruff: noqa: S608 - the names of our own tables and columns
"""Nothing that is to be left out of a published copy is in it: not in its tables, its index, its bytes or its pages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import unicodedata
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from archive.cli import cli
from archive.errors import ArchiveUnwritable
from archive.migrations import migrations
from archive.models import (
    ArticleText,
    BlockKind,
    DateCandidate,
    EndpointCheck,
    Extraction,
    Lead,
    Outcome,
    PublishedDate,
    RawResponse,
    Source,
    StoredCapture,
    TextBlock,
    Visit,
)
from archive.publishing.making import Wish, make
from archive.publishing.redacting import Redactor
from archive.publishing.rules import Rules, load
from archive.publishing.tables import COPIED, LEFT_OUT, MADE_ANEW
from archive.store import Store
from archive.tables import published
from tests.browsing import Browser, plugin
from tests.searching import assert_index_fits

__all__ = ["plugin"]  # loads the Datasette plugin for this module

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
OPEN = Source("herald", "Herald", "https://herald.example/", ("en", "ar"), "Syria", None, "independent")
CLOSED = Source("bulletin", "Bulletin", "https://bulletin.example/", ("en",), "Syria", None, "independent")
NAME, ARABIC = "Yusuf Khaldun", "محمد الغريب"
SECRETS = ("yusuf", "khaldun", "الغريب", "bulletin", "zarqa", "leakmark")
BODY = (
    "Three people were killed in Idlib.\n\nA witness, Yusuf Khaldun, 43, said at least seven were wounded.\n\n"
    "His brother YUSUF\u00a0KHALDÚN and مُحَمَّد الغـريب fled. Call Yu*suf Khald\u200bun."
)
RULES = """
[sources]
leave_out = ["bulletin"]

[[patterns]]
words = ["Yusuf Khaldun", "محمد الغريب", "Yusuf", "leakmark"]

[[patterns]]
match = '\\bzarqa \\d+\\b'
replace = "[place]"
"""


def report(body: str = BODY, title: str = f"Strike kills three, says {NAME}", **more: Any) -> ArticleText:
    given = {
        "standfirst": f"{ARABIC} was there", "author": NAME, "agency": f"{NAME} Agency", "dateline": "Zarqa 5",
        "section": f"Cases of {NAME}", "tags": (NAME, "idlib"), "language": "en",
        "published": PublishedDate(NOW - timedelta(hours=1), "second", "text", f"{NAME} at five"),
        "date_candidates": (DateCandidate("published", NOW, "second", "url", "/yusuf-khaldun/2026/01/24", "chosen"),),
        "blocks": (
            *(TextBlock(BlockKind.PARAGRAPH, part, in_body=True) for part in body.split("\n\n")),
            TextBlock(BlockKind.CAPTION, f"Photo: {NAME}", in_body=False),
            TextBlock(BlockKind.EMBED, f"{NAME} wrote", in_body=False, url=f"https://t.example/{quote('يوسف')}/yusuf_khaldun"),
        ),
    } | more  # fmt: skip
    return ArticleText(title=title, body=body, **given)


class Desk:
    """A store whose clock the test moves, and shorthands for visits."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.path = path
        self.store = Store(path, clock=lambda: self.now)
        self.runs = {source.id: self.store.begin_run(source, "0.1.0") for source in (OPEN, CLOSED)}

    def visit(self, address: str, text: ArticleText | None, source: Source = OPEN, **more: Any) -> Outcome:
        self.now += timedelta(hours=30)
        body = f"<p>{address}{self.now}".encode()
        response = RawResponse(
            address, 200, "OK", "GET", (), (("Content-Type", "text/html"),), body, self.now
        )
        given = {
            "extraction": Extraction(text, extractor_version="1") if text else None,
            "url": address,
        } | more
        made = Visit(Lead(address, via="feed", endpoint_url=f"{source.homepage}feed"), (response,), **given)
        capture = StoredCapture(response, hashlib.sha256(body).hexdigest(), "herald-leakmark.warc.gz", 10)
        outcome = self.store.record_visit(self.runs[source.id], made, [capture])
        self.store.commit()
        return outcome

    def close(self) -> None:
        for run in self.runs.values():
            self.store.finish_run(
                run, "finished", {"found": 3}, {"vote": 2}, '{"leakmark": "/home/leakmark"}'
            )
        self.store.close()


def fill(path: Path) -> None:
    """Write an archive in which what is secret stands wherever it can."""
    desk = Desk(path)
    for source in (OPEN, CLOSED):
        for end in ("feed", "feed?token=leakmark9f8e7d6c5b4a"):
            check = EndpointCheck(f"{source.homepage}{end}", "feed", NOW, "failed", error="at /home/leakmark")
            desk.store.check_endpoint(source.id, check)
    desk.visit("https://herald.example/1", report())
    desk.visit("https://herald.example/1", report(BODY.replace("seven", "twelve")))
    desk.visit(
        "https://herald.example/1",
        report(BODY.replace("seven", "twelve").replace(", Yusuf Khaldun,", ", Ali,")),
    )
    desk.visit(
        "https://herald.example/2/yusuf-khaldun-speaks",
        report("A plain text, long enough.", "A plain title", author=None),
    )
    desk.visit(
        f"https://herald.example/3/{quote(ARABIC.replace(' ', '-'))}",
        report(f"Another text, of https://t.example/{quote(ARABIC)}?x.", "Another title"),
    )
    desk.visit(
        "https://herald.example/4", ArticleText("A clean report", "Nobody is named in it.", language="en")
    )
    twice = "The witness Yusuf Khaldun spoke.\n\nNothing else."
    plain = {"author": None, "blocks": (), "tags": (), "standfirst": None, "agency": None, "section": None}
    desk.visit("https://herald.example/5", report(twice, "An edit of a name", **plain))
    desk.visit("https://herald.example/5", report(twice.replace(NAME, ARABIC), "An edit of a name", **plain))
    desk.visit("https://herald.example/6", report("It was Zarqa 12, in the north.", "A place", **plain))
    desk.visit("https://bulletin.example/1", report("Of the bulletin.", "Bulletin's own"), CLOSED)
    gone = {"extraction": None, "url": None, "failure": Outcome.GONE, "error": "404 at leakmark"}
    desk.visit("https://herald.example/4", None, **gone)
    desk.visit("https://herald.example/4", None, **gone)
    desk.visit("https://herald.example/leakmark-lost", None, **gone)
    desk.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "archive.db"
    fill(path)
    scatter(path)
    return path


def scatter(path: Path) -> None:
    """Put a marked word into every column of every table that takes one, and into tables that are empty."""
    with closing(sqlite3.connect(path)) as conn:
        for (name,) in conn.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            conn.execute(f"drop trigger {name}")
        conn.execute("pragma foreign_keys = off")
        for table, columns in columns_of(conn).items():
            if table in MADE_ANEW and table not in ("changes", "search_pending"):
                continue
            if not conn.execute(f"select 1 from {table}").fetchone():
                insert_marks(conn, table, columns)
            for column in columns:
                if table in ("articles", "revisions") and column in (
                    "title",
                    "body",
                    "blocks",
                    "date_candidates",
                    "tags",
                    "url",
                ):
                    continue
                mark(conn, table, column)
        conn.commit()


def insert_marks(conn: sqlite3.Connection, table: str, columns: list[str]) -> None:
    conn.execute("pragma ignore_check_constraints = on")
    values = [
        1 if column in ("id", "article_id", "capture_id", "revision_id", "watch_id") else "leakmarkrow"
        for column in columns
    ]
    conn.execute(f"insert into {table} values ({', '.join('?' * len(columns))})", values)
    conn.execute("pragma ignore_check_constraints = off")


def mark(conn: sqlite3.Connection, table: str, column: str) -> None:
    """Mark each row's column, unless that breaks what holds tables together."""
    if column in (
        "id",
        "source_id",
        "article_id",
        "revision_id",
        "run_id",
        "capture_id",
        "last_capture_id",
        "lead_id",
        "number",
    ):
        return
    if column in (
        "endpoint_id",
        "until",
        "site_template_id",
        "url_key",
        "last_attempt_at",
        "status",
        "seen_at",
        "published_at",
    ):
        return
    spared = " where id <> 4" if table == "articles" else ""
    conn.execute("pragma ignore_check_constraints = on")
    conn.execute(
        f"update {table} set {column} = coalesce({column}, '') || ' leakmark' || hex(randomblob(4)) || '{table}{column}'{spared}"
    )
    conn.execute("pragma ignore_check_constraints = off")


def columns_of(conn: sqlite3.Connection) -> dict[str, list[str]]:
    tables = conn.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    return {
        table: [row[1] for row in conn.execute(f"pragma table_info({table})")]
        for (table,) in tables.fetchall()
    }


def publish(archive: Path, out: Path, rules: str | None = RULES, *options: str) -> Result:
    arguments = ["publish", "--db", str(archive), *options]
    if "--dry-run" not in options:
        arguments += ["--out", str(out)]
    if rules is not None:
        config = out.with_suffix(".toml")
        config.write_text(rules, encoding="utf-8")
        arguments += ["--redact", str(config)]
    return CliRunner().invoke(cli, arguments, obj=lambda: NOW)


@pytest.fixture(scope="module")
def public(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("public") / "public.db"
    result = publish(made, out)
    assert result.exit_code == 0, result.output
    return out


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    with closing(Database(path)) as db:
        return list(db.query(query))


# -- what is decided --------------------------------------------------------------------------------------------


def test_it_is_decided_of_every_table_and_column_what_becomes_of_it() -> None:
    """A migration that adds a column fails here, until somebody has said whether everybody may see it."""
    db = Database(memory=True)
    migrations.apply(db)
    schema = columns_of(db.conn)
    db.close()
    assert set(schema) == {*COPIED, *LEFT_OUT, *MADE_ANEW}
    assert len(schema) == len(COPIED) + len(LEFT_OUT) + len(MADE_ANEW)  # each in one place only
    for table, columns in schema.items():
        if table in COPIED:
            assert COPIED[table].keys() == set(columns), table
        elif table in LEFT_OUT:
            assert LEFT_OUT[table][1] == set(columns), table


# -- nothing of it is in the copy ------------------------------------------------------------------------------------


def bare(text: str) -> str:
    """A text in small letters, without marks and what is not seen: written anew here, so as not to trust the program."""
    kept = (
        c
        for c in unicodedata.normalize("NFKD", text)
        if unicodedata.category(c) not in ("Mn", "Cf") and c != "ـ"
    )
    return "".join(kept).casefold()


def assert_without_secrets(text: str) -> None:
    plain = bare(text)
    for secret in SECRETS:
        assert secret not in plain, plain[max(0, plain.index(secret) - 100) : plain.index(secret) + 100]


def test_its_bytes_hold_no_secret_in_any_form(made: Path, public: Path) -> None:
    data = b"".join(file.read_bytes() for file in public.parent.glob("public.db*"))
    originals = rows(made, "select title, body, standfirst, author, content_sha256 from revisions")
    hashes = [
        hashlib.sha256(word.encode()).hexdigest() for word in (NAME, ARABIC, NAME.lower(), "Yusuf", "Khaldun")
    ]
    clean = "A clean report"
    hashes += [hashlib.sha256(row["body"].encode()).hexdigest() for row in originals]
    hashes += [str(row["content_sha256"])[:64] for row in originals if row["title"] != clean]
    touched = rows(made, "select payload_sha256, hash from captures where url not like '%herald.example/4%'")
    hashes += [str(value).removeprefix("sha256:")[:64] for row in touched for value in row.values()]
    words = [
        *SECRETS,
        *(word.title() for word in SECRETS),
        *(word.upper() for word in SECRETS),
        "KHALDÚN",
        "Khald\u200bun",
        "Yu*suf",
    ]
    words += ["غريب", "مُحَمَّد", "الغـريب", quote("الغريب"), quote("الغريب").lower(), "/home/", "warc.gz"]
    for word in words:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert word.encode(encoding) not in data, (word, encoding)
    for digest in hashes:
        assert digest.encode() not in data
        assert bytes.fromhex(digest) not in data
    assert_without_secrets(data.decode("utf-8", "replace"))


def test_no_value_of_any_table_and_no_word_of_the_index_holds_one(public: Path) -> None:
    with closing(sqlite3.connect(public)) as conn:
        for table in columns_of(conn):
            for row in conn.execute(f"select * from {table}"):
                assert_without_secrets(" ".join(map(str, row)))
        conn.execute("create virtual table temp.words using fts5vocab('main', 'articles_fts', 'row')")
        terms = [term for (term,) in conn.execute("select term from temp.words")]
    assert "witness" in terms or "wit" in "".join(terms)
    for term in terms:
        assert_without_secrets(term)
    source_keys = [term for term in terms if b"bulletin".hex() in term]
    assert not source_keys


def test_no_page_and_no_export_shows_one(public: Path) -> None:
    ids = [row["id"] for row in rows(public, "select id from articles")]
    revised = [row["id"] for row in rows(public, "select id from articles where revision_count > 1")]
    captures = [row["id"] for row in rows(public, "select id from captures")]
    paths = ["/", "/-/archive", "/-/reports", "/-/reports.csv", "/-/reports.jsonl", "/-/reports.atom", "/-/sources",
             "/-/sources/herald", "/-/changes", "/-/changes?small=1", "/-/changes.atom", "/public", "/public/history?id=1"]  # fmt: skip
    paths += [f"/-/report/{id_}" for id_ in ids] + [f"/-/report/{id_}/diff" for id_ in revised]
    paths += [f"/public/articles/{id_}" for id_ in ids] + [
        f"/public/{table}.json?_size=max" for table in (*COPIED, "changes")
    ]
    browser = Browser(public)
    try:
        for path in paths:
            page = browser.get(path)
            assert_without_secrets(page.text.replace("&#8203;", ""))
        for word in ("Yusuf", "الغريب", "leakmark"):
            assert "No report" in browser.page("/-/reports", q=word) or "0 reports" in browser.page(
                "/-/reports", q=word
            )
        browser.get("/-/sources/bulletin", status=404)
        for id_ in captures:
            for path in (f"/-/replay/{id_}", f"/-/replay/{id_}/page", f"/-/replay/{id_}/payload"):
                assert "captured pages are not published" in browser.get(path, status=404).text
        for path in ("/", f"/-/report/{ids[0]}", "/-/reports", "/-/sources", "/-/changes"):
            assert "This is a published copy, made on 2026-01-24; parts were left out" in browser.page(path)
        assert "published copy" in browser.page("/public")
    finally:
        browser.close()


def test_it_is_a_sound_archive_of_the_present_schema(public: Path) -> None:
    assert_index_fits(public)
    with closing(sqlite3.connect(public)) as conn:
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        (mode,) = conn.execute("pragma journal_mode").fetchone()
        assert mode == "delete"  # a file that is only read has nothing beside it
    result = CliRunner().invoke(cli, ["verify", "--full", "--json", "--db", str(public)])
    told = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert told["published"].startswith("a published copy")
    assert {check["name"]: check["verdict"] for check in told["checks"]} == {
        "evidence": "not checked", "texts": "ok", "reports": "ok", "search index": "ok", "references": "ok", "database file": "ok",
    }  # fmt: skip
    assert sorted(file.name for file in public.parent.iterdir()) == ["public.db", "public.toml"]


def test_ids_stay_and_what_is_left_out_leaves_no_trace(made: Path, public: Path) -> None:
    was = {row["id"]: row for row in rows(made, "select * from articles")}
    now = {row["id"]: row for row in rows(public, "select * from articles")}
    assert now.keys() == {id_ for id_, row in was.items() if row["source_id"] == "herald"}
    assert [row["id"] for row in rows(public, "select id from sources")] == ["herald"]
    (left,) = {id_ for id_, row in was.items() if row["source_id"] == "bulletin"}
    for table in ("revisions", "changes", "article_states"):
        assert not rows(public, f"select 1 from {table} where article_id = {left}")
    assert now[1]["body"] == (
        "Three people were killed in Idlib.\n\nA witness, Ali, 43, said at least twelve were wounded.\n\n"
        "His brother [redacted] and [redacted] fled. Call [redacted]."
    )
    assert now[1]["word_count"] == len(now[1]["body"].split())
    assert (now[4]["body"], now[4]["url"]) == ("Nobody is named in it.", "https://herald.example/4")
    assert [now[id_]["url"] for id_ in (2, 3)] == ["urn:left-out:report:2", "urn:left-out:report:3"]


def test_blocks_still_cut_the_same_words_out_of_the_body(made: Path, public: Path) -> None:
    (was,), (now,) = (
        rows(path, "select * from revisions where article_id = 1 and number = 1") for path in (made, public)
    )
    redactor = Redactor(load(public.with_suffix(".toml")).patterns)
    old, new = json.loads(was["blocks"]), json.loads(now["blocks"])
    assert [block["kind"] for block in new] == [block["kind"] for block in old]
    for before, after in zip(old[:3], new[:3], strict=True):
        words = was["body"][before["start"] : before["end"]]
        assert now["body"][after["start"] : after["end"]] == redactor.text(words)
    assert new[3] == {"kind": "caption", "offset": len(now["body"]), "text": "Photo: [redacted]"}
    assert "url" not in new[4]


def test_changes_are_told_anew_and_an_edit_of_nothing_but_a_name_is_none(public: Path) -> None:
    (change, other) = rows(public, "select * from changes where article_id = 1 order by number")
    assert "at least seven were wounded → at least twelve were wounded" in change["summary"]
    assert "[redacted]" in other["summary"]
    (merged,) = rows(public, "select * from articles where title = 'An edit of a name'")
    assert (merged["revision_count"], merged["state"]) == (1, "live")
    assert not rows(public, f"select 1 from changes where article_id = {merged['id']}")


def test_hashes_of_captures_are_there_only_where_nothing_was_left_out(tmp_path: Path) -> None:
    archive, public = tmp_path / "archive.db", tmp_path / "public.db"
    fill(archive)
    assert publish(archive, public).exit_code == 0
    captures = rows(public, "select * from captures")
    shown = {row["url"] for row in captures if row["payload_sha256"]}
    assert shown == {"https://herald.example/4"}
    assert all(row["warc_file"] == "" and row["url"] == row["final_url"] for row in captures)
    assert (
        rows(public, "select state, how, detail from article_states where article_id = 4")[-1]["detail"]
        is None
    )


def test_the_copy_says_what_it_is(public: Path) -> None:
    with closing(sqlite3.connect(public)) as conn:
        found = published.publication(conn)
    assert found is not None
    assert found.sentence == "a published copy, made on 2026-01-24; parts were left out"
    assert "bulletin" not in found.rules
    assert found.left_out["sources"] == 1
    assert found.left_out["places of pattern 1"] > 10
    result = CliRunner().invoke(cli, ["stats", "--db", str(public)])
    assert "published   a published copy, made on 2026-01-24" in result.output


def test_nothing_can_be_added_to_it(public: Path) -> None:
    with pytest.raises(
        ArchiveUnwritable,
        match=r"is a published copy, made on 2026-01-24: .*use the archive that it was made of",
    ):
        Store(public)
    for arguments in (
        ["seal"], ["reindex"], ["prove", "1", "--out", "x.zip"], ["cdxj"], ["remove", "1", "--reason", "x"], ["compact"],
        ["export", "--format", "warc", "--out", "x"], ["watch", "add", "x", "--name", "y"],
    ):  # fmt: skip
        result = CliRunner().invoke(cli, [*arguments, "--db", str(public)])
        assert result.exit_code == 1, (arguments, result.output)
        assert "is a published copy, made on 2026-01-24" in result.output, arguments
        assert result.output.count("\n") == 1
    assert sorted(file.name for file in public.parent.iterdir()) == ["public.db", "public.toml"]


# -- what can be left out ------------------------------------------------------------------------------------------------


def test_columns_that_are_left_out_are_gone_everywhere(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "public.db"
    rules = (
        RULES
        + '[columns]\nleave_out = ["articles.author", "articles.standfirst", "articles.url", "articles.tags"]\n'
    )
    assert publish(made, out, rules).exit_code == 0
    for table in ("articles", "revisions"):
        assert not rows(out, f"select 1 from {table} where coalesce(author, standfirst, tags) is not null")
    assert not rows(out, "select 1 from articles where url not like 'urn:%'")
    assert b"herald.example/" not in out.read_bytes().replace(b"https://herald.example/feed", b"")
    assert_index_fits(out)


def test_the_newest_revision_alone(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "public.db"
    assert publish(made, out, RULES + '[reports]\nrevisions = "newest"\n').exit_code == 0
    assert {row["revision_count"] for row in rows(out, "select revision_count from articles")} == {1}
    assert rows(out, "select count(*) as n from changes") == [{"n": 0}]
    assert b"seven" not in out.read_bytes()


def test_days_and_reports_that_a_pattern_bars(tmp_path: Path) -> None:
    archive, out = tmp_path / "archive.db", tmp_path / "public.db"
    desk = Desk(archive)
    for number, day in enumerate((10, 20, 25), start=1):
        when = PublishedDate(datetime(2026, 1, day, tzinfo=UTC), "second", "feed", "x")
        desk.visit(
            f"https://herald.example/{number}",
            report(f"Text {number} of Qutb.", "T", published=when, author=None),
        )
    desk.visit("https://herald.example/9", ArticleText("Undated", "No day.", language="en"))
    desk.close()
    assert publish(archive, out, "[reports]\nsince = 2026-01-15\nuntil = '2026-01-20'").exit_code == 0
    assert [row["id"] for row in rows(out, "select id from articles")] == [2]
    assert "herald.example/3" not in str(rows(out, "select * from leads"))
    rules = '[[patterns]]\nwords = ["Text 2"]\nleave_out_reports = true\n'
    result = publish(archive, out, rules, "--force")
    assert "none of them published" in result.output
    assert [row["id"] for row in rows(out, "select id from articles order by id")] == [1, 3, 4]
    assert [row["url"] for row in rows(out, "select url from leads order by id")] == [
        f"https://herald.example/{number}" for number in (1, 3, 9)
    ]


def test_a_dry_run_says_the_same_and_writes_nothing(made: Path, public: Path, tmp_path: Path) -> None:
    result = publish(made, tmp_path / "x.db", RULES, "--dry-run", "--show", "1", "--json")
    told = json.loads(result.stdout)
    again = json.loads(publish(made, tmp_path / "y.db", RULES, "--json").stdout)
    assert told["out"] is None
    assert {name: told[name] for name in ("published", "left_out", "patterns", "reports_changed")} == {
        name: again[name] for name in ("published", "left_out", "patterns", "reports_changed")
    }
    assert not (tmp_path / "x.db").exists()
    shown = publish(made, tmp_path / "x.db", RULES, "--dry-run", "--show", "1").output
    assert re.search(r"pattern 1: ….*».*«", shown)
    assert "yusuf" not in publish(made, tmp_path / "x.db", RULES, "--dry-run").output.lower()


# -- what goes wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("[source]\n", "there is no key source: known are sources, reports, columns, patterns"),
        ("[sources]\nleave = []\n", "there is no key sources.leave: known are leave_out, only"),
        ('[sources]\nleave_out = ["nowhere"]\n', "sources.leave_out names 'nowhere', which the archive doesn't have"),
        ('[sources]\nonly = ["herald"]\nleave_out = []\n', "exclude each other"),
        ("[sources]\nonly = 'herald'\n", "sources.only is not a list of texts"),
        ("[reports]\nsince = 'May'\n", "reports.since='May' is not a date"),
        ("[reports]\nsince = 2026-02-01\nuntil = 2026-01-01\n", "reports.since 2026-02-01 is after reports.until"),
        ("[reports]\nrevisions = 'some'\n", "neither \"all\" nor \"newest\""),
        ('[columns]\nleave_out = ["articles.title"]\n', "columns.leave_out has 'articles.title', which can't be left out"),
        ("[[patterns]]\nmatch = '('\n", "patterns[1].match is no regular expression"),
        ("[[patterns]]\nmatch = 'x*'\n", "patterns[1].match matches nothing at all"),
        ("[[patterns]]\nwords = ['abc']\n[[patterns]]\n", "patterns[2] needs either words or match"),
        ("[[patterns]]\nwords = ['-']\n", "patterns[1].words[1] has fewer than two letters"),
        ("[[patterns]]\nwords = ['abc', 'red']\n", "patterns[1].replace has itself a word of patterns[1]"),
        ("[[patterns]]\nwords = ['abc']\nreplace = 1\n", "patterns[1].replace is not a text"),
        ("[[patterns]]\nwords = ['abc']\nwhole_words = 'yes'\n", "patterns[1].whole_words is neither true nor false"),
        ("[[patterns]]\nwords = ['herald']\n", "patterns[1] finds something in the id of the source herald"),
        ("patterns = 3\n", "patterns is not a list of tables"),
        ("sources = 3\n", "sources is not a table"),
        ("x = \n", "is no TOML"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_told_in_one_sentence(
    made: Path, tmp_path: Path, rules: str, sentence: str
) -> None:
    result = publish(made, tmp_path / "public.db", rules)
    assert result.exit_code in {1, 2}
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["public.toml"]


def test_an_expression_that_takes_forever_ends_it_and_is_named(
    tmp_path: Path, small_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(small_archive)) as conn:
        conn.execute("update revisions set body = ? where id = 3", ["a" * 60 + " b"])
        conn.commit()
    monkeypatch.setattr("archive.publishing.expressions.SECONDS", 0.2)
    out = tmp_path / "out" / "public.db"
    out.parent.mkdir()
    began = time.monotonic()
    result = publish(small_archive, out, "[[patterns]]\nwords = ['abc']\n[[patterns]]\nmatch = '(a|a)+c'\n")
    assert result.exit_code == 1
    assert "patterns[2].match takes more than 0.2 seconds for one text" in result.output
    assert time.monotonic() - began < 10
    assert [file.name for file in out.parent.iterdir()] == ["public.toml"]


def test_nothing_is_overwritten_but_a_published_copy_by_force(
    made: Path, small_archive: Path, tmp_path: Path
) -> None:
    out = tmp_path / "public.db"
    assert publish(made, out).exit_code == 0
    before = out.read_bytes()
    assert "is there already" in publish(made, out).output
    assert out.read_bytes() == before
    assert publish(made, out, RULES, "--force").exit_code == 0
    data = small_archive.read_bytes()
    for archive in (made, small_archive):
        result = publish(archive, small_archive, None, "--force")
        assert "is the archive itself" in result.output or "is no published copy" in result.output
    assert small_archive.read_bytes() == data
    result = CliRunner().invoke(cli, ["publish", "--db", str(made), "--out", str(tmp_path / "none" / "x.db")])
    assert "there is no folder" in result.output
    (tmp_path / "left.db-wal").write_bytes(b"yusuf")
    assert "left.db-wal is there, of another database" in publish(made, tmp_path / "left.db").output
    assert "is a published copy itself" in publish(out, tmp_path / "again.db", None).output


def test_what_is_read_is_of_one_instant_while_a_crawl_writes(tmp_path: Path) -> None:
    archive, out = tmp_path / "archive.db", tmp_path / "public.db"
    fill(archive)
    desk = Desk(archive)
    seen: list[int] = []

    def write(stage: str, number: int) -> None:
        if stage == "reports":
            seen.append(number)
            desk.visit("https://herald.example/4", report("Written meanwhile.", "Meanwhile"))
            desk.visit(f"https://herald.example/new{number}", report("Written meanwhile.", "Meanwhile"))

    make(archive, Wish(Rules(), Redactor(), out), lambda: NOW, write)
    desk.close()
    assert seen
    assert rows(archive, "select 1 from articles where title = 'Meanwhile'")
    assert not rows(out, "select 1 from articles where title = 'Meanwhile'")
    assert rows(out, "select body from articles where id = 4") == [{"body": "Nobody is named in it."}]
    with closing(sqlite3.connect(out)) as conn:
        assert conn.execute("pragma foreign_key_check").fetchall() == []


def test_the_archive_is_not_written_to_and_an_old_one_is_told(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()
    made.chmod(0o444)
    try:
        assert publish(made, tmp_path / "public.db").exit_code == 0
    finally:
        made.chmod(0o644)
    assert made.read_bytes() == data
    old = tmp_path / "old.db"
    with closing(Database(old)) as db:
        migrations.apply(db, stop_before="006_changes")
    assert "was written by an earlier version" in publish(old, tmp_path / "x.db", None).output


def test_a_way_around_the_patterns_is_found_before_anybody_gets_the_copy(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had forgotten to redact a part of a report."""
    monkeypatch.setattr("archive.publishing.parts.tags", lambda text, redactor: text)
    result = publish(made, tmp_path / "public.db")
    assert result.exit_code == 1
    assert "patterns[1] still finds something in articles.tags, row 1: nothing was published" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["public.toml"]


def test_it_leaves_nothing_behind_when_it_is_stopped(made: Path, tmp_path: Path) -> None:
    program = (
        "import time; from archive.publishing import copying; from archive.cli import main\n"
        "copying.Copying._copy_leads = lambda self: (print('there', flush=True), time.sleep(60))\n"
        "main()"
    )
    arguments = ["publish", "--db", str(made), "--out", str(tmp_path / "public.db")]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    assert list(tmp_path.iterdir())
    process.terminate()
    assert process.wait(20) == 143
    process.stdout.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_what_a_killed_run_left_goes_with_the_next(
    made: Path, tmp_path: Path
) -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from archive.cli import main; main()"
    )
    arguments = ["publish", "--db", str(made), "--out", str(tmp_path / "public.db")]
    (tmp_path / ".public.db.4194305.part").write_bytes(b"x")  # no process has that number
    (tmp_path / f".public.db.{os.getpid()}.part").write_bytes(b"x")
    (tmp_path / ".public.db.notes").write_bytes(b"x")
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(r"Error: .*public\.db can't be made: .*; nothing is left of it\n", done.stderr), (
        done.stderr
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f".public.db.{os.getpid()}.part",
        ".public.db.notes",
    ]


# -- a real crawl ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("crawled") / "archive.db"
    for edition, now in (
        ("1", "2026-01-28T12:00:00Z"),
        ("2", "2026-02-05T12:00:00Z"),
        ("2", "2026-02-07T12:00:00Z"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", archive, "-s", f"NOW={now}", "-s", f"DEMO_EDITION={edition}"],
            cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return archive


@pytest.mark.slow
def test_a_real_crawl_with_edits_is_published_without_its_names(crawled: Path, tmp_path: Path) -> None:
    out = tmp_path / "public.db"
    rules = '[columns]\nleave_out = ["articles.author"]\n[[patterns]]\nwords = ["Saraqeb", "سراقب", "Qamishli", "Amhara"]\n'
    result = publish(crawled, out, rules)
    assert result.exit_code == 0, result.output
    data = bare(out.read_bytes().decode("utf-8", "replace"))
    for word in ("saraqeb", "سراقب", "qamishli", "amhara"):
        assert word in bare(str(rows(crawled, "select title, body from articles")))
        assert word not in data
    assert rows(out, "select count(*) as n from articles") == rows(
        crawled, "select count(*) as n from articles"
    )
    states = "select article_id, state, how, since from article_states order by article_id, id"
    assert rows(out, states) == rows(crawled, states) != []
    assert_index_fits(out)
    assert CliRunner().invoke(cli, ["verify", "--db", str(out)]).exit_code == 0
    browser = Browser(out)
    try:
        for row in rows(out, "select id from articles"):
            page = bare(browser.page(f"/-/report/{row['id']}"))
            assert not [word for word in ("saraqeb", "سراقب", "qamishli", "amhara") if word in page]
    finally:
        browser.close()

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from archive import __version__
from archive.cli import cli
from archive.models import BlockKind, DateCandidate, TextBlock
from archive.tables import blocks, candidates

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 2, 1, tzinfo=UTC)
COMMANDS = [
    "backup", "cdxj", "changes", "compact", "coverage", "export", "failures", "gone", "health", "history", "import", "prove", "publish", "rebuild", "reindex", "remove", "restore", "retry",
    "seal", "search", "show", "stats", "templates", "verify", "watch",
]  # fmt: skip
LINE = {"url": "https://x.example/1", "source": "my-notes", "title": "Raid on Kidal", "body": "Two dead.",
        "published_at": "2026-01-05", "language": "en"}  # fmt: skip


@pytest.fixture
def run(small_archive, monkeypatch):
    """Run `archive ...` in the directory of the small archive."""
    monkeypatch.chdir(small_archive.parent)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)

    def invoke(*args, code=0, stdin=None):
        result = CliRunner().invoke(cli, args, input=stdin, prog_name="archive", obj=lambda: NOW)
        assert result.exit_code == code, result.output
        return result

    return invoke


def edit(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


# -- help, version, which archive, errors -----------------------------------------------------------------


def test_the_version_and_the_commands(run):
    assert run("--version").output == f"archive, version {__version__}\n"
    assert sorted(cli.list_commands(click.Context(cli))) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_and_says_what_each_option_does(run, name):
    shown = run(name, "--help").output
    assert f"  archive {name}" in shown
    for parameter in cli.commands[name].params:
        assert isinstance(parameter, click.Argument) or parameter.help


def test_db_before_or_after_the_command_or_in_the_environment(run, small_archive, tmp_path, monkeypatch):
    path = small_archive.rename(tmp_path / "other.db")
    assert "articles    6" in run("--db", str(path), "stats").stdout
    assert "articles    6" in run("stats", "--db", str(path)).stdout
    assert "articles    6" in run("--db", "nowhere.db", "stats", "--db", str(path)).stdout
    monkeypatch.setenv("ARCHIVE_DB", str(path))
    assert "articles    6" in run("stats").stdout
    assert "no archive at nowhere.db" in run("--db", "nowhere.db", "stats", code=1).stderr


@pytest.mark.parametrize("args", [("search", "x"), ("show", "1"), ("stats",), ("failures",), ("export",)])
def test_every_reader_says_in_one_sentence_what_is_wrong_with_the_file(run, tmp_path, args):
    assert run(*args, "--db", "no.db", code=1).stderr == (
        "Error: no archive at no.db: run `make crawl` or `scrapy crawl SOURCE` first, or name one with --db\n"
    )
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at" * 9)
    assert run(*args, "--db", "text.db", code=1).stderr == "Error: text.db is not an SQLite database\n"


def test_damage_is_told_in_one_sentence(run, small_archive):
    with closing(Database(small_archive)) as db:
        page = db.execute("select rootpage from sqlite_master where name = 'articles'").fetchone()[0]
        size = db.execute("pragma page_size").fetchone()[0]
    with small_archive.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    result = run("export", code=1)
    assert result.stderr.startswith("Error: archive.db is damaged (")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("search",), "Missing argument 'QUERY'"),
        (("search", '"'), "the query '\"' has no word to search for"),
        (("search", "x", "--since", "yesterday"), "--since='yesterday' is not a date: write YYYY-MM-DD"),
        (("search", "x", "--since", "2026-02-01", "--until", "2026-01-01"), "is after until"),
        (("search", "x", "--limit", "0"), "0 is not in the range"),
        (("show", "first"), "'first' is not a valid integer"),
        (("show", str(2**63)), "is not in the range"),
        (("export", "--format", "xml"), "'xml' is not one of"),
        (("export", "--bom"), "--bom is for --format csv"),
        (("export", "--out", "archive.db"), "--out archive.db is the archive itself"),
        (("export", "--out", "no/where.csv"), "--out no/where.csv can't be written: No such file"),
        (("import",), "Missing option '--jsonl'"),
        (("import", "--jsonl", "absent.jsonl"), "absent.jsonl"),
        (("bury",), "No such command 'bury'"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, small_archive, args, message):
    before = small_archive.read_bytes()
    result = run(*args, code=2)
    assert message in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert result.stdout == ""
    assert small_archive.read_bytes() == before


# -- search -----------------------------------------------------------------------------------------------


def test_search_prints_ranked_hits(run):
    assert run("search", "airstrike AND saraqeb").stdout == (
        "1  2026-01-24  en  Zamanalwsl-En\n"
        "    [Airstrike] on [Saraqeb] kills five\n"
        "    Five civilians were killed in an [airstrike] on [Saraqeb]. The toll is expected to rise.\n"
        "    https://zamanalwsl-en.example/news/1/\n"
        "\n"
        "1 report.\n"
    )


def test_search_in_arabic_and_ukrainian(run):
    assert "    [قصف] جوي على سراقب\n" in run("search", "قصف", "--lang", "ar").stdout
    assert "    [Обстріл] Херсона\n" in run("search", "обстріл").stdout


def test_search_as_json(run):
    result = json.loads(run("search", "kherson", "--json").stdout)
    [hit] = result.pop("hits")
    assert result == {
        "query": "kherson", "searched_for": '"kherson"', "by_words": False, "notes": [], "order": "relevance", "total": 1,
        "is_capped": False, "next_page": None,
    }  # fmt: skip
    assert hit.pop("rank") < 0
    assert hit == {
        "id": 5, "source_id": "ukrinform-en", "source_name": "Ukrinform-En", "published_at": "2026-01-27T00:00:00Z",
        "published_at_precision": "second", "language": "en", "title": "=HYPERLINK shelling of Kherson",
        "url": "https://ukrinform-en.example/news/5/", "state": "live",
        "snippet": "Two people were killed & one <b>wounded</b> in Kherson.",
        "snippet_html": "Two people were killed &amp; one &lt;b&gt;wounded&lt;/b&gt; in <b>Kherson</b>.",
    }  # fmt: skip


def test_json_is_not_escaped(run):
    assert '"title": "قصف جوي على سراقب"' in run("search", "قصف", "--json").stdout


def test_search_says_when_it_looked_for_words_and_when_there_is_nothing(run):
    result = run("search", "C++ (")
    assert result.stdout == "No report matches.\n"
    assert result.stderr == (
        "Note: no search expression (a word is missing at the end), so its words are searched for.\n"
    )


def test_search_by_source_days_and_limit(run):
    assert run("search", "shelling", "--source", "zamanalwsl-en").stdout.startswith("2  2026-01-25")
    assert run("search", "shelling", "--until", "2026-01-25").stdout.endswith("1 report.\n")
    assert run("search", "shelling", "--limit", "1").stdout.endswith(
        "2 reports, the best 1 are shown; the next page: --page relevance.6.1.\n"
    )
    assert run("search", "shelling", "--limit", "1", "--page", "relevance.6.1").stdout.endswith(
        "2 reports, 1 are shown.\n"
    )


def test_search_as_csv_with_facets_and_by_day(run):
    lines = run("search", "shelling", "--csv", "--sort", "oldest").stdout.splitlines()
    assert lines[0] == "id,published_at,language,source_id,source_name,title,url,state,rank,snippet"
    assert [line[:2] for line in lines if line[:1].isdigit()] == ["2,", "5,"]
    assert "'=HYPERLINK" in lines[-1]
    assert run("search", "shelling", "--facets").stdout.endswith(
        "sources: ukrinform-en 1, zamanalwsl-en 1\nlanguages: en 2\nmonths: 2026-01 2\n2 reports.\n"
    )
    facets = json.loads(run("search", "lang:en", "--facets", "--json").stdout)["facets"]
    assert facets["months"] == {"2026-01": 3, "": 1}


def test_reindex(run, small_archive):
    assert run("reindex").stdout.endswith("0 reports indexed.\n")
    edit(small_archive, "update search_normalisers set version = '0'")
    assert "Note: the search index was made by another version" in run("search", "lang:en").stderr
    assert run("reindex").stdout.startswith("The search index is made anew.\n")
    assert run("reindex", "--all").stdout.endswith("6 reports indexed.\n")
    assert run("search", "shelling").stderr == ""


def test_source_that_there_is_not(run):
    assert "no source 'x' in this archive" in run("search", "shelling", "--source", "x", code=1).stderr


# -- show, stats, failures --------------------------------------------------------------------------------


def test_show(run, small_archive):
    edit(small_archive, "update articles set published_at_precision = 'day', published_at_text = '٢٤ كانون الثاني',"
         " standfirst = 'موجز' where id = 3")  # fmt: skip
    assert run("show", "3").stdout.splitlines() == [
        "قصف جوي على سراقب",
        "",
        "id         3",
        "source     Zamanalwsl-Ar (zamanalwsl-ar)",
        "author     زمان الوصل",
        "published  2026-01-24 (to the day, from feed, written '٢٤ كانون الثاني')",
        "language   ar",
        "state      live; first seen 2026-01-28 00:02:00 UTC, last 2026-01-28 00:02:00 UTC",
        "origin     crawled",
        "url        https://zamanalwsl-ar.example/news/3/",
        "",
        "موجز",
        "",
        "قتل خمسة مدنيين في قصف جوي على مدينة سراقب.",
        "",
        "وأصيب عشرة آخرون.",
        "",
        "captures (1)",
        f"  3  2026-01-28 00:02:00 UTC  200  62 bytes  sha256 {sha(small_archive, 3)[:16]}  x.warc.gz:0",
        "revisions (1)",
        "  1  2026-01-28 00:02:00 UTC  capture 3  قصف جوي على سراقب",
    ]


def test_show_says_what_a_citation_needs(run, small_archive):
    body = "Five civilians were killed in an airstrike on Saraqeb.\n\nThe toll is expected to rise."
    parts = [
        TextBlock(BlockKind.STANDFIRST, "In short", in_body=False),
        TextBlock(BlockKind.PARAGRAPH, body.split("\n\n", 1)[0], in_body=True),
        TextBlock(BlockKind.EMBED, "A post\nof two lines", in_body=False, url="https://t.me/s/x/1"),
        TextBlock(BlockKind.CAPTION, "The ruins (AFP)", in_body=False),
    ]
    at = datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    dates = [
        DateCandidate("published", at, "minute", "meta:date", "2026-01-24 18:04", "chosen"),
        DateCandidate("modified", None, "day", "text", "today", "no date of its own"),
    ]
    edit(small_archive, "update articles set agency = 'AFP', tags = '[\"Syria\",\"إدلب\"]', is_truncated = 1,"
         " blocks = ?, date_candidates = ? where id = 1", blocks.to_json(parts, body), candidates.to_json(dates))  # fmt: skip
    edit(small_archive, "update revisions set extraction_path = 'mixed' where article_id = 1")
    lines = run("show", "1").stdout.splitlines()
    assert lines[4:6] == ["author     Zaman Al Wasl", "agency     AFP"]
    assert "tags       Syria, إدلب" in lines
    assert "truncated  the page shows the beginning only" in lines
    at = lines.index("beside the text (2)")
    assert lines[at : at + 9] == [
        "beside the text (2)",
        "  embed https://t.me/s/x/1 A post of two lines",
        "  caption The ruins (AFP)",
        "",
        "dates (2)",
        "  published 2026-01-24 16:04 UTC, from meta:date, written '2026-01-24 18:04': chosen",
        "  modified not an instant, from text, written 'today': no date of its own",
        "",
        "captures (1)",
    ]
    assert "capture 1  read by template and page  Airstrike on Saraqeb" in lines[-1]


def test_show_of_what_somebody_else_wrote_is_a_sentence(run, small_archive):
    edit(small_archive, "update articles set tags = '{', blocks = '[1]' where id = 1")
    assert "blocks are not as this program writes them" in run("show", "1", code=1).stderr
    edit(small_archive, "update articles set blocks = null where id = 1")
    assert "tags       {" in run("show", "1").stdout


def sha(path, capture):
    with closing(sqlite3.connect(path)) as connection:
        query = "select payload_sha256 from captures where id = ?"
        return connection.execute(query, [capture]).fetchone()[0]


def test_show_without_a_date_and_as_json(run):
    assert "published  no date\n" in run("show", "6").stdout
    found = json.loads(run("show", "6", "--json").stdout)
    assert list(found) == ["article", "source", "captures", "revisions", "states"]
    assert found["article"]["title"] == "Drone strike on Khartoum airport"
    assert found["source"]["id"] == "dabanga-en"


def test_show_of_an_unknown_report(run):
    assert run("show", "99", code=1).stderr.startswith("Error: no article has the id 99")


def test_hostile_text_is_no_command_to_the_terminal(run, small_archive):
    evil = "\x1b]0;owned\x07Evil\x1b[2J\x9b1mshelling\r\x00\u202e"
    edit(
        small_archive,
        "update articles set title = ?, body = ?, author = ?, url = ? where id = 2",
        *[evil] * 4,
    )
    edit(small_archive, "update revisions set title = ? where article_id = 2", evil)
    edit(small_archive, "update sources set name = ?", evil)
    edit(small_archive, "update leads set state = 'failed', last_error = ?, url = ? where id = 2", evil, evil)
    for args in (("show", "2"), ("search", "shelling"), ("stats",), ("failures",)):
        output = run(*args).stdout
        assert "Evil" in output
        assert not set(output) & {"\x1b", "\x9b", "\r", "\x00", "\x07", "\u202e", "\x02", "\x03"}


def test_stats(run, small_archive):
    edit(small_archive, "insert into leads (source_id, url, url_key, via, first_seen_at) values"
         " ('dabanga-en', 'u', 'k', 'feed', 'x')")  # fmt: skip
    output = run("stats").stdout
    for line in (
        "articles    6 (live 6)",
        "published   2026-01-24 to 2026-01-27; 1 without a date",
        "languages   en 4, ar 1, uk 1",
        "leads       7 (waiting 1, stored 6)",
        "  2  ukrinform-en   2026-01-27  Ukrinform-En",
        "  2026-01-28 00:00:00 UTC  dabanga-en     finished  found 2: stored 2",
    ):
        assert f"{line}\n" in output
    found = json.loads(run("stats", "--json").stdout)
    assert list(found) == [
        "totals",
        "sources",
        "languages",
        "states",
        "origins",
        "leads",
        "last_runs",
        "bytes",
        "publication",
    ]
    assert found["totals"]["articles"] == 6


def test_stats_of_an_empty_archive(run):
    run("import", "--jsonl", "-", "--db", "new.db", stdin=b"")
    output = run("stats", "--db", "new.db").stdout
    assert "articles    0\n" in output
    assert "sources (0)\n" in output


def test_failures(run, small_archive):
    assert run("failures").stdout == "No page failed or was left out.\n"
    edit(small_archive, "update leads set state = 'failed', outcome = 'failed', attempts = 6, last_error = 'timed out',"
         " last_attempt_at = '2026-01-28T00:03:00Z' where id = 6")  # fmt: skip
    assert run("failures", "--source", "dabanga-en").stdout == (
        "dabanga-en  failed: failed  failed 6 times, last tried 2026-01-28 00:03:00 UTC\n"
        "    https://dabanga-en.example/news/6/\n"
        "    timed out\n"
        "\n"
        "1 page not archived.\n"
    )
    [failure] = json.loads(run("failures", "--json").stdout)["failures"]
    assert (failure["id"], failure["last_error"], failure["attempts"]) == (6, "timed out", 6)
    assert run("failures", "--source", "x", code=1).stderr.startswith("Error: no source 'x'")


# -- export -----------------------------------------------------------------------------------------------


def test_export_jsonl_to_standard_output(run):
    lines = run("export").stdout_bytes.decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2, 3, 4, 5, 6]


def test_export_of_what_a_search_finds(run):
    lines = run("export", "--query", "shelling", "--lang", "en", "--since", "2026-01-26").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [5]


def test_export_csv_for_a_spreadsheet(run, small_archive):
    result = run("export", "--format", "csv", "--bom", "--out", "out.csv")
    assert (result.stdout, result.stderr) == ("", "6 reports written to out.csv\n")
    content = Path("out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,source_id,")
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["title"] for row in read][4] == "'=HYPERLINK shelling of Kherson"
    assert not list(Path().glob("*.part"))


def test_a_failed_export_leaves_the_old_file(run):
    Path("out.jsonl").write_text("old")
    run("export", "--query", '"', "--out", "out.jsonl", code=2)
    assert Path("out.jsonl").read_text() == "old"
    assert not list(Path().glob("*.part"))


def test_a_device_is_written_to_and_not_replaced(run):
    run("export", "--out", os.devnull)
    assert not Path(os.devnull).is_file()


# -- import -----------------------------------------------------------------------------------------------


def test_import_makes_an_archive_and_names_bad_lines(run):
    lines = [
        json.dumps(LINE),
        "not json",
        "",
        json.dumps(
            LINE | {"url": "https://x.example/2", "title": "غارة على كيدال", "language": "ar", "colour": 1}
        ),
        json.dumps(LINE | {"url": "nonsense"}),
    ]
    Path("in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = run("import", "--jsonl", "in.jsonl", "--db", "new.db")
    assert result.stdout == "imported 2, changed 0, unchanged 0, already crawled 0, skipped 2 (bad lines)\n"
    first, second, third = result.stderr.splitlines()
    assert first == "in.jsonl:2: the line is not JSON: Expecting value: line 1 column 1 (char 0); skipped"
    assert second.startswith(
        "in.jsonl:4: unknown key 'colour' is left aside here and below (known: url, source,"
    )
    assert third == "in.jsonl:5: url 'nonsense' is not an http or https URL; skipped"
    shown = run("show", "1", "--db", "new.db").stdout
    assert "origin     imported as text\n" in shown
    assert "published  2026-01-05 (to the day, from import, written '2026-01-05')\n" in shown
    assert "first seen 2026-02-01 00:00:00 UTC" in shown
    assert "[غارة] على كيدال" in run("search", "غارة", "--db", "new.db").stdout


def test_import_again_changes_only_what_changed(run):
    stdin = json.dumps(LINE).encode()
    run("import", "--jsonl", "-", "--db", "new.db", stdin=stdin)
    assert (
        "imported 0, changed 0, unchanged 1,"
        in run("import", "--jsonl", "-", "--db", "new.db", stdin=stdin).stdout
    )
    stdin = json.dumps(LINE | {"body": "Three dead."}).encode()
    assert (
        "imported 0, changed 1, unchanged 0,"
        in run("import", "--jsonl", "-", "--db", "new.db", stdin=stdin).stdout
    )
    assert "revisions (2)" in run("show", "1", "--db", "new.db").stdout


def test_import_leaves_what_was_crawled_and_its_source_alone(run):
    line = {
        "url": "https://zamanalwsl-en.example/news/1/",
        "source": "zamanalwsl-en",
        "title": "t",
        "body": "b",
    }
    result = run("import", "--jsonl", "-", stdin=json.dumps(line).encode())
    assert "already crawled 1," in result.stdout
    found = json.loads(run("show", "1", "--json").stdout)
    assert found["article"]["title"] == "Airstrike on Saraqeb kills five"
    assert found["source"]["name"] == "Zamanalwsl-En"


def test_import_of_bad_lines_only_is_exit_code_1(run):
    result = run("import", "--jsonl", "-", "--db", "new.db", stdin=b"{\n[]\n", code=1)
    assert result.stdout == "imported 0, changed 0, unchanged 0, already crawled 0, skipped 2 (bad lines)\n"
    assert result.stderr.startswith("<stdin>:1: ")


def test_import_into_what_is_no_archive(run):
    Path("text.db").write_text("not a database, but long enough to be looked at" * 9)
    result = run("import", "--jsonl", "-", "--db", "text.db", stdin=json.dumps(LINE).encode(), code=1)
    assert result.stderr.startswith("Error: text.db ")
    assert result.stderr.count("\n") == 1


def test_what_is_exported_can_be_imported(run):
    exported = run("export").stdout_bytes
    result = run("import", "--jsonl", "-", "--db", "copy.db", stdin=exported)
    assert result.stdout.startswith("imported 6, ")
    assert result.stderr == ""
    kept = ("url", "source_id", "title", "body", "author", "language", "published_at", "published_at_precision",
            "first_seen_at")  # fmt: skip
    copied = run("export", "--db", "copy.db").stdout_bytes
    for old, new in zip(exported.splitlines(), copied.splitlines(), strict=True):
        assert {key: json.loads(old)[key] for key in kept} == {key: json.loads(new)[key] for key in kept}


# -- as a process -----------------------------------------------------------------------------------------


def start(*args, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "archive.cli", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip


def test_a_reader_that_goes_away_is_no_error(small_archive):
    with closing(Database(small_archive)) as db:
        row = next(db.query("select * from articles where id = 1"))
        big = row | {"body": "word " * 40_000}
        db["articles"].insert_all(big | {"id": n, "url_key": str(n)} for n in range(100, 110))
    process = start("export", "--db", str(small_archive))
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(20) in {0, 1}


def test_a_terminal_without_unicode_gets_escapes_and_json_stays_utf8(small_archive):
    process = start("search", "قصف", "--db", str(small_archive), PYTHONIOENCODING="latin-1")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")
    assert b"\\u0642\\u0635\\u0641" in out
    process = start("search", "قصف", "--json", "--db", str(small_archive), PYTHONIOENCODING="latin-1")
    out, _ = process.communicate(timeout=20)
    assert json.loads(out)["hits"][0]["title"] == "قصف جوي على سراقب"

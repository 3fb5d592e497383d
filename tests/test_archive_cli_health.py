"""`archive health`, `coverage`, `failures` and `retry` as they are typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from archive.cli import cli
from archive.clock import to_text

NOW = datetime(2026, 2, 1, tzinfo=UTC)
KEYS = {"source_id", "name", "verdict", "is_fine", "sentence", "last_run_at", "last_run_ended", "last_success_at",
        "last_report_at", "last_found_at", "usual_interval_hours", "reports_last_week", "reports_expected_week",
        "hours_between_reports", "longest_pause", "silent_after", "pages", "yield", "yield_before", "words",
        "words_before", "blocked", "failed"}  # fmt: skip


@pytest.fixture
def run(small_archive, monkeypatch):
    """Run `archive ...` in the directory of the small archive."""
    monkeypatch.chdir(small_archive.parent)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)

    def invoke(*args, code=0):
        result = CliRunner().invoke(cli, args, prog_name="archive", obj=lambda: NOW)
        assert result.exit_code == code, result.output
        return result

    return invoke


def edit(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def lead(path, url, state, outcome, *, source="dabanga-en", attempts=0, error=None, day="2026-01-30"):
    edit(path, "insert into leads (source_id, url, url_key, via, state, outcome, attempts, last_error, first_seen_at)"
         " values (?, ?, ?, 'feed', ?, ?, ?, ?, ?)", source, url, url[8:], state, outcome, attempts, error,
         f"{day}T00:00:00Z")  # fmt: skip


@pytest.mark.parametrize("name", ["health", "coverage", "failures", "retry"])
def test_help_has_an_example_and_says_what_each_option_does(run, name):
    assert f"  archive {name}" in run(name, "--help").output
    for parameter in cli.commands[name].params:
        assert isinstance(parameter, click.Argument) or parameter.help


@pytest.mark.parametrize("args", [("health",), ("coverage", "--source", "x"), ("retry",)])
def test_no_archive_is_one_sentence(run, args):
    assert run(*args, "--db", "no.db", code=1).stderr.startswith("Error: no archive at no.db: ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("health", "--now", "today"), "--now='today' is not an instant: write 2026-11-01T06:00:00Z"),
        (("health", "--prometheus", "archive.db"), "--prometheus archive.db is the archive itself"),
        (
            ("health", "--prometheus", "no/where.prom"),
            "--prometheus no/where.prom can't be written: No such file",
        ),
        (("coverage",), "Missing option '--source'"),
        (
            ("coverage", "--source", "dabanga-en", "--since", "May"),
            "--since='May' is not a day, month or year",
        ),
        (
            ("coverage", "--source", "dabanga-en", "--since", "2026-02", "--until", "2026-01"),
            "is after until 2026-01-31",
        ),
        (("coverage", "--source", "dabanga-en", "--by", "week"), "'week' is not one of"),
        (("retry", "--outcome", "stored"), "'stored' is not one of"),
        (("retry", "no-url"), "'no-url' is no address of a page"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, small_archive, args, message):
    before = small_archive.read_bytes()
    result = run(*args, code=2)
    assert message in result.stderr
    assert result.stdout == ""
    assert small_archive.read_bytes() == before


# -- health ----------------------------------------------------------------------------------------------


def test_health_table(run, small_archive):
    edit(small_archive, "update sources set paused_until = '2026-02-02T00:00:00Z', pause_reason = 'HTTP 403 \x1b[31m',"
         " pauses = 1 where id = 'zamanalwsl-ar'")  # fmt: skip
    edit(small_archive, "delete from runs where source_id = 'ukrinform-en'")
    output = run("health", "--now", "2026-01-28T06:00:00Z").stdout
    assert output.splitlines() == [
        "source         verdict          last run     read         report       7 days  usual  yield  failed  words",
        "zamanalwsl-ar  blocked          01-28 00:00  01-28 00:00  01-24 10:00       1      -   100%      0%      -",
        "ukrinform-en   never crawled    never        never        01-27 00:00       0      -      -      0%      -",
        "dabanga-en     too new to tell  01-28 00:00  01-28 00:00  01-28 00:02       1      -   100%      0%      -",
        "zamanalwsl-en  too new to tell  01-28 00:00  01-28 00:00  01-25 09:00       2      -   100%      0%      -",
        "",
        "zamanalwsl-ar: blocked: it refused us (HTTP 403 ); paused until 2026-02-02 00:00 UTC",
        "ukrinform-en: never crawled: no crawl of it is in this archive",
        "dabanga-en: too new to tell: 1 report since 2026-01-28 00:02 UTC: too few, or of too few days, to know its rhythm",
        "zamanalwsl-en: too new to tell: 2 reports since 2026-01-24 16:04 UTC: too few, or of too few days, to know its rhythm",
        "",
        "4 sources, 2 of them a cause for alarm.",
    ]


def test_health_of_an_archive_that_nobody_crawls(run):
    output = run("health", "--source", "dabanga-en", code=0).stdout
    assert "dabanga-en: not crawled lately: the last run began 4.0 days ago (2026-01-28 00:00 UTC)" in output
    assert output.endswith("\n1 source, 1 of them a cause for alarm.\n")


def test_strict_is_for_cron(run, small_archive):
    run("health", "--strict", code=1)
    run("health", "--strict", "--now", "2026-01-28T06:00:00Z")
    edit(small_archive, "update sources set pauses = 1 where id = 'dabanga-en'")
    result = run("health", "--strict", "--now", "2026-01-28T06:00:00Z", code=1)
    assert "dabanga-en: blocked: " in result.stdout
    run("health", "--strict", "--now", "2026-01-28T06:00:00Z", "--source", "ukrinform-en", code=0)


def test_health_as_json(run, small_archive):
    for day in range(1, 30):
        at = to_text(datetime(2025, 12, 30, 9, tzinfo=UTC) + day * timedelta(days=1))
        edit(small_archive, "insert into runs (source_id, started_at, version, found, stored, not_an_article)"
             " values ('dabanga-en', ?, '0', 1, 3, 1)", at)  # fmt: skip
        edit(small_archive, "insert into articles (source_id, published_at, title, url, word_count, first_seen_at,"
             " last_seen_at, url_key, content_sha256, body) values ('dabanga-en', ?, 't', ?, 200, ?, ?, ?, '', '')",
             at, at, at, at, at)  # fmt: skip
    lead(small_archive, "https://d.example/1", "waiting", "blocked", attempts=1, day="2026-01-27")
    [found] = json.loads(
        run("health", "--json", "--source", "dabanga-en", "--now", "2026-01-28T12:00:00Z").stdout
    )
    assert found.keys() == KEYS
    assert (found["verdict"], found["is_fine"], found["name"]) == ("fine", True, "Dabanga-En")
    assert (found["last_run_at"], found["last_report_at"]) == ("2026-01-28T09:00:00Z",) * 2
    assert (found["reports_last_week"], found["reports_expected_week"]) == (
        8,
        7,
    )  # one of them without a date
    assert (found["usual_interval_hours"], found["yield"], found["yield_before"]) == (24, 0.767, 0.75)
    assert (found["words"], found["words_before"], found["blocked"]) == (200, 200, 0.5)
    assert found["hours_between_reports"] == pytest.approx(23.1, abs=1)
    assert 1.5 <= found["silent_after"] <= 2


def test_prometheus_file(run, tmp_path):
    path = tmp_path / "archive.prom"
    run("health", "--prometheus", str(path))
    text = path.read_text()
    assert 'conflict_archive_source_verdict{source="dabanga-en",verdict="not crawled lately"} 1\n' in text
    assert 'conflict_archive_source_last_run_timestamp_seconds{source="dabanga-en"} 1769558400\n' in text
    assert f"conflict_archive_health_timestamp_seconds {NOW.timestamp():.0f}\n" in text


def test_unknown_source(run):
    assert "no source 'x' in this archive" in run("health", "--source", "x", code=1).stderr
    assert "no source 'x' in this archive" in run("coverage", "--source", "x", code=1).stderr
    assert "no source 'x' in this archive" in run("retry", "--source", "x", code=1).stderr


# -- coverage --------------------------------------------------------------------------------------------


def test_coverage_table(run, small_archive):
    lead(
        small_archive,
        "https://d.example/1",
        "failed",
        "gone",
        attempts=6,
        error="HTTP 404 Not Found",
        day="2026-01-27",
    )
    lead(
        small_archive,
        "https://d.example/2",
        "skipped",
        "not_an_article",
        error="empty: no text",
        day="2026-01-27",
    )
    lead(small_archive, "https://d.example/3", "waiting", None, day="2026-01-30")
    lead(small_archive, "https://d.example/2025/12/01/x", "waiting", None, day="2026-01-30")
    args = ("coverage", "--source", "dabanga-en", "--since", "2026-01-27", "--until", "2026-01")
    assert run(*args).stdout.splitlines() == [
        "day         known  archived  failed  left out  waiting  crawled      why",
        "2026-01-27      2         0       1         1        0  not crawled  failed: HTTP 404 Not Found 1; left out: no report: empty 1",
        "2026-01-28      1         1       0         0        0  yes",
        "2026-01-29      0         0       0         0        0  not crawled",
        "2026-01-30      1         0       0         0        1  not crawled",
        "2026-01-31      0         0       0         0        0  not crawled",
        "total           4         1       1         1        1  1 of 5 days  failed: HTTP 404 Not Found 1; left out: no report: empty 1",
        "",
        "4 of 4 are dated only by the day on which we first saw them.",
        "On 4 of 5 days no run read a feed, sitemap or listing of dabanga-en.",
        "1 more is dated before 2026-01-27.",
    ]
    month = run("coverage", "--source", "dabanga-en", "--since", "2025-10").stdout.splitlines()
    assert month[3] == "2025-12      1         0       0         0        1  not crawled"
    assert month[4].startswith("2026-01      4         1       1         1        1  1 of 31 days   failed")


def test_coverage_as_json(run, small_archive):
    lead(small_archive, "https://d.example/1", "failed", "gone", attempts=6, error="HTTP 404 Not Found")
    found = json.loads(run("coverage", "--source", "dabanga-en", "--since", "2026-01-30", "--json").stdout)
    assert (found["since"], found["until"], found["by"]) == ("2026-01-30", "2026-02-01", "day")
    assert found["periods"][0] == {
        "period": "2026-01-30", "known": 1, "archived": 0, "failed": {"HTTP 404 Not Found": 1}, "skipped": {},
        "waiting": 0, "by_first_seen": 1, "days": 1, "crawled": 0,
    }  # fmt: skip
    assert (found["total"]["known"], found["earlier"], found["later"]) == (1, 1, 0)


# -- failures and retry ----------------------------------------------------------------------------------


@pytest.fixture
def lost(small_archive):
    lead(small_archive, "https://d.example/1", "failed", "gone", attempts=6, error="HTTP 404 Not Found")
    lead(small_archive, "https://d.example/2", "waiting", "blocked", attempts=1, error="HTTP 403 Forbidden")
    lead(
        small_archive,
        "https://u.example/3",
        "failed",
        "failed",
        source="ukrinform-en",
        attempts=6,
        error="too slow",
    )
    return small_archive


def test_failures_by_reason_and_in_sum(run, lost):
    assert "https://d.example/2" in run("failures", "--reason", "blocked").stdout
    assert run("failures", "--reason", "no such").stdout == "No page failed or was left out.\n"
    assert run("failures", "--summary").stdout.splitlines() == [
        "pages  source        ended                       last        reason",
        "    1  dabanga-en    gone                        2026-01-30  HTTP 404 Not Found",
        "    1  dabanga-en    blocked, to be tried again  2026-01-30  HTTP 403 Forbidden",
        "    1  ukrinform-en  failed                      2026-01-30  too slow",
        "",
        "3 pages not archived.",
    ]
    assert run("failures", "--summary", "--reason", "no such").stdout == "No page failed or was left out.\n"
    [one] = json.loads(run("failures", "--summary", "--reason", "slow", "--json").stdout)["summary"]
    assert one == {
        "source_id": "ukrinform-en", "state": "failed", "outcome": "failed", "reason": "too slow", "urls": 1,
        "last_at": "2026-01-30T00:00:00Z", "example": "https://u.example/3",
    }  # fmt: skip


def test_retry(run, lost):
    before = lost.read_bytes()
    assert run("retry", "--dry-run").stdout == "2 pages would be put back.\n"
    assert lost.read_bytes() == before
    assert run("retry", "--source", "dabanga-en").stdout == "1 page put back, for the next crawl to try.\n"
    assert run("retry", "--outcome", "blocked", "--outcome", "failed").stdout.startswith("2 pages put back")
    with closing(sqlite3.connect(lost)) as connection:
        rows = connection.execute(
            "select state, attempts, next_attempt_at from leads where id > 6"
        ).fetchall()
    assert rows == [("waiting", 0, None)] * 3
    assert run("failures").stdout == "No page failed or was left out.\n"
    assert run("retry", code=1).stderr == "Error: there is nothing to put back: no page has failed for good\n"


def test_retry_of_addresses(run, lost):
    result = run("retry", "https://d.example/2", "https://d.example/9")
    assert result.stdout == "1 page put back, for the next crawl to try.\n"
    assert result.stderr == "Note: https://d.example/9 is not known here\n"
    assert run("retry", "https://d.example/2", "--source", "dabanga-en", code=1).stderr == (
        "Note: https://d.example/2 waits for the next run already\n"
        "Error: there is nothing to put back: no page of these addresses of dabanga-en can be tried again\n"
    )
    assert (
        "no page of dabanga-en ended as robots"
        in run("retry", "--source", "dabanga-en", "--outcome", "robots", code=1).stderr
    )

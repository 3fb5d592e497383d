"""`archive verify` on the command line: what it prints, how it ends, and what --repair mends."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from archive.cli import cli
from archive.commands import verify as verify_command
from archive.commands.bars import Bars
from archive.evidence.warc import WarcFile
from archive.open import reading
from archive.search import search
from archive.store import Store
from archive.tables import chain, custodyfile
from tests import keeping, tampering
from tests.keeping import Warc, warcs
from tests.tampering import unlocked

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keeping.make(tmp_path_factory.mktemp("made"))


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made.parent / "warc", tmp_path / "warc")
    shutil.copy(custodyfile.beside(made), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture
def run(path: Path) -> Run:
    def invoke(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, ["verify", *args], prog_name="archive", obj=lambda: keeping.NOW)
        assert result.exit_code == code, result.output
        return result

    return invoke


def custody(path: Path) -> list[dict[str, Any]]:
    with closing(Database(path)) as db:
        return [dict(entry) for entry in db.query("select * from custody order by id")]


# -- what it prints ---------------------------------------------------------------------------------------


def test_a_clean_archive_is_a_line_for_each_check(run: Run, path: Path) -> None:
    done = run()
    lines = done.stdout.splitlines()
    assert lines[0] == "chain of captures    ok           20 rows"
    assert lines[7] == "search index         ok           10 reports, word by word"
    entry = custody(path)[-1]
    assert lines[-3:] == [
        f"The chain of captures ends with row 20, {entry['captures_hash']}",
        f"The chain of custody ends with row 2, {entry['hash']}",
        "archive.db is as it was written.",
    ]
    assert done.stderr == ""  # no bar, where there is no terminal


def test_damage_is_shown_with_examples_and_the_exit_code(run: Run, path: Path) -> None:
    with unlocked(path) as conn:
        conn.execute("update captures set url = '\x1b[31m' || url")
    lines = run("--quick", "--examples", "2", code=1).stdout.splitlines()
    assert lines[:4] == [
        "chain of captures    DAMAGED (20) 20 rows",
        "    row 1 of captures was changed: its columns do not give its hash",
        "    row 2 of captures was changed: its columns do not give its hash",
        "    ... and 18 more (--examples N, --json)",
    ]
    assert lines[-1] == "archive.db: 20 things are not as written."


def test_notes_are_shown_and_are_no_damage(run: Run, path: Path) -> None:
    (path.parent / "warc" / "odd\x1b[31m.txt").write_text("")
    assert "\n    note: no row names the file odd.txt\n" in run().stdout


def test_json(run: Run, path: Path) -> None:
    found = json.loads(run("--json").stdout)
    assert found["is_clean"] is True
    assert (found["archive"], found["mode"], found["repaired"]) == ("archive.db", "default", [])
    assert found["custody_head"] == custody(path)[-1]["hash"]
    assert found["checks"][0] == {
        "name": "chain of captures", "verdict": "ok", "summary": "20 rows", "damage": 0, "examples": [], "notes": [],
    }  # fmt: skip
    warcs(path)[0].path.unlink()
    found = json.loads(run("--json", "--quick", code=1).stdout)
    assert (found["is_clean"], found["mode"]) == (False, "quick")
    assert [one["damage"] for one in found["checks"]] == [0, 0, 0, 1, 0, 0]


def test_what_can_not_be_opened_ends_with_2(run: Run, path: Path) -> None:
    assert run("--db", "no.db", code=2).stderr.startswith("Error: no archive at no.db")
    path.write_text("no database at all, though long enough to be looked at" * 20)
    assert "is not an SQLite database" in run(code=2).stderr
    assert run("--sample", "0", code=2).stderr


def test_a_progress_bar_is_shown_on_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bars = Bars()
    bars.begin("WARC files", 10)
    bars.advance(4)
    bars.end()
    bars.begin("custody log", 0)
    bars.advance(1)
    bars.end()
    out, err = capsys.readouterr()
    assert (out, "WARC files" in err) == ("", True)


def test_full_extracts_a_sample(run: Run, path: Path) -> None:
    shown = run("--full").stdout
    assert "database file        ok           integrity_check\n" in shown
    assert (
        "texts from captures  not checked  none of 10 texts was made by this version of the extraction"
        in shown
    )


# -- what it mends ----------------------------------------------------------------------------------------


def test_there_may_be_nothing_to_repair(run: Run, path: Path) -> None:
    assert run("--repair").stdout.startswith("There was nothing that can be repaired.\n")
    assert len(custody(path)) == 2


def test_the_search_index_is_made_anew(run: Run, path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("insert into articles_fts (articles_fts) values ('delete-all')")
        conn.commit()
    assert "article 1 is not in the search index" in run("--quick", code=1).stdout
    shown = run("--repair").stdout
    assert shown.startswith("Repaired: the search index was made anew from the reports.\n")
    entry = custody(path)[-1]
    assert (entry["action"], entry["at"]) == ("repaired", "2026-01-24T18:00:00Z")
    assert run("--json").stdout


@pytest.mark.parametrize(
    "table", ["articles_fts_data", "articles_fts_idx", "articles_fts_docsize", "articles_fts_config"]
)
def test_a_search_index_whose_pages_are_damaged_is_made_anew(run: Run, path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        schema = set(conn.execute("select type, name, tbl_name, sql from sqlite_master"))
        options = conn.execute("select k, v from articles_fts_config").fetchall()
    tampering.damage_page(path, table)
    assert "search index         DAMAGED" in run(code=1).stdout
    assert run("--full", "--repair").stdout.startswith(
        "Repaired: the search index was made anew from the reports.\n"
    )
    with reading(path) as conn:
        assert search(conn, "strike")
    with closing(sqlite3.connect(path)) as conn:
        assert set(conn.execute("select type, name, tbl_name, sql from sqlite_master")) == schema
        assert conn.execute("select k, v from articles_fts_config").fetchall() == options
        assert conn.execute("pragma journal_mode").fetchone() == ("wal",)


def test_damage_elsewhere_is_not_repaired(run: Run, path: Path) -> None:
    tampering.damage_page(path, "leads")
    assert "There was nothing that can be repaired." in run("--repair", code=1).stdout


@pytest.fixture
def crashed(path: Path) -> Warc:
    """The file of a run that was killed while it wrote its second page."""
    with Store(path) as store:
        opened = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "killed", keeping.NOW)
        visit = keeping.visit(keeping.SOURCE, 7)
        store.record_visit(opened, visit, [file.add(response) for response in visit.responses])
        file.add(keeping.visit(keeping.SOURCE, 8).responses[1])
        file.close()
    warc = Warc(file.path)
    warc.cut(warc.records()[-2].end - 20)
    return warc


def test_a_record_that_breaks_off_is_cut_off(run: Run, path: Path, crashed: Warc) -> None:
    size = crashed.path.stat().st_size
    with crashed.path.open("rb") as file:
        cut = [*keeping.scan(file, size)][-1].offset
    assert f"note: the last record of {crashed.path.name} breaks off" in run().stdout
    shown = run("--repair").stdout
    assert shown.splitlines()[0] == (
        f"Repaired: {size - cut} bytes of a broken record were cut off {crashed.path.name} at byte {cut}."
    )
    assert crashed.path.stat().st_size == cut
    entry = custody(path)[-1]
    assert entry["reason"] == f"{size - cut} bytes of a broken record were cut off at byte {cut}"
    assert json.loads(entry["details"])["files"][crashed.path.name]["bytes"] == cut
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", crashed.path], capture_output=True, text=True
    )
    assert (check.returncode, check.stdout) == (0, "")
    assert "note" not in run("--json").stdout.replace('"notes": []', "")


@pytest.fixture
def unplugged(path: Path) -> tuple[Warc, int]:
    """The file of a run whose end was not synced: of its last three pages the second is there. Where the end begins."""
    with Store(path) as store:
        opened = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "unplugged", keeping.NOW)
        visit = keeping.visit(keeping.SOURCE, 7)
        store.record_visit(opened, visit, [file.add(response) for response in visit.responses])
        file.sync()
        end = file.path.stat().st_size
        for number in (8, 9, 10):
            for response in keeping.visit(keeping.SOURCE, number).responses:
                file.add(response)
        file.close()
    warc = Warc(file.path)
    whole, records = warc.path.read_bytes(), [each.offset for each in warc.records() if each.offset >= end]
    middle, last = records[len(records) // 3], records[-2]
    lost = bytes(middle - end), bytes(len(whole) - last)
    warc.path.write_bytes(whole[:end] + lost[0] + whole[middle:last] + lost[1])
    return warc, end


def test_the_end_that_a_power_cut_left_is_cut_off(run: Run, path: Path, unplugged: tuple[Warc, int]) -> None:
    warc, end = unplugged
    assert (
        f"note: the end of {warc.path.name} is broken from byte {end} on, and no row names it" in run().stdout
    )
    assert run("--repair").stdout.startswith("Repaired: ")
    assert warc.path.stat().st_size == end
    assert "is broken" not in run().stdout


def test_what_a_row_names_is_no_lost_end(run: Run, path: Path, unplugged: tuple[Warc, int]) -> None:
    warc, end = unplugged
    with Store(path) as store:
        columns = "run_id, url, final_url, status, fetched_at, payload_sha256, payload_bytes"
        values = store._conn.execute(f"select {columns} from captures where id = 1").fetchone()  # noqa: S608 - columns
        row = dict(zip(columns.split(", "), values, strict=True))
        chain.append(store._conn, "captures", row | {"warc_file": warc.path.name, "warc_offset": end})
    shown = run("--repair", code=1).stdout
    assert f"bytes at {end} that are no WARC record" in shown
    assert warc.path.stat().st_size > end  # only the last record, behind what the row names, is cut off


def test_a_request_that_is_cut_off_stays_a_note(run: Run, path: Path) -> None:
    warc = warcs(path)[0]
    (*_, last) = (record for record in warc.records() if record.kind == "request")
    warc.cut(last.end - 3)
    assert "breaks off" in run(code=1).stdout
    shown = run("--repair").stdout
    assert "Repaired: " in shown
    assert f"note: the request of the response at byte {warc.records()[-1].offset}" in shown


def test_a_page_that_a_row_names_is_not_cut_off(run: Run, path: Path) -> None:
    warc = warcs(path)[0]
    (*_, response) = (record for record in warc.records() if record.kind == "response")
    warc.cut(response.end - 3)
    size = warc.path.stat().st_size
    assert run("--repair", code=1).stdout.startswith("There was nothing that can be repaired.\n")
    assert warc.path.stat().st_size == size


def test_what_is_whole_again_is_left_alone(run: Run, path: Path, crashed: Warc, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def written_meanwhile(*args: Any) -> list[str]:
        before = crashed.path.read_bytes()
        crashed.path.write_bytes(warcs(path)[-1].path.read_bytes())
        assert crashed.path.read_bytes() != before
        return repair(*args)

    repair = verify_command.repair
    monkeypatch.setattr(verify_command, "repair", written_meanwhile)
    run("--repair")
    assert crashed.path.read_bytes() == warcs(path)[-1].path.read_bytes()
    assert len(custody(path)) == 2


def test_an_archive_that_can_not_be_written_is_not_repaired(run: Run, path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("insert into articles_fts (articles_fts) values ('delete-all')")
        conn.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archive.store.BUSY_TIMEOUT", 0.1)
        with closing(sqlite3.connect(path)) as other:
            other.execute("begin immediate")
            assert "locked" in run("--repair", code=2).stderr


def test_the_help_says_how_it_ends(run: Run) -> None:
    assert "The exit code is 0" in run("--help").stdout
    assert isinstance(verify_command.command, click.Command)

"""`archive compact`: all that reads captures goes on, and whatever kills it, nothing is lost and a rerun goes on."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import compaction
from archive.cli import cli
from archive.evidence.opening import open_warc, packs_in, warc_names
from archive.evidence.reading import CaptureUnreadable, read_response
from archive.evidence.warc import WarcFile
from archive.store import Store
from tests import keeping

LATER = keeping.NOW + timedelta(days=40)
WORDS = "Zyxwitness lives in the house behind the mill of Qwertyville."
Run = Callable[..., Result]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two sources; of one of them there is a second file, which names a witness."""
    path = keeping.make(tmp_path_factory.mktemp("made"), reports=12)
    with Store(path) as store:
        run = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "x", datetime(2026, 1, 25, tzinfo=UTC))
        for number in (40, 41):
            visit = keeping.visit(keeping.SOURCE, number, WORDS if number == 40 else "")
            store.record_visit(run, visit, [file.add(response) for response in visit.responses])
        file.close()
        store.finish_run(run, "finished", {}, {}, "{}")
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made.parent / "warc", tmp_path / "warc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture
def run(path: Path) -> Run:
    def invoke(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, args, prog_name="archive", obj=lambda: LATER)
        assert result.exit_code == code, result.output
        return result

    return invoke


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(query).fetchall()


def contents(path: Path) -> dict[str, bytes]:
    """Return every WARC file, wherever it lies."""
    found = {}
    folder = path.parent / "warc"
    for name in warc_names(folder):
        with open_warc(folder, name) as file:
            found[name] = file.read()
    return found


def loose(path: Path) -> list[str]:
    return sorted(each.name for each in (path.parent / "warc").glob("*.warc.gz"))


def unreadable(path: Path) -> list[str]:
    """Read every capture; return what can't be."""
    found = []
    for name, offset, sha256 in rows(path, "select warc_file, warc_offset, payload_sha256 from captures"):
        try:
            read_response(path.parent / "warc", name, offset, sha256)
        except CaptureUnreadable as error:
            found.append(str(error))
    return found


def test_files_become_packs_and_everything_goes_on(path: Path, run: Run) -> None:
    before, captures = contents(path), rows(path, "select * from captures")
    told = run("compact").output
    assert "x 2026-01: 2 files" in told
    assert "3 WARC files" in told
    assert loose(path) == []
    assert len(packs_in(path.parent / "warc")) == 2
    assert contents(path) == before
    assert rows(path, "select * from captures") == captures
    assert unreadable(path) == []
    assert "is as it was written" in run("verify", "--full").output
    assert "is as it was written" in run("verify", "--quick").output
    assert run("compact").output == "There is nothing to compact.\n"


def test_the_custody_log_tells_what_was_done(path: Path, run: Run) -> None:
    before = set(loose(path))
    run("compact")
    entries = rows(
        path, "select source_id, items, details from custody where action = 'compacted' order by id"
    )
    assert [entry[:2] for entry in entries] == [("x", 2), ("y", 1)]
    files = {name: state for entry in entries for name, state in json.loads(entry[2])["files"].items()}
    assert before < set(files)
    assert {name for name in files if name.endswith(".warc.zst")} == {
        each.name for each in packs_in(path.parent / "warc")
    }


def test_other_commands_go_on(path: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    run("compact")
    assert "52 captures in 2 WARC files" in run("cdxj").output
    lines = (path.parent / "warc/index.cdxj").read_text().splitlines()
    assert all(json.loads(line.split(" ", 2)[2])["filename"].endswith(".warc.zst") for line in lines)
    run("seal")
    run("show", "3")
    run("prove", "3", "--out", "proof.zip")
    shutil.unpack_archive("proof.zip", "proof")
    done = subprocess.run([sys.executable, "verify.py"], cwd="proof", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    run("backup", str(elsewhere / "backup"))
    run("--db", str(elsewhere / "new/archive.db"), "restore", str(elsewhere / "backup"))
    assert contents(elsewhere / "new/archive.db") == contents(path)
    assert unreadable(elsewhere / "new/archive.db") == []


def test_a_backup_lets_go_of_what_is_in_its_packs(
    path: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = tmp_path_factory.mktemp("elsewhere") / "backup"
    before = contents(path)
    run("backup", str(backup))
    assert len(list((backup / "warc").glob("*.warc.gz"))) == 3
    run("compact")
    run("backup", str(backup))
    assert {each.suffix for each in (backup / "warc").iterdir()} == {".zst"}
    run("--db", str(backup.parent / "new/archive.db"), "restore", str(backup))
    assert contents(backup.parent / "new/archive.db") == before
    run("backup", str(backup))


def test_a_backup_keeps_what_its_packs_do_not_give_back(
    path: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = tmp_path_factory.mktemp("elsewhere") / "backup"
    before = contents(path)
    run("backup", str(backup))
    run("compact")
    pack = packs_in(path.parent / "warc")[0]
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    run("backup", str(backup))
    assert len(list((backup / "warc").glob("x-*.warc.gz"))) == 1  # the one that the changed byte is of
    assert list((backup / "warc").glob("y-*.warc.gz")) == []
    assert contents(backup / "archive.db") == before


def test_a_seal_made_before_holds_afterwards(path: Path, run: Run) -> None:
    run("seal")
    run("compact")
    run("seal", "--rehash")
    first, second = (json.loads(each[0]) for each in rows(path, "select manifest from seals order by id"))
    assert first["warc"] == second["warc"]
    run("verify")


def test_what_is_exported_is_what_was_there(path: Path, run: Run) -> None:
    before = contents(path)
    run("compact")
    run("export", "--format", "warc", "--out", "all")
    assert {each.name: each.read_bytes() for each in Path("all").iterdir()} == before
    run("export", "--format", "warc", "-o", "some", "--query", "Zyxwitness")
    (some,) = Path("some").iterdir()
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", some], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.count("digest pass")) == (0, 5), done.stdout
    assert "exists already" in run("export", "--format", "warc", "-o", "all", code=2).output
    assert "--out" in run("export", "--format", "warc", code=2).output
    assert not list(Path("all").glob("*.part"))


def test_a_removed_page_is_in_no_byte_of_the_pack(path: Path, run: Run) -> None:
    run("compact")
    ((capture,),) = rows(path, "select capture_id from revisions where body like '%Zyxwitness%'")
    before = contents(path)
    run("remove", str(capture), "--yes", "--reason", "Court of X")
    assert "1 removed on purpose" in run("verify").output
    after = contents(path)
    assert {name: len(data) for name, data in after.items()} == {
        name: len(data) for name, data in before.items()
    }
    assert sum(after[name] != before[name] for name in before) == 1
    for pack in packs_in(path.parent / "warc"):
        one = compaction.Pack(pack)
        assert b"Zyxwitness" not in one.dictionary
        with pack.open("rb") as file:
            kept = b"".join(one.kept(file, each) for held in one.files.values() for each in held.records)
        assert b"Zyxwitness" not in kept
        assert b"Report 1</h1>" in kept
    assert run("remove", str(capture), "--yes", "--reason", "again").output.endswith("was removed before.\n")
    assert [each for each in unreadable(path) if "removed on purpose" not in each] == []


def test_a_page_that_was_removed_before_stays_removed(path: Path, run: Run) -> None:
    ((capture,),) = rows(path, "select capture_id from revisions where body like '%Zyxwitness%'")
    run("remove", str(capture), "--yes", "--reason", "Court of X")
    before = contents(path)
    run("compact")
    assert contents(path) == before
    assert "1 removed on purpose" in run("verify").output


# -- what is left alone ---------------------------------------------------------------------------------------------


def test_the_file_of_a_run_at_work_is_left_alone(path: Path, run: Run) -> None:
    with Store(path) as store:
        at_work = store.begin_run(keeping.OTHER, "test")
        file = WarcFile(path.parent / "warc", "y", LATER)
        for number in range(70, 80):
            visit = keeping.visit(keeping.OTHER, number)
            store.record_visit(at_work, visit, [file.add(response) for response in visit.responses])
        file.sync()
        store.commit()
        run("compact")
        assert loose(path) == [file.path.name]
        file.close()
    os.utime(file.path, (1, 1))  # killed long ago, and nobody holds the source's lock
    run("compact")
    assert loose(path) == []


def test_only_what_is_asked_for(path: Path, run: Run) -> None:
    assert run("compact", "--older-than", "60").output == "There is nothing to compact.\n"
    run("compact", "--source", "y", "--older-than", "30")
    assert [name[0] for name in loose(path)] == ["x", "x"]
    run("compact", "--ended-months", "--source", "x")
    assert loose(path) == []
    assert "no source 'z'" in run("compact", "--source", "z", code=1).output


def test_a_month_that_goes_on_is_left_alone(path: Path) -> None:
    compaction.compact(path, compaction.Wish(ended_months=True), lambda: keeping.NOW + timedelta(days=3))
    assert len(loose(path)) == 3


def test_a_changed_file_is_told_and_stays(path: Path, run: Run) -> None:
    changed = next(each for each in keeping.warcs(path) if each.path.name.startswith("y"))
    changed.flip(700)
    told = run("compact", code=1).output
    assert f"{changed.path.name} is not what the custody log says" in told
    assert loose(path) == [changed.path.name]


def test_a_changed_pack_is_told(path: Path, run: Run) -> None:
    run("compact")
    pack = packs_in(path.parent / "warc")[0]
    whole = pack.read_bytes()
    for at in range(40, len(whole) - 40, len(whole) // 12):
        pack.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert f"the pack {pack.name} is not what it was" in run("verify", code=1).output
    pack.write_bytes(whole[:-30])
    assert f"{pack.name} has " in run("verify", "--quick", code=1).output
    pack.unlink()
    assert f"the pack {pack.name} is missing" in run("verify", "--quick", code=1).output


def test_damage_in_a_pack_is_told_of_the_one_capture_that_it_hits(path: Path, run: Run) -> None:
    run("compact")
    pack = packs_in(path.parent / "warc")[0]
    ((number, name, offset),) = rows(
        path, "select id, warc_file, warc_offset from captures where url like '%x.example/news/7'"
    )
    packed = compaction.Pack(pack).files[name].at(offset)
    assert packed is not None
    data = bytearray(pack.read_bytes())
    data[packed.begin + packed.size - 8] ^= 1
    pack.write_bytes(data)
    told = json.loads(run("verify", "--json", code=1).output)
    (captures,) = (check for check in told["checks"] if check["name"] == "captured pages")
    assert captures["examples"] == [
        f"capture {number} ({name} at byte {offset}): no whole record begins there"
    ]
    assert len(unreadable(path)) == 1
    run("cdxj")
    assert "can't be read" in run("export", "--format", "warc", "--out", "all", code=1).output


# -- kills ------------------------------------------------------------------------------------------------------------


def kill_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *, after: bool) -> None:
    original = getattr(owner, name)

    def killed(*args: Any, **options: Any) -> Any:
        if after:
            original(*args, **options)
        raise Killed

    monkeypatch.setattr(owner, name, killed)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (compaction, "write_pack"),
        (compaction.Path, "replace"),
        (compaction, "sync_path"),
        (Store, "note_compacted"),
        (compaction.Path, "unlink"),
    ],
)
def test_a_kill_at_any_step_loses_nothing(
    path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, after: bool
) -> None:
    before = contents(path)
    with monkeypatch.context() as patched:
        kill_at(patched, owner, name, after=after)
        with pytest.raises(Killed), Store(path):
            compaction.compact(path, compaction.Wish(), lambda: LATER)
    assert contents(path) == before
    run("verify")
    run("compact")
    assert contents(path) == before
    assert loose(path) == []
    assert not list((path.parent / "warc").glob("*.part"))
    assert "note" not in run("verify").output
    assert len(rows(path, "select 1 from custody where action = 'compacted'")) == 2


def test_a_pack_that_lost_its_entry_gets_one(path: Path, run: Run) -> None:
    """A power cut may take the last commits of the log with it, while the files are there as they were."""
    saved = path.read_bytes()
    run("compact")
    path.write_bytes(saved)
    Path(f"{path}-wal").unlink(missing_ok=True)
    assert "`archive compact` finishes it" in run("verify").output
    run("compact")
    assert "note" not in run("verify").output


def test_two_files_that_differ_are_both_kept(path: Path, run: Run) -> None:
    name = loose(path)[0]
    data = (path.parent / "warc" / name).read_bytes()
    run("compact")
    (path.parent / "warc" / name).write_bytes(data[:-1])
    assert "are not the same" in run("compact", code=1).output
    assert (path.parent / "warc" / name).exists()


def test_a_python_without_zlib_makes_no_packs(path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "is_zlib", lambda: False)
    assert "another library in the place of zlib" in run("compact", code=1).output
    assert len(loose(path)) == 3

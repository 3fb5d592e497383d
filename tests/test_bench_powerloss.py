"""Power cuts in short; and what a disk may hold after one, call by call."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from archive.models import Source
from archive.writer import ArchiveWriter
from bench.disklog import Disk, Event, Manner, lay_out, read_log
from bench.powerloss import build_shim

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")


@pytest.fixture
def compiler() -> None:
    if shutil.which("gcc") is None or sys.platform != "linux":
        if os.environ.get("CI") == "true":
            pytest.fail("the library that is preloaded has to be made with gcc")
        pytest.skip("the library that is preloaded is made with gcc, on Linux")


@pytest.mark.slow
@pytest.mark.usefixtures("compiler")
def test_power_cuts_lose_nothing_that_was_told_as_stored() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "powerloss.py", "--cuts", "48", "--reruns", "4", "--records", "60", "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["cuts"] for row in rows.values()] == [12, 12, 12, 12]
    assert all(row["unsynced"] > 50 for row in rows.values())


@pytest.mark.usefixtures("compiler")
def test_the_calls_of_a_program_are_logged_in_order(tmp_path: Path) -> None:
    library, home, log = build_shim(tmp_path), tmp_path / "home", tmp_path / "log"
    home.mkdir()
    program = """
import os, sqlite3
with open('a', 'wb', buffering=0) as file:
    file.write(b'one')
    file.seek(1)
    file.write(b'two')
    os.fsync(file.fileno())
    file.truncate(2)
os.mkdir('folder')
os.rename('a', 'folder/b')
os.unlink('folder/b')
handle = os.open('folder', os.O_RDONLY)
os.fsync(handle)
open('/dev/null', 'wb').write(b'elsewhere')
sqlite3.connect('db').execute('create table t (x)')
"""
    preload = {"LD_PRELOAD": str(library), "POWERLOSS_ROOT": str(home), "POWERLOSS_LOG": str(log)}
    subprocess.run([sys.executable, "-c", program], cwd=home, env=os.environ | preload, check=True)
    events = read_log(log)
    begin = [(each.kind, each.path.removeprefix(str(home)), each.offset, each.data) for each in events[:10]]
    assert begin == [
        ("C", "/a", 0, b""), ("W", "", 0, b"one"), ("W", "", 1, b"two"), ("S", "", 0, b""), ("T", "", 2, b""),
        ("M", "/folder", 0, b""), ("R", "/a", 0, b""), ("U", "/folder/b", 0, b""), ("D", "/folder", 0, b""),
        ("S", "", 0, b""),
    ]  # fmt: skip
    assert events[6].other == f"{home}/folder/b"
    assert any(each.kind == "W" and each.data.startswith(b"SQLite format 3") for each in events[10:])


# -- what a disk may hold ---------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "old").write_bytes(b"as it was")
    return Disk(tmp_path)


def call(kind: str, disk_root: Path, name: str = "", **more: object) -> Event:
    given = {
        "process": 1,
        "file": 0,
        "offset": 0,
        "path": str(disk_root / name) if name else "",
        "other": "",
        "data": b"",
    }
    return Event(kind, **(given | more))  # type: ignore[arg-type]


def found(disk: Disk, manner: Manner, seed: int = 1) -> dict[str, bytes | None]:
    return disk.after_power_cut(random.Random(seed), manner)


def test_what_was_not_synced_may_be_there_or_not(disk: Disk, tmp_path: Path) -> None:
    for event in [call("C", tmp_path, "new", file=7), call("W", tmp_path, file=7, data=b"bytes")]:
        disk.apply(event)
    assert found(disk, Manner.NOTHING) == {"old": b"as it was"}
    assert found(disk, Manner.ALL) == {"old": b"as it was", "new": b"bytes"}
    assert found(disk, Manner.LENGTHS) == {"old": b"as it was", "new": bytes(5)}
    some = {found(disk, Manner.PREFIX, seed).get("new") for seed in range(40)}
    assert {None, b"", b"bytes"} <= some
    assert some - {None} <= {b"bytes"[:length] for length in range(6)}


def test_a_synced_file_needs_a_synced_name(disk: Disk, tmp_path: Path) -> None:
    for event in [
        call("C", tmp_path, "new", file=7), call("W", tmp_path, file=7, data=b"bytes"), call("S", tmp_path, file=7),
    ]:  # fmt: skip
        disk.apply(event)
    assert found(disk, Manner.NOTHING) == {"old": b"as it was"}
    assert disk.unsynced() == 1
    for event in [call("D", tmp_path, file=1), call("S", tmp_path, file=1)]:
        disk.apply(Event(event.kind, 1, 1, 0, str(tmp_path) if event.kind == "D" else "", "", b""))
    assert found(disk, Manner.NOTHING) == {"old": b"as it was", "new": b"bytes"}
    assert disk.unsynced() == 0


def test_writes_reach_the_disk_in_any_order(disk: Disk, tmp_path: Path) -> None:
    disk.apply(call("O", tmp_path, "old", file=3))
    disk.apply(call("T", tmp_path, file=3))
    disk.apply(call("S", tmp_path, file=3))
    for number in range(4):
        disk.apply(call("W", tmp_path, file=3, offset=number * 1000, data=bytes([65 + number]) * 1000))
    states = {found(disk, Manner.SOME, seed)["old"] for seed in range(200)}
    assert b"" in states
    assert any(state and state.startswith(bytes(1000)) and b"B" * 1000 in state for state in states)
    assert any(state and 0 < state.count(b"A") < 1000 for state in states)  # torn, at a sector's edge


def test_a_name_that_is_removed_or_moved_may_be_as_before(disk: Disk, tmp_path: Path) -> None:
    disk.apply(call("R", tmp_path, "old", other=str(tmp_path / "moved")))
    assert found(disk, Manner.NOTHING) == {"old": b"as it was"}
    assert found(disk, Manner.ALL) == {"moved": b"as it was"}
    disk.apply(call("U", tmp_path, "moved"))
    assert found(disk, Manner.ALL) == {}


def test_what_is_in_a_lost_folder_is_lost(disk: Disk, tmp_path: Path) -> None:
    disk.apply(call("M", tmp_path, "warc"))
    disk.apply(call("C", tmp_path, "warc/x", file=9))
    assert found(disk, Manner.ALL) == {"old": b"as it was", "warc": None, "warc/x": b""}
    disk.apply(Event("D", 1, 2, 0, str(tmp_path / "warc"), "", b""))
    disk.apply(Event("S", 1, 2, 0, "", "", b""))
    assert found(disk, Manner.NOTHING) == {"old": b"as it was"}
    lay_out(found(disk, Manner.ALL), tmp_path / "after" / "cut")
    assert (tmp_path / "after" / "cut" / "warc" / "x").read_bytes() == b""


# -- the end of a run -------------------------------------------------------------------------------------


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is synced by Python, while the test runs."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("which file is synced is asked of /proc")
    names: list[str] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        fsync(handle)
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)

    monkeypatch.setattr(os, "fsync", note)
    return names


def test_the_end_of_a_run_is_on_the_disk_though_others_read(tmp_path: Path, synced: list[str]) -> None:
    path = tmp_path / "archive.db"
    writer = ArchiveWriter(path, version="test")
    writer.start()
    run = writer.begin_run(SOURCE)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("select count(*) from runs").fetchone()
        run.submit(lambda desk: desk.store.finish_run(desk.run, "finished", {}, {}, "{}"))
        run.end()
        assert synced[-2:] == ["archive.db-wal", tmp_path.name]
        writer.close()
        assert synced[-2:] == ["archive.db-wal", tmp_path.name]
        assert (tmp_path / "archive.db-wal").stat().st_size  # nobody else has put it into the database

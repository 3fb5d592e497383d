"""`archive backup` and `archive restore`: database and WARC files belong together, whatever goes on meanwhile."""

from __future__ import annotations

import fcntl
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.backup import making
from archive.backup.files import end_of_records
from archive.backup.making import make_backup
from archive.backup.manifest import finished
from archive.backup.restoring import restore
from archive.cli import cli
from archive.errors import BackupFailed, BackupUnusable
from archive.evidence.reading import read_response
from archive.models import ArticleText, Extraction, Lead, Outcome, RawResponse, Source, Visit
from archive.writer import ArchiveWriter, RunWriter

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)
SOURCE = Source("x", "X News", "https://x.example/", ("en",), "Syria", None, "independent")


def visit(number: int, size: int = 2000) -> Visit:
    url = f"https://x.example/news/{number}"
    body = random.Random(number).randbytes(size)
    page = RawResponse(url, 200, "OK", "GET", (), (("Content-Type", "text/html"),), body, NOW)
    text = ArticleText(title=f"Report {number}", body=f"Text of report {number}.")
    return Visit(Lead(url, "feed"), (page,), url=url, extraction=Extraction(text, extractor_version="1"))


def store(path: Path, *numbers: int) -> None:
    """Write reports to an archive as a crawl does, in a run of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    moment = NOW.replace(minute=min(numbers) % 60)  # a WARC file a run
    writer = ArchiveWriter(path, version="test", clock=lambda: moment)
    writer.start()
    run = writer.begin_run(SOURCE)
    for number in numbers:
        assert add(run, visit(number)) is Outcome.STORED
    run.end()
    writer.close()


def add(run: RunWriter, fetched: Visit) -> Outcome:
    """Write a visit at once, in a batch of its own."""
    return run.submit(lambda desk: desk.record_visit(fetched), is_urgent=True).result(timeout=20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "home" / "archive.db"
    store(path, 1, 2, 3)
    store(path, 4, 5)
    return path


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.parent, tmp_path / "home")) / made.name


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def sentence(result: Result, code: int) -> str:
    """Return the one sentence of a command that failed."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    return line


def assert_belongs_together(folder: Path) -> int:
    """Check that every capture of the folder's database is in its WARC files; return how many there are."""
    uri = f"file:{folder / 'archive.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        rows = conn.execute("select warc_file, warc_offset, payload_sha256 from captures").fetchall()
    for name, offset, sha256 in rows:
        read_response(folder / "warc", name, offset, sha256)
    return len(rows)


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return inode, time and bytes of every file."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def test_a_backup_is_an_archive_of_its_own_and_can_be_restored(
    archive: Path, dest: Path, tmp_path: Path
) -> None:
    done = run("--db", archive, "backup", dest)
    assert done.exit_code == 0, done.output
    assert "copied: 5 reports, 5 captures" in done.output
    assert assert_belongs_together(dest) == 5
    back = tmp_path / "new" / "other.db"
    assert run("restore", dest, "--db", back).exit_code == 0
    with closing(sqlite3.connect(archive)) as old, closing(sqlite3.connect(back)) as new:
        assert [*old.iterdump()] == [*new.iterdump()]
    for path in (archive.parent / "warc").iterdir():
        assert (back.parent / "warc" / path.name).read_bytes() == path.read_bytes()
    store(back, 60)  # it can be written to
    assert run("--db", back, "backup", dest).exit_code == 0


def test_what_did_not_change_is_not_written(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    before = state(dest)
    assert make_backup(archive, dest).written == 0
    assert make_backup(archive, dest, full=True).written == 0
    assert state(dest) == before
    store(archive, 30)
    made = make_backup(archive, dest)
    assert (made.files["copied"], made.files["there"], made.checked) == (1, 2, 1)
    after = state(dest)
    assert {name: after[name] for name in before if name != "archive.db"} == {
        name: before[name] for name in before if name != "archive.db"
    }
    assert assert_belongs_together(dest) == 6


def test_a_growing_file_is_appended_to(archive: Path, dest: Path, tmp_path: Path) -> None:
    writer = ArchiveWriter(archive, version="test", clock=lambda: NOW.replace(hour=20))
    writer.start()
    running = writer.begin_run(SOURCE)
    add(running, visit(40))
    make_backup(archive, dest)
    (growing,) = (dest / "warc").glob("x-2026012420*")
    inode, size = growing.stat().st_ino, growing.stat().st_size
    add(running, visit(41))
    made = make_backup(archive, dest)
    writer.close()
    assert made.files["extended"] == 1
    assert growing.stat().st_ino == inode
    assert made.written == growing.stat().st_size - size
    assert assert_belongs_together(dest) == 7


def test_a_writer_at_work_is_neither_held_up_nor_copied_in_halves(
    archive: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a page a step, so that a hundred commits fall into one copy of the database
    monkeypatch.setattr("archive.backup.making._PAGES_A_STEP", 1)
    writer = ArchiveWriter(archive, version="test", clock=lambda: NOW.replace(hour=21))
    writer.start()
    running, stop, waits = writer.begin_run(SOURCE), threading.Event(), []
    thread = threading.Thread(target=_write_on, args=(running, stop, waits))
    thread.start()
    counts = []
    try:
        for _ in range(5):
            made = make_backup(archive, dest)
            assert not made.troubles
            counts.append(assert_belongs_together(dest))
            assert counts[-1] == made.manifest.captures
    finally:
        stop.set()
        thread.join()
        writer.close()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert max(waits) < 5
    for path in (dest / "warc").iterdir():  # no half record, though records were written all the time
        assert end_of_records(path, 0) == path.stat().st_size


def _write_on(running: RunWriter, stop: threading.Event, waits: list[float]) -> None:
    number = 1000
    while not stop.is_set():
        began = datetime.now(UTC)
        add(running, visit(number, size=60_000))
        number += 1
        waits.append((datetime.now(UTC) - began).total_seconds())


def test_the_order_matters(archive: Path, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored between the copies of the database and of the WARC files is in no row of the copy."""
    copy_warc = making._copy_warc

    def store_first(*arguments: object, **options: object) -> object:
        store(archive, 50)
        return copy_warc(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "_copy_warc", store_first)
    made = make_backup(archive, dest)
    assert (made.manifest.captures, made.files["copied"]) == (5, 3)
    assert assert_belongs_together(dest) == 5
    monkeypatch.undo()
    assert make_backup(archive, dest).manifest.captures == 6


def test_a_record_that_is_being_written_is_left_for_the_next_run(archive: Path, dest: Path) -> None:
    warc = max((archive.parent / "warc").iterdir())
    whole = warc.stat().st_size
    with warc.open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00")
    assert end_of_records(warc, 0) == whole
    assert end_of_records(warc, whole) == whole
    # nobody goes on with it: it's copied as it is
    make_backup(archive, dest)
    assert (dest / "warc" / warc.name).read_bytes() == warc.read_bytes()


@pytest.mark.parametrize("moment", ["_copy_database", "check_database", "_copy_warc", "unreadable_captures"])
def test_a_backup_that_breaks_off_leaves_the_last_one_whole(
    archive: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    make_backup(archive, dest)
    store(archive, 30)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(f"archive.backup.making.{moment}", fail)
    with pytest.raises(
        BackupFailed, match=r"not finished \(somewhere: No space left on device\); the one of"
    ):
        make_backup(archive, dest)
    assert restore(dest, tmp_path / "old" / "archive.db").manifest.captures == 5
    monkeypatch.undo()
    assert make_backup(archive, dest).manifest.captures == 6
    assert assert_belongs_together(dest) == 6


def test_between_the_two_new_names_either_state_can_be_restored(
    archive: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(archive, dest)
    store(archive, 30)
    monkeypatch.setattr("archive.backup.manifest.settle", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        make_backup(archive, dest)
    assert restore(dest, tmp_path / "new" / "archive.db").manifest.captures == 6
    monkeypatch.undo()
    assert make_backup(archive, dest).manifest.captures == 6


def test_an_unfinished_backup_says_so_and_is_gone_on_with(
    archive: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "archive.backup.making.unreadable_captures", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        make_backup(archive, dest)
    said = sentence(run("restore", dest, "--db", tmp_path / "r.db"), 1)
    assert "a backup that was never finished (it has no manifest.json)" in said
    monkeypatch.undo()
    largest = max((dest / "warc").iterdir(), key=lambda path: path.stat().st_size)
    os.truncate(largest, 1000)  # it broke off in the midst of a file
    made = make_backup(archive, dest)
    assert (made.files["there"], made.files["extended"]) == (1, 1)
    assert assert_belongs_together(dest) == 5


def test_a_damaged_copy_is_mended(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    copy = min((dest / "warc").iterdir())
    _flip(copy, 700)
    assert make_backup(archive, dest).files["mended"] == 1
    assert copy.read_bytes() == (archive.parent / "warc" / copy.name).read_bytes()


def test_what_somebody_wrote_to_the_copy_is_undone(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    conn = sqlite3.connect(dest / "archive.db")
    conn.execute("delete from revisions")
    conn.commit()  # into archive.db-wal, which must not be taken for the next copy's
    shutil.copy(dest / "archive.db-wal", dest / "wal")
    conn.close()
    (dest / "wal").rename(dest / "archive.db-wal")
    assert make_backup(archive, dest).is_database_new
    with closing(sqlite3.connect(dest / "archive.db")) as conn:
        assert conn.execute("select count(*) from revisions").fetchone() == (5,)


def test_rot_that_leaves_no_other_time_is_found_by_full(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    copy = min((dest / "warc").iterdir())
    found = copy.stat()
    _flip(copy, 700)
    os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert make_backup(archive, dest).files["there"] == 2
    assert make_backup(archive, dest, full=True).files["mended"] == 1


def test_a_good_copy_is_not_overwritten_by_a_damaged_file(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    before = state(dest)
    first, second = sorted((archive.parent / "warc").iterdir())
    _flip(first, 700)
    os.truncate(second, 900)
    result = run("--db", archive, "backup", dest)
    assert result.exit_code == 1
    assert f"{first} was altered (at byte 700): the backup keeps it as it was" in result.output
    assert f"{second} was cut short: the backup keeps" in result.output
    assert state(dest) == before
    first.unlink()  # and what is gone stays in the backup
    make_backup(archive, dest)
    assert finished(dest) is not None
    assert len(finished(dest).warc) == 2  # type: ignore[union-attr]


def test_captures_that_the_archive_itself_cannot_read_are_named_each_time(archive: Path, dest: Path) -> None:
    os.truncate(min((archive.parent / "warc").iterdir()), 3000)
    for _ in range(2):
        result = run("--db", archive, "backup", dest)
        assert result.exit_code == 1
        assert "can't be read: x-20260124180100-" in result.output
        assert "holds the archive as of" in result.output  # the rest is safe
    assert restore(dest, dest.parent / "r" / "a.db").manifest.captures == 5


def test_a_damaged_database_does_not_replace_its_backup(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    before = state(dest)
    with closing(sqlite3.connect(archive)) as conn:
        conn.execute("pragma wal_checkpoint(truncate)")
        root = conn.execute("select rootpage from sqlite_master where name = 'revisions'").fetchone()[0]
        size = conn.execute("pragma page_size").fetchone()[0]
    with archive.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    said = sentence(run("--db", archive, "backup", dest), 1)
    assert f"{archive} is damaged (" in said
    assert "what was backed up before stays" in said
    assert {name: held for name, held in state(dest).items() if ".part" not in name} == before
    assert restore(dest, dest.parent / "r" / "a.db").manifest.captures == 5


def test_another_archive_or_an_older_state_does_not_replace_a_backup(
    archive: Path, dest: Path, tmp_path: Path
) -> None:
    make_backup(archive, dest)
    other = tmp_path / "other" / "archive.db"
    store(other, 7)
    with pytest.raises(BackupUnusable, match="the backup of another archive, or of a later state"):
        make_backup(other, dest)
    restored = tmp_path / "older" / "archive.db"
    restore(dest, restored)
    store(archive, 30)
    make_backup(archive, dest)
    with pytest.raises(BackupUnusable, match="or of a later state"):
        make_backup(restored, dest)
    assert assert_belongs_together(dest) == 6


@pytest.mark.parametrize(
    ("where", "code", "words"),
    [
        ("home", 2, "lies in the archive's own folder"),
        ("home/warc/copy", 2, "lies in the archive's own folder"),
        ("home/copy", 2, "lies in the archive's own folder"),
        ("a-file", 2, "is a file: name a folder"),
        ("a-file/below", 1, "Not a directory"),
        ("full", 2, "holds other things and no backup"),
    ],
)
def test_a_bad_place_gets_a_sentence(
    archive: Path, tmp_path: Path, where: str, code: int, words: str
) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "archive.db").write_bytes(b"precious")
    assert words in sentence(run("--db", archive, "backup", tmp_path / where), code)
    assert (tmp_path / "full" / "archive.db").read_bytes() == b"precious"


def test_what_is_no_archive_is_not_backed_up(tmp_path: Path, dest: Path) -> None:
    assert "no archive at" in sentence(run("--db", tmp_path / "none.db", "backup", dest), 1)
    (tmp_path / "text.db").write_text("no database " * 1000)
    assert "is not an SQLite database" in sentence(run("--db", tmp_path / "text.db", "backup", dest), 1)
    assert not dest.exists()


def test_a_full_disk_gets_a_sentence_and_the_next_run_goes_on(archive: Path, dest: Path) -> None:
    """RLIMIT_FSIZE stands for the full disk: no root is needed, and a write fails in the midst of a file."""
    warc = max((archive.parent / "warc").iterdir(), key=lambda path: path.stat().st_size)
    with warc.open("ab") as file:
        file.write(bytes(3_000_000))
    done = subprocess.run(
        [sys.executable, "-m", "archive.cli", "--db", archive, "backup", dest],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000)),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert (
        f"was not finished ({dest / 'warc' / warc.name}: File too large); the next run goes on there" in line
    )
    made = make_backup(archive, dest)
    assert made.files["extended"] == 1
    assert assert_belongs_together(dest) == 5


def test_a_folder_that_cannot_be_written(archive: Path, dest: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    make_backup(archive, dest)
    store(archive, 30)
    dest.chmod(0o555)
    try:
        assert "Permission denied" in sentence(run("--db", archive, "backup", dest), 1)
    finally:
        dest.chmod(0o755)
    assert make_backup(archive, dest).manifest.captures == 6


def test_two_backups_at_once(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    handle = os.open(dest, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert "another program is writing to" in sentence(run("--db", archive, "backup", dest), 1)
    os.close(handle)


def test_an_archive_of_an_earlier_version_is_copied_as_it_is(archive: Path, dest: Path) -> None:
    with closing(sqlite3.connect(archive)) as conn:
        conn.execute("delete from _sqlite_migrations where name = '007_revisits'")
        conn.commit()
    make_backup(archive, dest)
    for path in (archive, dest / "archive.db"):
        with closing(sqlite3.connect(path)) as conn:
            assert "007_revisits" not in {
                name for (name,) in conn.execute("select name from _sqlite_migrations")
            }


# -- restore --------------------------------------------------------------------------------------------------


def test_restore_overwrites_nothing_unless_forced_and_then_puts_it_aside(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    store(archive, 30)
    warc = min((archive.parent / "warc").iterdir())
    _flip(warc, 700)
    before = state(archive.parent)
    assert "there is an archive at" in sentence(run("restore", dest, "--db", archive), 1)
    assert state(archive.parent) == before
    done = run("restore", dest, "--db", archive, "--force")
    assert done.exit_code == 0, done.output
    assert done.output.count("put aside: ") == 2
    (aside,) = archive.parent.glob("archive.db.replaced-*")
    with closing(sqlite3.connect(aside)) as conn:
        assert conn.execute("select count(*) from captures").fetchone() == (6,)
    assert assert_belongs_together(archive.parent) == 5
    assert len([*(archive.parent / "warc").glob("*.replaced-*")]) == 1


@pytest.mark.parametrize("which", ["archive.db", "warc"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    archive: Path, dest: Path, tmp_path: Path, which: str
) -> None:
    make_backup(archive, dest)
    _flip(dest / which if which == "archive.db" else min((dest / which).iterdir()), 900)
    said = sentence(run("restore", dest, "--db", tmp_path / "new" / "a.db"), 1)
    assert "is not what the backup's manifest says, so that nothing is restored" in said
    assert not (tmp_path / "new").exists()


def test_restore_says_what_is_no_backup(archive: Path, dest: Path, tmp_path: Path) -> None:
    assert "there is no folder" in sentence(run("restore", tmp_path / "none", "--db", tmp_path / "r.db"), 2)
    assert "holds no backup" in sentence(run("restore", archive.parent, "--db", tmp_path / "r.db"), 1)
    make_backup(archive, dest)
    assert "lies in the backup" in sentence(run("restore", dest, "--db", dest / "archive.db", "--force"), 2)
    for text in ("{", "[]", '{"format": 1}', "null"):
        (dest / "manifest.json").write_text(text)
        assert "manifest.json is damaged" in sentence(run("restore", dest, "--db", tmp_path / "r.db"), 1)
    (dest / "manifest.json").write_text('{"format": 2}')
    assert "of a later version" in sentence(run("restore", dest, "--db", tmp_path / "r.db"), 1)


def test_a_manifest_names_no_file_outside_its_folder(archive: Path, dest: Path, tmp_path: Path) -> None:
    make_backup(archive, dest)
    held = json.loads((dest / "manifest.json").read_text())
    for name in ("../x", "/etc/passwd", "warc/../../x", "other/x"):
        held["warc"][0]["name"] = name
        (dest / "manifest.json").write_text(json.dumps(held))
        assert "is damaged" in sentence(run("restore", dest, "--db", tmp_path / "r.db"), 1)


def test_a_restore_beside_a_crawl_is_refused(archive: Path, dest: Path) -> None:
    make_backup(archive, dest)
    locks = archive.parent / "archive.db.locks"
    locks.mkdir()
    (locks / "x.lock").touch()
    handle = os.open(locks / "x.lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert "is being written to by a crawl (x)" in sentence(
        run("restore", dest, "--db", archive, "--force"), 1
    )
    os.close(handle)
    assert run("restore", dest, "--db", archive, "--force").exit_code == 0


def _flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0xFF]))

"""A source's lock: one holder at a time, freed by the kernel, and legible to people."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError
from crawler.locks import SourceLock, SourceLocked

HOLDING = """
import sys
from pathlib import Path
from crawler.locks import SourceLock
SourceLock(Path(sys.argv[1]), sys.argv[2]).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    path.touch()
    return path


def refusal(lock: SourceLock) -> str:
    with pytest.raises(SourceLocked) as caught:
        lock.acquire()
    return str(caught.value)


def test_only_one_has_it_and_the_others_are_told_who(archive: Path) -> None:
    now = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    with SourceLock(archive, "dabanga-en", clock=lambda: now):
        says = f"dabanga-en is being crawled by process {os.getpid()} since 2026-11-01T06:30:00Z"
        assert refusal(SourceLock(archive, "dabanga-en")) == says
        with SourceLock(archive, "sana"):  # another source
            pass
        with SourceLock(archive.with_name("other.db"), "dabanga-en"):  # another archive
            pass
    with SourceLock(archive, "dabanga-en"):
        pass


def test_who_holds_it_and_asks_again_has_made_a_mistake(archive: Path) -> None:
    with SourceLock(archive, "sana") as lock, pytest.raises(ValueError, match="sana is held already"):
        lock.acquire()
    lock.release()  # once more does no harm


def test_an_archive_under_another_name_is_the_same_archive(archive: Path) -> None:
    link = archive.with_name("link.db")
    link.symlink_to(archive)
    with SourceLock(archive, "sana"):
        assert "sana is being crawled by" in refusal(SourceLock(link, "sana"))


def test_it_ends_with_a_process_that_is_killed(archive: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(archive), "sana"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    lock = SourceLock(archive, "sana")
    assert f"by process {holder.pid} since 20" in refusal(lock)
    holder.kill()
    holder.wait()
    lock.acquire()
    assert json.loads(lock.path.read_bytes())["pid"] == os.getpid()
    lock.release()
    holder.stdin.close()
    holder.stdout.close()


def test_a_holder_on_another_machine_is_named_with_it(archive: Path) -> None:
    with SourceLock(archive, "sana") as lock:
        said = json.loads(lock.path.read_bytes())
        assert said["host"] == socket.gethostname()
        lock.path.write_text(json.dumps(said | {"host": "elsewhere"}))
        assert f"by process {os.getpid()} on elsewhere since" in refusal(SourceLock(archive, "sana"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(max_size=200), st.from_type(type(None)).map(lambda _: b"[" * 4000),
                 st.dictionaries(st.text(), st.integers()).map(lambda it: json.dumps(it).encode())))  # fmt: skip
def test_whatever_is_in_the_file_the_refusal_stays_a_sentence(archive: Path, content: bytes) -> None:
    with SourceLock(archive, "sana") as lock:
        lock.path.write_bytes(content)
        assert refusal(SourceLock(archive, "sana")).startswith("sana is being crawled by ")


def test_who_may_write_to_the_archive_may_lock_it(archive: Path) -> None:
    archive.chmod(0o660)
    with SourceLock(archive, "sana") as lock:
        assert stat.S_IMODE(lock.path.stat().st_mode) == 0o660
        assert stat.S_IMODE(lock.path.parent.stat().st_mode) & 0o777 == 0o770


def test_a_group_that_a_folder_hands_down_stays_so(archive: Path) -> None:
    archive.parent.chmod(0o2775)
    with SourceLock(archive, "sana") as lock:
        assert lock.path.parent.stat().st_mode & stat.S_ISGID


def test_a_lock_that_cant_be_made_is_one_sentence(archive: Path) -> None:
    lock = SourceLock(archive, "sana")
    lock.path.parent.write_text("in the way")
    with pytest.raises(ArchiveError) as caught:
        lock.acquire()
    assert str(caught.value) == f"sana can't be locked: {lock.path}: File exists"


def test_no_source_id_leads_out_of_the_folder(archive: Path) -> None:
    with SourceLock(archive, "../../etc/x") as lock:
        assert lock.path.parent == archive.with_name("archive.db.locks")
        assert lock.path.is_file()

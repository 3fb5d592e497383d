"""A crawl or an import in trouble: a full disk, a lock, damage. One sentence, the rest kept, and a way to go on.

Every crawl is a `scrapy crawl demo` of its own process, every import a `scrapy importwarc`.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.store import Store
from bench.crash_checks import Inspector, damage
from bench.crash_import import Foreign, make_file
from crawler.demo.expected import expected_reports
from crawler.middlewares.trouble import WRITE_FAILED
from tests.tampering import damage_page

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
REPORTS = len(expected_reports(1))
Done = subprocess.CompletedProcess[str]


def crawl(archive: Path, *options: str, before: Callable[[], None] | None = None) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "demo", "--db", archive, "-s", "EXTRACTION_WORKERS=1", *options],
        cwd=ROOT, capture_output=True, text=True, timeout=120, preexec_fn=before,
    )  # fmt: skip


def take_in(archive: Path, foreign: Foreign, *options: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "importwarc", foreign.path, "--db", archive, "-s", "EXTRACTION_WORKERS=1", *options],
        cwd=ROOT, env=os.environ | {"SOURCES_DIR": str(foreign.sources)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def cli(archive: Path, *arguments: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "archive.cli", "--db", archive, *arguments], cwd=ROOT, capture_output=True, text=True
    )  # fmt: skip


def sentence(done: Done, code: int = 1) -> str:
    """Return the one line on standard error of what failed."""
    assert done.returncode == code, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("Usage")] or [""]
    return line


def count(archive: Path) -> int:
    with closing(sqlite3.connect(archive)) as conn:
        return int(conn.execute("select count(*) from articles").fetchone()[0])


def assert_goes_on(archive: Path, stored: int) -> None:
    """Check that what was stored is whole, and that another crawl completes it."""
    inspector = Inspector(archive)
    assert inspector.violations() == []
    assert 0 < stored < REPORTS
    done = crawl(archive)
    assert (done.returncode, done.stderr) == (0, "")
    assert inspector.violations() == []
    assert count(archive) == REPORTS


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("crawled") / "home" / "archive.db"
    archive.parent.mkdir()
    assert crawl(archive).returncode == 0
    return archive


@pytest.fixture
def archive(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled.parent, tmp_path / "home")) / crawled.name


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    """A file of 60 pages, some 4 MB."""
    return make_file(tmp_path_factory.mktemp("foreign"), 60)


def assert_imported(archive: Path, foreign: Foreign) -> None:
    """Check that every record of the file is a capture once, and the archive whole."""
    with closing(sqlite3.connect(archive)) as conn:
        taken = [name for (name,) in conn.execute("select record_id from imported_captures")]
    assert sorted(taken) == sorted(foreign.records)
    assert damage(archive) == []


def test_an_import_on_a_full_disk(small_disk: Path, foreign: Foreign) -> None:
    archive = small_disk / "archive.db"
    assert "can't be written, its disk is full: make room" in sentence(take_in(archive, foreign))
    assert Inspector(archive).violations() == []
    assert 0 < count(archive) < len(foreign.records)
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    assert take_in(archive, foreign).returncode == 0
    assert_imported(archive, foreign)


def test_an_import_beside_a_lock(tmp_path: Path, foreign: Foreign) -> None:
    archive = tmp_path / "archive.db"
    Store(archive).close()
    with closing(sqlite3.connect(archive)) as other:
        other.execute("begin immediate")
        said = sentence(take_in(archive, foreign, "-s", "ARCHIVE_BUSY_TIMEOUT=0.5"))
    assert f"{archive} is locked by another program for too long: try again" in said
    assert take_in(archive, foreign).returncode == 0
    assert_imported(archive, foreign)


def test_a_disk_that_can_only_be_read(small_disk: Path, foreign: Foreign, archive: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    path = Path(shutil.copytree(archive.parent, small_disk / "home")) / archive.name
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    try:
        for done in (crawl(path), take_in(path, foreign)):
            said = sentence(done, done.returncode or 1)
            assert said.startswith(f"{path} can't be opened")
            assert "may this user write there?" in said
        for command in (["search", "airstrike"], ["show", "3"], ["stats"], ["verify", "--full"], ["export"]):
            done = cli(path, *command)
            assert done.returncode == 0, done.stderr
        done = cli(path, "seal")
        assert f"{path} can't be" in sentence(done, done.returncode or 1)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert crawl(path).returncode == 0
    assert damage(path) == []


def test_a_lock_that_ends_in_time(tmp_path: Path) -> None:
    """Another program holds the archive for some seconds, again and again: writes wait, and nothing is lost."""
    archive = tmp_path / "archive.db"
    Store(archive).close()
    has_ended = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(archive, timeout=60)) as other:
            while not has_ended.is_set():
                other.execute("begin immediate")
                has_ended.wait(3)
                other.rollback()
                has_ended.wait(0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        done = crawl(archive)
    finally:
        has_ended.set()
        holder.join()
    assert (done.returncode, done.stderr) == (0, "")
    assert count(archive) == REPORTS
    assert damage(archive) == []


def test_a_full_disk(small_disk: Path) -> None:
    archive = small_disk / "archive.db"
    said = sentence(crawl(archive))
    assert "can't be written, its disk is full: make room" in said
    stored = count(archive)
    with closing(sqlite3.connect(archive)) as conn:
        reasons = {row[0] for row in conn.execute("select finish_reason from runs")}
    assert reasons <= {None, WRITE_FAILED}
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    assert_goes_on(archive, stored)


def test_a_warc_file_that_can_grow_no_more(tmp_path: Path) -> None:
    """RLIMIT_FSIZE needs no root, and cuts off the file that is the largest: the WARC file."""
    archive = tmp_path / "archive.db"
    limit = 2_500_000
    said = sentence(crawl(archive, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
    assert "can't be written, its disk is full" in said or "can't be written, its disk fails" in said
    assert_goes_on(archive, count(archive))


def test_a_warc_folder_that_cannot_be_made(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    (tmp_path / "warc").touch()
    assert f"{tmp_path / 'warc'} can't be written (File exists)" in sentence(crawl(archive))
    (tmp_path / "warc").unlink()
    assert crawl(archive).returncode == 0
    assert count(archive) == REPORTS


def test_a_read_only_folder(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o555)
    try:
        assert "can't be opened" in sentence(crawl(tmp_path / "archive.db"), 2)
    finally:
        tmp_path.chmod(0o755)


def test_a_lock_that_another_program_holds(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as other:
        other.execute("begin immediate")
        said = sentence(crawl(archive, "-s", "ARCHIVE_BUSY_TIMEOUT=0.5"))
        assert f"{archive} is locked by another program for too long: try again" in said
        assert cli(archive, "search", "airstrike").returncode == 0  # readers are held up by nobody
        assert cli(archive, "backup", str(archive.parent.parent / "backup")).returncode == 0


@pytest.mark.parametrize("page", ["leads", "revisions"])
def test_a_damaged_page_of_the_database(archive: Path, page: str) -> None:
    damage_page(archive, page)
    done = crawl(archive)
    assert f"{archive} is damaged (" in sentence(done)
    assert "archive restore" in done.stderr
    assert cli(archive, "search", "airstrike").returncode == 0  # what is not damaged can be read
    shown = cli(archive, "show", "3")
    if page == "revisions":
        assert f"{archive} is damaged (" in sentence(shown)
    else:
        assert shown.returncode == 0
    assert cli(archive, "export", "--format", "csv").returncode == 0
    assert "no backup is made of it" in sentence(cli(archive, "backup", str(archive.parent.parent / "b")))


def test_a_warc_file_that_was_cut_short(archive: Path) -> None:
    (warc,) = (archive.parent / "warc").iterdir()
    os.truncate(warc, warc.stat().st_size // 2)
    for command in (["search", "airstrike"], ["show", "3"], ["export"]):
        done = cli(archive, *command)
        assert (done.returncode, done.stderr) == (0, "")
    told = cli(archive, "verify")
    assert told.returncode == 1
    assert f"the last record of {warc.name} breaks off" in told.stdout
    assert "no whole record begins there" in told.stdout  # the captures that are lost are named
    done = crawl(archive)
    assert (done.returncode, done.stderr) == (0, "")
    backup = cli(archive, "backup", str(archive.parent.parent / "b"))
    assert backup.returncode == 1
    assert "holds the archive as of" in backup.stdout
    assert all("can't be read" in line or line.startswith("and ") for line in backup.stderr.splitlines())

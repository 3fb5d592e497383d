"""WARC files and their index are replayed by pywb, byte for byte.

pywb is under the GPL, so it is no dependency of ours: `make pywb` installs it into a virtual environment of its own, and it is
run as a program.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.clock import from_text
from archive.evidence.reading import content, read_response
from tests import warcs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
PYWB = ROOT / "build" / "pywb" / "bin"
_PATIENCE = 60.0
# An archive's every page of a status that a browser shows, unless its address was asked for twice in a second.
_PAGES = """
select id, url, fetched_at, warc_file, warc_offset, payload_sha256 from captures where status = 200
group by url, fetched_at having count(*) = 1 order by id
"""


@dataclass(frozen=True)
class Replay:
    """A pywb that serves two collections of the archive's WARC files: `own` with its index, `ours` with ours.

    removed: the capture that was taken out.
    """

    archive: Path
    removed: int
    address: str


def program(name: str) -> Path:
    path = PYWB / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("pywb is not there: `make pywb` installs it")
        pytest.skip("pywb is not there: `make pywb` installs it")
    return path


def run(*command: str | Path, folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A crawl of the demo, an import from another program's file, and one page taken out."""
    path = tmp_path_factory.mktemp("replayed") / "archive.db"
    scrapy = (sys.executable, "-m", "scrapy")
    run(*scrapy, "crawl", "demo", "--db", path)
    foreign = path.parent / "foreign.warc.gz"
    records = [warcs.Rec(f"https://herald.example/news/story-{n}.html", warcs.story(n)) for n in range(1, 4)]
    foreign.write_bytes(warcs.warc(records))
    run(*scrapy, "importwarc", foreign, "--source", "herald", "--db", path)
    cli = (sys.executable, "-m", "archive.cli")
    removed = pages(path)[0][0]
    run(*cli, "remove", str(removed), "--reason", "a test", "--yes", "--db", path)
    run(*cli, "cdxj", "--db", path)
    return path, removed


@pytest.fixture(scope="module")
def replay(archive: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    folder, manager = tmp_path_factory.mktemp("pywb"), program("wb-manager")
    database, removed = archive
    files = sorted((database.parent / "warc").glob("*.warc.gz"))
    for name in ("own", "ours"):
        run(manager, "init", name, folder=folder)
    run(manager, "add", "own", *files, folder=folder)
    ours = folder / "collections" / "ours"
    for path in files:
        shutil.copy(path, ours / "archive")
    shutil.copy(database.parent / "warc" / "index.cdxj", ours / "indexes" / "index.cdxj")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "pywb.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [program("pywb"), "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=out, stderr=out
        )
    try:
        address = f"http://127.0.0.1:{port}"
        await_server(server, address, log)
        yield Replay(database, removed, address)
    finally:
        server.terminate()
        server.wait(20)


def await_server(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError):
            get(address)
            return
        time.sleep(0.2)
    pytest.fail(f"pywb does not answer: {log.read_text()}")


def get(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as answer:
        body = answer.read()
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def pages(archive: Path) -> list[tuple[int, str, str, str, int, str]]:
    with closing(sqlite3.connect(archive)) as conn:
        return conn.execute(_PAGES).fetchall()


@pytest.mark.parametrize("collection", ["own", "ours"])
def test_every_page_is_replayed_as_it_was_captured(replay: Replay, collection: str) -> None:
    compared = 0
    for number, url, fetched_at, name, offset, sha256 in pages(replay.archive):
        if number == replay.removed:
            continue
        held = read_response(replay.archive.parent / "warc", name, offset, sha256)
        stamp = from_text(fetched_at).strftime("%Y%m%d%H%M%S")
        replayed = get(f"{replay.address}/{collection}/{stamp}id_/{url}")
        assert replayed == content(held), url
        compared += 1
    assert compared > 60
    assert any("herald.example" in url for _, url, *_ in pages(replay.archive))


@pytest.mark.parametrize("collection", ["own", "ours"])
def test_a_page_that_was_taken_out_is_not_replayed(replay: Replay, collection: str) -> None:
    (url,) = [url for number, url, *_ in pages(replay.archive) if number == replay.removed]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(f"{replay.address}/{collection}/2id_/{url}")

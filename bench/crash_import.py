"""The third victim of bench/crash.py: an import of a WARC file, killed at random moments until it is complete."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator

from archive.urls import canonical_url
from bench.crash_checks import Inspector, damage, is_searchable, orphans
from bench.importwarc import ENTRY, write_warc
from bench.ours import ROOT, environment
from bench.processes import end_session

if TYPE_CHECKING:
    from bench.crash import Tally

_LONGEST_IMPORT = 600.0
# So many imports are killed after they have stored something, the others at any moment from their start on.
_BUSY_SHARE = 0.8
_RECORDS = "select record_id from imported_captures join captures on captures.id = capture_id"


@dataclass(frozen=True, slots=True)
class Foreign:
    """The file that is imported: where it is, its records' ids and addresses, and the folder of the source they are of."""

    path: Path
    records: frozenset[str]
    urls: frozenset[str]
    sources: Path


def make_file(folder: Path, count: int) -> Foreign:
    """Write a WARC file of `count` generated pages and the entry of their source into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "observer.toml").write_text(ENTRY, encoding="utf-8")
    path = folder / "observer.warc.gz"
    write_warc(path, count)
    with path.open("rb") as file:
        found = [
            (record.rec_headers["WARC-Record-ID"], record.rec_headers["WARC-Target-URI"])
            for record in ArchiveIterator(file)
            if record.rec_type == "response"
        ]
    records, urls = zip(*found, strict=True)
    return Foreign(path, frozenset(records), frozenset(map(canonical_url, urls)), folder)


def kill_imports(
    folder: Path, count: int, rng: random.Random, kills: int, longest: float, tally: Tally
) -> None:
    """Import into as many archives in `folder` as that takes, until so many imports were killed.

    count: records of the file. longest: seconds from an import's first capture or its start to its kill.
    """
    foreign = make_file(folder / "foreign", count)
    while tally.kills < kills:
        place = folder / f"import-{tally.rounds + 1}"
        shutil.rmtree(place, ignore_errors=True)
        _Import(foreign, place, tally).complete(rng, kills - tally.kills, longest)
        if not tally.violations:
            shutil.rmtree(place)


class _Import:
    """One archive, and the import that fills it."""

    def __init__(self, foreign: Foreign, folder: Path, tally: Tally) -> None:
        folder.mkdir(parents=True)
        self.archive = folder / "archive.db"
        self._foreign, self._tally = foreign, tally
        self._inspector = Inspector(self.archive)
        self._kills = 0

    def complete(self, rng: random.Random, kills: int, longest: float) -> None:
        """Import again and again, at most so many times with a kill, until one import has ended; then look."""
        while not self._imports(rng, longest, kills=self._kills < kills):
            self._inspect()
        self._finish()

    def _imports(self, rng: random.Random, longest: float, *, kills: bool) -> bool:
        """Import, and tell whether that has ended by itself."""
        process = self._start()
        wait = rng.uniform(0.05, longest) if kills else _LONGEST_IMPORT
        if kills and rng.random() < _BUSY_SHARE:
            self._await_captures(process)
        try:
            status = process.wait(wait)
        except subprocess.TimeoutExpired:
            self._kill(process)
            return False
        if status:
            self._complain(f"the import ended with status {status}")
        return True

    def _start(self) -> subprocess.Popen[bytes]:
        self._tally.crawls += 1
        command = [sys.executable, "-m", "scrapy", "importwarc", self._foreign.path, "--db", self.archive]
        with (self.archive.parent / "import.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
                env=environment() | {"SOURCES_DIR": str(self._foreign.sources)},
            )  # fmt: skip

    def _await_captures(self, process: subprocess.Popen[bytes]) -> None:
        before = self._inspector.captures()
        while process.poll() is None and self._inspector.captures() == before:
            time.sleep(0.02)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self._kills, self._tally.kills = self._kills + 1, self._tally.kills + 1
        if not end_session(process.pid):
            self._complain("workers were still there 10 seconds after their import was killed")

    def _inspect(self) -> None:
        for kind, what in self._inspector.violations():
            self._complain(f"{kind}: {what}")

    def _finish(self) -> None:
        """Look whether everything is there once, and how many records were copied in vain."""
        self._inspect()
        for what in damage(self.archive):
            self._complain(f"archive verify --full: {what}")
        if missing := self._foreign.urls - self._inspector.urls():
            self._complain(f"{len(missing)} reports are missing, such as {min(missing)}")
        with closing(sqlite3.connect(self.archive)) as conn:
            times = Counter(str(record_id) for (record_id,) in conn.execute(_RECORDS))
        wrong = [each for each in self._foreign.records | times.keys() if times[each] != 1]
        if wrong or times.keys() - self._foreign.records:
            self._complain(
                f"{len(wrong)} records are not a capture exactly once, such as {wrong[0]} ({times[wrong[0]]})"
            )
        if not is_searchable(self.archive):
            self._complain("the full-text index does not fit the articles")
        unknown, torn = orphans(self.archive)
        tally = self._tally
        tally.rounds, tally.again = tally.rounds + 1, tally.again + unknown
        tally.orphans, tally.torn = tally.orphans + unknown, tally.torn + torn
        if self._kills:
            tally.most_again = max(tally.most_again, -(-unknown // self._kills))

    def _complain(self, what: str) -> None:
        self._tally.violations.append(f"import, after {self._kills} kills ({self.archive}): {what}")

"""Cuts the power while an archive is written, as far as that can be had without a machine to unplug.

    python bench/powerloss.py [--cuts 200] [--reruns 10] [--records 150] [--seed 1] [--victims crawl,again,read,import]
                              [--keep FOLDER] [--json]

A library that is preloaded into the crawl (bench/powerloss.c, made with gcc) writes down every write, truncation, sync,
creation, renaming and removal of a file in the archive's folder, in order. The log is then replayed to random places, at each of which the disk is
laid out as a power cut may have left it (bench/disklog.py): what was synced, and by turns nothing, all, a beginning,
a random part, or only the length of what was not. Each is opened as the next crawl would, mended with `archive verify
--repair` where it says so, and put to `archive verify --full`; of some the site is crawled to its end. Victims: `crawl` of the demo
site into nothing; `again`, a crawl of the site's second edition into what is there; `read`, the same while another
program reads; `import`, of a WARC file. The status is 1 if anything is wrong, 2 where there is no gcc.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.clock import utc_now
from archive.errors import ArchiveError
from archive.store import Store
from archive.verify import Mode
from archive.verify.repair import repair
from bench.crash_checks import Inspector, damage, is_searchable, verified
from bench.crash_import import make_file
from bench.disklog import Disk, Manner, lay_out, read_log
from bench.ours import ROOT, environment

_SHIM = ROOT / "bench" / "powerloss.c"
_MANNERS = [Manner.NOTHING, Manner.ALL, Manner.PREFIX, Manner.PREFIX, Manner.SOME, Manner.SOME, Manner.LENGTHS]  # fmt: skip
_PATIENCE = 600.0
# Calls around which a cut is tried more often: those that change names, and syncs.
_TURNS = "CRUMS"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is cut: a command, what is there before it, and what it is run beside.

    prepare: fills the folder of the archive. beside: is open while the command runs.
    """

    command: tuple[str | Path, ...]
    environ: dict[str, str]
    prepare: Callable[[Path], None] = lambda _: None
    beside: Callable[[Path], AbstractContextManager[object]] = lambda _: nullcontext()


@dataclass(slots=True)
class Tally:
    """What was found for one victim. most: changes that could be lost at one moment."""

    calls: int = 0
    cuts: int = 0
    most: int = 0
    no_archive: int = 0
    fewer: int = 0
    repaired: int = 0
    reruns: int = 0
    violations: list[str] = field(default_factory=list)

    def as_row(self) -> dict[str, int]:
        """Return the figures by their column's head."""
        return {
            "calls": self.calls, "cuts": self.cuts, "unsynced": self.most, "none": self.no_archive, "fewer": self.fewer,
            "repaired": self.repaired, "reruns": self.reruns, "violations": len(self.violations),
        }  # fmt: skip


def build_shim(folder: Path) -> Path | None:
    """Compile the library that is preloaded; None where that can't be done."""
    compiler, library = shutil.which("gcc"), folder / "powerloss.so"
    if compiler is None or sys.platform != "linux":
        return None
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", library, _SHIM, "-ldl", "-lpthread"]
    return library if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


class Cutter:
    """Runs a scene once, and cuts the power at many places of it."""

    def __init__(self, scene: Scene, folder: Path, shim: Path, rng: random.Random) -> None:
        """Run it below `folder`. Raises RuntimeError if the command fails, or if nothing of it was logged."""
        self._scene, self._folder, self._rng = scene, folder, rng
        self.tally = Tally()
        home = (folder / "home").resolve()
        home.mkdir(parents=True)
        scene.prepare(home)
        self._disk = Disk(home)
        self._before = Inspector(home / "archive.db").urls()
        log = folder / "calls.log"
        preload = {"LD_PRELOAD": str(shim), "POWERLOSS_ROOT": str(home), "POWERLOSS_LOG": str(log)}
        with scene.beside(home / "archive.db"):
            _run(scene, home / "archive.db", preload)
        self._events = read_log(log) if log.exists() else []
        if not self._events:
            raise RuntimeError("nothing was logged: is the library preloaded here?")
        self.tally.calls = len(self._events)
        self._all = Inspector(home / "archive.db").urls()

    def cut(self, cuts: int, reruns: int) -> None:
        """Cut the power so many times, the last times after the command has ended; crawl some archives to the end."""
        places = sorted([*self._places(max(0, cuts - len(Manner))), *[len(self._events)] * len(Manner)])
        again = set(self._rng.sample(range(cuts), min(reruns, cuts)))
        ends = iter(Manner)
        applied = 0
        for number, place in enumerate(places):
            for event in self._events[applied:place]:
                self._disk.apply(event)
            applied = place
            self.tally.most = max(self.tally.most, self._disk.unsynced())
            has_ended = place == len(self._events)
            manner = next(ends, Manner.SOME) if has_ended else self._rng.choice(_MANNERS)
            self._look(place, manner, has_ended=has_ended, reruns=number in again)

    def _places(self, count: int) -> Iterator[int]:
        turns = [number for number, event in enumerate(self._events) if event.kind in _TURNS]
        for number in range(count):
            place = self._rng.choice(turns) if number % 2 else self._rng.randrange(len(self._events))
            yield min(place + self._rng.randrange(2), len(self._events) - 1)

    def _look(self, place: int, manner: Manner, *, has_ended: bool, reruns: bool) -> None:
        self.tally.cuts += 1
        folder = self._folder / "cut"
        shutil.rmtree(folder, ignore_errors=True)
        lay_out(self._disk.after_power_cut(self._rng, manner), folder)
        archive, wrong = folder / "archive.db", list[str]()
        if not archive.exists():
            self.tally.no_archive += 1
        try:
            wrong += self._check(archive)
            there = Inspector(archive).urls()
            self.tally.fewer += there < self._all
            wrong += [
                f"a report that was there before is lost: {url}" for url in sorted(self._before - there)
            ]
            if has_ended and there != self._all:
                wrong.append(f"the command had ended, and {len(self._all - there)} of its reports are lost")
            if reruns:
                wrong += self._rerun(archive)
        except ArchiveError as error:
            wrong.append(str(error))
        if wrong:
            kept = self._folder / f"cut-{place}-{manner.name.lower()}"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
        self.tally.violations += [
            f"cut after {place} calls, {manner.value} ({kept}): {each}" for each in wrong
        ]

    def _check(self, archive: Path) -> list[str]:
        """Open an archive as the next crawl does, mend what can be, and return what is wrong."""
        Store(archive).close()
        found = verified(archive, Mode.DEFAULT)
        if found.cuts and repair(archive, found, utc_now):
            self.tally.repaired += 1
        wrong = [f"{kind}: {what}" for kind, what in Inspector(archive).violations()]
        wrong += [f"archive verify --full: {each}" for each in damage(archive)]
        return wrong if is_searchable(archive) else [*wrong, "the full-text index does not fit the articles"]

    def _rerun(self, archive: Path) -> list[str]:
        self.tally.reruns += 1
        _run(self._scene, archive, {})
        missing = self._all - Inspector(archive).urls()
        return [*self._check(archive), *(f"not completed: {url}" for url in sorted(missing)[:1])]


def _run(scene: Scene, archive: Path, more: dict[str, str]) -> None:
    done = subprocess.run(
        [*scene.command, "--db", archive], cwd=ROOT, env=environment() | scene.environ | more, timeout=_PATIENCE,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, scene.command))} failed: {done.stderr}")


@contextmanager
def _reader(archive: Path) -> Iterator[None]:
    """Read, and be at it still when the crawl ends: as Datasette may."""
    with closing(sqlite3.connect(f"{archive.as_uri()}?mode=ro", uri=True)) as conn:
        conn.execute("begin")
        conn.execute("select count(*) from articles").fetchone()
        yield


def scenes(folder: Path, records: int) -> dict[str, Scene]:
    """Return the victims. folder: for the file that is imported, which has so many records."""
    scrapy = (sys.executable, "-m", "scrapy")
    # the manners of a real site would take long, and one worker is enough
    crawl = (*scrapy, "crawl", "demo", "-s", "EXTRACTION_WORKERS=1")
    first = Scene(crawl, {})

    def fill(home: Path) -> None:
        _run(first, home / "archive.db", {})

    again = (*crawl, "-s", "DEMO_EDITION=2")
    foreign = make_file(folder / "foreign", records)
    import_ = (*scrapy, "importwarc", foreign.path, "-s", "EXTRACTION_WORKERS=1")
    return {
        "crawl": first,
        "again": Scene(again, {}, prepare=fill),
        "read": Scene(again, {}, prepare=fill, beside=_reader),
        "import": Scene(import_, {"SOURCES_DIR": str(foreign.sources)}),
    }


def main(arguments: list[str]) -> int:
    """Cut and print; 1 if anything was violated, 2 if nothing can be tried here."""
    given = _options(arguments)
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="bench-powerloss-") as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        shim = build_shim(folder)
        if shim is None:
            print("there is no gcc here, or no Linux: nothing was tried", file=sys.stderr)
            return 2
        known = scenes(folder, given.records)
        for name in given.victims:
            rng = random.Random(f"{given.seed} {name}")
            cutter = Cutter(known[name], folder / name, shim, rng)
            cutter.cut(given.cuts // len(given.victims), given.reruns // len(given.victims))
            tallies[name] = cutter.tally
    rows = {name: tally.as_row() for name, tally in tallies.items()}
    print(json.dumps(rows) if given.json else _table(rows))
    violations = [f"{name}: {each}" for name, tally in tallies.items() for each in tally.violations]
    print(*violations, sep="\n", end="\n" if violations else "", file=sys.stderr)
    return 1 if violations else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ["crawl", "again", "read", "import"]
    parser.add_argument("--cuts", type=int, default=200, help="in all, shared by the victims")
    parser.add_argument("--reruns", type=int, default=20, help="in all: so many are crawled to the end")
    parser.add_argument("--records", type=int, default=150, help="of the file that is imported")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", type=lambda text: text.split(","), default=names)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave archives and logs there")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    return parser.parse_args(arguments)


def _table(rows: dict[str, dict[str, int]]) -> str:
    heads = list(Tally().as_row())
    lines = ["".join([f"{'victim':10}", *(f"{head:>11}" for head in heads)])]
    lines += ["".join([f"{name:10}", *(f"{row[head]:>11}" for head in heads)]) for name, row in rows.items()]
    return "\n".join([
        *lines,
        "(calls: that were logged; unsynced: changes that could be lost, at the worst moment; none: cuts that left no archive;",
        "fewer: with fewer reports than there were at the end; repaired: that `archive verify --repair` cut a tail off)",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

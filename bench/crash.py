"""Kills crawls, their workers and imports with SIGKILL at random moments, and looks at what is left.

    python bench/crash.py [--kills 200] [--pages 2000] [--records 2000] [--seed 1] [--sites demo,generated]
                          [--victims crawl,worker,import] [--delay 0] [--longest 8] [--keep FOLDER] [--json]

Two sites on loopback, the demo and one of generated pages; two victims, the crawl's own process and one of its extraction
workers; and a third that needs no site, an import of a WARC file (bench/crash_import.py). After each kill the archive must
be sound (bench/crash_checks.py); a site whose crawl ends before it is killed is complete, is checked by `archive verify --full`,
for every report and for what was fetched twice, and begun anew in an empty archive. The status is 1 if anything is wrong.
A worker's crawl goes on after the kill, so that the archive is looked at while it's written.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.crash_checks import Inspector, damage, is_searchable, orphans
from bench.crash_import import kill_imports
from bench.crawl import make_routes
from bench.ours import ROOT, environment
from bench.processes import end_session, workers
from bench.server import PageServer
from crawler.demo.expected import expected_reports
from crawler.demo.pages import BASE, WWW
from crawler.demo.server import DemoSite
from crawler.settings import PAGES_IN_HAND

_CATALOGUE = ROOT / "crawler" / "sources"
_DEMO = "demo-crash"
_GENERATED = "generated"
_LONGEST_CRAWL = 600.0
# So many kills of workers on end may hit the same page twice, which is then tried again an hour later.
_LATER = timedelta(hours=2)
# So many crawls are killed after they have stored something, the others at any moment from their start on.
_BUSY_SHARE = 0.8
# What is said then; if it was the sitemap, that crawl could do nothing.
_TWICE = "died twice on this page"


@dataclass(frozen=True, slots=True)
class Site:
    """A site to be crawled: its source, its reports' addresses, Scrapy's options, how often each path was asked for."""

    name: str
    source_id: str
    reports: frozenset[str]
    options: tuple[str, ...]
    requests: Callable[[], Counter[str]]


@dataclass(slots=True)
class Tally:
    """What was found for one site and one victim."""

    kills: int = 0
    rounds: int = 0
    crawls: int = 0
    again: int = 0
    most_again: int = 0
    orphans: int = 0
    torn: int = 0
    violations: list[str] = field(default_factory=list)

    def as_row(self) -> dict[str, int]:
        """Return the figures by their column's head."""
        return {
            "kills": self.kills, "sites": self.rounds, "crawls": self.crawls, "again": self.again,
            "most": self.most_again, "orphans": self.orphans, "torn": self.torn, "violations": len(self.violations),
        }  # fmt: skip


class Round:
    """One site, crawled into an archive of its own until it is complete, however often its crawl is killed."""

    def __init__(self, site: Site, folder: Path, sources: Path, tally: Tally) -> None:
        """Begin with an empty archive in `folder`; sources: where the entries of the catalogue are."""
        folder.mkdir(parents=True)
        self.archive = folder / "archive.db"
        self._site, self._tally, self._sources = site, tally, sources
        self._inspector = Inspector(self.archive)
        self._before = site.requests()
        self._kills = 0

    def crawl(self, now: datetime | None = None) -> subprocess.Popen[bytes]:
        """Start a crawl, in a session of its own."""
        self._tally.crawls += 1
        later = () if now is None else ("-s", f"NOW={now:%Y-%m-%dT%H:%M:%SZ}")
        command = [sys.executable, "-m", "scrapy", "crawl", self._site.source_id, "--db", str(self.archive)]
        with (self.archive.parent / "crawl.log").open("ab") as log:
            return subprocess.Popen(
                [*command, *self._site.options, *later], cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
                env=environment() | {"SOURCES_DIR": str(self._sources), "CONTACT": "bench@example.org"},
            )  # fmt: skip

    def kill(self, pid: int) -> None:
        """Kill a process, and count it."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._kills += 1
        self._tally.kills += 1

    def has_logged(self, words: str) -> bool:
        """Tell whether a crawl of this round has said these words."""
        return words in (self.archive.parent / "crawl.log").read_text(encoding="utf-8", errors="replace")

    def await_captures(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the crawl has stored something, or has ended: on a busy machine it takes its time to begin."""
        before = self._inspector.captures()
        while process.poll() is None and self._inspector.captures() == before:
            time.sleep(0.02)

    def inspect(self) -> None:
        """Look at the archive as it is now."""
        for kind, what in self._inspector.violations():
            self.complain(f"{kind}: {what}")

    def complain(self, what: str) -> None:
        """Note a violation, with where to find it."""
        self._tally.violations.append(
            f"{self._site.name}, after {self._kills} kills ({self.archive}): {what}"
        )

    def finish(self) -> None:
        """Check the complete site: every report, the index, and what was fetched more than once."""
        if (
            self._missing()
        ):  # a page that was in a worker's hands twice when that was killed waits for an hour
            _wait(self.crawl(datetime.now(UTC) + _LATER))
        self.inspect()
        missing = self._missing()
        if missing:
            self.complain(f"{len(missing)} reports are missing, such as {min(missing)}")
        for what in damage(self.archive):
            self.complain(f"archive verify --full: {what}")
        if not is_searchable(self.archive):
            self.complain("the full-text index does not fit the articles")
        asked = self._site.requests()
        asked.subtract(self._before)
        again = sum(max(0, asked[path] - 1) for path in map(_path, self._site.reports))
        tally = self._tally
        unknown, torn = orphans(self.archive)
        tally.rounds, tally.again = tally.rounds + 1, tally.again + again
        tally.orphans, tally.torn = tally.orphans + unknown, tally.torn + torn
        if self._kills:
            tally.most_again = max(tally.most_again, -(-again // self._kills))
        if again > PAGES_IN_HAND * self._kills:
            self.complain(
                f"{again} reports were fetched again after {self._kills} kills, over {PAGES_IN_HAND} a kill"
            )

    def _missing(self) -> set[str]:
        return set(self._site.reports) - self._inspector.urls()


def kill_crawls(round_: Round, rng: random.Random, kills: int, longest: float) -> int:
    """Start the crawl and kill it, until it has ended by itself or enough were killed; return how many were."""
    done = 0
    while done < kills:
        process = round_.crawl()
        wait = rng.uniform(0.05, longest)
        if rng.random() < _BUSY_SHARE:
            round_.await_captures(process)
            wait = wait / 4 if rng.random() < _BUSY_SHARE / 2 else wait
        try:
            process.wait(wait)
            break  # it was complete before its time came
        except subprocess.TimeoutExpired:
            round_.kill(process.pid)
            process.wait()
            done += 1
            _require_gone(process.pid, round_)
            round_.inspect()
    else:
        _wait(round_.crawl())
    return done


def kill_workers(round_: Round, rng: random.Random, kills: int, longest: float) -> int:
    """Crawl once, and kill one of its workers now and then; return how many were killed."""
    process, done = round_.crawl(), 0
    round_.await_captures(process)
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.05, longest / 4))
        alive = workers(process.pid)
        if alive and done < kills:
            round_.kill(rng.choice(alive))
            done += 1
            round_.inspect()
    if process.returncode != 0 and not round_.has_logged(_TWICE):
        round_.complain(f"the crawl ended with status {process.returncode}")
    return done


_VICTIMS = {"crawl": kill_crawls, "worker": kill_workers}
_IMPORT = "import"  # of a WARC file, and of no site


def _wait(process: subprocess.Popen[bytes]) -> None:
    process.wait(_LONGEST_CRAWL)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _require_gone(session: int, round_: Round) -> None:
    """Wait for the rest of a killed crawl's session, which must end by itself."""
    if not end_session(session):
        round_.complain("workers were still there 10 seconds after their crawl was killed")


@contextmanager
def demo_site(sources: Path, _: argparse.Namespace) -> Iterator[Site]:
    """Serve the demo from this process, where its requests are counted though the crawl is killed."""
    text = (_CATALOGUE / "demo.toml").read_text(encoding="utf-8").replace('id = "demo"', f'id = "{_DEMO}"', 1)
    (sources / f"{_DEMO}.toml").write_text(f"revisit = []\n{text}", encoding="utf-8")
    with DemoSite(slow_seconds=0.2) as site:
        here = f"http://127.0.0.1:{site.port}"
        hosts = json.dumps({urlsplit(base).netloc: here for base in (BASE, WWW)})
        yield Site(
            "demo", _DEMO, frozenset(report.url for report in expected_reports(1)), ("-s", f"HOST_MAP={hosts}"),
            lambda: Counter(site.requests),
        )  # fmt: skip


@contextmanager
def generated_site(sources: Path, given: argparse.Namespace) -> Iterator[Site]:
    """Serve generated pages that one sitemap lists."""
    with PageServer(functools.partial(make_routes, given.pages)) as server:
        keys = {
            "id": _GENERATED, "name": "Generated", "homepage": server.base, "languages": ["en"], "conflict": "none",
            "kind": "benchmark", "sitemaps": [f"{server.base}/sitemap.xml"], "article_pattern": "^https?://",
            "delay": given.delay, "private": True, "revisit": [],
        }  # fmt: skip
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        (sources / f"{_GENERATED}.toml").write_text(lines, encoding="utf-8")
        reports = frozenset(
            server.base + path for _, path in make_routes(given.pages, "") if path != "/sitemap.xml"
        )
        yield Site(_GENERATED, _GENERATED, reports, (), lambda: Counter(server.requests()))


_SITES = {"demo": demo_site, "generated": generated_site}


def main(arguments: list[str]) -> int:
    """Kill and print; 1 if anything was violated."""
    given = _options(arguments)
    rng = random.Random(given.seed)
    tallies: dict[tuple[str, str], Tally] = {}
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-crash-")))
        sources = folder / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        victims = [victim for victim in given.victims if victim != _IMPORT]
        pairs = len(given.sites) * len(victims) + (_IMPORT in given.victims)
        for name in given.sites if victims else ():
            with _SITES[name](sources, given) as site:
                for victim in victims:
                    tallies[name, victim] = _kill(site, victim, (folder, sources), rng, given, pairs)
        if _IMPORT in given.victims:
            tally = tallies["records", _IMPORT] = Tally()
            kill_imports(folder, given.records, rng, given.kills // pairs, given.longest, tally)
    rows = {f"{name}, {victim}": tally.as_row() for (name, victim), tally in tallies.items()}
    print(json.dumps(rows) if given.json else _table(rows))
    violations = [each for tally in tallies.values() for each in tally.violations]
    for each in violations:
        print(each, file=sys.stderr)
    return 1 if violations else 0


def _kill(
    site: Site, victim: str, folders: tuple[Path, Path], rng: random.Random, given: argparse.Namespace,
    pairs: int,
) -> Tally:  # fmt: skip
    """Kill the site's and victim's share, in as many archives as that takes; folders: for them, and of the sources.

    pairs: of a site and a victim that share the kills.
    """
    tally, (folder, sources) = Tally(), folders
    share = given.kills // pairs
    while tally.kills < share:
        place = folder / f"{site.name}-{victim}-{tally.rounds + 1}"
        shutil.rmtree(place, ignore_errors=True)
        round_ = Round(site, place, sources, tally)
        _VICTIMS[victim](round_, rng, share - tally.kills, given.longest)
        round_.finish()
        if not given.keep and not tally.violations:
            shutil.rmtree(place)
    return tally


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="in all, shared by sites and victims")
    parser.add_argument("--pages", type=int, default=2000, help="of the generated site")
    parser.add_argument("--records", type=int, default=2000, help="of the file that is imported")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=lambda text: text.split(","), default=[*_SITES])
    parser.add_argument("--victims", type=lambda text: text.split(","), default=[*_VICTIMS, _IMPORT])
    parser.add_argument(
        "--delay", type=float, default=0.0, help="seconds between requests to the generated site"
    )
    parser.add_argument(
        "--longest", type=float, default=8.0, help="seconds from its first capture or its start to its kill"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the archives and logs there")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    return parser.parse_args(arguments)


def _table(rows: dict[str, dict[str, int]]) -> str:
    heads = list(Tally().as_row())
    lines = ["".join([f"{'site, victim':20}", *(f"{head:>11}" for head in heads)])]
    lines += ["".join([f"{name:20}", *(f"{row[head]:>11}" for head in heads)]) for name, row in rows.items()]
    return "\n".join([
        *lines,
        "(sites: archives filled to the last report; again: reports fetched, or records copied, more than once; most: of them",
        "a kill, in the worst archive; orphans: whole responses in WARC files without a row; torn: WARC files that end with half a record)",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

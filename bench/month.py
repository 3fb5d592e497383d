"""Rehearses a month of scheduled crawls in some minutes, and reports what was missed and how it behaved.

    python bench/month.py [--days 30] [--sources 60] [--ticks 4] [--seed 1] [--keep FOLDER] [--json]

Simulated outlets publish, edit, delete, fail, block, move, fall silent and limit rates on one loopback server,
and at each tick of the schedule (four a day: 00, 06, 12 and 18 h) `scrapy crawlall` crawls them with the
project's own settings, in a process that believes it to be that instant (setting NOW). After the last one of
each day `archive health` is asked. bench/month_world.py is what can happen, bench/month_plan.py what does, and
bench/month_judge.py says how each figure is counted.

Exits with 1 if a figure is worse than it has to be. FOLDER then holds the archive, the log of each crawl, every
request and the complaints, one line each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.month_judge import Judgement, judge
from bench.month_plan import catalogue_entry, make_world
from bench.month_server import Asked, Hosts, MonthServer
from bench.month_world import DAY, FIRST_DAY, HOUR, Site
from bench.ours import ROOT, environment

_PATIENCE = 900.0  # seconds that one tick may take
CONTACT = "rehearsal@conflict-archive.example"
# figure -> whether it is good enough
GOALS: dict[str, Callable[[Any], bool]] = {
    "recall": lambda value: value is None or value >= 99.5,
    "duplicate_share": lambda value: value is None or value <= 1,
    "traps": lambda value: value == 0,
    "robots_violations": lambda value: value == 0,
    "delay_violations": lambda value: value == 0,
    "too_early": lambda value: value == 0,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be rehearsed, and where."""

    folder: Path
    days: int = 30
    sources: int = 60
    ticks: int = 4
    seed: int = 1

    @property
    def archive(self) -> Path:
        """Return where the archive is."""
        return self.folder / "archive.db"

    @property
    def end(self) -> datetime:
        """Return the instant at which the month ends."""
        return FIRST_DAY + self.days * DAY


@dataclass(slots=True)
class Month:
    """What happened: every request, what `archive health` said after each day, and crawls that went wrong."""

    asked: list[Asked]
    health: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: list[str]) -> int:
    """Rehearse, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--sources", type=int, default=60)
    parser.add_argument("--ticks", type=int, default=4, help="crawls a day")
    parser.add_argument("--seed", type=int, default=1, help="of the world; the same gives the same month")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave everything there")
    parser.add_argument("--json", action="store_true", help="print everything for a program")
    given = parser.parse_args(arguments)
    if given.keep is not None and (given.keep / "archive.db").exists():
        parser.error(f"{given.keep} holds an archive already; name a folder that is new")
    with tempfile.TemporaryDirectory(prefix="bench-month-") as folder:
        where = (given.keep or Path(folder)).resolve()
        plan = Plan(where, given.days, given.sources, given.ticks, given.seed)
        figures = rehearse(plan)
    print(json.dumps(figures, indent=1) if given.json else table(figures))
    return 1 if failures(figures) else 0


def rehearse(plan: Plan) -> dict[str, Any]:
    """Run the month into `plan.folder`; return its figures, and the complaints under "complaints"."""
    world = make_world(plan.seed, plan.sources, plan.days)
    _write_catalogue(world, plan.folder / "sources")
    (plan.folder / "logs").mkdir(parents=True, exist_ok=True)
    month = _run(plan, world)
    judged = judge(world, month.asked, plan.archive, month.health, plan.end)
    figures = judged.figures | _costs(plan, month)
    _keep(plan, month, judged)
    return figures | {"complaints": dict(judged.complaints) | {"broken crawls": month.broken}}


def _write_catalogue(world: list[Site], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for site in world:
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in catalogue_entry(site).items()]
        (folder / f"{site.id}.toml").write_text("".join(lines), encoding="utf-8")


def _instants(plan: Plan) -> Iterator[datetime]:
    """Yield when the ticks are, none of them on the hour: nobody's cron should be."""
    for number in range(plan.days * plan.ticks):
        yield FIRST_DAY + number * DAY / plan.ticks + DAY / 288


def _run(plan: Plan, world: list[Site]) -> Month:
    hosts = Hosts.of(world)
    month = Month(hosts.asked)
    began = time.perf_counter()
    with MonthServer(hosts) as server:
        for tick, now in enumerate(_instants(plan)):
            hosts.begin_tick(tick, now)
            _crawl(plan, server.base, tick, now, month)
            if (tick + 1) % plan.ticks == 0:
                day = (tick + 1) // plan.ticks
                at = now + HOUR  # as a cron job that crawls and then looks
                month.health.append((at, _health(plan, at, month)))
                told = f"{len(month.asked)} requests, {time.perf_counter() - began:.0f} s"
                print(f"day {day} of {plan.days}: {told}", file=sys.stderr, flush=True)
    month.seconds = time.perf_counter() - began
    return month


def _environment(plan: Plan) -> dict[str, str]:
    return environment() | {
        "SOURCES_DIR": str(plan.folder / "sources"),
        "ARCHIVE_DB": str(plan.archive),
        "CONTACT": CONTACT,
    }


def _crawl(plan: Plan, base: str, tick: int, now: datetime, month: Month) -> None:
    settings = {"NOW": f"{now:%Y-%m-%dT%H:%M:%SZ}", "HOST_MAP": json.dumps({"*": base})}
    command = [sys.executable, "-m", "scrapy", "crawlall", "--conflict", "Simulated"]
    command += [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    log = plan.folder / "logs" / f"{tick:03}.log"
    with log.open("w", encoding="utf-8") as out:
        try:
            subprocess.run(
                command,
                cwd=ROOT,
                env=_environment(plan),
                stdout=out,
                stderr=out,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            month.broken.append(f"tick {tick} of {now:%d %H:%M} took more than {_PATIENCE:.0f} s")
    text = log.read_text(encoding="utf-8", errors="replace")
    if "Traceback" in text:
        month.broken.append(
            f"tick {tick} of {now:%d %H:%M} has a traceback: {text[text.index('Traceback') :][-500:]}"
        )
    if not plan.archive.exists():
        raise SystemExit(f"the first crawl made no archive:\n{text[-3000:]}")


def _health(plan: Plan, at: datetime, month: Month) -> dict[str, str]:
    """Return each source's verdict at an instant."""
    command = [sys.executable, "-m", "archive.cli", "health", "--json", "--now", f"{at:%Y-%m-%dT%H:%M:%SZ}"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(plan),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    try:
        told = json.loads(done.stdout)
    except ValueError:
        month.broken.append(f"archive health of {at:%d %H:%M} failed: {done.stderr[-500:]}")
        return {}
    log = plan.folder / "logs" / f"health-{at:%m%d}.json"
    log.write_text(done.stdout, encoding="utf-8")
    return {row["source_id"]: row["verdict"] for row in told}


def _costs(plan: Plan, month: Month) -> dict[str, object]:
    warc = sum(path.stat().st_size for path in (plan.folder / "warc").glob("*"))
    return {
        "days": plan.days,
        "sources": plan.sources,
        "ticks": plan.ticks,
        "seed": plan.seed,
        "seconds": round(month.seconds, 1),
        "archive_mb": round(plan.archive.stat().st_size / 1e6, 1),
        "warc_mb": round(warc / 1e6, 1),
        "broken_crawls": len(month.broken),
    }


def _keep(plan: Plan, month: Month, judged: Judgement) -> None:
    with (plan.folder / "requests.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(one), default=str) + "\n" for one in month.asked)
    lines = [f"{about}: {text}\n" for about, texts in judged.complaints.items() for text in texts]
    (plan.folder / "complaints.txt").write_text("".join(lines), encoding="utf-8")


def failures(figures: dict[str, Any]) -> list[str]:
    """Return the names of the figures that are worse than they have to be."""
    failed = [name for name, is_good in GOALS.items() if not is_good(figures[name])]
    if figures["silent_in_time"] < figures["silent"]:
        failed.append("silent_in_time")
    return [*failed, *(["broken_crawls"] if figures["broken_crawls"] else [])]


def _rows(figures: dict[str, Any]) -> list[tuple[str, object, str]]:
    """Return the table's lines: what it is, the figure, and the goal that it may miss."""
    return [
        ("reports expected", figures["expected"], ""),
        ("of them archived", f"{figures['recall']} %", "recall"),
        ("archived with text missing", figures["partial"], ""),
        ("report pages fetched", figures["fetched"], ""),
        (
            "fetched again unchanged",
            f"{figures['duplicates']} = {figures['duplicate_share']} %",
            "duplicate_share",
        ),
        ("requests to traps", figures["traps"], "traps"),
        ("robots violations", figures["robots_violations"], "robots_violations"),
        ("delay violations", figures["delay_violations"], "delay_violations"),
        ("requests before Retry-After", figures["too_early"], "too_early"),
        (
            "silent sources detected in time",
            f"{figures['silent_in_time']} of {figures['silent']}",
            "silent_in_time",
        ),
        ("called silent wrongly (source-days)", figures["false_alarms"], ""),
        ("edits noticed", f"{figures['edits_noticed']} of {figures['edits']}", ""),
        ("deletions noticed", f"{figures['deletions_noticed']} of {figures['deletions']}", ""),
        ("called gone wrongly", figures["wrongly_gone"], ""),
        ("requests", figures["requests"], ""),
        ("of them answered 304", f"{figures['not_modified_share']} %", ""),
        ("crawls that went wrong", figures["broken_crawls"], "broken_crawls"),
        ("wall time", f"{figures['seconds']:.0f} s", ""),
        ("archive and WARC files", f"{figures['archive_mb']} MB, {figures['warc_mb']} MB", ""),
    ]


def table(figures: dict[str, Any]) -> str:
    """Return the figures for a person, and some of what is not as it should be."""
    failed = failures(figures)
    lines = [
        f"{name:38}{value!s:>18}{'  TOO BAD' if goal in failed else ''}"
        for name, value, goal in _rows(figures)
    ]
    for trouble, said in figures["verdicts"].items():
        lines.append(
            f"health during {trouble}: {', '.join(f'{verdict} {days}' for verdict, days in said.items())}"
        )
    for about, texts in figures["complaints"].items():
        lines += [f"{about}: {text}" for text in texts[:5]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

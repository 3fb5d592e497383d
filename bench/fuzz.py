"""Throws mangled pages at the extraction, and tells which of them it can't bear.

    python bench/fuzz.py [PAGES.jsonl] [--inputs 200000] [--workers 1] [--seed 1] [--large 0.002] [--only N]

PAGES.jsonl lists the pages to mangle, a JSON object with a `path` (HTML, perhaps gzipped, beside it) a line; without
it, pages of the demo site and of bench/generate.py. What is done to a page hangs on the seed and the input's number
alone. A failure is an exception, a result that is none or can't be stored, more than 5 seconds of processor time,
more than 1 GB of memory, or a worker that dies; the input goes to build/fuzz/, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import multiprocessing
import os
import pickle
import re
import resource
import shlex
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.models import Extraction
from bench.fuzz_inputs import FETCHED_AT, Corpus, Input, lesson_of, make_input, read_corpus
from crawler.extraction.article import extract_article
from crawler.extraction.page import KnownTemplate
from crawler.extraction.templates.teacher import learn_template

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 5.0
MOST_MEMORY = 1024**3
# A worker is given up on past this much processor time, and killed past this much time by the clock.
_ALARM_SECONDS = 30.0
_KILL_SECONDS = 240.0
_POLL_SECONDS = 5.0
# Address space, which libraries reserve freely; what counts is what was used at most.
_ADDRESS_SPACE = 6 * 1024**3
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: which inputs of a seed, made from what, and where failing ones are written."""

    corpus: Corpus = field(repr=False)
    seed: int
    large_share: float
    folder: Path
    command: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input. seconds: of processor time; memory: the worker's most, in bytes."""

    number: int
    mutations: tuple[str, ...]
    size: int
    seconds: float
    memory: int
    verdict: str
    failure: str | None = None


class _OutOfTime(BaseException):
    """Not an Exception: what is tested catches those."""


def try_input(given: Input) -> Result:
    """Extract one input and judge what comes of it."""
    _forget_peak()
    before, began = _peak_memory(), time.process_time()
    verdict, failure = "", None
    try:
        found = extract_article(
            given.payload,
            url=given.url,
            content_type=given.content_type,
            fetched_at=FETCHED_AT,
            hints=given.hints,
            template=_learned(given) or given.template,
            teach=bool(given.siblings),
        )
        verdict, failure = _verdict(found), flaw(found)
    except _OutOfTime:
        verdict, failure = "hang", f"was given up after {_ALARM_SECONDS:g} seconds"
    except BaseException:  # noqa: BLE001 - whatever it is, it is what we look for
        verdict, failure = "exception", traceback.format_exc(limit=-6)
    seconds, memory = time.process_time() - began, _peak_memory()
    if failure is None and seconds > MOST_SECONDS:
        verdict, failure = "slow", f"took {seconds:.1f} seconds"
    if failure is None and memory > MOST_MEMORY >= before:
        verdict, failure = "memory", f"took {memory / 1024**2:.0f} MB (before: {before / 1024**2:.0f})"
    return Result(given.number, given.mutations, len(given.payload), seconds, memory, verdict, failure)


def _learned(given: Input) -> KnownTemplate | None:
    lessons = [lesson for page in given.siblings if (lesson := lesson_of(page)) is not None]
    return KnownTemplate(learn_template(lessons).document) if len(lessons) > 1 else None


def flaw(found: object) -> str | None:
    """Return what is wrong with an extraction's result, or None."""
    if not isinstance(found, Extraction):
        return f"the result is no Extraction but {type(found).__name__}"
    if (found.article is None) == (found.reason is None):
        return f"article and reason contradict each other: {found.reason}"
    article = found.article
    if article and not (article.body.strip() and article.title.strip()):
        return "the article has no title or no body"
    dates = [article.modified_at, article.published and article.published.moment] if article else []
    if any(date is not None and date.utcoffset() is None for date in dates):
        return "a date is naive"
    try:
        json.dumps(asdict(found), default=repr, ensure_ascii=False).encode()
        pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    except (ValueError, TypeError, pickle.PickleError) as error:
        return f"the result can't be stored: {error}"
    return None


def _verdict(found: Extraction) -> str:
    return found.reason or f"article ({found.path})"


def _peak_memory() -> int:
    """Return the most memory that this process held since `_forget_peak` (bytes; where there is no /proc, ever)."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _forget_peak() -> None:
    """Begin anew with the most memory held, so that what an input took to be made is not counted (Linux)."""
    if _CLEAR.exists():
        _CLEAR.write_text("5", encoding="ascii")


def run(plan: Plan, numbers: range, workers: int) -> Iterator[Result]:
    """Yield the results of the inputs in `numbers`, as `workers` processes give them.

    A worker that dies, or uses too much memory, is replaced; what it was at fails.
    """
    crew = [_Worker(plan, numbers[start::workers]) for start in range(workers)]
    try:
        while crew := [worker for worker in crew if not worker.is_done]:
            ready = set(wait([worker.pipe for worker in crew], timeout=_POLL_SECONDS))
            for worker in crew:
                yield from worker.results() if worker.pipe in ready else worker.overdue()
    finally:
        for worker in crew:
            worker.end()


class _Worker:
    """A process that works through its share of the inputs, and its successors if it dies."""

    def __init__(self, plan: Plan, numbers: range) -> None:
        self._plan, self._numbers = plan, numbers
        self.is_done = not numbers
        if numbers:
            self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")  # so that all share the corpus
        self.pipe, theirs = context.Pipe(duplex=False)
        self._process: ForkProcess = context.Process(
            target=_work, args=(self._plan, self._numbers, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self._since = time.monotonic()

    def results(self) -> Iterator[Result]:
        try:
            result: Result = self.pipe.recv()
        except EOFError:
            self._process.join()
            yield self._lost(f"its process died with status {self._process.exitcode}")
            return
        self._since = time.monotonic()
        self._numbers = self._numbers[1:]
        yield result
        if not self._numbers or result.memory > MOST_MEMORY:
            self._again()

    def overdue(self) -> Iterator[Result]:
        if time.monotonic() - self._since > _KILL_SECONDS:
            self._process.kill()
            yield self._lost(f"was killed after {_KILL_SECONDS:g} seconds")

    def _lost(self, failure: str) -> Result:
        number, self._numbers = self._numbers[0], self._numbers[1:]
        self._again()
        given = make_input(self._plan.corpus, self._plan.seed, number, self._plan.large_share)
        return Result(number, given.mutations, len(given.payload), 0.0, 0, "died", failure)

    def _again(self) -> None:
        self.end()
        self.is_done = not self._numbers
        if self._numbers:
            self._start()

    def end(self) -> None:
        if not self.is_done:
            self._process.kill()
            self._process.join()
            self.pipe.close()


def _work(plan: Plan, numbers: Iterable[int], pipe: Connection) -> None:
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _raise_timeout)
    for number in numbers:
        given = make_input(plan.corpus, plan.seed, number, plan.large_share)
        signal.setitimer(signal.ITIMER_PROF, _ALARM_SECONDS)
        try:
            result = try_input(given)
        except _OutOfTime:  # between the extraction's end and the alarm's
            result = Result(
                number, given.mutations, len(given.payload), _ALARM_SECONDS, 0, "hang", "was given up"
            )
        signal.setitimer(signal.ITIMER_PROF, 0)
        if result.failure:
            keep(plan, given, result)
        pipe.send(result)


def _raise_timeout(_: int, __: FrameType | None) -> None:
    raise _OutOfTime


def keep(plan: Plan, given: Input, result: Result) -> Path:
    """Write a failing input, gzipped, and beside it what went wrong and how to repeat it; return the latter's path."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    name = f"{plan.seed}-{given.number}"
    (plan.folder / f"{name}.html.gz").write_bytes(gzip.compress(given.payload, compresslevel=1))
    told = {
        "repeat": f"{plan.command} --seed {plan.seed} --large {plan.large_share} --only {given.number}"
    } | asdict(result)
    told |= {"url": given.url, "content_type": given.content_type, "hints": repr(given.hints)}
    path = plan.folder / f"{name}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path


@dataclass(slots=True)
class Summary:
    """What a run came to, added up."""

    inputs: int = 0
    seconds: float = 0.0
    memory: int = 0
    slowest: list[Result] = field(default_factory=list)
    failures: list[Result] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Take one result in."""
        self.inputs += 1
        self.seconds += result.seconds
        self.memory = max(self.memory, result.memory)
        self.verdicts[result.verdict] += 1
        self.slowest = sorted([*self.slowest, result], key=lambda one: -one.seconds)[:5]
        if result.failure:
            self.failures.append(result)

    def lines(self, wall: float) -> list[str]:
        """Return the report; wall: how many seconds it took by the clock."""
        counts = ", ".join(f"{verdict} {count}" for verdict, count in self.verdicts.most_common())
        rate, cost = self.inputs / max(wall, 0.001), 1000 * self.seconds / max(self.inputs, 1)
        return [
            f"{self.inputs} inputs in {wall:.0f} s ({rate:.0f} a second; {cost:.1f} ms of processor time each)",
            f"verdicts: {counts}",
            *(f"slow: {_told(result)}" for result in self.slowest),
            f"peak memory of a worker: {self.memory / 1024**2:.0f} MB",
            *(
                f"FAILED: {_told(result)}: {(result.failure or '').strip().splitlines()[-1]}"
                for result in self.failures[:50]
            ),
            f"{len(self.failures)} failures",
        ]


def _told(result: Result) -> str:
    return f"{result.number} {'+'.join(result.mutations)}, {result.size:,} bytes, {result.seconds:.2f} s"


def main(arguments: list[str]) -> int:
    """Run, print, and return 1 if anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="?", metavar="PAGES.jsonl")
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--large", type=float, default=0.002, help="share of inputs of up to 50 MB")
    parser.add_argument(
        "--only", type=int, metavar="N", help="only input N, in this process, with its traceback"
    )
    options = parser.parse_args(arguments)
    again = shlex.join(
        [sys.executable, os.path.relpath(__file__), *([str(options.pages)] if options.pages else [])]
    )
    plan = Plan(read_corpus(options.pages), options.seed, options.large, ROOT / "build" / "fuzz", again)
    if options.only is not None:
        result = try_input(make_input(plan.corpus, plan.seed, options.only, plan.large_share))
        print(
            f"{result.verdict}: {_told(result)}, {result.memory / 1024**2:.0f} MB\n{result.failure or 'nothing is wrong'}"
        )
        return 1 if result.failure else 0
    summary, began = Summary(), time.monotonic()
    for result in run(plan, range(options.inputs), options.workers):
        summary.add(result)
        if result.failure:
            print(
                f"FAILED: {_told(result)}: {result.failure.strip().splitlines()[-1]}",
                file=sys.stderr,
                flush=True,
            )
        elif summary.inputs % 5_000 == 0:
            print(f"{summary.inputs} inputs, {len(summary.failures)} failures", file=sys.stderr, flush=True)
    print("\n".join(summary.lines(time.monotonic() - began)))
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

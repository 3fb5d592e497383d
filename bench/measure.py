"""Runs a command and tells what it cost: wall time, and processor time of all processes that it started.

The operating system counts a process's time for its parent only when the parent waits for it, and the
crawl's extraction workers outlive theirs by a moment. So the command runs under a helper process that
inherits and awaits such orphans (Linux: PR_SET_CHILD_SUBREAPER; elsewhere their time is missing).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, in seconds: by the clock, and of the processor (user and system).

    cpu: of all its processes. own: of the command's own process, without those that it started.
    """

    seconds: float
    cpu: float
    own: float
    status: int
    output: str


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Cost:
    """Run `command` and return its cost, its exit status, and what it wrote to both outputs."""
    report, theirs = os.pipe()
    done = subprocess.run(
        [sys.executable, __file__, str(theirs), *command],
        cwd=cwd,
        env=env,
        pass_fds=[theirs],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(theirs)
    with os.fdopen(report) as pipe:
        figures = json.loads(pipe.read())
    return Cost(figures["seconds"], figures["cpu"], figures["own"], done.returncode, done.stdout)


def _main(report: int, command: Sequence[str]) -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, own = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    try:
        while True:  # the orphans
            os.wait()
    except ChildProcessError:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    os.write(report, json.dumps({"seconds": seconds, "cpu": _cpu(usage), "own": _cpu(own)}).encode())
    return process.returncode


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]), sys.argv[2:]))

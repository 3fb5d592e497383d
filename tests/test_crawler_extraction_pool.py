"""Worker processes: what one task does to its process is no other task's concern."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime

import pytest
from lxml import etree

from archive.models import Extraction
from crawler.errors import DiscoveryError, ExtractionError
from crawler.extraction.page import Hints
from crawler.extraction.pool import WorkerPool
from crawler.extraction.remote import extract_remotely

PAGE = b"<html><title>Landmine kills two</title><body><h1>Landmine kills two</h1>" + b"".join(
    b"<p>Two civilians were killed by landmine number %d near the town, rescuers said on Friday.</p>" % number
    for number in range(4)
)


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(2, timeout=10)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[WorkerPool]:
    """A pool that has little patience; its workers are there before it begins to count."""
    made = WorkerPool(2, timeout=10)
    ask(made, double, 1)
    made._timeout = 0.5
    yield made
    made.close()


def ask(pool: WorkerPool, function: object, *args: object) -> object:
    return asyncio.run(pool.run(function, *args))  # type: ignore[arg-type]


def double(number: int) -> int:
    return number * 2


def spin() -> None:
    while True:
        pass


def hold_the_alarm() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_IGN)  # as C code that never returns to Python does
    time.sleep(60)


def eat() -> int:
    return len(bytearray(6 * 1024**3))


def die() -> None:
    os._exit(9)


def refuse() -> None:
    raise DiscoveryError("that is no feed")


def fall() -> None:
    etree.fromstring("<a")  # its error does not unpickle


def reverse(data: bytes) -> bytes:
    return data[::-1]


def unpicklable() -> object:
    return lambda: 1


def sleep_and_double(number: int) -> int:
    time.sleep(0.1)
    return number * 2


def test_a_task_s_result_comes_back(pool: WorkerPool) -> None:
    assert ask(pool, double, 21) == 42


@pytest.mark.slow
def test_a_task_that_takes_too_long_is_given_up(hasty: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patient:
        # On a busy machine half a second of the processor's time takes longer than two by the clock.
        patient.setattr("crawler.extraction.pool._KILL_AFTER", 60)
        with pytest.raises(ExtractionError, match=r"took more than 0\.5 seconds"):
            ask(hasty, spin)
    with pytest.raises(ExtractionError, match=r"gave up after 2 seconds"):
        ask(hasty, time.sleep, 60)  # which costs no time of the processor's
    assert ask(hasty, double, 1) == 2


@pytest.mark.slow
def test_a_task_that_can_t_be_interrupted_is_killed(hasty: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match=r"gave up after 2 seconds"):
        ask(hasty, hold_the_alarm)
    assert ask(hasty, double, 1) == 2


@pytest.mark.slow
def test_a_page_that_waited_behind_one_that_can_t_be_interrupted_is_read() -> None:
    pool = WorkerPool(1, timeout=10)
    ask(pool, double, 1)
    pool._timeout = 0.5

    async def both() -> list[object]:
        return await asyncio.gather(pool.run(hold_the_alarm), pool.run(double, 4), return_exceptions=True)

    held, doubled = asyncio.run(both())
    pool.close()
    assert "gave up after 2 seconds" in str(held)
    assert doubled == 8


def test_a_task_that_needs_too_much_memory_is_given_up(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="needs more than 4096 MB"):
        ask(pool, eat)
    assert ask(pool, double, 1) == 2


def test_errors_come_through(pool: WorkerPool) -> None:
    with pytest.raises(DiscoveryError, match=r"^that is no feed$"):
        ask(pool, refuse)
    with pytest.raises(ExtractionError, match=r"failed with XMLSyntaxError: .*line 1"):
        ask(pool, fall)
    with pytest.raises(ExtractionError, match="failed with ValueError"):
        ask(pool, int, "x")


def test_a_task_that_kills_its_process_harms_no_other(pool: WorkerPool) -> None:
    async def several() -> list[object]:
        tasks = [pool.run(sleep_and_double, 1), pool.run(die), pool.run(sleep_and_double, 2), pool.run(die),
                 *(pool.run(sleep_and_double, number) for number in range(3, 9))]  # fmt: skip
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, dead, second, dead_too, *others = asyncio.run(several())
    assert [first, second, *others] == [2, 4, 6, 8, 10, 12, 14, 16]
    for error in (dead, dead_too):
        assert isinstance(error, ExtractionError)
        assert "died twice" in str(error)


@pytest.mark.slow
def test_hostile_pages_cost_themselves_and_no_other(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages among which one kills its process, one never ends, one needs all memory, and one fails."""
    monsters = [
        (die, "died twice"),
        (spin, "took more than"),
        (eat, "needs more than"),
        (fall, "failed with XML"),
    ]

    def read(number: int) -> Awaitable[object]:
        return pool.run(
            extract_remotely, PAGE, url=f"https://outlet.example/{number}", content_type="text/html", hints=Hints(),
            fetched_at=datetime(2026, 11, 20, tzinfo=UTC),
        )  # fmt: skip

    async def crawl() -> list[object]:
        tasks: list[Awaitable[object]] = []
        for number, (monster, _) in enumerate(monsters):
            tasks += [read(number), pool.run(monster), read(100 + number)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    pool._timeout = 2
    monkeypatch.setattr("crawler.extraction.pool._KILL_AFTER", 20)  # the machine may be busy
    found = asyncio.run(crawl())
    for (_, message), error in zip(monsters, found[1::3], strict=True):
        assert isinstance(error, ExtractionError)
        assert message in str(error)
    assert all(isinstance(page, Extraction) and page.article for page in found[0::3] + found[2::3])
    assert ask(pool, double, 1) == 2


def test_a_worker_that_is_killed_from_outside_is_replaced(pool: WorkerPool) -> None:
    async def killed() -> object:
        task = asyncio.create_task(pool.run(sleep_and_double, 4))
        await asyncio.sleep(0.05)  # by then it's with a worker
        os.kill(pool._workers[0].pid, signal.SIGKILL)  # type: ignore[arg-type]
        return await task

    assert asyncio.run(killed()) == 8


def test_what_is_larger_than_any_buffer_goes_there_and_back(pool: WorkerPool) -> None:
    async def several() -> list[bytes]:
        return await asyncio.gather(
            *(pool.run(reverse, bytes([number]) * 5_000_000 + b"x") for number in range(6))
        )

    assert asyncio.run(several()) == [b"x" + bytes([number]) * 5_000_000 for number in range(6)]


def test_a_worker_that_dies_takes_no_other_s_task_with_it(
    pool: WorkerPool, caplog: pytest.LogCaptureFixture
) -> None:
    async def both() -> list[object]:
        first = asyncio.create_task(pool.run(sleep_and_double, 1))
        await asyncio.sleep(0)
        return await asyncio.gather(first, pool.run(die), return_exceptions=True)

    assert asyncio.run(both())[0] == 2
    assert len(caplog.records) == 1  # only the one that died was tried again


def test_whoever_gives_up_waiting_disturbs_nobody(pool: WorkerPool) -> None:
    async def several() -> list[object]:
        tasks = [asyncio.create_task(pool.run(sleep_and_double, number)) for number in range(4)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    cancelled, *others = asyncio.run(several())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert others == [2, 4, 6]
    assert ask(pool, double, 4) == 8  # in another loop


def test_what_does_not_come_back_says_so(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match=r"failed with .*pickle"):
        ask(pool, unpicklable)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        ask(pool, lambda: 1)
    assert ask(pool, double, 1) == 2


def test_a_pool_that_is_closed_fails_what_is_under_way() -> None:
    pool = WorkerPool(1)

    async def close_soon() -> object:
        task = asyncio.create_task(pool.run(sleep_and_double, 1))
        await asyncio.sleep(0.02)
        pool.close()
        return await asyncio.gather(task, return_exceptions=True)

    (error,) = asyncio.run(close_soon())  # type: ignore[misc]
    assert isinstance(error, ExtractionError)


def test_close_ends_the_processes() -> None:
    pool = WorkerPool(2)
    ask(pool, double, 1)
    processes = [worker._process for worker in pool._workers]
    assert processes
    pool.close()
    assert not any(process.is_alive() for process in processes)

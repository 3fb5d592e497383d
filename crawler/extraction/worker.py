"""The crawl's end of a worker process (what the other end does is in serving.py).

The two talk through a pair of sockets, in frames of a pickle each. The event loop itself reads and writes them, so there
are no threads in between: those of concurrent.futures took half a millisecond a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from multiprocessing import forkserver
from types import ModuleType
from typing import Any

from crawler.extraction.serving import LENGTH, serve

_AT_ONCE = 64 * 1024  # bytes read in one turn of the loop
# Imported once, in the process that workers are forked from: a new worker starts in milliseconds.
_PRELOADED = (
    "crawler.extraction.serving",
    "crawler.extraction.remote",
    "crawler.extraction.article",
    "archive.text.normalise",
    "crawler.discovery.reading",
    "feedparser",
)


class WorkerDied(Exception):
    """The process ended before it answered."""


def start_server() -> None:
    """Start the process that workers are forked from, if it doesn't run: it imports what they need meanwhile."""
    # A worker is for one core. NumPy's library would start a thread for each, which spins when there's nothing to do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    multiprocessing.get_context("forkserver").set_forkserver_preload([*_PRELOADED])
    forkserver.ensure_running()


class Worker:
    """The crawl's end of a worker process. Its tasks are done one after the other, in the order in which they come."""

    def __init__(self) -> None:
        """Start the process."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        start_server()
        with theirs, _without_main():
            self._process = multiprocessing.get_context("forkserver").Process(target=serve, args=(theirs,))
            self._process.start()
        self._channel = ours
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers: deque[asyncio.Future[Any]] = deque()
        self._to_send: deque[memoryview] = deque()
        self._waits_to_send = False
        self._received = bytearray()
        self.is_alive = True

    @property
    def pid(self) -> int | None:
        """Return the process's id."""
        return self._process.pid

    @property
    def load(self) -> int:
        """Return how many tasks it has been given and not answered."""
        return len(self._answers)

    def give(self, task: memoryview, *, seconds: float) -> asyncio.Future[Any]:
        """Hand over a task (see `pack`); the future gives the function's result, or what it raised.

        It fails with TimeoutError if there is no answer after so many seconds by the clock, and with WorkerDied if
        there never will be one. To be called from the running loop.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if not self.is_alive:
            answer.set_exception(WorkerDied())
            return answer
        if self._loop is not loop:
            self._loop, self._waits_to_send = loop, False
            loop.add_reader(self._channel, self._read)
        self._answers.append(answer)
        timer = loop.call_later(seconds, _time_out, answer)
        answer.add_done_callback(lambda _: timer.cancel())
        self._to_send.append(task)
        if not self._waits_to_send:
            self._write()
        return answer

    def end(self) -> None:
        """End the process at once; what it was given fails with WorkerDied."""
        if self._process.is_alive():
            self._process.kill()
        self._lose()
        self._process.join()

    def _write(self) -> None:
        """Send as much as the process takes, and the rest when it takes more."""
        try:
            while self._to_send:
                rest = self._to_send.popleft()
                sent = self._channel.send(rest)
                if sent < len(rest):
                    self._to_send.appendleft(rest[sent:])
        except BlockingIOError:
            self._to_send.appendleft(rest)
        except OSError:  # it is gone, which reading will notice
            self._to_send.clear()
        self._wait_to_send(bool(self._to_send))

    def _wait_to_send(self, waits: bool) -> None:
        if self._loop is None or waits == self._waits_to_send:
            return
        self._waits_to_send = waits
        if waits:
            self._loop.add_writer(self._channel, self._write)
        else:
            self._loop.remove_writer(self._channel)

    def _read(self) -> None:
        try:
            received = self._channel.recv(_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._lose()
            return
        self._received += received
        while (answer := self._next_answer()) is not None:
            future, (result, error) = self._answers.popleft(), answer
            if future.done():  # whoever waited for it has given up
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _next_answer(self) -> tuple[Any, BaseException | None] | None:
        """Take the next whole frame from what was received; None if there is none yet."""
        if len(self._received) < LENGTH.size:
            return None
        end = LENGTH.size + LENGTH.unpack_from(self._received)[0]
        if len(self._received) < end:
            return None
        with memoryview(self._received) as view:
            answer: tuple[Any, BaseException | None] = pickle.loads(view[LENGTH.size : end])  # noqa: S301 - our own
        del self._received[:end]
        return answer

    def _lose(self) -> None:
        """Let go of the process: it is dead, or is to be."""
        if not self.is_alive:
            return
        self.is_alive = False
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._channel)
            self._loop.remove_writer(self._channel)
        self._channel.close()
        for answer in self._answers:
            if not answer.done() and not answer.get_loop().is_closed():
                answer.set_exception(WorkerDied())
        self._answers.clear()


def pack(
    seconds: float, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> memoryview:
    """Return a task for a worker: to call the function, which may take so many seconds of the processor's time.

    It is a whole frame, put together where it is sent from: a page that is copied to and fro on the way takes ten times as
    long.
    """
    frame = BytesIO()
    frame.write(bytes(LENGTH.size))
    pickle.dump((seconds, function, args, kwargs), frame, pickle.HIGHEST_PROTOCOL)
    whole = frame.getbuffer()
    LENGTH.pack_into(whole, 0, len(whole) - LENGTH.size)
    return whole


def _time_out(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program that runs from workers that are started meanwhile: they'd import it, and all of Scrapy with it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main

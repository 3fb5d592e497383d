"""One worker process: the crawl's end of it, and its own.

The two talk through a pair of sockets, in frames: eight bytes that say how long it is, then a pickle. The event loop
itself reads and writes them, so there are no threads in between (those of concurrent.futures take as long for a page
as writing it to the archive).
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import forkserver
from types import FrameType, ModuleType
from typing import Any, BinaryIO

from crawler.errors import CrawlerError, ExtractionError

# A worker with the language model loaded takes 300 MB; a 20 MB page's tree takes up to 1 GB more.
_WORKER_MEMORY = 4 * 1024**3
_LENGTH = struct.Struct("!Q")
_AT_ONCE = 64 * 1024  # bytes read in one turn of the loop
# Imported once, in the process that workers are forked from: a new worker starts in milliseconds.
_PRELOADED = (
    "crawler.extraction.worker",
    "crawler.extraction.article",
    "crawler.discovery.reading",
    "feedparser",
)


class WorkerDied(Exception):
    """The process ended before it answered."""


def start_server() -> None:
    """Start the process that workers are forked from, if it doesn't run: it imports what they need meanwhile."""
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
            self._process = multiprocessing.get_context("forkserver").Process(target=_serve, args=(theirs,))
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

    def give(self, task: bytes, *, seconds: float) -> asyncio.Future[Any]:
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
        self._to_send.append(memoryview(_LENGTH.pack(len(task)) + task))
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
        if len(self._received) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
        if len(self._received) < end:
            return None
        with memoryview(self._received) as view:
            answer: tuple[Any, BaseException | None] = pickle.loads(view[_LENGTH.size : end])  # noqa: S301 - our own
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
) -> bytes:
    """Return a task for a worker: to call the function, which may take so many seconds of the processor's time."""
    return pickle.dumps((seconds, function, args, kwargs), pickle.HIGHEST_PROTOCOL)


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


# -- in the worker ----------------------------------------------------------------------------------------


def _serve(channel: socket.socket) -> None:
    """Do what comes through the channel, until it is closed."""
    _prepare()
    with channel, channel.makefile("rb") as tasks, contextlib.suppress(ConnectionError):
        while (task := _next_task(tasks)) is not None:
            answer = _answer_to(task)
            channel.sendall(_LENGTH.pack(len(answer)) + answer)


def _next_task(tasks: BinaryIO) -> bytes | None:
    head = tasks.read(_LENGTH.size)
    return tasks.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def _answer_to(task: bytes) -> bytes:
    try:
        answer = (_done(task), None)
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except CrawlerError as error:
        return pickle.dumps((None, error), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - it belongs to whoever waits; and some (lxml's) don't unpickle
        return pickle.dumps((None, ExtractionError(f"failed with {type(error).__name__}: {error}")))


def _done(task: bytes) -> Any:
    seconds, function, args, kwargs = pickle.loads(task)  # noqa: S301 - our own
    # Of the processor's time: on a busy machine an honest sitemap of 50,000 addresses takes a minute by the clock.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*args, **kwargs)
    except _OutOfTime:
        raise ExtractionError(f"took more than {seconds:g} seconds") from None
    except MemoryError:
        raise ExtractionError(f"needs more than {_WORKER_MEMORY // 1024**2} MB of memory") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _prepare() -> None:
    # Ctrl-C goes to the whole process group; the crawl finishes what it has, so its workers must live on.
    # And systemd sends SIGTERM to every process of the service.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _raise_timeout)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _WORKER_MEMORY if hard == resource.RLIM_INFINITY else min(_WORKER_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    threading.Thread(target=_die_with_the_crawl, name="die-with-the-crawl", daemon=True).start()


def _die_with_the_crawl() -> None:
    """End the worker when the process that made it is gone: killed, it could not tell its workers."""
    crawl = multiprocessing.parent_process()
    if crawl is not None:
        crawl.join()
        os._exit(1)


class _OutOfTime(BaseException):
    """Not an Exception: the libraries that we call catch those, and would go on."""


def _raise_timeout(_: int, __: FrameType | None) -> None:
    raise _OutOfTime

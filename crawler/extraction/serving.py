"""What a worker process does: it answers what comes through its channel, each task within limits of time and memory.

Kept apart from the crawl's end of the channel (worker.py), so that a worker needs no event loop.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import resource
import signal
import socket
import struct
import threading
from types import FrameType
from typing import Any, BinaryIO

from crawler.errors import CrawlerError, ExtractionError

# A frame: eight bytes that say how long the pickle is that follows.
LENGTH = struct.Struct("!Q")
# A worker with the language model loaded takes 300 MB; a 20 MB page's tree takes up to 1 GB more.
_WORKER_MEMORY = 4 * 1024**3


def serve(channel: socket.socket) -> None:
    """Do what comes through the channel, until it is closed."""
    _prepare()
    with channel, channel.makefile("rb") as tasks, contextlib.suppress(ConnectionError):
        while (task := _next_task(tasks)) is not None:
            answer = _answer_to(task)
            channel.sendall(LENGTH.pack(len(answer)) + answer)


def _next_task(tasks: BinaryIO) -> bytes | None:
    head = tasks.read(LENGTH.size)
    return tasks.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


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
    # What was imported stays as long as the worker; looked through for garbage again and again, it took a tenth of its time.
    gc.freeze()
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

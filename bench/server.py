"""A web server for benchmarks: ready answers from memory, on loopback, in a process of its own.

It is written on bare asyncio so that the crawler is what is measured: it answers some thousand requests a
second with a part of one core, and tells at the end how much processor time it took.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

ANY_HOST = "*"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent for one address. gzipped: the body is compressed, and sent so to who accepts that."""

    body: bytes
    content_type: str = "text/html"
    gzipped: bool = False
    status: str = "200 OK"


# (host, path and query) -> answer; the host ANY_HOST stands for all.
Routes = Mapping[tuple[str, str], Answer]
_NOT_FOUND = Answer(b"not found", "text/plain", status="404 Not Found")


class PageServer:
    """Serves what `make_routes(base)` returns, where base is the server's `http://127.0.0.1:port`.

    A context manager. make_routes is called in the server's process, so it must pickle.
    """

    def __init__(self, make_routes: Callable[[str], Routes]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make_routes, theirs), daemon=True)
        self.base = ""
        self.cpu_seconds = 0.0

    def __enter__(self) -> Self:
        self._process.start()
        self.base = self._pipe.recv()
        return self

    def requests(self) -> dict[str, int]:
        """Return how often each path and query was asked for so far."""
        self._pipe.send("requests")
        counts: dict[str, int] = self._pipe.recv()
        return counts

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.send(None)
        self.cpu_seconds = self._pipe.recv()
        self._process.join()


def _serve(make_routes: Callable[[str], Routes], pipe: Connection) -> None:
    asyncio.run(_serve_until_told(make_routes, pipe))


async def _serve_until_told(make_routes: Callable[[str], Routes], pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    routes: dict[tuple[str, str], Answer] = {}
    requests: Counter[str] = Counter()
    server = await loop.create_server(lambda: _Connection(routes, requests), "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    routes.update(make_routes(base))
    ready = time.process_time()
    pipe.send(base)
    stop = asyncio.Event()

    def obey() -> None:
        try:
            told = pipe.recv()
        except EOFError:  # whoever started us was killed
            told = None
        if told is None:
            stop.set()
        else:
            pipe.send(dict(requests))

    loop.add_reader(pipe.fileno(), obey)
    await stop.wait()
    with contextlib.suppress(BrokenPipeError):
        pipe.send(time.process_time() - ready)


class _Connection(asyncio.Protocol):
    """One client's connection, kept open; requests have no body, so each ends with an empty line."""

    def __init__(self, routes: Routes, requests: Counter[str]) -> None:
        self._routes = routes
        self._requests = requests
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            text = request.decode("latin-1")
            self._requests[text.split(" ", 2)[1]] += 1
            self._transport.write(_response(self._routes, text))  # type: ignore[attr-defined]


def _response(routes: Routes, request: str) -> bytes:
    line, *fields = request.split("\r\n")
    target = line.split(" ")[1]
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    answer = routes.get((headers.get("host", ""), target)) or routes.get((ANY_HOST, target)) or _NOT_FOUND
    body, encoding = answer.body, ""
    if answer.gzipped:
        if "gzip" in headers.get("accept-encoding", ""):
            encoding = "Content-Encoding: gzip\r\n"
        else:
            body = gzip.decompress(body)
    head = (
        f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{encoding}\r\n"
    )
    return head.encode() + body


def sitemap(urls: list[str]) -> Answer:
    """Return a sitemap that lists `urls`."""
    entries = "".join(f"<url><loc>{url.replace('&', '&amp;')}</loc></url>" for url in urls)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Answer(text.encode(), "application/xml")

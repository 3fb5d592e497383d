"""The demo site as a real HTTP server on loopback, for the crawl, the tests and a browser."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import re
import socket
import sys
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from crawler.demo.pages import BASE, WWW
from crawler.demo.site import Answer, Site

_HOST = urlsplit(BASE).netloc
_COMPRESSED = ("text/", "application/xml", "application/rss", "application/atom")
_PLAIN_HOST = re.compile(r"[\w.-]+(?::\d{1,5})?|\[[0-9a-fA-F:]+\](?::\d{1,5})?")


class DemoSite:
    """The site, listening on 127.0.0.1; use it as a context manager, or call start() and stop().

    port: 0 takes any free one. edition: 1, or 2 with one report corrected, one taken down and one new.
    slow_seconds: how long the slow page takes.
    """

    def __init__(self, port: int = 0, edition: int = 1, slow_seconds: float = 2.0) -> None:
        self.edition = edition
        self.slow_seconds = slow_seconds
        self.site = Site(edition)
        self.stopping = Event()
        self._requests: list[str] = []
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """Return the port that the site listens on."""
        return int(self._server.server_address[1])

    @property
    def requests(self) -> tuple[str, ...]:
        """Return the targets (path and query) that were asked for so far, in order."""
        with self._lock:
            return tuple(self._requests)

    @property
    def votes(self) -> dict[str, int]:
        """Return how often each vote link was fetched, by its path; empty as long as nobody voted."""
        return self.site.votes()

    def start(self) -> Self:
        """Begin to serve, in a thread of its own, and return the site."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, close every connection and free the port; a second call does nothing more."""
        self.stopping.set()
        if self._thread.is_alive():  # shutdown() would wait for ever for a server that never ran
            self._server.shutdown()
            self._thread.join()
        self._server.close_connections()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, target: str) -> None:
        """Note that `target` was asked for."""
        with self._lock:
            self._requests.append(target)


class _Server(ThreadingHTTPServer):
    """The listening socket; it knows its open connections, so that none outlives it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], demo: DemoSite) -> None:
        self.demo = demo
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection, and leave it to a thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that went away, as crawlers do; show anything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """End every connection that a client keeps open."""
        with self._open_lock:
            for request in self._open:
                with contextlib.suppress(OSError):  # the client was faster
                    request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Sends the site's answers: conditional requests, gzip, and the host that was asked for."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-site"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        """Answer a GET."""
        demo = self.server.demo
        target = _origin_form(self.path)
        demo.log(target)
        if self.headers.get("Host", "") == urlsplit(WWW).netloc:
            self._send(Answer(b"", status=301, location=BASE + target))
            return
        answer = demo.site.answer(target)
        if answer.slow:
            demo.stopping.wait(demo.slow_seconds)
        self._send(answer)

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self.do_GET()

    def do_POST(self) -> None:
        """Refuse: nothing on the site takes what a form sends."""
        self.server.demo.log(_origin_form(self.path))
        self.close_connection = True  # what the form sent is never read
        self._send(Answer(b"The demo site takes no comments.", status=405, content_type="text/plain"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
        """Keep quiet; what was asked for is in `DemoSite.requests`."""

    def _send(self, answer: Answer) -> None:
        body = _for_host(answer.body, self.headers.get("Host", _HOST))
        headers = {"Content-Type": answer.content_type}
        if answer.location is not None:
            headers["Location"] = answer.location
        if answer.changed is not None:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            headers["Last-Modified"] = format_datetime(answer.changed.astimezone(UTC), usegmt=True)
            if self._has_it(headers["ETag"], answer.changed):
                self._write(304, headers, b"")
                return
        if len(body) > 500 and answer.content_type.startswith(_COMPRESSED):
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body, compresslevel=1, mtime=0)
        self._write(answer.status, headers, body)

    def _has_it(self, etag: str, changed: datetime) -> bool:
        """Return whether the client's copy is the present one (RFC 9110, 13.2.2: the ETag goes first)."""
        if "If-None-Match" in self.headers:
            return etag in self.headers["If-None-Match"]
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        return since.tzinfo is not None and changed <= since

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _origin_form(target: str) -> str:
    """Return path and query of a request target, which is a whole URL when the site is used as a proxy."""
    if not target.startswith("http://"):
        return target
    return "/" + target.removeprefix("http://").partition("/")[2]


def _for_host(body: bytes, host: str) -> bytes:
    """Return a page whose links lead to the host that was asked for, so that a browser needs no mapping."""
    if host == _HOST or not _PLAIN_HOST.fullmatch(host):
        return body
    here = f"http://{host}".encode()
    return body.replace(WWW.encode(), here).replace(BASE.encode(), here)

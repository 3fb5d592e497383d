"""A small HTTP server whose every answer a test decides, and which remembers what it was asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One response. claimed_length: what Content-Length says, if it lies. wait: seconds before it's sent.

    drip: seconds between its bytes, if it is sent one by one.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    claimed_length: int | None = None
    wait: float = 0.0
    drip: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request. headers: by lower-cased name. at: seconds of time.monotonic()."""

    target: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True)
class Dynamic:
    """A page whose answer hangs on the request."""

    respond: Callable[[Asked], Answer]


Page = Answer | Callable[[], Answer] | Dynamic


@dataclass
class Site:
    """`pages` maps targets (path and query) to answers; what it does not have, `otherwise` answers: with a 404."""

    pages: dict[str, Page] = field(default_factory=dict)
    otherwise: Page = Answer(b"<p>no such page</p>", 404)
    asked: list[tuple[float, str]] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    port: int = 0
    wait: float = 0.0  # before every answer
    stopping: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """What was asked since the last `forget`, in order."""
        return [target for _, target in self.asked]

    def forget(self) -> None:
        self.asked.clear()
        self.requests.clear()

    def answer(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        request = Asked(target, headers or {}, time.monotonic())
        self.asked.append((request.at, target))
        self.requests.append(request)
        page = self.pages.get(target, self.otherwise)
        if isinstance(page, Dynamic):
            page = page.respond(request)
        answer = page() if callable(page) else page
        self.stopping.wait(answer.wait + self.wait)
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError):  # the crawler lost its patience
            super().handle_one_request()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.site.answer(self.path, headers)
        with contextlib.suppress(ConnectionError):
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            if not any(name == "Transfer-Encoding" for name, _ in answer.headers):
                length = len(answer.body) if answer.claimed_length is None else answer.claimed_length
                self.send_header("Content-Length", str(length))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self._write(answer)
            self.close_connection = answer.claimed_length is not None

    def _write(self, answer: Answer) -> None:
        if answer.status == 304:
            return
        if not answer.drip:
            self.wfile.write(answer.body)
        for byte in answer.body if answer.drip else b"":
            if self.server.site.stopping.wait(answer.drip):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve `site` on a free port of loopback."""
    server = _Server(site)
    site.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


# -- what goes into its pages ---------------------------------------------------------------------------------


def report(title: str, *, toll: int = 5, published: str | None = None, head: str = "") -> bytes:
    """Return a page that holds a report; published: for <meta property=article:published_time>."""
    meta = f'<meta property="article:published_time" content="{published}">' if published else ""
    body = "".join(
        f"<p>{sentence}</p>"
        for sentence in (
            f"At least {toll} civilians were killed on Saturday in {title}, local rescuers said.",
            "Witnesses said that two houses near the market were destroyed and that the road was closed.",
            "The army did not comment on the strike, which came after a week of heavy shelling in the area.",
        )
    )
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{meta}{head}</head>"
        f"<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    ).encode()


def rss(*items: tuple[str, datetime | None]) -> Answer:
    """Return a feed of (link, date of publication)."""
    entries = "".join(
        f"<item><title>Report</title><link>{link}</link>"
        + (f"<pubDate>{format_datetime(moment)}</pubDate>" if moment else "")
        + "</item>"
        for link, moment in items
    ).replace("&", "&amp;")
    return Answer(f'<rss version="2.0"><channel>{entries}</channel></rss>'.encode(), content_type="text/xml")


def sitemap(*urls: tuple[str, str | None]) -> Answer:
    """Return a sitemap of (loc, lastmod)."""
    entries = "".join(
        f"<url><loc>{loc}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"
        for loc, lastmod in urls
    ).replace("&", "&amp;")
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Answer(f'<urlset xmlns="{space}">{entries}</urlset>'.encode(), content_type="text/xml")


def links(*hrefs: str) -> Answer:
    """Return a listing page."""
    return Answer("".join(f'<p><a href="{href}">A report</a></p>' for href in hrefs).encode())


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status=status, headers=(("Location", target),))

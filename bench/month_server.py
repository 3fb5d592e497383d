"""One web server on loopback that is all hosts of the virtual month, and writes down what is asked of it.

`Hosts` decides what to answer, without a socket, so that a test can ask it too; `MonthServer` brings it to a
port, in a thread of its own. Its clock is set at the beginning of each tick, and goes on from there.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from types import TracebackType
from typing import Literal, Self

from bench import month_pages as pages
from bench.month_world import HOUR, Site, Trouble, feed_path, listing_path, sitemap_path

What = Literal[
    "robots", "feed", "sitemap", "listing", "report", "forbidden", "trap", "inside", "page", "unknown"
]
# Where a redirect must not lead a crawler: a cloud's metadata service, the crawler's own machine, a form.
_SNARES = {
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "loopback": "http://127.0.0.1/admin/",
    "login": "/login?next=report",
}
_INSIDE = frozenset({"169.254.169.254", "127.0.0.1", "localhost"})
_QUOTA = 14  # requests that a site of that kind answers in one tick
_RETRY_AFTER = HOUR
_HTML, _XML = "text/html; charset=utf-8", "application/xml"
_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found",
            410: "Gone", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what it got. at: seconds on a monotonic clock; now: the virtual instant.

    status 0: the connection was closed. version, lastmod: of the report, as it was then. wait_until: the
    instant of the Retry-After that it was given. A version of -1: not the report's text, whatever the status.
    """

    at: float
    now: datetime
    tick: int
    host: str
    target: str
    what: What = "unknown"
    status: int = 0
    site: str = ""
    report: int | None = None
    version: int = 0
    lastmod: datetime | None = None
    wait_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. status 0 closes the connection instead. seconds: how long it takes its time."""

    status: int
    body: bytes = b""
    content_type: str = _HTML
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    def wire(self) -> bytes:
        """Return the bytes to send."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != 304:
            lines += [f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + (b"" if self.status == 304 else self.body)


@dataclass(slots=True)
class Hosts:
    """All sites at one clock. `asked` is the record of all requests."""

    sites: Mapping[str, Site]  # by host, old and new
    asked: list[Asked] = field(default_factory=list)
    _tick: int = 0
    _began: datetime = datetime.min  # noqa: DTZ901 - set before the first request
    _since: float = 0.0
    _used: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, world: list[Site]) -> Self:
        """Return the hosts of a world."""
        return cls({host: site for site in world for host in (site.host, site.new_host)})

    def begin_tick(self, tick: int, now: datetime) -> None:
        """Set the clock, and open the quotas again."""
        self._tick, self._began, self._since = tick, now, time.monotonic()
        self._used.clear()

    def answer(self, host: str, target: str, headers: Mapping[str, str], at: float) -> Reply:
        """Return the answer to a request whose header names are in lower case, and write both down."""
        now = self._began + timedelta(seconds=at - self._since)
        asked = Asked(at, now, self._tick, host, target)
        site = self.sites.get(host.removeprefix("www."))
        if host.partition(":")[0] in _INSIDE:
            asked, reply = replace(asked, what="inside"), Reply(404)
        elif site is None:
            reply = Reply(404)
        else:
            asked = _known(replace(asked, site=site.id), site, target, now)
            refusal = self._trouble(site, asked)
            if refusal or site.has(Trouble.SHELL, now):
                asked = replace(asked, version=-1)  # whatever is sent, it's not the text
            reply = refusal or _redirect(site, asked) or _content(site, asked, headers)
        wait = dict(reply.headers).get("Retry-After")
        until = None
        if wait is not None:
            until = now + timedelta(seconds=int(wait)) if wait.isdigit() else parsedate_to_datetime(wait)
        self.asked.append(replace(asked, status=reply.status, wait_until=until))
        return replace(reply, headers=(*reply.headers, ("Date", format_datetime(now, usegmt=True))))

    def _trouble(self, site: Site, asked: Asked) -> Reply | None:
        """Return what a site in trouble answers, if it is in one that shows here."""
        self._used[site.id] += 1
        is_over = self._used[site.id] > _QUOTA
        for trouble in (spell.trouble for spell in site.spells if spell.start <= asked.now < spell.end):
            reply = _refusal(trouble, asked, is_over=is_over, is_honest=site.knows_domains)
            if reply is not None:
                return reply
        return None


def _refusal(trouble: Trouble, asked: Asked, *, is_over: bool, is_honest: bool) -> Reply | None:
    """Return what a trouble does to a request, if anything. is_honest: a challenge has its proper status."""
    is_robots = asked.what == "robots"
    replies = {
        Trouble.HANGUP: Reply(0),
        Trouble.ERRORS: Reply(500, b"<title>Error</title><h1>Something is wrong with the server</h1>"),
        Trouble.OUTAGE: Reply(503, b"<title>Error</title><h1>Service unavailable</h1>"),
        Trouble.LIMIT: _too_many(str(int(_RETRY_AFTER.total_seconds()))),
        Trouble.LIMIT_DATE: _too_many(format_datetime(asked.now + _RETRY_AFTER, usegmt=True)),
        Trouble.QUOTA: _too_many(str(int(_RETRY_AFTER.total_seconds()))) if is_over else None,
        Trouble.ROBOTS: Reply(503) if is_robots else None,
        Trouble.BLOCK: None if is_robots else Reply(403, b"<title>403 Forbidden</title><h1>Forbidden</h1>"),
        Trouble.CHALLENGE: None if is_robots else Reply(403 if is_honest else 200, pages.CHALLENGE),
    }
    return replies.get(trouble)


def _too_many(retry_after: str) -> Reply:
    return Reply(429, b"<title>Too many requests</title>", headers=(("Retry-After", retry_after),))


def _known(asked: Asked, site: Site, target: str, now: datetime) -> Asked:
    """Return the request with what it asks for."""
    if pages.TRAP.search(target):
        return replace(asked, what="trap")
    endpoint = _endpoint(site, target)
    if endpoint is not None:
        return replace(asked, what=endpoint)
    report = site.report_at(_plain(target))
    is_early = report is not None and (
        report.published > now or (_plain(target) != site.address(report) and not report.is_moved(now))
    )
    if report is None or is_early:
        return replace(asked, what="page" if target in {"/", "/about"} else "unknown")
    return replace(
        asked,
        what="forbidden" if report.forbidden else "report",
        report=report.number,
        version=report.version(now),
        lastmod=site.sitemap_lastmod(report, now) if site.sitemap else report.lastmod(now),
    )


def _endpoint(site: Site, target: str) -> What | None:
    path = target.partition("?")[0]
    if path == "/robots.txt":
        return "robots"
    if site.feed and path == feed_path(site.feed):
        return "feed"
    if site.sitemap and (path == sitemap_path(site.sitemap) or path.startswith("/sitemap-")):
        return "sitemap"
    if site.page_size and path.startswith(listing_path(site).partition("{")[0]):
        return "listing"
    return None


def _plain(target: str) -> str:
    """Return a target without what counts readers."""
    return target.replace("utm_source=feed&utm_medium=rss", "").rstrip("&?")


def _redirect(site: Site, asked: Asked) -> Reply | None:
    """Return the redirect of a site that moved, of a report that moved, and of a snare."""
    if asked.host.removeprefix("www.") != site.current_host(asked.now):
        return _to(f"http://{site.current_host(asked.now)}{asked.target}")
    if asked.report is None:
        return None
    report = site.reports[asked.report]
    if report.snare is not None:
        return _to(_SNARES[report.snare], status=302)
    path = site.path(report, asked.now)
    return (
        _to(f"http://{asked.host}{path}")
        if path != _plain(asked.target) and report.is_moved(asked.now)
        else None
    )


def _to(address: str, status: int = 301) -> Reply:
    return Reply(status, headers=(("Location", address),))


def _content(site: Site, asked: Asked, headers: Mapping[str, str]) -> Reply:
    now = asked.now
    replies: dict[str, Callable[[], Reply]] = {
        "robots": lambda: Reply(200, pages.robots(site, now), "text/plain"),
        "feed": lambda: _feed(site, now, headers),
        "sitemap": lambda: _tagged(site, _found(pages.sitemap(site, asked.target, now), _XML), headers),
        "listing": lambda: _tagged(
            site, _found(pages.listing_page(site, _page_number(asked.target), now), _HTML), headers
        ),
        "report": lambda: _report(site, asked, headers),
        "forbidden": lambda: _report(site, asked, headers),
        "page": lambda: Reply(200, pages.home_page(site, now)),
        "trap": lambda: Reply(200, b"<title>Thank you</title><h1>Thank you</h1><p>We have noted that.</p>"),
    }
    return replies.get(asked.what, lambda: Reply(404, b"<title>404</title><h1>Not found</h1>"))()


def _found(body: bytes | None, content_type: str) -> Reply:
    return Reply(404) if body is None else Reply(200, body, content_type)


def _page_number(target: str) -> int:
    digits = "".join(filter(str.isdigit, target))
    return int(digits) if digits and len(digits) < 5 else 1


def _report(site: Site, asked: Asked, headers: Mapping[str, str]) -> Reply:
    report, now = site.reports[asked.report or 0], asked.now
    if not report.is_up(now):
        return Reply(410 if report.number % 2 else 404, b"<title>Not found</title><h1>Not found</h1>")
    reply = Reply(200, pages.report_page(site, report, now))
    if site.has(Trouble.SLOW, now):
        return replace(reply, seconds=0.3)
    if site.has(Trouble.SHELL, now):
        return reply
    # the page is another when anything on it is, yet its report may be as it was: a validator of the text
    text = f"{site.id}-{report.number}-{report.version(now)}-{site.has(Trouble.REDESIGN, now)}"
    return _tagged(site, reply, headers, tag=_etag(text.encode()), modified=report.lastmod(now))


def _feed(site: Site, now: datetime, headers: Mapping[str, str]) -> Reply:
    kind, tags = (site.feed.kind, site.feed.tags) if site.feed else ("rss", "none")
    reply = Reply(200, pages.feed(site, now), f"application/{kind}+xml")
    tag = _etag(reply.body) if tags == "right" else '"feed-of-the-month"'
    if tags in {"right", "stuck"}:
        return _conditional(reply, tag, None, headers)
    return replace(reply, headers=(("ETag", tag),)) if tags == "same" else reply


def _tagged(
    site: Site,
    reply: Reply,
    headers: Mapping[str, str],
    *,
    tag: str | None = None,
    modified: datetime | None = None,
) -> Reply:
    """Return an answer with validators, or 304, if the site has any. Listings and sitemaps have an ETag only."""
    if not site.has_validators or reply.status != 200:
        return reply
    return _conditional(reply, tag or _etag(reply.body), modified, headers)


def _conditional(reply: Reply, tag: str, modified: datetime | None, headers: Mapping[str, str]) -> Reply:
    validators = [("ETag", tag)]
    if modified is not None:
        validators.append(("Last-Modified", format_datetime(modified, usegmt=True)))
    wanted, since = headers.get("if-none-match"), headers.get("if-modified-since")
    if wanted is not None:
        is_same = wanted == tag
    else:
        is_same = since is not None and modified is not None and parsedate_to_datetime(since) >= modified
    return replace(reply, status=304 if is_same else 200, headers=(*reply.headers, *validators))


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:16]}"'


class MonthServer:
    """`Hosts` on a port of loopback, in a thread; a context manager. base: `http://127.0.0.1:port`."""

    def __init__(self, hosts: Hosts) -> None:
        self.base = ""
        self._hosts = hosts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="month-server", daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        make = self._loop.create_server(lambda: _Connection(self._hosts, self._loop), "127.0.0.1", 0)
        server = self._loop.run_until_complete(make)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class _Connection(asyncio.Protocol):
    """One client's connection, kept open; requests have no body, so each ends with an empty line."""

    def __init__(self, hosts: Hosts, loop: asyncio.AbstractEventLoop) -> None:
        self._hosts = hosts
        self._loop = loop
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            self._answer(request.decode("latin-1"), at)

    def _answer(self, request: str, at: float) -> None:
        line, *fields = request.split("\r\n")
        target = line.split(" ")[1]
        headers = {
            name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)
        }
        reply = self._hosts.answer(headers.get("host", ""), target, headers, at)
        if reply.status == 0:
            self._transport.close()
        elif reply.seconds:
            self._drip(reply)
        else:
            self._transport.write(reply.wire())  # type: ignore[attr-defined]

    def _drip(self, reply: Reply) -> None:
        wire, parts = reply.wire(), 10
        size = len(wire) // parts + 1
        for part in range(parts):
            piece = wire[part * size : (part + 1) * size]
            self._loop.call_later(reply.seconds * part / parts, self._transport.write, piece)  # type: ignore[attr-defined]

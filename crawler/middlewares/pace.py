"""One request at a time to a host, apart by what the source's entry, robots.txt and the server itself ask for."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import monotonic
from typing import Any

from scrapy import Request, Spider
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.manners.pace import lengthened


class PutOff(IgnoreRequest):
    """The request was not sent, since the run ends: its lead waits for the next one; the message says why."""


class LeftAlone(IgnoreRequest):
    """The request was not sent, since its host has asked for time in this run; the message says why."""


class PacedDownloader(Downloader):
    """Scrapy's downloader, with a pace for each host that redirects, retries and AutoThrottle can't quicken.

    Scrapy's own delay varies to both sides, is forgotten when a host was left alone for a minute, and a
    redirect to another host goes by the first one's.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.random: Callable[[], float] = random.random
        self._most_in_hand = crawler.settings.getint("PAGES_IN_HAND")
        self._ending: str | None = None
        self._shut: dict[str, str] = {}  # by host, why

    def ask_slowly(self, host: str, seconds: float) -> None:
        """Keep requests to a host at least so many seconds apart from now on, and to one at a time."""
        slot = self._slot_of(host)
        slot.floor = max(slot.floor, seconds)
        if slot.floor > 0:
            slot.concurrency = 1

    def hold(self, host: str, seconds: float) -> None:
        """Send a host nothing for so many seconds."""
        slot = self._slot_of(host)
        slot.held_until = max(slot.held_until, monotonic() + seconds)

    def delay_of(self, host: str) -> float:
        """Return the seconds that requests to a host are apart at present, at least."""
        slot = self._slot_of(host)
        return max(slot.delay, slot.floor)

    def shut(self, host: str, why: str) -> None:
        """Send a host nothing more: what waits for its turn, and what comes yet, fails with LeftAlone."""
        self._shut[host] = why
        _drain(self._slot_of(host), LeftAlone(why))

    def end(self, why: str) -> None:
        """Send nothing more to anybody: what waits for its turn, and what comes yet, fails with PutOff."""
        self._ending = why
        for slot in self.slots.values():
            _drain(slot, PutOff(why))

    def needs_backout(self) -> bool:
        """Tell whether to fetch nothing for now: enough is on its way, or was fetched and is not stored yet."""
        return super().needs_backout() or len(self.active) + self._pages_in_hand() >= self._most_in_hand

    def _pages_in_hand(self) -> int:
        slot = self.crawler.engine.scraper.slot if self.crawler.engine is not None else None
        return 0 if slot is None else len(slot.queue) + len(slot.active)

    def get_slot_key(self, request: Request) -> str:
        """Return the request's host; not what `meta` says, where a redirect leaves the host it came from."""
        return urlparse_cached(request).hostname or ""

    def _get_slot(self, request: Request, spider: Spider | None = None) -> tuple[str, Slot]:  # noqa: ARG002 - Scrapy's
        host = self.get_slot_key(request)
        return host, self._slot_of(host)

    def _slot_of(self, host: str) -> HostSlot:
        slot = self.slots.get(host)
        if not isinstance(slot, HostSlot):
            slot = HostSlot(self.domain_concurrency, self._delay, self._jitter, self.random)
            slot.floor = self.settings.getfloat("DOWNLOAD_DELAY")
            # never dropped, as Scrapy's are: a run meets few hosts, and each is owed its pause to the end
            self.slots[host] = slot
        return slot

    async def _enqueue_request(self, request: Request) -> Response:
        if self._ending is not None:
            raise PutOff(self._ending)
        host = self.get_slot_key(request)
        if host in self._shut:
            raise LeftAlone(self._shut[host])
        return await super()._enqueue_request(request)


class HostSlot(Slot):
    """What is known of a host: `floor` and Scrapy's `delay` in seconds, `held_until` on the monotonic clock.

    AutoThrottle moves `delay`; requests are never closer than `floor`.
    """

    def __init__(self, concurrency: int, delay: float, jitter: float, random: Callable[[], float]) -> None:
        super().__init__(concurrency, delay, jitter)
        self.floor = 0.0
        self.held_until = 0.0
        self.transferring = _Transfers(self)
        self._random = random
        self._draw: tuple[float, float] = (-1.0, 0.0)  # when the last request was, and the number drawn then

    def download_delay(self) -> float:
        """Return how many seconds after `lastseen` the next request may go out."""
        if self._draw[0] != self.lastseen:
            self._draw = (self.lastseen, self._random())
        delay = lengthened(max(self.delay, self.floor), self.jitter, lambda: self._draw[1])
        return max(delay, self.held_until - self.lastseen)


class _Transfers(set[Request]):
    """The requests on their way to a host. When one has ended, the host's pause begins.

    Scrapy counts from when a request was begun; over a slow connection, two then arrive closer together than
    the host asked for.
    """

    def __init__(self, slot: HostSlot) -> None:
        super().__init__()
        self._slot = slot

    def remove(self, request: Request) -> None:
        super().remove(request)
        self._slot.lastseen = monotonic()


def _drain(slot: Slot, error: IgnoreRequest) -> None:
    slot.close()
    while slot.queue:
        _, waiting = slot.queue.popleft()
        waiting.errback(error)


def paced(crawler: Crawler) -> PacedDownloader | None:
    """Return the crawler's downloader; None if it has not been made yet, or is another (the setting DOWNLOADER)."""
    downloader: Any = crawler.engine.downloader if crawler.engine is not None else None
    return downloader if isinstance(downloader, PacedDownloader) else None

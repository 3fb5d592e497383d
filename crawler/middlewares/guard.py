"""What must never be requested or unpacked, whoever asks for it: private addresses, traps, bombs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.discovery.rules import LinkKind
from crawler.middlewares.capture import LEAD
from crawler.unpacking import Packed, is_gzipped

# What does something on the site when it's fetched; feeds and sitemaps must not lead there either.
_ACTS = frozenset({"vote", "share", "comment", "login"})


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


# An honest page packs to a tenth; one of ten megabytes that comes out of fifty kilobytes is a bomb.
_SMALL = 10 * 1024 * 1024
_RATIO = 200
_ENCODINGS = 2
# What a request's `meta` says of a report's body that is left packed: a `Packed`.
PACKED = "packed"


class Refused(IgnoreRequest):
    """The guard does not let the request out, or its answer in; the message says why."""


class LoginWall(Refused):
    """A redirect leads to a login, which is not followed."""


class GuardMiddleware:
    """Refuses private addresses, votes and the like, and for leads all that the source's rules refuse, at each hop."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._allows_private = crawler.settings.getbool("ALLOW_PRIVATE_HOSTS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        """Make the middleware; the rules come from the spider, request by request."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise Refused for a private address or a trap."""
        spider = self._crawler.spider
        host = urlsplit(request.url).hostname or ""
        allows_private = self._allows_private or getattr(spider, "allows_private", False)
        if is_forbidden(host, allows_private=allows_private):
            self._count("private_address")
            raise Refused(f"{host} is a private address")
        rules = getattr(spider, "rules", None)
        if rules is None:
            return
        verdict = rules.verdict(request.url)
        if verdict.kind is LinkKind.REFUSED and (request.meta.get(LEAD) is not None or verdict.rule in _ACTS):
            self._count(f"redirect_to_{verdict.rule}")
            if verdict.rule == "login" and "redirect_urls" in request.meta:
                raise LoginWall(f"it leads to a login page, {request.url}")
            raise Refused(f"it leads to {request.url}, which is refused ({verdict.rule})")

    def _count(self, what: str) -> None:
        if self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"guard/{what}")


# Whether the source that asks may be at private addresses: HostMapHandler says so where its requests go out.
# The resolver is the whole process's, in which sources of either sort are crawled side by side.
ASKER_ALLOWS_PRIVATE: ContextVar[bool] = ContextVar("ASKER_ALLOWS_PRIVATE", default=False)


class PublicResolver(CachingThreadedResolver):
    """Resolves names, but not to private addresses: the answer checked here is the one connected to."""

    def __init__(self, reactor: object, cache_size: int, timeout: float, *, allows_private: bool) -> None:
        super().__init__(reactor, cache_size, timeout)  # type: ignore[arg-type]
        self._allows_private = allows_private

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: object) -> PublicResolver:
        """Make the process's resolver (Scrapy passes the process as `crawler`)."""
        settings = crawler.settings
        size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        allows_private = settings.getbool("ALLOW_PRIVATE_HOSTS")
        return cls(reactor, size, settings.getfloat("DNS_TIMEOUT"), allows_private=allows_private)

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's
        """Return the address of `name`; fails like an unknown name if it is a private one."""
        found: Deferred[str] = super().getHostByName(name, timeout)
        if _address(name) is not None:  # the guard has looked at a bare address already
            return found
        allows_private = self._allows_private or ASKER_ALLOWS_PRIVATE.get()
        return found.addCallback(checked_address, name, allows_private=allows_private)


def checked_address(address: str, name: str, *, allows_private: bool) -> str:
    """Return the address that a name stands for; raises DNSLookupError if it's one that must not be asked."""
    if is_forbidden(address, allows_private=allows_private):
        raise DNSLookupError(f"{name} resolves to the private address {address}")
    return address


class BoundedCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression, which stops at DOWNLOAD_MAXSIZE; a bomb is noticed earlier than that.

    The gzipped body of a report is left as it is, for the worker that reads it; it is in the request's `meta`.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Unpack the body; raise Refused for one that is packed too well, or too many times."""
        packed = b",".join(response.headers.getlist("Content-Encoding"))
        if packed.count(b",") >= _ENCODINGS:
            raise Refused(f"its body is packed {packed.count(b',') + 1} times over")
        request.meta.pop(PACKED, None)
        if LEAD in request.meta and is_gzipped(packed, response.body):
            request.meta[PACKED] = Packed(response.body, self._limit(response.body, self._max_size))
            return response
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise Refused(f"its body of {len(response.body)} bytes unpacks to more than allowed") from error

    def _handle_encoding(
        self, body: bytes, content_encoding: list[bytes], max_size: int
    ) -> tuple[bytes, list[bytes]]:
        return super()._handle_encoding(body, content_encoding, self._limit(body, max_size))

    @staticmethod
    def _limit(body: bytes, max_size: int) -> int:
        limit = max(_SMALL, _RATIO * len(body))
        return min(max_size, limit) if max_size else limit


def is_forbidden(host: str, *, allows_private: bool) -> bool:
    """Tell whether `host`, a name or an address, must not be asked: a private one unless allowed, some never.

    A link-local address is that of no site, but that of a cloud's own machinery (169.254.169.254).
    """
    return is_link_local(host) or (is_private(host) and not allows_private)


def is_link_local(host: str) -> bool:
    """Tell whether `host` is a link-local IP address (169.254.0.0/16, fe80::/10), or leads to one."""
    address = _address(host)
    return address is not None and any(inner.is_link_local for inner in _embedded(address))


def is_private(host: str) -> bool:
    """Tell whether `host` is an IP address, or a name of one, that is not on the public internet."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    if address is None:
        return False  # a name: the resolver checks what it stands for
    return any(not inner.is_global or inner.is_multicast for inner in _embedded(address))


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _embedded(address: Address) -> Iterator[Address]:
    """Yield an address and the IPv4 address that an IPv6 one leads to (mapped, 6to4, Teredo, NAT64)."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo[1] if address.teredo else None
        nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        yield from filter(None, (address.ipv4_mapped, address.sixtofour, teredo, nat64))

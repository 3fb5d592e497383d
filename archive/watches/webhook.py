"""Matches as an HTTP POST to an address of the user's."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import os
import socket
from urllib.parse import urlsplit

from archive import __version__
from archive.errors import InvalidInput, NotDelivered
from archive.watches.model import Watch

SIGNATURE = "X-Archive-Signature"
_GOOD = range(200, 300)


def check(address: str) -> None:
    """Raise InvalidInput for what is no address to post to."""
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.username is not None:
        raise InvalidInput(
            f"{address!r} is no address to post to: write https://host/path, without a name or password"
        )


def post(watch: Watch, payload: bytes) -> None:
    """Post the payload, and return when the address has accepted it (2xx). Raises NotDelivered.

    Redirects are not followed: what was agreed on is this address. The body is signed (HMAC-SHA256, hex) where the watch
    names a variable that holds a key.
    """
    parts = urlsplit(watch.target)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"conflict-archive/{__version__}",
    }
    if watch.secret_variable is not None:
        headers[SIGNATURE] = f"sha256={_signed(watch.secret_variable, payload)}"
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=watch.timeout)
    connection._create_connection = _Connector(allow_private=watch.allow_private)  # type: ignore[attr-defined] # noqa: SLF001
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", path, payload, headers)
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotDelivered(f"{watch.target} can't be reached: {error}") from None
    finally:
        connection.close()
    if answer.status not in _GOOD:
        raise NotDelivered(f"{watch.target} refused: HTTP {answer.status} {answer.reason}")


def _signed(variable: str, payload: bytes) -> str:
    key = os.environ.get(variable)
    if not key:
        raise NotDelivered(f"the environment has no variable {variable}, which is to hold the key that signs")
    return hmac.new(key.encode(), payload, hashlib.sha256).hexdigest()


class _Connector:
    """Opens a connection to the address that was looked at, and to no other that a name may mean a moment later."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def __call__(self, address: tuple[str, int], timeout: float, *_: object) -> socket.socket:
        reason: OSError | None = None
        for *_kind, found in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            if not self._allow_private and is_private(str(found[0])):
                reason = reason or OSError(f"{found[0]} is a private address (--allow-private permits it)")
                continue
            try:
                return socket.create_connection((str(found[0]), int(found[1])), timeout)
            except OSError as error:
                reason = error
        raise reason or OSError(f"{address[0]} has no address")


def is_private(address: str) -> bool:
    """Tell whether an IP address is not one of the public internet."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return any(not each.is_global or each.is_multicast for each in (parsed, mapped) if each is not None)

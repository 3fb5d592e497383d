"""Asking a timestamping service over HTTP: a few bytes there, a few kilobytes back."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from archive import __version__
from archive.errors import InvalidInput, NotTimestamped

TIMEOUT = 20.0  # seconds
_MOST_BYTES = 256 * 1024


def post(url: str, data: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT) -> bytes:
    """Return what a service answers to `data`. Raises InvalidInput for no http(s) address, else NotTimestamped."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise InvalidInput(f"{url!r} is no address that begins with https:// or http://")
    given = {"User-Agent": f"conflict-archive/{__version__}", **headers}
    request = urllib.request.Request(url, data, given, method="POST")  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 - the same
            answer: bytes = response.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise NotTimestamped(f"{url} refused: HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise NotTimestamped(f"{url} can't be reached: {reason}") from None
    if len(answer) > _MOST_BYTES:
        raise NotTimestamped(f"{url} answered with more than {_MOST_BYTES // 1024} KB, which is no timestamp")
    return answer

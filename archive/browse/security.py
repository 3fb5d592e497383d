"""What a browser may do with a page of ours: run our own scripts, show our own styles, and ask nobody else for anything.

Everything that an archive holds came from strangers. It is escaped where it is put into a page; these headers are for
the day on which that goes wrong.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from archive.browse.compat import inline_scripts
from archive.errors import InvalidInput

Message = dict[str, Any]
App = Callable[[Any, Any, Callable[[Message], Awaitable[None]]], Awaitable[None]]

_COMMON = "default-src 'none'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
# Of our own pages.
PAGE = f"{_COMMON}; script-src 'self'; style-src 'self'; frame-src 'self'"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@functools.cache
def datasette_policy() -> str:
    """Return the policy of Datasette's own pages: of scripts inside a page, those that Datasette itself puts there."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in inline_scripts())
    return f"{_COMMON}; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'"


# Of Datasette's pages where other plugins have scripts inside them, or compile some: they run, and still ask nobody else.
WITH_PLUGINS = (
    f"{_COMMON}; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "worker-src 'self' blob:"
)


def policy_of(setting: object) -> str | None:
    """Return the policy of Datasette's own pages that the setting `content_security_policy` asks for; None for none.

    Raises InvalidInput for a value that there isn't.
    """
    if setting is True:
        return datasette_policy()
    if setting is False:
        return None
    if setting == "plugins":
        return WITH_PLUGINS
    raise InvalidInput(
        f'content_security_policy of conflict-archive is {setting!r}: write true, "plugins" or false'
    )


def guarded(app: App, policy: str | None) -> App:
    """Return an ASGI application that adds the headers where the page itself has not set them.

    policy: of Datasette's own pages, and other plugins'; our own have theirs in any case.
    """
    extra = _HEADERS | ({"content-security-policy": policy} if policy else {})

    async def wrapped(scope: Any, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = message | {"headers": _completed(message.get("headers", []), extra)}
            await send(message)

        await app(scope, receive, send_guarded if scope["type"] == "http" else send)

    return wrapped


def _completed(headers: Any, extra: Mapping[str, str]) -> list[list[bytes]]:
    present = {bytes(name).lower() for name, _ in headers}
    missing = [
        [name.encode(), value.encode()] for name, value in extra.items() if name.encode() not in present
    ]
    return [*([name, value] for name, value in headers), *missing]


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

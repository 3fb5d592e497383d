"""CSV that Datasette writes, made safe for spreadsheets: a cell that would be a formula gets an apostrophe in front.

The rule is that of `archive.export`; here it is kept for tables, queries and canned queries as well. Datasette writes a
record at a time, and what arrives is passed on record by record, so that a stream stays one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from archive.browse.security import App, Message
from archive.export import harmless

# A cell of a record, with what stands before it. A quote inside a quoted one is doubled.
_CELL = re.compile(r'(\A|,|\r?\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))')
# What a spreadsheet reads as a number is no formula, though it begins with a sign.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def defused(record: str) -> str:
    """Return records of CSV (RFC 4180) with each cell as `archive.export.harmless` has it; numbers stay as they are."""
    return _CELL.sub(_cell, record)


def _cell(found: re.Match[str]) -> str:
    before, quoted, plain = found.groups()
    if quoted is not None:
        return f'{before}"{harmless(quoted)}"'
    return before + (plain if _NUMBER.fullmatch(plain) else harmless(plain))


class Defuser:
    """Takes pieces of CSV in UTF-8, and gives back what is whole of it, defused."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held: list[str] = []
        self._is_inside = False  # a quoted cell, as far as it was held

    def take(self, piece: bytes, *, is_last: bool = False) -> bytes:
        """Return the records that end in this piece; with the last one, whatever is left as well."""
        text = self._decoder.decode(piece, final=is_last)
        self._is_inside ^= text.count('"') % 2 == 1
        self._held.append(text)
        if not is_last and (self._is_inside or not text.endswith("\n")):
            return b""
        whole, self._held = "".join(self._held), []
        return defused(whole).encode("utf-8", "replace")


def guarded(app: App, is_ours: Callable[[str], Awaitable[bool]]) -> App:
    """Return an ASGI application whose CSV of some databases is defused. is_ours: tells them by an address's path."""

    async def wrapped(scope: Any, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        if scope["type"] != "http" or not _is_csv(scope) or not await is_ours(scope["path"]):
            await app(scope, receive, send)
            return
        defuser = Defuser()

        async def send_defused(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    each for each in message.get("headers", []) if each[0].lower() != b"content-length"
                ]
                message = message | {"headers": headers}
            elif message["type"] == "http.response.body":
                more = message.get("more_body", False)
                message = message | {"body": defuser.take(message.get("body", b""), is_last=not more)}
                if more and not message["body"]:
                    return
            await send(message)

        await app(_plain(scope), receive, send_defused)

    return wrapped


def _is_csv(scope: Any) -> bool:
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return scope["path"].endswith(".csv") or ("_format", "csv") in asked


def _plain(scope: Any) -> Any:
    """Return what was asked without the parameter that has Datasette put CSV into a page, where it can't be read back."""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if not any(name == "_trace" for name, _ in asked):
        return scope
    query = urlencode([(name, value) for name, value in asked if name != "_trace"])
    return {**scope, "query_string": query.encode("latin-1")}

"""A captured page, replayed: ours around a frame, and in it what `archive.browse.replaying` makes of the capture."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import escape

from archive.browse.compat import Response
from archive.browse.replaying.characters import characters
from archive.browse.replaying.safe import Rebuilt, TooMuch, document, rebuild
from archive.browse.web import Asked, page
from archive.errors import NotFound
from archive.evidence.reading import CaptureUnreadable, content, read_response

# Enough by itself: were nothing taken out of the page, it could still run nothing and ask nobody for anything.
POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
# A sandboxed page that opens in a tab of its own may not ask to be isolated: browsers refuse to show it.
_HEADERS: Final = {"content-security-policy": POLICY, "cross-origin-opener-policy": "unsafe-none"}
_OURS: Final = (
    "body{font-family:sans-serif;line-height:1.5}.conflict-archive-note{border:1px dotted;padding:0 .2em}"
)
_LARGEST = 20_000_000  # bytes of a page, unpacked; what has fewer may still have too many characters
_CAPTURE = "select * from captures where id = ?"
_REASON = "select at, reason from custody where action = 'removed' and capture_id = ?"
_TEXT = ("text/", "application/json", "application/xml")


@page("captures", "custody")
async def replay(asked: Asked) -> Response:
    """Show what is known of a capture, and its page in a frame that may do nothing."""
    _require_pages(asked)
    capture, removed = await asked.read(lambda connection: _capture(connection, asked.part("id")))
    return await asked.answer("archive_replay.html", {"capture": capture, "removed": removed})


@page("captures", "custody")
async def framed(asked: Asked) -> Response:
    """Give the page that stands in the frame."""
    _require_pages(asked)
    capture, _ = await asked.read(lambda connection: _capture(connection, asked.part("id")))
    html = await asyncio.get_running_loop().run_in_executor(
        asked.datasette.executor, _html, _folder(asked), capture
    )
    return Response(html, headers=dict(_HEADERS), content_type="text/html; charset=utf-8")


@page("captures", "custody")
async def payload(asked: Asked) -> Response:
    """Give a capture's bytes as they were received, to be saved."""
    _require_pages(asked)
    capture, _ = await asked.read(lambda connection: _capture(connection, asked.part("id")))
    try:
        body = await asyncio.get_running_loop().run_in_executor(
            asked.datasette.executor, _payload, _folder(asked), capture
        )
    except CaptureUnreadable as error:
        raise NotFound(_trouble(error, capture)) from None
    named = {"content-disposition": f'attachment; filename="capture-{capture["id"]}.bin"'}
    return Response(body, headers={**_HEADERS, **named}, content_type="application/octet-stream")


def _require_pages(asked: Asked) -> None:
    """Raise NotFound for a published copy: it may lie beside its archive, whose captured pages are not for everybody."""
    if asked.publication is not None:
        raise NotFound("this is a published copy: captured pages are not published")


def _capture(
    connection: sqlite3.Connection, digits: str
) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """Return a capture's row, and if its page was removed, when and why."""
    number = int(digits)
    row = connection.execute(_CAPTURE, [number]).fetchone() if number < 1 << 63 else None
    if row is None:
        raise NotFound(f"no capture has the id {number}")
    removed = connection.execute(_REASON, [number]).fetchone()
    return dict(row), dict(removed) if removed else None


def _folder(asked: Asked) -> Path:
    return Path(asked.datasette.databases[asked.database].path).absolute().parent / "warc"


def _payload(folder: Path, capture: Mapping[str, Any]) -> bytes:
    return read_response(folder, capture["warc_file"], capture["warc_offset"], capture["payload_sha256"]).body


def _html(folder: Path, capture: Mapping[str, Any]) -> str:
    try:
        response = read_response(
            folder, capture["warc_file"], capture["warc_offset"], capture["payload_sha256"]
        )
        return document(_rebuilt(content(response, limit=_LARGEST), capture["content_type"]), _OURS)
    except CaptureUnreadable as error:
        return _sentence(_trouble(error, capture))
    except TooMuch as error:
        return _sentence(f"{error}: download its bytes instead")


def _rebuilt(body: bytes, content_type: str | None) -> Rebuilt:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if not body:
        return Rebuilt(body="<p>The answer held no page.</p>")
    if "html" in kind or (not kind and body.lstrip()[:1] == b"<"):
        return rebuild(characters(body, content_type))
    if kind.startswith(_TEXT) or kind.endswith(("+json", "+xml")):
        return Rebuilt(body=f"<pre>{escape(characters(body[:1_000_000], content_type))}</pre>")
    return Rebuilt(body=f"<p>This is {escape(kind or 'no HTML')}, which is not shown here: download it.</p>")


def _trouble(error: CaptureUnreadable, capture: Mapping[str, Any]) -> str:
    """Return what is wrong, without the path on this machine that the error may name."""
    return f"{error.trouble}: {capture['warc_file']} at byte {capture['warc_offset']}; see `archive verify`"


def _sentence(text: str) -> str:
    return document(Rebuilt(body=f"<p>{escape(text)}</p>"), _OURS)

"""Atom feeds as Datasette serves them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from archive.browse.compat import Response
from archive.browse.web import Asked
from archive.clock import to_text, utc_now
from archive.text.atom import Entry, Feed, write


def absolute(asked: Asked, path: str) -> str:
    """Return the whole address of a page of the same archive, of whose path `Asked.path` takes care."""
    return str(asked.datasette.absolute_url(asked.request, asked.path(path)))


def updated(entries: Sequence[Entry]) -> str:
    """Return when an entry was new or another last; now for none."""
    return max((entry.updated for entry in entries), default="") or to_text(utc_now())


def answer(asked: Asked, feed: Feed) -> Response:
    """Return a feed, or that it is the one which the reader has already."""
    text = write(feed)
    tag = f'"{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]}"'
    if asked.request.headers.get("if-none-match") == tag:
        return Response("", status=304, headers={"etag": tag})
    return Response(text, headers={"etag": tag}, content_type="application/atom+xml; charset=utf-8")

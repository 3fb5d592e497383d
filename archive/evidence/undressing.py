"""A `response` record with its body unpacked, so that it is like the other pages of its site; and as it was again.

Other tools read the page in it as they do with those of Browsertrix and other crawlers that unpack what they get: the
HTTP headers that speak of the packed body are named `X-Orig-Content-Encoding` and `X-Orig-Content-Length`. A header of
ours in the record's own head, `X-Archive-Repack`, tells how the body is packed again, and the digests and the length
that the record had. What can't be had back byte for byte stays as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass

from archive.evidence.recoding import NotRedone, Recipe, Settings, read_recipe, redo, undo

FIELD = b"X-Archive-Repack"
_AS_IT_IS = FIELD + b': {"as_it_is":true}'
_AS_IT_WAS = b"X-Orig-"
_END = b"\r\n\r\n"
_RENAMED = re.compile(rb"(?im)^(content-encoding|content-length):")
_RENAMED_BACK = re.compile(rb"(?im)^X-Orig-(content-encoding|content-length):")
_ENCODING = re.compile(rb"(?im)^content-encoding:[ \t]*([^\r\n]*?)[ \t]*\r?$")
_NOT_OURS = re.compile(rb"(?im)^(?:x-orig-|transfer-encoding:[^\r\n]*chunked)")
_HEAD = re.compile(rb"WARC/\d\.\d\r\n(?:[!-9;-~]+:[^\r\n]*\r\n)+")
_DEFLATED = frozenset({b"gzip", b"x-gzip", b"deflate"})
_DIGESTS = (b"warc-block-digest", b"warc-payload-digest")
_LENGTH = b"content-length"
_BASE32 = re.compile(r"[A-Z2-7]+=*")


class NotDressed(ValueError):
    """A record can't be had back as it was; the words say why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is kept. encoding: of its body, "" if it had none. recipe: of what was undone; else None."""

    data: bytes
    encoding: str = ""
    recipe: Recipe | None = None


def undress(record: bytes, *, first: Settings | None = None, tries: bool = True) -> Kept:
    """Return a record as it is to be kept: with its body unpacked if that can be undone, else as it is.

    first: the settings of deflate to try first. tries: False leaves every body as it is.
    """
    kept = _undressed(record, first, tries=tries)
    # Another program's record may have such a header itself, and is not to be taken for one that we unpacked.
    return Kept(_marked(record), kept.encoding) if kept.recipe is None and _told(record) else kept


def _undressed(record: bytes, first: Settings | None, *, tries: bool) -> Kept:
    parts = _parts(record)
    if parts is None:
        return Kept(record)
    head, http, body = parts
    encodings = _ENCODING.findall(http)
    encoding = b", ".join(encodings).decode("latin-1").lower()
    if len(encodings) != 1 or encodings[0].lower() not in _DEFLATED or _NOT_OURS.search(http):
        return Kept(record, encoding)
    undone = undo(body, first=first) if tries else None
    if undone is None:
        return Kept(record, encoding)
    plain, recipe = undone
    new_http = _RENAMED.sub(rb"X-Orig-\1:", http)
    kept = _with_head(head, new_http + _END + plain, plain, str(recipe))
    if kept is None or _undone_head(kept[: kept.index(_END) + 2]) != (head, str(recipe)):
        return Kept(record, encoding)
    is_back = _RENAMED_BACK.sub(rb"\1:", new_http) == http
    return Kept(kept, encoding, recipe) if is_back else Kept(record, encoding)


def dress(kept: bytes) -> bytes:
    """Return the record of which `undress` made `kept`. Raises NotDressed."""
    told = _told(kept)
    if not told:
        return kept
    end = kept.find(_END)
    if told == _AS_IT_IS:
        return kept[: end - len(b"\r\n") - len(told)] + kept[end:]
    head, recipe = _undone_head(kept[: end + 2])
    http, _, plain = kept[end + len(_END) : -len(_END)].partition(_END)
    try:
        body = redo(plain, read_recipe(recipe))
    except NotRedone as error:
        raise NotDressed(str(error)) from None
    return b"".join((head, b"\r\n", _RENAMED_BACK.sub(rb"\1:", http), _END, body, _END))


def _told(record: bytes) -> bytes:
    """Return the header of ours that is the last of a record's own head; nothing if that is another one."""
    end = record.find(_END)
    last = record[: max(end, 0)].rpartition(b"\r\n")[2]
    return last if last.startswith(FIELD + b":") else b""


def _marked(record: bytes) -> bytes:
    """Return a record with a header of ours behind its own, which says that nothing else was done to it."""
    end = record.find(_END)
    return b"".join((record[:end], b"\r\n", _AS_IT_IS, record[end:]))


def _parts(record: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return a response's WARC head and HTTP head, without the blank lines, and its body; None for anything else."""
    at = record.find(_END)
    head = record[: at + 2]
    if at < 0 or not _HEAD.fullmatch(head) or FIELD.lower() in head.lower() or not record.endswith(_END):
        return None
    fields = _fields(head)
    names = [name.lower() for name, _ in fields]
    told = {name.lower(): value.strip() for name, value in fields}
    if len(set(names)) != len(names) or told.get(b"warc-type") != b"response":
        return None
    block = record[at + len(_END) : -len(_END)]
    http, blank, body = block.partition(_END)
    if not blank or not http.startswith(b"HTTP/") or told.get(_LENGTH) != b"%d" % len(block):
        return None
    return head, http, body


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Return each header's name, and its value as it stands behind the colon."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:-1])
    return [(name, value) for name, _, value in pairs]


def _with_head(head: bytes, block: bytes, payload: bytes, recipe: str) -> bytes | None:
    """Return the record with this block, its head telling what it was; None for a digest that nobody knows."""
    was: list[tuple[str, str]] = []
    lines = [head.partition(b"\r\n")[0]]
    for name, value in _fields(head):
        new = value
        if name.lower() == _LENGTH:
            new = b" %d" % len(block)
        elif name.lower() in _DIGESTS:
            made = _digest(value.decode("latin-1").strip(), block if b"lock" in name.lower() else payload)
            if made is None:
                return None
            new = b" " + made.encode()
        if name.lower() in {_LENGTH, *_DIGESTS}:
            was.append((name.decode("latin-1"), value.decode("latin-1")))
        lines.append(name + b":" + new)
    told = json.dumps({"recipe": recipe, "was": was}, separators=(",", ":"))
    lines.append(FIELD + b": " + told.encode())
    return b"\r\n".join(lines) + _END + block + _END


def _undone_head(head: bytes) -> tuple[bytes, str]:
    """Return the head that a kept record had, and the recipe for its body."""
    fields = _fields(head)
    try:
        told = json.loads(next(value for name, value in fields if name == FIELD))
        recipe = str(told["recipe"])
        was = {str(name).encode("latin-1"): str(value).encode("latin-1") for name, value in told["was"]}
    except (StopIteration, ValueError, KeyError, TypeError, RecursionError):
        raise NotDressed(f"its header {FIELD.decode()} can't be read") from None
    lines = [head.partition(b"\r\n")[0]]
    lines += [name + b":" + was.get(name, value) for name, value in fields if name != FIELD]
    return b"\r\n".join(lines) + b"\r\n", recipe


def _digest(like: str, data: bytes) -> str | None:
    """Return the digest of data, of the same kind and written in the same way."""
    algorithm, _, value = like.partition(":")
    kind = algorithm.lower().replace("-", "")
    if kind not in {"md5", "sha1", "sha256", "sha512"}:
        return None
    made = hashlib.new(kind, data, usedforsecurity=False)
    is_base32 = _BASE32.fullmatch(value) and len(value.rstrip("=")) != len(made.hexdigest())
    return f"{algorithm}:{base64.b32encode(made.digest()).decode() if is_base32 else made.hexdigest()}"

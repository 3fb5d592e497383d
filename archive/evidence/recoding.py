"""Undoing deflate so that it can be redone bit for bit: gzipped bodies, and the gzip members of WARC files.

What a page is packed with leaves nothing that two pages share; unpacked, pages of one site are nearly the same. So the
settings with which zlib makes the very same bytes are looked for: level, memory level and window, as web servers set
them, and the places at which a server flushed what it had. What was packed by something else than zlib (zopfli,
libdeflate, Go, Chromium's zlib) has no such settings, and is left alone. Brotli is not tried: its encoder makes other
bytes from one release to the next, while zlib's have been the same for many years.
"""

from __future__ import annotations

import functools
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from archive.evidence.deflating import deflate

# What is no page any more, packed or unpacked.
MOST_UNPACKED = 64 * 1024 * 1024 + 512 * 1024
_PIECE = 256 * 1024
_FLUSHED = b"\x00\x00\xff\xff"  # ends what zlib flushes
_MOST_FLUSHES = 4096
_MOST_PREFIX = 512
_MOST_TAIL = 64
_FLAG_EXTRA, _FLAG_NAME, _FLAG_COMMENT, _FLAG_CRC = 4, 8, 16, 2
_RECIPE = re.compile(
    r"(?:stored(?: (?P<blocks>\d{1,5}(?:\*\d{1,6})?(?:,\d{1,5}(?:\*\d{1,6})?){0,4095}))?"
    r"|deflate (?P<level>\d)\.(?P<memory>\d)\.(?P<window>\d\d?))(?: head=(?P<head>[0-9a-f]{2,1024}))?"
    r"(?: (?P<flush>sync|full)=(?P<places>\d{1,9}(?:,\d{1,9}){0,4095}))?(?: tail=(?P<tail>gzip|zlib|[0-9a-f]{2,128}))?"
)
# The commonest first: nginx's default, what its guides tell, Apache's and everybody else's default, the densest.
_LEVELS = (6, 1, 5, 9, 4, 2, 3, 7, 8)
_MOST_BLOCKS = 4096
_MADE_BY_ZLIB = 2056972148  # see `is_zlib`
_BLOCK = struct.Struct(
    "<BHH"
)  # of bytes that are only stored: whether it's the last, its length, and that inverted


class NotRedone(ValueError):
    """A recipe can't be followed; the words say why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What zlib's `deflateInit2` is told. window: bits."""

    level: int
    memory: int
    window: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a body is packed again. head, tail: the bytes around the deflate stream; a tail may be named by its kind.

    settings: None for a body that is only stored, in blocks of these lengths and a last one: how zlib cuts them hangs on
    the program that calls it. places: in the unpacked bytes, at which it was flushed in that way.
    """

    settings: Settings | None
    head: bytes = b""
    flush: str = "sync"
    places: tuple[int, ...] = ()
    tail: str = ""
    blocks: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the recipe as a line of text, which `read_recipe` reads."""
        one = self.settings
        text = (
            f"deflate {one.level}.{one.memory}.{one.window}"
            if one
            else f"stored {_runs(self.blocks)}".rstrip()
        )
        text += f" head={self.head.hex()}" if self.head else ""
        text += f" {self.flush}={','.join(map(str, self.places))}" if self.places else ""
        return text + (f" tail={self.tail}" if self.tail else "")


def undo(body: bytes, *, first: Settings | None = None) -> tuple[bytes, Recipe] | None:
    """Return what a gzipped or deflated body holds, and the recipe that makes that body of it; None if none is known.

    first: the settings that are tried first; those of the body before are the likeliest.
    """
    begin = _prefix_length(body)
    if begin is None:
        return None
    stream = _inflated(body, begin)
    if stream is None:
        return None
    plain, end = stream
    packed, tail = body[begin:end], body[end:]
    if len(tail) > _MOST_TAIL:
        return None
    named = next((kind for kind, made in _TAILS.items() if made(plain) == tail), tail.hex())
    if packed[0] in {0, 1}:
        blocks = _stored_blocks(packed)
        return None if blocks is None else (plain, Recipe(None, body[:begin], tail=named, blocks=blocks))
    flushes = _flushes(packed)
    for settings in _candidates(len(plain), first) if is_zlib() else ():
        found = _matching(plain, packed, settings, flushes)
        if found is not None:
            kind, places = found
            return plain, Recipe(settings, body[:begin], kind, places, named)
    return None


def redo(plain: bytes, recipe: Recipe) -> bytes:
    """Return the body again. Raises NotRedone."""
    settings = recipe.settings
    known = _TAILS.get(recipe.tail)
    tail = known(plain) if known else bytes.fromhex(recipe.tail)
    if settings is None:
        return b"".join((recipe.head, *_stored(plain, recipe.blocks), tail))
    if not (1 <= settings.level <= 9 and 1 <= settings.memory <= 9 and 9 <= settings.window <= 15):
        raise NotRedone("its recipe makes no sense")
    if not is_zlib():
        one, is_full = settings, recipe.flush == "full"
        stream = deflate(plain, one.level, one.memory, one.window, places=recipe.places, full=is_full)
        return recipe.head + stream + tail
    packer = zlib.compressobj(settings.level, zlib.DEFLATED, -settings.window, settings.memory)
    how = zlib.Z_FULL_FLUSH if recipe.flush == "full" else zlib.Z_SYNC_FLUSH
    made, begin, view = [recipe.head], 0, memoryview(plain)
    for place in recipe.places:
        made += [packer.compress(view[begin:place]), packer.flush(how)]
        begin = place
    return b"".join((*made, packer.compress(view[begin:]), packer.flush(), tail))


@functools.cache
def is_zlib() -> bool:
    """Tell whether this Python's zlib is zlib, and not another library that packs otherwise: what it makes of a text."""
    text = b"".join(b"%d: %d people in %d\n" % (n, n * n % 9973, n**3 % 7919) for n in range(6000))
    made = 0
    for settings in (Settings(1, 8, 15), Settings(6, 8, 15), Settings(6, 9, 15), Settings(9, 9, 15)):
        packer = zlib.compressobj(settings.level, zlib.DEFLATED, -settings.window, settings.memory)
        made = zlib.crc32(packer.compress(text) + packer.flush(), made)
    return made == _MADE_BY_ZLIB


def read_recipe(text: str) -> Recipe:
    """Return the recipe that a line of text tells. Raises NotRedone for what is none."""
    found = _RECIPE.fullmatch(text)
    if found is None:
        raise NotRedone("it has no recipe that this version knows")
    places = tuple(int(place) for place in (found["places"] or "").split(",") if place)
    if (
        len(places) > _MOST_FLUSHES
        or list(places) != sorted(places)
        or (places and places[-1] > MOST_UNPACKED)
    ):
        raise NotRedone("its recipe makes no sense")
    try:
        head = bytes.fromhex(found["head"] or "")
        bytes.fromhex(found["tail"] or "") if found["tail"] not in _TAILS else b""
    except ValueError:
        raise NotRedone("its recipe makes no sense") from None
    settings = None
    if found["level"]:
        settings = Settings(int(found["level"]), int(found["memory"]), int(found["window"]))
    return Recipe(
        settings, head, found["flush"] or "sync", places, found["tail"] or "", _unrun(found["blocks"] or "")
    )


# -- the frame --------------------------------------------------------------------------------------------------


def _gzip_tail(plain: bytes) -> bytes:
    return zlib.crc32(plain).to_bytes(4, "little") + (len(plain) & 0xFFFFFFFF).to_bytes(4, "little")


def _zlib_tail(plain: bytes) -> bytes:
    return zlib.adler32(plain).to_bytes(4, "big")


_TAILS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip_tail, "zlib": _zlib_tail, "": lambda _: b""}


def _prefix_length(body: bytes) -> int | None:
    """Return where the deflate stream begins: behind a gzip header, zlib's two bytes, or at once; None if nowhere."""
    if body.startswith(b"\x1f\x8b\x08") and len(body) > 10:
        return _gzip_head_length(body)
    is_zlib = len(body) > 2 and body[0] & 0x0F == 8 and body[0] >> 4 <= 7 and not body[1] & 0x20
    return 2 if is_zlib and (body[0] << 8 | body[1]) % 31 == 0 else 0


def _gzip_head_length(body: bytes) -> int | None:
    flags, at = body[3], 10
    if flags & _FLAG_EXTRA:
        at += 2 + int.from_bytes(body[at : at + 2], "little")
    for flag in (_FLAG_NAME, _FLAG_COMMENT):
        if flags & flag:
            at = body.find(b"\0", at) + 1
            if not at:
                return None
    at += 2 if flags & _FLAG_CRC else 0
    return at if at <= _MOST_PREFIX else None


def _inflated(body: bytes, begin: int) -> tuple[bytes, int] | None:
    """Return what the stream that begins there holds, and where it ends; None if it is none, too large or cut short."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = stream.decompress(memoryview(body)[begin:], MOST_UNPACKED)
    except zlib.error:
        return None
    if not stream.eof or not plain:
        return None
    return plain, len(body) - len(stream.unused_data)


# -- bytes that are only stored -----------------------------------------------------------------------------------


def _stored_blocks(packed: bytes) -> tuple[int, ...] | None:
    """Return the lengths of all blocks but the last; None if there are others than stored ones."""
    lengths: list[int] = []
    at = 0
    while len(lengths) <= _MOST_BLOCKS and at + _BLOCK.size <= len(packed):
        first, length, inverted = _BLOCK.unpack_from(packed, at)
        if first not in {0, 1} or length != inverted ^ 0xFFFF:
            return None
        at += _BLOCK.size + length
        if first == 1:
            return tuple(lengths) if at == len(packed) else None
        lengths.append(length)
    return None


def _stored(plain: bytes, blocks: Sequence[int]) -> Iterator[bytes]:
    last = len(plain) - sum(blocks)
    if not 0 <= last <= 0xFFFF or any(length > 0xFFFF for length in blocks):
        raise NotRedone("its recipe is for another body")
    at = 0
    for number, length in enumerate((*blocks, last)):
        yield _BLOCK.pack(number == len(blocks), length, length ^ 0xFFFF)
        yield plain[at : at + length]
        at += length


def _runs(blocks: Sequence[int]) -> str:
    """Return lengths as text, equal ones in a row together."""
    runs = ((length, len(list(same))) for length, same in groupby(blocks))
    return ",".join(f"{length}*{count}" if count > 1 else str(length) for length, count in runs)


def _unrun(text: str) -> tuple[int, ...]:
    runs = [
        (int(length), int(count or 1))
        for length, _, count in (run.partition("*") for run in text.split(",") if run)
    ]
    if sum(count for _, count in runs) > _MOST_BLOCKS:
        raise NotRedone("its recipe makes no sense")
    return tuple(length for length, count in runs for _ in range(count))


# -- the settings -------------------------------------------------------------------------------------------------


def _candidates(length: int, first: Settings | None) -> Iterator[Settings]:
    """Yield what zlib may have been set to, for that many bytes; each once."""
    tried = set()
    window = memory = None
    if first is not None:
        tried.add(first)
        yield first
    # nginx makes both smaller for a body whose length it knows beforehand (ngx_http_gzip_filter_memory)
    window, memory = 15, 8
    while window > 9 and memory > 1 and length < (1 << (window - 1)) - 262:
        window, memory = window - 1, memory - 1
    for bits, space in ((15, 8), (15, 9), (window, memory)):
        for level in _LEVELS:
            settings = Settings(level, space, bits)
            if settings not in tried:
                tried.add(settings)
                yield settings


def _flushes(packed: bytes) -> tuple[tuple[int, int], ...]:
    """Return where zlib may have been flushed: in the packed bytes, and in what they hold."""
    found: list[tuple[int, int]] = []
    stream, done, at, out = zlib.decompressobj(-zlib.MAX_WBITS), 0, packed.find(_FLUSHED), 0
    while at >= 0 and len(found) < _MOST_FLUSHES:
        end = at + len(_FLUSHED)
        out += len(stream.decompress(memoryview(packed)[done:end]))
        if stream.eof:
            break
        done = end
        found.append((end, out))
        at = packed.find(_FLUSHED, end)
    return tuple(found)


def _matching(
    plain: bytes, packed: bytes, settings: Settings, flushes: tuple[tuple[int, int], ...]
) -> tuple[str, tuple[int, ...]] | None:
    """Return how and where to flush so that these settings make the packed bytes; None if they don't."""
    # what looks like the end of a flush may be four bytes of a page
    for kind, places in (("sync", flushes), ("full", flushes), ("sync", ()))[0 if flushes else 2 :]:
        how = zlib.Z_FULL_FLUSH if kind == "full" else zlib.Z_SYNC_FLUSH
        packer = zlib.compressobj(settings.level, zlib.DEFLATED, -settings.window, settings.memory)
        check = _Check(packed)
        begin, is_same = 0, True
        for end, place in places:
            is_same = all(check.take(packer.compress(piece)) for piece in _pieces(plain, begin, place))
            is_same = is_same and check.take(packer.flush(how)) and check.at == end
            begin = place
            if not is_same:
                break
        is_same = is_same and all(
            check.take(packer.compress(piece)) for piece in _pieces(plain, begin, len(plain))
        )
        if is_same and check.take(packer.flush()) and check.at == len(packed):
            return kind, tuple(place for _, place in places)
    return None


def _pieces(plain: bytes, begin: int, end: int) -> Iterator[memoryview]:
    """Yield that part in the pieces in which it's compared, so that wrong settings are told soon."""
    view = memoryview(plain)
    for at in range(begin, end, _PIECE):
        yield view[at : min(at + _PIECE, end)]


class _Check:
    """Compares bytes with what comes next."""

    def __init__(self, expected: bytes) -> None:
        self.at = 0
        self._expected = expected

    def take(self, made: bytes) -> bool:
        is_same = self._expected.startswith(made, self.at)
        self.at += len(made)
        return is_same

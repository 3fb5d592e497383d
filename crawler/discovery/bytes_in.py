"""From a stranger's bytes to text, in bounded time and memory: gzip, byte order marks, declared charsets."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from crawler.errors import DiscoveryError

MAX_BYTES = 50 * 2**20  # sitemaps.org allows 50 MiB unpacked; nothing honest is larger
MAX_RATIO = 200  # a sitemap of 50,000 like URLs packs about 1:30, zlib at most 1:1032
RATIO_FREE_BYTES = 2**20  # a small payload may pack as it likes: it can't hurt
CHUNK_BYTES = 2**16
_MAX_MEMBERS = 100  # of one gzip file: each costs a copy of the rest of a chunk
_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00\x00\x00", "utf-32-le"),  # without a mark: a "<" of four bytes, or of two
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
# Python knows codecs that are no charsets (hex), and slow or noisy ones (punycode, unicode_escape).
_CHARSET = re.compile(
    r"^(?:ascii|utf-?8|utf-(?:16|32)(?:-[bl]e)?|latin-?1|cp\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]|mac-[a-z]+"
    r"|gb2312|gbk|gb18030|big5|big5hkscs|euc_jp|euc_kr|shift_jis|tis-620)$"
)
# Charsets to guess among, and what from. Below this many bytes a guess is a toss; below this share of letters
# that are broken the payload is UTF-8 all the same, cut off in the middle of a letter.
_GUESSES = ["cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_5", "iso8859_6", "koi8_r",
            "koi8_u", "cp874", "big5", "gb18030", "euc_jp", "euc_kr", "shift_jis"]  # fmt: skip
_SAMPLE_BYTES = 16_384
_BROKEN_LETTERS = 12
_BROKEN_SHARE = 0.05
_BRACKETS = re.compile(rb"[<>]")
_FOREIGN = re.compile(rb"[\x80-\xff]")


def unpacked(payload: bytes, url: str) -> tuple[bytes, str | None]:
    """Return a payload without its gzip layer, if it has one, and a sentence if that layer is broken.

    Raises DiscoveryError for more than MAX_BYTES, or a packing ratio above MAX_RATIO (a bomb).
    """
    if not payload.startswith(_GZIP):
        if len(payload) > MAX_BYTES:
            raise DiscoveryError(f"{url} has {len(payload):,} bytes, more than the {MAX_BYTES:,} allowed")
        return payload, None
    limit = min(MAX_BYTES, max(RATIO_FREE_BYTES, len(payload) * MAX_RATIO))
    out = bytearray()
    try:
        for piece in _inflated(payload):
            out += piece
            if len(out) > limit:
                raise DiscoveryError(f"{url} unpacks to more than {limit:,} bytes, from {len(payload):,}")
    except (zlib.error, EOFError) as error:
        if not out:
            raise DiscoveryError(f"{url} is a gzip file that can't be unpacked: {error}") from None
        return bytes(out), f"the gzip file is broken ({error})"
    return bytes(out), None


def text_pieces(payload: bytes, content_type: str | None = None) -> Iterator[str]:
    """Yield a payload as text, piece by piece; bytes that its charset doesn't have become U+FFFD.

    The charset is the byte order mark's; else UTF-8 if the bytes are valid UTF-8, whatever is declared (other
    charsets' text hardly ever is); else that of the HTTP header, then that of the XML declaration or <meta>;
    where neither says anything, or says UTF-8 of what is something else, the likeliest by charset-normalizer.
    """
    decoder = codecs.getincrementaldecoder(charset_of(payload, content_type))(errors="replace")
    for start in range(0, len(payload), CHUNK_BYTES):
        yield decoder.decode(payload[start : start + CHUNK_BYTES])
    yield decoder.decode(b"", final=True)


def charset_of(payload: bytes, content_type: str | None = None) -> str:
    """Return the name of the Python codec for a payload, chosen as `text_pieces` says."""
    for mark, charset in _BOMS:
        if payload.startswith(mark):
            return charset
    if _is_utf8(payload):
        return "utf-8"
    in_header = http_content_type_encoding(content_type) if content_type else None
    for declared in (in_header, html_body_declared_encoding(payload[:4096])):
        if declared and declared != "utf-8" and _CHARSET.match(declared):
            # without a mark, Python refuses "utf-16"; the web takes it for the little-endian one
            return f"{declared}-le" if declared in {"utf-16", "utf-32"} else declared
    return _guess(payload)


def _guess(payload: bytes) -> str:
    """Return the likeliest charset of what is not wholly UTF-8."""
    foreign = _FOREIGN.search(payload)
    start = max(0, foreign.start() - 1_000) if foreign else 0
    # without tags, and without the addresses that would pass for the language
    pieces = _BRACKETS.split(payload[start : start + 4 * _SAMPLE_BYTES])
    sample = b"\n".join(piece for piece in pieces if not piece.isascii())[:_SAMPLE_BYTES]
    text = sample.decode("utf-8", "replace")
    foreign_letters = sum(character > "\x7f" for character in text)
    if text.count("\ufffd") < max(_BROKEN_LETTERS, _BROKEN_SHARE * foreign_letters):
        return "utf-8"
    best = from_bytes(sample, cp_isolation=_GUESSES).best()
    return best.encoding if best else "utf-8"


def _is_utf8(payload: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(payload), CHUNK_BYTES):
            decoder.decode(payload[start : start + CHUNK_BYTES])
    except UnicodeDecodeError:
        return False
    return True


def _inflated(payload: bytes) -> Iterator[bytes]:
    """Yield what a gzip file of one or more members holds; raise zlib.error or EOFError where it breaks."""
    member, members = zlib.decompressobj(wbits=31), 1
    for start in range(0, len(payload), CHUNK_BYTES):
        data = payload[start : start + CHUNK_BYTES]
        while data:
            yield member.decompress(data, CHUNK_BYTES * 16)
            data = member.unconsumed_tail
            if not member.eof:
                continue
            data = member.unused_data
            if not data and start + CHUNK_BYTES >= len(payload):
                return
            if members == _MAX_MEMBERS:
                raise zlib.error(f"more than {_MAX_MEMBERS} members")
            member, members = zlib.decompressobj(wbits=31), members + 1
    raise EOFError("it ends too early")

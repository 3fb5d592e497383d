"""From the bytes of a page to its characters: which encoding, and what to drop."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# Where a label is a lie, this share of the characters beyond ASCII comes out as U+FFFD; a page cut off in the
# middle of a character, or with one broken advertisement, stays below it.
_BROKEN_SHARE = 0.05
_SAMPLE_BYTES = 65_536
_MULTIBYTE = ("big5", "cp932", "cp949", "euc", "gb", "iso2022", "shift_jis", "utf-16", "utf-32")
_TAGS = re.compile(rb"<[^<>]*>")
# What XML, and so every later stage, can't hold: all but tab and line ends of C0, and two non-characters.
_CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
# Numeric references to the same: libxml2 would put the character itself into the tree.
_CONTROL_REFERENCES = re.compile(
    rb"&#(?:x0*(?:[0-8bef]|1[0-9a-f]|7f|fff[ef])|0*(?:[0-8]|11|1[4-9]|2[0-9]|3[01]|127|6553[45]))(?:;|(?![0-9a-z]))",
    re.IGNORECASE,
)


def page_text(payload: bytes, content_type: str | None) -> tuple[bytes, str]:
    """Return the text of an HTML page as UTF-8, and the name of the encoding that it was in.

    A byte order mark decides; then what the server, the page's meta tags and its XML declaration say, in
    this order, unless the bytes contradict it (much that is UTF-8 is served as ISO-8859-1 or windows-1256,
    and no text in those happens to be valid UTF-8); then UTF-8; then the likeliest by charset-normalizer.
    Labels mean what they mean to browsers (latin1 is windows-1252). Never raises: what can't be decoded
    becomes U+FFFD. Control characters are dropped.
    """
    text, encoding = _decode(payload, content_type)
    data = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    for character in _NONCHARACTERS:
        data = data.replace(character, b"")
    return _CONTROL_REFERENCES.sub(b"", data), encoding


def _decode(payload: bytes, content_type: str | None) -> tuple[str, str]:
    encoding, bom = read_bom(payload)
    if encoding and bom:
        return to_unicode(payload[len(bom) :], encoding), encoding
    declared = [http_content_type_encoding(content_type), html_body_declared_encoding(payload)]
    labels = list(dict.fromkeys(label for label in declared if label))
    for label in _candidates(labels):
        text = _strict(payload, label)
        if text is not None:
            return text, label
    for label in [*labels, "utf-8"]:
        text = to_unicode(payload, label)
        if _is_sound(text):
            return text, label
    label = _guess(payload)
    return to_unicode(payload, label), label


def _candidates(labels: list[str]) -> list[str]:
    """Return the encodings that a page must fit wholly, the most trusted first."""
    multibyte = [label for label in labels if label.startswith(_MULTIBYTE)]
    return list(dict.fromkeys([*multibyte, "utf-8", *labels]))


def _strict(payload: bytes, encoding: str) -> str | None:
    try:
        return payload.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _is_sound(text: str) -> bool:
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") <= foreign * _BROKEN_SHARE


def _guess(payload: bytes) -> str:
    sample = _TAGS.sub(b" ", payload[: 4 * _SAMPLE_BYTES])[:_SAMPLE_BYTES]
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"

"""From the bytes of a page to its characters: which encoding, and what to drop."""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

from crawler.extraction.guess import guess

# Where a label is a lie, this share of the characters beyond ASCII comes out as U+FFFD; a page cut off in the
# middle of a character, or with one broken advertisement, stays below it.
_BROKEN_SHARE = 0.05
# So few bytes beyond ASCII may be valid UTF-8 by chance, and something else in truth (a short text in gb2312).
_CHANCE = 6
_ACCENTED = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
_MULTIBYTE = ("big5", "cp932", "cp949", "euc", "gb", "iso2022", "shift_jis")
# Python has codecs that no page is written in, and that fail (base64) or take ages (punycode).
_SINGLE_BYTE = ("cp", "iso8859", "koi8", "mac-", "tis")
# What XML, and so every later stage, can't hold: all but tab and line ends of C0, and two non-characters.
_CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
_FORM_FEED = b"\x0c"  # white space in HTML, and nothing in XML
_SPACED = bytes.maketrans(_FORM_FEED, b" ")
_EACH_CONTROL = (_FORM_FEED, *(bytes([control]) for control in _CONTROLS))
_NONCHARACTERS = ("\ufffe", "\uffff")
# Numeric references to the same: libxml2 would put the character itself into the tree. Without IGNORECASE, which
# would keep the search from looking for the "&#" first.
_CONTROL_REFERENCES = re.compile(
    rb"&#(?:([xX]0*[cC]|0*12)|[xX]0*(?:[0-8bBeEfF]|1[0-9a-fA-F]|7[fF]|[fF]{3}[eEfF])"
    rb"|0*(?:[0-8]|11|1[4-9]|2[0-9]|3[01]|127|6553[45]))"
    rb"(?:;|(?![0-9a-zA-Z]))"
)

# libxml2's time grows with the square of an element's attributes, and nothing can interrupt it: 10,000 take a tenth
# of a second, a million would take twenty minutes. Whether there may be so many is asked of windows of this size first.
_MOST_ATTRIBUTES = 10_000
_WINDOW = 16_384
# And a class name of ten megabytes is searched by each of trafilatura's hundreds of paths.
_LONGEST_TAG = 1_000_000
_LONG_TAG = re.compile(rb"<([a-zA-Z][^\s<>/]{0,50})[\s/][^<>]{16384,}+>?")
_VALUES = re.compile(rb"=\s*(?:\"[^\"]*\"|'[^']*')|/")


def page_text(payload: bytes, content_type: str | None) -> tuple[bytes, str]:
    """Return the text of an HTML page as UTF-8, and the name of the encoding that it was in.

    A byte order mark decides; then UTF-8, if the bytes are that (much that is UTF-8 is served as something else,
    and no other text happens to be valid UTF-8, but for a few words in an East Asian encoding that is declared);
    then what the server, the page's meta tags and its XML declaration say, in this order, unless the letters
    speak clearly against it; then what the letters say: see `guess`. Labels mean what they mean to browsers
    (latin1 is windows-1252). Never raises: what can't be decoded becomes U+FFFD. Control characters are dropped.
    """
    bom_encoding, bom = read_bom(payload)
    if bom_encoding and bom:
        payload, label = payload[len(bom) :], bom_encoding
        text = _strict(payload, label) if label == "utf-8" else None
    else:
        text, label = _strict(payload, "utf-8"), "utf-8"
        if text is None or (len(payload) - len(text) <= _CHANCE and not _is_plain(payload)):
            label = _choose(payload, content_type, is_utf8=text is not None)
            text = text if label == "utf-8" else None
    if text is None:
        text = to_unicode(payload, label)
        payload = text.encode("utf-8", "replace")
    return _clean(payload, text), label


def _clean(data: bytes, text: str) -> bytes:
    """Return `data`, UTF-8 whose text is `text`, without what no tree can hold.

    Hardly any page has such characters, and to ask for each of them takes half the time of dropping all.
    """
    if any(control in data for control in _EACH_CONTROL):
        data = data.translate(_SPACED, _CONTROLS)
    for character in _NONCHARACTERS:
        if character in text:
            data = data.replace(character.encode(), b"")
    data = _without_hordes(data)
    data, dropped = _CONTROL_REFERENCES.subn(lambda match: b" " if match[1] else b"", data)
    # What stood around one may make another now; a space can't be part of any.
    return _CONTROL_REFERENCES.sub(b" ", data) if dropped else data


def _without_hordes(data: bytes) -> bytes:
    """Return markup in which elements with too many or too long attributes have none."""
    pieces: list[bytes] = []
    done = opening = 0
    for start in range(0, len(data) - _WINDOW, _WINDOW):
        before, opening = opening, max(opening, data.rfind(b"<", max(start - _WINDOW, 0), start))
        if opening < done or data.find(b">", start, start + _WINDOW) >= 0:
            continue
        tag = _LONG_TAG.match(data, opening) if opening != before or not start else None
        if tag and _is_horde(tag[0]):
            pieces += [data[done:opening], b"<%b>" % tag[1]]
            done = tag.end()
    return b"".join([*pieces, data[done:]]) if pieces else data


def _is_horde(tag: bytes) -> bool:
    if len(tag) > _LONGEST_TAG:
        return True
    return len(_VALUES.sub(b" ", tag).split(maxsplit=_MOST_ATTRIBUTES)) > _MOST_ATTRIBUTES


def _choose(payload: bytes, content_type: str | None, *, is_utf8: bool) -> str:
    if wide := _wide(payload):
        return wide
    given = [http_content_type_encoding(content_type), html_body_declared_encoding(payload)]
    labels = [label for label in given if label and label.startswith((*_SINGLE_BYTE, *_MULTIBYTE))]
    for label in labels if is_utf8 and not _ACCENTED.search(payload) else ():
        if label.startswith(_MULTIBYTE) and _strict(payload, label) is not None:
            return label
    if is_utf8 or _is_sound(to_unicode(payload, "utf-8")):
        return "utf-8"
    return guess(payload, labels)


def _is_plain(payload: bytes) -> bool:
    """Tell whether bytes are ASCII in any encoding: without NULs (UTF-16) and escapes (ISO 2022)."""
    return payload.isascii() and b"\0" not in payload and b"\x1b" not in payload


def _wide(payload: bytes) -> str | None:
    """Return which UTF-16 the bytes are: markup then has a NUL for each second byte."""
    head = payload[:64]
    if b"\0" in head:
        for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            if 2 * head[start::2].count(0) > len(head) // 2:
                return encoding
    return None


def _strict(payload: bytes, encoding: str) -> str | None:
    try:
        return payload.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _is_sound(text: str) -> bool:
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") <= foreign * _BROKEN_SHARE

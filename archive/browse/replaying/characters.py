"""From the bytes of a captured page to its characters, by the encodings that browsers know and no others.

UTF-7 above all is none of them: text in it hides tags from whoever does not expect it.
"""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

# By Python's names. Of the rest of its codecs some are no charsets, and some take ages.
_KNOWN = frozenset(
    ["utf-8", "utf-16-le", "utf-16-be", "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "shift_jis", "cp932",
     "iso2022_jp", "euc_kr", "cp949", "koi8-r", "koi8-u", "mac-cyrillic", "cp866", "cp874", "tis-620"]
    + [f"cp{number}" for number in range(1250, 1259)] + [f"iso8859-{number}" for number in range(2, 17)]
)  # fmt: skip
_AS_BROWSERS = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gbk"}
_OTHERWISE = "cp1252"
_SAMPLE = 16_384  # bytes of a page without any label, of which its letters are looked at
# No page shows them, and no XML has them; a line end and a tab are white space.
_DROPPED = dict.fromkeys([*range(9), 11, *range(14, 32), *range(127, 160), 0xFFFE, 0xFFFF])
_DROPPED |= {12: " "}


def characters(payload: bytes, content_type: str | None) -> str:
    """Return the text of a payload that is content-decoded; content_type: the header's value.

    A byte order mark decides, then valid UTF-8, then what the header and the page say, then the letters. Never raises:
    what can't be decoded becomes U+FFFD.
    """
    label, mark = read_bom(payload)
    if label and mark and (known := _known(label)):
        return clean(payload[len(mark) :].decode(known, "replace"))
    try:
        return clean(payload.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    given = http_content_type_encoding(content_type), html_body_declared_encoding(payload)
    labels = [known for each in given if each and (known := _known(each)) and not known.startswith("utf-16")]
    return clean(payload.decode(labels[0] if labels else _guess(payload[:_SAMPLE]), "replace"))


def clean(text: str) -> str:
    """Return a text without control characters; a form feed is a space."""
    return text.translate(_DROPPED)


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _AS_BROWSERS.get(name, name)
    return name if name in _KNOWN else None


def _guess(sample: bytes) -> str:
    best = from_bytes(sample).best()
    return (_known(best.encoding) if best else None) or _OTHERWISE

"""Which addresses may be published: what leads to no secret, and has none in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from archive.publishing.redacting import Redactor

_SCHEMES: Final = frozenset({"http", "https"})
# Names under which a key travels in an address.
_CREDENTIAL: Final = re.compile(
    r"(?:^|[_\-.\[])(?:token|key|apikey|auth\w*|sig|signature|session|sess|sid|phpsessid|jsessionid|pass|passwd|password|pwd"
    r"|secret|access|jwt|code|user|username|login|credential\w*|hash|hmac|otp|ticket|nonce|email|mail)(?:$|[_\-.\]])"
    r"|^(?:x-amz-|x-goog-)|(?:token|apikey|secret|password|signature|sessionid)$",
    re.IGNORECASE,
)
# Letters and digits mixed, too many for a word or a report's number.
_KEY_LIKE: Final = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9_~+=]{20,}", re.ASCII)
_LONGEST_NUMBER: Final = 20
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_ALSO_NUMBERS: Final = frozenset({"code", "key", "hash"})
_SEPARATORS: Final = re.compile(r"[-_/.+=&?,;:~|]+")
_ENCODINGS: Final = ("utf-8", "cp1256", "cp1251")
_MOST_UNQUOTED = 4


def is_public(address: str, *, is_report: bool) -> bool:
    """Tell whether an address can be published: http(s), and nothing in it that may be somebody's key.

    is_report: a report's own, whose path everybody may see; of a feed, a long word of letters and digits in the path may be
    the key to it.
    """
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for what is none
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return False
    if parts.scheme.lower() not in _SCHEMES or not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    segments = parts.path.split("/")
    pairs += [(name, value) for name, sign, value in (segment.partition("=") for segment in segments) if sign]
    if ";" in parts.path or any(map(_is_secret, pairs)):
        return False
    return is_report or not any(map(_is_key, segments))


def holds_pattern(address: str, redactor: Redactor) -> int | None:
    """Return the number of a pattern that is found in an address, as it's written or as it reads; None if none is."""
    for form in dict.fromkeys(_readings(address)):
        if (number := redactor.finds(form)) is not None:
            return number
    return None


def _is_secret(pair: tuple[str, str]) -> bool:
    name, value = pair
    if _is_key(name) or _is_key(value):
        return True
    is_number = _NUMBER.fullmatch(value) is not None  # ?code=1234 is a report, of which nobody is kept out
    return _CREDENTIAL.search(name) is not None and not (is_number and name.lower() in _ALSO_NUMBERS)


def _is_key(text: str) -> bool:
    return _KEY_LIKE.search(text) is not None or (text.isdigit() and len(text) > _LONGEST_NUMBER)


def _readings(address: str) -> Iterator[str]:
    """Give an address as it is, with what is escaped in it as letters, and with what stands between words as spaces."""
    for encoding in _ENCODINGS if "%" in address else _ENCODINGS[:1]:
        text = address
        for _ in range(_MOST_UNQUOTED):
            yield text
            yield _SEPARATORS.sub(" ", text)
            decoded = unquote(text, encoding=encoding, errors="replace")
            if decoded == text:
                break
            text = decoded
    if "xn--" in address.lower():
        yield _host(address)


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").encode("ascii").decode("idna")
    except (ValueError, UnicodeError):
        return ""

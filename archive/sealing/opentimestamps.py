"""OpenTimestamps: calendars that write hashes into the Bitcoin block chain, for nothing and without an account.

A calendar answers at once with a promise, which becomes a proof some hours later. What is written here is a detached
timestamp file (`.ots`), as the programs of opentimestamps.org read and complete it (`ots upgrade`, `ots verify`). The
format is that of python-opentimestamps: a magic number, a version, the operation that made the hash, the hash, and
what each calendar answered, each but the last behind a byte 0xff.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from archive.errors import NotTimestamped
from archive.sealing.posting import TIMEOUT, post

CALENDARS = (
    "https://a.pool.opentimestamps.org",
    "https://b.pool.opentimestamps.org",
    "https://a.pool.eternitywall.com",
)
_MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
_VERSION, _SHA256, _APPEND, _FORK = b"\x01", b"\x08", b"\xf0", b"\xff"
_NONCE = 16
_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/vnd.opentimestamps.v1",
}


def stamp(
    data: bytes, calendars: Sequence[str] = CALENDARS, *, timeout: float = TIMEOUT
) -> tuple[bytes, list[str]]:
    """Return a `.ots` file for `data`, and what went wrong with those calendars that gave nothing.

    What the calendars see is a hash of the data's hash and a nonce, so that none can tell who asked for what. Raises
    NotTimestamped if none of them answered.
    """
    digest = hashlib.sha256(data).digest()
    nonce = secrets.token_bytes(_NONCE)
    hidden = hashlib.sha256(digest + nonce).digest()
    answers, failures = [], []
    for calendar in calendars:
        try:
            answers.append(_promise(calendar, hidden, timeout))
        except NotTimestamped as error:
            failures.append(str(error))
    if not answers:
        raise NotTimestamped("; ".join(failures) or "no calendar was named")
    *others, last = sorted(answers, key=_has_forks)
    forks = b"".join(_FORK + answer for answer in others if not _has_forks(answer)) + last
    operations = _APPEND + bytes([_NONCE]) + nonce + _SHA256 + forks
    return _MAGIC + _VERSION + _SHA256 + digest + operations, failures


def is_stamp_of(ots: bytes, data: bytes) -> bool:
    """Tell whether a `.ots` file is about `data`; whether its proof holds is for `ots verify` to say."""
    return ots.startswith(_MAGIC + _VERSION + _SHA256 + hashlib.sha256(data).digest())


def _has_forks(answer: bytes) -> bool:
    """Tell whether an answer has several branches itself: only the last one of a file may."""
    return answer.startswith(_FORK)


def _promise(calendar: str, digest: bytes, timeout: float) -> bytes:
    answer = post(f"{calendar.rstrip('/')}/digest", digest, _HEADERS, timeout=timeout)
    if not answer:
        raise NotTimestamped(f"{calendar} answered with nothing")
    return answer

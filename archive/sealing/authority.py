"""Timestamps of RFC 3161: an authority signs that it saw a hash, and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.errors import InvalidInput, NotTimestamped, SealUnreadable
from archive.sealing.posting import TIMEOUT, post

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
_SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True, slots=True)
class Token:
    """An authority's answer as it came (a TimeStampResp in DER), and when it says that it saw the data (UTC)."""

    data: bytes
    moment: datetime


def ask(url: str, data: bytes, *, roots: Path | None, timeout: float = TIMEOUT) -> Token:
    """Return an authority's token for the SHA-256 of `data`, checked as `check` does, and against the question.

    roots: see `check`. Raises NotTimestamped where there is none that holds, InvalidInput for bad options.
    """
    _read_roots(roots)  # before a token is asked for in vain
    question = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = post(url, question.as_bytes(), _HEADERS, timeout=timeout)
    try:
        token = check(answer, data, roots=roots)
        nonce = decode_timestamp_response(answer).tst_info.nonce
    except SealUnreadable as error:
        raise NotTimestamped(f"{url}: {error}") from None
    if nonce != question.nonce:
        raise NotTimestamped(f"{url} answered another question than it was asked")
    return token


def check(answer: bytes, data: bytes, *, roots: Path | None) -> Token:
    """Return the token in an authority's answer, if it is one for `data`.

    roots: a PEM file of the certificates that are trusted; the token has to be signed by a certificate for
    timestamping that one of them vouches for. Without it nobody's signature is checked, only what was signed. Raises
    SealUnreadable for a token that does not hold, InvalidInput for a file of no certificates.
    """
    trusted = _read_roots(roots)
    try:
        response = decode_timestamp_response(answer)
        moment = response.tst_info.gen_time
        _check_imprint(response, data)
        if trusted:
            verifier = VerifierBuilder()
            for certificate in trusted:
                verifier = verifier.add_root_certificate(certificate)
            verifier.build().verify_message(response, data)
    except VerificationError as error:
        raise SealUnreadable(f"the timestamp does not hold: {error}") from None
    except ValueError as error:
        raise SealUnreadable(f"that is no timestamp: {error}") from None
    return Token(answer, moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC))


def _check_imprint(response: TimeStampResponse, data: bytes) -> None:
    """Raise SealUnreadable unless what was stamped is the SHA-256 of `data`."""
    imprint = response.tst_info.message_imprint
    is_sha256 = imprint.hash_algorithm.dotted_string == _SHA256
    if not is_sha256 or imprint.message != hashlib.sha256(data).digest():
        raise SealUnreadable("the timestamp is of something else")


def _read_roots(path: Path | None) -> list[x509.Certificate]:
    if path is None:
        return []
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise InvalidInput(f"the certificates {path} can't be read: {error.strerror or error}") from None
    except ValueError:
        raise InvalidInput(f"{path} holds no certificate in PEM format") from None

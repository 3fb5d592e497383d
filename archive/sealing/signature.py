"""Signing a manifest with an Ed25519 key (RFC 8032), kept as PEM, as ssh and openssl can make and read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from archive.errors import InvalidInput, SealUnreadable


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and the key that checks it, both in hex: 64 and 32 bytes."""

    signature: str
    public_key: str


def new_key(path: Path) -> str:
    """Make a key, write it to `path` for its owner's eyes only, and return its public part in hex.

    Raises InvalidInput where there is a file, or none can be written.
    """
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidInput(f"{path} exists already: a key that signed seals must not be lost") from None
    except OSError as error:
        raise InvalidInput(f"{path} can't be written: {error.strerror or error}") from None
    return _hex(key.public_key())


def sign(data: bytes, key_file: Path) -> Signature:
    """Return the signature of `data` by the key in a PEM file. Raises InvalidInput for what is no such key."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except OSError as error:
        raise InvalidInput(f"the key {key_file} can't be read: {error.strerror or error}") from None
    except TypeError:
        raise InvalidInput(
            f"the key {key_file} is locked with a password, which a scheduled seal can't give"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidInput(f"{key_file} holds no private key in PEM format") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(f"{key_file} holds a key of another kind than Ed25519")
    return Signature(key.sign(data).hex(), _hex(key.public_key()))


def holds(data: bytes, signature: Signature) -> bool:
    """Tell whether a signature is one of `data` by its key. Raises SealUnreadable for what is no signature or key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        key.verify(bytes.fromhex(signature.signature), data)
    except InvalidSignature:
        return False
    except ValueError:
        raise SealUnreadable("the seal's signature or public key is damaged") from None
    return True


def _hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

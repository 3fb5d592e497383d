#!/usr/bin/env python3
"""Checks a proof made by `archive prove`. Needs Python 3.8 or newer, and nothing else.

    python3 verify.py [FOLDER OR ZIP]

It reads proof.json, the WARC records and the seals beside it, recomputes every hash, and says what holds and what does
not. Exit code 0: all holds. 1: something does not. 2: there is no proof that can be read. What the checks mean, and
what they don't, is in README.txt.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

Row = Dict[str, Any]
PARTS = ("captures", "custody", "revisions")


class Proof:
    """The files of a proof, from a folder or a zip."""

    def __init__(self, path: Path) -> None:
        self._files: Union[zipfile.ZipFile, Path] = zipfile.ZipFile(path) if path.is_file() else path

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises KeyError or OSError where there is none."""
        return (
            self._files.read(name)
            if isinstance(self._files, zipfile.ZipFile)
            else (self._files / name).read_bytes()
        )

    def get(self, name: str) -> Optional[bytes]:
        """Return a file's bytes, or None where there is none."""
        try:
            return self.read(name)
        except (KeyError, OSError):
            return None


class Report:
    """What was checked, said as it is."""

    def __init__(self) -> None:
        self.wrong = 0

    def check(self, what: str, *, holds: bool) -> None:
        """Say whether something holds."""
        print(("ok     " if holds else "WRONG  ") + what)
        self.wrong += not holds

    def note(self, what: str) -> None:
        """Say what is for a person to know."""
        print("note   " + what)


# -- hashes -----------------------------------------------------------------------------------------------------------


def sha256(data: bytes) -> str:
    """Return a hash in hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> bytes:
    """Return JSON in the one form that is hashed: names sorted, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogateescape")


def row_hash(row: Row) -> str:
    """Return a chained row's hash: of all its columns but `hash` itself, without those that are null."""
    return "sha256:" + sha256(canonical({k: v for k, v in row.items() if k != "hash" and v is not None}))


def content_hash(revision: Row) -> str:
    """Return the hash of what a reader reads."""
    parts = [revision[name] or "" for name in ("title", "standfirst", "author", "body")]
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass"))


def leaf_of(part: str, row: Row) -> bytes:
    """Return what of a row is in a seal's Merkle tree."""
    if part == "revisions":
        names = ("id", "article_id", "number", "capture_id", "seen_at", "extractor_version", "content_sha256")
        return canonical([row[name] for name in names])
    return str(row["hash"]).encode()


def root_from(leaf: bytes, place: int, size: int, path: List[str]) -> Optional[str]:
    """Return the root of a Merkle tree (RFC 6962) of `size` leaves in which `leaf` has this place, or None."""
    found, last, rest = (
        hashlib.sha256(b"\0" + leaf).digest(),
        size - 1,
        [bytes.fromhex(each) for each in path],
    )
    if not 0 <= place < size:
        return None
    while last > 0:
        if place % 2 or place < last:
            if not rest:
                return None
            other = rest.pop(0)
            found = hashlib.sha256(b"\1" + (other + found if place % 2 else found + other)).digest()
        place, last = place // 2, last // 2
    return None if rest else "sha256:" + found.hex()


def read_member(data: bytes, offset: int) -> Tuple[Dict[str, str], bytes]:
    """Return the WARC record of the gzip member at an offset: its own headers by lower-case name, and its block."""
    record = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data[offset:])
    head, _, rest = record.partition(b"\r\n\r\n")
    pairs = (line.partition(":") for line in head.decode("utf-8").split("\r\n")[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return headers, rest[: int(headers["content-length"])]


# -- Ed25519, after the reference code of RFC 8032, section 6 ---------------------------------------------------------

Point = Tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points, each as (X, Y, Z, T)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    """Return a point added to itself so many times."""
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def recover_x(y: int, sign: int) -> Optional[int]:
    """Return the x of a point by its y and the last bit of x, or None where there is no such point."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def decompress(data: bytes) -> Optional[Point]:
    """Return the point that 32 bytes stand for, or None."""
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0) or 0
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` (64 bytes) is one of `message` by the Ed25519 key `public` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER or multiply(8, key)[0] % P == 0:  # some keys "sign" anything
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left, right = multiply(s, BASE), add(r, multiply(int.from_bytes(digest, "little") % ORDER, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# -- the checks -------------------------------------------------------------------------------------------------------


def check_seal(proof: Proof, report: Report, seal: Row) -> Row:
    """Check a seal by itself, and return what its manifest says."""
    name = seal["file"]
    data, stem = proof.read(name), name[: -len(".json")]
    digest = hashlib.sha256(data).digest()
    report.check(f"{name} has the hash {seal['sha256']}", holds=f"sha256:{digest.hex()}" == seal["sha256"])
    manifest: Row = json.loads(data)
    report.note(f"it says that it was made at {manifest['sealed_at']} by {manifest['software']}")
    signature, token, ots = proof.get(f"{stem}.sig"), proof.get(f"{stem}.tsr"), proof.get(f"{name}.ots")
    if signature is not None:
        kind, public, signed = signature.decode().split()
        holds = kind == "ed25519" and is_signed(bytes.fromhex(public), data, bytes.fromhex(signed))
        report.check(f"{stem}.sig is a signature of it by the key ed25519 {public}", holds=holds)
        report.note("whose key that is you have to know from elsewhere")
    if token is not None:
        report.check(f"{stem}.tsr is about its hash", holds=digest in token)
        report.note(
            f"who stamped it, and when: openssl ts -verify -data {name} -in {stem}.tsr -CAfile CA.pem"
        )
    if ots is not None:
        report.check(f"{name}.ots is about its hash", holds=digest in ots)
        report.note(f"whether it is in the block chain, and since when: ots verify {name}.ots")
    return manifest


def check_capture(
    report: Report, capture: Row, place: Optional[int], original: Optional[int], warc: bytes
) -> None:
    """Check that a capture's record is what its row says.

    place: of the record in `warc`; None if it was removed. original: of the record that holds its page, if its own does not.
    """
    where = f"capture {capture['id']}"
    report.note(f"{where} is of {capture['url']}")
    report.check(
        f"{where}: its row has the hash {capture['hash']}", holds=row_hash(capture) == capture["hash"]
    )
    if place is None:
        report.note(f"{where}: its page was removed from the archive, and only hashes are left of it")
        return
    try:
        headers, block = read_member(warc, place)
        head, _, body = block.partition(b"\r\n\r\n")
        if is_revisit(headers):
            body = original_body(report, where, headers, original, warc)
    except (ValueError, KeyError, zlib.error) as error:
        report.check(f"{where}: its record can't be read ({error})", holds=False)
        return
    expected = capture["payload_sha256"]
    report.check(
        f"{where}: the body that was received has the hash {expected}", holds=sha256(body) == expected
    )
    found = (
        headers.get("warc-target-uri"),
        headers.get("warc-date"),
        head.split(b"\r\n")[0].split(b" ")[1:2],
    )
    told = (capture["url"], capture["fetched_at"], [str(capture["status"]).encode()])
    report.check(
        f"{where}: the record is of that address, {told[1]}, HTTP {capture['status']}", holds=found == told
    )
    check_whole(report, f"{where}: the record", headers, block)


def is_revisit(headers: Dict[str, str]) -> bool:
    """Tell whether a record has the head of an answer only, since its body had been received before, byte for byte."""
    profile = headers.get("warc-profile", "")
    return headers.get("warc-type") == "revisit" and profile.endswith("/revisit/identical-payload-digest")


def original_body(
    report: Report, where: str, headers: Dict[str, str], place: Optional[int], warc: bytes
) -> bytes:
    """Check the record that a revisit refers to, and return its body. place: where it is in `warc`."""
    if place is None:
        raise ValueError("the record with its page is not in this proof")
    found, block = read_member(warc, place)
    named = [headers.get(f"warc-refers-to{name}") for name in ("", "-target-uri", "-date")]
    report.note(f"{where}: this page had been received before, from {named[1]} at {named[2]}, byte for byte")
    told = [found.get(name) for name in ("warc-record-id", "warc-target-uri", "warc-date")]
    report.check(
        f"{where}: the record with the page is the one that it refers to",
        holds=found.get("warc-type") == "response"
        and all(one in {None, other} for one, other in zip(named, told)),  # noqa: B905 - Python 3.8 has no `strict`
    )
    check_whole(report, f"{where}: the record with the page", found, block)
    return block.partition(b"\r\n\r\n")[2]


def check_whole(report: Report, what: str, headers: Dict[str, str], block: bytes) -> None:
    """Check that a record's block is what its digest was made of, if it has one that we know."""
    given = headers.get("warc-block-digest", "")
    made = base64.b32encode(hashlib.sha1(block).digest()).decode()  # noqa: S324 - what WARC tools write
    if given.startswith("sha1:"):
        report.check(f"{what} is whole", holds=given == f"sha1:{made}")


def check_inclusions(
    report: Report, rows: Dict[int, Row], inclusions: List[Row], manifest: Row, part: str
) -> None:
    """Check that rows are in a seal."""
    told = manifest[part]
    for each in inclusions:
        root = root_from(leaf_of(part, rows[each["id"]]), each["place"], told["count"], each["path"])
        what = f"row {each['id']} of {part} was there when the seal of {manifest['sealed_at']} was made"
        report.check(what, holds=root == told["root"])


def check(proof: Proof, report: Report) -> None:
    """Check all of a proof."""
    told = json.loads(proof.read("proof.json"))
    if told["format"] != "conflict-archive proof 1":
        raise ValueError(f"it is a proof of another format: {told['format']!r}")
    warc = proof.read("records.warc.gz")
    print(f"{told['article']['title']}\n{told['article']['url']}\n")
    for capture in told["captures"]:
        number = str(capture["id"])
        check_capture(
            report, capture, told["records"].get(number), told.get("originals", {}).get(number), warc
        )
    for entry in told["custody"]:
        what = f"custody entry {entry['id']} ({entry['action']}, {entry['at']}) has the hash {entry['hash']}"
        report.check(what, holds=row_hash(entry) == entry["hash"])
    for revision in told["revisions"]:
        expected = revision["content_sha256"]
        what = f"the text of revision {revision['number']} has the hash {expected}"
        report.check(what, holds=content_hash(revision) == expected)
    for seal in told["seals"]:
        manifest = check_seal(proof, report, seal)
        for part in PARTS:
            rows = {row["id"]: row for row in told[part]}
            check_inclusions(report, rows, seal["inclusions"].get(part, []), manifest, part)


def main(arguments: List[str]) -> int:
    """Check the proof that is named, or the one that this file lies in; return the exit code."""
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    report = Report()
    try:
        check(Proof(path), report)
    except (
        OSError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        zipfile.BadZipFile,
    ) as error:
        print(f"this proof can't be read: {type(error).__name__}: {error}")
        return 2
    print("\nall holds" if not report.wrong else f"\n{report.wrong} of these do NOT hold")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))

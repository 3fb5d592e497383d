"""Seals of a real archive: made, signed, timestamped by an authority of openssl's, and held against what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.cli import cli
from archive.errors import InvalidInput, NotTimestamped, SealUnreadable
from archive.sealing import authority, opentimestamps
from archive.sealing.manifest import read_manifest
from archive.sealing.signature import Signature, holds, new_key, sign
from archive.store import Store
from archive.tables import chain
from tests.sites.authority import answering, make_authority, reply

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None and os.environ.get("CI") != "true", reason="openssl is not installed"
)


def archive(path: Path, *arguments: str | Path, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["seal", "--db", str(path), *map(str, arguments)], obj=lambda: NOW)
    assert done.exit_code == code, done.output + done.stderr
    return done


@pytest.fixture(scope="module")
def stamper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    """An authority's address, the certificate to trust, and its folder."""
    folder = tmp_path_factory.mktemp("authority")
    root = make_authority(folder)
    with answering(lambda query: reply(folder, query)) as url:
        yield url, root, folder


# -- what is sealed -------------------------------------------------------------------------------------------


def test_a_seal_says_what_there_is(small_archive: Path) -> None:
    folder = small_archive.parent / "warc"
    folder.mkdir()
    (folder / "x.warc.gz").write_bytes(b"some records")
    told = json.loads(archive(small_archive, "--json").stdout)
    manifest = told["manifest"]
    assert (manifest["captures"]["count"], manifest["revisions"]["count"]) == (6, 6)
    assert manifest["warc"] == [
        {"name": "x.warc.gz", "bytes": 12, "sha256": "sha256:" + hashlib.sha256(b"some records").hexdigest()}
    ]
    data = Path(told["file"]).read_bytes()
    assert told["sha256"] == "sha256:" + hashlib.sha256(data).hexdigest()
    assert read_manifest(data, "it").sealed_at == "2026-03-01T12:00:00Z"
    assert manifest["previous"] is None

    again = json.loads(archive(small_archive, "--json").stdout)
    assert again["manifest"]["previous"] == told["sha256"]
    assert again["manifest"]["custody"]["count"] == manifest["custody"]["count"] + 1  # that there was a seal
    assert "2 seals, and all hold." in archive(small_archive, "--check").output


def test_the_hash_of_a_file_is_taken_over_unless_asked_for(small_archive: Path) -> None:
    file = small_archive.parent / "warc" / "x.warc.gz"
    file.parent.mkdir()
    file.write_bytes(b"some records")
    first = json.loads(archive(small_archive, "--json").stdout)["manifest"]["warc"]
    file.write_bytes(b"SOME RECORDS")
    assert json.loads(archive(small_archive, "--json").stdout)["manifest"]["warc"] == first
    assert json.loads(archive(small_archive, "--json", "--rehash").stdout)["manifest"]["warc"] != first
    file.write_bytes(b"some records, and more")
    (grown,) = json.loads(archive(small_archive, "--json").stdout)["manifest"]["warc"]
    assert grown["bytes"] == 22


def test_an_empty_archive_can_be_sealed(tmp_path: Path) -> None:
    with Store(tmp_path / "new.db"):
        pass
    assert "0 captures" in archive(tmp_path / "new.db").output
    assert "1 seal, and it holds." in archive(tmp_path / "new.db", "--check").output


def test_without_anybody_to_vouch_it_says_what_that_is_worth(small_archive: Path, tmp_path: Path) -> None:
    assert "Nobody else vouches for this seal yet" in archive(small_archive).output
    new_key(tmp_path / "k.pem")
    assert "Nobody else" not in archive(small_archive, "--key", tmp_path / "k.pem").output


# -- what is found out ----------------------------------------------------------------------------------------

FORGERIES = {
    "a row is rewritten": ("captures", "update captures set hash = 'sha256:00' where id = 3"),
    "a row is taken out": ("captures", "delete from captures where id = 6"),
    "a text is rewritten": ("revisions", "update revisions set content_sha256 = '00' where id = 2"),
    "a text is taken out": ("revisions", "delete from revisions where id = 6"),
    "the log is cut": ("custody", "delete from custody"),
    "the manifest is rewritten": (
        "its manifest was changed",
        "update seals set manifest = replace(manifest, '6', '7')",
    ),
    "the hash too": (
        "its signature",
        "update seals set sha256 = 'sha256:00', manifest = manifest || ' ' where id = 2",
    ),
    "the manifest is no manifest": ("no manifest of a seal", "update seals set manifest = '{}' where id = 2"),
    "a seal is taken out": ("does not name the seal before it", "delete from seals where id = 1"),
    "the signature is another": ("signature", "update seals set signature = replace(signature, '1', '2')"),
    "the signature is none": ("signature or public key is damaged", "update seals set signature = 'x'"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_was_done_since_is_found_out(small_archive: Path, tmp_path: Path, forgery: str) -> None:
    new_key(tmp_path / "k.pem")
    for _ in range(2):
        archive(small_archive, "--key", tmp_path / "k.pem")
    said, statement = FORGERIES[forgery]
    conn = sqlite3.connect(small_archive)
    for (trigger,) in conn.execute(
        "select name from sqlite_master where type = 'trigger' and tbl_name <> 'articles'"
    ):
        conn.execute(f"drop trigger {trigger}")
    conn.execute(statement)
    conn.commit()
    conn.close()
    found = archive(small_archive, "--check", code=1)
    assert said in found.output
    assert "do not hold" in found.stderr
    assert any(
        each["problems"] for each in json.loads(archive(small_archive, "--check", "--json", code=1).stdout)
    )


def test_what_comes_later_breaks_no_seal(small_archive: Path) -> None:
    archive(small_archive)
    conn = sqlite3.connect(small_archive)
    row = dict(zip([name for _, name, *_ in conn.execute("pragma table_info(captures)")],
                   conn.execute("select * from captures where id = 1").fetchone(), strict=True))  # fmt: skip
    chain.append(conn, "captures", {k: v for k, v in row.items() if k not in {"id", "hash", "previous_hash"}})
    conn.commit()
    conn.close()
    assert "1 seal, and it holds." in archive(small_archive, "--check").output


# -- signatures -----------------------------------------------------------------------------------------------


def test_a_signature_is_of_one_text_by_one_key(tmp_path: Path) -> None:
    public = new_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").stat().st_mode & 0o077 == 0
    signed = sign(b"text", tmp_path / "k.pem")
    assert signed.public_key == public
    assert holds(b"text", signed)
    assert not holds(b"texts", signed)
    new_key(tmp_path / "other.pem")
    assert not holds(b"text", Signature(sign(b"text", tmp_path / "other.pem").signature, public))
    with pytest.raises(SealUnreadable):
        holds(b"text", Signature("zz", public))


@needs_openssl
def test_openssl_reads_our_keys_and_checks_our_signatures(tmp_path: Path) -> None:
    new_key(tmp_path / "k.pem")
    (tmp_path / "text").write_bytes(b"text")
    (tmp_path / "sig").write_bytes(bytes.fromhex(sign(b"text", tmp_path / "k.pem").signature))
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-inkey", "k.pem", "-rawin", "-in", "text", "-sigfile", "sig"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read"),
        (b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", "no private key in PEM format"),
        (b"", "no private key in PEM format"),
    ],
)
def test_what_is_no_key_is_told(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "k.pem").write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        sign(b"text", tmp_path / "k.pem")


@needs_openssl
def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    subprocess.run(["openssl", "genrsa", "-out", tmp_path / "k.pem", "2048"], check=True, capture_output=True)
    with pytest.raises(InvalidInput, match="of another kind than Ed25519"):
        sign(b"text", tmp_path / "k.pem")


def test_a_key_is_never_written_over(small_archive: Path, tmp_path: Path) -> None:
    key = tmp_path / "k.pem"
    assert "a new key; its public part is ed25519 " in archive(small_archive, "--new-key", key).output
    before = key.read_bytes()
    assert "exists already" in archive(small_archive, "--new-key", key, code=2).stderr
    assert key.read_bytes() == before


# -- timestamps -----------------------------------------------------------------------------------------------


@needs_openssl
def test_an_authority_timestamps_a_seal(small_archive: Path, stamper: tuple[str, Path, Path]) -> None:
    url, root, _ = stamper
    done = archive(small_archive, "--tsa", url, "--tsa-ca", root)
    assert f"by {url}, checked against --tsa-ca" in done.output
    assert "holds, timestamped" in archive(small_archive, "--check", "--tsa-ca", root).output
    # and openssl agrees, from the files beside the archive
    (token,) = (small_archive.parent / "seals").glob("*.tsr")
    subprocess.run(
        ["openssl", "ts", "-verify", "-data", token.with_suffix(".json"), "-in", token, "-CAfile", root],
        check=True, capture_output=True,
    )  # fmt: skip


@needs_openssl
def test_a_timestamp_is_of_one_text_by_a_trusted_authority(
    stamper: tuple[str, Path, Path], tmp_path: Path
) -> None:
    url, root, folder = stamper
    token = authority.ask(url, b"text", roots=root)
    assert abs((token.moment - datetime.now(UTC)).total_seconds()) < 3600
    assert authority.check(token.data, b"text", roots=None) == token
    with pytest.raises(SealUnreadable, match="of something else"):
        authority.check(token.data, b"texts", roots=root)
    other = make_authority(tmp_path, "Other")
    with pytest.raises(SealUnreadable, match="does not hold"):
        authority.check(token.data, b"text", roots=other)
    with pytest.raises(SealUnreadable):
        authority.check(b"\x30\x03\x02\x01\x00", b"text", roots=root)
    with (
        answering(lambda _: token.data) as replaying,
        pytest.raises(NotTimestamped, match="another question"),
    ):
        authority.ask(replaying, b"text", roots=root)
    with (
        answering(lambda query: reply(folder, query)) as theirs,
        pytest.raises(NotTimestamped, match="does not hold"),
    ):
        authority.ask(theirs, b"text", roots=other)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (b"<html>", 200, "no timestamp"),
        (b"", 200, "no timestamp"),
        (b"", 503, "HTTP 503"),
        (b"x" * 300_000, 200, "more than"),
    ],
)
def test_a_seal_stands_without_the_timestamp_that_it_did_not_get(
    small_archive: Path, answer: bytes, status: int, said: str
) -> None:
    with answering(lambda _: answer, status) as url:
        done = archive(small_archive, "--tsa", url, code=1)
    assert "no timestamp of RFC 3161" in done.stderr
    assert said in done.stderr
    assert "1 seal, and it holds." in archive(small_archive, "--check").output


def test_options_that_can_not_be_are_told(small_archive: Path, tmp_path: Path) -> None:
    assert (
        "no address that begins with" in archive(small_archive, "--tsa", "file:///etc/passwd", code=2).stderr
    )
    assert "--tsa-ca says whom" in archive(small_archive, "--tsa-ca", tmp_path / "ca.pem", code=2).stderr
    given = ("--tsa", "http://127.0.0.1:9/", "--tsa-ca", tmp_path / "ca.pem")
    assert "can't be read" in archive(small_archive, *given, code=2).stderr
    assert "There is no seal yet." in archive(small_archive, "--check").output


def test_calendars_promise_a_place_in_the_block_chain(small_archive: Path) -> None:
    asked: list[bytes] = []

    def promise(digest: bytes) -> bytes:
        asked.append(digest)
        return b"\xf0\x04abcd\x08\x00\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e" + b"\x0b\x0ahttps://ab"

    with answering(promise) as one, answering(promise) as two:
        archive(small_archive, "--calendar", one, "--calendar", two, "--calendar", "http://127.0.0.1:9")
    (file,) = (small_archive.parent / "seals").glob("*.ots")
    data = file.with_suffix("").read_bytes()
    ots = file.read_bytes()
    digest = hashlib.sha256(data).digest()
    assert opentimestamps.is_stamp_of(ots, data)
    nonce = ots.partition(digest)[2][2:18]
    assert asked == [hashlib.sha256(digest + nonce).digest()] * 2  # the calendars don't see what is stamped
    assert "holds, timestamped" in archive(small_archive, "--check").output
    with answering(lambda _: b"") as silent, pytest.raises(NotTimestamped, match="answered with nothing"):
        opentimestamps.stamp(data, [silent])

"""A proof is made of a real archive, and checked by its own verify.py, in a Python that has nothing of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from archive.cli import cli
from archive.evidence.scan import Record, scan
from archive.proving.verify import is_signed
from archive.sealing.signature import new_key
from archive.writer import ArchiveWriter
from tests.keeping import NOW, make, visit
from tests.keeping import SOURCE as OUTLET


def archive(path: Path, *arguments: str | Path, code: int = 0) -> Result:
    command, *rest = map(str, arguments)
    done = CliRunner().invoke(cli, [command, "--db", str(path), *rest], obj=lambda: NOW)
    assert done.exit_code == code, done.output + done.stderr
    return done


def verify(folder: Path) -> tuple[int, str]:
    """Run a proof's own program, without anything that is installed here."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py"], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of ten reports that was sealed twice, the second time with a signature."""
    path = make(tmp_path_factory.mktemp("sealed"))
    archive(path, "seal")
    new_key(path.parent / "key.pem")
    archive(path, "seal", "--key", path.parent / "key.pem")
    return path


@pytest.fixture
def proof(sealed: Path, tmp_path: Path) -> Path:
    """The unpacked proof of one report."""
    done = archive(sealed, "prove", "3", "--out", tmp_path / "proof.zip")
    assert "captures: 2, revisions: 1" in done.output
    assert "neither signed nor timestamped" in done.output
    assert done.output.rstrip().endswith("signed")
    with zipfile.ZipFile(tmp_path / "proof.zip") as bundle:
        bundle.extractall(tmp_path / "proof")
    return tmp_path / "proof"


def test_a_proof_holds_without_anything_of_ours(proof: Path) -> None:
    code, said = verify(proof)
    assert code == 0, said
    assert said.rstrip().endswith("all holds")
    assert "WRONG" not in said
    for what in ("the body that was received has the hash", "the text of revision 1", "is a signature of it by the key",
                 "row 6 of captures was there", "row 3 of revisions was there", "(captured, "):  # fmt: skip
        assert what in said, what
    assert verify(proof.parent / "proof")[0] == 0
    readme = (proof / "README.txt").read_text(encoding="utf-8")
    assert "Report 3" in readme
    assert "https://x.example/news/3" in readme


def test_a_proofs_records_are_those_of_the_archive(proof: Path) -> None:
    path = proof / "records.warc.gz"
    with path.open("rb") as file:
        found = [piece for piece in scan(file, path.stat().st_size) if isinstance(piece, Record)]
    assert [record.kind for record in found] == ["response", "request"] * 2
    assert [record.problems for record in found] == [()] * 4
    done = subprocess.run(
        [Path(sys.executable).parent / "warcio", "check", path], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def edited(name: str, before: str, after: str) -> tuple[str, str, str]:
    return name, before, after


FORGERIES = [
    # what is forged, and what verify.py says of it
    (edited("proof.json", "Five people died", "Fifty people died"), "the text of revision 1"),
    (edited("proof.json", "A. Reporter", "B. Reporter"), "the text of revision 1"),
    (edited("proof.json", '"fetched_at": "2026-01-24', '"fetched_at": "2026-01-23'), "its row has the hash"),
    (edited("proof.json", '"action": "captured"', '"action": "imported"'), "custody entry 1"),
    (edited("proof.json", '"place": 5', '"place": 4'), "row 6 of captures was there"),
    (edited("proof.json", '"place": 2', '"place": 30'), "row 3 of revisions was there"),
    (edited("proof.json", '"number": 1', '"number": 2'), "row 3 of revisions was there"),
    (edited("seals/*.json", '"software"', '"softwarE"'), "can't be read"),
    (edited("seals/*.json", '"sealed_at":"2026-01', '"sealed_at":"2025-01'), "has the hash"),
    (edited("seals/*.sig", "a", "b"), "is a signature of it"),
]


@pytest.mark.parametrize(("forgery", "said"), FORGERIES)
def test_whoever_forges_a_proof_is_found_out(proof: Path, forgery: tuple[str, str, str], said: str) -> None:
    name, before, after = forgery
    for path in proof.glob(name):
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")
    code, output = verify(proof)
    assert code in {1, 2}
    lines = [line for line in output.splitlines() if line.startswith(("WRONG", "this proof"))]
    assert any(said in line for line in lines), output


def test_a_bit_of_a_record_is_missed(proof: Path) -> None:
    path = proof / "records.warc.gz"
    data = bytearray(path.read_bytes())
    for place in range(20, len(data), max(1, len(data) // 40)):
        forged = bytearray(data)
        forged[place] ^= 1
        path.write_bytes(forged)
        code, output = verify(proof)
        # of a request, only the response's place is in the rows: what was asked is told, not proved
        assert code == 1 or "all holds" in output
    path.write_bytes(data[: len(data) // 3])
    assert verify(proof)[0] == 1


@pytest.mark.parametrize("name", ["proof.json", "records.warc.gz"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\x00"])
def test_what_is_no_proof_is_told(proof: Path, name: str, content: bytes) -> None:
    (proof / name).write_bytes(content)
    code, output = verify(proof)
    assert code in {1, 2}
    assert "Traceback" not in output


def test_what_no_seal_covers_can_not_be_proved(tmp_path: Path) -> None:
    path = make(tmp_path, reports=1)
    out = tmp_path / "proof.zip"
    assert "there is no seal yet" in archive(path, "prove", "1", "--out", out, code=1).stderr
    archive(path, "seal")
    archive(path, "prove", "1", "--out", out)
    assert "exists already" in archive(path, "prove", "1", "--out", out, code=2).stderr
    assert (
        "can't be written" in archive(path, "prove", "1", "--out", tmp_path / "no" / "x.zip", code=2).stderr
    )
    assert "no article has the id 99" in archive(path, "prove", "99", code=1).stderr

    writer = ArchiveWriter(path, version="test", clock=lambda: NOW + timedelta(days=1))
    writer.start()
    run = writer.begin_run(OUTLET)
    run.record_visit(visit(OUTLET, 1, "Two more were found.")).result(timeout=20)
    run.end()
    writer.close()
    refused = archive(path, "prove", "1", "--out", tmp_path / "later.zip", code=1).stderr
    assert "does not cover all of it yet (captures, revisions)" in refused
    archive(path, "seal")
    done = archive(path, "prove", "1", "--out", tmp_path / "later.zip")
    assert "captures: 4, revisions: 2" in done.output


def test_what_was_removed_is_told_and_not_shown(tmp_path: Path) -> None:
    path = make(tmp_path, reports=2)
    archive(path, "remove", "2", "--all-copies", "--reason", "a court's order", "--yes")
    archive(path, "seal")
    done = archive(path, "prove", "1", "--out", tmp_path / "proof.zip")
    assert "(1 removed)" in done.output
    with zipfile.ZipFile(tmp_path / "proof.zip") as bundle:
        bundle.extractall(tmp_path / "proof")
        told = json.loads(bundle.read("proof.json"))
    assert "Five people" not in json.dumps(told)
    output = verify(tmp_path / "proof")[1]
    assert "its page was removed from the archive" in output


# -- Ed25519 in a few lines -----------------------------------------------------------------------------------


@given(st.binary(max_size=50), st.binary(min_size=32, max_size=32))
def test_signatures_are_those_of_a_library(message: bytes, secret: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert is_signed(public, message, signature)
    assert not is_signed(public, message + b"x", signature)
    assert not is_signed(public, message, bytes([signature[0] ^ 1]) + signature[1:])
    assert not is_signed(public, message, signature[:63])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=9), st.binary(min_size=64, max_size=64))
def test_noise_is_no_signature(public: bytes, message: bytes, signature: bytes) -> None:
    assert not is_signed(public, message, signature)

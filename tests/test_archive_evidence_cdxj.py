from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archive.cli import cli
from archive.evidence.cdxj import surt
from archive.evidence.reading import read_response
from archive.evidence.warc import WarcFile
from archive.models import RawResponse
from tests.keeping import make

NOW = datetime(2026, 1, 24, 18, 0, tzinfo=UTC)


def response(number: int, body: bytes) -> RawResponse:
    return RawResponse(
        f"https://x.example/{number}", 200, "OK", "GET", (), (("Content-Type", "text/html"),), body, NOW
    )


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.org/News/1/", "org,example)/news/1"),
        ("http://example.org", "org,example)/"),
        ("http://example.org:80/?b=2&A=1", "org,example)/?a=1&b=2"),
        ("https://m.example.org:8443/x#top", "org,example,m:8443)/x"),
        ("https://example.org/خبر", "org,example)/خبر"),
        ("http://[", "http://["),
    ],
)
def test_addresses_are_turned_round(url: str, key: str) -> None:
    assert surt(url) == key


@given(st.text(max_size=40))
def test_any_address_has_a_key(url: str) -> None:
    assert isinstance(surt("http://" + url), str)


def test_the_index_finds_every_capture(tmp_path: Path) -> None:
    path = make(tmp_path, reports=3)
    done = CliRunner().invoke(cli, ["cdxj", "--db", str(path)])
    assert done.exit_code == 0, done.output
    assert "12 captures in 2 WARC files" in done.output
    lines = (tmp_path / "warc" / "index.cdxj").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines)
    assert lines[0].startswith(
        'example,x)/news/1 20260124180000 {"url": "https://x.example/news/1", "mime": "text/html"'
    )
    for line in lines:
        told = json.loads(line.split(" ", 2)[2])
        found = read_response(
            tmp_path / "warc", told["filename"], int(told["offset"]), told["digest"].removeprefix("sha256:")
        )
        assert (found.url, str(found.status)) == (told["url"], told["status"])


def test_without_files_there_is_no_index(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["cdxj", "--db", str(tmp_path / "archive.db")])
    assert (done.exit_code, "there is no WARC file in" in done.stderr) == (1, True)
    path = make(tmp_path, reports=1)
    done = CliRunner().invoke(cli, ["cdxj", "--db", str(path), "--out", str(tmp_path / "no" / "index.cdxj")])
    assert (done.exit_code, "the index can't be written" in done.stderr) == (1, True)


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    warc = WarcFile(tmp_path, "x", NOW, about={"operator": "desk@example.org"}, max_file=3_000)
    stored = [warc.add(response(number, bytes(range(256)) * 4)) for number in range(9)]
    warc.close()
    names = list(dict.fromkeys(each.warc_file for each in stored))
    assert len(names) > 2
    assert names[1] == names[0].replace(".warc.gz", "-2.warc.gz")
    for each in stored:
        read_response(tmp_path, each.warc_file, each.warc_offset, each.payload_sha256)
    for name in names:
        done = subprocess.run(
            [Path(sys.executable).parent / "warcio", "check", tmp_path / name],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert (tmp_path / name).stat().st_size < 6_000

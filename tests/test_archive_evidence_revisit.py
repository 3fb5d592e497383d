"""Revisit records as they are read: from strangers' heads comes a sentence, never a crash, and no file from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.evidence.reading import CaptureUnreadable, Trouble, find_original, read_response
from archive.evidence.revisit import Original, fields_of, place_of_original, stands_for_another

BODY = b"<p>Five people were killed in the strike.</p>"
SHA256 = hashlib.sha256(BODY).hexdigest()
ID = "<urn:uuid:1>"
HEAD = {
    "WARC-Type": "revisit",
    "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "WARC-Target-URI": "http://news.example/1",
    "WARC-Refers-To": ID,
    "WARC-Refers-To-Filename": "first.warc",
    "WARC-Refers-To-File-Offset": "0",
}
ANSWER = b"HTTP/1.1 200 OK\r\nX-Seen: again\r\n\r\n"


def record(headers: Mapping[str, str], block: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"WARC/1.1\r\n{lines}Content-Length: {len(block)}\r\n\r\n"
    return head.encode("utf-8", "surrogatepass") + block + b"\r\n\r\n"


def folder_with(folder: Path, revisit: Mapping[str, str], block: bytes = ANSWER) -> Path:
    """Write an original and a revisit of it into a folder."""
    first = {"WARC-Type": "response", "WARC-Record-ID": ID, "WARC-Target-URI": "http://news.example/0",
             "WARC-Date": "2026-01-01T00:00:00Z"}  # fmt: skip
    (folder / "first.warc").write_bytes(record(first, b"HTTP/1.1 200 OK\r\n\r\n" + BODY))
    (folder / "again.warc").write_bytes(record(revisit, block))
    return folder


def test_a_revisit_is_the_new_head_with_the_body_of_its_original(tmp_path: Path) -> None:
    found = read_response(folder_with(tmp_path, HEAD), "again.warc", 0, SHA256)
    assert (found.url, found.status, found.body) == ("http://news.example/1", 200, BODY)
    assert found.headers == (("X-Seen", "again"),)
    for name in ("again.warc", "first.warc"):
        assert find_original(tmp_path, name, 0, SHA256) == Original(
            ID, "http://news.example/0", "2026-01-01T00:00:00Z", "first.warc", 0
        )


def test_the_profile_of_older_files_is_known(tmp_path: Path) -> None:
    older = HEAD | {"WARC-Profile": HEAD["WARC-Profile"].replace("1.1", "1.0")}
    assert read_response(folder_with(tmp_path, older), "again.warc", 0, SHA256).body == BODY


def test_a_304_has_no_body_and_is_no_original(tmp_path: Path) -> None:
    unmodified = HEAD | {"WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified"}
    folder_with(tmp_path, unmodified, b"HTTP/1.1 304 Not Modified\r\n\r\n")
    found = read_response(tmp_path, "again.warc", 0, hashlib.sha256(b"").hexdigest())
    assert (found.status, found.body) == (304, b"")
    with pytest.raises(CaptureUnreadable, match="holds no page"):
        find_original(tmp_path, "again.warc", 0, hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize(
    ("name", "value", "trouble", "sentence"),
    [
        ("Filename", "../first.warc", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("Filename", "/etc/passwd", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("Filename", "..", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("Filename", "", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("Filename", "a\0b", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("Filename", "a" * 5000, Trouble.MISSING, "has its page elsewhere"),
        ("Filename", "no.warc", Trouble.MISSING, "has its page elsewhere: there is no"),
        ("Filename", "folder", Trouble.MISSING, "has its page elsewhere"),
        ("Filename", "again.warc", Trouble.DAMAGED, "again.warc at byte 0, which holds none itself"),
        ("File-Offset", "-1", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("File-Offset", "٣", Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("File-Offset", "9" * 400, Trouble.DAMAGED, "names no place in a WARC file beside it"),
        ("File-Offset", "999999999", Trouble.DAMAGED, "no WARC record begins there"),
        ("File-Offset", "1", Trouble.DAMAGED, "no WARC record begins there"),
    ],
)
def test_a_place_that_is_none_is_one_sentence(
    tmp_path: Path, name: str, value: str, trouble: Trouble, sentence: str
) -> None:
    folder = tmp_path / "warc"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "first.warc").write_bytes(BODY)
    folder_with(folder, HEAD | {f"WARC-Refers-To-{name}": value})
    for read in (read_response, find_original):
        with pytest.raises(CaptureUnreadable) as caught:
            read(folder, "again.warc", 0, SHA256)
        assert (caught.value.trouble, "\n" in str(caught.value)) == (trouble, False)
        assert sentence in str(caught.value)


def test_a_chain_is_not_followed(tmp_path: Path) -> None:
    folder_with(tmp_path, HEAD)
    (tmp_path / "third.warc").write_bytes(record(HEAD | {"WARC-Refers-To-Filename": "again.warc"}, ANSWER))
    with pytest.raises(CaptureUnreadable, match=r"again.warc at byte 0, which holds none itself"):
        read_response(tmp_path, "third.warc", 0, SHA256)


def test_an_original_that_is_another_page_is_said(tmp_path: Path) -> None:
    folder_with(tmp_path, HEAD)
    for read in (read_response, find_original):
        with pytest.raises(CaptureUnreadable) as caught:
            read(tmp_path, "again.warc", 0, hashlib.sha256(b"other").hexdigest())
        assert caught.value.trouble is Trouble.ALTERED


_VALUES = st.text(max_size=60) | st.sampled_from(
    ["first.warc", "again.warc", "../first.warc", "0", "1", "60", "response", "revisit", HEAD["WARC-Profile"]]
)


@settings(max_examples=150)
@given(
    changed=st.dictionaries(st.sampled_from([*HEAD, "Content-Type", "WARC-Payload-Digest"]), _VALUES),
    block=st.sampled_from([ANSWER, ANSWER + BODY, b"", BODY]) | st.binary(max_size=60),
    gone=st.sets(st.sampled_from([*HEAD])),
    is_packed=st.booleans(),
)
def test_no_head_crashes_the_reader_nor_passes_for_another_page(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[str, str], block: bytes, gone: set[str], is_packed: bool
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("warc")
    headers = {name: value for name, value in (HEAD | changed).items() if name not in gone}
    folder_with(folder, headers, block)
    if is_packed:
        (folder / "again.warc").write_bytes(gzip.compress((folder / "again.warc").read_bytes()))
    for read in (read_response, find_original):
        try:
            found = read(folder, "again.warc", 0, SHA256)
        except CaptureUnreadable as error:
            said = str(error)
        else:
            said = ""
            assert getattr(found, "body", BODY) == BODY
        assert "\n" not in said
        assert "\x1b" not in said


@given(headers=st.dictionaries(st.sampled_from([name.lower() for name in HEAD]), _VALUES))
def test_a_place_is_always_a_file_beside(headers: dict[str, str]) -> None:
    assert stands_for_another(headers) in {True, False}
    place = place_of_original(headers)
    if place is not None:
        assert (Path("/warc") / place[0]).parent == Path("/warc")
        assert place[1] >= 0


def test_what_is_too_long_for_a_head_is_left_out() -> None:
    named = dict(
        fields_of(Original("", "http://x.example/" + "a" * 70_000, "2026", "f", 1), is_not_modified=False)
    )
    assert sorted(named) == [
        "WARC-Profile", "WARC-Refers-To-Date", "WARC-Refers-To-File-Offset", "WARC-Refers-To-Filename",
    ]  # fmt: skip

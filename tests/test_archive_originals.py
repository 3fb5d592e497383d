"""Pages that come again, byte for byte, become revisit records, and whatever reads WARC files knows them."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database
from warcio.archiveiterator import ArchiveIterator

from archive import removal
from archive.cli import cli
from archive.evidence.blanking import NotBlanked
from archive.evidence.reading import CaptureUnreadable, Trouble, content, read_response
from archive.evidence.scan import Record, scan
from archive.models import Outcome, RawResponse, Visit
from archive.tables import removals
from archive.writer import ArchiveWriter
from bench.crash_checks import Inspector, orphans
from tests import keeping
from tests.keeping import NOW, OTHER, SOURCE, warcs

WARCIO = Path(sys.executable).parent / "warcio"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
Run = Callable[..., Result]


def words(number: int) -> str:
    """Return a text that packs to a kilobyte, another for each number."""
    drawn = random.Random(number)
    return " ".join(str(drawn.randrange(10**6)) for _ in range(300))


def page(number: int, *, edition: int = 0) -> Visit:
    """Return a visit to a report's page, in one answer."""
    made = keeping.visit(SOURCE, number, words(number + 100 * edition))
    return replace(made, responses=made.responses[1:])


def with_header(visit: Visit, name: str, value: str) -> Visit:
    answers = tuple(replace(each, response_headers=(*each.response_headers, (name, value))) for each in visit.responses)  # fmt: skip
    return replace(visit, responses=answers)


def not_modified(number: int) -> Visit:
    (answer,) = page(number).responses
    said = replace(answer, status=304, reason="Not Modified", response_headers=(("ETag", '"a"'),), body=b"")
    return replace(page(number), responses=(said,), extraction=None, not_modified=True)


def refused_first(number: int) -> Visit:
    """Return a visit that is refused twice in the same words, and then answered."""
    made = page(number)
    sorry = replace(
        made.responses[0], status=503, reason="Sorry", response_headers=(), body=words(999).encode()
    )
    return replace(made, responses=(sorry, sorry, *made.responses))


def crawl(path: Path, *visits: Visit, source: Any = SOURCE) -> list[Outcome]:
    """Write visits as a run of their own, in one batch."""
    writer = ArchiveWriter(path, version="test", clock=lambda: NOW)
    writer.start()
    run = writer.begin_run(source)
    done = [run.record_visit(visit, is_urgent=visit is visits[-1]) for visit in visits]
    outcomes = [each.result(timeout=20) for each in done]
    run.submit(lambda desk: desk.finish_run("finished", {}, {}, "{}"), is_urgent=True).result()
    run.end()
    writer.close()
    return outcomes


def records(path: Path) -> list[Record]:
    """Return the answers in an archive's WARC files, in the order of its captures."""
    found = []
    for row in rows(path, "select * from captures order by id"):
        file = path.parent / "warc" / row["warc_file"]
        with file.open("rb") as opened:
            piece = next(scan(opened, file.stat().st_size, start=row["warc_offset"]))
            assert isinstance(piece, Record)
            assert piece.problems == ()
            found.append(piece)
    return found


def kinds(path: Path) -> str:
    """Return what the captures' records are, a letter each."""
    return "".join(record.kind[2] for record in records(path))  # s: response, v: revisit


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    with closing(Database(path)) as db:
        return [dict(row) for row in db.query(query)]


def first_file(path: Path) -> keeping.Warc:
    """Return the file with the first capture."""
    return keeping.Warc(path.parent / "warc" / rows(path, "select warc_file from captures")[0]["warc_file"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three reports; then one comes again with another header, one is edited, one answers 304, and one is a copy."""
    path = tmp_path_factory.mktemp("made") / "archive.db"
    assert crawl(path, page(1), page(2), page(3)) == [Outcome.STORED] * 3
    copied = replace(page(4), responses=(replace(page(1).responses[0], url="https://x.example/news/4"),))
    again = with_header(page(1), "X-Served-By", "cache-7")
    crawl(path, again, page(2, edition=1), not_modified(3), copied)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made.parent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)
    return tmp_path / made.name


@pytest.fixture
def run(path: Path) -> Run:
    def invoke(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, args, prog_name="archive", obj=lambda: NOW)
        assert result.exit_code == code, result.output
        return result

    return invoke


# -- what is written --------------------------------------------------------------------------------------


def test_what_was_captured_before_is_referred_to(made: Path) -> None:
    assert kinds(made) == "sssvsvv"
    first, *_, again, _, unmodified, copied = records(made)
    row = rows(made, "select * from captures where id = 1")[0]
    for revisit in (again, copied):
        assert revisit.headers["warc-profile"] == IDENTICAL
        assert revisit.headers["warc-payload-digest"] == f"sha256:{row['payload_sha256']}"
        assert revisit.headers["warc-refers-to"] == first.headers["warc-record-id"]
        assert revisit.headers["warc-refers-to-target-uri"] == "https://x.example/news/1"
        assert revisit.headers["warc-refers-to-date"] == "2026-01-24T18:00:00Z"
        assert revisit.headers["warc-refers-to-filename"] == row["warc_file"]
        assert revisit.headers["warc-refers-to-file-offset"] == str(row["warc_offset"])
        assert revisit.status == 200
    assert b"X-Served-By: cache-7" in again.start
    assert copied.headers["warc-target-uri"] == "https://x.example/news/4"
    assert unmodified.headers["warc-profile"] == NOT_MODIFIED
    assert unmodified.headers["warc-refers-to-target-uri"] == "https://x.example/news/3"
    assert "warc-payload-digest" not in unmodified.headers
    assert unmodified.start.startswith(b"HTTP/1.1 304 Not Modified\r\n")


def test_rows_are_as_they_were_before_there_were_revisits(made: Path) -> None:
    found = rows(made, "select payload_sha256, payload_bytes, status from captures order by id")
    assert found[3] == found[0] == found[6]
    assert (found[5]["payload_bytes"], found[5]["status"]) == (0, 304)


def test_each_capture_is_read_without_the_database(made: Path) -> None:
    for row in rows(made, "select * from captures"):
        found = read_response(
            made.parent / "warc", row["warc_file"], row["warc_offset"], row["payload_sha256"]
        )
        assert (found.url, found.status, len(found.body)) == (row["url"], row["status"], row["payload_bytes"])
        if row["id"] == 4:
            assert ("X-Served-By", "cache-7") in found.headers
            assert words(1).encode() in content(found)


def test_an_answer_that_comes_twice_in_one_visit_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    crawl(path, refused_first(1))
    assert kinds(path) == "svs"
    crawl(path, refused_first(2))
    assert kinds(path) == "svsvvs"
    assert Inspector(path).violations() == []


def test_what_waits_for_its_commit_is_known_too(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    crawl(path, page(1), with_header(page(1), "X", "1"), with_header(page(1), "X", "2"))  # one batch
    assert kinds(path) == "svv"
    assert len({record.headers.get("warc-refers-to-file-offset") for record in records(path)[1:]}) == 1


def test_no_revisit_refers_to_a_revisit(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    crawl(path, page(1), not_modified(1))
    crawl(path, page(1))
    crawl(path, page(1), not_modified(1))
    first, *others = records(path)
    assert [record.kind for record in others] == ["revisit"] * 4
    assert {record.headers["warc-refers-to"] for record in others} == {first.headers["warc-record-id"]}


@pytest.mark.parametrize("body", [b"", b"Forbidden", b"<p>Nothing to see here.</p>" * 60])
def test_what_takes_no_more_room_than_a_revisit_is_written_again(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "archive.db"
    answer = RawResponse("https://x.example/1", 403, "Forbidden", "GET", (), (), body, NOW)
    visit = replace(page(1), responses=(answer, answer), url=None, extraction=None, failure=Outcome.BLOCKED)
    crawl(path, visit)
    assert kinds(path) == "ss"


def test_a_304_of_a_page_that_nobody_has_refers_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    crawl(path, not_modified(1))
    (record,) = records(path)
    assert record.headers["warc-profile"] == NOT_MODIFIED
    assert [name for name in record.headers if "refers-to" in name] == []
    assert Inspector(path).violations() == []


def test_a_page_whose_original_is_lost_is_written_once_more(path: Path) -> None:
    first_file(path).flip(rows(path, "select warc_offset from captures")[0]["warc_offset"] + 500)
    crawl(path, page(1))
    crawl(path, page(1))
    found = rows(path, "select * from captures where id > 7")
    assert len({row["warc_file"] for row in found}) == 2
    for row in found:
        read_response(path.parent / "warc", row["warc_file"], row["warc_offset"], row["payload_sha256"])
    with pytest.raises(CaptureUnreadable) as caught:
        _read(path, 4)
    assert caught.value.trouble is Trouble.DAMAGED
    assert "has its page elsewhere: " in str(caught.value)


def test_other_sources_share_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    crawl(path, page(1))
    answers = (replace(page(1).responses[0], url="https://y.example/news/1"),)
    crawl(path, replace(page(1), responses=answers, lead=replace(page(1).lead, url="https://y.example/news/1"),
                        url="https://y.example/news/1"), source=OTHER)  # fmt: skip
    assert kinds(path) == "sv"


def _read(path: Path, capture_id: int) -> bytes:
    (row,) = rows(path, f"select * from captures where id = {capture_id}")  # noqa: S608
    return read_response(
        path.parent / "warc", row["warc_file"], row["warc_offset"], row["payload_sha256"]
    ).body


# -- what reads it ----------------------------------------------------------------------------------------


def test_other_tools_read_the_files(made: Path) -> None:
    for warc in warcs(made):
        check = subprocess.run([WARCIO, "check", "-v", warc.path], capture_output=True, text=True)
        assert (check.returncode, "fail" in check.stdout) == (0, False), check.stdout
        index = subprocess.run([WARCIO, "index", warc.path], capture_output=True, text=True)
        assert index.returncode == 0, index.stderr
        with warc.path.open("rb") as file:
            read = [(each.rec_type, each.rec_headers.get_header("WARC-Target-URI"), each.content_stream().read())
                    for each in ArchiveIterator(file)]  # fmt: skip
        assert [kind for kind, _, _ in read] == [record.kind for record in warc.records()]
        assert [kind for kind, _, body in read if kind == "revisit" and body] == []


def test_the_index_has_revisits_as_pywb_wants_them(run: Run, path: Path) -> None:
    assert "7 captures in 2 WARC files" in run("cdxj").stdout
    lines = (path.parent / "warc" / "index.cdxj").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line.split(" ", 2)[2]) for line in lines]
    revisits = [each for each in told if each["mime"] == "warc/revisit"]
    assert {(each["url"][-1], each["status"]) for each in revisits} == {
        ("1", "200"),
        ("3", "304"),
        ("4", "200"),
    }
    full = {each["digest"]: each["url"][-1] for each in told if each["mime"] == "text/html"}
    assert {each["url"][-1]: full[each["digest"]] for each in revisits} == {"1": "1", "3": "3", "4": "1"}


def test_verify_checks_a_page_through_its_original(run: Run, path: Path) -> None:
    shown = run("verify").stdout
    assert "captured pages       ok           7 pages as they were hashed, 3 revisits among them\n" in shown
    assert "note" not in shown


def test_verify_names_each_capture_whose_original_is_gone_or_altered(run: Run, path: Path) -> None:
    first = first_file(path)
    offset = rows(path, "select warc_offset from captures where id = 1")[0]["warc_offset"]
    first.flip(offset + 500)
    shown = run("verify", "--examples", "20", code=1).stdout
    for number in (4, 7):
        assert f"capture {number} (" in shown
    assert (
        shown.count(f"its page lies in {first.path.name} at byte {offset}, in a record that is damaged") == 2
    )
    first.path.unlink()
    shown = run("verify", "--examples", "20", code=1).stdout
    assert shown.count(f"its page lies in {first.path.name} at byte {offset}, which is missing") == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WARC-Payload-Digest", "sha256:" + "0" * 64, "its record refers to another page than was captured"),
        ("WARC-Refers-To-Filename", "../../secret", "names no place in a WARC file beside it"),
        (
            "WARC-Refers-To-Filename",
            "no.warc.gz",
            "its page lies in no.warc.gz at byte {at}, which is missing",
        ),
        ("WARC-Refers-To-File-Offset", "1", "where no whole record begins"),
        ("WARC-Refers-To-File-Offset", "0", "in a record that holds none"),
        ("WARC-Refers-To", "<urn:uuid:0>", "in another record than it refers to"),
        ("WARC-Profile", "http://x.example/other", "its record holds no page"),
        ("WARC-Target-URI", "https://x.example/news/9", "its record has another address"),
    ],
)
def test_a_head_that_was_changed_is_named(run: Run, path: Path, name: str, value: str, sentence: str) -> None:
    at = rows(path, "select warc_offset from captures where id = 1")[0]["warc_offset"]
    _forge(path, 4, name, value)
    shown = run("verify", "--examples", "20", code=1).stdout
    assert sentence.format(at=at) in next(line for line in shown.splitlines() if " capture 4 (" in line)


def test_a_wrong_page_behind_a_revisit_is_told(run: Run, path: Path) -> None:
    other = rows(path, "select warc_offset from captures where id = 2")[0]["warc_offset"]
    _forge(path, 4, "WARC-Refers-To-File-Offset", str(other))
    assert "which holds another page than was captured" in run("verify", "--examples", "20", code=1).stdout
    with pytest.raises(CaptureUnreadable) as caught:
        _read(path, 4)
    assert caught.value.trouble is Trouble.ALTERED


def _forge(path: Path, capture_id: int, name: str, value: str) -> None:
    """Write a capture's record anew with another value, at the same place of a file that is made anew around it."""
    (row,) = rows(path, f"select * from captures where id = {capture_id}")  # noqa: S608
    file = path.parent / "warc" / row["warc_file"]
    whole = file.read_bytes()
    (found,) = [record for record in keeping.Warc(file).records() if record.offset == row["warc_offset"]]
    lines = gzip.decompress(whole[found.offset : found.end]).split(b"\r\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(f"{name}: ".encode()))
    lines[at] = f"{name}: {value}".encode()
    file.write_bytes(whole[: found.offset] + gzip.compress(b"\r\n".join(lines)) + whole[found.end :])


def test_a_proof_holds_the_original_too(run: Run, path: Path, tmp_path: Path) -> None:
    run("seal")
    run("prove", "4", "--out", "proof.zip")  # a copy of another report's page: its own record has no body
    with zipfile.ZipFile(tmp_path / "proof.zip") as bundle:
        bundle.extractall(tmp_path / "proof")
    done = subprocess.run([sys.executable, "-I", "-S", "proof/verify.py"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "this page had been received before, from https://x.example/news/1 at" in done.stdout
    assert "ok     capture 7: the record with the page is the one that it refers to" in done.stdout
    assert "ok     capture 7: the body that was received has the hash" in done.stdout
    found = keeping.Warc(tmp_path / "proof" / "records.warc.gz").records()
    assert [record.kind for record in found] == ["revisit", "request", "response", "request"]
    (tmp_path / "proof" / "records.warc.gz").write_bytes(b"")
    done = subprocess.run([sys.executable, "-I", "-S", "proof/verify.py"], capture_output=True, text=True)
    assert (done.returncode, "WRONG" in done.stdout) == (1, True)


def test_a_backup_is_read_through_its_originals(
    run: Run, path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    there = tmp_path_factory.mktemp("there")
    assert "7 captures, read back from the copy" in run("backup", str(there / "copy")).stdout
    crawl(path, page(2))  # its original is in an older file
    assert " 1 captures, read back" in run("backup", str(there / "copy")).stdout
    run("restore", str(there / "copy"), "--db", str(there / "archive.db"))
    assert Inspector(there / "archive.db").violations() == []
    run("verify", "--db", str(there / "archive.db"))


def test_no_answer_is_an_orphan(made: Path) -> None:
    assert orphans(made) == (0, 0)


# -- taking a page out ------------------------------------------------------------------------------------


def test_a_page_goes_from_all_of_its_captures_or_from_none(run: Run, path: Path) -> None:
    before = [warc.path.read_bytes() for warc in warcs(path)]
    for number, others in (("1", "4, 7"), ("4", "1, 7")):
        said = run("remove", number, "--yes", "--reason", "x", code=2).stderr
        assert said.count("\n") == 1
        assert f"2 other captures hold the page of capture {number} too ({others})" in said
    assert [warc.path.read_bytes() for warc in warcs(path)] == before
    shown = run("remove", "4", "--yes", "--reason", "x", "--all-copies").stdout
    assert shown.endswith("3 captures and 2 texts removed.\n")
    assert (
        run("verify").stdout.count("4 pages as they were hashed, 1 revisit among them, 3 removed on purpose")
        == 1
    )
    for warc in warcs(path):
        for record in warc.records():
            assert record.problems == ()
            assert record.payload_sha256 != rows(path, "select * from captures")[0]["payload_sha256"]
    tombs = rows(path, "select capture_id, details from custody where action = 'removed'")
    assert [tomb["capture_id"] for tomb in tombs] == [4, 7, 1]  # the page itself last
    assert [name for tomb in tombs for name in json.loads(tomb["details"])] == ["files", "texts"] * 3
    assert "was removed before" in run("remove", "4", "--yes", "--reason", "x", "--all-copies").stdout


def test_to_name_all_of_them_is_enough(run: Run, path: Path) -> None:
    assert "3 captures and" in run("remove", "1", "4", "7", "--yes", "--reason", "x").stdout
    run("verify")


def test_of_a_revisit_alone_it_is_said_that_the_page_is_still_there(run: Run, path: Path) -> None:
    shown = run("remove", "4", "--yes", "--reason", "x", "--leave-copies").stdout
    assert shown.endswith(
        "1 capture and 0 texts removed.\nThe page of capture 4 is still there, in capture 1, 7.\n"
    )
    assert "6 pages as they were hashed, 2 revisits among them, 1 removed on purpose" in run("verify").stdout
    (tomb,) = rows(path, "select details from custody where action = 'removed'")
    assert json.loads(tomb["details"])["left_in"] == [1, 7]
    with pytest.raises(CaptureUnreadable) as caught:
        _read(path, 4)
    assert caught.value.trouble is Trouble.REMOVED
    assert len(_read(path, 7)) == len(_read(path, 1)) > 1000
    # and the rest of it can go later
    assert "2 captures and" in run("remove", "4", "--yes", "--reason", "y", "--all-copies").stdout
    run("verify")


def test_a_304_is_removed_by_itself(run: Run, path: Path) -> None:
    assert run("remove", "6", "--yes", "--reason", "x").stdout.endswith("1 capture and 0 texts removed.\n")
    assert "1 removed on purpose" in run("verify").stdout


def test_no_revisit_is_left_without_its_original(run: Run, path: Path) -> None:
    said = run("remove", "1", "--yes", "--reason", "x", "--leave-copies", code=2).stderr
    assert (
        "the record of capture 1 holds the page of capture 4, 7 too, which can't be left without it" in said
    )
    assert "exclude each other" in run(
        "remove", "1", "--reason", "x", "--leave-copies", "--all-copies", code=2
    ).stderr  # fmt: skip
    assert rows(path, "select * from custody where action = 'removed'") == []


def test_a_crawl_meanwhile_is_noticed(run: Run, path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        chosen = [removals.find(conn, each) for each in (1, 4, 7)]
    crawl(path, page(1))
    with pytest.raises(NotBlanked, match="the page of capture 1 is that of capture 8 too"):
        removal.remove(path, chosen, "x", lambda: NOW)
    assert "5 pages" not in run("verify").stdout  # nothing is broken half way
    assert "2 captures and" in run("remove", "1", "--yes", "--reason", "x", "--all-copies").stdout
    run("verify")


def test_what_was_removed_is_no_original(run: Run, path: Path) -> None:
    run("remove", "1", "--yes", "--reason", "x", "--all-copies")
    crawl(path, page(1))
    assert records(path)[-1].kind == "response"
    run("remove", "3", "--yes", "--reason", "x")  # a 304 refers to it, and needs no page
    run("verify")


def test_an_original_that_was_blanked_without_the_others_is_damage(run: Run, path: Path) -> None:
    (row,) = rows(path, "select * from captures where id = 1")
    removal.blank(path.parent / "warc" / row["warc_file"], row["warc_offset"], removal.Note("2026-01-24T18:00:00Z", "0", "x"))  # fmt: skip
    shown = run("verify", "--examples", "20", code=1).stdout
    assert (
        shown.count("where it was removed, and this capture of it was not: `archive remove` finishes it") == 2
    )
    run("remove", "4", "--yes", "--reason", "x", "--all-copies")
    assert "removed on purpose" in run("verify", "--examples", "20", code=0).stdout

"""`archive remove`: the page and its text are nowhere any more, hash and reason stay, and verify knows it."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from archive import removal
from archive.cli import cli
from archive.evidence.blanking import NotBlanked
from archive.evidence.reading import read_response
from archive.evidence.warc import WarcFile
from archive.models import PageLesson, TemplateLesson
from archive.store import Store
from archive.tables import removals
from archive.tables.changelog import UNTOLD
from tests import keeping
from tests.keeping import Warc, warcs

WORDS = "Zyxwitness lives in the house behind the mill of Qwertyville."
REASON = "Court of X, 27 O 123/26"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which report 6 names a witness, and was corrected once since."""
    path = keeping.make(tmp_path_factory.mktemp("made"), reports=2)
    with Store(path) as store:
        run = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "late", keeping.NOW)
        for text in (WORDS, f"{WORDS} Corrected."):
            visit = keeping.visit(keeping.SOURCE, 6, text)
            store.record_visit(run, visit, [file.add(response) for response in visit.responses])
        lesson = PageLesson("a", b"x")
        store.keep_lessons("x", [
            TemplateLesson("x", f"https://x.example/news/{n}", lesson.layout, keeping.NOW, lesson.lesson) for n in (5, 6)
        ])  # fmt: skip
        store.finish_run(run, "finished", {}, {}, "{}")
        file.close()
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made.parent / "warc", tmp_path / "warc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHIVE_DB", raising=False)
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture
def run(path: Path) -> Run:
    def invoke(*args: str, code: int = 0, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(cli, args, input=stdin, prog_name="archive", obj=lambda: keeping.NOW)
        assert result.exit_code == code, result.output
        return result

    return invoke


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    with closing(Database(path)) as db:
        return [dict(row) for row in db.query(query)]


def late(path: Path) -> Warc:
    return next(warc for warc in warcs(path) if warc.path.name.startswith("late"))


def is_anywhere(folder: Path, words: bytes) -> bool:
    """Tell whether words stand in any file, packed or not."""
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found = [content, content.lower()]
            if file.name.endswith(".warc.gz"):
                whole = gzip.decompress(content)
                found.append(whole)
                for at in range(len(whole)):  # the pages themselves are packed too
                    if whole.startswith(b"\x1f\x8b\x08", at):
                        with suppress(Exception):
                            found.append(gzip.GzipFile(fileobj=io.BytesIO(whole[at:])).read1())
            if any(words in each for each in found):
                return True
    return False


# -- removing ---------------------------------------------------------------------------------------------


def test_page_and_text_are_nowhere_any_more(run: Run, path: Path) -> None:
    assert is_anywhere(path.parent, b"Zyxwitness")
    assert is_anywhere(path.parent, b"qwertyville")  # as the search index has it
    run("remove", "10", "12", "--reason", REASON, "--yes")
    assert not is_anywhere(path.parent, b"Zyxwitness")
    assert not is_anywhere(path.parent, b"zyxwitness")
    assert not is_anywhere(path.parent, b"qwertyville")


def test_verify_knows_that_it_was_on_purpose(run: Run, path: Path) -> None:
    run("remove", "10", "12", "--reason", REASON, "--yes")
    shown = run("verify").stdout
    assert "captured pages       ok           10 pages as they were hashed, 2 removed on purpose\n" in shown
    assert "texts                ok           6 texts, 2 of them removed on purpose\n" in shown
    assert run("verify", "--quick").exit_code == 0


def test_hash_and_reason_stay(run: Run, path: Path) -> None:
    before, revisions = (
        rows(path, "select * from captures"),
        rows(path, "select * from revisions where capture_id = 10"),
    )
    assert len(revisions) == 1
    run("remove", "10", "--reason", f" {REASON}\n", "--yes")
    assert rows(path, "select * from captures") == before
    entry = rows(path, "select * from custody")[-1]
    (capture,) = (row for row in before if row["id"] == 10)
    assert {name: entry[name] for name in ("action", "at", "capture_id", "items", "sha256", "reason")} == {
        "action": "removed", "at": "2026-01-24T18:00:00Z", "capture_id": 10, "items": 1,
        "sha256": capture["payload_sha256"], "reason": REASON,
    }  # fmt: skip
    details = json.loads(entry["details"])
    assert details["texts"] == {str(revisions[0]["id"]): revisions[0]["content_sha256"]}
    assert details["files"][late(path).path.name]["bytes"] == late(path).path.stat().st_size


def test_only_the_texts_of_the_page_are_blanked(run: Run, path: Path) -> None:
    revisions = rows(path, "select * from revisions order by id")
    article = rows(path, "select * from articles order by id")
    run("remove", "10", "--reason", REASON, "--yes")
    after = rows(path, "select * from revisions order by id")
    assert [row["title"] for row in after] == [
        *(row["title"] for row in revisions[:4]),
        "[removed]",
        "Report 6",
    ]
    kept = (
        "id",
        "article_id",
        "number",
        "seen_at",
        "capture_id",
        "content_sha256",
        "language",
        "published_at",
    )
    assert [{name: row[name] for name in kept} for row in after] == [
        {name: row[name] for name in kept} for row in revisions
    ]
    assert (
        rows(path, "select * from articles order by id") == article
    )  # it says what the second revision says
    run("remove", "12", "--reason", REASON, "--yes")
    last = rows(path, "select * from articles order by id")[-1]
    assert (last["title"], last["body"], last["author"], last["word_count"]) == ("[removed]", "", None, 0)
    assert (last["revision_count"], last["content_sha256"]) == (2, article[-1]["content_sha256"])
    assert "Report 6" not in run("search", "mill").stdout
    assert "[removed]" in run("show", str(last["id"])).stdout


@pytest.mark.parametrize("captures", [["10"], ["12"], ["10", "12"]])
def test_a_removal_is_not_told_as_an_edit_of_the_outlet(run: Run, path: Path, captures: list[str]) -> None:
    assert rows(path, "select * from changes")[0]["kinds"] != "[]"
    run("remove", *captures, "--reason", REASON, "--yes")
    (told,) = rows(path, "select * from changes")
    assert (told["is_substantive"], told["kinds"], told["details"], told["summary"]) == (
        0,
        "[]",
        "[]",
        UNTOLD,
    )
    shown = run("history", str(told["article_id"])).stdout
    assert shown.count(UNTOLD) == 1
    assert "→" not in shown
    assert "substantive" not in shown
    (step,) = json.loads(run("history", str(told["article_id"]), "--json").stdout)["steps"]
    assert (step["summary"], step["changes"], step["paragraphs"]) == (UNTOLD, [], [])


def test_what_the_page_taught_is_forgotten(run: Run, path: Path) -> None:
    run("remove", "10", "--reason", REASON, "--yes")
    assert rows(path, "select url from template_lessons") == [{"url": "https://x.example/news/5"}]


def test_all_other_captures_are_read_as_before(run: Run, path: Path) -> None:
    run("remove", "10", "--reason", REASON, "--yes")
    for row in rows(path, "select * from captures where id <> 10"):
        read_response(path.parent / "warc", row["warc_file"], row["warc_offset"], row["payload_sha256"])


def test_the_same_page_fetched_again_stays_removed(run: Run, path: Path) -> None:
    run("remove", "10", "12", "--reason", REASON, "--yes")
    with Store(path) as store:
        opened = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "again", keeping.NOW)
        visit = keeping.visit(keeping.SOURCE, 6, f"{WORDS} Corrected.")
        store.record_visit(opened, visit, [file.add(response) for response in visit.responses[:1]])
        file.close()
    assert rows(path, "select title, revision_count from articles order by id")[-1] == {
        "title": "[removed]", "revision_count": 2
    }  # fmt: skip


# -- what it says -----------------------------------------------------------------------------------------


def test_it_tells_what_it_is_about_and_asks(run: Run, path: Path) -> None:
    shown = run("remove", "10", "--reason", REASON, code=1, stdin="n\n").stdout
    sha256 = rows(path, "select payload_sha256 from captures where id = 10")[0]["payload_sha256"]
    size = rows(path, "select payload_bytes from captures where id = 10")[0]["payload_bytes"]
    assert shown == (
        "capture 10: https://x.example/news/6\n"
        f"    2026-01-24 18:00:00 UTC, {size} bytes, report 5\n"
        f"    sha256:{sha256}\n"
        "Other captures of the same reports, or with the same bytes, stay: 12\n"
        "Remove for good? [y/N]: n\n"
    )
    assert rows(path, "select * from custody where action = 'removed'") == []
    assert "1 capture and 1 text removed.\n" in run("remove", "10", "--reason", REASON, stdin="y\n").stdout


def test_once_is_enough(run: Run, path: Path) -> None:
    run("remove", "10", "--reason", REASON, "--yes")
    content = late(path).path.read_bytes()
    shown = run("remove", "10", "--reason", "again", "--yes").stdout
    assert shown.startswith("capture 10: https://x.example/news/6 was removed before.\n")
    assert "1 capture and 1 text" in run("remove", "10", "12", "--reason", "again", "--yes").stdout
    assert len(rows(path, "select * from custody where action = 'removed'")) == 2
    assert late(path).path.read_bytes() != content


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("99", "--reason", "x"), 1, "no capture has the id 99"),
        (("10", "--reason", " \n "), 2, "--reason is empty"),
        (("10",), 2, "Missing option '--reason'"),
        (("--reason", "x"), 2, "Missing argument"),
        (("10", "--reason", "x", "--db", "no.db"), 1, "no archive at no.db"),
    ],
)
def test_a_mistake_is_a_sentence(
    run: Run, path: Path, args: tuple[str, ...], code: int, sentence: str
) -> None:
    before = path.read_bytes()
    assert sentence in run("remove", *args, "--yes", code=code).stderr
    assert path.read_bytes() == before


def test_a_page_whose_file_is_missing_is_not_said_to_be_removed(run: Run, path: Path) -> None:
    late(path).path.unlink()
    assert "can't be read" in run("remove", "10", "--reason", REASON, "--yes", code=1).stderr
    assert rows(path, "select * from custody where action = 'removed'") == []


# -- when it goes wrong -----------------------------------------------------------------------------------


def test_killed_before_the_tombstone_it_is_finished_by_the_same_again(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archive.tables.removals.note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            removal.remove(path, [_capture(path, 10)], REASON, lambda: keeping.NOW)
    assert rows(path, "select title from revisions where capture_id = 10") == [{"title": "Report 6"}]
    shown = run("verify", code=1).stdout
    assert "was blanked out, and no entry of the custody log says why: `archive remove` finishes it" in shown
    run("remove", "10", "--reason", REASON, "--yes")
    assert run("verify").exit_code == 0


def test_a_page_that_can_not_be_blanked_keeps_its_texts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = _capture(path, 10)

    def fail(*_: object) -> int:
        raise NotBlanked("no room")

    monkeypatch.setattr(removal, "blank", fail)
    with pytest.raises(NotBlanked):
        removal.remove(path, [capture], REASON, lambda: keeping.NOW)
    assert rows(path, "select * from custody where action = 'removed'") == []
    assert rows(path, "select title from revisions where capture_id = 10") == [{"title": "Report 6"}]


def test_a_text_that_comes_back_is_damage(run: Run, path: Path) -> None:
    run("remove", "10", "--reason", REASON, "--yes")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("update revisions set body = 'again' where capture_id = 10")
        conn.commit()
    assert "still has text, though capture 10 was removed" in run("verify", code=1).stdout


def test_a_page_that_is_there_still_is_damage(run: Run, path: Path) -> None:
    content = late(path).path.read_bytes()
    run("remove", "10", "--reason", REASON, "--yes")
    late(path).path.write_bytes(content)
    assert "is said to be removed, and its page is still there" in run("verify", code=1).stdout


def test_whoever_reads_meanwhile_is_named(run: Run, path: Path) -> None:
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from articles").fetchone()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("archive.store.BUSY_TIMEOUT", 0.1)
            done = run("remove", "10", "--reason", REASON, "--yes")
    assert (
        "somebody is reading the archive; until that ends, texts may be left in archive.db-wal" in done.stderr
    )


def _capture(path: Path, capture_id: int) -> removals.Capture:
    with closing(sqlite3.connect(path)) as conn:
        return removals.find(conn, capture_id)

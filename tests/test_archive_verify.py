# ruff: noqa: S608 - the SQL is the tests' own words
"""`archive.verify`: what is as it was written passes, and whatever was done to it is named."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.evidence.warc import WarcFile
from archive.migrations import migrations
from archive.models import ArticleText
from archive.open import reading
from archive.store import Store
from archive.tables import chain, custodyfile
from archive.tables.articles import content_sha256
from archive.verify import Check, Mode, Report, Verdict, Wish, verify
from archive.verify.derivation import Derived
from archive.writer import ArchiveWriter
from tests import keeping
from tests.keeping import Warc, warcs
from tests.tampering import unlocked


class Quiet:
    """A progress that counts instead of showing."""

    def __init__(self) -> None:
        self.checks: dict[str, list[int]] = {}
        self._name = ""

    def begin(self, name: str, length: int) -> None:
        self._name = name
        self.checks[name] = [length, 0]

    def advance(self, steps: int) -> None:
        self.checks[self._name][1] += steps

    def end(self) -> None:
        pass


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keeping.make(tmp_path_factory.mktemp("made"))


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent / "warc", tmp_path / "warc")
    shutil.copy(custodyfile.beside(made), tmp_path)
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture
def warc(path: Path) -> Warc:
    return warcs(path)[0]


def report(path: Path, mode: Mode = Mode.DEFAULT, **wish: Any) -> Report:
    with reading(path) as conn:
        return verify(path, conn, Wish(mode, **wish), Quiet())


def wrong(path: Path, mode: Mode = Mode.DEFAULT, **wish: Any) -> dict[str, tuple[str, ...]]:
    """Return the checks that found damage, with their examples."""
    found = report(path, mode, **wish)
    damaged = {check.name: check.examples for check in found.checks if check.verdict is Verdict.DAMAGED}
    assert found.is_clean == (not damaged)
    assert all(check.damage >= len(check.examples) > 0 for check in found.checks if check.name in damaged)
    return damaged


def notes(path: Path, name: str) -> tuple[str, ...]:
    return check(report(path), name).notes


def check(found: Report, name: str) -> Check:
    (named,) = (each for each in found.checks if each.name == name)
    return named


def falsify(path: Path, *statements: str) -> None:
    """Do what whoever falsifies an archive does: drop the triggers, and put them back."""
    with unlocked(path) as conn:
        for statement in statements:
            conn.execute(statement)


def row(path: Path, table: str, row_id: int) -> dict[str, Any]:
    with closing(Database(path)) as db:
        return dict(next(db.query(f"select * from {table} where id = ?", [row_id])))


# -- what is as it was written ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_an_archive_that_nobody_touched_is_clean(path: Path, mode: Mode) -> None:
    found = report(path, mode)
    assert found.is_clean
    assert {one.name: one.examples + one.notes for one in found.checks if one.examples or one.notes} == {}
    assert found.captures == chain.Head(20, row(path, "captures", 20)["hash"])
    assert found.custody == chain.Head(2, row(path, "custody", 2)["hash"])
    names = [one.name for one in found.checks]
    assert names[:4] == ["chain of captures", "custody log", "custody file", "WARC files"]
    assert len(names) == {Mode.QUICK: 6, Mode.DEFAULT: 10, Mode.FULL: 11}[mode]


def test_it_says_how_much_was_looked_at(path: Path) -> None:
    found = {one.name: one.summary for one in report(path).checks}
    size = sum(each.path.stat().st_size for each in warcs(path)) / 1e6
    assert found == {
        "chain of captures": "20 rows",
        "custody log": "2 entries",
        "custody file": "2 entries, as in the table",
        "WARC files": f"2 files, {size:,.1f} MB, every record",
        "captured pages": "20 pages as they were hashed",
        "texts": "10 texts",
        "reports": "10 reports",
        "search index": "10 reports, word by word",
        "references": "foreign_key_check",
        "database file": "quick_check",
    }


def test_progress_is_told_in_bytes_of_the_warc_files(path: Path) -> None:
    quiet = Quiet()
    with reading(path) as conn:
        verify(path, conn, Wish(), quiet)
    size = sum(each.path.stat().st_size for each in warcs(path))
    assert quiet.checks["WARC files"] == [size, size]


def test_an_empty_archive_is_clean(tmp_path: Path) -> None:
    Store(tmp_path / "archive.db").close()
    assert wrong(tmp_path / "archive.db", Mode.FULL) == {}


def test_nothing_is_written_and_nobody_has_to_wait(path: Path) -> None:
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("begin immediate")  # a crawl that writes
        assert report(path, Mode.FULL).is_clean
    assert path.read_bytes() == before


def test_a_crawl_goes_on_meanwhile(tmp_path: Path) -> None:
    path, stop, failed = tmp_path / "archive.db", threading.Event(), []
    writer = ArchiveWriter(path, version="test", clock=lambda: keeping.NOW)
    writer.start()
    run = writer.begin_run(keeping.SOURCE)

    def crawl() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                run.record_visit(keeping.visit(keeping.SOURCE, number)).result(timeout=20)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    thread = threading.Thread(target=crawl)
    thread.start()
    try:
        for _ in range(5):
            assert wrong(path) == {}
            assert wrong(path, Mode.QUICK) == {}
    finally:
        stop.set()
        thread.join()
        run.end()
        writer.close()
    assert failed == []
    assert wrong(path) == {}


# -- rows that were changed -------------------------------------------------------------------------------

COLUMNS = {
    "run_id": 2, "lead_id": "null", "url": "'http://y'", "final_url": "''", "status": 404, "content_type": "'x'",
    "fetched_at": "'2026-01-24T18:00:01Z'", "payload_sha256": "'ab'", "payload_bytes": 7, "warc_file": "'x'",
    "warc_offset": 1, "previous_hash": "null", "hash": "'sha256:00'",
}  # fmt: skip


@pytest.mark.parametrize("mode", [Mode.QUICK, Mode.DEFAULT])
@pytest.mark.parametrize(("column", "value"), COLUMNS.items())
def test_a_changed_row_is_named(path: Path, mode: Mode, column: str, value: object) -> None:
    falsify(path, f"update captures set {column} = {value} where id = 7")
    assert wrong(path, mode)["chain of captures"] == (
        "row 7 of captures was changed: its columns do not give its hash",
    )


@pytest.mark.parametrize("value", ["null", "x'ff00'", "cast(x'ff' as text)", "1.5"])
def test_whatever_is_put_into_a_row_is_named(path: Path, value: str) -> None:
    falsify(
        path,
        f"update captures set content_type = {value}, status = {value.replace('null', '9')} where id = 7",
    )
    assert wrong(path)["chain of captures"] == (
        "row 7 of captures was changed: its columns do not give its hash",
    )


@pytest.mark.parametrize(
    "value", ["x'ff00'", "cast(x'ff' as text)", "'word'", "-5", "1e300", "9223372036854775807"]
)
@pytest.mark.parametrize("table", ["captures", "custody", "revisions", "articles"])
def test_no_value_makes_it_stumble(path: Path, table: str, value: str) -> None:
    with unlocked(path) as conn:
        conn.execute("drop trigger articles_fts_update")
        for column in row(path, table, 1).keys() - {"id"}:
            with suppress(sqlite3.IntegrityError):
                conn.execute(f"update {table} set {column} = {value} where id = 2")
    for mode in Mode:
        assert not report(path, mode).is_clean


def test_a_row_without_a_hash_is_named(path: Path) -> None:
    falsify(path, "update captures set hash = null where id = 7")
    assert "row 7 of captures has no hash" in wrong(path)["chain of captures"]


def test_a_row_that_was_hashed_anew_is_named(path: Path) -> None:
    forged = row(path, "captures", 7) | {"url": "https://x.example/other"}
    falsify(
        path, f"update captures set url = '{forged['url']}', hash = '{chain.row_hash(forged)}' where id = 7"
    )
    assert wrong(path, Mode.QUICK)["chain of captures"] == (
        "row 8 of captures does not continue row 7: that is not the row that was there, or the order was changed",
    )


@pytest.mark.parametrize(
    ("gone", "sentences"),
    [
        ("id = 1", ["rows of captures before row 2 are missing: it says that there was one before it"]),
        ("id = 7", ["row 7 is missing from captures: row 8 does not continue row 6"]),
        ("id in (7, 8, 9)", ["rows 7 to 9 are missing from captures: row 10 does not continue row 6"]),
        (
            "id in (3, 12)",
            [
                "row 3 is missing from captures: row 4 does not continue row 2",
                "row 12 is missing from captures: row 13 does not continue row 11",
            ],
        ),
    ],
)
def test_a_dropped_row_is_named(path: Path, gone: str, sentences: list[str]) -> None:
    falsify(path, f"delete from captures where {gone}")
    assert list(wrong(path, Mode.QUICK)["chain of captures"]) == sentences


@pytest.mark.parametrize("gone", ["id = 20", "id > 12"])
def test_rows_that_are_taken_off_the_end_are_missed_by_the_custody_log(path: Path, gone: str) -> None:
    falsify(path, f"delete from captures where {gone}")
    found = wrong(path, Mode.QUICK)
    (sentence,) = found["chain of captures"]
    assert sentence == (
        "the last capture that entry 2 of the custody log of 2026-01-24T18:00:00Z names is not there: rows were taken"
        " away or changed"
    )
    left = {"id = 20": 9, "id > 12": 2}[gone]
    assert found["custody log"] == (f"run 2 had 10 captures when it ended, and has {left}",)


def test_rows_that_changed_places_are_named(path: Path) -> None:
    falsify(
        path,
        "update captures set id = 99 where id = 4",
        "update captures set id = 4 where id = 9",
        "update captures set id = 9 where id = 99",
    )
    assert wrong(path, Mode.QUICK)["chain of captures"] == ("rows 4 and 9 of captures have changed places",)


def test_rows_whose_contents_changed_places_are_named(path: Path) -> None:
    names = ", ".join(
        name for name in row(path, "captures", 1) if name not in {"id", "previous_hash", "hash"}
    )
    falsify(
        path,
        "create table kept as select * from captures",
        f"update captures set ({names}) = (select {names} from kept where id = 9) where id = 4",
        f"update captures set ({names}) = (select {names} from kept where id = 4) where id = 9",
        "drop table kept",
    )
    assert wrong(path, Mode.QUICK)["chain of captures"] == ("rows 4 and 9 of captures have changed places",)


def test_an_appended_row_with_a_wrong_hash_is_named(path: Path) -> None:
    names = ", ".join(
        name for name in row(path, "captures", 1) if name not in {"id", "hash", "previous_hash"}
    )
    last = row(path, "captures", 20)["hash"]
    falsify(path, f"insert into captures (id, previous_hash, hash, {names})"
                  f" select 21, '{last}', 'sha256:ab', {names} from captures where id = 19")  # fmt: skip
    assert wrong(path, Mode.QUICK)["chain of captures"] == (
        "row 21 of captures was changed: its columns do not give its hash",
    )


def test_the_first_row_that_is_wrong_is_named_first(path: Path) -> None:
    falsify(path, "update captures set status = 9 where id in (3, 17)", "delete from captures where id = 11")
    assert wrong(path, Mode.QUICK)["chain of captures"] == (
        "row 3 of captures was changed: its columns do not give its hash",
        "row 11 is missing from captures: row 12 does not continue row 10",
        "row 17 of captures was changed: its columns do not give its hash",
    )


def test_a_chain_that_begins_anew_is_named(path: Path) -> None:
    forged = row(path, "captures", 20) | {"id": 21, "previous_hash": None}
    forged["hash"] = chain.row_hash(forged)
    with unlocked(path) as conn:
        marks = ", ".join("?" * len(forged))
        conn.execute(f"insert into captures ({', '.join(forged)}) values ({marks})", list(forged.values()))
    assert wrong(path, Mode.QUICK)["chain of captures"] == (
        "row 21 of captures begins a chain anew behind row 20",
    )


def test_what_was_damaged_is_counted_and_only_the_first_are_shown(path: Path) -> None:
    falsify(path, "update captures set status = 500")
    found = check(report(path, Mode.QUICK, examples=3), "chain of captures")
    assert (found.damage, len(found.examples)) == (20, 3)
    assert found.examples[0].startswith("row 1 of captures was changed")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("update custody set items = 9 where id = 1", "row 1 of custody was changed"),
        ("delete from custody where id = 1", "rows of custody before row 2 are missing"),
        ("update custody set at = '2027-01-01T00:00:00Z' where id = 2", "row 2 of custody was changed"),
    ],
)
def test_the_custody_log_is_a_chain_too(path: Path, statement: str, sentence: str) -> None:
    falsify(path, statement)
    assert wrong(path, Mode.QUICK)["custody log"][0].startswith(sentence)


# -- WARC files -------------------------------------------------------------------------------------------


def test_a_changed_byte_is_named_wherever_it_is(path: Path, warc: Warc) -> None:
    whole = warc.path.read_bytes()
    for number, record in enumerate(warc.records()):
        for at in (record.offset + 5, record.offset + record.length // 2, record.end - 2):
            warc.flip(at)
            found = wrong(path)
            assert f"{warc.path.name} is not what it was" in " ".join(found["WARC files"])
            if (
                at > record.offset + 5
            ):  # a time in the head of gzip, which nothing but the file's own hash covers
                said = " ".join((*found["WARC files"], *found.get("captured pages", ())))
                assert f"byte {record.offset}" in said, (number, at)
            assert len(found.get("captured pages", ())) == (
                record.kind == "response" and at > record.offset + 5
            )
            warc.path.write_bytes(whole)
    assert wrong(path) == {}


def test_quick_sees_lengths_only(path: Path, warc: Warc) -> None:
    warc.flip(500)
    assert wrong(path, Mode.QUICK) == {}
    size = warc.path.stat().st_size
    warc.cut(size - 1)
    assert wrong(path, Mode.QUICK)["WARC files"] == (
        f"{warc.path.name} has {size - 1} bytes, and had {size} by entry 1 of the custody log of 2026-01-24T18:00:00Z",
    )


def test_another_page_in_the_place_of_the_captured_one_is_named(path: Path, warc: Warc) -> None:
    first, second = [record for record in warc.records() if record.status == 200][:2]
    shorter = warc.path.read_bytes()[first.offset : first.end]
    assert first.length == second.length
    with warc.path.open("r+b") as file:
        file.seek(second.offset)
        file.write(shorter)
    (sentence,) = wrong(path)["captured pages"]
    assert sentence == (
        f"capture 4 ({warc.path.name} at byte {second.offset}): its record holds another page than was captured"
        " (the hash differs)"
    )


@pytest.mark.parametrize("mode", [Mode.QUICK, Mode.DEFAULT])
def test_a_missing_file_is_named(path: Path, warc: Warc, mode: Mode) -> None:
    warc.path.unlink()
    assert wrong(path, mode)["WARC files"] == (f"{warc.path.name} is missing, which 10 captures lie in",)
    shutil.rmtree(path.parent / "warc")
    assert len(wrong(path, mode)["WARC files"]) == 2


def test_a_cut_last_record_is_named(path: Path, warc: Warc) -> None:
    last = [record for record in warc.records() if record.kind == "request"][-1]
    for size in (last.end - 1, last.offset + last.length // 2, last.offset + 3):
        warc.cut(size)
        sentences = wrong(path)["WARC files"]
        assert f"the last record of {warc.path.name} breaks off: it begins at byte {last.offset}" in sentences
    warc.cut(last.offset)
    response = warc.records()[-1]
    assert (
        f"the request of the response at byte {response.offset} of {warc.path.name} is missing"
        in wrong(path)["WARC files"]
    )
    warc.cut(response.offset + 30)
    found = wrong(path)
    assert (
        f"the last record of {warc.path.name} breaks off: it begins at byte {response.offset}"
        in found["WARC files"]
    )
    assert found["captured pages"] == (
        f"capture 10 ({warc.path.name} at byte {response.offset}): no whole record begins there",
    )
    warc.cut(response.offset)
    assert wrong(path)["captured pages"] == found["captured pages"]


@pytest.mark.parametrize("where", ["between", "behind"])
def test_junk_is_named(path: Path, warc: Warc, where: str) -> None:
    whole, at = warc.path.read_bytes(), warc.records()[3].offset
    at = at if where == "between" else len(whole)
    warc.path.write_bytes(whole[:at] + b"junk" + whole[at:])
    found = wrong(path)
    assert f"{warc.path.name} has 4 bytes at {at} that are no WARC record" in found["WARC files"]
    assert ("captured pages" in found) == (where == "between")  # their rows point elsewhere now


def test_a_file_without_its_warcinfo_is_named(path: Path, warc: Warc) -> None:
    first = warc.records()[0]
    falsify(path, f"update captures set warc_offset = warc_offset - {first.length} where run_id = 1")
    warc.path.write_bytes(warc.path.read_bytes()[first.length :])
    assert f"{warc.path.name} does not begin with a warcinfo record" in wrong(path)["WARC files"]


def test_a_file_that_no_row_names_is_a_note(path: Path) -> None:
    (path.parent / "warc" / "other.warc.gz").write_bytes(warcs(path)[0].path.read_bytes())
    (path.parent / "warc" / "notes.txt").write_text("mine")
    assert wrong(path) == {}
    assert notes(path, "WARC files") == (
        "no row names the file notes.txt",
        "no row names the file other.warc.gz",
        "10 responses in them that no row names: a crash leaves such",
    )


def test_no_file_elsewhere_is_opened(path: Path) -> None:
    falsify(path, "update captures set warc_file = '../archive.db' where id = 7")
    assert "../archive.db is missing, which 1 capture lies in" in wrong(path)["WARC files"]


@pytest.fixture
def crashed(tmp_path: Path) -> tuple[Path, Warc]:
    """An archive whose crawl was killed: a run that has not ended, and two pages in the file that no row names."""
    path = keeping.make(tmp_path, reports=1)
    with Store(path) as store:
        run = store.begin_run(keeping.SOURCE, "test")
        file = WarcFile(path.parent / "warc", "killed", keeping.NOW)
        visit = keeping.visit(keeping.SOURCE, 7)
        store.record_visit(run, visit, [file.add(response) for response in visit.responses])
        for response in keeping.visit(keeping.SOURCE, 8).responses:
            file.add(response)
        file.close()
    return path, Warc(file.path)


def test_what_a_crash_leaves_is_no_damage(crashed: tuple[Path, Warc]) -> None:
    path, _ = crashed
    assert wrong(path) == {}
    assert notes(path, "WARC files") == ("2 responses in them that no row names: a crash leaves such",)


def test_a_record_that_a_crash_cut_short_is_no_damage(crashed: tuple[Path, Warc]) -> None:
    path, warc = crashed
    whole, records = warc.path.read_bytes(), warc.records()
    starts = [record.offset + more for record in records[5:] for more in range(1, 9)]
    for size in (*range(records[5].offset, len(whole), 29), *starts, len(whole) - 1):
        warc.path.write_bytes(whole[:size])
        found = report(path)
        assert found.is_clean, size
        assert wrong(path, Mode.QUICK) == {}
        ends = {record.end for record in records}
        assert [cut.is_named for cut in found.cuts] == ([] if size in ends else [False])
    warc.path.write_bytes(whole[: records[5].offset - 1])  # of a page that a row names, its request
    assert "WARC files" in wrong(path)


# -- texts, index, references, pages ----------------------------------------------------------------------


@pytest.mark.parametrize("column", ["title", "body", "author", "standfirst", "content_sha256"])
def test_a_changed_text_is_named(path: Path, column: str) -> None:
    falsify(path, f"update revisions set {column} = 'Six people' where id = 3")
    found = wrong(path)
    assert found["texts"] == ("revision 3 of article 3 was changed: its text does not give its hash",)
    assert found["reports"] == (f"article 3 does not say what its newest revision says: {column}",)


def test_a_changed_report_is_named(path: Path) -> None:
    falsify(path, "update articles set body = 'Six people', section = 'x' where id = 3")
    found = wrong(path)
    assert found["reports"] == ("article 3 does not say what its newest revision says: body, section",)
    assert "texts" not in found


def test_a_dropped_revision_is_named(path: Path) -> None:
    falsify(path, "delete from revisions where id = 3", "update articles set revision_count = 2 where id = 4")
    assert wrong(path)["reports"] == (
        "article 3 has no revision 1, which is said to be its newest",
        "article 4 has no revision 2, which is said to be its newest",
        "article 3 is said to have 1 revisions, and has 0",
        "article 4 is said to have 2 revisions, and has 1",
    )


@pytest.mark.parametrize("mode", [Mode.QUICK, Mode.DEFAULT])
def test_a_report_that_is_not_in_the_index_is_named(path: Path, mode: Mode) -> None:
    falsify(path, "delete from articles_fts_docsize where id = 3")
    assert wrong(path, mode)["search index"][0] == "article 3 is not in the search index"


def test_an_index_that_lost_words_is_named(path: Path) -> None:
    with unlocked(path) as conn:
        conn.execute("drop trigger articles_fts_update")
        conn.execute("update articles set body = 'Six' where id = 3")
    assert wrong(path, Mode.QUICK) == {}
    assert wrong(path)["search index"][0].startswith(
        "the search index does not hold the words of the reports"
    )


def test_a_row_that_points_nowhere_is_named(path: Path) -> None:
    falsify(
        path,
        "update captures set lead_id = 77 where id = 7",
        "update revisions set article_id = 88 where id = 1",
    )
    assert sorted(wrong(path, Mode.QUICK)["references"]) == [
        "row 1 of revisions points to a row of articles that is not there",
        "row 7 of captures points to a row of leads that is not there",
    ]


def test_a_damaged_database_file_is_told_check_by_check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        (page,) = conn.execute("select rootpage from sqlite_master where name = 'revisions'").fetchone()
        (size,) = conn.execute("pragma page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    found = wrong(path)
    assert found["texts"] == ("the database can't be read on: database disk image is malformed",)
    assert "database file" in found
    assert "chain of captures" not in found
    assert check(report(path), "texts").summary == "not all of it could be read"


# -- texts from captures ----------------------------------------------------------------------------------


class Reader:
    """Derives what the rows say, but for what it's told."""

    version = "1"

    def __init__(self, **changed: Any) -> None:
        self.changed = changed
        self.asked: list[int] = []

    def derive(self, archive: Path, conn: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Derived]:
        assert (archive.parent / "warc").is_dir()
        self.asked += ids
        for found in ids:
            told = row(archive, "revisions", found)
            article = ArticleText(title=told["title"], body=told["body"], author=told["author"])
            if found == 3 and "trouble" in self.changed:
                yield Derived(found, None, self.changed["trouble"])
            else:
                yield Derived(found, replace(article, **self.changed) if found == 3 else article)


def derived(path: Path, reader: Reader, **wish: Any) -> Check:
    return check(report(path, Mode.FULL, deriver=reader, **wish), "texts from captures")


def test_texts_that_follow_from_their_captures_pass(path: Path) -> None:
    reader = Reader()
    found = derived(path, reader)
    assert (found.verdict, found.summary) == (Verdict.OK, "10 of 10 texts, extracted anew")
    assert reader.asked == list(range(1, 11))


def test_a_sample_is_chosen_at_random(path: Path) -> None:
    reader = Reader()
    found = derived(path, reader, sample=2, choose=lambda ids, count: [ids[7], ids[4]])
    assert (found.summary, reader.asked) == ("2 of 10 texts, extracted anew", [5, 8])
    reader = Reader()
    derived(path, reader, sample=4)
    assert len(set(reader.asked)) == 4


def test_a_text_that_does_not_follow_from_its_capture_is_named(path: Path) -> None:
    (sentence,) = derived(path, Reader(body="Six people died")).examples
    assert sentence == (
        "revision 3 of article 3 is not what its capture says now: body 'Five people died in strike 3.' /"
        " 'Six people died'"
    )
    assert derived(path, Reader(trouble="the WARC record is damaged")).examples == (
        "revision 3 of article 3 can't be derived from its capture: the WARC record is damaged",
    )


def test_only_texts_of_this_version_of_the_extraction_are_compared(path: Path) -> None:
    falsify(path, "update revisions set extractor_version = '0' where id < 4")
    found = derived(path, reader := Reader())
    assert (found.verdict, reader.asked[0]) == (Verdict.OK, 4)
    assert found.notes == ("3 texts made by another version of the extraction not compared",)
    falsify(path, "update revisions set extractor_version = '0'")
    found = derived(path, Reader())
    assert found.verdict is Verdict.SKIPPED
    assert found.summary == (
        "none of 10 texts was made by this version of the extraction (`scrapy reextract --apply`)"
    )


def test_without_an_extraction_nothing_is_derived(path: Path) -> None:
    found = check(report(path, Mode.FULL), "texts from captures")
    assert found.verdict is Verdict.SKIPPED


# -- old archives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["002_search", "003_schedule", "004_extraction"])
def test_an_old_archive_migrates_and_verifies(tmp_path: Path, version: str) -> None:
    path, after = tmp_path / "archive.db", {"002_search": "003_schedule", "003_schedule": "004_extraction"}
    file = WarcFile(tmp_path / "warc", "x", keeping.NOW)
    with closing(Database(path)) as db:
        migrations.apply(db, stop_before=after.get(version, "005_custody"))
        db["sources"].insert({"id": "x", "name": "X", "homepage": "https://x.example/"})
        db["runs"].insert({"id": 1, "source_id": "x", "started_at": "2026-01-24T18:00:00Z", "version": "0"})
        for number in (3, 8):
            insert_old(db, file, number)
    file.close()
    assert wrong(path) == {}
    assert check(report(path), "custody log").summary == "1 entry"
    falsify(path, "delete from captures where id = 8")
    assert (
        "2 captures were there when the chain was begun, and 1 are left of them" in wrong(path)["custody log"]
    )


def insert_old(db: Database, file: WarcFile, number: int) -> None:
    visit = keeping.visit(keeping.SOURCE, number)
    stored, url = file.add(visit.responses[1]), visit.responses[1].url
    article = visit.extraction.article
    db["captures"].insert({
        "id": number, "run_id": 1, "url": url, "final_url": url, "status": 200, "content_type": "text/html",
        "fetched_at": "2026-01-24T18:00:00Z", "payload_sha256": stored.payload_sha256,
        "payload_bytes": len(visit.responses[1].body), "warc_file": stored.warc_file,
        "warc_offset": stored.warc_offset,
    })  # fmt: skip
    text = {"title": article.title, "body": article.body, "author": article.author,
            "content_sha256": content_sha256(article)}  # fmt: skip
    at = "2026-01-24T18:00:00Z"
    db["articles"].insert(text | {"id": number, "source_id": "x", "url": url, "url_key": url, "word_count": 3,
                                  "first_seen_at": at, "last_seen_at": at})  # fmt: skip
    db["revisions"].insert(text | {"id": number, "article_id": number, "number": 1, "seen_at": at,
                                   "capture_id": number, "extractor_version": "0"})  # fmt: skip


# -- what the log says ------------------------------------------------------------------------------------


def test_a_run_that_ends_is_logged_with_its_files(path: Path) -> None:
    entry = row(path, "custody", 1)
    (file, _) = warcs(path)
    state = {
        "bytes": file.path.stat().st_size,
        "sha256": hashlib.sha256(file.path.read_bytes()).hexdigest(),
    }
    assert json.loads(entry["details"]) == {"files": {file.path.name: state}}
    assert (entry["action"], entry["run_id"], entry["source_id"], entry["items"]) == ("captured", 1, "x", 10)
    assert entry["captures_hash"] == row(path, "captures", 10)["hash"]


def test_a_run_that_captured_nothing_is_not_logged(tmp_path: Path) -> None:
    with Store(tmp_path / "archive.db") as store:
        store.finish_run(store.begin_run(keeping.SOURCE, "test"), "finished", {}, {}, "{}")
        assert chain.head(store._conn, "custody").id == 0
